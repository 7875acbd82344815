"""The simulated network does what its numbers say, and writes down what it did."""

import asyncio

import pytest
from rawagi import RawSession
from scene import Call, Scene, opened, until

from dialer.simulator.numbers import Behaviour, HangUp, Outcome, Press
from dialer.simulator.records import Record, RecordKind
from dialer.simulator.sipstub import SipStub
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
A, R, U, S, P, E = RecordKind  # in the order of a call
LATE_S = 0.5  # on a busy machine; nothing comes too early


def between(records: list[Record], first: RecordKind, last: RecordKind) -> float:
    """Return the seconds between the first records of two kinds."""
    at = {record.kind: record.at for record in reversed(records)}
    return (at[last] - at[first]).total_seconds()


async def stays(scene: Scene) -> None:
    """Let the service take every call and hold it, well past any connect limit."""

    async def hold(session: RawSession) -> None:
        await session.ask("SET AUTOHANGUP 60")
        await session.gone()

    await scene.service.answer(hold)


@pytest.mark.parametrize(
    ("outcome", "cause", "status"),
    [
        (Outcome.BUSY, "17", "486"),
        (Outcome.DECLINES, "21", "603"),
        (Outcome.UNALLOCATED, "1", "404"),
        (Outcome.NETWORK_FAILURE, "34", "503"),
        (Outcome.RINGS, "19", "480"),
    ],
)
async def test_conf_outcomes_reach_us_with_their_cause(
    pair: Pair, outcome: Outcome, cause: str, status: str
) -> None:
    async with opened(pair) as scene:
        call = await scene.call(Behaviour(outcome, ring_s=0.2), timeout_ms=1500)
        hangup = await scene.gone(call)
        assert (hangup["Cause"], hangup["TechCause"]) == (cause, status)
        await scene.seen(call.number, E)
        assert [record.kind for record in scene.records(call.number)] == [A, R, E]


async def test_conf_any_sip_status_arrives_unchanged(pair: Pair) -> None:
    stub = await SipStub.start(pair.stub_port)
    try:
        async with opened(pair) as scene:
            for status, cause in (
                (410, "22"),
                (484, "28"),
                (500, "38"),
                (606, "58"),
                (302, "23"),
                (487, "127"),
            ):
                call = await scene.call(Behaviour(Outcome.SIP_STATUS, 0.2, sip_status=status))
                hangup = await scene.gone(call)
                assert (hangup["TechCause"], hangup["Cause"]) == (str(status), cause)
        assert stub.invites == 6
    finally:
        stub.stop()


async def test_conf_person_rings_talks_presses_as_the_number_says(pair: Pair) -> None:
    async with opened(pair) as scene:
        await stays(scene)
        behaviour = Behaviour(ring_s=0.5, talk_s=1, press=Press.SCORE_2)
        call = await scene.call(behaviour)
        await scene.seen(call.number, P)
        records = scene.records(call.number)
        assert [record.kind for record in records] == [A, R, U, S, P]
        assert 0.4 <= between(records, A, U) <= 0.5 + LATE_S
        assert 0.9 <= between(records, U, S) <= 1 + LATE_S
        assert records[0].caller == "+12025550100"
        assert records[0].detail == call.attempt
        assert records[-1].detail == "2"
        assert len({record.call_id for record in records}) == 1


@pytest.mark.parametrize(
    ("behaviour", "seconds"),
    [
        (Behaviour(hang_up=HangUp.AT_ONCE), 0.3),
        (Behaviour(talk_s=2, hang_up=HangUp.IN_TALK), 1),
        (Behaviour(talk_s=0.5, press=Press.SCORE_1, hang_up=HangUp.AT_VOTE), 1.5),
        (Behaviour(talk_s=0.5, press=Press.SCORE_1, hang_up=HangUp.AFTER_PRESS), 1.8),
        (Behaviour(talk_s=20, hang_up=HangUp.IMPATIENT), 1.5),
    ],
)
async def test_conf_person_hangs_up_when_the_number_says(
    pair: Pair, behaviour: Behaviour, seconds: float
) -> None:
    async with opened(pair) as scene:
        await stays(scene)
        call = await scene.call(behaviour)
        await scene.gone(call)
        await scene.seen(call.number, E)
        records = scene.records(call.number)
        assert seconds - 0.1 <= between(records, U, E) <= seconds + LATE_S
        assert (P in [record.kind for record in records]) == (behaviour.hang_up is HangUp.AFTER_PRESS)


