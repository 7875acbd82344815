import pytest
from flow_texts import EVERY_KIND, changed

from ivr.agi.memory import HANG_UP, ScriptedLine
from ivr.agi.runner import SLACK_S, FlowEnd, run
from ivr.errors import HungUp, LineLost, PromptError
from ivr.flow.library import FlowLibrary
from ivr.flow.load import load_flow
from ivr.flow.model import Flow
from ivr.flow.results import Chosen, Gathered, Voted, VoteSkipped
from ivr.memory import KeptResults, ScriptedAgents
from ivr.ports import TalkEnd
from ivr.prompts.memory import MemoryPrompts

FLOW = load_flow(EVERY_KIND)
LIBRARY = FlowLibrary.read()
WHO = {"company": "Acme", "callback_number": "+12025550100"}
SOUND_S = 2.0


class Call:
    """One conversation with twins on every side."""

    def __init__(self, line: ScriptedLine, agents: ScriptedAgents | None = None) -> None:
        self.line = line
        self.agents = agents or ScriptedAgents([TalkEnd.TALKED])
        self.kept = KeptResults()

    async def hold(self, flow: Flow = FLOW, language: str = "en", keep_limit: bool = False) -> FlowEnd:
        prompts = MemoryPrompts(SOUND_S)
        return await run(
            self.line, flow, WHO, language, self.agents, self.kept, prompts, keep_limit=keep_limit
        )

    @property
    def names(self) -> list[str]:
        return [command[0] for command in self.line.commands]


async def test_a_conversation_from_welcome_to_vote() -> None:
    call = Call(ScriptedLine(["1", "4"]))
    end = await call.hold()
    assert end == FlowEnd("finished", "end", True, 4, (Chosen("menu", "1", "service"), Voted("vote", 4)))
    assert call.line.played == ["en/every-hello", "en/every-menu", "en/every-score", "en/every-thanks"]
    assert call.agents.asked == [("hotline", 20.0)]
    assert call.kept.results == [Chosen("menu", "1", "service"), Voted("", 4)]
    assert not end.gone


async def test_prompts_are_in_the_caller_s_language_where_there_are_any() -> None:
    call = Call(ScriptedLine(["1", "4"]))
    await call.hold(language="es-MX")
    assert call.line.played[:2] == ["es/every-hello", "en/every-menu"]


async def test_the_switch_s_timer_is_armed_a_little_over_the_longest_time_of_each_wait() -> None:
    call = Call(ScriptedLine(["2", "123#", "4"]))
    await call.hold()
    hello_and_menu = SOUND_S * 2 + 4
    five_digits = SOUND_S + 3 * 5
    agent, vote, thanks = 20, SOUND_S + 5, SOUND_S
    longest = [hello_and_menu, five_digits, agent, vote, thanks]
    assert call.line.caller.autohangups == [int(seconds + SLACK_S) for seconds in longest]
    armed = [name for name in call.names if name in ("SET AUTOHANGUP", "GET DATA", "STREAM FILE")]
    assert armed[0] == "SET AUTOHANGUP"


async def test_the_timer_is_in_whole_seconds_and_never_short() -> None:
    call = Call(ScriptedLine(["1", "4"]))
    flow = load_flow(changed(("timeout_s = 4", "timeout_s = 4.2")))
    await call.hold(flow)
    assert call.line.caller.autohangups[0] == 12  # 2 + 2 + 4.2 + 3, rounded up


async def test_an_answered_outbound_call_keeps_the_connect_limit_until_the_talk() -> None:
    line = ScriptedLine(["5"])
    armed_at_talk: list[list[int]] = []

    class Watching(ScriptedAgents):
        async def talk(self, *asked: object) -> TalkEnd:
            armed_at_talk.append(list(line.caller.autohangups))
            return TalkEnd.TALKED

    end = await Call(line, Watching()).hold(LIBRARY.flow("revisit"), keep_limit=True)
    assert armed_at_talk == [[]]
    assert line.caller.autohangups == [10, 5]
    assert (end.score, end.talked) == (5, True)


async def test_after_the_first_talk_a_second_search_for_an_agent_is_armed_like_any_wait() -> None:
    again = load_flow(changed(('voted = "end"', 'voted = "menu"'), ('thanks = "thanks"\n', ""),
                              ('thanks = "Thank you."\n', "")))  # fmt: skip
    call = Call(ScriptedLine(["1", "4", "1"]), ScriptedAgents([TalkEnd.TALKED, TalkEnd.NO_AGENT]))
    await call.hold(again, keep_limit=True)
    menu, vote, second_menu, second_agent, sorry = 11, 10, 9, 23, 5
    assert call.line.caller.autohangups == [menu, vote, second_menu, second_agent, sorry]


async def test_without_an_agent_a_revisit_leaves_the_line_as_it_was() -> None:
    call = Call(ScriptedLine(), ScriptedAgents([TalkEnd.NO_AGENT]))
    end = await call.hold(LIBRARY.flow("revisit"), keep_limit=True)
    assert (end.outcome, end.talked, end.results) == ("no_agent", False, ())
    assert call.line.commands == []


async def test_a_key_during_an_earlier_prompt_counts_and_skips_the_rest() -> None:
    call = Call(ScriptedLine(["4"], barge_in={"en/every-hello": "1"}))
    end = await call.hold()
    assert call.line.played == ["en/every-hello", "en/every-score", "en/every-thanks"]
    assert end.results[0] == Chosen("menu", "1", "service")


