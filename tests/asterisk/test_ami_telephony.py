"""The AMI gateway against a real Asterisk and the simulated network behind it."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar, cast

import pytest
from pyst2_run import run_pyst2

from campaigns.model import Disposition
from dialer.ami.config import AmiConfig
from dialer.ami.telephony import AmiTelephony
from dialer.dispositions import Ending, disposition
from dialer.errors import NotSent, Unproven, WrongSecret
from dialer.simulator.records import RecordKind, read_records
from dialer.simulator.sipstub import parse
from dialer.telephony import Dial, JournalEntry, Kind, LiveChannel, SwitchEvent
from service.pbx.modules import required_modules
from service.pbx.pair import NETWORK_TRUNK, STUB_TRUNK, Pair

pytestmark = pytest.mark.asterisk

T = TypeVar("T")

# Numbers of the simulated network: the first digit after the area code is the outcome (3 busy,
# 4 rings for ever, 2 answers), the second the ring time, the third how long the person talks.
BUSY, RINGS, ANSWERS = "+12023100001", "+12024000002", "+12022190003"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class Ear:
    """Keeps every event and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[SwitchEvent] = []
        self._came = asyncio.Event()

    def __call__(self, event: SwitchEvent) -> None:
        self.events.append(event)
        self._came.set()

    async def first(self, wanted: Callable[[SwitchEvent], bool], within_s: float = 10) -> SwitchEvent:
        async with asyncio.timeout(within_s):
            while not (found := [event for event in self.events if wanted(event)]):
                self._came.clear()
                await self._came.wait()
        return found[0]

    async def kind(self, kind: Kind, channel_id: str = "", within_s: float = 10) -> SwitchEvent:
        return await self.first(
            lambda event: event.kind is kind and channel_id in ("", event.channel_id), within_s
        )


def config(pair: Pair, **limits: float) -> AmiConfig:
    user = pair.pbx_ami
    return AmiConfig(user.host, user.port, user.name, user.secret, **limits)  # type: ignore[arg-type]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def telephony(pair: Pair, ear: Ear) -> AsyncIterator[AmiTelephony]:
    telephony = AmiTelephony(config(pair), SystemClock(), ear, random.random)
    await telephony.start()
    yield telephony
    if telephony.up:
        for each in await telephony.live():
            await telephony.unseat_agent(each.channel_id)
        await telephony.forget(await telephony.journal())
    await telephony.stop()


def dial(attempt_id: str, number: str, trunk: str = NETWORK_TRUNK, ring_timeout_s: float = 20.0) -> Dial:
    name = 'Acme "Best", Ltd (est. 1901)'
    return Dial(attempt_id, number, trunk, "+12025550100", name, ring_timeout_s, {"LIMIT": "2"})


async def eventually(ask: Callable[[], Awaitable[T]], done: Callable[[T], bool]) -> T:
    """Ask until the answer is as wanted, for what the switch tells only when asked."""
    async with asyncio.timeout(5):
        while True:
            if done(answer := await ask()):
                return answer
            await asyncio.sleep(0.02)


async def live_when(
    telephony: AmiTelephony, done: Callable[[Sequence[LiveChannel]], bool]
) -> dict[str, LiveChannel]:
    return {each.channel_id: each for each in await eventually(telephony.live, done)}


async def test_version_and_rights_are_enough(telephony: AmiTelephony, ear: Ear) -> None:
    assert int(telephony.version.split(".")[0]) >= 18
    assert [event.kind for event in ear.events] == [Kind.LINK_UP]
    assert list(await telephony.live()) == []
    await telephony.journal()
    assert await telephony.lacking(["res_agi.so", "no_such.so"]) == ["no_such.so"]
    assert await telephony.lacking(required_modules()) == []


