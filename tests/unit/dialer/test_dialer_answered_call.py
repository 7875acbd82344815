"""One answered call: talk, vote, DONE; and whoever leaves or breaks, agent and outcome are right."""

import asyncio

import pytest
from dialer_world import World, until

from campaigns.model import Disposition, LeadStatus
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.calls import State
from dialer.live_call import LiveCall
from ivr.agi.memory import HANG_UP, ScriptedLine, scripted_request
from ivr.errors import HungUp, LineLost, PromptError
from ivr.prompts.memory import MemoryPrompts

D = Disposition


@pytest.fixture
async def seat(world: World) -> Seat:
    return await world.seat("a1")


@pytest.fixture
async def call(world: World, seat: Seat) -> LiveCall:
    placed = await world.launch(await world.campaign())
    world.switch.answer(placed.attempt_id)
    return placed


async def over(world: World, call: LiveCall, cause: int = 16) -> Disposition | None:
    """Let the customer's channel end, and return the outcome."""
    world.switch.hang_up(call.attempt_id, cause)
    await asyncio.wait_for(call.ended.wait(), 10)
    return world.people.attempt_lines[call.attempt_id].disposition


async def test_talk_then_vote_then_done(world: World, seat: Seat, call: LiveCall) -> None:
    leaves = asyncio.Event()
    line = world.line(call, keys=["4"], talk=world.talk(call.attempt_id, leaves.wait()))
    talking = world.serve(world.answered.outbound(line))
    await until(lambda: call.state is State.TALKING)
    assert (seat.state, seat.subject, call.owned) == (AgentState.TALKING, call, True)
    leaves.set()
    await talking
    assert (seat.state, call.state, call.owned) == (AgentState.WRAP_UP, State.AFTER_TALK, False)
    assert line.variables["DONE"] == "1"
    assert line.commands[-1] == ("SET VARIABLE", "DONE", "1")
    assert (world.memory.votes[call.attempt_id].score, world.voted) == (4, [(call.attempt_id, 4)])
    assert await over(world, call) is D.CONNECTED
    assert world.people.attempt_lines[call.attempt_id].agent_id == "a1"
    assert world.lead().status is LeadStatus.DONE


async def test_a_vote_is_thanked_for_and_kept_though_the_store_takes_it_later(
    world: World, seat: Seat, call: LiveCall
) -> None:
    world.book.held["record_vote"] = asyncio.Event()
    line = world.line(call, keys=["4"], talk=world.talk(call.attempt_id, asyncio.sleep(1)))
    await asyncio.wait_for(world.answered.outbound(line), 5)
    assert line.variables["DONE"] == "1"
    journal = line.variables[f"DB(dialer-vote/{call.attempt_id})"]
    assert journal.split("|")[1:] == ["OK", "4"]
    assert world.memory.votes == {}
    world.book.broken["record_vote"] = 2
    world.book.held.pop("record_vote").set()
    await until(lambda: call.attempt_id in world.memory.votes)
    assert (world.memory.votes[call.attempt_id].score, world.voted) == (4, [(call.attempt_id, 4)])


async def test_a_vote_that_is_stored_at_once_leaves_no_journal(
    world: World, seat: Seat, call: LiveCall
) -> None:
    line = world.line(call, keys=["4"], talk=world.talk(call.attempt_id, asyncio.sleep(1)))
    await world.answered.outbound(line)
    assert not any(name.startswith("DB(") for name in line.variables)


async def test_the_agent_s_channel_and_no_other_is_bridged(world: World, seat: Seat, call: LiveCall) -> None:
    line = world.line(call, keys=["4"], talk=world.talk(call.attempt_id, asyncio.sleep(1)))
    await world.answered.outbound(line)
    assert line.caller.gosubs == [("dialer-talk", "s", "1", seat.channel)]
    names = [command[0] for command in line.commands]
    assert names.index("GOSUB") == 0  # nothing stands between the answer and the agent


async def test_a_customer_who_hangs_up_in_the_talk_leaves_the_agent_his_wrap_up(
    world: World, seat: Seat, call: LiveCall
) -> None:
    line = world.line(call, talk=world.talk(call.attempt_id))
    talking = world.serve(world.answered.outbound(line))
    await until(lambda: seat.met)
    line.leave()
    await talking
    assert "DONE" not in line.variables
    assert (seat.state, seat.talks) == (AgentState.WRAP_UP, 1)
    assert await over(world, call) is D.CONNECTED


async def test_a_customer_who_hangs_up_in_the_vote_was_talked_to(
    world: World, seat: Seat, call: LiveCall
) -> None:
    line = world.line(call, keys=[HANG_UP], talk=world.talk(call.attempt_id, asyncio.sleep(1)))
    await world.answered.outbound(line)
    assert world.memory.votes == {}
    assert "DONE" not in line.variables
    assert seat.state is AgentState.WRAP_UP
    assert await over(world, call) is D.CONNECTED


