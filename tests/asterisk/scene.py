"""One test's stage: manager sessions, a bare service, agents seated, customers called, what they heard."""

import array
import asyncio
import uuid
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rawagi import Handler, RawService, RawSession
from rawami import Message, RawAmi

from dialer.simulator.numbers import Behaviour, number_of
from dialer.simulator.records import Record, RecordKind, read_records
from service.pbx.pair import Pair

T = TypeVar("T")
WITHIN_S = 25.0  # how long anything is waited for: the machine may be busy with something else
LOST_S = 0.4  # of a recording: a loaded machine leaves out frames of 20 ms, and what is left comes too early
LOUD = 500  # of 32768: above the noise of an empty line, far below any prompt


@dataclass(frozen=True, slots=True)
class Call:
    """One customer's call: its attempt id and the number it went to."""

    attempt: str
    number: str


class Scene:
    """What a test acts with; ``opened`` makes it and clears the stage afterwards."""

    def __init__(self, pair: Pair, ami: RawAmi, network: RawAmi, service: RawService) -> None:
        self.pair, self.ami, self.network, self.service = pair, ami, network, service
        self._opened = datetime.now(UTC)

    async def seat(self, phone: str = "agent-101") -> str:
        """Call an agent's phone into hold and return his channel's name."""
        leg = f"{phone}-{uuid.uuid4().hex[:8]}"
        headers = _originate(f"PJSIP/{phone}", "dialer-agent-hold", leg, [f"AGENTID={phone}"])
        assert (await self.ami.act("Originate", headers))["Response"] == "Success"
        return (await self.joined(leg))["Channel"]

    async def call(
        self, behaviour: Behaviour, variables: Sequence[str] = (), timeout_ms: int = 20_000, area: str = "202"
    ) -> Call:
        """Call a customer who behaves so."""
        call = Call(f"att-{uuid.uuid4().hex[:10]}", number_of(behaviour, area))
        told = [f"__ATT={call.attempt}", *variables]
        headers = _originate(f"PJSIP/{call.number}@network", "dialer-outbound", call.attempt, told)
        headers |= {"Timeout": str(timeout_ms), "CallerID": f'"{call.attempt}" <+12025550100>'}
        assert (await self.ami.act("Originate", headers))["Response"] == "Success"
        return call

    async def up(self, call: Call) -> Message:
        """Wait until a call is answered."""

        def answered(event: Message) -> bool:
            return event["Event"] == "Newstate" and event["ChannelStateDesc"] == "Up"

        return await self.ami.event(lambda e: answered(e) and e["Uniqueid"] == call.attempt)

    async def gone(self, call: Call, within_s: float = WITHIN_S) -> Message:
        """Wait until a call is over."""
        return await self.ami.event(
            lambda e: e["Event"] == "Hangup" and e["Uniqueid"] == call.attempt, within_s=within_s
        )

    async def joined(self, unique_id: str, since: int = 0) -> Message:
        """Wait until a channel enters a bridge, after event number ``since``."""
        return await self.ami.event(
            lambda e: e["Event"] == "BridgeEnter" and e["Uniqueid"] == unique_id, since=since
        )

    async def held(self, agent: str, since: int) -> None:
        """Wait until an agent is back in hold, after event number ``since``."""

        def holds(event: Message) -> bool:
            return event["Event"] == "BridgeEnter" and event["BridgeTechnology"] == "holding_bridge"

        await self.ami.event(lambda e: holds(e) and e["Channel"] == agent, since=since)

    async def release(self, agent: str) -> None:
        """Take an agent out of his talk, as the service does."""
        headers = {"Channel": agent, "Context": "dialer-agent-hold", "Exten": "s", "Priority": "loop"}
        assert (await self.ami.act("Redirect", headers))["Response"] == "Success"

    async def entry(self, family: str, key: str) -> list[str]:
        """Return the fields of one journal entry, as soon as it is there."""
        found = await until(lambda: self.ami.journal(family), lambda all_: key in all_, f"{family}/{key}")
        return found[key]

    def records(self, number: str) -> list[Record]:
        """Return what the network has written about a number since this stage was opened."""
        return [r for r in read_records(self.pair.records) if r.number == number and r.at >= self._opened]

    async def seen(self, number: str, kind: RecordKind, within_s: float = WITHIN_S) -> Record:
        """Return the network's last record of a kind for a number, as soon as there is one."""

        async def of_number() -> list[Record]:
            return [r for r in self.records(number) if r.kind is kind]

        return (await until(of_number, bool, f"{kind} of {number}", within_s))[-1]

    async def heard(self, number: str) -> "Sound":
        """Return what the far end heard; its call must be over, or its recording is not complete."""
        await self.seen(number, RecordKind.ENDED)
        answered = await self.seen(number, RecordKind.ANSWERED)
        return await recording(self.pair, answered.detail)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Seconds as a recording may tell them: up to ``LOST_S`` less, or a little more."""

    seconds: float
    more_s: float = 0.1

    def __contains__(self, seconds: float) -> bool:
        return self.seconds - LOST_S <= seconds <= self.seconds + self.more_s


@dataclass(frozen=True, slots=True)
class Sound:
    """Eight thousand samples a second of what somebody heard, from the moment he answered."""

    samples: "array.array[int]"

    @classmethod
    def read(cls, path: Path) -> "Sound":
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
            return cls(array.array("h", file.readframes(file.getnframes())))

    def starts_s(self) -> float:
        """Seconds to the first loud sample; fails when there is none."""
        place = next((i for i, sample in enumerate(self.samples) if abs(sample) > LOUD), None)
        assert place is not None, f"{len(self.samples) / 8000:.1f} s of silence"
        return place / 8000

    def loud_s(self) -> float:
        """Seconds of sound, in pieces of 20 ms."""
        pieces = [self.samples[i : i + 160] for i in range(0, len(self.samples), 160)]
        return sum(max(map(abs, piece)) > LOUD for piece in pieces) * 0.02


async def recording(pair: Pair, leg: str) -> Sound:
    """Return what a leg at the network heard from its answer on, as soon as its recording is closed."""
    path = pair.network.directory / "spool" / "monitor" / f"{leg}-heard.wav"

    async def frames() -> int:
        try:
            with wave.open(str(path)) as file:
                return file.getnframes()
        except (FileNotFoundError, EOFError, wave.Error):
            return 0  # its header says 0 until it is closed

    await until(frames, bool, f"the recording of {leg}")
    return Sound.read(path)


def _originate(
    channel: str, context: str, unique_id: str, variables: list[str]
) -> dict[str, str | list[str]]:
    where = {"Channel": channel, "Context": context, "Exten": "s", "Priority": "1"}
    return {**where, "ChannelId": unique_id, "Async": "true", "Variable": variables}


async def until(
    ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], what: str, within_s: float = WITHIN_S
) -> T:
    """Ask every 20 ms until the answer holds; fails with the last answer when time is up."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not holds(answer := await ask()):
        assert asyncio.get_running_loop().time() < deadline, f"not in {within_s} s: {what}: {answer!r}"
        await asyncio.sleep(0.02)
    return answer