async def test_conf_keys_of_every_kind_of_voter(pair: Pair) -> None:
    expected = {Press.NOTHING: [], Press.WRONG_THEN_FOUR: ["9", "4"], Press.IN_TALK_ONLY: ["3"]}
    expected |= {Press.POUND: ["#", "#"], Press.LEAVE_ME_ALONE: ["9", "9"], Press.SCORE_5: ["5", "5"]}
    async with opened(pair) as scene:
        await stays(scene)
        calls: dict[Press, Call] = {p: await scene.call(Behaviour(talk_s=1, press=p)) for p in expected}
        await asyncio.gather(*(scene.seen(call.number, S) for call in calls.values()))
        quiet = calls[Press.NOTHING].number

        async def all_pressed() -> bool:
            return all(
                sum(r.kind is P for r in scene.records(calls[press].number)) >= len(keys)
                for press, keys in expected.items()
            )

        await until(all_pressed, bool, "everybody's keys")
        for press, keys in expected.items():
            pressed = [r for r in scene.records(calls[press].number) if r.kind is P]
            assert [record.detail for record in pressed][:2] == keys, press
            if len(keys) == 2:
                gap = (pressed[1].at - pressed[0].at).total_seconds()
                assert 1.3 <= gap <= 1.5 + LATE_S
        assert [r.kind for r in scene.records(quiet)] == [A, U, S]


async def test_conf_agents_hear_the_far_end_through_and_after_the_tone(pair: Pair) -> None:
    phones = pair.agents[:6]
    async with opened(pair, record=True) as scene:
        free = [await scene.seat(phone) for phone in phones]

        async def talk(session: RawSession) -> None:
            await session.talk(free.pop())
            await session.done()  # else who outlives his agent for a moment begins a second session

        await scene.service.answer(talk)
        calls = [await scene.call(Behaviour(Outcome.GREETING, serial=n)) for n in range(len(phones))]
        for call in calls:
            await scene.joined(call.attempt)
        clock = await scene.call(Behaviour(Outcome.BUSY, ring_s=2))
        await scene.seen(clock.number, E)
        await scene.ami.act("Hangup", {"Channel": "/.*/"})
        for phone in phones:
            assert (await scene.heard(phone)).loud_s() > 1.2, phone


@pytest.mark.parametrize(("phone", "cause"), [("agent-911", "17"), ("agent-921", "19"), ("agent-931", "16")])
async def test_conf_phones_that_are_no_good(pair: Pair, phone: str, cause: str) -> None:
    async with opened(pair) as scene:
        contact = f"sip:{phone}@127.0.0.1:{pair.network_ports.sip}"
        leg = f"{phone}-x"
        where = {
            "Context": "dialer-agent-hold",
            "Exten": "s",
            "Priority": "1",
            "Async": "true",
            "Timeout": "1000",
        }
        await scene.ami.act("Originate", {"Channel": f"PJSIP/network/{contact}", "ChannelId": leg, **where})
        hangup = await scene.ami.event(lambda e: e["Event"] == "Hangup" and e["Uniqueid"] == leg)
        assert hangup["Cause"] == cause


async def test_conf_thirty_calls_in_a_second_each_leave_whole_records(pair: Pair) -> None:
    async with opened(pair) as scene:
        await stays(scene)
        behaviours = [Behaviour(ring_s=0.2, hang_up=HangUp.AT_ONCE, serial=serial) for serial in range(30)]
        calls = await asyncio.gather(*(scene.call(behaviour) for behaviour in behaviours))
        for call in calls:
            await scene.gone(call)
            await scene.seen(call.number, E)
            assert [r.kind for r in scene.records(call.number)] == [A, R, U, E]
            assert 0.1 <= between(scene.records(call.number), A, U) <= 0.2 + LATE_S
