"""Agents: every pair of state and event is decided; the board never gives one agent to two callers."""

import asyncio
import itertools

import pytest
from dialer_world import World, until
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from dialer.agent_states import ASKED, IGNORED, MOVES, STANDS, AgentEvent, AgentState
from dialer.agents import AgentBoard, Seat
from dialer.errors import NotAllowedNow, NotKnown

S, E = AgentState, AgentEvent
PREVIEWING = {"offer", "skip", "call_asked"}
IMPOSSIBLE = {
    S.OFFLINE: {"seated", "go_ready", "pause", "reserve", "talk_began", "offer", "call_asked"},
    S.CONNECTING: {"go_ready", "pause", "reserve", "talk_began", *PREVIEWING},
    S.READY: {"log_in", "talk_began", "skip", "call_asked"},
    S.PREVIEW: {"log_in", "offer", "reserve", "talk_began"},
    S.RESERVED: {
        "log_in",
        "go_ready",
        "pause",
        "reserve",
        "talk_ended",
        "wrap_up_over",
        "log_out",
        *PREVIEWING,
    },
    S.TALKING: {"log_in", "go_ready", "pause", "reserve", "wrap_up_over", "log_out", *PREVIEWING},
    S.WRAP_UP: {"reserve", "talk_began", *PREVIEWING},
    S.PAUSED: {"log_in", "reserve", "talk_began", "offer", "call_asked"},
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(S, E)), ids=str)
def test_every_pair_is_a_move_ignored_or_impossible(state: AgentState, event: AgentEvent) -> None:
    kinds = ((state, event) in MOVES, (state, event) in IGNORED, event in IMPOSSIBLE[state])
    assert sum(kinds) == 1


def test_a_phone_that_is_gone_puts_anybody_offline_but_takes_nobodys_wrap_up() -> None:
    for state in set(S) - {S.OFFLINE, S.WRAP_UP}:
        assert MOVES[state, E.LEG_GONE] is S.OFFLINE
    assert (S.WRAP_UP, E.LEG_GONE) in IGNORED


def test_every_state_and_event_has_words_of_its_own() -> None:
    assert (set(STANDS), set(ASKED)) == (set(S), set(E))
    assert not any("_" in words for words in (*STANDS.values(), *ASKED.values()))


@examples(200)
@given(st.lists(st.sampled_from(AgentEvent), max_size=40))
def test_only_ready_agents_are_reserved_and_only_reserved_ones_talk(events: list[AgentEvent]) -> None:
    state = S.OFFLINE
    for event in events:
        after = MOVES.get((state, event), state)
        assert after is not S.RESERVED or state in (S.READY, S.PREVIEW, S.RESERVED)
        assert after is not S.TALKING or state in (S.RESERVED, S.TALKING)
        state = after


async def ready(world: World, agent_id: str, idle_since: float | None = None) -> Seat:
    seat = await world.seat(agent_id)
    if idle_since is not None:
        seat.idle_since = idle_since
    return seat


async def test_an_impossible_event_is_refused_by_name(world: World) -> None:
    with pytest.raises(NotAllowedNow, match="Agent 1 is logged out and cannot take another call now"):
        world.agents.move(world.agents.seat("a1"), E.RESERVE)
    with pytest.raises(NotKnown, match="'nobody'"):
        world.agents.seat("nobody")


async def test_who_has_been_idle_longest_is_reserved(world: World) -> None:
    await ready(world, "a1", idle_since=5.0)
    await ready(world, "a2", idle_since=3.0)
    first = world.agents.reserve("att-1", 7)
    assert first is not None
    assert (first.agent_id, first.call_id, first.campaign_id) == ("a2", "att-1", 7)
    second = world.agents.reserve("att-2")
    assert second is not None
    assert second.agent_id == "a1"
    assert world.agents.reserve("att-3") is None
    assert world.agents.by_call("att-1") is first
    assert world.agents.by_call("att-3") is None


async def test_who_is_given_back_keeps_his_place_in_line(world: World) -> None:
    seat = await ready(world, "a1", idle_since=3.0)
    world.agents.reserve("att-1")
    world.agents.give_back("att-other")
    assert seat.state is S.RESERVED
    world.agents.give_back("att-1")
    assert (seat.state, seat.idle_since, seat.call_id) == (S.READY, 3.0, "")


async def test_a_talking_agent_is_not_given_back(world: World) -> None:
    seat = await ready(world, "a1")
    world.agents.reserve("att-1")
    world.agents.move(seat, E.TALK_BEGAN)
    world.agents.give_back("att-1")
    assert seat.state is S.TALKING


async def test_the_wrap_up_ends_by_itself(world: World) -> None:
    seat = await ready(world, "a1")
    world.agents.reserve("att-1")
    world.agents.move(seat, E.TALK_BEGAN)
    began = world.clock.monotonic()
    world.agents.talk_over(seat, 30.0, talked=True)
    assert seat.state is S.WRAP_UP
    assert seat.wrap_up_ends_at is not None
    assert (seat.wrap_up_ends_at - world.clock.now()).total_seconds() == 30.0
    assert seat.call_id == "att-1"  # he still writes about it
    await until(lambda: seat.state is not S.WRAP_UP)
    assert seat.state is S.READY
    assert world.clock.monotonic() - began == pytest.approx(30.0, abs=0.02)
    assert (seat.talks, seat.call_id, seat.wrap_up_ends_at) == (1, "", None)


async def test_a_wrap_up_ended_early_leaves_no_alarm_behind(world: World) -> None:
    seat = await ready(world, "a1")
    world.agents.reserve("att-1")
    world.agents.move(seat, E.TALK_BEGAN)
    world.agents.talk_over(seat, 30.0, talked=True)
    world.agents.end_wrap_up(seat)
    world.agents.reserve("att-2")
    await asyncio.sleep(40)
    assert (seat.state, seat.call_id) == (S.RESERVED, "att-2")


