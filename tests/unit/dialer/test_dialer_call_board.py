"""Calls in flight: what the switch says, in whatever order, becomes one stored outcome."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from dialer_world import START, World, until

from campaigns.model import Disposition, LeadStatus
from dialer import call_board
from dialer.call_board import GRACE_S, NOTE_AFTER_S
from dialer.calls import Event, State
from dialer.live_call import LiveCall, count_states
from dialer.ports import CallFacts
from dialer.telephony import Kind, SwitchEvent

D = Disposition


@pytest.fixture
async def call(world: World) -> LiveCall:
    return await world.launch(await world.campaign(), with_agent=False)


def event(call: LiveCall, kind: Kind, after_s: float = 1.0, **facts: object) -> SwitchEvent:
    at = START + timedelta(seconds=after_s)
    action = call.attempt_id if kind in (Kind.ORIGINATE_ANSWERED, Kind.ORIGINATE_FAILED) else ""
    plain = SwitchEvent(kind, at, call.attempt_id, "PJSIP/main-1", action)
    return replace(plain, **facts)  # type: ignore[arg-type]


def another(world: World, call: LiveCall) -> LiveCall:
    other = LiveCall(
        "att-other", call.campaign, call.lead, call.customer, call.number, call.trunk, call.placed_at
    )
    world.calls.add(other)
    return other


async def settled(world: World, call: LiveCall) -> Disposition | None:
    await asyncio.wait_for(call.ended.wait(), 60)
    assert world.calls.get(call.attempt_id) is None
    assert world.ended == [call]
    line = world.people.attempt_lines[call.attempt_id]
    assert line.disposition is call.disposition
    return line.disposition


BUSY = (
    {"kind": Kind.HUNG_UP, "cause": 17, "tech_cause": 486},
    {"kind": Kind.ORIGINATE_FAILED, "reason": 0},
)


@pytest.mark.parametrize("order", [BUSY, BUSY[::-1]], ids=["hangup first", "answer first"])
async def test_both_halves_of_an_end_in_either_order(world: World, call: LiveCall, order: tuple) -> None:  # type: ignore[type-arg]
    before = world.clock.monotonic()
    for half in order:
        world.calls.hear(event(call, **half))
    assert await settled(world, call) is D.BUSY
    assert world.clock.monotonic() - before < GRACE_S  # nothing was waited for


@pytest.mark.parametrize(
    ("half", "wanted"), [(BUSY[0], D.BUSY), (BUSY[1], D.TRUNK_FAILED)], ids=["hangup only", "answer only"]
)
async def test_half_an_end_is_enough_after_the_grace_time(
    world: World,
    call: LiveCall,
    half: dict,  # type: ignore[type-arg]
    wanted: Disposition,
) -> None:
    before = world.clock.monotonic()
    world.calls.hear(event(call, **half))
    assert await settled(world, call) is wanted
    assert world.clock.monotonic() - before == pytest.approx(GRACE_S, abs=0.01)


async def test_our_own_time_out_is_no_answer_though_the_switch_makes_a_480_up(
    world: World, call: LiveCall
) -> None:
    world.switch.ring(call.attempt_id)
    world.switch.time_out(call.attempt_id)
    assert await settled(world, call) is D.NO_ANSWER
    line = world.people.attempt_lines[call.attempt_id]
    assert (line.hangup_cause, line.tech_cause) == (19, 480)


async def test_the_moments_are_the_switch_s_own_and_the_first_proof_counts(
    world: World, call: LiveCall
) -> None:
    for kind, after_s in ((Kind.RINGING, 1), (Kind.RINGING, 2), (Kind.UP, 3), (Kind.UP, 4)):
        world.calls.hear(event(call, kind, after_s))
    world.calls.hear(event(call, Kind.BRIDGED, 3.004, peer_id="agent-a1"))
    world.calls.hear(event(call, Kind.BRIDGED, 9))
    world.calls.hear(event(call, Kind.HUNG_UP, 10, cause=16))
    assert await settled(world, call) is D.CONNECTED
    line = world.people.attempt_lines[call.attempt_id]
    assert (line.ring_ms, line.answer_to_agent_ms, line.talk_ms) == (2000, 4.0, 6996)


async def test_an_answer_whose_own_event_was_lost_is_still_an_answer(world: World, call: LiveCall) -> None:
    world.calls.hear(event(call, Kind.ORIGINATE_ANSWERED, 1, reason=4))
    assert call.state is State.ANSWERED
    world.calls.hear(event(call, Kind.HUNG_UP, 1.5, cause=16))
    assert await settled(world, call) is D.HUNG_UP_EARLY


async def test_an_answer_told_only_after_the_hangup_is_still_an_answer(world: World, call: LiveCall) -> None:
    world.calls.hear(event(call, Kind.HUNG_UP, 1.5, cause=16))
    world.calls.hear(event(call, Kind.ORIGINATE_ANSWERED, 1.6, reason=4))
    assert await settled(world, call) is D.HUNG_UP_EARLY
    assert call.facts.answered_at == call.facts.ended_at


async def test_the_dialplan_s_own_session_proves_an_answer(world: World, call: LiveCall) -> None:
    world.calls.answered(call, "PJSIP/main-7")
    assert (call.state, call.agi_at, call.channel) == (State.ANSWERED, world.clock.now(), call.channel)
    world.calls.hear(event(call, Kind.HUNG_UP, 5, cause=16))
    assert await settled(world, call) is D.ABANDONED


async def test_an_event_of_a_stranger_or_about_a_refused_double_changes_nothing(
    world: World, call: LiveCall
) -> None:
    world.calls.hear(SwitchEvent(Kind.HUNG_UP, START, "somebody", cause=17))
    double = event(call, Kind.ORIGINATE_FAILED, reason=0, action_id="another-action")
    world.calls.hear(double)  # carries the living call's channel id
    world.calls.hear(event(call, Kind.HOLDING))
    assert call.state is State.SENT


async def test_an_impossible_event_changes_nothing(world: World, call: LiveCall) -> None:
    world.calls.happen(call, Event.RELEASED)
    assert call.state is State.SENT


async def test_an_outcome_is_offered_to_the_store_until_it_takes_it(world: World, call: LiveCall) -> None:
    world.book.broken["settle"] = 3
    world.calls.hear(event(call, **BUSY[0]))
    world.calls.hear(event(call, **BUSY[1]))
    await asyncio.sleep(2.5)
    assert not call.ended.is_set()
    assert world.calls.get(call.attempt_id) is call  # nothing thinks it is over
    assert await settled(world, call) is D.BUSY
    assert world.book.asked["settle"] == 4


async def test_facts_that_cannot_be_stored_do_not_hold_up_the_outcome(world: World, call: LiveCall) -> None:
    await world.calls.drain()
    world.book.broken["note_facts"] = 9
    world.switch.answer(call.attempt_id)
    world.switch.hang_up(call.attempt_id)
    assert await settled(world, call) is D.HUNG_UP_EARLY
    assert world.people.attempt_lines[call.attempt_id].ring_ms is not None  # the outcome carries all facts


async def test_the_writes_of_one_call_keep_their_order(world: World, call: LiveCall) -> None:
    await world.calls.drain()
    world.book.held["note_facts"] = asyncio.Event()
    world.switch.answer(call.attempt_id)
    await asyncio.sleep(1)
    assert world.book.asked["note_facts"] == 2
    world.switch.hang_up(call.attempt_id)
    await asyncio.sleep(1)
    assert world.book.asked["settle"] == 0
    world.book.held.pop("note_facts").set()
    assert await settled(world, call) is D.HUNG_UP_EARLY


async def test_who_stops_waiting_for_the_store_does_not_stop_the_writing(
    world: World, call: LiveCall
) -> None:
    world.book.held["settle"] = asyncio.Event()
    world.calls.hear(event(call, **BUSY[0]))
    world.calls.hear(event(call, **BUSY[1]))
    waiting = asyncio.create_task(world.calls.drain())
    await until(lambda: bool(world.book.asked["settle"]))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    world.book.held.pop("settle").set()
    assert await settled(world, call) is D.BUSY


async def test_settling_plans_the_lead_s_next_attempt(world: World, call: LiveCall) -> None:
    world.calls.hear(event(call, **BUSY[0]))
    world.calls.hear(event(call, **BUSY[1]))
    await settled(world, call)
    lead = world.lead()
    assert (lead.status, lead.due_at) == (LeadStatus.WAITING, START + timedelta(seconds=600))
    assert lead.tried == {D.BUSY: 1}


async def test_what_the_agent_recorded_decides_before_the_disposition(world: World, call: LiveCall) -> None:
    call.agent_outcome = "machine"
    world.switch.answer(call.attempt_id)
    world.calls.hear(event(call, Kind.BRIDGED))
    world.switch.hang_up(call.attempt_id)
    assert await settled(world, call) is D.MACHINE
    assert world.lead().status is LeadStatus.WAITING


async def test_events_after_the_end_settle_nothing_twice(world: World, call: LiveCall) -> None:
    world.switch.hang_up(call.attempt_id, 17, 486)
    for kind in Kind:
        if kind not in (Kind.LINK_DOWN, Kind.LINK_UP):
            world.calls.hear(event(call, kind, cause=16, reason=3))
    assert await settled(world, call) is D.BUSY
    assert world.book.asked["settle"] == 1


async def test_a_talk_that_is_only_told_of_has_an_unknown_beginning(world: World, call: LiveCall) -> None:
    world.calls.answered(call, "PJSIP/main-1")
    world.calls.talked(call)
    assert (call.state, call.served, call.facts.bridged_at) == (State.TALKING, True, None)
    world.calls.talked(call, START)
    assert call.facts.bridged_at == START


async def test_ended_calls_are_remembered_but_not_for_ever(
    world: World, call: LiveCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_board, "REMEMBERED", 1)
    other = another(world, call)
    world.switch.hang_up(call.attempt_id, 17, 486)
    await call.ended.wait()
    assert world.calls.has_ended(call.attempt_id)
    world.calls.happen(other, Event.LOST)
    await other.ended.wait()
    assert world.calls.has_ended("att-other")
    assert not world.calls.has_ended(call.attempt_id)


async def test_calls_are_counted_as_a_supervisor_thinks_of_them(world: World, call: LiveCall) -> None:
    counted = {}
    for state in State:
        call.state = state
        counted[state] = {name for name, count in count_states([call]).items() if count}
    call.state = State.SENT
    assert counted == {
        State.COMMITTED: {"dialling"},
        State.SENT: {"dialling"},
        State.RINGING: {"ringing"},
        State.ANSWERED: {"answered"},
        State.TALKING: {"talking"},
        State.AFTER_TALK: {"voting"},
        State.CLEARED: set(),
        State.DENIED: set(),
        State.ENDED: set(),
    }
    assert world.calls.ringable(call.campaign.id) == [call]
    assert world.calls.all(call.campaign.id + 1) == []
    assert call.facts != CallFacts()


async def test_what_is_learnt_together_is_stored_together(world: World, call: LiveCall) -> None:
    await world.calls.drain()
    asked = world.book.asked["note_facts"]
    world.switch.answer(call.attempt_id)
    world.calls.hear(event(call, Kind.BRIDGED))
    assert world.book.asked["note_facts"] == asked  # nothing competes with the way to the agent
    await asyncio.sleep(1)
    assert world.book.asked["note_facts"] == asked + 1
    assert world.people.attempt_lines[call.attempt_id].answer_to_agent_ms is not None


async def test_the_facts_of_all_calls_are_stored_together(world: World, call: LiveCall) -> None:
    other = another(world, call)
    await world.calls.drain()
    asked = world.book.asked["note_facts"]
    world.switch.answer(call.attempt_id)
    await asyncio.sleep(NOTE_AFTER_S * 0.8)
    world.calls.hear(event(other, Kind.UP))
    assert world.book.asked["note_facts"] == asked
    await asyncio.sleep(NOTE_AFTER_S * 0.4)  # the first has waited long enough, and takes the second along
    assert world.book.asked["note_facts"] == asked + 2
    await asyncio.sleep(1)
    assert world.book.asked["note_facts"] == asked + 2


async def test_draining_stores_what_still_waits_for_more(world: World, call: LiveCall) -> None:
    await world.calls.drain()
    asked = world.book.asked["note_facts"]
    world.switch.answer(call.attempt_id)
    await world.calls.drain()
    assert world.book.asked["note_facts"] == asked + 1


async def test_an_outcome_needs_no_note_before_it(world: World, call: LiveCall) -> None:
    await world.calls.drain()
    asked = world.book.asked["note_facts"]
    world.switch.answer(call.attempt_id)
    world.switch.hang_up(call.attempt_id)
    await settled(world, call)
    await asyncio.sleep(1)
    assert world.book.asked["note_facts"] == asked
