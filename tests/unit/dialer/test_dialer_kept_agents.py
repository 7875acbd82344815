"""What a restart of the service must not cost: agents for calls under way, and the end of a hotline call."""

import asyncio

from dialer_world import World, until

from dialer.agent_states import AgentState
from dialer.calls import State
from dialer.live_call import LiveCall
from dialer.ports import InboundCall, NewAttempt
from dialer.recovery import SECOND_LOOK_S
from ivr.agi.memory import ScriptedLine, scripted_request

S = AgentState


async def ringing(world: World, *, with_agent: bool = True) -> LiveCall:
    """One ready agent and one ringing call."""
    await world.seat("a1")
    call = await world.launch(await world.campaign(2), with_agent=with_agent)
    world.switch.ring(call.attempt_id)
    await world.calls.drain()
    return call


async def test_a_ringing_call_of_a_former_process_keeps_an_agent(world: World) -> None:
    call = await ringing(world)
    fresh = world.restarted()
    world.switch.link_down()
    world.switch.link_up()
    await until(lambda: fresh.switchboard.ready)
    seat = fresh.agents.seat("a1")
    assert (seat.state, seat.call_id) == (S.RESERVED, call.attempt_id)
    assert seat.subject is fresh.calls.get(call.attempt_id)


async def test_a_call_that_needs_no_agent_keeps_none(world: World) -> None:
    await ringing(world, with_agent=False)
    fresh = world.restarted()
    world.switch.link_down()
    world.switch.link_up()
    await until(lambda: fresh.switchboard.ready)
    assert fresh.agents.seat("a1").state is S.READY


async def test_agents_are_back_before_the_second_look(world: World) -> None:
    call = await ringing(world)
    lead = world.lead(2)
    await world.book.open_attempt(
        NewAttempt(
            "att-unproven", 1, lead.id, lead.customer_id, lead.number, "main", None, world.clock.now(), "v1"
        )
    )
    fresh = world.restarted()
    world.switch.link_down()
    world.switch.link_up()
    await asyncio.sleep(SECOND_LOOK_S / 2)
    assert not fresh.switchboard.ready
    seat = fresh.agents.seat("a1")
    assert (seat.state, seat.call_id) == (S.RESERVED, call.attempt_id)
    await until(lambda: fresh.switchboard.ready)
    assert [one.attempt_id for one in fresh.ended if one.lost] == ["att-unproven"]
    ringing_still = fresh.calls.get(call.attempt_id)
    assert ringing_still is not None
    assert ringing_still.state is State.RINGING


async def test_a_hotline_vote_taken_in_place_of_a_dead_service_ends_the_call(world: World) -> None:
    await world.book.open_inbound(InboundCall("in-1", "+12025550199", "+18005550100", world.clock.now()))
    line = ScriptedLine(("4",), request=scripted_request("vote", "1"), variables={"ATT": "in-1"})
    await world.answered.vote(line)
    assert list(await world.book.open_inbound_calls()) == []
    assert world.voted == [("in-1", 4)]
    assert line.variables["DONE"] == "1"
