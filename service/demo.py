"""The demo: two Asterisks, the service, simulated customers and agents, one short revisit campaign.

Everything in it is the product at work: a real list is imported by HTTP, calls go through AMI and SIP, votes
come by DTMF over RTP. Only the people are simulated, by a second Asterisk and by agents that use the API.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dialer.ami.config import AmiConfig
from dialer.simulator.numbers import Caller, Press, number_of_caller
from dialer.simulator.sipstub import SipStub
from gateways.console_client import ConsoleClient, console_at
from ivr.errors import CannotListen
from service.app import Service, open_service
from service.clock import SystemClock
from service.connections import Switch
from service.demo_agents import SimulatedAgent
from service.demo_list import sample_list
from service.demo_settings import ALWAYS, demo_settings
from service.errors import CannotStart
from service.latency import keep_pauses_short
from service.pbx.errors import PortTaken
from service.pbx.pair import HOTLINE, Pair, pair
from service.pbx.places import spoken_dir
from service.pbx.ports import LOOPBACK
from service.pbx.source import Source
from service.pbx.speech import speaker_beside
from service.tokens import manager_token

AGENTS: Final = 5
HOTLINE_CALLERS: Final = (Caller(1, 2, Press.SCORE_5), Caller(2, 1, Press.SCORE_4, serial=1))
TIME_LIMIT_S: Final = 300.0
TRIES: Final = 3
"""How often other ports are tried when a program has taken one between our look and our start."""

DRAIN_S: Final = 0.5
"""Nobody real is on the line: whoever presses Ctrl-C wants his terminal back."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The demo's running parts."""

    pair: Pair
    service: Service
    console: ConsoleClient
    token: str


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo did; ``as_json`` is its last line."""

    report: Mapping[str, Any]
    counters: Mapping[str, Any]
    hotline_votes: int
    duration_s: float
    asterisk_version: str

    def as_json(self) -> dict[str, Any]:
        """Return the figures as one flat object."""
        ended = self.report["dispositions"]
        latency = self.report["answer_to_agent_ms"]
        failed = ("rejected", "bad_number", "unreachable", "trunk_failed", "cancelled", "unknown")
        return {
            "placed": self.report["attempts"],
            "answered": self.report["answered"] + ended.get("machine", 0),
            "connected": ended.get("connected", 0),
            "abandoned": ended.get("abandoned", 0),
            "no_answer": ended.get("no_answer", 0),
            "busy": ended.get("busy", 0),
            "failed": sum(ended.get(name, 0) for name in failed),
            "machine": ended.get("machine", 0),
            "hung_up_early": ended.get("hung_up_early", 0),
            "votes": {str(score): count for score, count in sorted(self.report["votes"].items())},
            "hotline_votes": self.hotline_votes,
            "answer_to_agent_ms": {name: latency[name] for name in ("p50", "p99", "max")},
            "duration_s": round(self.duration_s, 1),
            "asterisk_version": self.asterisk_version,
        }


@contextlib.asynccontextmanager
async def staged(source: Source, workdir: Path, agents: int = AGENTS) -> AsyncIterator[Stage]:
    """Bring everything up, hand it out, take everything down again. Raises ``PortTaken`` after ``TRIES``."""
    async with contextlib.AsyncExitStack() as opened:
        yield await _brought_up(source, workdir, agents, opened)


async def _brought_up(source: Source, workdir: Path, agents: int, opened: contextlib.AsyncExitStack) -> Stage:
    last = TRIES - 1
    for number in range(last):
        with contextlib.suppress(PortTaken):
            return await opened.enter_async_context(_on_ports(source, workdir / str(number), agents))
    return await opened.enter_async_context(_on_ports(source, workdir / str(last), agents))


@contextlib.asynccontextmanager
async def _on_ports(source: Source, workdir: Path, agents: int) -> AsyncIterator[Stage]:
    """Do it on one lease of ports; raises ``PortTaken`` when another program has one of them."""
    running = await pair(source, workdir, agents=agents)
    async with contextlib.AsyncExitStack() as opened:
        opened.push_async_callback(running.stop)
        opened.callback((await _stub_at(running.stub_port)).stop)
        settings = demo_settings(running, workdir)
        try:
            service = await open_service(settings, switch_of(running), SystemClock(), DRAIN_S)
        except CannotListen as fault:
            raise PortTaken(str(fault)) from fault
        opened.push_async_callback(service.stop)
        keep_pauses_short(service.store.database.threads_of_calls())
        token = manager_token(settings.path(settings.http.tokens_file))
        console = await opened.enter_async_context(console_at(service.url, token))
        yield Stage(running, service, console, token)


async def _stub_at(port: int) -> SipStub:
    try:
        return await SipStub.start(port)
    except OSError as fault:
        raise PortTaken(f"SIP stub: cannot listen on {LOOPBACK}:{port}: {fault.strerror}") from fault


def switch_of(running: Pair) -> Switch:
    """Return how a service reaches the PBX of a pair."""
    ami = running.pbx_ami
    return Switch(
        ami=AmiConfig(ami.host, ami.port, ami.name, ami.secret),
        agi_host="127.0.0.1",
        agi_port=running.agi_port,
        prompts=running.prompts,
        prompts_seen_as=running.pbx.inside(running.prompts),
        votes=running.votes,
        speaker=speaker_beside(running.pbx),
        spoken=spoken_dir(),
    )


async def play(stage: Stage, show: Callable[[Mapping[str, Any]], None]) -> DemoResult:
    """Run the campaign to its end; ``show`` gets the live counters after every change.

    Raises ``CannotStart`` when the end has not come after ``TIME_LIMIT_S``.
    """
    started = datetime.now(UTC)
    console = stage.console
    campaign = await _prepare(console)
    try:
        async with asyncio.timeout(TIME_LIMIT_S), asyncio.TaskGroup() as people:
            agents = [
                people.create_task(SimulatedAgent(console, agent_id).work(), name=agent_id)
                for agent_id in stage.pair.agents
            ]
            await _until(console, lambda states: states["ready"] == len(agents))
            await console.post(f"/api/campaigns/{campaign}/start")
            callers = people.create_task(_call_hotline(stage.pair), name="hotline callers")
            await _watch(console, campaign, show)
            await callers
            await _until(console, _quiet)
            show(await _counters(console, campaign))  # the last votes came meanwhile
            for agent in agents:
                agent.cancel()
    except TimeoutError:
        raise CannotStart(f"the demo has not come to its end in {TIME_LIMIT_S:g} s") from None
    report = await console.get(f"/api/campaigns/{campaign}/report")
    counters = await console.get("/api/live")
    duration = (datetime.now(UTC) - started).total_seconds()
    hotline_votes = counters["voted"] - sum(report["votes"].values())
    return DemoResult(report, counters, hotline_votes, duration, stage.service.switch_version)


async def _prepare(console: ConsoleClient) -> int:
    """Create the campaign and load the sample list."""
    draft = {
        "name": "Revisit demo",
        "template": "revisit",
        "company": "Northside Motors",
        "caller_id": "+12025550100",
        "callback_number": HOTLINE,
        "hours": ALWAYS,
        "ring_timeout_s": 6,
        "wrap_up_s": 2,
        "calls_per_second": 20,
    }
    campaign = await console.post("/api/campaigns", draft)
    # Yesterday: begun in every zone of the list, whatever the hour here.
    text = sample_list(datetime.now(UTC).date() - timedelta(days=1))
    await console.upload(f"/api/campaigns/{campaign['id']}/import", text.encode())
    return int(campaign["id"])


async def _watch(console: ConsoleClient, campaign: int, show: Callable[[Mapping[str, Any]], None]) -> None:
    """Follow the campaign until every lead has been tried; retries due later are the next day's work."""
    while True:
        show(await _counters(console, campaign))
        report = await console.get(f"/api/campaigns/{campaign}/report")
        untried = sum(not lead["attempts"] for lead in report["not_reached"])
        if not untried and not report["open_attempts"]:
            return
        await asyncio.sleep(0.25)


async def _counters(console: ConsoleClient, campaign: int) -> Mapping[str, Any]:
    """Return the counters of the campaign alone: calls and votes of the hotline are not its own."""
    counters: Mapping[str, Any] = await console.get("/api/live", campaign=campaign)
    return counters


async def _until(console: ConsoleClient, true_of: Callable[[Mapping[str, int]], bool]) -> None:
    """Wait until something is true of how many agents are in which state."""
    while not true_of((await console.get("/api/live"))["agents"]):  # noqa: ASYNC110 - another process's state
        await asyncio.sleep(0.1)


def _quiet(agents: Mapping[str, int]) -> bool:
    """Nobody talks or writes any more."""
    return not agents["talking"] + agents["wrap_up"] + agents["reserved"]


async def _call_hotline(running: Pair) -> None:
    """Let a few customers dial the hotline."""
    for caller in HOTLINE_CALLERS:
        number = number_of_caller(caller)
        said = await running.network.command(f"channel originate Local/{number}@callers application Wait 60")
        if "No such command" in said:
            raise CannotStart(f"the simulated network cannot call the hotline: {said.strip()}")
        await asyncio.sleep(3)
