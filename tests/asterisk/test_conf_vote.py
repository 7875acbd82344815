"""The talk is over and the service is not what it was: the vote is taken all the same, once."""

import asyncio
import json

import pytest
from rawagi import RawSession
from scene import Call, Scene, opened, tone

from dialer.simulator.numbers import Behaviour, HangUp, Press
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk


async def in_talk(
    scene: Scene, behaviour: Behaviour, *variables: str, prompts: bool = True
) -> tuple[Call, str]:
    """Bring a customer into a talk with agent-101, by a service that waits for the talk's end."""
    agent = await scene.seat()

    async def talk(session: RawSession) -> None:
        await session.talk(agent)
        await session.gone()

    await scene.service.answer(talk)
    quick = [f"__VOTEPROMPT={await tone(scene.pair, 0.3)}", f"__THANKSPROMPT={await tone(scene.pair, 0.2)}"]
    call = await scene.call(behaviour, [*(quick if prompts else []), *variables])
    await scene.joined(call.attempt)
    return call, agent


async def test_conf_killed_in_talk_vote_taken_offline_and_on_disk(pair: Pair) -> None:
    async with opened(pair) as scene:
        call, agent = await in_talk(scene, Behaviour(talk_s=1, press=Press.SCORE_2))
        await scene.service.die()
        bridged = len(await scene.ami.listed("Status", {}, "Status", "StatusComplete"))
        assert bridged == 2
        await scene.seen(call.number, RecordKind.SILENT)
        await scene.release(agent)
        await scene.gone(call)
        epoch, status, digits = await scene.entry("vote", call.attempt)
        assert (epoch.isdigit(), status, digits) == (True, "OK", "2")
        end = await scene.entry("end", call.attempt)
        assert end[1].isdigit()
        assert end[2:6] == ["off", "", "2", "16"]
        vote = json.loads((pair.votes / f"{call.attempt}.json").read_text())
        assert "2" in str(vote)


async def test_conf_restarted_service_takes_the_vote_itself(pair: Pair) -> None:
    async with opened(pair) as scene:
        call, agent = await in_talk(scene, Behaviour(talk_s=0.5, press=Press.SCORE_5))
        await scene.service.die()

        async def vote(session: RawSession) -> None:
            assert session.script == "vote"
            await session.ask("SET AUTOHANGUP 15")
            session.variables["key"] = await session.ask("GET DATA vm-press 8000 1")
            await session.done()

        await scene.service.answer(vote)
        await scene.release(agent)
        await scene.gone(call)
        assert scene.service.sessions[-1].variables["key"] == "200 result=5"
        for family in ("vote", "end"):
            assert call.attempt not in await scene.ami.journal(family)


async def test_conf_stopped_in_talk_vote_taken_offline(pair: Pair) -> None:
    async with opened(pair) as scene:
        agent = await scene.seat()
        sent = asyncio.Event()

        async def stop_in_talk(session: RawSession) -> None:
            sent.set()
            await session.ask(f"GOSUB dialer-talk s 1 {agent}")
            await asyncio.Event().wait()  # the socket stays open, and nothing more is sent

        await scene.service.answer(stop_in_talk)
        call = await scene.call(Behaviour(talk_s=0.5, press=Press.SCORE_1))
        await scene.joined(call.attempt)
        scene.service.deaf()
        await scene.release(agent)
        await scene.gone(call)
        assert (await scene.entry("vote", call.attempt))[1:] == ["OK", "1"]


async def test_conf_stopped_in_vote_vote_taken_offline(pair: Pair) -> None:
    async with opened(pair) as scene:
        agent = await scene.seat()

        async def stop_in_vote(session: RawSession) -> None:
            await session.talk(agent)
            await session.ask("SET AUTOHANGUP 1")
            scene.service.deaf()
            await asyncio.Event().wait()

        await scene.service.answer(stop_in_vote)
        call = await scene.call(Behaviour(talk_s=0.5, press=Press.SCORE_3))
        await scene.joined(call.attempt)
        await scene.release(agent)
        await scene.gone(call)
        assert (await scene.entry("vote", call.attempt))[1:] == ["OK", "3"]


