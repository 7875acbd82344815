"""What a customer hears once his talk is over: the vote's question must reach him, not only be played."""

import pytest
from rawagi import RawSession
from scene import Recorded, opened, tone

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
