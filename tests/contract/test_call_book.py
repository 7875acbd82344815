"""Every sentence of ``dialer.ports.CallBook``, over the twin and over SQL."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from book_cases import NOON, Books, new_attempt, row

from campaigns.errors import NotFound
from campaigns.model import (
    CampaignStatus,
    CustomerClass,
    Disposition,
    Lead,
    LeadPlan,
    LeadStatus,
    Screened,
    Vote,
)
from dialer.ports import CallFacts, InboundCall, OpenAttempt, Settlement, WrapUp

LATER = LeadPlan(LeadStatus.WAITING, NOON + timedelta(hours=2), "busy: again in 2 h")
CALLBACK = LeadPlan(LeadStatus.WAITING, NOON + timedelta(days=1), "asked to be called at noon")
DONE = LeadPlan(LeadStatus.DONE, None, "talked")
BUSY = Settlement(Disposition.BUSY, CallFacts(), LATER)
CONNECTED = Settlement(Disposition.CONNECTED, CallFacts(), DONE)
INBOUND = InboundCall("in-1700000000.7", "+442079460101", "+442079460000", NOON)


def wrap_up(call_id: str = "a-1", outcome: str = "satisfied", note: str = "") -> WrapUp:
    return WrapUp(call_id, "agent-7", outcome, note, NOON)


async def lead_of(books: Books, attempt_id: str = "a-1") -> Lead:
    found = await books.calls.lead_of(attempt_id)
    assert found is not None
    return found[0]


async def reason_of(books: Books, lead_id: int = 1) -> str:
    lines = await books.campaigns.leads(1)
    return next(line.reason for line in lines if line.lead_id == lead_id)


# --- campaigns and claims


async def test_a_campaign_is_read_as_it_is_now(books: Books) -> None:
    campaign = await books.campaign()
    assert await books.calls.campaign(campaign.id) == campaign
    changed = await books.campaigns.set_status(campaign.id, CampaignStatus.RUNNING, "anna", NOON)
    assert await books.calls.campaign(campaign.id) == changed
    with pytest.raises(NotFound):
        await books.calls.campaign(77)


async def test_a_claim_holds_the_lead_the_customer_and_no_suppression(books: Books) -> None:
    campaign_id = await books.leads(1)
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.lead == Lead(
        id=1,
        campaign_id=campaign_id,
        customer_id=1,
        number="+442079460101",
        status=LeadStatus.CLAIMED,
        due_at=NOON,
        fields={"service": "boiler", "service_date": "2026-11-02"},
        list_id=1,
    )
    assert claim.customer == await books.campaigns.customer(1)
    assert not claim.suppressed


async def test_a_claim_tells_what_was_tried_and_when_last(books: Books) -> None:
    campaign_id = await books.leads(1)
    for index, disposition in enumerate((Disposition.BUSY, Disposition.BUSY, Disposition.NO_ANSWER)):
        attempt_id = f"a-{index}"
        await books.attempt(attempt_id, committed_at=NOON + timedelta(minutes=index))
        await books.calls.settle(attempt_id, Settlement(disposition, CallFacts(), LATER))
    claim = await books.calls.claim(campaign_id, NOON + timedelta(hours=2))
    assert claim is not None
    assert claim.lead.tried == {Disposition.BUSY: 2, Disposition.NO_ANSWER: 1}
    assert claim.lead.attempts == 3
    assert claim.lead.last_at == NOON + timedelta(minutes=2)


async def test_a_lead_is_due_at_its_moment_and_not_a_microsecond_before(books: Books) -> None:
    campaign_id = await books.leads(1)
    assert await books.calls.claim(campaign_id, NOON - timedelta(microseconds=1)) is None
    assert await books.calls.claim(campaign_id, NOON) is not None


async def test_only_waiting_leads_of_that_campaign_are_claimed(books: Books) -> None:
    campaign_id = await books.leads(1)
    other = (await books.campaign("Other")).id
    assert await books.calls.claim(other, NOON) is None
    assert await books.calls.claim(77, NOON) is None
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert await books.calls.claim(campaign_id, NOON) is None
    await books.calls.return_lead(claim.lead.id, DONE)
    assert await books.calls.claim(campaign_id, NOON) is None


async def test_leads_come_by_class_then_due_time_then_id(books: Books) -> None:
    campaign = await books.campaign()
    early = NOON - timedelta(days=1)
    rows = [
        row(1, customer_class=CustomerClass.POTENTIAL, due_at=early),
        row(2, customer_class=CustomerClass.ORDINARY),
        row(3, customer_class=CustomerClass.MEMBER),
        row(4, customer_class=CustomerClass.KEY),
        row(5, customer_class=CustomerClass.VIP, due_at=NOON + timedelta(hours=1)),
        row(6, customer_class=CustomerClass.VIP),
        row(7, customer_class=CustomerClass.VIP, due_at=early),
        row(8, customer_class=CustomerClass.VIP),
    ]
    await books.campaigns.load_rows(campaign.id, rows)
    order = []
    while claim := await books.calls.claim(campaign.id, NOON):
        order.append(claim.customer.ref)
    assert order == ["C-7", "C-6", "C-8", "C-4", "C-3", "C-2", "C-1"]


async def test_a_customer_raised_to_vip_comes_first_from_then_on(books: Books) -> None:
    campaign_id = await books.leads(3)
    await books.campaigns.load_rows(campaign_id, [row(3, customer_class=CustomerClass.VIP)])
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.customer.ref == "C-3"


async def test_fifty_callers_over_thirty_leads_get_each_lead_once(books: Books) -> None:
    campaign_id = await books.leads(30)
    claims = await asyncio.gather(*(books.calls.claim(campaign_id, NOON) for _ in range(50)))
    taken = Counter(claim.lead.id for claim in claims if claim is not None)
    assert taken == Counter(range(1, 31))
    assert claims.count(None) == 20


async def test_a_returned_lead_is_due_when_the_plan_says_and_says_why(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.calls.claim(campaign_id, NOON)
    await books.calls.return_lead(1, LATER)
    assert await reason_of(books) == LATER.reason
    assert await books.calls.claim(campaign_id, NOON) is None
    claim = await books.calls.claim(campaign_id, NOON + timedelta(hours=2))
    assert claim is not None
    assert (claim.lead.due_at, claim.lead.tried, claim.lead.closed_reason) == (LATER.due_at, {}, "")


async def test_a_lead_that_is_not_claimed_is_not_returned(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.calls.return_lead(1, DONE)
    await books.calls.return_lead(77, DONE)
    assert (await books.campaigns.lead_counts(campaign_id))[LeadStatus.WAITING] == 1


async def test_a_lead_with_an_open_attempt_is_not_returned(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.calls.claim(campaign_id, NOON)
    await books.attempt()
    await books.calls.return_lead(1, LATER)
    assert (await books.campaigns.lead_counts(campaign_id))[LeadStatus.CLAIMED] == 1


async def test_orphans_wait_again_and_leads_with_an_open_attempt_do_not(books: Books) -> None:
    campaign_id = await books.leads(4)
    for _ in range(3):
        await books.calls.claim(campaign_id, NOON)
    await books.attempt("a-1", lead_id=1)
    assert await books.calls.reclaim_orphans() == 2
    assert await books.campaigns.lead_counts(campaign_id) == {
        LeadStatus.WAITING: 3,
        LeadStatus.HELD: 0,
        LeadStatus.CLAIMED: 1,
        LeadStatus.REFUSED: 0,
        LeadStatus.DONE: 0,
    }
    assert await books.calls.reclaim_orphans() == 0


async def test_the_next_due_is_the_earliest_waiting_of_any_class(books: Books) -> None:
    campaign = await books.campaign()
    assert await books.calls.next_due(campaign.id) is None
    late = NOON + timedelta(days=2)
    await books.campaigns.load_rows(
        campaign.id, [row(1, customer_class=CustomerClass.VIP, due_at=late), row(2)]
    )
    assert await books.calls.next_due(campaign.id) == NOON
    await books.calls.claim(campaign.id, NOON)
    assert await books.calls.next_due(campaign.id) == late
    await books.calls.claim(campaign.id, late)
    assert await books.calls.next_due(campaign.id) is None


# --- attempts


async def test_an_open_attempt_is_remembered_with_its_facts(books: Books) -> None:
    campaign_id = await books.leads(2)
    await books.attempt("a-2", lead_id=2, committed_at=NOON + timedelta(seconds=1))
    await books.attempt("a-1", lead_id=1)
    await books.calls.note_facts("a-1", CallFacts(sent_at=NOON))
    a_second_later = NOON + timedelta(seconds=1)
    assert list(await books.calls.open_attempts()) == [
        OpenAttempt("a-1", campaign_id, 1, "+442079460101", "main", NOON, CallFacts(sent_at=NOON), "agent-7"),
        OpenAttempt("a-2", campaign_id, 2, "+442079460102", "main", a_second_later, CallFacts(), "agent-7"),
    ]
    await books.calls.settle("a-1", BUSY)
    assert [attempt.id for attempt in await books.calls.open_attempts()] == ["a-2"]


async def test_a_lead_has_one_open_attempt_at_a_time(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    with pytest.raises(ValueError, match="without an outcome"):
        await books.calls.open_attempt(new_attempt("a-2"))
    assert await books.calls.lead_of("a-2") is None
    await books.calls.settle("a-1", BUSY)
    await books.calls.open_attempt(new_attempt("a-2"))


async def test_an_attempts_id_is_used_once_for_ever(books: Books) -> None:
    await books.leads(2)
    await books.attempt("a-1")
    await books.calls.settle("a-1", BUSY)
    with pytest.raises(ValueError, match="used before"):
        await books.calls.open_attempt(new_attempt("a-1", lead_id=2))
    assert (await lead_of(books)).id == 1


async def test_a_refused_attempt_leaves_the_leads_last_moment_alone(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    with pytest.raises(ValueError, match="without an outcome"):
        await books.calls.open_attempt(new_attempt("a-2", committed_at=NOON + timedelta(hours=5)))
    assert (await lead_of(books)).last_at == NOON


async def test_an_attempt_needs_its_lead(books: Books) -> None:
    await books.leads(1)
    with pytest.raises(NotFound):
        await books.calls.open_attempt(new_attempt("a-1", lead_id=77))


async def test_twenty_attempts_of_one_lead_at_once_open_one(books: Books) -> None:
    await books.leads(1)
    tries = [books.calls.open_attempt(new_attempt(f"a-{index}")) for index in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert results.count(None) == 1
    assert sum(isinstance(result, ValueError) for result in results) == 19
    assert len(await books.calls.open_attempts()) == 1


async def test_facts_gather_and_none_leaves_what_is_stored(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    moments = [NOON + timedelta(milliseconds=step) for step in range(7)]
    pieces = [
        CallFacts(sent_at=moments[0]),
        CallFacts(dialled_at=moments[1], ringing_at=moments[2]),
        CallFacts(answered_at=moments[3], agent_id="agent-9"),
        CallFacts(amd=Screened.NOT_SURE),
        CallFacts(),
        CallFacts(bridged_at=moments[4], ringing_at=moments[3]),
        CallFacts(released_at=moments[5], ended_at=moments[6], hangup_cause=16, tech_cause=200),
    ]
    for piece in pieces:
        await books.calls.note_facts("a-1", piece)
    (attempt,) = await books.calls.open_attempts()
    assert attempt.facts == CallFacts(
        sent_at=moments[0],
        dialled_at=moments[1],
        ringing_at=moments[3],
        answered_at=moments[3],
        bridged_at=moments[4],
        released_at=moments[5],
        ended_at=moments[6],
        agent_id="agent-9",
        hangup_cause=16,
        tech_cause=200,
        amd=Screened.NOT_SURE,
    )


async def test_facts_of_one_attempt_do_not_touch_another_and_an_unknown_id_is_passed_over(
    books: Books,
) -> None:
    await books.leads(2)
    await books.attempt("a-1", lead_id=1)
    await books.attempt("a-2", lead_id=2)
    await books.calls.note_facts("a-2", CallFacts(ended_at=NOON))
    await books.calls.note_facts("a-77", CallFacts(ended_at=NOON))
    first, second = await books.calls.open_attempts()
    assert (first.facts, second.facts) == (CallFacts(), CallFacts(ended_at=NOON))


async def test_settling_stores_outcome_plan_and_count_together_and_once(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.calls.claim(campaign_id, NOON)
    await books.attempt()
    await books.calls.note_facts("a-1", CallFacts(sent_at=NOON))
    ended = NOON + timedelta(seconds=30)
    settlement = Settlement(Disposition.BUSY, CallFacts(ended_at=ended, hangup_cause=17), LATER)
    assert await books.calls.settle("a-1", settlement)
    lead = await lead_of(books)
    assert (lead.status, lead.due_at, lead.tried) == (
        LeadStatus.WAITING,
        LATER.due_at,
        {Disposition.BUSY: 1},
    )
    (line,) = await books.campaigns.attempts(campaign_id)
    assert (line.disposition, line.hangup_cause) == (Disposition.BUSY, 17)
    assert not await books.calls.settle("a-1", CONNECTED)
    assert await lead_of(books) == lead
    assert list(await books.campaigns.attempts(campaign_id)) == [line]


async def test_settling_keeps_facts_that_were_noted_before(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    await books.calls.note_facts("a-1", CallFacts(ringing_at=NOON))
    settlement = replace(BUSY, facts=CallFacts(ended_at=NOON + timedelta(seconds=3)))
    await books.calls.settle("a-1", settlement)
    (line,) = await books.campaigns.attempts(campaign_id)
    assert line.ring_ms == 3000


async def test_a_lead_that_is_done_says_why(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    lead = await lead_of(books)
    assert (lead.status, lead.closed_reason) == (LeadStatus.DONE, "talked")


async def test_an_unknown_attempt_is_not_settled(books: Books) -> None:
    await books.leads(1)
    assert not await books.calls.settle("a-1", BUSY)


async def test_twenty_settlements_at_once_count_once(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    results = await asyncio.gather(*(books.calls.settle("a-1", BUSY) for _ in range(20)))
    assert results.count(True) == 1
    assert (await lead_of(books)).attempts == 1


async def test_the_lead_and_campaign_of_an_attempt(books: Books) -> None:
    campaign_id = await books.leads(2)
    await books.attempt("a-1", lead_id=2)
    found = await books.calls.lead_of("a-1")
    assert found is not None
    lead, campaign = found
    assert (lead.id, lead.last_at) == (2, NOON)
    assert campaign == await books.campaigns.campaign(campaign_id)
    assert await books.calls.lead_of("a-2") is None


# --- votes


async def test_a_vote_is_stored_once_per_attempt(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    assert await books.calls.record_vote(Vote("a-1", 4, NOON, "agi"))
    assert not await books.calls.record_vote(Vote("a-1", 1, NOON, "astdb"))
    (line,) = await books.campaigns.attempts(campaign_id)
    assert line.vote == 4


async def test_a_vote_may_come_after_the_outcome_and_needs_its_call(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    assert await books.calls.record_vote(Vote("a-1", 2, NOON, "offline"))
    assert not await books.calls.record_vote(Vote("a-77", 5, NOON, "agi"))
    (line,) = await books.campaigns.attempts(campaign_id)
    assert line.vote == 2


async def test_twenty_votes_at_once_are_one(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    votes = await asyncio.gather(
        *(books.calls.record_vote(Vote("a-1", score % 5 + 1, NOON, "agi")) for score in range(20))
    )
    assert votes.count(True) == 1


# --- inbound calls


async def test_an_inbound_call_is_stored_once_and_settled_once(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    await books.calls.open_inbound(replace(INBOUND, number="+1"))
    assert list(await books.calls.open_inbound_calls()) == [INBOUND.id]
    facts = CallFacts(answered_at=NOON, ended_at=NOON + timedelta(seconds=9))
    assert await books.calls.settle_inbound(INBOUND.id, Disposition.CONNECTED, facts)
    assert not await books.calls.settle_inbound(INBOUND.id, Disposition.ABANDONED, facts)
    assert not await books.calls.settle_inbound("in-77", Disposition.CONNECTED, facts)
    assert list(await books.calls.open_inbound_calls()) == []


async def test_a_settled_inbound_call_stays_settled_when_it_is_opened_again(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    await books.calls.settle_inbound(INBOUND.id, Disposition.CONNECTED, CallFacts())
    await books.calls.open_inbound(INBOUND)
    assert list(await books.calls.open_inbound_calls()) == []


async def test_open_inbound_calls_come_oldest_first(books: Books) -> None:
    for call_id, minute in (("in-b", 2), ("in-c", 1), ("in-a", 1)):
        await books.calls.open_inbound(
            replace(INBOUND, id=call_id, started_at=NOON + timedelta(minutes=minute))
        )
    assert list(await books.calls.open_inbound_calls()) == ["in-a", "in-c", "in-b"]


async def test_an_inbound_caller_votes_once_and_is_wrapped_up(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    assert await books.calls.record_vote(Vote(INBOUND.id, 3, NOON, "agi"))
    assert not await books.calls.record_vote(Vote(INBOUND.id, 5, NOON, "agi"))
    assert await books.calls.record_wrap_up(wrap_up(INBOUND.id), None)
    assert await books.calls.record_wrap_up(wrap_up(INBOUND.id), DONE)


async def test_an_inbound_call_is_no_attempt(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    assert await books.calls.lead_of(INBOUND.id) is None
    assert not await books.calls.settle(INBOUND.id, BUSY)
    assert list(await books.calls.open_attempts()) == []


async def test_a_number_names_its_customer_unless_two_have_it(books: Books) -> None:
    campaign = await books.campaign()
    shared = "+442079460999"
    rows = [row(1), row(1, number=shared), row(2), row(2, number=shared)]
    await books.campaigns.load_rows(campaign.id, rows)
    found = await books.calls.customer_by_number(row(1).number)
    assert found is not None
    assert (found.ref, found.numbers) == ("C-1", (row(1).number, shared))
    assert await books.calls.customer_by_number(shared) is None
    assert await books.calls.customer_by_number("+442079460000") is None


# --- wrap-ups


async def test_a_wrap_up_replaces_an_earlier_one_of_the_same_attempt(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    assert await books.calls.record_wrap_up(wrap_up(outcome="so_so", note="hm"), None)
    assert await books.calls.record_wrap_up(wrap_up(outcome="satisfied", note="yes"), None)
    (line,) = await books.campaigns.attempts(campaign_id)
    assert (line.outcome, line.note) == ("satisfied", "yes")


async def test_a_wrap_up_needs_its_attempt(books: Books) -> None:
    await books.leads(1)
    assert not await books.calls.record_wrap_up(wrap_up(), DONE)
    await books.attempt()
    (line,) = await books.campaigns.attempts(1)
    assert line.outcome is None


async def test_a_wrap_ups_plan_replaces_that_of_a_settled_attempt(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    assert await books.calls.record_wrap_up(wrap_up(outcome="callback"), CALLBACK)
    lead = await lead_of(books)
    assert (lead.status, lead.due_at, lead.closed_reason) == (LeadStatus.WAITING, CALLBACK.due_at, "")
    assert await reason_of(books) == CALLBACK.reason


async def test_a_wrap_up_without_a_plan_leaves_the_lead_alone(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    before = await lead_of(books)
    await books.calls.record_wrap_up(wrap_up(), None)
    assert await lead_of(books) == before


async def test_a_plan_recorded_while_the_customer_still_votes_holds_after_settling(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.calls.claim(campaign_id, NOON)
    await books.attempt()
    await books.calls.record_wrap_up(wrap_up(outcome="callback"), CALLBACK)
    assert (await lead_of(books)).status is LeadStatus.CLAIMED  # nobody may call while the call lives
    await books.calls.settle("a-1", CONNECTED)
    lead = await lead_of(books)
    assert (lead.status, lead.due_at, lead.tried) == (
        LeadStatus.WAITING,
        CALLBACK.due_at,
        {Disposition.CONNECTED: 1},
    )


async def test_the_last_wrap_up_before_settling_rules(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await books.calls.record_wrap_up(wrap_up(outcome="callback"), CALLBACK)
    await books.calls.record_wrap_up(wrap_up(outcome="satisfied"), None)
    await books.calls.settle("a-1", CONNECTED)
    assert (await lead_of(books)).status is LeadStatus.DONE


async def test_a_machine_recorded_before_settling_is_one(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await books.calls.record_wrap_up(wrap_up(outcome="machine"), CALLBACK)
    await books.calls.settle("a-1", CONNECTED)
    lead = await lead_of(books)
    assert (lead.status, lead.tried) == (LeadStatus.WAITING, {Disposition.MACHINE: 1})


async def test_a_newer_attempt_keeps_its_own_plan(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    await books.calls.settle("a-1", BUSY)
    await books.calls.open_attempt(new_attempt("a-2", committed_at=NOON - timedelta(hours=1)))
    await books.calls.record_wrap_up(wrap_up("a-1"), CALLBACK)
    assert (await lead_of(books)).due_at == LATER.due_at
    await books.calls.settle("a-2", CONNECTED)
    await books.calls.record_wrap_up(wrap_up("a-1"), CALLBACK)
    assert (await lead_of(books)).status is LeadStatus.DONE
    assert (await books.campaigns.attempts(1))[1].outcome == "satisfied"


# --- machines


async def test_a_machine_replaces_the_disposition_the_count_and_the_plan(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    assert await books.calls.record_machine("a-1", LATER)
    lead = await lead_of(books)
    assert (lead.status, lead.due_at, lead.tried) == (
        LeadStatus.WAITING,
        LATER.due_at,
        {Disposition.MACHINE: 1},
    )
    (line,) = await books.campaigns.attempts(campaign_id)
    assert line.disposition is Disposition.MACHINE
    assert await books.calls.record_machine("a-1", LATER)
    assert (await lead_of(books)).tried == {Disposition.MACHINE: 1}


async def test_only_a_settled_attempt_becomes_a_machine(books: Books) -> None:
    await books.leads(1)
    assert not await books.calls.record_machine("a-1", LATER)
    await books.attempt()
    assert not await books.calls.record_machine("a-1", LATER)
    assert [attempt.id for attempt in await books.calls.open_attempts()] == ["a-1"]


async def test_a_machine_of_an_older_attempt_leaves_the_plan_of_the_newer(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    await books.calls.settle("a-1", BUSY)
    await books.attempt("a-2")
    await books.calls.settle("a-2", CONNECTED)
    assert await books.calls.record_machine("a-1", CALLBACK)
    lead = await lead_of(books)
    assert lead.status is LeadStatus.DONE
    assert lead.tried == {Disposition.MACHINE: 1, Disposition.CONNECTED: 1}


# --- agents


async def test_the_last_wish_of_every_agent_is_kept(books: Books) -> None:
    assert await books.calls.agent_wishes() == {}
    await books.calls.remember_agent("agent-7", "ready", NOON)
    await books.calls.remember_agent("agent-8", "ready", NOON)
    await books.calls.remember_agent("agent-7", "paused:lunch", NOON + timedelta(hours=1))
    assert await books.calls.agent_wishes() == {"agent-7": "paused:lunch", "agent-8": "ready"}


async def test_moments_given_in_another_zone_are_the_same_moments(books: Books) -> None:
    campaign_id = await books.leads(1)
    there = NOON.astimezone(timezone(timedelta(hours=11)))
    claim = await books.calls.claim(campaign_id, there)
    assert claim is not None
    await books.attempt(committed_at=there)
    (attempt,) = await books.calls.open_attempts()
    assert attempt.committed_at == NOON


async def test_a_claimed_lead_is_told_again_with_what_is_known_now(books: Books) -> None:
    campaign_id = await books.leads(1)
    assert await books.calls.claimed(1, NOON) is None
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert await books.calls.claimed(1, NOON) == claim
    await books.campaigns.suppress(claim.lead.number, "asked", "customer", NOON)
    again = await books.calls.claimed(1, NOON)
    assert again is not None
    assert again.suppressed
    await books.attempt("a-1")
    assert await books.calls.claimed(1, NOON) is None
    assert await books.calls.claimed(77, NOON) is None