async def test_a_pause_asked_for_in_a_talk_takes_effect_after_the_wrap_up(world: World) -> None:
    seat = await ready(world, "a1")
    world.agents.reserve("att-1")
    world.agents.move(seat, E.TALK_BEGAN)
    await world.floor.pause("a1", "lunch")
    assert seat.state is S.TALKING
    world.agents.talk_over(seat, 30.0, talked=True)
    assert seat.state is S.WRAP_UP
    world.agents.end_wrap_up(seat)
    assert (seat.state, seat.pause_reason, seat.pause_wanted) == (S.PAUSED, "lunch", None)


async def test_a_leg_that_would_not_bridge_is_paused_not_given_the_next_caller(world: World) -> None:
    seat = await ready(world, "a1")
    world.agents.reserve("att-1")
    world.agents.move(seat, E.TALK_BEGAN)
    world.agents.talk_over(seat, 30.0, talked=False)
    assert seat.state is S.PAUSED
    assert "could not be connected" in seat.pause_reason
    assert seat.talks == 0


async def test_a_talk_that_never_was_costs_no_wrap_up_and_no_place_in_line(world: World) -> None:
    seat = await ready(world, "a1", idle_since=3.0)
    world.agents.reserve("att-1")
    world.agents.move(seat, E.TALK_BEGAN)
    world.agents.talk_missed(seat)
    assert (seat.state, seat.idle_since, seat.talks) == (S.READY, 3.0, 0)
    world.agents.talk_missed(seat)
    assert seat.state is S.READY


async def test_callers_are_served_in_the_order_they_came(world: World) -> None:
    first = asyncio.create_task(world.agents.next_free("in-1"))
    second = asyncio.create_task(world.agents.next_free("in-2"))
    await asyncio.sleep(0)
    assert world.agents.waiting == 2
    await ready(world, "a1")
    assert (await first).call_id == "in-1"
    assert not second.done()
    await ready(world, "a2")
    assert (await second).agent_id == "a2"
    assert world.agents.waiting == 0


async def test_a_caller_who_leaves_the_line_costs_nobody_his_turn(world: World) -> None:
    first = asyncio.create_task(world.agents.next_free("in-1"))
    second = asyncio.create_task(world.agents.next_free("in-2"))
    await asyncio.sleep(0)
    first.cancel()
    seat = await ready(world, "a1")
    assert await second is seat
    assert world.agents.waiting == 0


async def test_an_agent_granted_to_someone_who_left_in_the_same_moment_is_free_again(world: World) -> None:
    waiting = asyncio.create_task(world.agents.next_free("in-1"))
    await asyncio.sleep(0)
    seat = await ready_without_waiting(world)
    assert (seat.state, seat.call_id) == (S.RESERVED, "in-1")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (seat.state, seat.call_id) == (S.READY, "")


async def ready_without_waiting(world: World) -> Seat:
    """Make an agent ready in one turn of the loop, so that nobody wakes meanwhile."""
    seat = world.agents.seat("a1")
    for event in (E.LOG_IN, E.SEATED, E.GO_READY):
        world.agents.move(seat, event)
    return seat


async def test_counts_name_every_state(world: World) -> None:
    await ready(world, "a1")
    assert world.agents.counts() == {**dict.fromkeys(map(str, S), 0), "ready": 1, "offline": 1}


async def test_who_goes_offline_leaves_nothing_behind(world: World) -> None:
    seat = await ready(world, "a1")
    world.agents.reserve("att-1", 7)
    seat.pause_wanted = "lunch"
    world.agents.move(seat, E.LEG_GONE)
    assert (seat.state, seat.leg_id, seat.channel, seat.call_id) == (S.OFFLINE, "", "", "")
    assert (seat.campaign_id, seat.subject, seat.pause_wanted) == (None, None, None)


async def in_wrap_up_without_a_phone(world: World, **seat_changes: object) -> Seat:
    seat = await ready(world, "a1")
    world.agents.reserve("att-1", 7)
    world.agents.move(seat, E.TALK_BEGAN)
    seat.met, seat.wrap_up_s = True, 30.0
    for name, value in seat_changes.items():
        setattr(seat, name, value)
    world.agents.lose_phone(seat)
    return seat


async def test_who_loses_his_phone_in_a_talk_has_his_whole_wrap_up(world: World) -> None:
    seat = await in_wrap_up_without_a_phone(world)
    assert (seat.state, seat.phone_gone, seat.call_id, seat.talks) == (S.WRAP_UP, True, "att-1", 1)
    assert seat.wrap_up_ends_at is not None
    assert (seat.wrap_up_ends_at - world.clock.now()).total_seconds() == 30.0
    assert seat.leg_id == seat.channel == ""
    world.agents.lose_phone(seat)  # the switch tells of it twice
    assert (seat.state, seat.talks) == (S.WRAP_UP, 1)


async def test_who_loses_his_phone_before_the_two_have_met_is_offline(world: World) -> None:
    seat = await in_wrap_up_without_a_phone(world, met=False)
    assert (seat.state, seat.phone_gone, seat.talks) == (S.OFFLINE, False, 0)


async def test_a_board_that_can_call_nobody_lets_him_go_after_the_wrap_up(world: World) -> None:
    board = AgentBoard(world.clock, lambda: None)
    seat = board.add("a9", "Agent 9", "PJSIP/a9")
    board.restore(seat, S.WRAP_UP)
    board.lose_phone(seat)
    board.end_wrap_up(seat)
    assert seat.state is S.OFFLINE
