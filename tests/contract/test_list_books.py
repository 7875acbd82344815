"""What becomes of lists once they are loaded, and saved mappings, over the twins and over SQL."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from book_cases import NOON, ROW, Books, row
from list_cases import TERMS, listed

from campaigns.errors import NotFound
from campaigns.lists import ColumnMapping
from campaigns.model import Disposition, LeadPlan, LeadStatus, Vote
from dialer.ports import CallFacts, Settlement, WrapUp

DONE = LeadPlan(LeadStatus.DONE, None, "talked")
NOTHING = CallFacts()


async def settled(
    books: Books, lead: int, disposition: Disposition, outcome: str = "", facts: CallFacts = NOTHING
) -> None:
    attempt_id = f"a-{lead}-{disposition}"
    await books.attempt(attempt_id, lead_id=lead)
    await books.calls.settle(attempt_id, Settlement(disposition, facts, DONE))
    if outcome:
        await books.calls.record_wrap_up(WrapUp(attempt_id, "agent-7", outcome, "", NOON), None)


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
    assert await books.campaigns.refused_otherwise(campaign_id, "another book", NOON, 9) == []
    rules = ("another book", "changed", NOON)
    assert await books.campaigns.some_judged_again(campaign_id, [1], *rules) == 0
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
    changed = replace(
        first,
        columns={"phone": "Mobil"},
        by="anna",
        at=NOON + timedelta(days=1),
        encoding="cp1251",
        date_order="dmy",
    )
    await books.lists.save_mapping(changed)
    assert [one.name for one in await books.lists.mappings()] == ["a", "b"]
    assert await books.lists.mapping("b") == changed
    await books.lists.delete_mapping("b")
    with pytest.raises(NotFound):
        await books.lists.mapping("b")
    with pytest.raises(NotFound):
        await books.lists.delete_mapping("b")
