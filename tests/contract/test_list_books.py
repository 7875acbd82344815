"""Lists, mappings and what loading one is bound to, over the twins and over SQL."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from book_cases import NOON, ROW, Books, row

from campaigns.errors import NotFound
from campaigns.lists import ColumnMapping, Known, LeadList, LeftOut, LoadCount, LoadTerms, Within
from campaigns.model import (
    Consent,
    CustomerClass,
    Disposition,
    LeadPlan,
    LeadStatus,
    NumberKind,
    Purpose,
    Vote,
)
from dialer.ports import CallFacts, Settlement, WrapUp

TERMS = LoadTerms(list_name="spring", by="mona", at=NOON)
DONE = LeadPlan(LeadStatus.DONE, None, "talked")


async def listed(books: Books, count: int, name: str = "spring", first: int = 1) -> tuple[int, int]:
    """Load leads into a list of a new campaign; returns the campaign's id and the list's."""
    campaign = await books.campaign()
    rows = [row(index) for index in range(first, first + count)]
    await books.campaigns.load_rows(campaign.id, rows, replace(TERMS, list_name=name))
    (kept,) = await books.lists.lists(campaign.id)
    return campaign.id, kept.id


NOTHING = CallFacts()


async def settled(
    books: Books, lead: int, disposition: Disposition, outcome: str = "", facts: CallFacts = NOTHING
) -> None:
    attempt_id = f"a-{lead}-{disposition}"
    await books.attempt(attempt_id, lead_id=lead)
    await books.calls.settle(attempt_id, Settlement(disposition, facts, DONE))
    if outcome:
        await books.calls.record_wrap_up(WrapUp(attempt_id, "agent-7", outcome, "", NOON), None)


# --- loading


async def test_a_list_is_made_with_its_first_rows(books: Books) -> None:
    campaign_id, list_id = await listed(books, 2)
    waiting = dict.fromkeys(LeadStatus, 0) | {LeadStatus.WAITING: 2}
    assert await books.lists.lists(campaign_id) == [
        LeadList(list_id, campaign_id, "spring", True, "mona", NOON, leads=waiting)
    ]
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.lead.list_id == list_id
    assert list(await books.lists.lists(77)) == []


async def test_a_lead_stays_in_the_list_it_came_with(books: Books) -> None:
    campaign_id, list_id = await listed(books, 1)
    other = replace(TERMS, list_name="summer")
    assert await books.campaigns.load_rows(campaign_id, [row(1), row(2)], other) == LoadCount(1, 0, 1)
    first, second = await books.lists.lists(campaign_id)
    assert (first.leads[LeadStatus.WAITING], second.leads[LeadStatus.WAITING]) == (1, 1)
    assert first.id == list_id


async def test_a_dry_run_counts_what_would_happen_and_writes_nothing(books: Books) -> None:
    campaign_id, _ = await listed(books, 2)
    dry = replace(TERMS, dry_run=True, list_name="new")
    rows = [row(1), row(2, name="Maria"), row(3)]
    assert await books.campaigns.load_rows(campaign_id, rows, dry) == LoadCount(1, 1, 1)
    assert len((await books.campaigns.leads(campaign_id)).lines) == 2
    assert len(await books.lists.lists(campaign_id)) == 1
    assert (await books.campaigns.customer(2)).name == "José Łuczak"


@pytest.mark.parametrize(
    ("known", "within", "loaded"),
    [
        (Known.UPDATE, Within.FILE, 1),
        (Known.UPDATE, Within.LIST, 1),
        (Known.UPDATE, Within.CAMPAIGN, 0),
        (Known.UPDATE, Within.BOOK, 0),
        (Known.SKIP, Within.LIST, 1),
        (Known.SKIP, Within.CAMPAIGN, 0),
        (Known.ALLOW, Within.BOOK, 1),
    ],
)
async def test_a_number_of_somebody_else_in_another_list(
    books: Books, known: Known, within: Within, loaded: int
) -> None:
    campaign_id, _ = await listed(books, 1)
    stranger = row(1)._replace(ref="X-1", row=7)
    terms = replace(TERMS, list_name="later", known=known, within=within)
    count = await books.campaigns.load_rows(campaign_id, [stranger], terms)
    assert count.loaded == loaded
    if not loaded:
        assert count == LoadCount(0, 0, 0, 1, (LeftOut(7, "X-1", row(1).number, "C-1"),))
        with pytest.raises(NotFound):
            await books.campaigns.customer(2)


async def test_a_number_of_somebody_else_in_another_campaign_counts_in_the_whole_book_only(
    books: Books,
) -> None:
    await listed(books, 1)
    other = (await books.campaign("Other")).id
    stranger = row(1)._replace(ref="X-1")
    in_book = replace(TERMS, within=Within.BOOK)
    assert (await books.campaigns.load_rows(other, [stranger], in_book)).duplicate == 1
    assert (await books.campaigns.load_rows(other, [stranger], TERMS)).loaded == 1


@pytest.mark.parametrize("further", [False, True], ids=["to be called", "further"])
@pytest.mark.parametrize(
    ("known", "within", "other_list", "other_campaign"),
    [
        (Known.UPDATE, Within.FILE, True, True),
        (Known.UPDATE, Within.LIST, True, True),
        (Known.UPDATE, Within.CAMPAIGN, False, True),
        (Known.UPDATE, Within.BOOK, False, False),
        (Known.SKIP, Within.CAMPAIGN, False, True),
        (Known.ALLOW, Within.BOOK, True, True),
    ],
)
async def test_a_further_number_of_somebody_counts_as_his(
    books: Books, known: Known, within: Within, other_list: bool, other_campaign: bool, further: bool
) -> None:
    first, other = (await books.campaign()).id, (await books.campaign("Other")).id
    shared = row(8).number
    await books.campaigns.load_rows(first, [row(1, others=((shared, NumberKind.HOME),))], TERMS)
    terms = replace(TERMS, list_name="later", known=known, within=within)
    for campaign_id, ref, free in ((first, "X-1", other_list), (other, "X-2", other_campaign)):
        own = row(campaign_id + 20).number
        numbers = {"number": own, "others": ((shared, NumberKind.HOME),)} if further else {"number": shared}
        stranger = row(7)._replace(ref=ref, row=3, **numbers)
        count = await books.campaigns.load_rows(campaign_id, [stranger], terms)
        told = () if free else (LeftOut(3, ref, shared, "C-1", further),)
        assert count == LoadCount(int(free or further), 0, 0, int(not free and not further), told)
        found = await books.people.find_customers(ref, "", 1)
        assert [person.numbers for person in found] == (
            [tuple(number for number in (own * further, shared * free) if number)] if free or further else []
        )


async def test_a_number_that_is_known_to_be_shared_stays_with_both(books: Books) -> None:
    campaign_id, _ = await listed(books, 1)
    sharing = row(2, others=((row(1).number, NumberKind.HOME),))
    allow = replace(TERMS, known=Known.ALLOW)
    assert (await books.campaigns.load_rows(campaign_id, [sharing], allow)).loaded == 1
    assert await books.campaigns.load_rows(campaign_id, [sharing], TERMS) == LoadCount(0, 0, 1)


async def test_two_rows_of_one_batch_that_share_a_further_number(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    number = "+442079460999"
    rows = [row(1, row=1, others=((number, NumberKind.HOME),)), row(2, row=2, number=number)]
    count = await books.campaigns.load_rows(campaign_id, rows, TERMS)
    assert (count.loaded, count.left_out) == (1, (LeftOut(2, "C-2", number, "C-1"),))
    rows = [
        row(3, row=1),
        row(4, row=2, others=((row(3).number, NumberKind.HOME), (row(5).number, NumberKind.HOME))),
    ]
    count = await books.campaigns.load_rows(campaign_id, rows, TERMS)
    assert (count.loaded, count.left_out) == (2, (LeftOut(2, "C-4", row(3).number, "C-3", further=True),))
    (fourth,) = await books.people.find_customers("C-4", "", 1)
    assert fourth.numbers == (row(4).number, row(5).number)


async def test_two_rows_of_one_batch_with_one_number_are_told_apart(books: Books) -> None:
    campaign_id, _ = await listed(books, 1)
    number = "+442079460999"
    rows = [ROW._replace(ref="A", number=number), ROW._replace(ref="B", number=number, row=2)]
    count = await books.campaigns.load_rows(campaign_id, rows, TERMS)
    assert (count.loaded, count.left_out) == (1, (LeftOut(2, "B", number, "A"),))
    assert await books.campaigns.load_rows(campaign_id, rows, TERMS) == LoadCount(0, 0, 1, 1, count.left_out)


async def test_skip_leaves_who_is_there_alone(books: Books) -> None:
    campaign_id, _ = await listed(books, 1)
    rows = [row(1, name="Maria"), row(2)]
    skip = replace(TERMS, known=Known.SKIP)
    assert await books.campaigns.load_rows(campaign_id, rows, skip) == LoadCount(1, 0, 0, 1)
    assert (await books.campaigns.customer(1)).name == "José Łuczak"
    other = (await books.campaign("Other")).id
    assert (await books.campaigns.load_rows(other, rows, skip)).loaded == 2
    third = (await books.campaign("Third")).id
    in_book = replace(skip, within=Within.BOOK)
    assert await books.campaigns.load_rows(third, [*rows, row(3)], in_book) == LoadCount(1, 0, 0, 2)


# --- the customer file


async def test_the_whole_file_comes_back(books: Books) -> None:
    campaign = await books.campaign()
    told = ROW._replace(
        zones=("America/New_York",),
        own_zone="America/New_York",
        country="US",
        region="FL",
        owner="1001",
        kind=NumberKind.MOBILE,
        others=(("+12025550123", NumberKind.HOME), ("+13055550142", NumberKind.OTHER)),
        appointment_at=NOON + timedelta(hours=9),
        consent=Consent(Purpose.SERVICE, True, NOON, "form 7"),
    )
    assert await books.campaigns.load_rows(campaign.id, [told], TERMS) == LoadCount(1, 0, 0)
    customer = await books.campaigns.customer(1)
    assert customer.numbers == (ROW.number, "+12025550123", "+13055550142")
    assert customer.kinds == {ROW.number: NumberKind.MOBILE, "+12025550123": NumberKind.HOME}
    assert (customer.zones, customer.own_zone) == (("America/New_York",), "America/New_York")
    assert (customer.country, customer.region, customer.owner) == ("US", "FL", "1001")
    claim = await books.calls.claim(campaign.id, NOON)
    assert claim is not None
    assert claim.lead.appointment_at == claim.evidence.appointment == NOON + timedelta(hours=9)
    assert claim.evidence.consents == (told.consent,)
    assert await books.campaigns.load_rows(campaign.id, [told], TERMS) == LoadCount(0, 0, 1)


async def test_empty_cells_leave_what_is_known_of_zone_address_and_owner(books: Books) -> None:
    campaign = await books.campaign()
    told = ROW._replace(
        zones=("Europe/Madrid",), own_zone="Europe/Madrid", country="ES", region="MD", owner="1001"
    )
    await books.campaigns.load_rows(campaign.id, [told], TERMS)
    assert await books.campaigns.load_rows(campaign.id, [ROW], TERMS) == LoadCount(0, 0, 1)
    customer = await books.campaigns.customer(1)
    assert (customer.zones, customer.country, customer.region, customer.owner) == (
        ("Europe/Madrid",), "ES", "MD", "1001",
    )  # fmt: skip


async def test_without_an_own_zone_the_zones_of_all_numbers_count(books: Books) -> None:
    campaign = await books.campaign()
    here = ROW._replace(number="+442079460100", zones=("Europe/London",))
    there = ROW._replace(number="+12025550123", zones=("America/New_York",))
    both = ("America/New_York", "Europe/London")
    await books.campaigns.load_rows(campaign.id, [here], TERMS)
    await books.campaigns.load_rows(campaign.id, [there], TERMS)
    assert (await books.campaigns.customer(1)).zones == both
    assert await books.campaigns.load_rows(campaign.id, [here], TERMS) == LoadCount(0, 0, 1)
    assert await books.campaigns.load_rows(campaign.id, [here, there], TERMS) == LoadCount(0, 0, 2)
    other = (await books.campaign("Other")).id
    together = [one._replace(ref="C-2") for one in (here, there)]
    await books.campaigns.load_rows(other, together, TERMS)
    assert (await books.campaigns.customer(2)).zones == both
    assert await books.campaigns.load_rows(other, together, TERMS) == LoadCount(0, 0, 2)


async def test_the_newest_word_on_consent_counts_and_the_same_word_twice_is_one(books: Books) -> None:
    campaign_id, _ = await listed(books, 1)
    yes = Consent(Purpose.SERVICE, True, NOON, "form 7")
    no = Consent(Purpose.SERVICE, False, NOON, "by phone")
    for said, count in ((yes, LoadCount(0, 1, 0)), (yes, LoadCount(0, 0, 1)), (no, LoadCount(0, 1, 0))):
        assert await books.campaigns.load_rows(campaign_id, [row(1, consent=said)], TERMS) == count
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.evidence.consents == (no,)
    told = (await books.people.customer_file(1)).consents
    assert [(one.consent, one.by, one.at) for one in told] == [(yes, "mona", NOON), (no, "mona", NOON)]


# --- on and off


async def test_off_is_effective_at_once_and_on_again(books: Books) -> None:
    campaign_id, list_id = await listed(books, 3)
    await books.lists.switch_list(list_id, False)
    assert await books.calls.claim(campaign_id, NOON) is None
    assert await books.calls.next_due(campaign_id) is None
    await books.lists.switch_list(list_id, True)
    while await books.lists.some_released(list_id, 2):
        pass
    assert await books.calls.claim(campaign_id, NOON) is not None


async def test_leads_are_held_and_released_some_at_a_time(books: Books) -> None:
    campaign_id, list_id = await listed(books, 5)
    assert await books.lists.some_held(list_id, 2) == 2
    held = (await books.lists.lead_list(list_id)).leads
    assert (held[LeadStatus.HELD], held[LeadStatus.WAITING]) == (2, 3)
    assert [await books.lists.some_held(list_id, 2) for _ in range(3)] == [2, 1, 0]
    assert await books.calls.next_due(campaign_id) is None
    assert [await books.lists.some_released(list_id, 3) for _ in range(3)] == [3, 2, 0]
    assert await books.calls.next_due(campaign_id) == NOON


async def test_a_retry_into_a_list_that_is_off_is_held_and_another_list_goes_on(books: Books) -> None:
    campaign_id, list_id = await listed(books, 1)
    await books.campaigns.load_rows(campaign_id, [row(2)], replace(TERMS, list_name="other"))
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.lead.id == 1
    await books.lists.switch_list(list_id, False)
    await books.calls.return_lead(1, LeadPlan(LeadStatus.WAITING, NOON, "busy"))
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.lead.id == 2
    assert (await books.lists.lead_list(list_id)).leads[LeadStatus.HELD] == 1


async def test_a_campaign_holds_leads_while_a_list_is_off(books: Books) -> None:
    campaign_id, list_id = await listed(books, 2)
    assert not await books.calls.holds_leads(campaign_id)
    await books.lists.switch_list(list_id, False)
    assert await books.lists.some_held(list_id, 1) == 1
    assert await books.calls.holds_leads(campaign_id)
    assert not await books.calls.holds_leads(77)
    await books.lists.some_released(list_id, 1)
    assert not await books.calls.holds_leads(campaign_id)


async def test_rows_for_a_list_that_is_off_are_held(books: Books) -> None:
    campaign_id, list_id = await listed(books, 1)
    await books.lists.switch_list(list_id, False)
    await books.campaigns.load_rows(campaign_id, [row(2)], TERMS)
    assert (await books.lists.lead_list(list_id)).leads[LeadStatus.HELD] >= 1
    assert await books.calls.claim(campaign_id, NOON) is None


async def test_a_list_that_is_not_there(books: Books) -> None:
    with pytest.raises(NotFound):
        await books.lists.lead_list(1)
    with pytest.raises(NotFound):
        await books.lists.switch_list(1, True)
    with pytest.raises(NotFound):
        await books.lists.mark_deleted(1, NOON, NOON)
    assert await books.lists.some_held(1, 9) == 0


# --- recycling, merging, exporting, deleting


async def test_leads_are_recycled_by_how_they_ended_and_start_anew(books: Books) -> None:
    campaign_id, list_id = await listed(books, 5)
    await settled(books, 1, Disposition.NO_ANSWER)
    await settled(books, 2, Disposition.BUSY)
    await settled(books, 3, Disposition.CONNECTED, "callback")
    await settled(books, 4, Disposition.CONNECTED, "do_not_call")
    later = NOON + timedelta(days=1)

    async def recycle(*dispositions: Disposition, outcomes: tuple[str, ...] = ()) -> int:
        total, after = 0, 0
        while True:
            count, last = await books.lists.some_recycled(
                list_id, after, 1, dispositions, outcomes, later, "recycled by mona"
            )
            total += count
            if last is None:
                return total
            after = last

    assert await recycle(Disposition.NO_ANSWER) == 1
    assert await recycle(outcomes=("callback", "do_not_call")) == 1
    assert await recycle(Disposition.CONNECTED) == 0  # what is left asked never to be called again
    await books.calls.claim(campaign_id, NOON)  # the one that was never tried
    claim = await books.calls.claim(campaign_id, later)
    assert claim is not None
    assert (claim.lead.id, claim.lead.tried, claim.lead.due_at) == (1, {}, later)
    assert len(claim.evidence.past) == 1  # the caps still count it
    lines = {line.lead_id: line for line in (await books.campaigns.leads(campaign_id)).lines}
    assert (lines[3].status, lines[3].reason) == (LeadStatus.WAITING, "recycled by mona")
    assert lines[2].status is LeadStatus.DONE


@pytest.mark.parametrize("keep_until", [None, NOON + timedelta(days=90)])
async def test_an_erased_persons_lead_is_never_recycled(books: Books, keep_until: datetime | None) -> None:
    campaign_id, list_id = await listed(books, 3)
    for lead in (1, 2, 3):
        await settled(books, lead, Disposition.NO_ANSWER)
    await books.people.erase(2, NOON, "mona", keep_until)
    how = ([Disposition.NO_ANSWER], (), NOON, "recycled by mona")
    # Passed over without ending the walk early: the third lead is beyond the first portion.
    assert await books.lists.some_recycled(list_id, 0, 1, *how) == (1, 1)
    assert await books.lists.some_recycled(list_id, 1, 1, *how) == (1, 3)
    assert await books.lists.some_recycled(list_id, 3, 1, *how) == (0, None)
    lines = {line.lead_id: line for line in (await books.campaigns.leads(campaign_id)).lines}
    assert (lines[2].status, lines[2].reason) == (LeadStatus.DONE, "the customer's data was erased")
    assert lines[3].status is LeadStatus.WAITING
    counts = await books.campaigns.lead_counts(campaign_id)
    assert (counts[LeadStatus.WAITING], counts[LeadStatus.DONE]) == (2, 1)


@pytest.mark.parametrize("keep_until", [None, NOON + timedelta(days=90)])
async def test_an_erased_persons_lead_does_not_come_back_by_merging_or_late_words(
    books: Books, keep_until: datetime | None
) -> None:
    campaign_id, list_id = await listed(books, 1)
    await settled(books, 1, Disposition.CONNECTED)
    await books.people.erase(1, NOON, "mona", keep_until)
    again = LeadPlan(LeadStatus.WAITING, NOON, "asked to be called back")
    late = WrapUp(f"a-1-{Disposition.CONNECTED}", "agent-7", "callback", "", NOON)
    assert await books.calls.record_wrap_up(late, again)
    await books.campaigns.load_rows(campaign_id, [row(9)], replace(TERMS, list_name="other"))
    other = (await books.lists.lists(campaign_id))[1].id
    assert await books.lists.some_moved(list_id, other, 9) == 1
    assert await books.lists.some_released(other, 9) == 0
    rules = (campaign_id, "another book", "changed", NOON, 9)
    assert await books.campaigns.some_judged_again(*rules) == 0
    claim = await books.calls.claim(campaign_id, NOON + timedelta(days=1))
    assert claim is not None
    assert claim.customer.ref == "C-9"
    assert await books.calls.claim(campaign_id, NOON + timedelta(days=1)) is None
    erased = (await books.campaigns.leads(campaign_id)).lines[0]
    assert (erased.status, erased.reason) == (LeadStatus.DONE, "the customer's data was erased")


async def test_a_list_is_merged_into_another(books: Books) -> None:
    campaign_id, list_id = await listed(books, 3)
    await books.campaigns.load_rows(campaign_id, [row(9)], replace(TERMS, list_name="other"))
    other = (await books.lists.lists(campaign_id))[1].id
    await books.lists.remove_list(list_id, other)  # not empty: stays
    assert [await books.lists.some_moved(list_id, other, 2) for _ in range(3)] == [2, 1, 0]
    await books.lists.remove_list(list_id, other)
    (kept,) = await books.lists.lists(campaign_id)
    assert (kept.id, kept.leads[LeadStatus.WAITING]) == (other, 4)


async def test_a_page_holds_where_each_lead_stands(books: Books) -> None:
    _, list_id = await listed(books, 3)
    await settled(books, 2, Disposition.CONNECTED, facts=CallFacts(bridged_at=NOON))
    await books.calls.record_vote(Vote("a-2-connected", 4, NOON, "agi"))
    spoken = WrapUp("a-2-connected", "agent-7", "satisfied", "fine", NOON)
    await books.calls.record_wrap_up(spoken, None)
    first, second = await books.lists.page_of(list_id, 0, 2)
    (third,) = await books.lists.page_of(list_id, second.lead_id, 2)
    assert (first.lead_id, first.number, first.attempts) == (1, row(1).number, 0)
    assert (first.last_disposition, first.outcome, first.last_at) == (None, "", None)
    assert (second.attempts, second.last_disposition) == (1, Disposition.CONNECTED)
    assert (second.outcome, second.status, second.last_at) == ("satisfied", LeadStatus.DONE, NOON)
    assert third.customer == await books.campaigns.customer(3)
    assert third.fields == ROW.fields
    assert list(await books.lists.page_of(list_id, third.lead_id, 2)) == []
    assert (second.agent_id, second.vote, second.note) == ("agent-7", 4, "fine")
    assert (first.agent_id, first.vote, first.note, first.appointment_at) == ("", None, "", None)


async def test_pages_are_by_id_wherever_the_leads_stand(books: Books) -> None:
    """A lead that goes on to another status between two pages is neither lost nor told twice."""
    _, list_id = await listed(books, 7)
    for index in (2, 5):
        await settled(books, index, Disposition.CONNECTED, "satisfied")
    told: list[int] = []
    while page := await books.lists.page_of(list_id, told[-1] if told else 0, 2):
        told += [lead.lead_id for lead in page]
        if len(told) == 4:
            await books.lists.switch_list(list_id, False)
            assert await books.lists.some_held(list_id, 99) == 5
    assert told == [1, 2, 3, 4, 5, 6, 7]


async def test_the_columns_of_a_list_are_those_of_all_its_leads(books: Books) -> None:
    campaign_id, list_id = await listed(books, 3)
    await books.campaigns.load_rows(
        campaign_id, [row(4, fields={"expiry": "2026-12-31"}, extras={"colour": "red"})], TERMS
    )
    first, last = await books.lists.some_columns(list_id, 0, 2)
    assert (set(first), last) == ({*ROW.fields, *ROW.extras}, 2)
    rest, last = await books.lists.some_columns(list_id, 2, 3)
    assert (set(rest), last) == ({*ROW.fields, *ROW.extras, "expiry", "colour"}, None)


async def test_a_deleted_list_goes_at_once_where_nobody_was_tried_and_the_rest_in_its_time(
    books: Books,
) -> None:
    campaign_id, list_id = await listed(books, 4)
    await settled(books, 1, Disposition.NO_ANSWER)
    await books.calls.record_wrap_up(WrapUp("a-1-no_answer", "agent-7", "callback", "said so", NOON), None)
    until = NOON + timedelta(days=30)
    await books.lists.mark_deleted(list_id, NOON, until)
    while await books.lists.some_deleted(list_id, 2):
        pass
    assert [line.lead_id for line in (await books.campaigns.leads(campaign_id)).lines] == [1]
    kept = await books.lists.lead_list(list_id)
    assert (kept.active, kept.deleted_at, kept.purge_after) == (False, NOON, until)
    assert kept.name != "spring"
    assert await books.purge(until - timedelta(seconds=1)) == 0
    assert len(await books.campaigns.history(1)) == 1
    assert await books.purge(until) == 1
    assert await books.purge(until) == 0
    assert list((await books.campaigns.attempts(campaign_id)).lines) == []
    assert list((await books.campaigns.leads(campaign_id)).lines) == []
    with pytest.raises(NotFound):
        await books.campaigns.customer(1)
    with pytest.raises(NotFound):
        await books.lists.lead_list(list_id)
    await books.campaigns.load_rows(campaign_id, [row(1)], TERMS)  # the name is free again
    assert [one.name for one in await books.lists.lists(campaign_id)] == ["spring"]


async def test_a_customer_who_was_never_called_goes_with_the_deleted_list_that_brought_him(
    books: Books,
) -> None:
    _, list_id = await listed(books, 2)
    other = (await books.campaign("Other")).id
    await books.campaigns.load_rows(other, [row(2)], TERMS)
    await books.lists.mark_deleted(list_id, NOON, NOON + timedelta(days=400))
    while await books.lists.some_deleted(list_id, 1):
        pass
    with pytest.raises(NotFound):
        await books.campaigns.customer(1)
    assert list(await books.people.find_customers("C-1", row(1).number, 9)) == []
    assert (await books.campaigns.customer(2)).ref == "C-2"


async def test_a_lead_that_waits_again_after_its_list_was_deleted_is_closed_not_held(books: Books) -> None:
    campaign_id, list_id = await listed(books, 1)
    assert await books.calls.claim(campaign_id, NOON) is not None
    await books.attempt("a-1")
    await books.lists.mark_deleted(list_id, NOON, NOON + timedelta(days=400))
    while await books.lists.some_deleted(list_id, 10):
        pass
    again = LeadPlan(LeadStatus.WAITING, NOON, "busy: again at once")
    await books.calls.settle("a-1", Settlement(Disposition.BUSY, CallFacts(), again))
    assert await books.calls.claim(campaign_id, NOON) is None
    assert not await books.calls.holds_leads(campaign_id)
    (line,) = (await books.campaigns.leads(campaign_id)).lines
    assert (line.status, line.reason) == (LeadStatus.DONE, "its list was deleted")


async def test_purging_keeps_a_customer_who_is_elsewhere_too(books: Books) -> None:
    _, list_id = await listed(books, 1)
    await settled(books, 1, Disposition.NO_ANSWER)
    other = (await books.campaign("Other")).id
    await books.campaigns.load_rows(other, [row(1)], TERMS)
    await books.lists.mark_deleted(list_id, NOON, NOON)
    assert await books.purge(NOON) == 1
    assert (await books.campaigns.customer(1)).ref == "C-1"
    assert len((await books.campaigns.leads(other)).lines) == 1


async def test_a_call_under_way_is_not_purged(books: Books) -> None:
    _, list_id = await listed(books, 1)
    await books.attempt("a-1")
    await books.lists.mark_deleted(list_id, NOON, NOON)
    assert await books.purge(NOON) == 0
    await books.calls.settle("a-1", Settlement(Disposition.BUSY, CallFacts(), DONE))
    assert await books.purge(NOON) == 1


# --- mappings


async def test_mappings_are_saved_replaced_and_forgotten(books: Books) -> None:
    first = ColumnMapping("b", {"phone": "Handy", "ref": ""}, "mona", NOON)
    await books.lists.save_mapping(first)
    await books.lists.save_mapping(ColumnMapping("a", {}, "mona", NOON))
    assert await books.lists.mapping("b") == first
    changed = replace(first, columns={"phone": "Mobil"}, by="anna", at=NOON + timedelta(days=1))
    await books.lists.save_mapping(changed)
    assert [one.name for one in await books.lists.mappings()] == ["a", "b"]
    assert await books.lists.mapping("b") == changed
    await books.lists.delete_mapping("b")
    with pytest.raises(NotFound):
        await books.lists.mapping("b")
    with pytest.raises(NotFound):
        await books.lists.delete_mapping("b")


async def test_a_customer_ranked_anew_by_a_list_keeps_the_order_of_claims(books: Books) -> None:
    campaign_id, _ = await listed(books, 2)
    await books.campaigns.load_rows(campaign_id, [row(2, customer_class=CustomerClass.VIP)], TERMS)
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.lead.id == 2
