"""What agents do: each use case in each state, and what is written down about a talk."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from dialer_world import START, World, until

from campaigns.errors import InvalidInput
from campaigns.ledger import Kind, moment
from campaigns.memory_people import MemoryPersonBook
from campaigns.model import CreditKind, Disposition, LeadStatus
from campaigns.people import Credit
from dialer.agent_states import AgentEvent, AgentState
from dialer.agents import Seat
from dialer.call_board import LiveCall
from dialer.door import Gate
from dialer.errors import NotAllowedNow, NotKnown, NotSent, Unproven
from dialer.inbound import InboundTalk
from dialer.ports import CallFacts, InboundCall

S = AgentState


async def bring(world: World, state: AgentState, **changes: object) -> Seat:
    """Bring agent a1 into a state by what really leads there."""
    seat = world.agents.seat("a1")
    if state is S.OFFLINE:
        return seat
    await world.floor.log_in("a1")
    if state is S.CONNECTING:
        return seat
    world.switch.hold(seat.leg_id)
    if state is S.PAUSED:
        return seat
    await world.floor.ready("a1")
    if state is S.READY:
        return seat
    campaign = await world.campaign(**changes)
    if state is S.PREVIEW:
        await world.previews.show(campaign, Gate())
        return seat
    call = await world.launch(campaign)
    if state is S.RESERVED:
        return seat
    world.switch.answer(call.attempt_id)
    line = world.line(call, talk=world.talk(call.attempt_id))
    world.serve(world.answered.outbound(line))
    await until(lambda: seat.met)
    if state is S.WRAP_UP:
        world.switch.hang_up(call.attempt_id)
        line.leave()
        await until(lambda: seat.state is S.WRAP_UP)
    return seat


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
    assert (await world.floor.log_out("a1")).state == "offline"
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


def hotline_talk(world: World, call_id: str = "in-1") -> InboundTalk:
    return InboundTalk(InboundCall(call_id, "+12025559999", "", START), None, CallFacts(bridged_at=START))


async def test_a_hotline_call_has_outcomes_of_its_own(world: World) -> None:
    seat = await bring(world, S.READY)
    world.agents.reserve("in-1")
    seat.subject = hotline_talk(world)
    world.agents.move(seat, AgentEvent.TALK_BEGAN)
    await world.memory.open_inbound(seat.subject.call)
    card = world.floor.view("a1").call
    assert card is not None
    assert (card.direction, card.campaign_id, card.script, card.customer) == ("inbound", None, None, None)
    with pytest.raises(NotAllowedNow, match="'callback' is no outcome here: choose one of served, call_back"):
        await world.floor.record("a1", "in-1", "callback", "")
    view = await world.floor.record("a1", "in-1", "complaint", "the brakes squeal")
    assert view.call is not None
    assert view.call.recorded_outcome == "complaint"
    wrap_up, plan = world.memory.wrap_ups["in-1"]
    assert (wrap_up.outcome, wrap_up.note, plan) == ("complaint", "the brakes squeal", None)


# Writing down what came of a talk.


async def wrap_up(world: World, **changes: object) -> tuple[Seat, LiveCall]:
    """An agent in his wrap-up after a call that is settled."""
    seat = await bring(world, S.WRAP_UP, **changes)
    call = seat.subject
    assert isinstance(call, LiveCall)
    await call.ended.wait()
    return seat, call


async def test_a_record_needs_a_talk_of_his_own_and_a_known_outcome(world: World) -> None:
    seat = await bring(world, S.RESERVED)
    with pytest.raises(NotAllowedNow, match="there has been no talk yet"):
        await world.floor.record("a1", seat.call_id, "satisfied", "")
    with pytest.raises(NotAllowedNow, match="does not have this call any more: att-other"):
        await world.floor.record("a1", "att-other", "satisfied", "")
    with pytest.raises(NotAllowedNow, match="Agent 2 does not have this call any more"):
        await world.floor.record("a2", seat.call_id, "satisfied", "")


async def test_an_outcome_that_the_template_does_not_know_is_refused(world: World) -> None:
    _, call = await wrap_up(world)
    with pytest.raises(NotAllowedNow, match="'great' is no outcome here: choose one of satisfied, so_so"):
        await world.floor.record("a1", call.attempt_id, "great", "")


@pytest.mark.parametrize("outcome", ["renewed", "not_renewed"])
async def test_a_renewal_is_credited_to_who_won_it_and_who_brought_the_customer(
    world: World, outcome: str
) -> None:
    book = MemoryPersonBook(world.people)
    _, call = await wrap_up(world, template="renewal")
    brought = Credit(CreditKind.BROUGHT, "a2", "enquiry", START)
    await book.add_credit(call.customer.id, brought)
    await world.floor.record("a1", call.attempt_id, outcome, "")
    credited = (await book.customer_file(call.customer.id)).credits
    about = (f"{call.campaign.name}: Renewed", world.clock.now(), call.attempt_id)
    won = (Credit(CreditKind.CLOSED, "a1", *about), Credit(CreditKind.BROUGHT, "a2", *about))
    assert credited == (brought, *(won if outcome == "renewed" else ()))


async def test_a_record_after_the_call_changes_the_lead_and_wakes_the_campaign(world: World) -> None:
    _, call = await wrap_up(world)
    assert world.lead().status is LeadStatus.DONE
    run = world._run(call.campaign.id)
    world.control._runs[call.campaign.id] = run
    await world.floor.record("a1", call.attempt_id, "callback", "tomorrow, please")
    lead = world.lead()
    assert (lead.status, lead.due_at.date()) == (LeadStatus.WAITING, (START + timedelta(days=1)).date())
    assert run._woken.is_set()  # a sooner due must be seen
    line = world.people.attempt_lines[call.attempt_id]
    assert (line.outcome, line.note, line.disposition) == (
        "callback",
        "tomorrow, please",
        Disposition.CONNECTED,
    )


async def hung_up_after_a_restart(world: World, call_id: str) -> None:
    """Let a fresh process find a call that lives, and let its customer hang up."""
    fresh = world.restarted()
    fresh.switch.link_down()
    fresh.switch.link_up()
    await until(lambda: fresh.switchboard.ready)
    adopted = fresh.calls.get(call_id)
    assert adopted is not None
    fresh.switch.hang_up(call_id)
    await adopted.ended.wait()


async def test_an_agreed_call_back_is_due_then_in_the_talk_and_after_a_restart(world: World) -> None:
    seat = await bring(world, S.TALKING)
    call_id = seat.call_id
    agreed = world.clock.now() + timedelta(hours=12)  # the campaign's own hours are over by then
    await world.floor.record("a1", call_id, "callback", "", agreed)
    await world.calls.drain()
    await hung_up_after_a_restart(world, call_id)
    lead = world.lead()
    assert (lead.status, lead.due_at, lead.appointment_at) == (LeadStatus.WAITING, agreed, agreed)
    assert world.people.attempt_lines[call_id].callback_at == agreed
    (entry,) = [entry for entry in world.people.ledger.entries if entry.kind == Kind.OUTCOME]
    assert moment(agreed) in entry.body


async def test_an_agreed_call_back_is_due_then_after_the_call(world: World) -> None:
    _, call = await wrap_up(world)
    agreed = world.clock.now() + timedelta(hours=12)
    await world.floor.record("a1", call.attempt_id, "callback", "", agreed)
    lead = world.lead()
    assert (lead.due_at, lead.appointment_at) == (agreed, agreed)


@pytest.mark.parametrize(
    ("outcome", "after"), [("callback", -60), ("callback", 367 * 86_400), ("satisfied", 60)]
)
async def test_a_call_back_that_cannot_be_meant_is_refused(world: World, outcome: str, after: float) -> None:
    _, call = await wrap_up(world)
    agreed = world.clock.now() + timedelta(seconds=after)
    with pytest.raises(InvalidInput, match="callback_at"):
        await world.floor.record("a1", call.attempt_id, outcome, "", agreed)
    assert world.lead().status is LeadStatus.DONE
    assert call.agent_outcome == ""


async def test_a_record_in_the_talk_is_taken_into_the_settlement(world: World) -> None:
    seat = await bring(world, S.TALKING)
    call = seat.subject
    assert isinstance(call, LiveCall)
    await world.floor.record("a1", call.attempt_id, "machine", "")
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    assert world.people.attempt_lines[call.attempt_id].disposition is Disposition.MACHINE
    assert world.lead().due_at > START


async def test_a_record_in_the_talk_outlives_the_process(world: World) -> None:
    seat = await bring(world, S.TALKING)
    call_id = seat.call_id
    await world.floor.record("a1", call_id, "callback", "")
    await world.calls.drain()
    await hung_up_after_a_restart(world, call_id)
    assert world.lead().status is LeadStatus.WAITING


async def test_a_later_record_replaces_the_earlier_one(world: World) -> None:
    _, call = await wrap_up(world)
    await world.floor.record("a1", call.attempt_id, "callback", "")
    await world.floor.record("a1", call.attempt_id, "satisfied", "")
    assert world.lead().status is LeadStatus.DONE
    assert world.people.attempt_lines[call.attempt_id].outcome == "satisfied"


async def test_a_machine_by_the_agent_s_word_changes_the_disposition(world: World) -> None:
    _, call = await wrap_up(world)
    await world.floor.record("a1", call.attempt_id, "machine", "")
    assert world.people.attempt_lines[call.attempt_id].disposition is Disposition.MACHINE
    lead = world.lead()
    assert (lead.status, lead.tried) == (LeadStatus.WAITING, {Disposition.MACHINE: 1})


async def test_who_asks_the_agent_is_never_called_again(world: World) -> None:
    _, call = await wrap_up(world)
    await world.floor.record("a1", call.attempt_id, "do_not_call", "")
    assert await world.people.is_suppressed(call.number)
    assert world.lead().status is LeadStatus.DONE


async def test_a_record_waits_for_the_outcome_that_is_being_stored(world: World) -> None:
    seat = await bring(world, S.TALKING)
    call = seat.subject
    assert isinstance(call, LiveCall)
    world.book.held["settle"] = asyncio.Event()
    world.switch.hang_up(call.attempt_id)
    recording = asyncio.create_task(world.floor.record("a1", call.attempt_id, "machine", ""))
    await asyncio.sleep(1)
    assert not recording.done()
    world.book.held.pop("settle").set()
    await recording
    assert world.people.attempt_lines[call.attempt_id].disposition is Disposition.MACHINE


async def test_a_record_that_took_longer_than_the_wrap_up_marks_no_other_call(world: World) -> None:
    seat, call = await wrap_up(world)
    world.book.held["record_wrap_up"] = asyncio.Event()
    recording = asyncio.create_task(world.floor.record("a1", call.attempt_id, "satisfied", ""))
    await until(lambda: world.book.asked["record_wrap_up"] > 0)
    await world.floor.end_wrap_up("a1")
    world.agents.reserve("in-9")
    world.book.held.pop("record_wrap_up").set()
    await recording
    assert (seat.call_id, seat.recorded_outcome) == ("in-9", None)


async def test_a_note_is_kept_up_to_its_longest(world: World) -> None:
    _, call = await wrap_up(world)
    await world.floor.record("a1", call.attempt_id, "satisfied", "x" * 10_000)
    assert world.people.attempt_lines[call.attempt_id].note == "x" * 4_000
