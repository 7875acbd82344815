"""Claims in ``dialer.ports.CallBook``, over the twin and over SQL: whose lead is next, and who has it."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from book_cases import NOON, Books, row
from call_cases import DONE, LATER, reason_of

from campaigns.errors import NotFound
from campaigns.model import (
    CampaignStatus,
    CustomerClass,
    Disposition,
    Lead,
    LeadPlan,
    LeadStatus,
)
from campaigns.verdicts import LastVerdict
from dialer.ports import CallFacts, Settlement


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


async def test_a_campaigns_waiting_leads_are_closed_wherever_they_wait(books: Books) -> None:
    campaign_id = await books.leads(5)
    other = await books.campaign("Another")
    await books.campaigns.load_rows(other.id, [row(9)])
    for _ in range(4):
        await books.calls.claim(campaign_id, NOON)
    parked = LastVerdict("consent", "nothing was said", NOON)
    later = LastVerdict("hours", "shut", NOON, NOON + timedelta(days=3))
    await books.calls.return_lead(1, LeadPlan(LeadStatus.REFUSED, None, parked.reason, parked))
    await books.calls.return_lead(2, LeadPlan(LeadStatus.WAITING, later.next_at, later.reason, later))
    await books.attempt("a-4", lead_id=4)
    assert await books.calls.close_waiting(campaign_id, "not wanted") == 3
    assert await books.calls.close_waiting(campaign_id, "not wanted") == 0
    lines = {line.lead_id: line for line in (await books.campaigns.leads(campaign_id)).lines}
    assert [lines[n].status for n in (1, 2, 5)] == [LeadStatus.DONE] * 3
    assert {lines[n].reason for n in (1, 2, 5)} == {"not wanted"}
    assert [lines[n].status for n in (3, 4)] == [LeadStatus.CLAIMED] * 2
    groups = await books.campaigns.lead_groups(campaign_id, NOON)
    assert {group.rule for group in groups} == {""}  # no refusal is left standing
    assert await books.campaigns.refused_otherwise(campaign_id, "other", NOON, 9) == []
    assert await books.campaigns.some_judged_again(campaign_id, [1, 2, 5], "other", "changed", NOON) == 0
    assert (await books.campaigns.lead_counts(other.id))[LeadStatus.WAITING] == 1


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
