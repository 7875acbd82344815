"""What a forecast costs, beside the plain simulator's day; and how often the truth lies inside its ranges.

    .venv/bin/python -m bench.forecast [--leads 100000] [--agents 30] [--mode progressive] [--coverage 0]

The leads are rows of a real database, three of ten with an attempt yesterday. Printed is the processor's time
of each step: reading them, judging them all at the day's opening, one played day, one day of the plain
simulator with as many agents and hours (endless leads, no rules), and the whole forecast with its ten days
and the search for the agents needed. ``--coverage N`` forecasts N small campaigns whose truth is drawn, each
from 150 past attempts of it, plays one day of the truth and counts how often it lies inside the range.
"""

import argparse
import asyncio
import resource
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from random import Random

from bench.big_list import fill
from bench.plain_campaign import plain_campaign
from campaigns.model import (
    Campaign,
    Customer,
    CustomerClass,
    DialMode,
    Disposition,
    HoursWindow,
    Lead,
    LeadStatus,
    RetryRule,
)
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.evidence import Evidence
from dialer.forecast.answer import forecast
from dialer.forecast.figures import Knowledge, Rate, Spell
from dialer.forecast.learned import ATTEMPTS_READ, knowledge
from dialer.forecast.plan import plan_day, trimmed
from dialer.forecast.play import Pacing, Played, play
from dialer.forecast.ports import SeenAttempt
from dialer.forecast.result import Range
from dialer.forecast.roll import LeadRoll
from dialer.forecast.truth import Truth
from dialer.forecast.window import Question, bounds
from dialer.pacing.budgets import US_TSR
from dialer.ports import Claim
from dialer.simulator.comparison import Day, run_day
from dialer.simulator.scenario import LogNormal
from dialer.simulator.scenarios import steady
from store.opening import Store, open_store

NOW = datetime(2026, 11, 3, 18, 0, tzinfo=UTC)
LONDON = "Europe/London"
CAMPAIGN = plain_campaign(
    hours=tuple(HoursWindow(day, clock(9), clock(18)) for day in range(7)),
    retries={
        Disposition.NO_ANSWER: RetryRule(14_400, 4),
        Disposition.BUSY: RetryRule(900, 5),
        Disposition.UNREACHABLE: RetryRule(7_200, 4),
    },
    max_attempts=6,
    max_channels=2_000,
    calls_per_second=50,
    created_at=NOW,
)
_ATTEMPTS = (
    "INSERT INTO attempts (id, campaign_id, lead_id, customer_id, number, trunk, committed_at,"
    " definition_version, disposition) SELECT 'a-' || id, campaign_id, id, customer_id, number, 'main', ?,"
    " '0', 'no_answer' FROM leads WHERE id % 10 < 3"
)
_TRIED = "UPDATE leads SET last_at = ? WHERE id % 10 < 3"


def spent(began: float) -> float:
    return time.process_time() - began


def tried_yesterday(path: Path) -> None:
    at = f"{NOW - timedelta(hours=6):%Y-%m-%d %H:%M:%S.%f}"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(_ATTEMPTS, (at,))
        connection.execute(_TRIED, (at,))
        connection.commit()


async def read(store: Store, dialed: Campaign) -> LeadRoll:
    roll = LeadRoll(dialed, rule_book(load_packs()), NOW)
    async for page in store.forecast_book.open_leads(dialed.id, NOW):
        for claim in page:
            roll.add(claim)
    return roll


