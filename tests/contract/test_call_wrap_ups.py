"""What people say of a call in ``dialer.ports.CallBook``: votes, wrap-ups, machines by an agent's word."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from book_cases import NOON, Books, new_attempt
from call_cases import BUSY, CALLBACK, CONNECTED, DONE, LATER, lead_of, reason_of, wrap_up

from campaigns.model import (
    Disposition,
    LeadStatus,
    Vote,
)

# --- votes


async def test_a_vote_is_stored_once_per_attempt(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    assert await books.calls.record_vote(Vote("a-1", 4, NOON, "agi"))
    assert not await books.calls.record_vote(Vote("a-1", 1, NOON, "astdb"))
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert line.vote == 4


async def test_a_vote_may_come_after_the_outcome_and_needs_its_call(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    assert await books.calls.record_vote(Vote("a-1", 2, NOON, "offline"))
    assert not await books.calls.record_vote(Vote("a-77", 5, NOON, "agi"))
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert line.vote == 2


async def test_twenty_votes_at_once_are_one(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    votes = await asyncio.gather(
        *(books.calls.record_vote(Vote("a-1", score % 5 + 1, NOON, "agi")) for score in range(20))
    )
    assert votes.count(True) == 1


# --- wrap-ups


async def test_a_wrap_up_replaces_an_earlier_one_of_the_same_attempt(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    assert await books.calls.record_wrap_up(wrap_up(outcome="so_so", note="hm"), None)
    assert await books.calls.record_wrap_up(wrap_up(outcome="satisfied", note="yes"), None)
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert (line.outcome, line.note) == ("satisfied", "yes")


async def test_a_wrap_up_needs_its_attempt(books: Books) -> None:
    await books.leads(1)
    assert not await books.calls.record_wrap_up(wrap_up(), DONE)
    await books.attempt()
    (line,) = (await books.campaigns.attempts(1)).lines
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


@pytest.mark.parametrize("settled_before", [True, False])
async def test_an_agreed_call_back_is_the_leads_appointment_and_in_the_history(
    books: Books, settled_before: bool
) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    agreed = NOON + timedelta(hours=9, minutes=30)
    plan = replace(CALLBACK, due_at=agreed, appointment_at=agreed)
    if settled_before:
        await books.calls.settle("a-1", CONNECTED)
    await books.calls.record_wrap_up(wrap_up(outcome="callback", callback_at=agreed), plan)
    if not settled_before:
        await books.calls.settle("a-1", CONNECTED)
    lead = await lead_of(books)
    assert (lead.status, lead.due_at, lead.appointment_at) == (LeadStatus.WAITING, agreed, agreed)
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert line.callback_at == agreed


async def test_an_agreed_call_back_goes_with_whoever_is_erased(books: Books) -> None:
    campaign_id = await books.leads(1)
    opened = await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    agreed = NOON + timedelta(hours=9, minutes=30)
    plan = replace(CALLBACK, due_at=agreed, appointment_at=agreed)
    await books.calls.record_wrap_up(wrap_up(outcome="callback", callback_at=agreed), plan)
    await books.people.erase(opened.customer_id, NOON)
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert (line.outcome, line.callback_at) == ("callback", None)


async def test_a_plan_without_an_appointment_leaves_the_one_that_was_agreed(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await books.calls.settle("a-1", CONNECTED)
    agreed = NOON + timedelta(hours=9, minutes=30)
    await books.calls.record_wrap_up(wrap_up(outcome="callback"), replace(CALLBACK, appointment_at=agreed))
    await books.attempt("a-2")
    await books.calls.settle("a-2", BUSY)
    assert (await lead_of(books)).appointment_at == agreed


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
    by_id = {line.attempt_id: line for line in (await books.campaigns.attempts(1)).lines}
    assert by_id["a-1"].outcome == "satisfied"


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
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
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
