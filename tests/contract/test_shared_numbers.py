"""Numbers that are somebody else's already when a list brings them, over the twins and over SQL."""

from dataclasses import replace

import pytest
from book_cases import ROW, Books, row
from list_cases import TERMS, listed

from campaigns.errors import NotFound
from campaigns.lists import Known, LeftOut, LoadCount, Within
from campaigns.model import NumberKind


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
