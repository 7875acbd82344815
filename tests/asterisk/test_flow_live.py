"""Shipped flows on real calls: prompts spoken beside the switch, keys by DTMF over RTP."""

import asyncio
from pathlib import Path

import pytest
from scene import Scene, opened

from dialer.simulator.numbers import Behaviour, HangUp, Press
from ivr.agi.line import Line
from ivr.agi.runner import FlowEnd, run
from ivr.agi.server import FastAgiServer
from ivr.flow.library import FlowLibrary
from ivr.flow.results import Voted, VoteSkipped
from ivr.memory import KeptResults
from ivr.ports import CallLine, TalkEnd
from ivr.prompts.speaker import EspeakSpeaker
from ivr.prompts.store import PromptStore
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
DEADLINE_S = 40.0
LIBRARY = FlowLibrary.read()
WHO = {"company": "Acme", "callback_number": "+12025550100", "opt_out_number": "+12025550100"}


class OneAgent:
    """The agent of a test: always ready, on one leg."""

    def __init__(self) -> None:
        self.leg = ""

    async def talk(self, line: CallLine, queue: str, wait_s: float) -> TalkEnd:
        await line.gosub("dialer-talk", "s", 1, self.leg)
        assert await line.get_variable("GOSUB_RETVAL") == "SUCCESS"
        return TalkEnd.TALKED


class Flows:
    """Answers ``outbound`` calls with one flow, as the service does."""

    def __init__(self, flow: str, prompts: PromptStore) -> None:
        self.flow = LIBRARY.flow(flow)
        self.prompts = prompts
        self.agent = OneAgent()
        self.kept = KeptResults()
        self.ended: asyncio.Future[FlowEnd] = asyncio.get_running_loop().create_future()

    async def handle(self, line: Line) -> None:
        try:
            end = await run(line, self.flow, WHO, "en", self.agent, self.kept, self.prompts, keep_limit=True)
            if not end.gone:
                await line.set_variable("DONE", "1")
        except Exception as error:
            self.ended.set_exception(error)
            raise
        self.ended.set_result(end)


async def spoken(pair: Pair) -> PromptStore:
    """Speak all prompts with the programs that live beside the switch."""
    store = PromptStore(
        pair.prompts, EspeakSpeaker(pair.pbx.run, pair.pbx.inside), pair.pbx.inside(pair.prompts)
    )
    await store.render_all([*LIBRARY.flows(), LIBRARY.messages], WHO, ["en"])
    return store


async def held(pair: Pair, flow: str, behaviour: Behaviour) -> tuple[FlowEnd, Flows, Scene, str]:
    """Hold one conversation with a customer and return how it ended."""
    prompts = await spoken(pair)
    flows = Flows(flow, prompts)
    server = FastAgiServer({"outbound": flows.handle}, port=pair.agi_port)
    async with opened(pair) as scene:
        await server.start()
        try:
            flows.agent.leg = await scene.seat()
            call = await scene.call(behaviour)
            if flow == "revisit":
                await scene.joined(call.attempt)
                await scene.release(flows.agent.leg)
            async with asyncio.timeout(DEADLINE_S):
                end = await flows.ended
            await scene.gone(call)
            return end, flows, scene, call.attempt
        finally:
            await server.stop(drain_s=0)


async def test_flow_live_spoken_question_gets_its_key(pair: Pair) -> None:
    end, flows, _, _ = await held(pair, "test-call", Behaviour(talk_s=1, press=Press.SCORE_3))
    assert (end.outcome, end.score) == ("finished", 3)
    assert flows.kept.results == [Voted("", 3)]


async def test_flow_live_revisit_with_talk_and_vote(pair: Pair) -> None:
    end, _, _, _ = await held(pair, "revisit", Behaviour(talk_s=0.5, press=Press.SCORE_5))
    assert (end.outcome, end.talked, end.score) == ("finished", True, 5)


async def test_flow_live_wrong_key_is_asked_again(pair: Pair) -> None:
    end, flows, _, _ = await held(pair, "revisit", Behaviour(talk_s=0.5, press=Press.WRONG_THEN_FOUR))
    assert end.score == 4
    assert flows.kept.results == [Voted("", 4)]


async def test_flow_live_caller_who_leaves_at_the_vote(pair: Pair) -> None:
    end, flows, _, _ = await held(pair, "revisit", Behaviour(talk_s=0.5, hang_up=HangUp.AT_VOTE))
    assert end.gone
    assert flows.kept.results == [VoteSkipped("", "gone")]


async def test_flow_live_messages_lie_where_the_dialplan_looks(pair: Pair) -> None:
    store = await spoken(pair)
    store.publish(LIBRARY.messages, WHO, "en")
    names = {name: Path(f"{pair.prompts}/{name}.wav") for name in ("info", "away", "vote", "thanks")}
    for path in names.values():
        inside = pair.pbx.inside(path).removesuffix(".wav")
        assert "8000" in await pair.pbx.run(["soxi", "-r", f"{inside}.wav"])
