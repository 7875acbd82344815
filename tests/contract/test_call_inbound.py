"""Inbound calls in ``dialer.ports.CallBook``, over the twin and over SQL."""

from dataclasses import replace
from datetime import timedelta

from book_cases import NOON, Books, row
from call_cases import BUSY, DONE, INBOUND, wrap_up

from campaigns.model import (
    Disposition,
    Vote,
)
from dialer.ports import CallFacts


async def test_an_inbound_call_is_stored_once_and_settled_once(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    await books.calls.open_inbound(replace(INBOUND, number="+1"))
    assert list(await books.calls.open_inbound_calls()) == [INBOUND.id]
    facts = CallFacts(answered_at=NOON, ended_at=NOON + timedelta(seconds=9))
    assert await books.calls.settle_inbound(INBOUND.id, Disposition.CONNECTED, facts)
    assert not await books.calls.settle_inbound(INBOUND.id, Disposition.ABANDONED, facts)
    assert not await books.calls.settle_inbound("in-77", Disposition.CONNECTED, facts)
    assert list(await books.calls.open_inbound_calls()) == []


async def test_a_settled_inbound_call_stays_settled_when_it_is_opened_again(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    await books.calls.settle_inbound(INBOUND.id, Disposition.CONNECTED, CallFacts())
    await books.calls.open_inbound(INBOUND)
    assert list(await books.calls.open_inbound_calls()) == []


async def test_open_inbound_calls_come_oldest_first(books: Books) -> None:
    for call_id, minute in (("in-b", 2), ("in-c", 1), ("in-a", 1)):
        await books.calls.open_inbound(
            replace(INBOUND, id=call_id, started_at=NOON + timedelta(minutes=minute))
        )
    assert list(await books.calls.open_inbound_calls()) == ["in-a", "in-c", "in-b"]


async def test_an_inbound_caller_votes_once_and_is_wrapped_up(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    assert await books.calls.record_vote(Vote(INBOUND.id, 3, NOON, "agi"))
    assert not await books.calls.record_vote(Vote(INBOUND.id, 5, NOON, "agi"))
    assert await books.calls.record_wrap_up(wrap_up(INBOUND.id), None)
    assert await books.calls.record_wrap_up(wrap_up(INBOUND.id), DONE)


async def test_an_inbound_call_is_told_with_its_caller(books: Books) -> None:
    await books.leads(2)
    assert await books.calls.inbound_call(INBOUND.id) is None
    await books.calls.open_inbound(INBOUND)
    first, second = [await books.campaigns.customer(one) for one in (1, 2)]
    assert first.numbers == (INBOUND.number,)
    assert await books.calls.inbound_call(INBOUND.id) == (INBOUND, first)
    stranger = replace(INBOUND, id="in-2", number="+442079460777")
    await books.calls.open_inbound(stranger)
    assert await books.calls.inbound_call("in-2") == (stranger, None)
    await books.people.know_caller("in-2", 2, "agent 1001")
    assert await books.calls.inbound_call("in-2") == (stranger, second)
    await books.people.erase(1, NOON)
    assert await books.calls.inbound_call(INBOUND.id) == (replace(INBOUND, number=""), None)


async def test_an_inbound_call_is_no_attempt(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    assert await books.calls.lead_of(INBOUND.id) is None
    assert not await books.calls.settle(INBOUND.id, BUSY)
    assert list(await books.calls.open_attempts()) == []


async def test_a_number_names_its_customer_unless_two_have_it(books: Books) -> None:
    campaign = await books.campaign()
    shared = "+442079460999"
    rows = [row(1), row(1, number=shared), row(2), row(2, number=shared)]
    await books.campaigns.load_rows(campaign.id, rows)
    found = await books.calls.customer_by_number(row(1).number)
    assert found is not None
    assert (found.ref, found.numbers) == ("C-1", (row(1).number, shared))
    assert await books.calls.customer_by_number(shared) is None
    assert await books.calls.customer_by_number("+442079460000") is None
