"""One suite over every switch: the in-memory twin, and the AMI gateway against a scripted Asterisk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Protocol

import pytest
from scripted_switch import ScriptedSwitch

from dialer.ami.config import AmiConfig
from dialer.ami.telephony import AmiTelephony
from dialer.errors import NotSent
from dialer.memory import MemoryTelephony
from dialer.telephony import Dial, JournalEntry, Kind, SwitchEvent, Telephony

DIAL = Dial("att-1", "+12025550101", "network", "+12025550100", "Acme, Ltd", 20.0, {"LIMIT": "2"})
MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)


class StillClock:
    def now(self) -> datetime:
        return MOMENT

    def monotonic(self) -> float:
        return 100.0


class Bench(Protocol):
    """A switch under test and the hands that move its world."""

    telephony: Telephony
    events: list[SwitchEvent]

    def ring(self, channel_id: str) -> None: ...
    def answer(self, channel_id: str) -> None: ...
    def hang_up(self, channel_id: str, cause: int = 16, tech_cause: int | None = None) -> None: ...
    def hold(self, channel_id: str) -> None: ...
    def bridge(self, first_id: str, second_id: str) -> None: ...
    def leave(self, entry: JournalEntry) -> None: ...
    async def link_down(self) -> None: ...
    async def link_up(self) -> None: ...
    async def until(self, done: Callable[[list[SwitchEvent]], bool]) -> None: ...


class MemoryBench:
    def __init__(self) -> None:
        self.events: list[SwitchEvent] = []
        self.telephony = twin = MemoryTelephony(StillClock(), self.events.append)
        self.ring, self.answer, self.hang_up = twin.ring, twin.answer, twin.hang_up
        self.hold, self.bridge = twin.hold, twin.bridge
        self.leave = twin.journals.append

    async def link_down(self) -> None:
        self.telephony.link_down()

    async def link_up(self) -> None:
        self.telephony.link_up()

    async def until(self, done: Callable[[list[SwitchEvent]], bool]) -> None:
        assert done(self.events), self.events


class AmiBench:
    def __init__(self) -> None:
        self.events: list[SwitchEvent] = []
        self.switch = switch = ScriptedSwitch()
        self.ring, self.answer, self.hang_up = switch.ring, switch.answer, switch.hang_up
        self.hold, self.bridge = switch.hold, switch.bridge
        self._came = asyncio.Event()

    async def start(self) -> None:
        await self.switch.peer.start()
        config = AmiConfig(
            "127.0.0.1", self.switch.peer.port, "dialer", "secret", backoff_min_s=0.01, backoff_max_s=0.02
        )
        self.telephony = AmiTelephony(config, StillClock(), self._hear, random=lambda: 0.0)
        await self.telephony.start()
        self.events.clear()

    async def stop(self) -> None:
        await self.telephony.stop()
        await self.switch.peer.stop()

    def _hear(self, event: SwitchEvent) -> None:
        self.events.append(event)
        self._came.set()

    def leave(self, entry: JournalEntry) -> None:
        self.switch.database[f"dialer-{entry.family}", entry.key] = "|".join(entry.fields)

    async def link_down(self) -> None:
        await self.switch.peer.refuse_connections()
        await self.until(lambda events: events[-1].kind is Kind.LINK_DOWN)

    async def link_up(self) -> None:
        await self.switch.peer.start()
        await self.until(lambda events: events[-1].kind is Kind.LINK_UP)

    async def until(self, done: Callable[[list[SwitchEvent]], bool]) -> None:
        async with asyncio.timeout(5):
            while not (self.events and done(self.events)):
                self._came.clear()
                await self._came.wait()


@pytest.fixture(params=["memory", "ami"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param == "memory":
        yield MemoryBench()
        return
    ami = AmiBench()
    await ami.start()
    yield ami
    await ami.stop()


def told(events: list[SwitchEvent]) -> list[tuple[Kind, str]]:
    return [(event.kind, event.channel_id) for event in events]


def has(kind: Kind, channel_id: str = "att-1") -> Callable[[list[SwitchEvent]], bool]:
    return lambda events: (kind, channel_id) in told(events)


async def test_a_call_that_is_answered_and_ends(bench: Bench) -> None:
    await bench.telephony.place(DIAL)
    await bench.until(has(Kind.DIALLING))
    bench.ring("att-1")
    bench.answer("att-1")
    bench.hang_up("att-1", 16)
    await bench.until(has(Kind.HUNG_UP))
    kinds = list(dict.fromkeys(event.kind for event in bench.events))  # RINGING may repeat
    assert kinds == [Kind.DIALLING, Kind.RINGING, Kind.UP, Kind.ORIGINATE_ANSWERED, Kind.HUNG_UP]
    assert {event.channel_id for event in bench.events} == {"att-1"}
    answered = next(event for event in bench.events if event.kind is Kind.ORIGINATE_ANSWERED)
    assert (answered.action_id, answered.reason) == ("att-1", 4)
    assert (bench.events[-1].cause, bench.events[-1].tech_cause) == (16, None)
    assert all(event.at.tzinfo is UTC for event in bench.events)


async def test_a_busy_call_tells_both_causes_and_fails_its_originate(bench: Bench) -> None:
    await bench.telephony.place(DIAL)
    bench.hang_up("att-1", 17, 486)
    await bench.until(has(Kind.ORIGINATE_FAILED))
    ended = next(event for event in bench.events if event.kind is Kind.HUNG_UP)
    assert (ended.cause, ended.tech_cause) == (17, 486)
    failed = next(event for event in bench.events if event.kind is Kind.ORIGINATE_FAILED)
    assert (failed.action_id, failed.reason) == ("att-1", 0)


async def test_the_same_id_again_fails_and_leaves_the_living_call_alone(bench: Bench) -> None:
    await bench.telephony.place(DIAL)
    await bench.telephony.place(DIAL)
    await bench.until(has(Kind.ORIGINATE_FAILED))
    assert [each.channel_id for each in await bench.telephony.live()] == ["att-1"]
    assert not has(Kind.HUNG_UP)(bench.events)


async def test_cancel_ends_an_unanswered_call_once_as_its_own_timer_would(bench: Bench) -> None:
    await bench.telephony.place(DIAL)
    bench.ring("att-1")
    assert await bench.telephony.cancel("att-1")
    await bench.until(has(Kind.ORIGINATE_FAILED))
    ended = next(event for event in bench.events if event.kind is Kind.HUNG_UP)
    failed = next(event for event in bench.events if event.kind is Kind.ORIGINATE_FAILED)
    assert (ended.cause, ended.tech_cause, failed.reason) == (19, 480, 3)
    assert not await bench.telephony.cancel("att-1")
    assert not await bench.telephony.cancel("att-never")


async def test_cancel_leaves_an_answered_call_alone(bench: Bench) -> None:
    await bench.telephony.place(DIAL)
    bench.answer("att-1")
    assert not await bench.telephony.cancel("att-1")
    assert [each.channel_id for each in await bench.telephony.live()] == ["att-1"]
    assert not has(Kind.HUNG_UP)(bench.events)


async def test_an_agents_leg_is_hung_up_whatever_it_does(bench: Bench) -> None:
    await bench.telephony.seat_agent("101", "PJSIP/agent-101", "agent-101-a")
    bench.hold("agent-101-a")
    assert await bench.telephony.unseat_agent("agent-101-a")
    await bench.until(has(Kind.HUNG_UP, "agent-101-a"))
    ended = next(event for event in bench.events if event.kind is Kind.HUNG_UP)
    assert ended.cause == 16
    assert not await bench.telephony.unseat_agent("agent-101-a")


async def test_a_talk_names_both_members_and_release_brings_the_leg_back(bench: Bench) -> None:
    await bench.telephony.seat_agent("101", "PJSIP/agent-101", "agent-101-a")
    await bench.telephony.place(DIAL)
    bench.hold("agent-101-a")
    bench.answer("att-1")
    bench.bridge("agent-101-a", "att-1")
    await bench.until(has(Kind.BRIDGED))
    bridged = [event for event in bench.events if event.kind is Kind.BRIDGED]
    pairs = [(event.channel_id, event.peer_id) for event in bridged]
    assert pairs == [("agent-101-a", "att-1"), ("att-1", "agent-101-a")]
    assert bridged[0].bridge_id == bridged[1].bridge_id != ""
    leg = bridged[0].channel
    bench.events.clear()
    assert await bench.telephony.release_agent(leg)
    await bench.until(has(Kind.HOLDING, "agent-101-a"))
    assert not await bench.telephony.release_agent(leg + "x")


async def test_live_tells_who_is_who(bench: Bench) -> None:
    await bench.telephony.seat_agent("101", "PJSIP/agent-101", "agent-101-a")
    await bench.telephony.place(DIAL)
    bench.hold("agent-101-a")
    bench.answer("att-1")
    bench.bridge("agent-101-a", "att-1")
    leg, call = await bench.telephony.live()
    assert (leg.channel_id, leg.agent_id, leg.attempt_id) == ("agent-101-a", "101", "")
    assert (call.channel_id, call.agent_id, call.attempt_id) == ("att-1", "", "att-1")
    assert (leg.talked, call.talked, call.done) == (False, True, False)
    assert call.bridge_peer == leg.channel
    assert leg.bridge_peer == call.channel
    assert (call.state, call.application, call.context) == ("Up", "Bridge", "dialer-outbound")


async def test_journals_are_read_and_forgotten(bench: Bench) -> None:
    failed = JournalEntry("failed", "att-1", ("1795300450", "0"))
    vote = JournalEntry("vote", "att-2", ("1795300451", "OK", "5"))
    end = JournalEntry("end", "att-2", ("1795300452", "1795300440", "", "", "5", "16", ""))
    for entry in (failed, vote, end):
        bench.leave(entry)
    assert {entry.key + entry.family: entry for entry in await bench.telephony.journal()} == {
        entry.key + entry.family: entry for entry in (failed, vote, end)
    }
    assert [entry.family for entry in await bench.telephony.journal(["vote"])] == ["vote"]
    assert list(await bench.telephony.journal(["aband"])) == []
    await bench.telephony.forget([vote, end])
    await bench.telephony.forget([vote])
    assert list(await bench.telephony.journal()) == [failed]


async def test_an_empty_journal_is_empty(bench: Bench) -> None:
    assert list(await bench.telephony.journal()) == []


async def test_while_the_link_is_down_nothing_is_sent_and_nothing_is_heard(bench: Bench) -> None:
    await bench.telephony.place(DIAL)
    await bench.until(has(Kind.DIALLING))
    await bench.link_down()
    for asked in (
        lambda: bench.telephony.place(DIAL),
        lambda: bench.telephony.seat_agent("101", "PJSIP/agent-101", "agent-101-a"),
        lambda: bench.telephony.cancel("att-1"),
        lambda: bench.telephony.release_agent("PJSIP/agent-101-1"),
        bench.telephony.live,
        bench.telephony.journal,
        lambda: bench.telephony.forget([JournalEntry("vote", "att-1", ("1",))]),
    ):
        with pytest.raises(NotSent):
            await asked()
    bench.hang_up("att-1", 17, 486)
    await bench.link_up()
    assert [event.kind for event in bench.events][-2:] == [Kind.LINK_DOWN, Kind.LINK_UP]
    assert list(await bench.telephony.live()) == []
