"""Agents' legs: after a restart of ours or of the switch everyone is where he was."""

import asyncio
from typing import Any

import pytest
from dialer_world import World, until

from dialer.agents import AgentState
from dialer.call_board import LiveCall
from dialer.errors import NotSent
from dialer.inbound import InboundTalk

S = AgentState


async def relink(world: World) -> None:
    """Lose the link and find it again, with all that follows."""
    if world.switch.up:
        world.switch.link_down()
    world.switch.link_up()
    await until(lambda: world.switchboard.ready)


async def test_a_new_process_takes_agents_over_as_they_were(world: World) -> None:
    await world.seat("a1")
    await world.seat("a2", ready=False)
    await world.floor.pause("a2", "lunch")
    fresh = world.restarted()
    await relink(fresh)
    one, two = fresh.agents.seat("a1"), fresh.agents.seat("a2")
    assert (one.state, one.leg_id) == (S.READY, world.agents.seat("a1").leg_id)
    assert (two.state, two.pause_reason) == (S.PAUSED, "lunch")
    assert len(fresh.switch.seated) == 2  # nobody's phone rang again


async def talking(world: World) -> LiveCall:
    seat = await world.seat("a1")
    call = await world.launch(await world.campaign())
    world.switch.answer(call.attempt_id)
    world.serve(world.answered.outbound(world.line(call, talk=world.talk(call.attempt_id))))
    await until(lambda: seat.met)
    await world.calls.drain()
    return call


@pytest.mark.parametrize("wish", ["ready", "lunch"])
async def test_a_talk_goes_on_over_a_restart_and_ends_in_the_wrap_up(world: World, wish: str) -> None:
    call = await talking(world)
    if wish != "ready":
        await world.floor.pause("a1", wish)
    fresh = world.restarted()
    await relink(fresh)
    seat = fresh.agents.seat("a1")
    adopted = fresh.calls.get(call.attempt_id)
    assert (seat.state, seat.subject) == (S.TALKING, adopted)
    await fresh.switch.release_agent(seat.channel)
    assert (seat.state, seat.call_id) == (S.WRAP_UP, call.attempt_id)
    await until(lambda: seat.state is not S.WRAP_UP)
    assert seat.state is (S.READY if wish == "ready" else S.PAUSED)


async def test_an_agent_in_a_talk_with_a_hotline_caller_is_not_free(world: World) -> None:
    seat = await world.seat("a1")
    caller: Any = world.switch._channels
    leg = caller[seat.leg_id]
    caller["in-1"] = type(leg)("in-1", "PJSIP/trunk-9", "", attempt_id="in-1", state="Up")
    world.switch.bridge("in-1", seat.leg_id)
    fresh = world.restarted()
    await relink(fresh)
    taken = fresh.agents.seat("a1")
    assert (taken.state, taken.call_id) == (S.TALKING, "in-1")
    assert isinstance(taken.subject, InboundTalk)
    fresh.switch.hang_up("in-1")
    assert taken.state is S.WRAP_UP


async def test_an_end_of_talk_that_was_lost_with_the_link_is_caught_up_with(world: World) -> None:
    call = await talking(world)
    fresh = world.restarted()
    await relink(fresh)
    seat = fresh.agents.seat("a1")
    assert seat.state is S.TALKING
    fresh.switch.link_down()
    channels = fresh.switch._channels
    channels[seat.leg_id].peer = channels[call.attempt_id].peer = ""  # unheard
    await relink(fresh)
    assert seat.state is S.WRAP_UP


async def test_a_phone_taken_while_the_link_was_down_is_seated_afterwards(world: World) -> None:
    await world.floor.log_in("a1")
    seat = world.agents.seat("a1")
    world.switch.link_down()
    world.switch.hold(seat.leg_id)
    await relink(world)
    assert seat.state is S.PAUSED


async def test_a_phone_that_still_rings_is_waited_for(world: World) -> None:
    await world.floor.log_in("a1")
    fresh = world.restarted()
    await relink(fresh)
    seat = fresh.agents.seat("a1")
    assert (seat.state, len(fresh.switch.seated)) == (S.CONNECTING, 1)
    fresh.switch.hold(seat.leg_id)
    assert seat.state is S.PAUSED


async def test_after_a_crash_of_the_switch_every_phone_is_called_again(world: World) -> None:
    one = await world.seat("a1")
    two = await world.seat("a2", ready=False)
    await world.floor.pause("a2", "lunch")
    old = one.leg_id
    world.switch.crash()
    await relink(world)
    assert (one.state, two.state) == (S.CONNECTING, S.CONNECTING)
    assert one.leg_id != old
    for seat in (one, two):
        world.switch.hold(seat.leg_id)
    assert (one.state, two.state, two.pause_reason) == (S.READY, S.PAUSED, "lunch")


async def test_who_was_offline_is_not_called(world: World) -> None:
    await world.seat("a1")
    await world.floor.log_out("a1")
    world.switch.crash()
    await relink(world)
    assert len(world.switch.seated) == 1
    assert world.agents.seat("a1").state is S.OFFLINE


async def test_who_logged_out_while_the_switch_could_not_be_told_is_hung_up_afterwards(
    world: World,
) -> None:
    leg = (await world.seat("a1")).leg_id
    world.switch.link_down()
    with pytest.raises(NotSent):
        await world.floor.log_out("a1")
    await relink(world)
    assert world.switch.cancelled == [leg]
    assert world.agents.seat("a1").state is S.OFFLINE


async def test_a_phone_that_cannot_be_called_again_does_not_hold_up_the_others(world: World) -> None:
    await world.seat("a1")
    await world.seat("a2")
    world.switch.crash()
    world.switch.refuse_next(NotSent("not now"))
    await relink(world)
    assert [world.agents.seat(name).state for name in ("a1", "a2")] == [S.OFFLINE, S.CONNECTING]


async def test_an_agent_reserved_when_his_phone_goes_is_replaced_at_the_answer(world: World) -> None:
    seat = await world.seat("a1")
    call = await world.launch(await world.campaign())
    world.switch.hang_up(seat.leg_id)
    assert (seat.state, seat.subject) == (S.OFFLINE, None)
    assert world.agents.by_call(call.attempt_id) is None
    await asyncio.sleep(0)
