"""What agents do: each use case in each state, and the file before the voice."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from brought_agents import bring
from dialer_world import World

from campaigns.model import Disposition
from dialer.agent_states import AgentState
from dialer.errors import NotAllowedNow, NotKnown, NotSent, Unproven

S = AgentState

USES: dict[str, Callable[[World], Awaitable[object]]] = {
    "log_in": lambda world: world.floor.log_in("a1"),
    "ready": lambda world: world.floor.ready("a1"),
    "pause": lambda world: world.floor.pause("a1", "lunch"),
    "call": lambda world: world.floor.call("a1"),
    "skip": lambda world: world.floor.skip("a1", "wrong language"),
    "end_call": lambda world: world.floor.end_call("a1"),
    "end_wrap_up": lambda world: world.floor.end_wrap_up("a1"),
    "log_out": lambda world: world.floor.log_out("a1"),
}
REFUSED = None
AFTER = {  # what each use case leads to from each state; REFUSED: an error, and nothing has changed
    S.OFFLINE: {
        "log_in": S.CONNECTING,
        "ready": REFUSED,
        "pause": REFUSED,
        "call": REFUSED,
        "skip": REFUSED,
        "end_call": REFUSED,
        "end_wrap_up": REFUSED,
        "log_out": S.OFFLINE,
    },
    S.CONNECTING: {
        "log_in": S.CONNECTING,
        "ready": REFUSED,
        "pause": REFUSED,
        "call": REFUSED,
        "skip": REFUSED,
        "end_call": REFUSED,
        "end_wrap_up": REFUSED,
        "log_out": S.OFFLINE,
    },
    S.PAUSED: {
        "log_in": REFUSED,
        "ready": S.READY,
        "pause": S.PAUSED,
        "call": REFUSED,
        "skip": REFUSED,
        "end_call": REFUSED,
        "end_wrap_up": REFUSED,
        "log_out": S.OFFLINE,
    },
    S.READY: {
        "log_in": REFUSED,
        "ready": S.READY,
        "pause": S.PAUSED,
        "call": REFUSED,
        "skip": REFUSED,
        "end_call": REFUSED,
        "end_wrap_up": REFUSED,
        "log_out": S.OFFLINE,
    },
    S.RESERVED: {
        "log_in": REFUSED,
        "ready": S.RESERVED,
        "pause": S.RESERVED,
        "call": REFUSED,
        "skip": REFUSED,
        "end_call": REFUSED,
        "end_wrap_up": REFUSED,
        "log_out": REFUSED,
    },
    S.TALKING: {
        "log_in": REFUSED,
        "ready": S.TALKING,
        "pause": S.TALKING,
        "call": REFUSED,
        "skip": REFUSED,
        "end_call": S.TALKING,
        "end_wrap_up": REFUSED,
        "log_out": REFUSED,
    },
    S.WRAP_UP: {
        "log_in": REFUSED,
        "ready": S.READY,
        "pause": S.PAUSED,
        "call": REFUSED,
        "skip": REFUSED,
        "end_call": REFUSED,
        "end_wrap_up": S.READY,
        "log_out": S.OFFLINE,
    },
    S.PREVIEW: {
        "log_in": REFUSED,
        "ready": S.PREVIEW,
        "pause": S.PAUSED,
        "call": S.PREVIEW,
        "skip": S.READY,
        "end_call": REFUSED,
        "end_wrap_up": REFUSED,
        "log_out": S.OFFLINE,
    },
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("state", S)
async def test_each_use_case_in_each_state(world: World, state: AgentState, use: str) -> None:
    seat = await bring(world, state)
    assert seat.state is state
    wanted = AFTER[state][use]
    if wanted is REFUSED:
        with pytest.raises(NotAllowedNow, match=r"^Agent 1 ") as refused:
            await USES[use](world)
        assert "_" not in str(refused.value)
        assert seat.state is state
    else:
        await USES[use](world)
        assert seat.state is wanted


def test_the_table_names_every_state_and_use_case() -> None:
    assert set(AFTER) == set(S)
    assert all(set(row) == set(USES) for row in AFTER.values())


async def test_who_nobody_knows_is_not_known(world: World) -> None:
    with pytest.raises(NotKnown):
        await world.floor.log_in("nobody")


async def test_a_log_in_calls_the_phone_and_seats_him_paused(world: World) -> None:
    view = await world.floor.log_in("a1")
    ((agent_id, phone, leg_id),) = world.switch.seated
    assert (agent_id, phone, view.state) == ("a1", "PJSIP/a1", "connecting")
    world.switch.hold(leg_id)
    view = world.floor.view("a1")
    assert (view.state, view.pause_reason, view.name) == ("paused", "logged in", "Agent 1")
    assert (await world.memory.agent_wishes())["a1"] == "paused:logged in"


async def test_a_phone_that_cannot_be_called_is_an_error_and_is_not_remembered(world: World) -> None:
    world.switch.refuse_next(NotSent("the link is down"))
    with pytest.raises(NotAllowedNow, match="phone of Agent 1 cannot be called now: the link is down"):
        await world.floor.log_in("a1")
    assert world.agents.seat("a1").state is S.OFFLINE
    assert await world.memory.agent_wishes() == {}


async def test_a_phone_that_perhaps_rings_is_waited_for(world: World) -> None:
    world.switch.refuse_next(Unproven("no answer to Originate"), lives=True)
    assert (await world.floor.log_in("a1")).state == "connecting"
    world.switch.hold(world.agents.seat("a1").leg_id)
    assert world.floor.view("a1").state == "paused"


async def test_a_phone_that_nobody_takes_puts_him_offline(world: World) -> None:
    seat = await bring(world, S.CONNECTING)
    world.switch.time_out(seat.leg_id)
    assert (seat.state, seat.leg_id) == (S.OFFLINE, "")


async def test_a_pause_in_a_talk_waits_for_the_wrap_up_and_ready_takes_it_back(world: World) -> None:
    seat = await bring(world, S.TALKING)
    view = await world.floor.pause("a1", "lunch")
    assert (view.state, view.pause_reason, view.pause_wanted) == ("talking", "", "lunch")
    assert (await world.memory.agent_wishes())["a1"] == "paused:lunch"
    await world.floor.ready("a1")
    assert (seat.pause_wanted, seat.wants_ready) == (None, True)
    assert (await world.memory.agent_wishes())["a1"] == "ready"


async def test_a_pause_in_the_wrap_up_takes_the_place_of_one_asked_for_in_the_talk(world: World) -> None:
    seat = await bring(world, S.WRAP_UP)
    seat.pause_wanted = "lunch"
    view = await world.floor.pause("a1", "coffee")
    assert (view.state, view.pause_reason, view.pause_wanted) == ("paused", "coffee", None)


async def test_ending_a_call_takes_his_leg_back_and_leaves_the_customer_to_the_vote(world: World) -> None:
    seat = await bring(world, S.TALKING)
    await world.floor.end_call("a1")
    assert world.switch.released == [seat.channel]


async def test_ending_a_call_without_a_leg_leads_to_a_wrap_up_without_a_phone(world: World) -> None:
    seat = await bring(world, S.TALKING)
    seat.channel = "PJSIP/gone"
    view = await world.floor.end_call("a1")
    assert (view.state, view.phone_gone) == ("wrap_up", True)


async def test_a_leave_is_announced_for_a_moment_to_come_and_ends_with_the_log_out(world: World) -> None:
    seat = await world.seat()
    soon = world.clock.now() + timedelta(minutes=1)
    assert (await world.floor.announce_leave("a1", soon)).leaves_at == soon
    with pytest.raises(NotAllowedNow, match="has passed"):
        await world.floor.announce_leave("a1", world.clock.now())
    assert seat.leaves_at == soon
    assert (await world.floor.log_out("a1")).leaves_at is None
    with pytest.raises(NotAllowedNow, match="log in first"):
        await world.floor.announce_leave("a1", soon)


async def test_logging_out_hangs_his_phone_up(world: World) -> None:
    seat = await bring(world, S.PAUSED)
    leg = seat.leg_id
    gone = await world.floor.log_out("a1")
    assert (gone.state, gone.pause_reason) == ("offline", "")  # not the reason of the pause before
    assert world.switch.unseated == [leg]
    assert (await world.memory.agent_wishes())["a1"] == "offline"


# The file, before the voice.


async def test_the_file_is_shown_as_soon_as_the_call_is_placed(world: World) -> None:
    seat = await bring(world, S.RESERVED)
    card = world.floor.view("a1").call
    assert card is not None
    assert (card.direction, card.number, card.campaign_name) == ("outbound", "+12025551001", "Revisit")
    assert card.customer is not None
    assert card.customer.name == "Customer 1"
    assert (card.connected_at, card.recorded_outcome) == (None, None)
    assert card.script is not None
    assert "Agent 1 of Acme" in card.script.opening
    assert "brakes" in card.script.opening
    assert "callback" in card.outcomes
    assert card.attempt_id == seat.call_id


async def test_a_ready_agent_has_no_file(world: World) -> None:
    await bring(world, S.READY)
    assert world.floor.view("a1").call is None
    assert await world.floor.history("a1") == ()
    assert [view.agent_id for view in world.floor.views()] == ["a1", "a2"]


async def test_the_history_is_that_of_the_customer_he_has_now(world: World) -> None:
    await world.seat("a1")
    campaign = await world.campaign()
    first = await world.launch(campaign, with_agent=False)
    world.switch.hang_up(first.attempt_id, 17, 486)
    await asyncio.sleep(601)  # until he may be called again
    await world.launch(campaign)
    (line,) = await world.floor.history("a1")  # not the call he is about to have
    assert (line.attempt_id, line.disposition) == (first.attempt_id, Disposition.BUSY)
