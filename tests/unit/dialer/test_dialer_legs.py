"""Agents' legs: after a restart of ours or of the switch everyone is where he was."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from dialer_world import START, World, until

from campaigns.desk.newcomers import CustomerDraft, NewcomerDesk
from campaigns.desk.owners import OwnerDesk
from campaigns.memory_people import MemoryPersonBook
from dialer.agent_states import AgentState
from dialer.callers import Callers
from dialer.calls import State
from dialer.errors import NotSent
from dialer.inbound import InboundTalk
from dialer.legs import LEFT_S, PHONE_ABSENT, PHONE_GONE
from dialer.live_call import LiveCall
from dialer.ports import CallFacts, InboundCall

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
    pause = (seat.pause_reason, seat.pause_wanted)
    assert pause == ("", None if wish == "ready" else "lunch")  # he talks: no reason belongs to that
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


async def test_who_calls_the_hotline_is_known_after_a_restart_in_the_talk(world: World) -> None:
    seat = await world.seat("a1")
    channels: Any = world.switch._channels
    leg = channels[seat.leg_id]
    caller, dialled = "+442079460888", "+442079460000"
    await world.book.open_inbound(InboundCall("in-1", caller, dialled, START))
    channels["in-1"] = type(leg)("in-1", "PJSIP/trunk-9", "", attempt_id="in-1", state="Up")
    world.switch.bridge("in-1", seat.leg_id)
    fresh = world.restarted()
    await relink(fresh)
    talk = fresh.agents.seat("a1").subject
    assert isinstance(talk, InboundTalk)
    assert (talk.call, talk.customer) == (InboundCall("in-1", caller, dialled, START), None)
    people = MemoryPersonBook(fresh.people)
    owners = OwnerDesk(people, lambda: START, ["a1"])
    newcomers = NewcomerDesk(people, owners, lambda: START, lambda signs: signs[0], None)
    callers = Callers(fresh.agents, newcomers, people, lambda: None)
    made = await callers.make_customer("a1", "in-1", CustomerDraft("Jana Novak", ""))
    assert (made.numbers, talk.customer) == ((caller,), made)
    again = fresh.restarted()
    await relink(again)
    talk = again.agents.seat("a1").subject
    assert isinstance(talk, InboundTalk)
    assert talk.customer == made


async def test_what_he_recorded_in_a_talk_and_since_when_he_has_it_are_known_after_a_restart(
    world: World,
) -> None:
    call = await talking(world)
    since = call.facts.bridged_at
    assert since is not None
    await world.floor.record("a1", call.attempt_id, "satisfied", "")
    await asyncio.sleep(7)
    fresh = world.restarted()
    fresh.book.broken["past_call"] = 1  # he is found again at the second try all the same
    await relink(fresh)
    view = fresh.floor.view("a1")
    assert view.call is not None
    assert (view.state, view.since, view.call.recorded_outcome) == (S.TALKING, since, "satisfied")
    seat = fresh.agents.seat("a1")
    assert fresh.clock.monotonic() - seat.since_s == pytest.approx(
        (fresh.clock.now() - since).total_seconds()
    )
    await relink(fresh)
    assert fresh.floor.view("a1").since == since


@pytest.mark.parametrize("by_phone", [True, False])
async def test_when_a_hotline_talk_of_before_was_released_is_stored(world: World, *, by_phone: bool) -> None:
    seat = await world.seat("a1")
    channels: Any = world.switch._channels
    leg = channels[seat.leg_id]
    await world.book.open_inbound(InboundCall("in-1", "+442079460888", "", START))
    await world.book.note_facts("in-1", CallFacts(bridged_at=world.clock.now()))
    channels["in-1"] = type(leg)("in-1", "PJSIP/trunk-9", "", attempt_id="in-1", state="Up")
    world.switch.bridge("in-1", seat.leg_id)
    fresh = world.restarted()
    await relink(fresh)
    await asyncio.sleep(5)
    ended_at = fresh.clock.now()
    fresh.switch.hang_up(seat.leg_id if by_phone else "in-1")
    assert fresh.agents.seat("a1").state is S.WRAP_UP
    await asyncio.sleep(0.1)
    facts = fresh.memory.inbound_calls["in-1"].facts
    assert (facts.released_at, facts.agent_id) == (ended_at, "a1")


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
    assert world.switch.unseated == [leg]
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


async def hang_up_in_a_talk(world: World) -> LiveCall:
    """An agent puts his phone down; the dialplan hands the customer back to the flow."""
    seat = await world.seat("a1")
    call = await world.launch(await world.campaign())
    world.switch.answer(call.attempt_id)
    over = asyncio.Event()
    line = world.line(call, talk=world.talk(call.attempt_id, over.wait()), keys=["4"])
    world.serve(world.answered.outbound(line))
    await until(lambda: seat.met)
    world.switch.hang_up(seat.leg_id)
    over.set()
    return call


async def test_who_puts_his_phone_down_in_a_talk_writes_about_it_and_is_called_again(world: World) -> None:
    call = await hang_up_in_a_talk(world)
    view = world.floor.view("a1")
    assert (view.state, view.phone_gone, view.call and view.call.attempt_id) == (
        "wrap_up",
        True,
        call.attempt_id,
    )
    await until(lambda: world.voted == [(call.attempt_id, 4)])
    await world.floor.record("a1", call.attempt_id, "satisfied", "line went dead")
    assert world.floor.view("a1").call is not None
    await until(lambda: len(world.switch.seated) == 2)
    seat = world.agents.seat("a1")
    assert (seat.state, seat.phone_gone, seat.leg_id) == (S.CONNECTING, False, world.switch.seated[1][2])
    world.switch.hold(seat.leg_id)
    assert seat.state is S.READY
    kept = await world.people.history(call.customer.id)
    assert (kept[0].outcome, kept[0].note) == ("satisfied", "line went dead")


@pytest.mark.parametrize("ends", ["ready", "end_wrap_up", "log_in"])
async def test_his_phone_is_called_as_soon_as_he_wants_to_go_on(world: World, ends: str) -> None:
    await hang_up_in_a_talk(world)
    await getattr(world.floor, ends)("a1")
    await until(lambda: len(world.switch.seated) == 2)
    seat = world.agents.seat("a1")
    world.switch.hold(seat.leg_id)
    assert seat.state is (S.PAUSED if ends == "log_in" else S.READY)


@pytest.mark.parametrize("when", ["in the talk", "in the wrap-up"])
async def test_who_wants_a_pause_and_has_no_phone_is_offline_and_stays_so(world: World, when: str) -> None:
    await hang_up_in_a_talk(world)
    seat = world.agents.seat("a1")
    if when == "in the talk":
        seat.pause_wanted = "lunch"
        await until(lambda: seat.state is not S.WRAP_UP)
    else:
        await world.floor.pause("a1", "lunch")
    assert (seat.state, seat.pause_reason) == (S.OFFLINE, PHONE_GONE)
    await asyncio.sleep(2 * LEFT_S)
    assert (await world.memory.agent_wishes())["a1"] == "offline"
    assert len(world.switch.seated) == 1


async def test_a_phone_that_does_not_take_the_call_after_the_wrap_up_is_left_alone(world: World) -> None:
    await hang_up_in_a_talk(world)
    seat = world.agents.seat("a1")
    await until(lambda: seat.state is S.CONNECTING and bool(seat.leg_id))
    world.switch.time_out(seat.leg_id)
    assert (seat.state, seat.pause_reason) == (S.OFFLINE, PHONE_GONE)
    await asyncio.sleep(2 * LEFT_S)
    assert (await world.memory.agent_wishes())["a1"] == "offline"


async def test_who_logs_in_without_a_registered_phone_is_told_so(world: World) -> None:
    seat = world.agents.seat("a1")
    world.switch.absent.add(seat.phone)
    await world.floor.log_in("a1")
    assert (seat.state, seat.pause_reason) == (S.OFFLINE, PHONE_ABSENT)
    world.switch.absent.clear()
    await world.floor.log_in("a1")
    world.switch.time_out(seat.leg_id)
    assert (seat.state, seat.pause_reason) == (S.OFFLINE, PHONE_GONE)


async def test_a_talk_taken_over_ends_in_the_wrap_up_when_the_phone_goes(world: World) -> None:
    call = await talking(world)
    fresh = world.restarted()
    await relink(fresh)
    seat = fresh.agents.seat("a1")
    fresh.switch.hang_up(seat.leg_id)
    assert (seat.state, seat.phone_gone, seat.call_id) == (S.WRAP_UP, True, call.attempt_id)
    adopted = fresh.calls.get(call.attempt_id)
    assert adopted is not None
    assert adopted.state is State.AFTER_TALK


@pytest.mark.parametrize("ready", [True, False])
async def test_who_puts_his_phone_down_between_talks_has_left(world: World, ready: bool) -> None:
    seat = await world.seat("a1", ready=ready)
    world.switch.hang_up(seat.leg_id)
    assert (seat.state, seat.pause_reason) == (S.OFFLINE, PHONE_GONE)
    await asyncio.sleep(2 * LEFT_S)
    assert (await world.memory.agent_wishes())["a1"] == "offline"
    world.switch.crash()
    await relink(world)
    assert len(world.switch.seated) == 1


async def test_a_phone_that_went_with_the_switch_is_called_again(world: World) -> None:
    """A switch that is stopped in order hangs the legs up first, and then the link goes."""
    seat = await world.seat("a1")
    world.switch.hang_up(seat.leg_id)
    await asyncio.sleep(LEFT_S / 2)
    world.switch.crash()
    await asyncio.sleep(2 * LEFT_S)
    await relink(world)
    assert (seat.state, len(world.switch.seated)) == (S.CONNECTING, 2)
    world.switch.hold(seat.leg_id)
    assert seat.state is S.READY


async def test_a_crash_of_the_switch_takes_nobodys_wrap_up(world: World) -> None:
    call = await talking(world)
    world.switch.crash()
    await relink(world)
    seat = world.agents.seat("a1")
    assert (seat.state, seat.phone_gone, seat.call_id) == (S.WRAP_UP, True, call.attempt_id)
    await until(lambda: seat.state is S.CONNECTING)


async def test_who_wanted_a_pause_in_his_wrap_up_gets_it_after_a_crash_of_the_switch(world: World) -> None:
    await talking(world)
    world.switch.crash()
    await relink(world)
    seat = world.agents.seat("a1")
    await world.floor.pause("a1", "lunch")
    await until(lambda: len(world.switch.seated) == 2)
    world.switch.hold(seat.leg_id)
    assert (seat.state, seat.pause_reason, seat.pause_wanted) == (S.PAUSED, "lunch", None)
    await world.floor.ready("a1")
    assert seat.state is S.READY


@pytest.mark.parametrize("again", [True, False])
async def test_a_phone_put_down_before_the_crash_was_not_the_switchs_doing(world: World, again: bool) -> None:
    await hang_up_in_a_talk(world)
    seat = world.agents.seat("a1")
    seat.pause_wanted = None if again else "lunch"
    world.switch.crash()
    await relink(world)
    await until(lambda: seat.state is (S.CONNECTING if again else S.OFFLINE))


async def test_when_somebody_said_he_will_leave_is_known_after_a_restart(world: World) -> None:
    await world.seat("a1")
    await world.seat("a2")
    soon = world.clock.now() + timedelta(hours=1)
    for agent_id in ("a1", "a2"):
        await world.floor.announce_leave(agent_id, soon)
    await world.floor.announce_leave("a2", None)
    fresh = world.restarted()
    await relink(fresh)
    assert (fresh.agents.seat("a1").leaves_at, fresh.agents.seat("a2").leaves_at) == (soon, None)


async def test_who_comes_back_at_once_has_not_left(world: World) -> None:
    seat = await world.seat("a1")
    world.switch.hang_up(seat.leg_id)
    await world.seat("a1")
    await asyncio.sleep(2 * LEFT_S)
    assert seat.state is S.READY
    assert (await world.memory.agent_wishes())["a1"] == "ready"
