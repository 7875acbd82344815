"""How long an answered customer waits for his agent: the product and the bare path on one real PBX.

    python -m bench.answer_to_agent [--agents 100] [--rate 30] [--seconds 60]

Two Asterisks on loopback, ours and the simulated network. A campaign calls ``rate`` customers a second, who
answer, talk, vote and leave; agents end their talks after 0.5 to 0.9 s and have no wrap-up. The wait runs
from the customer's Up to both in the bridge, by Asterisk's own time stamps; the product's is read from its
database. The whole service runs in this process, as ``dialer serve`` does it; only the agents' pages are
missing: their hands are moved on the same loop, through ``AgentFloor``. Then the bare path
(``bench.bare_path``) does the same on the same pair. Prints a line for each, with the load average of its
last minute, and a JSON object.
"""

import argparse
import asyncio
import csv
import io
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.bare_path import BarePath
from campaigns.model import Disposition
from campaigns.spread import spread
from dialer.agent_states import AgentState
from dialer.errors import DialerError
from dialer.simulator.numbers import Behaviour, HangUp, Outcome, Press, number_of
from gateways.console_client import ConsoleClient, console_at
from service import event_loop
from service.app import Service, open_service
from service.clock import SystemClock
from service.demo import switch_of
from service.demo_settings import ALWAYS, demo_settings
from service.latency import keep_pauses_short
from service.logs import log_to
from service.pbx.pair import HOTLINE, NETWORK_TRUNK, Pair, pair
from service.pbx.source import find_source_apart
from service.pbx.workdir import workdir
from service.settings import Settings, TrunkPart
from service.tokens import manager_token

TALK_S = (0.5, 0.9)
AREAS = ("202", "312", "303", "415", "212", "305", "404", "617")
PRESSES = (Press.SCORE_1, Press.SCORE_2, Press.SCORE_3, Press.SCORE_4, Press.SCORE_5)
LOOK_S = 0.05


def customers(count: int) -> list[str]:
    """Return numbers of people who answer soon, talk for 1 s, vote, and hang up 1 s later."""
    people = [
        number_of(Behaviour(Outcome.PERSON, ring_s, 1, press, HangUp.AFTER_PRESS, serial=serial), area)
        for ring_s in (0.2, 0)
        for serial in range(100)
        for area in AREAS
        for press in PRESSES
    ]
    if count > len(people):
        raise SystemExit(f"{count} calls: the simulated network has {len(people)} such people")
    return people[:count]


def customer_list(numbers: Sequence[str], day: date, zone: str = "America/New_York") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["ref", "name", "phone", "zone", "service", "service_date"])
    for at, number in enumerate(numbers):
        writer.writerow([f"B{at}", f"Customer {at}", number, zone, "inspection", day])
    return out.getvalue().encode()


def settings_for(running: Pair, home: Path) -> Settings:
    trunk = TrunkPart(name=NETWORK_TRUNK, host="127.0.0.1", channels=1_000, calls_per_second=200)
    return demo_settings(running, home).model_copy(update={"trunks": (trunk,)})


class Hands:
    """The agents' hands: each ends his talk after a while, as if he had pressed the button."""

    def __init__(self, service: Service, seed: int = 1) -> None:
        self._service = service
        self._random = random.Random(seed)
        self._ending: dict[str, asyncio.Task[None]] = {}

    async def work(self) -> None:
        """Look at all seats, and begin to end every talk that is new."""
        while True:
            for seat in self._service.agents.seats():
                if seat.state is AgentState.TALKING and seat.call_id not in self._ending:
                    task = asyncio.create_task(self._end(seat.agent_id, seat.call_id), name="hand")
                    self._ending[seat.call_id] = task
            await asyncio.sleep(LOOK_S)

    async def _end(self, agent_id: str, call_id: str) -> None:
        await asyncio.sleep(self._random.uniform(*TALK_S))
        if self._service.agents.seat(agent_id).call_id == call_id:
            try:
                await self._service.floor.end_call(agent_id)
            except DialerError as gone:
                print(f"agent {agent_id}: {gone}", file=sys.stderr)


def machine_time() -> tuple[int, int]:
    """Return all time of all processors since they started, and what of it was stolen, in ticks."""
    ticks = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(ticks), ticks[7]


class Cost:
    """What a stretch of the run cost this process, and how busy the machine was in it."""

    def __init__(self) -> None:
        self._cpu, self._at = time.process_time(), time.monotonic()
        self._machine = machine_time()

    def stop(self, calls: int) -> dict[str, float]:
        """Return CPU per call in ms, seconds, the load average of the last minute, and the share of the
        machine's time that its hypervisor gave to others (0 to 1): no program here can win it back."""
        cpu_s = time.process_time() - self._cpu
        total, stolen = (now - then for now, then in zip(machine_time(), self._machine, strict=True))
        return {
            "stolen": round(stolen / max(1, total), 3),
            "cpu_ms_per_call": round(cpu_s * 1000 / max(1, calls), 2),
            "seconds": round(time.monotonic() - self._at, 1),
            "load_average": round(os.getloadavg()[0], 2),
        }


def figures(
    path: str, spans_ms: Sequence[float], missed: int, votes: int, cost: dict[str, float]
) -> dict[str, Any]:
    """Return one path's figures, and print them as a line."""
    wait = spread(spans_ms)
    told = {
        "calls": len(spans_ms),
        "p50_ms": wait.p50,
        "p99_ms": wait.p99,
        "worst_ms": wait.max,
        "missed": missed,
        "votes": votes,
        **cost,
    }
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in told.items()}
    print(f"{path:8}", "  ".join(f"{name} {value}" for name, value in rounded.items()), flush=True)
    return rounded


