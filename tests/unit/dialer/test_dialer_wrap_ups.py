"""A restart of the service in an agent's wrap-up, or at the end of his talk: he has it again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from dialer_world import START, World, until

from campaigns.errors import InvalidInput
from campaigns.model import Disposition, InboundDisposition, LeadStatus
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.errors import NotAllowedNow, NotSettled
from dialer.inbound import InboundTalk
from dialer.live_call import LiveCall
from dialer.ports import AgentTalk, CallFacts, InboundCall
from dialer.wrap_ups import KEEP_AFTER_S

S = AgentState
LASTS_S = 30.0


async def relink(world: World) -> None:
    if world.switch.up:
        world.switch.link_down()
    world.switch.link_up()
    await until(lambda: world.switchboard.ready)


async def talked(world: World, *, pause: str = "", **changes: object) -> tuple[Seat, LiveCall]:
    """An agent in his wrap-up, his customer in the vote."""
    seat = await world.seat("a1")
    call = await world.launch(await world.campaign(**changes))
    world.switch.answer(call.attempt_id)
    world.serve(world.answered.outbound(world.line(call, talk=world.talk(call.attempt_id))))
    await until(lambda: seat.met)
    if pause:
        await world.floor.pause("a1", pause)
    await asyncio.sleep(2 * KEEP_AFTER_S)
    await world.calls.drain()
    return seat, call


async def end(world: World, seat: Seat, call: LiveCall, *, customer_too: bool = True) -> datetime:
    """End the talk; returns when the wrap-up ends."""
    await world.switch.release_agent(seat.channel)
    world.calls.released(call)
    world.agents.talk_over(seat, call.campaign.wrap_up_s, talked=True)
    if customer_too:
        world.switch.hang_up(call.attempt_id)
    await world.calls.drain()
    await world.wrap_ups.drain()
    assert seat.state is S.WRAP_UP
    assert seat.wrap_up_ends_at is not None
    return seat.wrap_up_ends_at


@pytest.mark.parametrize("customer_too", [True, False])
async def test_what_is_left_of_a_wrap_up_is_found_again_with_its_call(
    world: World, *, customer_too: bool
) -> None:
    seat, call = await talked(world)
    ends_at = await end(world, seat, call, customer_too=customer_too)
    await asyncio.sleep(LASTS_S / 2)
    fresh = world.restarted()
    await relink(fresh)
    again = fresh.agents.seat("a1")
    assert (again.state, again.call_id, again.campaign_id) == (S.WRAP_UP, call.attempt_id, call.campaign.id)
    assert again.wrap_up_ends_at == ends_at
    assert again.since == call.facts.released_at
    card = fresh.floor.view("a1").call
    assert card is not None
    assert (card.number, card.customer, card.recorded_outcome) == (call.number, call.customer, None)
    view = await fresh.floor.record("a1", call.attempt_id, "do_not_call", "never")
    assert view.call is not None
    assert view.call.recorded_outcome == "do_not_call"
    assert await fresh.people.is_suppressed(call.number)
    await until(lambda: again.state is S.READY)
    assert fresh.clock.now() == pytest.approx(ends_at, abs=timedelta(seconds=0.1))


async def test_until_he_is_found_again_nobody_is_told_that_he_has_no_call(world: World) -> None:
    seat, call = await talked(world)
    await end(world, seat, call)
    fresh = world.restarted()
    fresh.switch.link_down()  # and the switch is away for long
    wishes = await fresh.book.agent_wishes()
    floor, told = fresh.floor, fresh.changes
    asked: list[Callable[[], Awaitable[object]]] = [
        lambda: floor.record("a1", call.attempt_id, "satisfied", ""),
        *(partial(ask, "a1") for ask in (floor.log_in, floor.ready, floor.log_out, floor.history)),
        *(partial(ask, "a1") for ask in (floor.end_call, floor.end_wrap_up, floor.call)),
        lambda: floor.pause("a1", "lunch"),
        lambda: floor.skip("a1", "no"),
        lambda: floor.announce_leave("a1", None),
    ]
    for ask in asked:
        with pytest.raises(NotSettled, match="being found again"):
            await ask()
    with pytest.raises(NotSettled):
        floor.view("a1")
    assert await fresh.book.agent_wishes() == wishes
    assert [view.agent_id for view in floor.views()] == ["a1", "a2"]
    await relink(fresh)
    assert fresh.changes > told
    assert (await floor.record("a1", call.attempt_id, "satisfied", "")).state == S.WRAP_UP


async def test_a_call_back_recorded_after_the_restart_is_planned_as_ever(world: World) -> None:
    seat, call = await talked(world, max_attempts=2)
    await end(world, seat, call)
    assert world.lead().status is LeadStatus.DONE
    fresh = world.restarted()
    await relink(fresh)
    at = fresh.clock.now() + timedelta(hours=2)
    await fresh.floor.record("a1", call.attempt_id, "callback", "", at)
    lead = fresh.lead()
    assert (lead.status, lead.appointment_at) == (LeadStatus.WAITING, at)
    assert lead.tried == {Disposition.CONNECTED: 1}


async def test_what_was_recorded_before_the_restart_is_shown_after_it(world: World) -> None:
    seat, call = await talked(world)
    await end(world, seat, call)
    await world.floor.record("a1", call.attempt_id, "satisfied", "")
    fresh = world.restarted()
    await relink(fresh)
    assert fresh.agents.seat("a1").recorded_outcome == "satisfied"


async def test_a_wrap_up_that_was_over_is_not_found_again(world: World) -> None:
    seat, call = await talked(world)
    await end(world, seat, call)
    await world.floor.end_wrap_up("a1")
    await world.wrap_ups.drain()
    assert await world.book.agent_talks() == {}
    fresh = world.restarted()
    await relink(fresh)
    assert fresh.agents.seat("a1").state is S.READY
    with pytest.raises(NotAllowedNow, match="does not have this call any more"):
        await fresh.floor.record("a1", call.attempt_id, "satisfied", "")


async def cut_off(world: World, **changes: object) -> tuple[World, LiveCall]:
    """A fresh process; the wrap-up of an agent ended while there was none."""
    seat, call = await talked(world, **changes)
    ends_at = await end(world, seat, call)
    fresh = world.restarted()
    await asyncio.sleep(LASTS_S + 1)
    await fresh.book.remember_talk("a1", AgentTalk(call.attempt_id, ends_at))  # a dead process clears nothing
    await relink(fresh)
    assert fresh.agents.seat("a1").state is S.READY
    return fresh, call


async def test_who_could_not_record_in_his_wrap_up_records_after_it(world: World) -> None:
    fresh, call = await cut_off(world, max_attempts=2)
    at = fresh.clock.now() + timedelta(hours=2)
    view = await fresh.floor.record("a1", call.attempt_id, "callback", "in the evening", at)
    assert (view.state, view.call) == (S.READY, None)
    assert fresh.people.attempt_lines[call.attempt_id].note == "in the evening"
    lead = fresh.lead()
    assert (lead.status, lead.appointment_at) == (LeadStatus.WAITING, at)
    with pytest.raises(NotAllowedNow, match="Agent 2 does not have this call any more"):
        await fresh.floor.record("a2", call.attempt_id, "satisfied", "")


async def test_a_late_record_that_is_refused_may_be_corrected(world: World) -> None:
    await world.seat("a1")
    await world.book.open_inbound(InboundCall("in-1", "", "+12022290000", START))
    await world.book.settle_inbound("in-1", InboundDisposition.CONNECTED, CallFacts(agent_id="a1"))
    await world.book.remember_talk("a1", AgentTalk("in-1", START))
    fresh = world.restarted()
    await relink(fresh)
    with pytest.raises(InvalidInput, match="nobody knows the caller's number"):
        await fresh.floor.record("a1", "in-1", "do_not_call", "")
    await fresh.floor.record("a1", "in-1", "complaint", "the brakes squeal")
    assert fresh.memory.wrap_ups["in-1"][0].note == "the brakes squeal"


async def test_a_pause_asked_for_in_the_talk_still_comes_after_the_wrap_up(world: World) -> None:
    seat, call = await talked(world, pause="lunch")
    await end(world, seat, call)
    fresh = world.restarted()
    await relink(fresh)
    again = fresh.agents.seat("a1")
    assert (again.state, again.pause_reason, again.pause_wanted) == (S.WRAP_UP, "", "lunch")
    await until(lambda: again.state is not S.WRAP_UP)
    assert (again.state, again.pause_reason) == (S.PAUSED, "lunch")


async def test_a_talk_that_ended_while_nobody_listened_has_its_wrap_up(world: World) -> None:
    _, call = await talked(world)
    fresh = world.restarted()  # from here on nobody of the former process hears
    fresh.switch.link_down()
    fresh.switch.hang_up(call.attempt_id)
    await relink(fresh)
    again = fresh.agents.seat("a1")
    assert (again.state, again.call_id) == (S.WRAP_UP, call.attempt_id)
    assert again.wrap_up_ends_at is not None
    assert fresh.clock.now() < again.wrap_up_ends_at <= fresh.clock.now() + timedelta(seconds=LASTS_S)


async def test_without_his_phone_he_wraps_up_and_is_called_then(world: World) -> None:
    seat, call = await talked(world)
    await end(world, seat, call)
    fresh = world.restarted()
    fresh.switch.link_down()
    fresh.switch.hang_up(seat.leg_id)
    await relink(fresh)
    again, seated = fresh.agents.seat("a1"), len(fresh.switch.seated)
    assert (again.state, again.phone_gone, again.leg_id) == (S.WRAP_UP, True, "")
    await until(lambda: len(fresh.switch.seated) == seated + 1)
    assert again.state is S.CONNECTING


async def test_a_wrap_up_after_a_hotline_talk_is_found_again(world: World) -> None:
    await world.seat("a1")
    caller = InboundCall("in-1", "+12022294404", "+12022290000", START)
    await world.book.open_inbound(caller)
    await world.book.settle_inbound("in-1", InboundDisposition.CONNECTED, CallFacts(agent_id="a1"))
    ends_at = world.clock.now() + timedelta(seconds=10)
    await world.book.remember_talk("a1", AgentTalk("in-1", ends_at))
    fresh = world.restarted()
    await relink(fresh)
    again = fresh.agents.seat("a1")
    assert (again.state, again.campaign_id, again.wrap_up_ends_at) == (S.WRAP_UP, None, ends_at)
    assert isinstance(again.subject, InboundTalk)
    assert again.subject.call == caller
    await fresh.floor.record("a1", "in-1", "do_not_call", "")
    assert await fresh.people.is_suppressed("+12022294404")


async def test_a_talk_that_never_began_leaves_no_wrap_up(world: World) -> None:
    seat = await world.seat("a1")
    call = await world.launch(await world.campaign())
    seat.state = S.TALKING  # the dialplan was asked to bridge, and did not yet
    world.wrap_ups.seat_moved(seat, S.RESERVED, 0.0)
    await world.wrap_ups.drain()
    assert seat.call_id == call.attempt_id
    assert await world.book.agent_talks() == {}


async def test_a_store_that_takes_no_talk_disturbs_nobody_and_is_offered_it_again(world: World) -> None:
    world.book.broken["remember_talk"] = 3
    seat, call = await talked(world)
    await end(world, seat, call)
    assert world.book.broken["remember_talk"] == 0
    (kept,) = (await world.book.agent_talks()).values()
    assert (kept.call_id, kept.wrap_up_ends_at) == (call.attempt_id, seat.wrap_up_ends_at)
