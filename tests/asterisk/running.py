"""The real service as a process of its own beside a pair, so that a test can kill, freeze and restart it."""

import asyncio
import contextlib
import os
import re
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from laid_out import ALWAYS, CALLER_ID, COMPANY, FILE, customer_list, lay_out
from rawami import RawAmi
from scene import WITHIN_S, Sound, recording, until
from served import Served, served

from dialer.simulator.numbers import Behaviour, Outcome, number_of
from dialer.simulator.records import Record, RecordKind, read_records
from gateways.console_client import ConsoleClient, console_at
from service.pbx.pair import HOTLINE, Pair
from service.tokens import manager_token

START_S = 110.0  # a busy machine takes half a minute; a test has two minutes, or says that it needs more
STOP_S = 60.0
Launch = Callable[[Path, Path], Served]


class RunningService:
    """`dialer serve` on a pair. ``console`` speaks for the manager while the service runs."""

    def __init__(self, pair: Pair, home: Path, agents: Sequence[str], launch: Launch = served) -> None:
        self._launch = launch
        self.pair, self.home, self.agents = pair, home, tuple(agents)
        self.settings = home / "dialer.toml"
        self.console: ConsoleClient
        self.url = ""
        self._log = home / "service.log"
        self._process: Served | None = None
        self._client = contextlib.AsyncExitStack()

    async def start(self, within_s: float = START_S) -> None:
        """Start the service; return when its console listens."""
        seen = len(self.log())
        self._process = self._launch(self.settings, self._log)

        async def log() -> str:
            assert self._process is not None
            assert self._process.exitcode is None, self.log()[seen:]
            return self.log()[seen:]

        console = re.compile(r"event=console url=(\S+)")
        said = await until(log, lambda text: bool(console.search(text)), "the service's console", within_s)
        self.url = console.findall(said)[0]
        self.console = await self._client.enter_async_context(
            console_at(self.url, manager_token(self.home / "tokens.json"))
        )

    async def kill(self) -> None:
        """End it as a crash would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Tell it to stop, and wait for it."""
        await self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Let it hang: its ports stay open, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def log(self) -> str:
        """Return what it has logged, all its lives together."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Ask its database, whether it lives or not."""
        with contextlib.closing(sqlite3.connect(f"file:{self.home / 'dialer.db'}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query, values)]

    def attempts(self, number: str) -> list[dict[str, Any]]:
        """Return the stored attempts of a number, oldest first, each with its vote."""
        return self.rows(
            "SELECT attempts.*, votes.score, votes.source FROM attempts LEFT JOIN votes ON votes.call_id = "
            "attempts.id WHERE number = ? ORDER BY seq",
            number,
        )

    def open_attempts(self) -> list[dict[str, Any]]:
        """Return the stored attempts without an outcome."""
        return self.rows("SELECT id, number FROM attempts WHERE disposition IS NULL")

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    async def _end(self, number: signal.Signals) -> None:
        await self._client.aclose()
        if self._process is not None and self._process.exitcode is None:
            self._signal(number)
            await asyncio.to_thread(self._process.join, STOP_S)
            assert self._process.exitcode is not None, self.log()


class Desk:
    """What people do at the running service: the manager, the agents, and the customers on the network."""

    def __init__(self, service: RunningService, network: RawAmi) -> None:
        self.service, self.pair, self.network = service, service.pair, network
        self._opened = datetime.now(UTC)

    @property
    def console(self) -> ConsoleClient:
        return self.service.console

    async def seat(self, *agents: str) -> None:
        """Log agents in and make them ready."""
        for agent in agents:
            await self.console.post(f"/api/agents/{agent}/login")
        for agent in agents:
            await self.agent(agent, "paused")
            await self.console.post(f"/api/agents/{agent}/ready")

    async def agent(self, agent: str, *states: str, within_s: float = WITHIN_S) -> dict[str, Any]:
        """Return an agent's page as soon as it shows one of the states."""

        async def look() -> dict[str, Any]:
            page: dict[str, Any] = await self.console.get(f"/api/agents/{agent}")
            return page

        return await until(look, lambda page: page["state"] in states, f"{agent} {states}", within_s)

    async def agent_of(self, number: str, *states: str, within_s: float = WITHIN_S) -> str:
        """Return the agent who has a number in hand, as soon as he is in one of the states."""

        async def look() -> list[str]:
            board = (await self.console.get("/api/agents"))["agents"]
            return [one["agent_id"] for one in board if one["number"] == number and one["state"] in states]

        return (await until(look, bool, f"an agent {states} with {number}", within_s))[0]

    async def campaign(
        self, name: str, numbers: Iterable[str], zone: str = "America/New_York", **draft: Any
    ) -> int:
        """Create a campaign and load its list, of people in a zone; it is not started."""
        campaign = await self.draft(name, **draft)
        told = customer_list(numbers, zone).encode()
        report = await self.console.upload(f"/api/campaigns/{campaign}/import", told)
        assert report["faults"] == []
        return campaign

    async def draft(self, name: str, **draft: Any) -> int:
        """Create a campaign without a list."""
        known = {
            "name": name, "template": "revisit", "company": COMPANY, "caller_id": CALLER_ID,
            "callback_number": HOTLINE, "hours": ALWAYS, "ring_timeout_s": 20, "wrap_up_s": 1,
            "calls_per_second": 50,
        }  # fmt: skip
        return int((await self.console.post("/api/campaigns", {**known, **draft}))["id"])

    async def start(self, campaign: int) -> None:
        await self.console.post(f"/api/campaigns/{campaign}/start")

    async def pause(self, campaign: int, *, cancel: bool = False) -> dict[str, Any]:
        """Pause a campaign and return the receipt, its moments read."""
        body = {"reason": "test", "cancel_unanswered": cancel}
        receipt: dict[str, Any] = await self.console.post(f"/api/campaigns/{campaign}/pause", body)
        for name in ("paused_at", "last_ends_at"):
            receipt[name] = receipt[name] and datetime.fromisoformat(receipt[name])
        return receipt

    async def live(
        self, what: Callable[[Mapping[str, Any]], bool], name: str, within_s: float = WITHIN_S
    ) -> None:
        """Wait until something is true of the live counters."""

        async def look() -> Mapping[str, Any]:
            counters: Mapping[str, Any] = await self.console.get("/api/live")
            return counters

        await until(look, what, name, within_s)

    async def settled(self, number: str, within_s: float = WITHIN_S) -> dict[str, Any]:
        """Return the newest attempt of a number as soon as it has an outcome."""

        async def newest() -> list[dict[str, Any]]:
            return self.service.attempts(number)[-1:]

        what = f"the outcome of {number}"
        return (await until(newest, lambda r: bool(r and r[0]["disposition"]), what, within_s))[0]

    async def voted(self, number: str, within_s: float = WITHIN_S) -> dict[str, Any]:
        """Return the newest attempt of a number as soon as its vote is stored."""

        async def newest() -> list[dict[str, Any]]:
            return [row for row in self.service.attempts(number)[-1:] if row["score"] is not None]

        return (await until(newest, bool, f"the vote of {number}", within_s))[0]

    async def closed(self, campaign: int, number: str) -> None:
        """Wait until a campaign will not call a number any more."""

        async def statuses() -> list[str]:
            report = await self.console.get(f"/api/campaigns/{campaign}/report")
            return [one["status"] for one in report["not_reached"] if one["number"] == number]

        await until(statuses, lambda now: now in (["done"], ["refused"]), f"the end of the lead {number}")

    def records(self, kind: RecordKind, number: str = "") -> list[Record]:
        """Return what the network wrote of a kind, of one number or of all customers."""
        return [
            one
            for one in read_records(self.pair.records)
            if one.kind is kind
            and one.at >= self._opened
            and (one.number == number if number else one.number.startswith("+"))
        ]

    async def seen(self, kind: RecordKind, number: str, within_s: float = WITHIN_S) -> Record:
        """Return the network's last record of a kind for a number, as soon as there is one."""

        async def look() -> list[Record]:
            return self.records(kind, number)

        return (await until(look, bool, f"{kind} of {number}", within_s))[-1]

    async def pick_up(self, number: str) -> None:
        """Let a customer whose phone rings answer now, whatever his number says."""
        known = await self.network.listed("Status", {}, "Status", "StatusComplete")
        (leg,) = [one["Channel"] for one in known if one["DNID"] == number]
        where = {"Channel": leg, "Context": "settle", "Exten": str(Outcome.PERSON), "Priority": "1"}
        assert (await self.network.act("Redirect", where))["Response"] == "Success"
        await self.seen(RecordKind.ANSWERED, number)

    async def fall_silent(self, number: str) -> None:
        """Let a customer in talk say no more and press his key from now on, whatever his number says."""
        leg = (await self.seen(RecordKind.ANSWERED, number)).detail
        where = {"Channel": leg, "Context": "talk", "Exten": "s", "Priority": "said"}
        assert (await self.network.act("Redirect", where))["Response"] == "Success"

    async def hang_up_phone(self, agent: str) -> None:
        """Let an agent put his phone down."""
        leg = (await self.seen(RecordKind.ANSWERED, agent)).detail
        assert (await self.network.act("Hangup", {"Channel": leg}))["Response"] == "Success"

    async def heard(self, number: str) -> Sound:
        """Return what a customer heard from his answer on; his call must be over. Needs ``recorded``."""
        await self.seen(RecordKind.ENDED, number)
        answered = await self.seen(RecordKind.ANSWERED, number)
        return await recording(self.pair, answered.detail)


def many(behaviour: Behaviour, count: int, area: str = "202") -> list[str]:
    """Return numbers that behave alike; at most 100 in one area code."""
    return [number_of(replace(behaviour, serial=serial), area) for serial in range(count)]


@contextlib.asynccontextmanager
async def running(
    pair: Pair, home: Path, *, agents: int = 8, recorded: bool = False, database: str = FILE
) -> AsyncIterator[Desk]:
    """Run a service on a pair with agents who have not logged in; afterwards leave no call behind."""
    names = pair.agents[:agents]
    await lay_out(pair, home, names, database)
    await pair.network.command(f"dialplan set global RECORD {int(recorded)}")
    service, there = RunningService(pair, home, names), pair.network_ami
    async with RawAmi(there.host, there.port, there.name, there.secret) as network:
        try:
            await service.start()
            yield Desk(service, network)
        finally:
            with contextlib.suppress(ProcessLookupError, AssertionError):
                service.thaw()
            await service.kill()
            if pair.pbx.running:
                await pair.pbx.command("channel request hangup all")
            await pair.network.command("channel request hangup all")
            await until(lambda: _channels(pair), lambda count: count == 0, "channels left")


async def _channels(pair: Pair) -> int:
    count = 0
    for side in (pair.pbx, pair.network):
        if side.running:
            said = await side.command("core show channels count")
            count += int(said.split()[0])
    return count
