"""From the wish to be erased until the erasing nothing lets a person be called, over the twin and SQL."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from book_cases import NOON, Books, new_attempt, row
from call_cases import BUSY, CALLBACK, CONNECTED, LATER, reason_of, wrap_up
from list_cases import TERMS, listed

from campaigns.model import Disposition, LeadStatus
from campaigns.people import ERASING_ASKED

MUCH_LATER = NOON + timedelta(days=9)


async def settled_anew(books: Books) -> None:
    await books.calls.settle("a-1", BUSY)


async def with_the_agents_plan(books: Books) -> None:
    await books.calls.record_wrap_up(wrap_up(outcome="callback", callback_at=MUCH_LATER), CALLBACK)
    await books.calls.settle("a-1", CONNECTED)


async def planned_after_the_end(books: Books) -> None:
    await books.calls.settle("a-1", CONNECTED)
    await books.calls.record_wrap_up(wrap_up(outcome="callback", callback_at=MUCH_LATER), CALLBACK)


async def said_to_be_a_machine(books: Books) -> None:
    await books.calls.settle("a-1", CONNECTED)
    await books.calls.record_machine("a-1", CALLBACK)


async def recycled(books: Books) -> None:
    await books.calls.settle("a-1", BUSY)
    (kept,) = await books.lists.lists(1)
    await books.lists.some_recycled(kept.id, 0, 9, [Disposition.BUSY], [], NOON, "again")


async def reclaimed(books: Books) -> None:
    await books.calls.settle("a-1", BUSY)
    await books.calls.reclaim_orphans()


ENDS: tuple[Callable[[Books], Awaitable[None]], ...] = (
    settled_anew, with_the_agents_plan, planned_after_the_end, said_to_be_a_machine, recycled, reclaimed,
)  # fmt: skip


@pytest.mark.parametrize("end", ENDS, ids=[end.__name__ for end in ENDS])
async def test_no_plan_after_the_call_lets_him_wait(
    books: Books, end: Callable[[Books], Awaitable[None]]
) -> None:
    await listed(books, 1)
    await books.attempt("a-1")
    await books.people.ask_erasing(1, NOON, "mia")
    await end(books)
    assert await books.calls.claim(1, MUCH_LATER) is None
    (lead,) = (await books.people.customer_file(1)).leads
    assert (lead.status, lead.reason, lead.appointment_at) == (LeadStatus.DONE, ERASING_ASKED, None)


@pytest.mark.parametrize("campaign", ["his own", "another one"])
async def test_no_list_that_is_loaded_meanwhile_lets_him_wait(books: Books, campaign: str) -> None:
    await listed(books, 1)
    await books.attempt("a-1")
    await books.people.ask_erasing(1, NOON, "mia")
    into = 1 if campaign == "his own" else (await books.campaign("Another one")).id
    again = row(1)._replace(number="+442079460199")
    count = await books.campaigns.load_rows(into, [again, row(2)], TERMS)
    assert count.loaded == 2
    claim = await books.calls.claim(into, MUCH_LATER)
    assert claim is not None
    assert claim.customer.id == 2
    assert await books.calls.claim(into, MUCH_LATER) is None
    assert await reason_of_new(books) == ERASING_ASKED


async def reason_of_new(books: Books) -> str:
    return (await books.people.customer_file(1)).leads[-1].reason


async def test_a_lead_that_slipped_through_is_neither_looked_at_again_nor_called(books: Books) -> None:
    await books.leads(1)
    await books.people.ask_erasing(1, NOON, "mia")
    assert await reason_of(books) == ERASING_ASKED
    await books.recycle(1)  # as a list does on another node, in the middle of the wish
    assert await books.calls.claim(1, MUCH_LATER) is not None
    assert await books.calls.claimed(1, MUCH_LATER) is None
    assert not await books.calls.open_attempt(new_attempt("a-1"))
    await books.calls.return_lead(1, LATER)
    assert await books.calls.claim(1, MUCH_LATER) is None
    assert await reason_of(books) == ERASING_ASKED
