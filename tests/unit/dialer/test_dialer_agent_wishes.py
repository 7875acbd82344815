"""What agents want while the store takes nothing: it holds, they are told, and it is stored later."""

import asyncio

import pytest
from dialer_world import World, until
from structlog.testing import capture_logs

from dialer.agent_states import AgentState
from dialer.halts import PATIENCE_S

S = AgentState


async def test_a_pause_holds_at_once_and_says_that_it_is_not_stored(world: World) -> None:
    seat = await world.seat("a1")
    world.book.held["remember_agent"] = asyncio.Event()  # a locked database answers nothing for long
    began = world.clock.monotonic()
    view = await world.floor.pause("a1", "lunch")
    assert world.clock.monotonic() - began == pytest.approx(PATIENCE_S, abs=0.1)
    assert (view.state, view.pause_reason, view.stored) == (S.PAUSED, "lunch", False)
    assert seat.state is S.PAUSED
    told = world.changes
    world.book.held["remember_agent"].set()
    await until(lambda: world.floor.view("a1").stored)
    assert world.changes > told
    assert (await world.memory.agent_wishes())["a1"] == "paused:lunch"


async def test_the_last_wish_is_stored_in_place_of_those_before(world: World) -> None:
    await world.seat("a1")
    world.book.broken["remember_agent"] = 4
    with capture_logs() as told:
        await world.floor.pause("a1", "lunch")
        asked_at = world.clock.now()
        await world.floor.ready("a1")
        await until(lambda: world.floor.view("a1").stored)
    assert world.memory.wishes["a1"] == ("ready", asked_at)
    assert [line["event"] for line in told if "stored" in line["event"]] == [
        "agent's wish not stored yet",
        "over: agent's wish not stored yet",
    ]


async def test_after_a_lost_link_a_wish_that_is_not_stored_yet_goes_before_the_stored_one(
    world: World,
) -> None:
    seat = await world.seat("a1")
    world.book.broken["remember_agent"] = 1_000
    await world.floor.pause("a1", "lunch")
    world.switch.link_down()
    world.switch.link_up()
    await until(lambda: world.switchboard.ready)
    assert (seat.state, seat.wants_ready) == (S.PAUSED, False)


async def test_a_stop_says_what_was_never_stored(world: World) -> None:
    await world.seat("a1")
    world.book.broken["remember_agent"] = 1_000
    await world.floor.pause("a1", "lunch")
    with capture_logs() as told:
        await world.wishes.close()
    (lost,) = [line for line in told if "lost" in line["event"]]
    assert (lost["agent"], lost["wish"]) == ("a1", "paused:lunch")
