"""The link comes and goes: nothing is dialled in between, and settling is repeated until it is done."""

import asyncio

import pytest
from dialer_world import World, until

from campaigns.model import Disposition
from dialer.agent_states import AgentState
from dialer.calls import State
from dialer.errors import NotSent
from dialer.telephony import Kind, SwitchEvent


async def test_events_reach_the_call_or_the_agent_they_are_about(world: World) -> None:
    seat = await world.seat("a1")
    call = await world.launch(await world.campaign())
    world.switch.ring(call.attempt_id)
    assert call.state is State.RINGING
    world.switch.hang_up(seat.leg_id)
    assert seat.state is AgentState.OFFLINE
    assert call.state is State.RINGING


async def test_a_lost_link_stops_the_dialing_until_all_is_settled(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    world.book.held["open_attempts"] = asyncio.Event()
    world.switch.link_down()
    assert not world.switchboard.ready
    world.switch.link_up()
    await asyncio.sleep(5)
    assert not world.switchboard.ready
    changes = world.changes
    world.book.held.pop("open_attempts").set()
    await until(lambda: world.switchboard.ready)
    assert world.changes > changes  # campaigns were woken
    assert call.state is State.SENT


async def test_nothing_is_dialled_while_the_switch_lacks_what_a_call_needs(world: World) -> None:
    world.lacks = ["res_agi.so"]
    world.switch.link_down()
    world.switch.link_up()
    await asyncio.sleep(12)
    assert not world.switchboard.ready
    assert world.switchboard.lacks == ("res_agi.so",)
    world.lacks = []
    await until(lambda: world.switchboard.ready)
    assert world.switchboard.lacks == ()


async def test_a_reconciliation_that_fails_is_tried_again(world: World) -> None:
    world.book.broken["open_attempts"] = 2
    world.switch.link_down()
    world.switch.link_up()
    await until(lambda: world.switchboard.ready)
    assert world.book.asked["agent_wishes"] == 1
    assert world.book.asked["open_attempts"] >= 3


async def test_a_link_lost_in_the_middle_begins_anew_and_costs_no_outcome(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    world.switch.crash()
    world.switch.link_up()
    world.book.held["settle"] = asyncio.Event()
    await until(lambda: world.book.asked["settle"] > 0)
    world.switch.link_down()  # breaks off whoever waits for the store, not the storing
    world.book.held.pop("settle").set()
    await asyncio.wait_for(call.ended.wait(), 5)
    assert call.disposition is Disposition.UNKNOWN
    assert not world.switchboard.ready
    world.switch.link_up()
    await until(lambda: world.switchboard.ready)


async def test_a_switch_that_does_not_answer_is_asked_again(world: World) -> None:
    asked = 0
    real = world.switch.live

    async def live() -> object:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise NotSent("the link is down")
        return await real()

    world.switch.live = live  # type: ignore[method-assign,assignment]
    world.switchboard.hear(SwitchEvent(Kind.LINK_UP, world.clock.now()))
    world.switchboard.ready = False
    await until(lambda: world.switchboard.ready)
    assert asked >= 3


async def test_stopping_ends_a_reconciliation_under_way(world: World) -> None:
    world.book.held["open_attempts"] = asyncio.Event()
    world.switch.link_down()
    world.switch.link_up()
    await asyncio.sleep(1)
    task = world.switchboard._task
    assert task is not None
    await asyncio.wait_for(world.switchboard.stop(), 1)
    assert task.cancelled()
    await world.switchboard.stop()


@pytest.mark.parametrize("kind", [Kind.UP, Kind.HUNG_UP, Kind.ORIGINATE_FAILED])
async def test_events_of_strangers_hurt_nobody(world: World, kind: Kind) -> None:
    world.switchboard.hear(SwitchEvent(kind, world.clock.now(), "somebody", "PJSIP/x-1", "action"))
    assert world.calls.all() == []
