"""Inbound calls in ``dialer.ports.CallBook``, over the twin and over SQL."""

from dataclasses import replace
from datetime import timedelta

from book_cases import NOON, Books, row
from call_cases import BUSY, DONE, INBOUND, wrap_up

from campaigns.model import (
    InboundDisposition,
    Vote,
)
from dialer.ports import CallFacts


async def test_an_inbound_call_is_stored_once_and_settled_once(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    await books.calls.open_inbound(replace(INBOUND, number="+1"))
    assert list(await books.calls.open_inbound_calls()) == [INBOUND.id]
    facts = CallFacts(answered_at=NOON, ended_at=NOON + timedelta(seconds=9))
    assert await books.calls.settle_inbound(INBOUND.id, InboundDisposition.CONNECTED, facts)
    assert not await books.calls.settle_inbound(INBOUND.id, InboundDisposition.ABANDONED, facts)
    assert not await books.calls.settle_inbound("in-77", InboundDisposition.CONNECTED, facts)
    assert list(await books.calls.open_inbound_calls()) == []


async def test_a_settled_inbound_call_stays_settled_when_it_is_opened_again(books: Books) -> None:
    await books.calls.open_inbound(INBOUND)
    await books.calls.settle_inbound(INBOUND.id, InboundDisposition.CONNECTED, CallFacts())
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


async def test_what_stood_in_place_of_a_number_is_read_again(books: Books) -> None:
    await books.leads(1)
    for call_id, number in (("in-1", "02079460101"), ("in-2", "02079460101"), ("in-3", "anonymous")):
        await books.calls.open_inbound(replace(INBOUND, id=call_id, number=number))
    await books.calls.open_inbound(replace(INBOUND, id="in-4", number="", shown="02079460101"))
    await books.calls.open_inbound(replace(INBOUND, id="in-6", number="+1 202 229 4404"))
    await books.calls.open_inbound(replace(INBOUND, id="in-7", number=""))
    await books.calls.open_inbound(replace(INBOUND, id="in-5", number="+442079460199"))
    for _ in range(2):
        await books.calls.keep_as_shown()
        assert sorted(await books.calls.unread_callers()) == ["+1 202 229 4404", "02079460101", "anonymous"]
    assert await books.calls.name_caller("02079460101", row(1).number) == 3
    assert await books.calls.name_caller("+1 202 229 4404", "+12022294404") == 1
    assert await books.calls.name_caller("in no call", "+12022294404") == 0
    assert list(await books.calls.unread_callers()) == ["anonymous"]
    his = await books.people.hotline_calls(1)
    assert [(call.number, call.shown) for call in his] == [(row(1).number, "02079460101")] * 3
    third = await books.calls.inbound_call("in-3")
    assert third is not None
    assert (third[0].number, third[0].shown) == ("", "anonymous")


async def test_the_shown_number_of_whoever_is_erased_goes_too(books: Books) -> None:
    await books.leads(1)
    await books.calls.open_inbound(replace(INBOUND, number=row(1).number, shown="020 7946 0101"))
    await books.people.erase(1, NOON, "mona")
    found = await books.calls.inbound_call(INBOUND.id)
    assert found is not None
    assert (found[0].number, found[0].shown) == ("", "")


async def test_what_could_not_be_read_and_may_be_the_number_of_whoever_is_erased_goes_too(
    books: Books,
) -> None:
    await books.leads(2)
    his, other = row(1).number.removeprefix("+44"), row(2).number.removeprefix("+44")
    shown = [f"0{his}", f"011 44 {his}", f"0{other}", "anonymous", f"0{his}"]
    for place, text in enumerate(shown):
        await books.calls.open_inbound(replace(INBOUND, id=f"in-{place}", number="", shown=text))
    await books.people.know_caller("in-4", 2, "agent 1001")  # as she says
    await books.people.erase(1, NOON, "mona")
    found = [await books.calls.inbound_call(f"in-{place}") for place in range(5)]
    assert [call and call[0].shown for call in found] == ["", "", *shown[2:]]
    assert sorted(await books.calls.unread_callers()) == sorted(shown[2:])


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
