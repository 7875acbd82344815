"""A compressed hour of predictive dialing on a real Asterisk, beside the simulator's prediction of it.

    python -m bench.real_hour [--agents 30] [--minutes 12] [--answer-rate 0.3] [--days 8]

Two Asterisks on loopback, ours and the simulated network. A telemarketing campaign under the law of the
United States calls in predictive mode, with nothing learned; agents talk about 8 s and write for about 2.
The whole service runs in this process, as ``dialer serve`` does it; only the agents' pages are missing: their
hands are moved on the same loop, through ``AgentFloor``. Then the whole dialer lives the same hour so many
times in virtual time: delays, talks and wrap-ups are drawn by one ``Scenario`` on both sides. Prints
occupancy and abandoned share of both, with how far single simulated hours lie apart: that is the sampling
error a real one has to be judged by. The last line is a JSON object.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from math import sqrt
from pathlib import Path
from random import Random
from statistics import mean, stdev
from typing import Any

from bench.answer_to_agent import Cost, customer_list, product, settings_for
from campaigns.model import DialMode, Disposition
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.errors import DialerError
from dialer.simulator.day_campaign import LONGEST_WRAP_UP_S, leads_needed
from dialer.simulator.figures import figures_of
from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.product_day import Plan, product_day
from dialer.simulator.scenario import Curve, LogNormal, Scenario
from gateways.console_client import ConsoleClient
from service.app import Service
from service.demo_settings import ALWAYS
from service.logs import log_to, quiet
from service.pbx.pair import HOTLINE, Pair, pair
from service.pbx.source import find_source
from service.pbx.workdir import workdir
from service.settings import Settings

AREAS = ("202", "312", "303", "415", "212", "404", "617", "206")
ANSWERED_AFTER_S = (0.5, 1, 2, 3, 5, 8)
BUSY_AFTER_S = (0.5, 1, 2, 3)
RINGS_S = 16.0
"""How long the campaign lets it ring: a little longer than the law wants."""
SETUP_S = 0.1
LONGEST_TALK_S = 40
"""Customers would talk longer than nearly any agent: it is he who ends the talk."""


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
        self.busy_s = 0.0
        service.agents.seat_watchers.append(self)

    def seat_moved(self, seat: Seat, was: AgentState, lasted_s: float) -> None:
        """An agent has changed his state."""
        if was in (AgentState.TALKING, AgentState.WRAP_UP):
            self.busy_s += lasted_s
        if seat.state is AgentState.TALKING:
            length_s = self._hour.talk.draw(self._hour.talk_s.at(0.0), self._draws)
            self._soon(self._after(seat, seat.call_id, AgentState.TALKING, length_s))
        elif seat.state is AgentState.WRAP_UP:
            length_s = self._hour.wrap_up.draw(self._hour.wrap_up_s, self._draws)
            self._soon(self._after(seat, seat.call_id, AgentState.WRAP_UP, length_s))

    def busy_until_now_s(self) -> float:
        """Return the time of all talks and wrap-ups, running ones included."""
        now, busy = datetime.now(UTC), (AgentState.TALKING, AgentState.WRAP_UP)
        running = [seat for seat in self._service.agents.seats() if seat.state in busy]
        return self.busy_s + sum((now - seat.since).total_seconds() for seat in running)

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


async def real(running: Pair, home: Path, hour: Scenario, seed: int) -> dict[str, Any]:
    """Dial for the length of the hour and read what came of it."""
    async with product(running, telemarketing(running, home)) as (service, console):
        campaign = await _campaign(console, hour, seed)
        hands, cost = Hands(service, hour, seed), Cost()
        await console.post(f"/api/campaigns/{campaign}/start")
        await asyncio.sleep(hour.length_s)
        busy_s = hands.busy_until_now_s()
        pacing = await console.get(f"/api/campaigns/{campaign}/pacing")
        await console.post(f"/api/campaigns/{campaign}/pause", {"reason": "over", "cancel_unanswered": True})
        async with asyncio.timeout(120):
            while service.calls.all():  # noqa: ASYNC110 - the board has no event for it
                await asyncio.sleep(0.2)
        ended = service.live.counters(campaign).ended
        lost, live = ended[Disposition.ABANDONED], ended[Disposition.CONNECTED] + ended[Disposition.ABANDONED]
        told = cost.stop(sum(ended.values()))
    return {
        "occupancy": busy_s / (hour.agents * hour.length_s),
        "abandoned_share": lost / live if live else 0.0,
        "answered": live,
        "calls": sum(ended.values()),
        "ended": {name: count for name, count in ended.items() if count},
        "last_decision": pacing["decisions"][0]["words"] if pacing["decisions"] else "",
        **told,
    }


async def _campaign(console: ConsoleClient, hour: Scenario, seed: int) -> int:
    """Create the campaign as the simulated day has it, and load its list."""
    draft = {
        "name": "hour", "template": "offers", "company": "Northside Motors", "caller_id": "+12025550100",
        "callback_number": HOTLINE, "hours": ALWAYS, "mode": "predictive", "ring_timeout_s": RINGS_S,
        "wrap_up_s": LONGEST_WRAP_UP_S, "max_channels": 1_000,
        "calls_per_second": max(20.0, hour.agents / 2),
    }  # fmt: skip
    campaign: int = (await console.post("/api/campaigns", draft))["id"]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    rows = customer_list(numbers(hour, leads_needed(hour), seed), yesterday, zone_at_noon())
    report = await console.upload(f"/api/campaigns/{campaign}/import", rows)
    assert not report["faults"], report["faults"][:3]
    return campaign


def predicted(hour: Scenario, days: int) -> list[dict[str, float]]:
    """Live the hour so many times with the whole dialer in virtual time."""
    found = []
    for seed in range(1, days + 1):
        figures = figures_of([asyncio.run(product_day(Plan(hour, DialMode.PREDICTIVE, seed)))])
        found.append({"occupancy": figures.occupancy, "abandoned_share": figures.abandoned_share})
    return found


def judged(name: str, measured: float, simulated: Sequence[float]) -> dict[str, float]:
    """Print one figure of both, and return it with how many sampling errors lie between them."""
    middle, spread = mean(simulated), stdev(simulated)
    # The mean of the simulated hours is uncertain too.
    error = spread * sqrt(1 + 1 / len(simulated))
    off = (measured - middle) / error if error else 0.0
    print(
        f"{name:16} real {measured:7.2%}   simulated {middle:7.2%} ± {2 * error:.2%}   "
        f"ratio {measured / middle if middle else 0:.3f}   {off:+.1f} sampling errors apart"
    )
    return {
        "real": round(measured, 5),
        "simulated": round(middle, 5),
        "error": round(error, 5),
        "off": round(off, 2),
    }


async def measured(hour: Scenario, seed: int) -> dict[str, Any]:
    source = await asyncio.to_thread(find_source, None, lambda line: print(line, file=sys.stderr))
    with workdir() as home:
        # Two ports a leg: for each agent his own, one who talks to him, and up to ten who ring or vote.
        running = await pair(source, home, agents=hour.agents, rtp_ports=24 * hour.agents)
        try:
            return await real(running, home, hour, seed)
        finally:
            await running.stop()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--agents", type=int, default=30)
    options.add_argument("--minutes", type=float, default=12)
    options.add_argument("--answer-rate", type=float, default=0.3)
    options.add_argument("--days", type=int, default=8, help="how often the simulator lives the hour")
    options.add_argument("--seed", type=int, default=1, help="of the real hour's list and talks")
    options.add_argument("--log", type=Path, help="keep the service's log in this file")
    chosen = options.parse_args()
    hour = CompressedHour(
        "compressed hour", chosen.agents, chosen.minutes / 60, Curve.flat(chosen.answer_rate),
        talk_s=Curve.flat(8.0), talk=LogNormal(0.6), wrap_up_s=2.0, wrap_up=LogNormal(0.5),
        setup_s=SETUP_S, ring_s=RINGS_S,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = chosen.log or Path(folder) / "service.log"
        with file.open("a", encoding="utf-8") as out:
            log_to(out, logging.INFO)
            ours = asyncio.run(measured(hour, chosen.seed))
            print(ours, flush=True)
            quiet()
            days = predicted(hour, chosen.days)
    compared = {
        name: judged(name, ours[name], [day[name] for day in days])
        for name in ("occupancy", "abandoned_share")
    }
    given = {**vars(chosen), "log": None, "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    print(json.dumps({**given, "real": ours, "compared": compared}))


if __name__ == "__main__":
    main()
