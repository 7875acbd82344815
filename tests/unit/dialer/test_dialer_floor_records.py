"""What an agent writes down about a talk: what it says of the lead and the hotline, and who is credited."""

import asyncio
from datetime import timedelta

import pytest
from brought_agents import bring
from dialer_world import START, World, until

from campaigns.errors import BooksShut, InvalidInput
from campaigns.ledger import Kind, moment
from campaigns.memory_people import MemoryPersonBook
from campaigns.model import CreditKind, Disposition, LeadStatus
from campaigns.people import Credit
from dialer.agent_states import AgentEvent, AgentState
from dialer.agents import Seat
from dialer.errors import NotAllowedNow
from dialer.inbound import InboundTalk
from dialer.live_call import LiveCall
from dialer.ports import CallFacts, InboundCall

S = AgentState


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


async def test_what_the_store_would_not_take_is_recorded_later_also_beside_another_call(world: World) -> None:
    seat, call = await wrap_up(world)
    world.book.broken["record_wrap_up"] = 2
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            await world.floor.record("a1", call.attempt_id, "satisfied", "likes it")
        await world.floor.end_wrap_up("a1") if seat.state is S.WRAP_UP else None
    assert seat.call_id != call.attempt_id
    with pytest.raises(NotAllowedNow, match="Agent 2 does not have this call any more"):
        await world.floor.record("a2", call.attempt_id, "satisfied", "")
    view = await world.floor.record("a1", call.attempt_id, "satisfied", "likes it")
    assert (view.state, view.call) == (S.READY, None)
    kept, _ = world.memory.wrap_ups[call.attempt_id]
    assert (kept.agent_id, kept.outcome, kept.note) == ("a1", "satisfied", "likes it")
    with pytest.raises(NotAllowedNow, match="does not have this call any more"):
        await world.floor.record("a1", call.attempt_id, "satisfied", "")


async def test_a_record_does_not_wait_for_ever_for_the_end_of_its_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.floor.ENDED_WITHIN_S", 0.01)
    world.book.held["settle"] = asyncio.Event()
    seat = await bring(world, S.WRAP_UP)
    call = seat.subject
    assert isinstance(call, LiveCall)
    with pytest.raises(BooksShut, match="how the call ended is not stored yet"):
        await world.floor.record("a1", call.attempt_id, "satisfied", "")
    world.book.held.pop("settle").set()
    await call.ended.wait()
    await world.floor.record("a1", call.attempt_id, "satisfied", "")
    assert world.memory.wrap_ups[call.attempt_id][0].outcome == "satisfied"
