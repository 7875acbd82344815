"""Every sentence of ``campaigns.ports.CampaignBook``, over the twin and over SQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from book_cases import CAMPAIGN, NOON, ROW, Books, new_attempt, row

from campaigns.errors import InvalidInput, NotFound
from campaigns.lines import LeadLine
from campaigns.lists import LoadCount
from campaigns.model import (
    CampaignStatus,
    Customer,
    CustomerClass,
    Disposition,
    LeadPlan,
    LeadStatus,
    Screened,
    Vote,
)
from campaigns.ports import Dialled
from dialer.ports import CallFacts, Settlement, WrapUp

DONE = LeadPlan(LeadStatus.DONE, None, "talked")
LATER = LeadPlan(LeadStatus.WAITING, NOON + timedelta(hours=2), "busy: again in 2 h")


async def test_a_new_campaign_gets_its_own_id_and_keeps_everything_else(books: Books) -> None:
    added = await books.campaigns.add_campaign(CAMPAIGN)
    assert added.id != CAMPAIGN.id
    assert added == replace(CAMPAIGN, id=added.id)
    assert await books.campaigns.campaign(added.id) == added


async def test_a_campaign_without_an_anchor_stays_without(books: Books) -> None:
    added = await books.campaigns.add_campaign(replace(CAMPAIGN, anchor=None, hours=(), retries={}))
    kept = await books.campaigns.campaign(added.id)
    assert (kept.anchor, kept.hours, kept.retries) == (None, (), {})


async def test_a_name_is_taken_once(books: Books) -> None:
    await books.campaign("Spring")
    with pytest.raises(InvalidInput) as refusal:
        await books.campaign("Spring")
    assert [fault.place for fault in refusal.value.faults] == ["name"]
    assert len(await books.campaigns.campaigns()) == 1


async def test_fifty_campaigns_of_one_name_at_once_make_one(books: Books) -> None:
    results = await asyncio.gather(*(books.campaign("Same") for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(result, InvalidInput) for result in results) == 49
    assert len(await books.campaigns.campaigns()) == 1


async def test_an_unknown_campaign_is_not_found(books: Books) -> None:
    with pytest.raises(NotFound):
        await books.campaigns.campaign(1)
    with pytest.raises(NotFound):
        await books.campaigns.set_status(1, CampaignStatus.RUNNING, "anna", NOON)
    with pytest.raises(NotFound):
        await books.campaigns.load_rows(1, [ROW])
    with pytest.raises(NotFound):
        await books.campaigns.customer(1)


async def test_campaigns_come_oldest_first(books: Books) -> None:
    for name in ("Zeta", "Alpha", "Mid"):
        await books.campaign(name)
    assert [each.name for each in await books.campaigns.campaigns()] == ["Zeta", "Alpha", "Mid"]


async def test_a_change_of_status_is_stored_with_who_when_and_why(books: Books) -> None:
    campaign = await books.campaign()
    other = await books.campaign("Other")
    changed = await books.campaigns.set_status(
        campaign.id, CampaignStatus.PAUSED, "anna", NOON, "storm on the coast"
    )
    assert changed == replace(
        campaign,
        status=CampaignStatus.PAUSED,
        status_by="anna",
        status_at=NOON,
        status_reason="storm on the coast",
    )
    assert await books.campaigns.campaign(campaign.id) == changed
    assert await books.campaigns.campaign(other.id) == other


async def test_moments_come_back_in_utc_whatever_zone_they_came_in(books: Books) -> None:
    campaign = await books.campaign()
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    changed = await books.campaigns.set_status(campaign.id, CampaignStatus.RUNNING, "anna", tokyo)
    assert changed.status_at == NOON


async def test_a_loaded_row_is_a_customer_and_a_waiting_lead(books: Books) -> None:
    campaign = await books.campaign()
    assert await books.campaigns.load_rows(campaign.id, [ROW]) == LoadCount(1, 0, 0)
    (lead,) = (await books.campaigns.leads(campaign.id)).lines
    assert lead == LeadLine(
        lead_id=lead.lead_id,
        customer_ref="C-1",
        customer_name="José Łuczak",
        number=ROW.number,
        status=LeadStatus.WAITING,
        attempts=0,
        last_disposition=None,
        due_at=NOON,
        reason="",
    )
    assert await books.campaigns.customer(1) == Customer(
        id=1,
        ref="C-1",
        name="José Łuczak",
        title="Mr",
        language="en",
        customer_class=CustomerClass.ORDINARY,
        zones=("Europe/London", "Europe/Dublin"),
        numbers=(ROW.number,),
        extras={"region": "north"},
    )


async def test_the_same_batch_twice_changes_nothing(books: Books) -> None:
    campaign = await books.campaign()
    batch = [row(index) for index in range(1, 1101)]  # more than is written at once
    assert await books.campaigns.load_rows(campaign.id, batch) == LoadCount(1100, 0, 0)
    assert await books.campaigns.load_rows(campaign.id, batch) == LoadCount(0, 0, 1100)
    assert (await books.campaigns.leads(campaign.id)).total == 1100


async def test_a_batch_that_contradicts_itself_is_idempotent_too_and_the_last_row_counts(
    books: Books,
) -> None:
    campaign = await books.campaign()
    batch = [ROW._replace(name="Old"), ROW._replace(number="+442079460999"), ROW._replace(name="New")]
    assert await books.campaigns.load_rows(campaign.id, batch) == LoadCount(2, 0, 1)
    assert await books.campaigns.load_rows(campaign.id, batch) == LoadCount(0, 0, 3)
    assert (await books.campaigns.customer(1)).name == "New"


async def test_a_customer_with_two_numbers_has_two_leads_and_both_numbers_in_order(books: Books) -> None:
    campaign = await books.campaign()
    second = ROW._replace(number="+442079460999")
    assert await books.campaigns.load_rows(campaign.id, [ROW, second]) == LoadCount(2, 0, 0)
    third = ROW._replace(number="+442079460001")
    assert await books.campaigns.load_rows(campaign.id, [third]) == LoadCount(1, 0, 0)
    assert (await books.campaigns.customer(1)).numbers == (ROW.number, second.number, third.number)


async def test_the_same_customer_in_two_campaigns_is_one_customer_with_two_leads(books: Books) -> None:
    first, second = await books.campaign("First"), await books.campaign("Second")
    await books.campaigns.load_rows(first.id, [ROW])
    assert await books.campaigns.load_rows(second.id, [ROW]) == LoadCount(1, 0, 0)
    assert len((await books.campaigns.leads(first.id)).lines) == 1
    assert len((await books.campaigns.leads(second.id)).lines) == 1
    with pytest.raises(NotFound):
        await books.campaigns.customer(2)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Josefa"},
        {"title": "Dr"},
        {"language": "pl"},
        {"customer_class": CustomerClass.VIP},
        {"zones": ("Europe/London",)},
        {"extras": {"region": "south"}},
        {"fields": {"service": "pump", "service_date": "2026-11-02"}},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_changed_row_updates_the_customer_and_the_leads_fields(
    books: Books, change: dict[str, object]
) -> None:
    campaign = await books.campaign()
    await books.campaigns.load_rows(campaign.id, [ROW, row(2)])
    changed = ROW._replace(**change)  # type: ignore[arg-type]
    assert await books.campaigns.load_rows(campaign.id, [changed, row(2)]) == LoadCount(0, 1, 1)
    claim = await books.calls.claim(campaign.id, NOON)
    assert claim is not None
    for name, value in change.items():
        holder = claim.lead if name == "fields" else claim.customer
        assert getattr(holder, name) == value
    assert await books.campaigns.load_rows(campaign.id, [changed, row(2)]) == LoadCount(0, 0, 2)


async def test_a_changed_row_never_changes_a_leads_status_or_what_was_tried(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.calls.claim(campaign_id, NOON)
    await books.attempt()
    await books.calls.settle("a-1", Settlement(Disposition.BUSY, CallFacts(), DONE))
    changed = row(1, fields={"service": "pump"}, due_at=NOON + timedelta(days=9))
    assert await books.campaigns.load_rows(campaign_id, [changed]) == LoadCount(0, 1, 0)
    found = await books.calls.lead_of("a-1")
    assert found is not None
    lead, _ = found
    assert (lead.status, lead.tried, lead.due_at) == (LeadStatus.DONE, {Disposition.BUSY: 1}, NOON)
    assert lead.fields == {"service": "pump"}


async def test_changed_fields_move_the_due_time_of_a_lead_never_tried(books: Books) -> None:
    campaign_id = await books.leads(1)
    later = NOON + timedelta(days=1)
    await books.campaigns.load_rows(campaign_id, [row(1, fields={"service_date": "later"}, due_at=later)])
    assert await books.calls.next_due(campaign_id) == later


async def test_a_due_time_alone_changes_nothing(books: Books) -> None:
    campaign_id = await books.leads(1)
    same = row(1, due_at=NOON + timedelta(days=1))
    assert await books.campaigns.load_rows(campaign_id, [same]) == LoadCount(0, 0, 1)
    assert await books.calls.next_due(campaign_id) == NOON


async def test_no_rows_are_no_change(books: Books) -> None:
    campaign = await books.campaign()
    assert await books.campaigns.load_rows(campaign.id, []) == LoadCount(0, 0, 0)


async def test_a_line_holds_what_came_of_an_attempt(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.calls.claim(campaign_id, NOON)
    await books.attempt()
    facts = CallFacts(
        sent_at=NOON,
        dialled_at=NOON + timedelta(milliseconds=100),
        ringing_at=NOON + timedelta(milliseconds=400),
        answered_at=NOON + timedelta(seconds=6),
        bridged_at=NOON + timedelta(seconds=6, microseconds=4250),
        released_at=NOON + timedelta(seconds=66, microseconds=4250),
        ended_at=NOON + timedelta(seconds=80),
        agent_id="agent-9",
        hangup_cause=16,
        tech_cause=200,
    )
    await books.calls.settle("a-1", Settlement(Disposition.CONNECTED, facts, DONE))
    await books.calls.record_vote(Vote("a-1", 5, NOON, "agi"))
    await books.calls.record_wrap_up(WrapUp("a-1", "agent-9", "satisfied", "likes it", NOON), None)
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert (line.attempt_id, line.lead_id, line.customer_id) == ("a-1", 1, 1)
    assert (line.customer_ref, line.customer_name, line.number) == ("C-1", "José Łuczak", "+442079460101")
    assert (line.started_at, line.disposition, line.agent_id) == (NOON, Disposition.CONNECTED, "agent-9")
    assert (line.ring_ms, line.answer_to_agent_ms, line.talk_ms) == (5600, 4.25, 60_000)
    assert (line.hangup_cause, line.tech_cause) == (16, 200)
    assert (line.vote, line.outcome, line.note) == (5, "satisfied", "likes it")


async def test_a_line_says_none_where_it_never_came_to_that(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert (line.disposition, line.agent_id, line.ring_ms, line.answer_to_agent_ms) == (None,) * 4
    assert (line.talk_ms, line.hangup_cause, line.tech_cause) == (None,) * 3
    assert (line.vote, line.outcome, line.note) == (None,) * 3


async def test_history_goes_over_all_campaigns_newest_first_up_to_the_limit(books: Books) -> None:
    first = await books.leads(2)
    second = (await books.campaign("Second")).id
    await books.campaigns.load_rows(second, [row(1)])
    for minute in range(3):
        attempt_id = f"a-{minute}"
        await books.attempt(attempt_id, committed_at=NOON + timedelta(minutes=minute))
        await books.calls.settle(attempt_id, Settlement(Disposition.BUSY, CallFacts(), LATER))
    await books.attempt("b-1", lead_id=3, customer_id=1, campaign_id=second, committed_at=NOON)
    await books.attempt("x-1", lead_id=2)
    assert first != second
    lines = await books.campaigns.history(1)
    assert [line.attempt_id for line in lines] == ["a-2", "a-1", "b-1", "a-0"]
    assert [line.attempt_id for line in await books.campaigns.history(1, limit=2)] == ["a-2", "a-1"]
    assert list(await books.campaigns.history(99)) == []


async def test_lines_name_the_customer_as_the_book_does_now(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt()
    await books.campaigns.load_rows(campaign_id, [row(1, name="Maria")])
    (line,) = await books.campaigns.history(1)
    assert line.customer_name == "Maria"


async def test_a_lead_line_says_where_the_lead_stands_and_why(books: Books) -> None:
    campaign_id = await books.leads(3)
    for attempt_id, disposition, plan in (
        ("a-1", Disposition.NO_ANSWER, LATER),
        ("a-2", Disposition.BUSY, LATER),
        ("a-3", Disposition.CONNECTED, DONE),
    ):
        await books.attempt(attempt_id, lead_id=2)
        await books.calls.settle(attempt_id, Settlement(disposition, CallFacts(), plan))
    await books.attempt("b-1", lead_id=3)
    await books.calls.settle("b-1", Settlement(Disposition.BUSY, CallFacts(), LATER))
    await books.calls.open_attempt(new_attempt("b-2", lead_id=3))
    first, second, third = (await books.campaigns.leads(campaign_id)).lines
    assert [line.lead_id for line in (first, second, third)] == [1, 2, 3]
    assert (first.attempts, first.last_disposition) == (0, None)
    assert (second.attempts, second.last_disposition) == (3, Disposition.CONNECTED)
    assert (second.status, second.due_at, second.reason) == (LeadStatus.DONE, None, "talked")
    assert (third.attempts, third.last_disposition) == (1, Disposition.BUSY)
    assert (third.due_at, third.reason) == (LATER.due_at, LATER.reason)


async def test_counts_have_every_status_as_a_key(books: Books) -> None:
    campaign_id = await books.leads(4)
    await books.calls.claim(campaign_id, NOON)
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    await books.calls.return_lead(claim.lead.id, DONE)
    assert await books.campaigns.lead_counts(campaign_id) == {
        LeadStatus.WAITING: 2,
        LeadStatus.HELD: 0,
        LeadStatus.CLAIMED: 1,
        LeadStatus.REFUSED: 0,
        LeadStatus.DONE: 1,
    }
    assert await books.campaigns.lead_counts(77) == dict.fromkeys(LeadStatus, 0)


async def test_a_number_is_suppressed_at_once_in_every_campaign_and_twice_is_once(books: Books) -> None:
    first = await books.leads(1)
    second = (await books.campaign("Second")).id
    await books.campaigns.load_rows(second, [row(1)])
    number = row(1).number
    assert not await books.campaigns.is_suppressed(number)
    await books.campaigns.suppress(number, "said so", "anna", NOON)
    await books.campaigns.suppress(number, "again", "ben", NOON + timedelta(days=1))
    assert await books.campaigns.is_suppressed(number)
    assert not await books.campaigns.is_suppressed("+442079460199")
    for campaign_id in (first, second):
        claim = await books.calls.claim(campaign_id, NOON)
        assert claim is not None
        assert claim.suppressed


async def test_twenty_uploads_of_one_batch_at_once_load_it_once(books: Books) -> None:
    campaign = await books.campaign()
    batch = [row(index) for index in range(1, 31)]
    counts = await asyncio.gather(*(books.campaigns.load_rows(campaign.id, batch) for _ in range(20)))
    assert sum(count.loaded for count in counts) == 30
    assert sum(count.unchanged for count in counts) == 19 * 30
    assert len((await books.campaigns.leads(campaign.id)).lines) == 30


async def test_far_moments_keep_their_order(books: Books) -> None:
    campaign = await books.campaign()
    moments = [datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), NOON, datetime(2100, 1, 1, tzinfo=UTC)]
    await books.campaigns.load_rows(
        campaign.id, [row(index, due_at=due_at) for index, due_at in enumerate(reversed(moments), 1)]
    )
    for expected in moments:
        assert await books.calls.next_due(campaign.id) == expected
        claim = await books.calls.claim(campaign.id, expected)
        assert claim is not None
        assert claim.lead.due_at == expected


async def test_destinations_are_one_number_for_each_beginning_and_address_still_to_be_called(
    books: Books,
) -> None:
    campaign, other = await books.campaign(), await books.campaign("Other")
    rows = [
        row(3),
        row(1),
        row(2, country="FR"),
        row(4, number="+12025550104", country="US", region="FL"),
        row(5, number="+12025550105", country="US", region="FL"),
        row(6, number="+13055550106"),
        row(7, number="+12125550107"),
    ]
    await books.campaigns.load_rows(campaign.id, rows)
    await books.campaigns.load_rows(other.id, [row(8, number="+33142685300")])
    lead = next(
        one for one in (await books.campaigns.leads(campaign.id)).lines if one.number == "+13055550106"
    )
    claim = await books.calls.claim(campaign.id, NOON)
    while claim is not None and claim.lead.id != lead.lead_id:
        claim = await books.calls.claim(campaign.id, NOON)
    await books.calls.return_lead(lead.lead_id, DONE)
    assert await books.campaigns.destinations(campaign.id) == [
        Dialled("+12025550104", "US", "FL"),
        Dialled("+12125550107", "", ""),
        Dialled(row(1).number, "", ""),
        Dialled(row(2).number, "FR", ""),
    ]


async def test_the_verdict_of_detection_stands_in_the_history(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt("a-1")
    facts = CallFacts(answered_at=NOON, amd=Screened.MACHINE)
    await books.calls.settle("a-1", Settlement(Disposition.MACHINE, facts, LATER))
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert (line.amd, line.disposition) == (Screened.MACHINE, Disposition.MACHINE)