async def test_a_customer_who_left_before_the_talk_costs_the_agent_nothing(
    world: World, seat: Seat, call: LiveCall
) -> None:
    idle_since = seat.idle_since
    line = world.line(call, talk=world.talk(call.attempt_id))
    line.leave()
    await world.answered.outbound(line)
    assert (seat.state, seat.idle_since, seat.talks) == (AgentState.READY, idle_since, 0)
    assert await over(world, call) is D.HUNG_UP_EARLY


async def test_a_customer_who_leaves_as_the_talk_begins_does_not_get_the_agent_paused(
    world: World, seat: Seat, call: LiveCall
) -> None:
    line = world.line(call, hang_up_on="GOSUB")
    await world.answered.outbound(line)
    assert (seat.state, seat.pause_reason) == (AgentState.READY, "")


async def test_a_talk_whose_event_was_lost_with_the_link_is_a_talk(
    world: World, seat: Seat, call: LiveCall
) -> None:
    async def unheard(words: tuple[str, ...]) -> str:
        await asyncio.sleep(20)
        return "SUCCESS"

    began = world.clock.now()
    await world.answered.outbound(world.line(call, keys=["4"], talk=unheard))
    assert (seat.state, call.served, call.facts.bridged_at) == (AgentState.WRAP_UP, True, began)
    assert await over(world, call) is D.CONNECTED


async def test_hanging_up_in_a_talk_whose_event_was_lost_still_gives_a_wrap_up(
    world: World, seat: Seat, call: LiveCall
) -> None:
    line = world.line(call, talk=lambda words: asyncio.Event().wait())
    talking = world.serve(world.answered.outbound(line))
    await asyncio.sleep(20)
    line.leave()
    await talking
    assert seat.state is AgentState.WRAP_UP


async def test_when_the_agent_s_leg_is_gone_another_one_takes_the_call(
    world: World, seat: Seat, call: LiveCall
) -> None:
    other = await world.seat("a2")
    real, first = world.talk(call.attempt_id, asyncio.sleep(1)), True

    async def talk(words: tuple[str, ...]) -> str:
        nonlocal first
        if first:
            first = False
            return "NONEXISTENT"
        return await real(words)

    await world.answered.outbound(world.line(call, keys=["5"], talk=talk))
    assert (seat.state, other.state) == (AgentState.PAUSED, AgentState.WRAP_UP)
    assert call.facts.agent_id == "a2"
    assert await over(world, call) is D.CONNECTED


async def test_an_agent_whose_phone_went_before_the_answer_is_replaced(
    world: World, seat: Seat, call: LiveCall
) -> None:
    other = await world.seat("a2")
    world.switch.hang_up(seat.leg_id)
    assert seat.state is AgentState.OFFLINE
    await world.answered.outbound(
        world.line(call, keys=["5"], talk=world.talk(call.attempt_id, asyncio.sleep(1)))
    )
    assert (call.facts.agent_id, other.state) == ("a2", AgentState.WRAP_UP)


async def test_without_any_agent_the_message_is_the_dialplan_s(
    world: World, seat: Seat, call: LiveCall
) -> None:
    world.switch.hang_up(seat.leg_id)
    line = world.line(call)
    await world.answered.outbound(line)
    assert "DONE" not in line.variables  # DONE would keep the message from being played
    assert call.message_played
    assert world.agents.waiting == 0
    assert await over(world, call) is D.ABANDONED


async def test_the_timer_that_takes_the_call_away_gives_the_agent_back(
    world: World, seat: Seat, call: LiveCall
) -> None:
    world.switch.hang_up(seat.leg_id)
    line = world.line(call)
    talking = world.serve(world.answered.outbound(line))
    await asyncio.sleep(1)
    assert world.agents.waiting == 1
    line.leave()  # HANGUP: the dialplan has taken the call to its message
    await talking
    assert world.agents.waiting == 0
    late = await world.seat("a2")
    assert late.state is AgentState.READY
    await asyncio.sleep(2)
    assert await over(world, call) is D.ABANDONED


async def test_an_agent_whose_phone_goes_as_he_is_found_is_not_talked_to(
    world: World, seat: Seat, call: LiveCall
) -> None:
    world.switch.hang_up(seat.leg_id)
    line = world.line(call, keys=["5"], talk=world.talk(call.attempt_id, asyncio.sleep(1)))
    talking = world.serve(world.answered.outbound(line))
    await asyncio.sleep(0.1)
    other = await world.seat("a2", ready=False)
    world.agents.move(other, "go_ready")  # type: ignore[arg-type]
    world.switch.hang_up(other.leg_id)  # in the same turn: nobody has woken yet
    assert other.state is AgentState.OFFLINE
    third = world.agents.add("a3", "Agent 3", "PJSIP/a3")
    await world.seat("a3")
    await talking
    assert (third.state, call.facts.agent_id) == (AgentState.WRAP_UP, "a3")