async def measure(leads: int, agents: int, mode: DialMode, path: Path) -> None:
    store = await open_store(f"sqlite:///{path}")
    made = await store.campaign_book.add_campaign(CAMPAIGN)
    await asyncio.to_thread(fill, path, [made.id], leads, f"{NOW:%Y-%m-%d %H:%M:%S.%f}")
    await asyncio.to_thread(tried_yesterday, path)
    began = time.process_time()
    roll = await read(store, made)
    known = knowledge(made, await store.forecast_book.newest_attempts(made.id, ATTEMPTS_READ), None)
    reading = spent(began)
    await store.close()
    print(
        f"read {len(roll)} leads, {len(roll.special)} with a past: {reading:.1f} s, {len(roll.groups)} groups"
    )

    question = Question(made.id, agents, zone=LONDON, mode=mode)
    began = time.process_time()
    plan = plan_day(roll, trimmed(roll, bounds(question, LONDON, NOW)))
    print(f"judged all of them at the opening: {spent(began):.1f} s")
    # Nothing but misses was seen; the usual rate makes the day comparable with the plain simulator's.
    known = replace(known, answers=Rate(30_000, 100_000), machines=Rate(1, 1_000))
    pacing = Pacing(mode, budgets=() if mode is DialMode.PROGRESSIVE else (US_TSR,))
    began = time.process_time()
    played = play(plan, known, pacing, agents, 1)
    one_day = spent(began)
    began = time.process_time()
    hours = plan.day.length_s / 3600
    tally = run_day(Day(steady(agents, 0.3, hours), mode.value, None, 1))
    plain = spent(began)
    print(f"one day of {hours:g} h and {agents} agents, {mode}: {played.attempts} calls in {one_day:.2f} s")
    print(f"the plain simulator's day: {tally.placed} calls in {plain:.2f} s")
    each, plain_each = one_day / max(1, played.attempts), plain / max(1, tally.placed)
    print(f"per call {each * 1e6:.0f} us and {plain_each * 1e6:.0f} us, ratio {each / plain_each:.1f}")
    began = time.process_time()
    found = forecast(question, roll, known, pacing, NOW)
    whole = spent(began)
    print(f"the whole forecast, {found.days} days and the search for agents: {whole:.1f} s")
    print(f"in all, reading included: {reading + whole:.1f} s of one core")
    print(f"memory at its highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    print(found.in_words())


# Coverage


def claim(index: int) -> Claim:
    number = f"+44207{index:07}"
    return Claim(
        Lead(index, 1, index, number, LeadStatus.WAITING, NOW - timedelta(days=1), {}),
        Customer(index, "", "", "", "en", CustomerClass.ORDINARY, (LONDON,), (number,)),
        Evidence(),
    )


def history(truth: Knowledge, dice: Random, calls: int) -> list[SeenAttempt]:
    drawn, at, made = Truth.drawn(truth, dice), NOW.replace(hour=10), []
    talk, ring = LogNormal(truth.talk.variation), LogNormal(truth.ring.variation)
    for _ in range(calls):
        if dice.random() >= drawn.answer_rate:
            made.append(SeenAttempt(at, 1, drawn.miss(dice.random()), None, None))
            continue
        rang = round(1000 * ring.draw(drawn.ring.mean_s, dice))
        machine = dice.random() < drawn.machines
        lasted = 8_000 if machine else round(1000 * talk.draw(drawn.talk.mean_s, dice))
        disposition = Disposition.MACHINE if machine else Disposition.CONNECTED
        made.append(SeenAttempt(at, 1, disposition, rang, lasted))
    return made


FIGURES: dict[str, Callable[[Played], float]] = {
    "attempts": lambda one: one.attempts,
    "connected": lambda one: one.connected,
    "idle share": lambda one: one.idle_share,
}


def coverage(campaigns: int) -> None:
    dice = Random(2026)
    roll = LeadRoll(CAMPAIGN, rule_book(load_packs()), NOW)
    for index in range(1, 81):
        roll.add(claim(index))
    question = Question(1, 3, zone=LONDON, ends=clock(10, 30))
    plan = plan_day(roll, trimmed(roll, bounds(question, LONDON, NOW)))
    misses = {Disposition.NO_ANSWER: 7e6, Disposition.BUSY: 2e6, Disposition.BAD_NUMBER: 1e6}
    inside: Counter[str] = Counter()
    for number in range(campaigns):
        rate, talk_s = dice.uniform(0.15, 0.55), dice.uniform(60.0, 200.0)
        truth = Knowledge(
            Rate(rate * 1e6, 1e6), Rate(2e4, 1e6), misses, Spell(9.0, 0.5, None), Spell(talk_s, 0.8, None),
            Spell(30.0, 0.0, None),
        )  # fmt: skip
        known = knowledge(CAMPAIGN, history(truth, dice, 150), None)
        days = [play(plan, known, Pacing(), 3, 1_000 * number + seed) for seed in range(10)]
        real = play(plan, truth, Pacing(), 3, 1_000 * number + 999)
        for name, figure in FIGURES.items():
            told = Range.of(map(figure, days))
            inside[name] += told.low <= figure(real) <= told.high
    for name in FIGURES:
        share = inside[name] / campaigns
        print(f"{name}: inside the range of 10 to 90 % in {inside[name]} of {campaigns}, {share:.0%}")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--leads", type=int, default=100_000)
    options.add_argument("--agents", type=int, default=30)
    options.add_argument("--mode", choices=("progressive", "predictive"), default="progressive")
    options.add_argument("--coverage", type=int, default=0)
    given = options.parse_args()
    if given.coverage:
        coverage(given.coverage)
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(given.leads, given.agents, DialMode(given.mode), Path(folder) / "bench.db"))


if __name__ == "__main__":
    main()