@asynccontextmanager
async def product(running: Pair, settings: Settings) -> AsyncIterator[tuple[Service, ConsoleClient]]:
    """Open the service on a pair with all agents logged in and ready; afterwards log them out and stop it."""
    service = await open_service(settings, switch_of(running), SystemClock())
    keep_pauses_short(service.store.database.threads_of_calls())
    try:
        token = manager_token(settings.path(settings.http.tokens_file))
        async with console_at(service.url, token) as console:
            for agent in running.agents:
                await console.post(f"/api/agents/{agent}/login")
            await until(service, AgentState.PAUSED, len(running.agents))
            for agent in running.agents:
                await console.post(f"/api/agents/{agent}/ready")
            yield service, console
            await until(service, AgentState.READY, len(running.agents))
            for agent in running.agents:
                await console.post(f"/api/agents/{agent}/logout")
    finally:
        await service.stop()


async def until(service: Service, state: AgentState, count: int, within_s: float = 30) -> None:
    async with asyncio.timeout(within_s):
        while service.agents.counts()[state] != count:  # noqa: ASYNC110 - the board has no event for it
            await asyncio.sleep(0.1)


def ended(service: Service, campaign: int) -> int:
    return sum(service.live.counters(campaign).ended.values())


async def run_product(running: Pair, home: Path, numbers: Sequence[str], rate: float) -> dict[str, Any]:
    """Run the campaign to its end and read what its database says."""
    async with product(running, settings_for(running, home)) as (service, console):
        draft = {
            "name": "bench",
            "template": "revisit",
            "company": "Northside Motors",
            "caller_id": "+12025550100",
            "callback_number": HOTLINE,
            "hours": ALWAYS,
            "wrap_up_s": 0,
            "max_channels": 1_000,
            "calls_per_second": rate,
        }
        campaign = (await console.post("/api/campaigns", draft))["id"]
        # A day back: in the customers' zone it may still be yesterday, and nobody is called before his day.
        day = (datetime.now(UTC) - timedelta(days=1)).date()
        report = await console.upload(f"/api/campaigns/{campaign}/import", customer_list(numbers, day))
        assert not report["faults"], report["faults"][:3]
        hands = asyncio.create_task(Hands(service).work(), name="hands")
        cost = Cost()
        await console.post(f"/api/campaigns/{campaign}/start")
        async with asyncio.timeout(2 * len(numbers) / rate + 30):
            while not hands.done() and ended(service, campaign) < len(numbers):  # noqa: ASYNC110
                await asyncio.sleep(1)  # looking more often would cost what is measured
        told = cost.stop(len(numbers))
        hands.cancel()
        lines = (await service.store.campaign_book.attempts(campaign, limit=10 * len(numbers))).lines
        odd = [line for line in lines if line.disposition is not Disposition.CONNECTED]
        for line in odd[:10]:
            print(f"not connected: {line}", file=sys.stderr)
        spans = [line.answer_to_agent_ms for line in lines if line.answer_to_agent_ms is not None]
        missed = sum(line.disposition in (Disposition.ABANDONED, Disposition.HUNG_UP_EARLY) for line in lines)
        votes = sum(line.vote is not None for line in lines)
        return figures("product", spans, missed, votes, told)


async def run_bare(running: Pair, numbers: Sequence[str], rate: float) -> dict[str, Any]:
    """Run the same calls without the product."""
    ami = running.pbx_ami
    path = BarePath(running.pbx.inside(running.prompts), TALK_S, {"LIMIT": "2"})
    cost = Cost()
    done = await path.run(
        (ami.host, ami.port, ami.name, ami.secret),
        running.agi_port,
        running.agents,
        numbers,
        NETWORK_TRUNK,
        rate,
    )
    return figures("bare", done.spans_ms, done.missed, done.votes, cost.stop(len(numbers)))


async def measure(agents: int, rate: float, seconds: float) -> None:
    numbers = customers(round(rate * seconds))
    source = await find_source_apart(None, lambda line: print(line, file=sys.stderr))
    with workdir() as home:
        # Two ports a leg: the agents, and every customer who talks, votes or listens at once.
        running = await pair(source, home, agents=agents, rtp_ports=2 * (agents + round(12 * rate)))
        try:
            ours = await run_product(running, home, numbers, rate)
            bare = await run_bare(running, numbers, rate)
        finally:
            await running.stop()
    ratio = {
        name: round(ours[name] / bare[name], 2) for name in ("p50_ms", "p99_ms") if ours[name] and bare[name]
    }
    print(f"ratio    p50 {ratio.get('p50_ms')}  p99 {ratio.get('p99_ms')}")
    given = {"agents": agents, "rate": rate, "seconds": seconds, "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    print(json.dumps({**given, "product": ours, "bare": bare, "ratio": ratio}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--agents", type=int, default=100)
    options.add_argument("--rate", type=float, default=30, help="answered calls a second")
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--log", type=Path, help="keep the service's log in this file")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = chosen.log or Path(folder) / "service.log"
        with file.open("a", encoding="utf-8") as out:
            log_to(out, logging.INFO)
            event_loop.run(measure(chosen.agents, chosen.rate, chosen.seconds))


if __name__ == "__main__":
    main()