@pytest.mark.parametrize("broken", [PromptError("no sound"), LineLost("reset")], ids=["sound", "line"])
async def test_a_conversation_that_breaks_leaves_the_message_to_the_dialplan(
    world: World, seat: Seat, call: LiveCall, broken: Exception
) -> None:
    if isinstance(broken, PromptError):
        world.words.prompts = MemoryPrompts(missing=["revisit-question"])
        line = world.line(call)
    else:
        line = world.line(call, lost_on="GOSUB")
    with pytest.raises(type(broken)):
        await world.answered.outbound(line)
    assert (seat.state, call.owned) == (AgentState.READY, False)
    assert "DONE" not in line.variables
    assert await over(world, call) is D.ABANDONED


async def test_a_talk_goes_on_when_its_line_is_lost_and_ends_with_the_leg_s_return(
    world: World, seat: Seat, call: LiveCall
) -> None:
    line = world.line(call, talk=world.talk(call.attempt_id))
    talking = world.serve(world.answered.outbound(line))
    await until(lambda: seat.met)
    line.lose()
    with pytest.raises(LineLost):
        await talking
    await asyncio.sleep(60)
    assert (seat.state, call.state) == (AgentState.TALKING, State.TALKING)
    await world.switch.release_agent(seat.channel)
    assert (seat.state, call.state) == (AgentState.WRAP_UP, State.AFTER_TALK)


async def test_an_answered_call_of_nobody_is_left_to_the_dialplan(world: World) -> None:
    line = ScriptedLine(request=scripted_request("outbound", "att-unknown"))
    await world.answered.outbound(line)
    assert line.commands == []


async def test_self_service_needs_no_agent_and_counts_as_connected(world: World) -> None:
    campaign = await world.campaign(flow="test-call", template="test-call")
    call = await world.launch(campaign, with_agent=False)
    world.switch.answer(call.attempt_id)
    line = world.line(call, keys=["5"])
    await world.answered.outbound(line)
    assert (line.variables["DONE"], call.served) == ("1", True)
    assert await over(world, call) is D.CONNECTED
    assert world.live.counters(campaign.id).connected == 1


# The vote that a former process, or the dialplan, could not take.


async def test_a_second_chance_takes_the_vote_of_a_talk_of_before(
    world: World, seat: Seat, call: LiveCall
) -> None:
    await world.calls.drain()
    fresh = world.restarted()
    line = world.line(call, "vote", keys=["3"])
    await fresh.answered.vote(line)
    assert line.variables["DONE"] == "1"
    assert world.memory.votes[call.attempt_id].score == 3
    adopted = fresh.calls.get(call.attempt_id)
    assert adopted is not None
    assert (adopted.served, adopted.state) == (True, State.AFTER_TALK)
    fresh.switch.hang_up(call.attempt_id)
    await adopted.ended.wait()
    assert adopted.disposition is D.CONNECTED


async def test_a_talk_whose_end_was_heard_does_not_begin_again_with_the_vote(
    world: World, seat: Seat, call: LiveCall
) -> None:
    fresh = world.restarted()
    found = await fresh.recovery.find(call.attempt_id)
    assert found is not None
    fresh.calls.answered(found, call.channel)
    fresh.calls.talked(found)
    fresh.calls.released(found)  # his leg is back in the hold bridge
    await fresh.answered.vote(fresh.line(found, "vote", keys=["3"]))
    assert [now for _, _, now in fresh.moves][-2:] == [State.TALKING, State.AFTER_TALK]
    assert [now for _, _, now in fresh.moves].count(State.TALKING) == 1
    assert fresh.memory.votes[call.attempt_id].score == 3


async def test_a_vote_for_a_call_that_nobody_knows_is_asked_for_and_kept_nowhere(world: World) -> None:
    line = ScriptedLine(["3"], request=scripted_request("vote", "x"), variables={"ATT": "att-gone"})
    await world.answered.vote(line)
    assert line.variables["DONE"] == "1"
    assert (world.memory.votes, world.voted) == ({}, [])


async def test_a_caller_who_leaves_the_second_vote_is_not_done(
    world: World, seat: Seat, call: LiveCall
) -> None:
    line = world.line(call, "vote", keys=[HANG_UP])
    with pytest.raises(HungUp):
        await world.answered.vote(line)
    assert "DONE" not in line.variables
