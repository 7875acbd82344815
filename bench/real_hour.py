"""A compressed hour of predictive dialing on a real Asterisk, beside the simulator's prediction of it.

    python -m bench.real_hour [--agents 30] [--minutes 8] [--run-in 2] [--days 8] [--past 5000]

Two Asterisks on loopback, ours and the simulated network. A telemarketing campaign under the law of the
United States calls in predictive mode; agents talk about 8 s and write for about 2. The whole service runs in
this process, as ``dialer serve`` does it; only the agents' pages are missing: their hands are moved on the
same loop, through ``AgentFloor``. Then the whole dialer lives the same hour so many times in virtual time:
delays, talks and wrap-ups are drawn by one ``Scenario`` on both sides. Both begin with what one simulated
hour has taught and with the same answers of yesterday in the book, read as after a restart, and nothing is
counted before the run-in is over: what is compared is a dialer at work, not the luck of its first answers.
Prints occupancy and abandoned share of both, with how far single simulated hours lie apart: that is the
sampling error a real one has to be judged by; and whether more comes together on one side: the most calls
abandoned within 15 s, and how unevenly answers and agents come. The last line is a JSON object.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import files
from itertools import islice
from math import sqrt
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import mean, stdev
from typing import Any

from bench.answer_to_agent import Cost, customer_list, product, settings_for
from bench.hour_watch import TOGETHER_S, Seen, Watch, together
from bench.past_answers import PastAnswers
from campaigns.model import Campaign, DialMode
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.errors import DialerError
from dialer.simulator.day_campaign import BEGINS, LONGEST_WRAP_UP_S, customers_of, leads_needed
from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.product_day import Plan, ProductDay
from dialer.simulator.scenario import Curve, LogNormal, Scenario
from dialer.simulator.virtual_time import VirtualClock
from gateways.console_client import ConsoleClient
from service import event_loop
from service.app import Service
from service.demo_settings import ALWAYS
from service.logs import log_to, quiet
from service.pbx.pair import HOTLINE, Pair, pair
from service.pbx.source import find_source_apart
from service.pbx.workdir import workdir
from service.settings import Settings

AREAS = ("202", "312", "303", "415", "212", "404", "617", "206")
ANSWERED_AFTER_S = (0.5, 1, 2, 3, 5, 8)
BUSY_AFTER_S = (0.5, 1, 2, 3)
RINGS_S = 16.0
"""How long the campaign lets it ring: a little longer than the law wants."""
SETUP_S = 0.1
SIMULATED = 1
"""The only campaign of a simulated hour."""
LESSON_SEED = 1_000_000
LESSON_H = 10 / 60
"""The lesson lasts so long at least, in hours: the price still falls after its first minutes."""
LONGEST_TALK_S = 40
"""Customers would talk longer than nearly any agent: it is he who ends the talk."""
SHARES = ("occupancy", "abandoned_share")
AIMED = 0.0276
"""The share of answers that the pacer abandons under a law of 3 %: it keeps 8 % of that back."""


@dataclass(frozen=True, slots=True)
class CompressedHour(Scenario):
    """A scenario whose calls take the delays that numbers of the simulated network can have."""

    def draw_call(self, second: float, source: Random) -> tuple[str, float]:
        """Return what becomes of a call, and after how long."""
        outcome, after_s = drawn(self, source)
        return ("reached" if outcome is Outcome.PERSON else "missed"), SETUP_S + after_s


def drawn(hour: Scenario, source: Random) -> tuple[Outcome, float]:
    """Draw what the far end does: answers, is busy, or rings for ever."""
    if source.random() < hour.answer_rate.at(0.0):
        return Outcome.PERSON, source.choice(ANSWERED_AFTER_S)
    if source.random() < hour.quick_share:
        return Outcome.BUSY, source.choice(BUSY_AFTER_S)
    return Outcome.RINGS, RINGS_S


def numbers(hour: Scenario, count: int, seed: int) -> list[str]:
    """Return different numbers, each of which does what was drawn for it."""
    source, used, made = Random(f"{seed} list"), dict[tuple[Outcome, float], int](), []
    for _ in range(count):
        outcome, after_s = drawn(hour, source)
        place = used[outcome, after_s] = used.get((outcome, after_s), -1) + 1
        serial, rest = place % 100, place // 100
        press, area = list(Press)[rest // len(AREAS)], AREAS[rest % len(AREAS)]
        rings_s = after_s if outcome is not Outcome.RINGS else 30
        # Keys pressed after so long a talk come when the agent has ended it, and mean nothing here.
        behaviour = Behaviour(outcome, rings_s, LONGEST_TALK_S, press, serial=serial)
        made.append(number_of(behaviour, area))
    return made


class Hands:
    """The agents' hands, and a clock on each: talks and wrap-ups last as long as the hour draws them."""

    def __init__(self, service: Service, hour: Scenario, seed: int) -> None:
        self._service, self._hour, self._draws = service, hour, Random(f"{seed} talks")
        self._moving: set[asyncio.Task[None]] = set()

    def seat_moved(self, seat: Seat, was: AgentState, lasted_s: float) -> None:
        """An agent has changed his state."""
        if seat.state is AgentState.TALKING:
            length_s = self._hour.talk.draw(self._hour.talk_s.at(0.0), self._draws)
            self._soon(self._after(seat, seat.call_id, AgentState.TALKING, length_s))
        elif seat.state is AgentState.WRAP_UP:
            length_s = self._hour.wrap_up.draw(self._hour.wrap_up_s, self._draws)
            self._soon(self._after(seat, seat.call_id, AgentState.WRAP_UP, length_s))

    def _soon(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._moving.add(task)
        task.add_done_callback(self._moving.discard)

    async def _after(self, seat: Seat, call_id: str, state: AgentState, length_s: float) -> None:
        """Press the button that ends a state, if it lasts so long."""
        await asyncio.sleep(length_s)
        if seat.state is not state or seat.call_id != call_id:
            return
        floor = self._service.floor
        try:
            await (floor.end_call if state is AgentState.TALKING else floor.end_wrap_up)(seat.agent_id)
        except DialerError as gone:
            print(f"agent {seat.agent_id}: {gone}", file=sys.stderr)


def telemarketing(running: Pair, home: Path) -> Settings:
    """Return settings with a template that the law on abandoned calls binds."""
    text = (files("campaigns") / "templates" / "revisit.toml").read_text(encoding="utf-8")
    text = text.replace('name = "revisit"', 'name = "offers"').replace('"service"\n', '"marketing"\n', 1)
    assert 'purpose = "marketing"' in text
    (home / "templates").mkdir(parents=True)
    (home / "templates" / "offers.toml").write_text(text, encoding="utf-8")
    return settings_for(running, home).model_copy(update={"templates": Path("templates")})


def zone_at_noon() -> str:
    """Return a zone in which it is about noon now: telemarketing has its hours."""
    return f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"


@dataclass(frozen=True, slots=True)
class Before:
    """What a campaign has behind it when the hour begins: what it learned, and yesterday's answers."""

    learned: Mapping[str, Any]
    past: PastAnswers


async def real(
    running: Pair, home: Path, hour: Scenario, run_in_s: float, seed: int, before: Before
) -> dict[str, Any]:
    """Dial for the length of the hour and read what came of it after the run-in."""
    async with product(running, telemarketing(running, home)) as (service, console):
        campaign = await _campaign(console, hour, seed, before.past.live)
        now, entries = datetime.now(UTC), {str(campaign): before.learned}
        await service.store.pacing_book.keep_learned(campaign, entries, now)
        await before.past.enter(service.store.call_book, campaign, now)
        watch = Watch(service.agents, lambda: datetime.now(UTC))
        hands = Hands(service, hour, seed)
        service.agents.seat_watchers.append(hands)

        async def look() -> Seen:
            pacing = await console.get(f"/api/campaigns/{campaign}/pacing")
            return watch.seen((one["kind"], one["live"], one["abandoned"]) for one in pacing["limits"])

        await console.post(f"/api/campaigns/{campaign}/start")
        await asyncio.sleep(run_in_s)
        looks, cost, began = [await look()], Cost(), time.monotonic()
        for second in range(1, int(hour.length_s - run_in_s) + 1):
            await asyncio.sleep(began + second - time.monotonic())
            looks.append(await look())
        last = await console.get(f"/api/campaigns/{campaign}/pacing")
        await console.post(f"/api/campaigns/{campaign}/pause", {"reason": "over", "cancel_unanswered": True})
        async with asyncio.timeout(120):
            while service.calls.all():  # noqa: ASYNC110 - the board has no event for it
                await asyncio.sleep(0.2)
        ended = service.live.counters(campaign).ended
        told = cost.stop(sum(ended.values()))
    begun, over = looks[0], looks[-1]
    return {
        **over.share_of(begun, hour.agents * (hour.length_s - run_in_s)),
        **together(looks),
        "answered": over.live - begun.live,
        "answered_in_run_in": begun.live - before.past.live,
        "calls": sum(ended.values()),
        "ended": {name: count for name, count in ended.items() if count},
        "last_decision": last["decisions"][0]["words"] if last["decisions"] else "",
        **told,
    }


async def _campaign(console: ConsoleClient, hour: Scenario, seed: int, called: int) -> int:
    """Create the campaign as the simulated day has it, and load its list: so many more were called before."""
    draft = {
        "name": "hour", "template": "offers", "company": "Northside Motors", "caller_id": "+12025550100",
        "callback_number": HOTLINE, "hours": ALWAYS, "mode": "predictive", "ring_timeout_s": RINGS_S,
        "wrap_up_s": LONGEST_WRAP_UP_S, "max_channels": 1_000,
        "calls_per_second": max(20.0, hour.agents / 2),
    }  # fmt: skip
    campaign: int = (await console.post("/api/campaigns", draft))["id"]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    rows = customer_list(numbers(hour, leads_needed(hour) + called, seed), yesterday, zone_at_noon())
    report = await console.upload(f"/api/campaigns/{campaign}/import", rows)
    assert not report["faults"], report["faults"][:3]
    return campaign


class DayAfter(ProductDay):
    """A simulated hour of a campaign that had answers the day before."""

    def __init__(self, plan: Plan, past: PastAnswers) -> None:
        super().__init__(plan, VirtualClock(BEGINS))
        self._past = past

    async def stock(self) -> Campaign:
        """Enter the campaign with its answers, by customers of their own who were due before the others."""
        campaign = await super().stock()
        hour = self.plan.scenario
        longer = replace(hour, hours=hour.hours * (1 + self._past.live / leads_needed(hour)) + 0.1)
        called = islice(customers_of(longer), leads_needed(hour), leads_needed(hour) + self._past.live)
        self.book.fill(campaign.id, called, BEGINS - timedelta(days=2))
        await self._past.enter(self.book, campaign.id, BEGINS)
        return campaign


def opened(hour: Scenario, seed: int, before: Before) -> DayAfter:
    """Return the hour as the whole dialer lives it in virtual time, in the loop that runs now."""
    entries = {str(SIMULATED): before.learned} if before.learned else {}
    return DayAfter(Plan(hour, DialMode.PREDICTIVE, seed, learned=entries), before.past)


def lesson(hour: Scenario, past: PastAnswers) -> Before:
    """Return the past with what a simulated hour teaches after it, on a seed that nothing is judged by."""
    hour = replace(hour, hours=max(hour.hours, LESSON_H))

    async def live() -> Mapping[str, Any]:
        day = opened(hour, LESSON_SEED, Before({}, past))
        try:
            await day.live()
            await day.desk.keep()
            return (await day.shelf.learned(SIMULATED))[str(SIMULATED)]
        finally:
            await day.close()

    return Before(asyncio.run(live()), past)


def simulated(hour: Scenario, run_in_s: float, before: Before, seed: int) -> dict[str, float]:
    """Live the hour once in virtual time and return its figures after the run-in."""
    return asyncio.run(_simulated(hour, run_in_s, before, seed))


async def _simulated(hour: Scenario, run_in_s: float, before: Before, seed: int) -> dict[str, float]:
    day = opened(hour, seed, before)
    watch, looks = Watch(day.agents, day.clock.now), list[Seen]()

    def look() -> None:
        view = day.desk.view(SIMULATED)
        assert view is not None
        looks.append(watch.seen((one.kind, one.live, one.abandoned) for one in view.limits))

    for second in range(int(hour.length_s - run_in_s) + 1):
        asyncio.get_running_loop().call_later(min(run_in_s + second, hour.length_s - 0.001), look)
    try:
        await day.live()
    finally:
        await day.close()
    return {**looks[-1].share_of(looks[0], hour.agents * (hour.length_s - run_in_s)), **together(looks)}


def judged(name: str, measured: float, simulated: Sequence[float]) -> dict[str, float]:
    """Print one figure of both, and return it with how many sampling errors lie between them."""
    middle, spread = mean(simulated), stdev(simulated)
    # The mean of the simulated hours is uncertain too.
    error = spread * sqrt(1 + 1 / len(simulated))
    off = (measured - middle) / error if error else 0.0
    form = ".2%" if name in SHARES else ".2f"
    print(
        f"{name:16} real {measured:7{form}}   simulated {middle:7{form}} ± {2 * error:{form}}   "
        f"ratio {measured / middle if middle else 0:.3f}   {off:+.1f} sampling errors apart"
    )
    return {
        "real": round(measured, 5),
        "simulated": round(middle, 5),
        "error": round(error, 5),
        "off": round(off, 2),
    }


async def measured(hour: Scenario, run_in_s: float, seed: int, before: Before) -> dict[str, Any]:
    source = await find_source_apart(None, lambda line: print(line, file=sys.stderr))
    with workdir() as home:
        # Two ports a leg: for each agent his own, one who talks to him, and up to ten who ring or vote.
        running = await pair(source, home, agents=hour.agents, rtp_ports=24 * hour.agents)
        try:
            return await real(running, home, hour, run_in_s, seed, before)
        finally:
            await running.stop()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--agents", type=int, default=30)
    options.add_argument("--minutes", type=float, default=8, help="that are counted")
    options.add_argument("--run-in", type=float, default=2, help="minutes before those")
    options.add_argument("--answer-rate", type=float, default=0.3)
    options.add_argument("--days", type=int, default=8, help="how often the simulator lives the hour")
    options.add_argument("--past", type=int, default=5_000, help="live answers of the day before")
    options.add_argument("--seed", type=int, default=1, help="of the real hour's list and talks")
    options.add_argument("--log", type=Path, help="keep the service's log in this file")
    chosen = options.parse_args()
    if 60 * chosen.minutes < 2 * TOGETHER_S or chosen.days < 2 or chosen.past < 1:
        options.error("it takes half a minute, two simulated hours and one answer before them to compare")
    hours = (chosen.run_in + chosen.minutes) / 60
    hour = CompressedHour(
        "compressed hour", chosen.agents, hours, Curve.flat(chosen.answer_rate),
        talk_s=Curve.flat(8.0), talk=LogNormal(0.6), wrap_up_s=2.0, wrap_up=LogNormal(0.5),
        setup_s=SETUP_S, ring_s=RINGS_S,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = chosen.log or Path(folder) / "service.log"
        with file.open("a", encoding="utf-8") as out:
            log_to(out, logging.INFO)
            run_in_s = 60 * chosen.run_in
            # In processes of their own: a simulated hour logs otherwise, and its loop's time is not ours.
            with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=quiet) as beside:
                past = PastAnswers(chosen.past, round(AIMED * chosen.past))
                before = beside.submit(lesson, hour, past).result()
                ours = event_loop.run(measured(hour, run_in_s, chosen.seed, before))
                print(ours, flush=True)
                live = partial(simulated, hour, run_in_s, before)
                days = list(beside.map(live, range(1, chosen.days + 1)))
    compared = {name: judged(name, ours[name], [day[name] for day in days]) for name in days[0]}
    given = {**vars(chosen), "log": None, "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    print(json.dumps({**given, "real": ours, "compared": compared}))


if __name__ == "__main__":
    main()