async def test_conf_agents_phone_hangs_up_with_dead_service_vote_taken_offline(pair: Pair) -> None:
    async with opened(pair) as scene:
        call, agent = await in_talk(scene, Behaviour(talk_s=0.5, press=Press.SCORE_4))
        await scene.service.die()
        await scene.ami.act("Hangup", {"Channel": agent})
        await scene.gone(call)
        assert (await scene.entry("vote", call.attempt))[1:] == ["OK", "4"]


async def test_conf_invalid_key_is_asked_once_more(pair: Pair) -> None:
    async with opened(pair) as scene:
        call, agent = await in_talk(scene, Behaviour(talk_s=1, press=Press.WRONG_THEN_FOUR))
        await scene.service.die()
        await scene.release(agent)
        await scene.gone(call)
        assert [r.detail for r in scene.records(call.number) if r.kind is RecordKind.PRESSED][:2] == [
            "9",
            "4",
        ]
        assert (await scene.entry("vote", call.attempt))[1:] == ["OK", "4"]


@pytest.mark.parametrize(
    ("press", "keys", "written"),
    [
        (Press.LEAVE_ME_ALONE, "12345", ["INVALID", "9"]),
        (Press.SCORE_5, "123", ["INVALID", "5"]),
        (Press.LEAVE_ME_ALONE, "0123456789", ["OK", "9"]),
    ],
)
async def test_conf_only_the_scales_keys_count(
    pair: Pair, press: Press, keys: str, written: list[str]
) -> None:
    async with opened(pair) as scene:
        call, agent = await in_talk(scene, Behaviour(talk_s=1, press=press), f"__VOTEKEYS={keys}")
        await scene.service.die()
        await scene.release(agent)
        await scene.gone(call)
        assert (await scene.entry("vote", call.attempt))[1:] == written


async def test_conf_unplayable_question_does_not_cost_the_vote(pair: Pair) -> None:
    async with opened(pair) as scene:
        broken = await tone(pair, 0.5, bits=32)
        call, agent = await in_talk(
            scene, Behaviour(talk_s=0.5, press=Press.SCORE_4), f"__VOTEPROMPT={broken}", prompts=False
        )
        await scene.service.die()
        await scene.release(agent)
        await scene.gone(call)
        assert (await scene.entry("vote", call.attempt))[1:] == ["OK", "4"]


async def test_conf_pound_is_no_vote(pair: Pair) -> None:
    async with opened(pair) as scene:
        call, agent = await in_talk(scene, Behaviour(talk_s=1, press=Press.POUND))
        await scene.service.die()
        await scene.release(agent)
        await scene.gone(call)
        _, status, digits = await scene.entry("vote", call.attempt)
        assert status != "OK"
        assert digits == ""


async def test_conf_silence_and_hang_up_are_told_apart(pair: Pair) -> None:
    async with opened(pair) as scene:
        call, agent = await in_talk(scene, Behaviour(talk_s=0.5, hang_up=HangUp.AT_VOTE))
        await scene.service.die()
        await scene.release(agent)
        await scene.gone(call)
        assert (await scene.entry("vote", call.attempt))[1:] == ["HANGUP", ""]
        silent, _ = await in_talk(scene, Behaviour(talk_s=0.5))
        await scene.service.die()
        await scene.ami.act("Hangup", {"Channel": "/^PJSIP.agent/"})
        await scene.gone(silent)
        assert (await scene.entry("vote", silent.attempt))[1:] == ["TIMEOUT", ""]


async def test_conf_customer_hangs_up_in_talk_with_dead_service_end_tells_of_the_talk(pair: Pair) -> None:
    async with opened(pair) as scene:
        call, _ = await in_talk(scene, Behaviour(talk_s=3, hang_up=HangUp.IN_TALK))
        await scene.service.die()
        hangup = await scene.gone(call)
        _, talked, done, info, vote, cause, source = await scene.entry("end", call.attempt)
        assert talked.isdigit()
        assert (done, info, vote, cause, source) == ("", "", "", "16", hangup["Channel"])
        assert call.attempt not in await scene.ami.journal("vote")
