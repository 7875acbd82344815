"""Who was entered by hand and is in no list, when a list brings his number: over the twin and over SQL."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from book_cases import NOON, Books, row
from list_cases import TERMS
from plain_cases import plain_customer

from campaigns.desk.ledger import LedgerDesk
from campaigns.errors import NotFound
from campaigns.ledger import Kind, text_digest
from campaigns.ledger_check import told_by
from campaigns.lists import Known, LeftOut, ListRow, LoadCount, Within
from campaigns.model import CreditKind, Customer, CustomerClass, InboundDisposition, NumberKind
from campaigns.people import ContactNote, Credit, Entry, NoteKind
from dialer.ports import CallFacts, InboundCall, WrapUp

MADE_UP, GIVEN = "N-7KQ4-2MXB", "T-1"
NUMBER = row(1).number
ANN = plain_customer(
    ref=MADE_UP,
    name="Ann Lee",
    title="",
    language="",
    customer_class=CustomerClass.POTENTIAL,
    numbers=(NUMBER,),
    zones=("Europe/London",),
    owner="1001",
)
BY_HAND = Entry("Mia", NOON)
HERS = ListRow("C-1", "Ann Lee-Roy", "Ms", "en", None, ("Europe/London",), NUMBER, NOON, {}, {}, row=7)
"""What the list brings of her."""


async def brought(books: Books, campaign_id: int, *rows: ListRow, **terms: Any) -> LoadCount:
    """Load rows into a list of their own."""
    return await books.campaigns.load_rows(campaign_id, rows, replace(TERMS, list_name="later", **terms))


async def refs_with(books: Books, number: str = NUMBER) -> list[str]:
    return [person.ref for person in await books.people.find_customers("", number, 9)]


async def entries(books: Books, kind: Kind) -> list[Mapping[str, Any]]:
    return [told_by(one) for one in await books.ledger.page(0, 99) if one.kind == kind]


@pytest.mark.parametrize("within", list(Within))
@pytest.mark.parametrize("known", list(Known))
@pytest.mark.parametrize("ref", [MADE_UP, GIVEN], ids=["made up", "given"])
async def test_a_list_brings_the_number_of_somebody_entered_by_hand(
    books: Books, ref: str, known: Known, within: Within
) -> None:
    campaign_id = (await books.campaign()).id
    made = await books.people.add_customer(replace(ANN, ref=ref), BY_HAND)
    terms = {"known": known, "within": within}
    told = await brought(books, campaign_id, HERS, dry_run=True, **terms)
    assert (await refs_with(books), await entries(books, Kind.REFERENCE_CHANGED)) == ([ref], [])
    assert (await books.people.customer_file(made.id)).notes == ()
    assert await brought(books, campaign_id, HERS, **terms) == told
    if known is Known.ALLOW:
        assert (told, await refs_with(books)) == (LoadCount(1, 0, 0), [ref, "C-1"])
    elif known is Known.UPDATE and ref == MADE_UP:
        assert (told, await refs_with(books)) == (LoadCount(1, 0, 0), ["C-1"])
        assert (await books.campaigns.customer(made.id)).ref == "C-1"
    else:
        assert told == LoadCount(0, 0, 0, 1, (LeftOut(7, "C-1", NUMBER, ref),))
        assert await refs_with(books) == [ref]
        assert (await books.campaigns.customer(made.id)).name == "Ann Lee"


@pytest.mark.parametrize("within", list(Within))
@pytest.mark.parametrize("known", list(Known))
async def test_a_list_brings_the_reference_of_somebody_entered_by_hand(
    books: Books, known: Known, within: Within
) -> None:
    campaign_id = (await books.campaign()).id
    await books.people.add_customer(ANN, BY_HAND)
    count = await brought(
        books, campaign_id, HERS._replace(ref=MADE_UP, number=row(2).number), known=known, within=within
    )
    skipped = known is Known.SKIP
    assert count == LoadCount(int(not skipped), 0, 0, int(skipped))
    assert await refs_with(books, row(2).number) == ([] if skipped else [MADE_UP])


async def test_he_keeps_everything_under_the_reference_that_a_list_brings(books: Books) -> None:
    """His talk is still in an agent's hands while the list comes."""
    campaign_id = (await books.campaign()).id
    await books.calls.open_inbound(InboundCall("in-1", NUMBER, "+442079460000", NOON))
    credit = Credit(CreditKind.BROUGHT, "1001", "enquiry", NOON, "in-1")
    note = ContactNote(0, NoteKind.NOTE, "asks for prices", "agent 1001", NOON)
    made = await books.people.add_customer(ANN, Entry("agent 1001", NOON, "in-1", credit, note))
    assert (await brought(books, campaign_id, HERS)).loaded == 1
    await books.calls.settle_inbound("in-1", InboundDisposition.CONNECTED, CallFacts(agent_id="1001"))
    await books.calls.record_wrap_up(WrapUp("in-1", "1001", "served", "wants a quote", NOON), None)
    found = await books.people.customer_file(made.id)
    assert found.customer == replace(made, ref="C-1", name="Ann Lee-Roy", title="Ms", language="en")
    assert (found.made_by, found.made_at, found.credits) == ("agent 1001", NOON, (credit,))
    assert [(one.note, one.by, one.at) for one in found.notes] == [
        ("asks for prices", "agent 1001", NOON),
        (f"Had the reference {MADE_UP} until the list 'later' brought C-1.", "mona", NOON),
    ]
    (call,) = await books.people.hotline_calls(made.id)
    assert (call.call_id, call.note) == ("in-1", "wants a quote")
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert (claim.customer.id, claim.customer.ref, claim.customer.owner) == (made.id, "C-1", "1001")
    assert await brought(books, campaign_id, HERS) == LoadCount(0, 0, 1)
    with pytest.raises(NotFound):
        await books.ledger.person(MADE_UP)


