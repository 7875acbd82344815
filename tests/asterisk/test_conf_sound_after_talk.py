"""What a customer hears once his talk is over: the vote's question must reach him, not only be played.

And an agent must hear his customer. Both also where an Asterisk with other work has loaded bridge_native_rtp.
"""

import pytest
from rawagi import RawSession
from scene import Recorded, Scene, Sound, opened, tone

from dialer.simulator.numbers import Behaviour
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk

CALLS = 6
"""A stream that begins anew after the talk is lost on the far end in every second call: by luck, 1 of 64."""


async def test_conf_customers_hear_what_is_played_after_their_talk(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        agent, question = await scene.seat(), await tone(pair, 0.7)

        async def talk_then_question(session: RawSession) -> None:
            assert await session.talk(agent) == "SUCCESS"
            await session.ask("SET AUTOHANGUP 15")
            await session.ask(f'STREAM FILE {question} ""')
            await session.done()

        await scene.service.answer(talk_then_question)
        heard = []
        for serial in range(CALLS):
            since = len(scene.ami.events)
            call = await scene.call(Behaviour(talk_s=0.5, serial=serial))
            await scene.joined(call.attempt)
            await scene.seen(call.number, RecordKind.SILENT)
            await scene.release(agent)
            await scene.held(agent, since)
            await scene.gone(call)
            heard.append((await scene.heard(call.number)).loud_s())
        assert all(loud_s in Recorded(0.7) for loud_s in heard), heard


async def test_conf_both_hear_where_others_need_bridges_of_bare_rtp(pair: Pair) -> None:
    await pair.pbx.command("module load bridge_native_rtp.so")
    try:
        async with opened(pair, record=True) as scene:
            customers, agents = await talks_at_once(scene, await tone(pair, 0.7))
    finally:
        await pair.pbx.command("module unload bridge_native_rtp.so")
    assert all(sound.loud_s() in Recorded(0.7) for sound in customers), [s.loud_s() for s in customers]
    of_customers = [after_the_tone(sound).loud_s() for sound in agents]
    assert all(heard_s > 0.1 for heard_s in of_customers), of_customers


async def talks_at_once(scene: Scene, question: str) -> tuple[list[Sound], list[Sound]]:
    """Let customers talk to an agent each, then hear a question; return what both sides heard."""
    phones = [f"agent-{101 + serial}" for serial in range(CALLS)]
    agents = [await scene.seat(phone) for phone in phones]
    free = list(agents)

    async def talk_then_question(session: RawSession) -> None:
        assert await session.talk(free.pop()) == "SUCCESS"
        await session.ask("SET AUTOHANGUP 15")
        await session.ask(f'STREAM FILE {question} ""')
        await session.done()

    await scene.service.answer(talk_then_question)
    calls = [await scene.call(Behaviour(talk_s=3, serial=serial)) for serial in range(CALLS)]
    for call in calls:
        await scene.seen(call.number, RecordKind.SILENT)
    for agent in agents:
        await scene.release(agent)
    for call in calls:
        await scene.gone(call)
    for agent in agents:
        assert (await scene.ami.act("Hangup", {"Channel": agent}))["Response"] == "Success"
    customers = [await scene.heard(call.number) for call in calls]
    return customers, [await scene.heard(phone) for phone in phones]


def after_the_tone(sound: Sound) -> Sound:
    """Return what an agent heard once the tone that tells of a customer (0.44 s) was over."""
    return Sound(sound.samples[int(8000 * (sound.starts_s() + 0.6)) :])
