"""Every sentence of ``dialer.forecast.ports.ForecastBook``, over the twin and over SQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from book_cases import NOON, Books, row

from campaigns.errors import NotFound
from campaigns.lists import LoadTerms
from campaigns.model import Consent, CustomerClass, Disposition, LeadPlan, LeadStatus, Purpose
from dialer.forecast.ports import SeenAttempt
from dialer.ports import CallFacts, Claim, Settlement, WrapUp

LATER = LeadPlan(LeadStatus.WAITING, NOON + timedelta(hours=2), "busy: again in 2 h")
DONE = LeadPlan(LeadStatus.DONE, None, "talked")


async def read(books: Books, campaign_id: int = 1) -> list[Claim]:
    return [claim async for page in books.forecast.open_leads(campaign_id, NOON) for claim in page]


async def ended(
    books: Books, lead_id: int, disposition: Disposition, plan: LeadPlan = LATER, **changes: object
) -> None:
    attempt_id = f"a-{lead_id}-{changes.get('committed_at', NOON):%H%M%S}"
    await books.attempt(attempt_id, lead_id=lead_id, **changes)
    facts = CallFacts(
        ringing_at=NOON, answered_at=NOON + timedelta(seconds=8), bridged_at=NOON + timedelta(seconds=8),
        ended_at=NOON + timedelta(seconds=98), agent_id="agent-7",
    )  # fmt: skip
    await books.calls.settle(attempt_id, Settlement(disposition, facts, plan))


async def test_an_open_lead_comes_as_a_claim_would_give_it(books: Books) -> None:
    await books.leads(3)
    consent = Consent(Purpose.SERVICE, True, NOON, "form 7")
    await books.people.record_consent(1, row(1).number, consent, "mia", NOON)
    await ended(books, 1, Disposition.BUSY, replace(LATER, due_at=NOON))
    await books.calls.record_wrap_up(WrapUp("a-1-120000", "agent-7", "refused", "", NOON), None)
    await books.campaigns.suppress(row(2).number, "asked", "mia", NOON)
    found = await read(books)
    claims = [await books.calls.claim(1, NOON) for _ in range(3)]
    by_id = {claim.lead.id: claim for claim in claims if claim is not None}
    assert len(by_id) == 3
    for claim in found:
        expected = by_id[claim.lead.id]
        assert claim == replace(expected, lead=replace(expected.lead, status=LeadStatus.WAITING))
    (first,) = [claim for claim in found if claim.lead.id == 1]
    assert first.lead.tried == {Disposition.BUSY: 1}
    assert [contact.outcome for contact in first.evidence.past] == ["refused"]
    assert [consent.evidence for consent in first.evidence.consents] == ["form 7"]
    assert [claim.lead.id for claim in found if claim.suppressed] == [2]


async def test_leads_come_by_class_then_due_time_then_id_and_done_ones_not_at_all(books: Books) -> None:
    campaign = await books.campaign()
    rows = [
        row(1, due_at=NOON + timedelta(hours=1)),
        row(2),
        row(3),
        row(4, customer_class=CustomerClass.VIP, due_at=NOON + timedelta(days=1)),
        row(5),
    ]
    await books.campaigns.load_rows(campaign.id, rows)
    await ended(books, 5, Disposition.CONNECTED, DONE)
    assert [claim.lead.id for claim in await read(books)] == [4, 2, 3, 1]
    assert await read(books, 2) == []


async def test_more_leads_than_a_page_come_once_each(books: Books) -> None:
    await books.leads(1_050)
    assert [claim.lead.id for claim in await read(books)] == list(range(1, 1_051))


async def test_waiting_leads_of_a_list_that_is_off_come_as_held(books: Books) -> None:
    campaign = await books.campaign()
    await books.campaigns.load_rows(campaign.id, [row(1), row(2)], LoadTerms(list_name="spring"))
    await books.campaigns.load_rows(campaign.id, [row(3)], LoadTerms(list_name="autumn"))
    (spring, _) = await books.lists.lists(campaign.id)
    await books.lists.some_held(spring.id, 1)
    await books.lists.switch_list(spring.id, False)
    found = {claim.lead.id: claim.lead.status for claim in await read(books)}
    assert found == {1: LeadStatus.HELD, 2: LeadStatus.HELD, 3: LeadStatus.WAITING}


async def test_past_calls_to_the_person_and_to_the_number_both_count_once(books: Books) -> None:
    await books.leads(2)
    other = (await books.campaign("Other")).id
    await books.campaigns.load_rows(other, [row(1), row(9, number=row(2).number)])
    await ended(books, 1, Disposition.NO_ANSWER)
    await ended(books, 4, Disposition.BUSY, customer_id=3, number=row(2).number, campaign_id=other)
    past = {claim.lead.id: claim.evidence.past for claim in await read(books)}
    assert [one.disposition for one in past[1]] == [Disposition.NO_ANSWER]
    assert [(one.campaign_id, one.disposition) for one in past[2]] == [(other, Disposition.BUSY)]


async def test_the_newest_settled_attempts_come_first(books: Books) -> None:
    await books.leads(3)
    for lead_id, minute in ((1, 0), (2, 5), (3, 3)):
        await ended(
            books, lead_id, Disposition.CONNECTED, DONE, committed_at=NOON + timedelta(minutes=minute)
        )
    assert await read(books) == []
    found = await books.forecast.newest_attempts(1, 2)
    list_id = (await books.lists.lists(1))[0].id
    assert found == [
        SeenAttempt(NOON + timedelta(minutes=minute), list_id, Disposition.CONNECTED, 8_000, 90_000)
        for minute in (5, 3)
    ]
    assert len(await books.forecast.newest_attempts(1, 99)) == 3
    assert list(await books.forecast.newest_attempts(2, 99)) == []


async def test_an_attempt_under_way_is_no_evidence(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    assert list(await books.forecast.newest_attempts(1, 9)) == []


async def test_the_campaign_is_found_or_not(books: Books) -> None:
    campaign = await books.campaign()
    assert await books.forecast.campaign(campaign.id) == campaign
    with pytest.raises(NotFound):
        await books.forecast.campaign(2)


async def test_attempts_from_before_a_lead_was_recycled_are_past_and_not_tried(books: Books) -> None:
    campaign = await books.campaign()
    await books.campaigns.load_rows(campaign.id, [row(1)], LoadTerms(list_name="spring"))
    await ended(books, 1, Disposition.NO_ANSWER, DONE)
    (spring,) = await books.lists.lists(campaign.id)
    recycled, _ = await books.lists.some_recycled(
        spring.id, 0, 9, [Disposition.NO_ANSWER], [], NOON + timedelta(hours=1), "once more"
    )
    assert recycled == 1
    (found,) = await read(books)
    assert found.lead.tried == {}
    assert [one.disposition for one in found.evidence.past] == [Disposition.NO_ANSWER]
