"""Customers entered by hand and callers who turn out to be one, over the twin and over SQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from book_cases import NOON, Books, row
from list_cases import TERMS
from plain_cases import plain_customer

from campaigns.errors import InvalidInput, KnownCustomer, NotAllowedNow, NotFound
from campaigns.ledger import Kind
from campaigns.ledger_check import told_by
from campaigns.model import (
    CreditKind,
    Customer,
    CustomerClass,
    Disposition,
    InboundDisposition,
    LeadPlan,
    LeadStatus,
    Vote,
)
from campaigns.people import ERASED, ContactNote, Credit, Entry, NoteKind
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber
from dialer.ports import CallFacts, InboundCall, Settlement, WrapUp

NUMBER = "+442079460777"
NEW = plain_customer(
    id=0,
    ref="N-1",
    name="Ann Lee",
    customer_class=CustomerClass.POTENTIAL,
    numbers=(NUMBER,),
    zones=("Europe/London",),
    owner="1001",
)
BY_HAND = Entry("Mia", NOON)
BY_CALL = Entry(
    "agent 1001",
    NOON,
    "in-1",
    Credit(CreditKind.BROUGHT, "1001", "enquiry", NOON, "in-1"),
    ContactNote(0, NoteKind.NOTE, "asks for prices", "agent 1001", NOON),
)


async def called(books: Books, call_id: str = "in-1", number: str = NUMBER, minutes: int = 0) -> None:
    """Somebody called the hotline, talked and voted."""
    at = NOON + timedelta(minutes=minutes)
    await books.calls.open_inbound(InboundCall(call_id, number, "+442079460000", at))
    facts = CallFacts(bridged_at=at, ended_at=at + timedelta(seconds=90), agent_id="1001")
    await books.calls.settle_inbound(call_id, InboundDisposition.CONNECTED, facts)
    await books.calls.record_vote(Vote(call_id, 4, at, "agi"))


async def told_of(books: Books, person: Customer) -> list[tuple[str, int | None, str | None, bool]]:
    calls = await books.people.hotline_calls(person.id)
    return [(call.call_id, call.vote, call.note, call.shared) for call in calls]


async def kinds(books: Books) -> list[str]:
    return [entry.kind for entry in await books.ledger.page(0, 99)]


async def test_somebody_entered_by_hand_is_a_customer_with_nothing_made_up(books: Books) -> None:
    made = await books.people.add_customer(NEW, BY_HAND)
    assert made == replace(NEW, id=made.id)
    assert await books.campaigns.customer(made.id) == made
    assert await books.calls.customer_by_number(NUMBER) == made
    found = await books.people.customer_file(made.id)
    assert (found.consents, found.credits, found.leads, found.notes) == ((), (), (), ())
    assert (found.made_by, found.made_at) == ("Mia", NOON)
    assert await books.people.owner_loads() == {"1001": 1}
    (entry,) = [one for one in await books.ledger.page(0, 99) if one.kind == Kind.CUSTOMER_MADE]
    told = told_by(entry)
    assert (told["by"], told["facts"]) == ("Mia", {"class": "potential", "owner": "1001"})
    assert told["person"]
    assert NUMBER not in entry.body


async def test_whom_a_list_brought_nobody_entered(books: Books) -> None:
    await books.leads(1)
    found = await books.people.customer_file(1)
    assert (found.made_by, found.made_at) == ("", None)


async def test_the_call_he_came_by_is_his_with_vote_and_credit(books: Books) -> None:
    await called(books)
    made = await books.people.add_customer(NEW, BY_CALL)
    await books.calls.record_wrap_up(WrapUp("in-1", "1001", "served", "wants a quote", NOON), None)
    assert await told_of(books, made) == [("in-1", 4, "wants a quote", False)]
    found = await books.people.customer_file(made.id)
    assert found.credits == (BY_CALL.credit,)
    assert [(note.note, note.by) for note in found.notes] == [("asks for prices", "agent 1001")]
    outcome = next(one for one in await books.ledger.page(0, 99) if one.kind == Kind.OUTCOME)
    assert told_by(outcome)["person"]  # whose talk it was is proven from here on


async def test_a_number_or_reference_that_is_somebodys_changes_nothing(
    books: Books,
) -> None:
    await books.leads(1)
    await called(books)
    taken = replace(NEW, numbers=(row(1).number,))
    with pytest.raises(KnownCustomer, match=r"José Łuczak \(C-1\)") as known:
        await books.people.add_customer(taken, BY_CALL)
    assert known.value.holders == (("C-1", "José Łuczak"),)
    with pytest.raises(InvalidInput, match="another customer's reference"):
        await books.people.add_customer(replace(NEW, ref="C-1"), BY_CALL)
    with pytest.raises(NotFound, match="in-9"):
        await books.people.add_customer(NEW, replace(BY_CALL, call_id="in-9"))
    assert list(await books.people.find_customers("N-1", NUMBER, 9)) == []
    assert Kind.CUSTOMER_MADE not in await kinds(books)
    assert (await books.people.add_customer(NEW, BY_CALL)).ref == "N-1"


async def test_two_who_share_a_number_may_be_entered_on_somebodys_word(books: Books) -> None:
    await books.leads(1)
    await books.people.add_customer(NEW, replace(BY_HAND, may_share=True))  # which nobody has
    sharing = replace(NEW, ref="N-2", numbers=(row(1).number,))
    with pytest.raises(KnownCustomer):
        await books.people.add_customer(sharing, BY_HAND)
    made = await books.people.add_customer(sharing, replace(BY_HAND, may_share=True))
    having = await books.people.find_customers("", row(1).number, 9)
    assert [(person.id, person.ref) for person in having] == [(1, "C-1"), (made.id, "N-2")]
    told = [told_by(one) for one in await books.ledger.page(0, 99) if one.kind == Kind.CUSTOMER_MADE]
    assert [one["facts"].get("shared") for one in told] == [None, True]
    with pytest.raises(InvalidInput, match="another customer's reference"):
        await books.people.add_customer(replace(sharing, ref="C-1"), replace(BY_HAND, may_share=True))


async def test_a_call_is_given_once(books: Books) -> None:
    await books.leads(1)
    await called(books)
    await books.people.know_caller("in-1", 1, "agent 1001")
    with pytest.raises(NotAllowedNow, match="is customer 1's already"):
        await books.people.know_caller("in-1", 1, "agent 1001")
    with pytest.raises(NotAllowedNow, match="is customer 1's already"):
        await books.people.add_customer(NEW, BY_CALL)
    with pytest.raises(NotFound):
        await books.people.know_caller("in-9", 1, "agent 1001")
    with pytest.raises(NotFound):
        await books.people.know_caller("in-1", 99, "agent 1001")
    assert (await kinds(books)).count(Kind.CALLER_KNOWN) == 1
    assert list(await books.people.find_customers("N-1", NUMBER, 9)) == []


async def test_a_call_that_was_given_is_nobody_elses(books: Books) -> None:
    """Also from a number that several have: then the note is told, since it is known whose talk it was."""
    await books.leads(2)
    shared = "+442079460999"
    await books.campaigns.load_rows(1, [row(1, number=shared), row(2, number=shared)])
    for call_id, number in (("in-1", shared), ("in-2", row(2).number), ("in-3", shared)):
        await called(books, call_id, number)
        await books.calls.record_wrap_up(WrapUp(call_id, "1001", "served", "the door", NOON), None)
    await books.people.know_caller("in-1", 1, "agent 1001")
    await books.people.know_caller("in-2", 1, "agent 1001")  # he called from a neighbour's telephone
    first, second = await books.campaigns.customer(1), await books.campaigns.customer(2)
    assert await told_of(books, first) == [
        ("in-3", 4, None, True),
        ("in-2", 4, "the door", False),
        ("in-1", 4, "the door", False),
    ]
    assert await told_of(books, second) == [("in-3", 4, None, True)]


async def test_an_opt_out_from_before_binds_the_new_customer(books: Books) -> None:
    await books.suppression.suppress_numbers(
        [SuppressedNumber(OPT_OUT_ID, NUMBER, "by key in call in-1", "customer", NOON)]
    )
    made = await books.people.add_customer(NEW, BY_HAND)
    assert (await books.people.customer_file(made.id)).suppressed == ("opt-out",)
    campaign = await books.campaign()
    other_number = row(1, ref="N-1", number="+442079460778")
    await books.campaigns.load_rows(campaign.id, [other_number])
    claim = await books.calls.claim(campaign.id, NOON)
    assert claim is not None
    assert (claim.customer.id, claim.evidence.suppressed) == (
        made.id,
        ("opt-out",),
    )  # on his other number too


async def test_a_list_takes_him_as_anybody_else_and_a_closing_makes_him_a_customer(books: Books) -> None:
    await called(books)
    made = await books.people.add_customer(NEW, BY_CALL)
    campaign = await books.campaign()
    same = row(1, ref="N-1", number=NUMBER, customer_class=CustomerClass.POTENTIAL, owner="")
    count = await books.campaigns.load_rows(campaign.id, [same])
    assert (count.loaded, count.duplicate) == (1, 0)
    claim = await books.calls.claim(campaign.id, NOON)
    assert claim is not None
    assert (claim.customer.id, claim.customer.owner, claim.evidence.consents) == (made.id, "1001", ())
    await books.attempt("a-1", lead_id=claim.lead.id, customer_id=made.id, number=NUMBER)
    sold = WrapUp("a-1", "1002", "renewed", "", NOON, CreditKind.CLOSED, "Renewals: renewed")
    await books.calls.record_wrap_up(sold, None)
    found = await books.people.customer_file(made.id)
    assert found.customer.customer_class is CustomerClass.ORDINARY
    assert [(one.kind, one.agent_id, one.subject) for one in found.credits] == [
        (CreditKind.BROUGHT, "1001", "enquiry"),
        (CreditKind.CLOSED, "1002", "Renewals: renewed"),
        (CreditKind.BROUGHT, "1001", "Renewals: renewed"),
    ]


async def test_his_file_outlives_a_list_that_had_him(books: Books) -> None:
    await called(books)
    made = await books.people.add_customer(NEW, BY_CALL)
    campaign = await books.campaign()
    tried = row(1, ref="N-1", number=NUMBER)
    await books.campaigns.load_rows(campaign.id, [tried, row(2)], TERMS)
    await books.campaigns.load_rows((await books.campaign("Other")).id, [tried])
    done = LeadPlan(LeadStatus.DONE, None, "talked")
    await books.attempt("a-1", customer_id=made.id, number=NUMBER)
    await books.calls.settle("a-1", Settlement(Disposition.CONNECTED, CallFacts(), done))
    for list_id in (1, 2):
        await books.lists.mark_deleted(list_id, NOON, NOON)
        await books.lists.some_deleted(list_id, 9)
    assert await books.retention.leave_bare([1])
    await books.retention.destroy([1])
    kept = await books.campaigns.customer(made.id)
    assert (kept.name, kept.numbers, kept.owner) == (tried.name, (NUMBER,), "1001")
    assert await told_of(books, kept) == [("in-1", 4, None, False)]
    with pytest.raises(NotFound):
        await books.campaigns.customer(made.id + 1)  # whom the list had brought went with it


async def test_whom_a_list_brought_goes_with_it_and_his_calls_are_whose_number_it_is(books: Books) -> None:
    await books.leads(1)
    await called(books, number=row(1).number)
    await books.people.know_caller("in-1", 1, "agent 1001")
    await books.lists.mark_deleted(1, NOON, NOON)
    assert await books.lists.some_deleted(1, 9) == 1
    made = await books.people.add_customer(replace(NEW, numbers=(row(1).number,)), BY_HAND)
    assert await told_of(books, made) == [("in-1", 4, None, False)]


async def test_erasing_him_leaves_nothing_of_the_calls_that_were_his(books: Books) -> None:
    await books.leads(1)
    await called(books)
    made = await books.people.add_customer(NEW, BY_CALL)
    await called(books, "in-2", row(1).number, 1)  # from a telephone that is another customer's
    await books.people.know_caller("in-2", made.id, "agent 1001")
    await books.calls.record_wrap_up(WrapUp("in-2", "1001", "served", "Ann's door", NOON), None)
    await books.people.erase(made.id, NOON, "Mia")
    await books.calls.record_wrap_up(WrapUp("in-1", "1001", "served", "Ann's quote", NOON), None)
    assert [(call.number, call.note) for call in await books.people.hotline_calls(made.id)] == [
        (ERASED, ""),
        (ERASED, ""),
    ]
    found = await books.people.customer_file(made.id)
    assert (found.erased, found.made_by, found.made_at) == (True, "", None)
    assert BY_CALL.credit is not None
    assert found.credits == (replace(BY_CALL.credit, subject=""),)
    assert await told_of(books, await books.campaigns.customer(1)) == []
    with pytest.raises(NotAllowedNow, match="was erased"):
        await books.people.know_caller("in-1", made.id, "agent 1001")
    assert (await books.people.add_customer(NEW, BY_HAND)).id != made.id


async def test_erasing_whose_telephone_it_was_leaves_the_note_to_whose_talk_it_was(books: Books) -> None:
    await books.leads(1)
    made = await books.people.add_customer(NEW, BY_HAND)
    await called(books, "in-2", row(1).number)
    await books.people.know_caller("in-2", made.id, "agent 1001")
    await books.calls.record_wrap_up(WrapUp("in-2", "1001", "served", "Ann's door", NOON), None)
    await books.people.erase(1, NOON, "Mia")
    (call,) = await books.people.hotline_calls(made.id)
    assert (call.number, call.note) == (ERASED, "Ann's door")
    await books.calls.record_wrap_up(WrapUp("in-2", "1001", "complaint", "Ann's roof", NOON), None)
    (call,) = await books.people.hotline_calls(made.id)
    assert (call.number, call.outcome, call.note) == (ERASED, "complaint", "Ann's roof")
