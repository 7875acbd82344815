"""Leads that are due, page by page, and putting many off at once, over the twin and over SQL."""

from datetime import timedelta

from book_cases import NOON, Books, row

from campaigns.ledger import Kind
from campaigns.ledger_check import told_by
from campaigns.model import (
    Consent,
    CustomerClass,
    LeadStatus,
    Purpose,
)
from campaigns.rules.shut import Whereabouts
from campaigns.verdicts import LastVerdict
from dialer.shut_leads import DueLead, Position

LATER = NOON + timedelta(hours=9)
SHUT = LastVerdict("hours", "it is night in London", NOON, LATER, "house", "7", "Europe/London", "book-1")
MINUTE = timedelta(minutes=1)
ZONES = ("Europe/London", "Europe/Dublin")


async def all_due(books: Books, limit: int) -> list[DueLead]:
    """Every page of campaign 1, one after the other."""
    found: list[DueLead] = []
    after: Position | None = None
    while True:
        page = await books.due.due_leads(1, NOON, after, limit)
        assert len(page.leads) <= limit
        if page.last is None:
            return found
        assert page.last.lead_id == page.leads[-1].lead_id
        found += page.leads
        after = page.last


async def test_due_leads_come_page_by_page_in_the_order_of_claiming(books: Books) -> None:
    campaign = await books.campaign()
    rows = [
        row(1),
        row(2, due_at=NOON - MINUTE),
        row(3, customer_class=CustomerClass.VIP, country="GB", region="SCT"),
        row(4, due_at=NOON + MINUTE),
        row(5, appointment_at=NOON - MINUTE),
        row(6, customer_class=CustomerClass.POTENTIAL),
        row(7, due_at=NOON - MINUTE),
    ]
    await books.campaigns.load_rows(campaign.id, rows)
    await books.campaigns.load_rows((await books.campaign("Other")).id, [row(8)])
    said = Consent(Purpose.MARKETING, False, NOON, "")
    await books.people.record_consent(2, row(2).number, said, "mona", NOON)
    for limit in (1, 2, 99):
        found = await all_due(books, limit)
        assert [lead.lead_id for lead in found] == [3, 2, 7, 1, 6]
    assert found[0].where == Whereabouts(row(3).number, ZONES, "GB", "SCT", has_consents=False)
    assert [lead.where.has_consents for lead in found] == [False, True, False, False, False]


async def test_leads_that_are_put_off_wait_for_the_opening_with_its_verdict(books: Books) -> None:
    await books.leads(3)
    page = await books.due.due_leads(1, NOON, None, 2)
    assert await books.due.put_off(1, {SHUT: page.leads}, NOON) == 2
    claim = await books.calls.claim(1, NOON)
    assert claim is not None
    assert claim.lead.id == 3
    assert await books.calls.claim(1, NOON) is None
    late = await books.calls.claim(1, LATER)
    assert late is not None
    assert (late.lead.id, late.lead.verdict) == (1, SHUT)
    (entry,) = [one for one in await books.ledger.page(0, 99) if one.kind == Kind.PUT_OFF]
    facts = told_by(entry)["facts"]
    assert (facts["leads"], facts["rule"], facts["pack"]) == (2, "hours", "house")
    assert [line.reason for line in (await books.campaigns.leads(1)).lines][:2] == [SHUT.reason] * 2


async def test_whoever_is_not_as_he_was_stays_as_he_is(books: Books) -> None:
    await books.leads(5)
    page = await books.due.due_leads(1, NOON, None, 9)
    claimed = await books.calls.claim(1, NOON)
    assert claimed is not None
    await books.campaigns.load_rows(1, [row(2, appointment_at=NOON)])
    said = Consent(Purpose.SERVICE, True, NOON, "form 7")
    await books.people.record_consent(3, row(3).number, said, "mona", NOON)
    assert await books.due.put_off(1, {SHUT: page.leads}, NOON) == 2
    lines = {line.lead_id: line for line in (await books.campaigns.leads(1)).lines}
    assert lines[1].status is LeadStatus.CLAIMED
    assert [lead_id for lead_id, line in lines.items() if line.due_at == LATER] == [4, 5]
    assert await books.due.put_off(1, {SHUT: page.leads}, NOON) == 0  # they are not due any more


async def test_who_is_put_off_is_judged_anew_when_the_hours_change(books: Books) -> None:
    await books.leads(2)
    page = await books.due.due_leads(1, NOON, None, 9)
    await books.due.put_off(1, {SHUT: page.leads}, NOON)
    assert await books.campaigns.refused_otherwise(1, "book-1", NOON, 9) == []
    assert sorted(await books.campaigns.refused_otherwise(1, "book-2", NOON, 9)) == [1, 2]
    assert await books.campaigns.some_judged_again(1, [1, 2], "book-2", "other hours", NOON) == 2
    assert await books.calls.claim(1, NOON) is not None