async def test_a_busy_number(telephony: AmiTelephony, ear: Ear) -> None:
    await telephony.place(dial("t-busy", BUSY))
    ended = await ear.kind(Kind.HUNG_UP, "t-busy")
    failed = await ear.first(lambda event: event.action_id == "t-busy")
    assert (ended.cause, ended.tech_cause) == (17, 486)
    assert (failed.kind, failed.reason) == (Kind.ORIGINATE_FAILED, 0)
    kinds = [event.kind for event in ear.events if event.channel_id == "t-busy"]
    assert Kind.DIALLING in kinds
    assert Kind.UP not in kinds


async def test_our_time_out(telephony: AmiTelephony, ear: Ear) -> None:
    await telephony.place(dial("t-late", RINGS, ring_timeout_s=0.6))
    failed = await ear.first(lambda event: event.action_id == "t-late")
    ended = await ear.kind(Kind.HUNG_UP, "t-late")
    assert (failed.reason, ended.cause) == (3, 19)


class TryingOnly(asyncio.DatagramProtocol):
    """A provider that says 100 Trying to one number, nothing more, and nothing at all to any other."""

    def __init__(self, number: str) -> None:
        self._number = number
        self.invited: set[str] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = parse(data)
        if request is None or request.method != "INVITE":
            return
        self.invited.add(request.user)
        if request.user == self._number:
            lines = ["SIP/2.0 100 Trying", *(f"{name}: {value}" for name, value in request.headers)]
            self._transport.sendto("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode(), addr)


async def test_a_silent_provider_ends_the_call_as_a_failure_of_the_line(
    telephony: AmiTelephony, ear: Ear, pair: Pair
) -> None:
    ring_s = 11.0  # less than the shipped campaigns' 25 s, more than the switch waits for a first answer
    loop = asyncio.get_running_loop()
    transport, provider = await loop.create_datagram_endpoint(
        lambda: TryingOnly(RINGS), local_addr=("127.0.0.1", pair.stub_port)
    )
    try:
        for attempt, number in (("t-silent", BUSY), ("t-trying", RINGS)):
            await telephony.place(dial(attempt, number, STUB_TRUNK, ring_s))
        told = {}
        for attempt in ("t-silent", "t-trying"):
            ended = await ear.kind(Kind.HUNG_UP, attempt, within_s=20)
            failed = await ear.first(lambda event, attempt=attempt: event.action_id == attempt)
            assert isinstance(failed.reason, int)
            told[attempt] = Ending(cause=ended.cause, tech_cause=ended.tech_cause, reason=failed.reason)
    finally:
        transport.close()
    assert provider.invited == {BUSY, RINGS}
    assert told["t-silent"] == Ending(cause=18, tech_cause=408, reason=0)
    assert disposition(told["t-silent"]) is Disposition.TRUNK_FAILED
    assert told["t-trying"].reason == 3  # it rang until our own time-out
    assert disposition(told["t-trying"]) is Disposition.NO_ANSWER


async def test_cancel_while_ringing(telephony: AmiTelephony, ear: Ear) -> None:
    await telephony.place(dial("t-cancel", RINGS))
    await ear.kind(Kind.RINGING, "t-cancel")
    assert await telephony.cancel("t-cancel")
    ended = await ear.kind(Kind.HUNG_UP, "t-cancel")
    failed = await ear.first(lambda event: event.action_id == "t-cancel")
    assert (ended.cause, ended.tech_cause, failed.reason) == (19, 480, 3)
    assert not await telephony.cancel("t-cancel")


async def test_no_such_trunk_is_an_answer_without_a_call(telephony: AmiTelephony, ear: Ear) -> None:
    await telephony.place(dial("t-none", "+12025550101", trunk="nowhere"))
    failed = await ear.first(lambda event: event.action_id == "t-none")
    assert (failed.kind, failed.reason) == (Kind.ORIGINATE_FAILED, 0)


async def test_a_second_originate_with_a_living_id_makes_no_second_call(
    telephony: AmiTelephony, ear: Ear
) -> None:
    await telephony.place(dial("t-twice", RINGS))
    await ear.kind(Kind.RINGING, "t-twice")
    await telephony.place(dial("t-twice", RINGS))
    failed = await ear.first(lambda event: event.kind is Kind.ORIGINATE_FAILED)
    assert failed.action_id == "t-twice"
    assert list(await live_when(telephony, lambda channels: len(channels) == 1)) == ["t-twice"]


async def test_a_leg_is_seated_found_and_released(telephony: AmiTelephony, ear: Ear, pair: Pair) -> None:
    agent = pair.agents[0]
    await telephony.seat_agent("101", f"PJSIP/{agent}", f"{agent}-t1")
    held = await ear.kind(Kind.HOLDING, f"{agent}-t1")
    channels = await live_when(telephony, lambda each: any(c.application == "BridgeWait" for c in each))
    assert channels[f"{agent}-t1"].agent_id == "101"
    assert channels[f"{agent}-t1"].channel == held.channel
    ear.events.clear()
    assert await telephony.release_agent(held.channel)
    await ear.kind(Kind.HOLDING, f"{agent}-t1")
    assert not await telephony.release_agent("PJSIP/nobody-00000000")
    assert await telephony.unseat_agent(f"{agent}-t1")


@pytest.mark.parametrize(("number", "shown"), [("+4930555010", "+4930555010"), ("", "")])
async def test_an_agent_s_phone_shows_who_calls_and_his_leg_has_no_caller_id(
    ear: Ear, pair: Pair, number: str, shown: str
) -> None:
    """One of the leg itself would go to the customer by a new INVITE in the middle of the talk."""
    told = replace(config(pair), seat_number=number) if number else config(pair)
    telephony = AmiTelephony(told, SystemClock(), ear, random.random)
    await telephony.start()
    agent, leg_id = pair.agents[0], f"shown-{number}"
    await telephony.seat_agent("101", f"PJSIP/{agent}", leg_id)
    await ear.kind(Kind.HOLDING, leg_id)
    invite = [one for one in read_records(pair.records) if one.kind is RecordKind.ARRIVED][-1]
    assert (invite.number, invite.caller, invite.detail) == (agent, shown, "Dialer log-in")
    (own,) = await telephony._link.ask({"Action": "Getvar", "Channel": leg_id, "Variable": "CALLERID(all)"})
    assert own["value"] == '"" <>'
    assert await telephony.unseat_agent(leg_id)
    await ear.kind(Kind.HUNG_UP, leg_id)
    await telephony.stop()


async def test_variables_arrive_as_they_were(telephony: AmiTelephony, ear: Ear) -> None:
    nasty = "a,b \"c\" \\d (e) [f] (g ] $x=1;é王 'q' |"
    await telephony.place(
        Dial("t-vars", RINGS, NETWORK_TRUNK, "+12025550100", "Acme", 20.0, {"__INFOPROMPT": nasty})
    )
    await ear.kind(Kind.RINGING, "t-vars")
    (answer,) = await telephony._link.ask({"Action": "Getvar", "Channel": "t-vars", "Variable": "INFOPROMPT"})
    assert answer["value"] == nasty
    assert (await live_when(telephony, bool))["t-vars"].attempt_id == "t-vars"


async def test_the_longest_line_arrives_whole(telephony: AmiTelephony, ear: Ear) -> None:
    await telephony.place(dial("t-long", RINGS))
    await ear.kind(Kind.DIALLING, "t-long")
    value = "y" * (1022 - len("Value: "))
    await telephony._link.ask({"Action": "Setvar", "Channel": "t-long", "Variable": "Z", "Value": value})
    (answer,) = await telephony._link.ask({"Action": "Getvar", "Channel": "t-long", "Variable": "Z"})
    assert answer["value"] == value


async def test_what_the_dialplan_left_is_read_and_deleted(telephony: AmiTelephony, ear: Ear) -> None:
    await telephony.place(dial("t-journal", BUSY))
    await ear.first(lambda event: event.action_id == "t-journal")

    async def mine() -> list[JournalEntry]:
        return [each for each in await telephony.journal() if each.key == "t-journal"]

    entries = await eventually(mine, lambda found: any(each.family == "failed" for each in found))
    failed = next(each for each in entries if each.family == "failed")
    assert failed.fields[0].isdigit()
    assert failed.fields[1] == "0"
    await telephony.forget(entries)
    await telephony.forget(entries)
    assert [each for each in await mine() if each in entries] == []


async def test_a_wrong_secret(pair: Pair) -> None:
    user = pair.pbx_ami
    wrong = AmiConfig(user.host, user.port, user.name, "not the secret")
    telephony = AmiTelephony(wrong, SystemClock(), lambda event: None, random.random)
    with pytest.raises(WrongSecret):
        await telephony.start()


async def test_a_hung_asterisk_is_noticed_inside_five_seconds(own_pair: Pair, ear: Ear) -> None:
    telephony = AmiTelephony(config(own_pair), SystemClock(), ear, random.random)
    await telephony.start()
    assert own_pair.pbx.pid is not None
    began = asyncio.get_running_loop().time()
    os.kill(own_pair.pbx.pid, signal.SIGSTOP)
    try:
        await ear.kind(Kind.LINK_DOWN, within_s=6)
        assert asyncio.get_running_loop().time() - began < 5
        with pytest.raises(NotSent):
            await telephony.place(dial("t-hung", RINGS))
    finally:
        os.kill(own_pair.pbx.pid, signal.SIGCONT)
    await ear.first(lambda event: ear.events.index(event) > 1 and event.kind is Kind.LINK_UP, 20)
    assert list(await telephony.live()) == []
    await telephony.stop()


async def test_a_killed_asterisk_is_noticed_at_once_and_found_again(own_pair: Pair, ear: Ear) -> None:
    telephony = AmiTelephony(config(own_pair), SystemClock(), ear, random.random)
    await telephony.start()
    await telephony.place(dial("t-kill", RINGS))
    await ear.kind(Kind.RINGING, "t-kill")
    began = asyncio.get_running_loop().time()
    await own_pair.pbx.kill()
    await ear.kind(Kind.LINK_DOWN)
    assert asyncio.get_running_loop().time() - began < 4  # not by 5 s of silence
    with pytest.raises((NotSent, Unproven)):
        await telephony.live()
    await own_pair.pbx.start()
    await ear.first(lambda event: event.kind is Kind.LINK_UP and event is not ear.events[0], 30)
    assert [event.kind for event in ear.events].count(Kind.LINK_DOWN) == 1
    assert list(await telephony.live()) == []
    await telephony.stop()


async def test_a_call_placed_by_another_client_is_heard_like_our_own(
    telephony: AmiTelephony, ear: Ear, pair: Pair
) -> None:
    user = pair.pbx_ami
    channel = f"PJSIP/{RINGS}@{NETWORK_TRUNK}"
    lines = await run_pyst2(user.host, user.port, user.name, user.secret, channel, "t-pyst2")
    assert lines[1:] == ["ping Pong", "originate Success Originate successfully queued"]
    await ear.kind(Kind.RINGING, "t-pyst2")
    assert (await live_when(telephony, bool))["t-pyst2"].attempt_id == "t-pyst2"
    assert await telephony.cancel("t-pyst2")
    assert (await ear.kind(Kind.HUNG_UP, "t-pyst2")).cause == 19


async def test_an_answered_call_by_the_switchs_own_clock(telephony: AmiTelephony, ear: Ear) -> None:
    await telephony.place(dial("t-answer", ANSWERS))
    up = await ear.kind(Kind.UP, "t-answer")
    answered = await ear.first(lambda event: event.action_id == "t-answer")
    dialling, ringing = await ear.kind(Kind.DIALLING, "t-answer"), await ear.kind(Kind.RINGING, "t-answer")
    # Asterisk tells and stamps the dialling after the first ringing now and then; never after the answer.
    assert max(dialling.at, ringing.at) < up.at
    # The number rings for 0.2 s; the switch's stamps, not our reading of them, give that.
    assert 0.15 < (up.at - ringing.at).total_seconds() < 1.5
    assert (answered.kind, answered.reason) == (Kind.ORIGINATE_ANSWERED, 4)
    assert up.channel.startswith(f"PJSIP/{NETWORK_TRUNK}-")