async def test_a_key_skips_every_prompt_before_the_question() -> None:
    flow = load_flow(changed(('next = "menu"', 'next = "second"'),
                             ("[nodes.menu]", '[nodes.second]\nkind = "say"\nprompt = "bye"\nnext = "menu"\n\n[nodes.menu]')))  # fmt: skip  # noqa: E501
    call = Call(ScriptedLine(["4"], barge_in={"en/every-hello": "1"}))
    await call.hold(flow)
    assert call.line.played == ["en/every-hello", "en/every-score", "en/every-thanks"]


async def test_a_key_during_an_earlier_prompt_is_the_first_of_several_digits() -> None:
    flow = load_flow(changed(('skippable = false\nnext = "vote"', 'next = "number"'),
                             ('no_input = "menu-once", invalid = "bye"', 'no_input = "bye", invalid = "bye"'),
                             ('2 = "number"', '2 = "menu-once"')))  # fmt: skip
    for rest, digits in ((["2", "3", "4", "5"], "12345"), (["2", "3", "#"], "123"), (["2", "3", ""], "123")):
        call = Call(ScriptedLine(["2", *rest, "4"], barge_in={"en/every-once": "1"}))
        end = await call.hold(flow)
        assert end.results[1] == Gathered("number", "customer_number", digits)
        assert "en/every-number" not in call.line.played


async def test_hash_during_a_prompt_answers_nothing() -> None:
    call = Call(ScriptedLine(["1", "4"], barge_in={"en/every-hello": "#"}))
    end = await call.hold()
    assert call.line.played[:3] == ["en/every-hello", "en/every-wrong", "en/every-menu"]
    assert end.score == 4


async def test_what_must_be_heard_is_not_skipped_and_a_key_in_it_answers_nothing() -> None:
    keys = ["2", "", "", "4"]
    call = Call(ScriptedLine(keys, barge_in={"en/every-once": "5"}))
    end = await call.hold()
    assert ("STREAM FILE", "en/every-once", "") in call.line.commands
    assert (end.score, call.line.played[-2:]) == (4, ["en/every-score", "en/every-thanks"])


async def test_the_last_words_cannot_be_broken_off() -> None:
    call = Call(ScriptedLine(["1", "4"]))
    await call.hold()
    assert call.line.commands[-1] == ("STREAM FILE", "en/every-thanks", "")


async def test_results_are_kept_before_the_next_word_is_said() -> None:
    call = Call(ScriptedLine(["1", "4"], hang_up_on="en/every-thanks"))
    end = await call.hold()
    assert call.kept.results[-1] == Voted("", 4)
    assert (end.outcome, end.score) == ("finished", 4)  # all that the flow wanted to know, it knows


@pytest.mark.parametrize(
    ("line", "results"),
    [
        (ScriptedLine(hang_up_on="en/every-hello"), ()),
        (ScriptedLine([HANG_UP]), ()),
        (ScriptedLine(["1", HANG_UP]), (Chosen("menu", "1", "service"), VoteSkipped("vote", "gone"))),
        (ScriptedLine(hang_up_on="SET AUTOHANGUP"), ()),
    ],
)
async def test_a_caller_who_hangs_up_is_an_ordinary_end(
    line: ScriptedLine, results: tuple[object, ...]
) -> None:
    end = await Call(line).hold()
    assert end.gone
    assert end.results == results


async def test_a_caller_who_leaves_his_place_in_the_queue_is_gone_and_had_no_talk() -> None:
    end = await Call(ScriptedLine(["1"]), ScriptedAgents([HungUp("while waiting")])).hold()
    assert (end.gone, end.talked, end.node) == (True, False, "agent")


async def test_a_lost_line_is_not_an_end_since_the_dialplan_goes_on() -> None:
    call = Call(ScriptedLine(["1"], lost_on="en/every-score"))
    with pytest.raises(LineLost):
        await call.hold()
    assert call.kept.results == [Chosen("menu", "1", "service")]


async def test_results_that_cannot_be_kept_end_the_flow() -> None:
    class Full(KeptResults):
        async def vote(self, score: int) -> None:
            raise OSError("disk full")

    call = Call(ScriptedLine(["1", "4"]))
    call.kept = Full()
    with pytest.raises(OSError, match="disk full"):
        await call.hold()
    assert "en/every-thanks" not in call.line.played


async def test_nothing_is_said_when_a_prompt_was_not_made() -> None:
    line = ScriptedLine(["1", "4"])
    prompts = MemoryPrompts(missing=["every-thanks"])
    with pytest.raises(PromptError, match="every-thanks"):
        await run(line, FLOW, WHO, "en", ScriptedAgents(), KeptResults(), prompts)
    with pytest.raises(PromptError, match="no value for company"):
        await run(line, FLOW, {}, "en", ScriptedAgents(), KeptResults(), MemoryPrompts())
    assert line.commands == []


async def test_every_shipped_flow_runs_on_a_line() -> None:
    for flow in LIBRARY.flows():
        call = Call(ScriptedLine(["", "", "", "", "", ""]), ScriptedAgents([TalkEnd.TALKED]))
        end = await call.hold(flow)
        assert end.results == (VoteSkipped("vote", "no_input"),), flow.name
        assert end.outcome == "finished"