async def tone(pair: Pair, seconds: float, bits: int = 16) -> str:
    """Make a prompt, loud from its first sample; return its path as Asterisk wants it (16 bits only)."""
    pair.prompts.mkdir(exist_ok=True)
    path = pair.prompts / f"tone-{seconds:g}-{bits}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setframerate(8000)
        file.setsampwidth(bits // 8)
        wave_form = array.array("h" if bits == 16 else "i", [1 << (bits - 3), -1 << (bits - 3)])
        file.writeframes(wave_form.tobytes() * int(4000 * seconds))
    return pair.pbx.inside(path).removesuffix(".wav")


async def never(session: RawSession) -> None:
    """A handler that is busy with something else for ever: the slow service."""
    await session.gone()


def agent_then_vote(agent: str) -> Handler:
    """A handler that does what the service does: talk, one key, done."""

    async def handle(session: RawSession) -> None:
        assert await session.talk(agent) == "SUCCESS"
        await session.ask("SET AUTOHANGUP 15")
        session.variables["key"] = await session.ask("GET DATA vm-press 8000 1")
        await session.done()

    return handle


@asynccontextmanager
async def opened(pair: Pair, record: bool = False) -> AsyncIterator[Scene]:
    """Open the stage on a pair; afterwards hang up what is left and wait until both switches are empty."""
    await pair.network.command(f"dialplan set global RECORD {int(record)}")
    ours, theirs = pair.pbx_ami, pair.network_ami
    async with (
        RawAmi(ours.host, ours.port, ours.name, ours.secret) as ami,
        RawAmi(theirs.host, theirs.port, theirs.name, theirs.secret) as network,
        RawService(pair.agi_port) as service,
    ):
        try:
            yield Scene(pair, ami, network, service)
        finally:
            await service.die()
            for side in (ami, network):
                await side.act("Hangup", {"Channel": "/.*/", "Cause": "16"})
                await until(lambda side=side: _channels(side), lambda count: count == 0, "channels left")
        if service.errors:
            raise ExceptionGroup("in the service's own sessions", service.errors)


async def _channels(ami: RawAmi) -> int:
    return len(await ami.listed("CoreShowChannels", {}, "CoreShowChannel", "CoreShowChannelsComplete"))