async def test_the_ledger_tells_of_the_change_and_names_nobody(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    await books.people.add_customer(ANN, BY_HAND)
    await brought(books, campaign_id, HERS)
    (told,) = await entries(books, Kind.REFERENCE_CHANGED)
    key = await books.ledger.person("C-1")
    assert key is not None
    assert told["by"] == "mona"
    assert told["facts"] == {
        "list": 1,
        "was": text_digest(key.key, "was", MADE_UP),
        "ref": text_digest(key.key, "ref", "C-1"),
    }
    (made,) = await entries(books, Kind.CUSTOMER_MADE)
    assert told["person"] == made["person"]
    kept = "".join(one.body for one in await books.ledger.page(0, 99))
    assert MADE_UP not in kept
    assert "C-1" not in kept
    assert (await LedgerDesk(books.ledger).verify()).ok


async def other_in_a_list(books: Books) -> None:
    """Another customer has the number from the list of another campaign, as far as which nobody looks."""
    other = (await books.campaign("Other")).id
    await books.campaigns.load_rows(other, [row(9, number=NUMBER)])


async def test_who_shares_the_number_with_another_one_keeps_his_reference(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    await books.people.add_customer(ANN, BY_HAND)
    await other_in_a_list(books)
    left_out = (LeftOut(7, "C-1", NUMBER, MADE_UP),)
    assert await brought(books, campaign_id, HERS) == LoadCount(0, 0, 0, 1, left_out)
    assert await refs_with(books) == [MADE_UP, "C-9"]


async def test_two_entered_by_hand_with_one_number_keep_their_references(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    for ref in (MADE_UP, "N-2222-2222"):
        await books.people.add_customer(replace(ANN, ref=ref), replace(BY_HAND, may_share=True))
    left_out = (LeftOut(7, "C-1", NUMBER, MADE_UP),)
    assert await brought(books, campaign_id, HERS) == LoadCount(0, 0, 0, 1, left_out)
    assert await refs_with(books) == [MADE_UP, "N-2222-2222"]


async def test_he_is_in_nobodys_way_who_has_the_number_beside_him(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    await books.people.add_customer(ANN, BY_HAND)
    await other_in_a_list(books)
    count = await brought(books, campaign_id, row(9, number=NUMBER), known=Known.SKIP)
    assert count == LoadCount(1, 0, 0)


async def test_who_is_in_a_list_already_keeps_his_reference(books: Books) -> None:
    campaign_id, other = (await books.campaign()).id, (await books.campaign("Other")).id
    await books.people.add_customer(ANN, BY_HAND)
    await brought(books, other, HERS._replace(ref=MADE_UP))
    left_out = (LeftOut(7, "C-1", NUMBER, MADE_UP),)
    assert await brought(books, campaign_id, HERS, within=Within.BOOK) == LoadCount(0, 0, 0, 1, left_out)
    assert await brought(books, campaign_id, HERS) == LoadCount(1, 0, 0)  # as far as the campaign, he is not
    assert await refs_with(books) == [MADE_UP, "C-1"]


async def test_whoever_has_the_lists_reference_does_not_become_two(books: Books) -> None:
    campaign_id, other = (await books.campaign()).id, (await books.campaign("Other")).id
    await books.campaigns.load_rows(other, [row(1, number=row(5).number)])
    await books.people.add_customer(ANN, BY_HAND)
    left_out = (LeftOut(7, "C-1", NUMBER, MADE_UP),)
    assert await brought(books, campaign_id, HERS) == LoadCount(0, 0, 0, 1, left_out)


async def test_a_list_that_has_both_references_means_two_people(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    await books.people.add_customer(ANN, BY_HAND)
    both = HERS, HERS._replace(ref=MADE_UP, number=row(5).number, row=8)
    left_out = (LeftOut(7, "C-1", NUMBER, MADE_UP),)
    assert await brought(books, campaign_id, *both) == LoadCount(1, 0, 0, 1, left_out)
    assert await refs_with(books) == [MADE_UP]


async def test_one_reference_takes_one_place_and_gives_way_once(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    await books.people.add_customer(ANN, BY_HAND)
    await books.people.add_customer(replace(ANN, ref="N-2222-2222", numbers=(row(2).number,)), BY_HAND)
    count = await brought(
        books,
        campaign_id,
        HERS,
        HERS._replace(ref="C-2", row=8),
        HERS._replace(number=row(2).number, row=9),
    )
    assert (count.loaded, count.left_out) == (
        1,
        (LeftOut(8, "C-2", NUMBER, "C-1"), LeftOut(9, "C-1", row(2).number, "N-2222-2222")),
    )
    assert (await refs_with(books), await refs_with(books, row(2).number)) == (["C-1"], ["N-2222-2222"])


async def test_a_further_number_is_left_out_whatever_the_terms(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    await books.people.add_customer(ANN, BY_HAND)
    further = HERS._replace(number=row(5).number, others=((NUMBER, NumberKind.HOME),))
    count = await brought(books, campaign_id, further, within=Within.FILE)
    assert count == LoadCount(1, 0, 0, 0, (LeftOut(7, "C-1", NUMBER, MADE_UP, further=True),))
    assert await refs_with(books) == [MADE_UP]


async def test_numbers_that_he_has_beside_the_one_that_is_called_stay_his(books: Books) -> None:
    """A list had him with a second number, which another customer has too, and was deleted."""
    campaign_id, other = (await books.campaign()).id, (await books.campaign("Other")).id
    second = row(5).number
    await books.people.add_customer(ANN, BY_HAND)
    both = HERS._replace(ref=MADE_UP, others=((second, NumberKind.HOME),))
    await brought(books, other, both)
    await books.lists.mark_deleted(1, NOON, NOON)
    await books.lists.some_deleted(1, 9)
    await books.campaigns.load_rows(campaign_id, [row(5)])
    hers = both._replace(ref="C-1")
    assert await brought(books, campaign_id, hers) == LoadCount(1, 0, 0)
    assert await brought(books, campaign_id, hers) == LoadCount(0, 0, 1)
    (ann,) = await books.people.find_customers("C-1", "", 9)
    assert ann.numbers == (NUMBER, second)


@pytest.mark.parametrize("known", [Known.SKIP, Known.UPDATE])
async def test_whoever_was_erased_is_nobody(books: Books, known: Known) -> None:
    """Also while a rule pack keeps the numbers of his calls."""
    campaign_id = (await books.campaign()).id
    made = await books.people.add_customer(ANN, BY_HAND)
    await books.people.erase(made.id, NOON, "Mia", NOON.replace(year=2030))
    assert await brought(books, campaign_id, HERS, known=known) == LoadCount(1, 0, 0)
    (hers,) = await books.people.find_customers("", NUMBER, 9)
    assert (hers.ref, hers.id != made.id) == ("C-1", True)
    assert (await books.campaigns.customer(made.id)).ref == f"erased-{made.id}"


async def test_two_made_by_hand_become_two_of_the_list(books: Books) -> None:
    """Beside one whom the book has from a list."""
    campaign_id = (await books.campaign()).id
    await books.campaigns.load_rows(campaign_id, [row(3)])
    made: list[Customer] = []
    for index in (1, 2):
        new = replace(ANN, ref=f"N-2222-222{index + 1}", numbers=(row(index).number,))
        made.append(await books.people.add_customer(new, BY_HAND))
    count = await brought(books, campaign_id, row(1), row(2), row(3))
    assert count == LoadCount(2, 0, 1)
    assert [(await books.campaigns.customer(one.id)).ref for one in made] == ["C-1", "C-2"]
