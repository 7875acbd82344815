"""An answered customer: an agent, or the information message in time, whatever state the service is in."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from rawagi import RawSession
from scene import Call, Recorded, Scene, agent_then_vote, never, opened, tone

from dialer.simulator.numbers import Behaviour, HangUp, Outcome, Press
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
# Hangs up three seconds after answering, so that no test waits for a message to end.
LISTENS = Behaviour(talk_s=2, hang_up=HangUp.AT_VOTE)


async def to_message(scene: Scene, *variables: str, serial: int = 0) -> Call:
    """Call a customer whose information message is loud from its first sample."""
    return await scene.call(
        replace(LISTENS, serial=serial), [f"__INFOPROMPT={await tone(scene.pair, 0.5)}", *variables]
    )


async def told_of_abandonment(scene: Scene, call: Call) -> float:
    """Return the seconds from answer to message, having checked what the journals say about it."""
    await scene.gone(call, within_s=30)
    epoch, *key = await scene.entry("aband", call.attempt)
    assert epoch.isdigit()
    assert key == []
    end = await scene.entry("end", call.attempt)
    assert len(end) == 7
    assert end[0].isdigit()
    assert end[1:6] == ["", "", "1", "", "16"]
    return (await scene.heard(call.number)).starts_s()


async def test_conf_well_served_customer_talks_then_votes_in_one_session(pair: Pair) -> None:
    async with opened(pair) as scene:
        agent = await scene.seat()
        await scene.service.answer(agent_then_vote(agent))
        call = await scene.call(Behaviour(talk_s=0.5, press=Press.SCORE_4))
        await scene.joined(call.attempt)
        await scene.seen(call.number, RecordKind.SILENT)
        await scene.release(agent)
        await scene.gone(call)
        (session,) = scene.service.sessions
        assert session.script == "outbound"
        assert session.variables["key"] == "200 result=4"
        for family in ("end", "vote", "aband", "failed"):
            assert call.attempt not in await scene.ami.journal(family)


async def test_conf_no_agent_message_two_seconds_after_answer(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        await scene.service.answer(never)
        bad_limits = [(), ("LIMIT=0",), ("LIMIT=nonsense",), ("LIMIT=-1",)]
        calls = [await to_message(scene, *limit, serial=n) for n, limit in enumerate(bad_limits)]
        for call in calls:
            assert await told_of_abandonment(scene, call) in Recorded(2), call


async def test_conf_connect_limit_is_the_calls_own(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        await scene.service.answer(never)
        call = await to_message(scene, "LIMIT=0.7")
        assert await told_of_abandonment(scene, call) in Recorded(0.7)


async def test_conf_port_closed_message_at_once(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        call = await to_message(scene)
        assert await told_of_abandonment(scene, call) <= 0.1


async def test_conf_stopped_service_message_two_seconds_after_answer(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        await scene.service.stop_answering()
        call = await to_message(scene)
        assert await told_of_abandonment(scene, call) in Recorded(2)


async def test_conf_killed_before_agent_message_at_once(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        began = asyncio.Event()

        async def wait(session: RawSession) -> None:
            began.set()
            await session.gone()

        await scene.service.answer(wait)
        call = await to_message(scene)
        await asyncio.wait_for(began.wait(), 5)
        await scene.service.die()
        assert await told_of_abandonment(scene, call) <= 0.3


async def test_conf_message_is_the_calls_own_sound(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        call = await scene.call(LISTENS, [f"__INFOPROMPT={await tone(pair, 1.2)}"])
        await scene.gone(call)
        assert (await scene.heard(call.number)).loud_s() in Recorded(1.2)


@pytest.mark.parametrize("fault", ["missing", "unplayable"])
async def test_conf_bad_message_falls_back_to_a_package_sound(pair: Pair, fault: str) -> None:
    async with opened(pair, record=True) as scene:
        path = "/no/such/sound" if fault == "missing" else await tone(pair, 0.5, bits=32)
        call = await scene.call(LISTENS, [f"__INFOPROMPT={path}"])
        await scene.gone(call)
        assert (await scene.heard(call.number)).loud_s() > 1


async def test_conf_key_in_message_is_kept(pair: Pair) -> None:
    async with opened(pair) as scene:
        call = await scene.call(Behaviour(talk_s=0.5, press=Press.LEAVE_ME_ALONE))
        await scene.gone(call)
        epoch, key = await scene.entry("aband", call.attempt)
        assert epoch.isdigit()
        assert key == "9"


@pytest.mark.parametrize("state", ["dead", "stopped"])
async def test_conf_customer_hangs_up_without_service_end_is_written(pair: Pair, state: str) -> None:
    async with opened(pair) as scene:
        if state == "stopped":
            await scene.service.stop_answering()
        # The limit is far away: what ends the session with a stopped service is the hang-up alone.
        call = await scene.call(Behaviour(hang_up=HangUp.AT_ONCE), ["LIMIT=600"])
        hangup = await scene.gone(call)
        _, talked, done, info, vote, cause, source = await scene.entry("end", call.attempt)
        assert (talked, done, vote, cause) == ("", "", "", "16")
        assert info == ("1" if state == "dead" else "")
        assert source == hangup["Channel"]


async def test_conf_second_bridge_on_one_agent_is_refused(pair: Pair) -> None:
    async with opened(pair) as scene:
        agent = await scene.seat()
        answers: asyncio.Queue[str] = asyncio.Queue()

        async def take(session: RawSession) -> None:
            answers.put_nowait(await session.talk(agent))

        await scene.service.answer(take)
        first = await scene.call(Behaviour(talk_s=12, serial=1))
        bridge = await scene.joined(first.attempt)
        second = await scene.call(Behaviour(talk_s=12, serial=2), ["LIMIT=1"])
        assert await asyncio.wait_for(answers.get(), 5) == "BUSY"
        assert await scene.entry("aband", second.attempt)
        status = await scene.ami.listed("Status", {"Variables": "BRIDGEPEER"}, "Status", "StatusComplete")
        (talking,) = (row for row in status if row["Uniqueid"] == first.attempt)
        assert talking["BridgeID"] == bridge["BridgeUniqueid"]
        assert talking["Variable"] == f"BRIDGEPEER={agent}"


async def test_conf_agent_gone_is_told_and_the_limit_stays_armed(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        answers: asyncio.Queue[str] = asyncio.Queue()

        async def take(session: RawSession) -> None:
            answers.put_nowait(await session.talk("PJSIP/agent-101-ffffffff"))
            await session.gone()

        await scene.service.answer(take)
        call = await to_message(scene)
        assert await asyncio.wait_for(answers.get(), 5) == "NONEXISTENT"
        assert await told_of_abandonment(scene, call) in Recorded(2)


async def test_conf_tone_in_the_agents_ear_only_and_bridged_at_once(
    pair: Pair, record_property: Callable[[str, object], None]
) -> None:
    async with opened(pair, record=True) as scene:
        agent = await scene.seat()
        await scene.service.answer(agent_then_vote(agent))
        took = []
        for serial in range(5):
            since = len(scene.ami.events)
            call = await scene.call(Behaviour(hang_up=HangUp.AT_ONCE, serial=serial))
            answered, customer = await scene.up(call), await scene.joined(call.attempt)
            other = await scene.ami.event(
                lambda e, c=customer: (
                    (e["Event"], e.get("Channel")) == ("BridgeEnter", agent)
                    and e["BridgeUniqueid"] == c["BridgeUniqueid"]
                ),
                since=since,
            )
            joined = max(float(customer["Timestamp"]), float(other["Timestamp"]))
            took.append(joined - float(answered["Timestamp"]))
            await scene.gone(call)
            await scene.held(agent, since)
            if serial == 0:
                assert (await scene.heard(call.number)).loud_s() == 0
        record_property("answer_to_bridged_ms", [round(1000 * each, 1) for each in sorted(took)])
        assert sorted(took)[2] < 0.2  # nothing is waited for; the bench holds it to milliseconds
        await scene.ami.act("Hangup", {"Channel": agent})
        # Five whole tones of 0.44 s; these customers say nothing, so nothing else is loud.
        ear = await scene.heard("agent-101")
        assert ear.loud_s() in Recorded(5 * 0.44)


async def test_conf_unanswered_calls_are_written_once_each(pair: Pair) -> None:
    async with opened(pair) as scene:
        busy = await scene.call(Behaviour(Outcome.BUSY))
        await scene.gone(busy)
        epoch, reason = await scene.entry("failed", busy.attempt)
        assert epoch.isdigit()
        assert reason == "0"
        assert busy.attempt not in await scene.ami.journal("end")
