"""The link with short limits against a scripted manager, all it told, and a transport that takes notes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from scripted_ami import Action, ScriptedAmi, Session

from dialer.ami.config import AmiConfig
from dialer.ami.protocol import Connection
from dialer.ami.telephony import AmiTelephony
from dialer.telephony import Dial, Kind, SwitchEvent

DIAL = Dial("att-1", "+12025550101", "network", "+12025550100", "Acme", 20.0)
MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)


class StillClock:
    def now(self) -> datetime:
        return MOMENT

    def monotonic(self) -> float:
        return 0.0


class Bench:
    """A gateway with short limits against a peer, everything it told, and how long it slept."""

    def __init__(self, peer: ScriptedAmi, **limits: float) -> None:
        self.peer = peer
        self.events: list[SwitchEvent] = []
        self.slept: list[float] = []
        self.bug: Callable[[SwitchEvent], None] = lambda event: None
        self._came = asyncio.Event()
        settings = {"response_timeout_s": 1.0, "ping_every_s": 10.0, "silence_limit_s": 20.0, **limits}
        config = AmiConfig("127.0.0.1", peer.port, "dialer", "secret", **settings)  # type: ignore[arg-type]
        self.telephony = AmiTelephony(config, StillClock(), self._hear, lambda: 0.0, self._sleep)

    @property
    def kinds(self) -> list[Kind]:
        return [event.kind for event in self.events]

    def _hear(self, event: SwitchEvent) -> None:
        self.events.append(event)
        self._came.set()
        self.bug(event)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._came.set()
        await asyncio.sleep(0)

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not done():
                self._came.clear()
                await self._came.wait()

    async def until_kind(self, kind: Kind, times: int = 1) -> None:
        await self.until(lambda: self.kinds.count(kind) >= times)


async def turns(done: Callable[[], bool]) -> None:
    """Give the event loop turns until something inside has happened that nobody is told of."""
    async with asyncio.timeout(5):
        while True:
            await asyncio.sleep(0)
            if done():
                return


class Wire:
    """A transport that only notes what is done to it."""

    def __init__(self, buffered: int = 0) -> None:
        self.buffered, self.written, self.ending = buffered, b"", ""

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.ending = "closed"

    def abort(self) -> None:
        self.ending = "aborted"


def taken_over(bench: Bench, wire: Wire, first_read: bytes) -> Connection:
    """Hand the link a connection that has heard something already."""
    link = bench.telephony._link
    link.loop = asyncio.get_running_loop()
    connection = Connection(link, 1000)
    connection.connection_made(wire)  # type: ignore[arg-type]
    connection.data_received(first_read)
    made = asyncio.get_running_loop().create_future()
    made.set_result((wire, connection))
    link.connection_made(made)  # type: ignore[arg-type]
    return connection


@asynccontextmanager
async def started(peer: ScriptedAmi, **limits: float) -> AsyncIterator[Bench]:
    bench = Bench(peer, **limits)
    await bench.telephony.start()
    try:
        yield bench
    finally:
        await bench.telephony.stop()


def mute(session: Session, action: Action) -> None:
    """Take an action and say nothing."""
