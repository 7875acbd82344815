"""Agents are credited for what their calls won, over the twin and over SQL."""

from datetime import timedelta

from book_cases import NOON, Books, row
from call_cases import CONNECTED

from campaigns.model import CreditKind, CustomerClass
from campaigns.people import Credit
from dialer.ports import WrapUp

CLOSED, BROUGHT = CreditKind.CLOSED, CreditKind.BROUGHT
ABOUT = "Renewals: Renewed"


async def recorded(
    books: Books, credit: CreditKind | None, *, attempt: str = "a-1", agent: str = "1002", minutes: int = 0
) -> None:
    at = NOON + timedelta(minutes=minutes)
    assert await books.calls.record_wrap_up(WrapUp(attempt, agent, "renewed", "", at, credit, ABOUT), None)


async def credited(books: Books) -> list[tuple[CreditKind, str, str]]:
    return [(one.kind, one.agent_id, one.call_id) for one in (await books.people.customer_file(1)).credits]


async def test_a_closing_credits_who_won_it_and_again_who_brought_the_customer(books: Books) -> None:
    await books.leads(1)
    await books.people.add_credit(1, Credit(BROUGHT, "1001", "enquiry", NOON))
    await books.attempt()
    await recorded(books, CLOSED)
    assert await credited(books) == [(BROUGHT, "1001", ""), (CLOSED, "1002", "a-1"), (BROUGHT, "1001", "a-1")]
    _, won, _ = (await books.people.customer_file(1)).credits
    assert won == Credit(CLOSED, "1002", ABOUT, NOON, "a-1")


async def test_a_record_that_is_corrected_takes_its_credits_along(books: Books) -> None:
    await books.leads(1)
    await books.people.add_credit(1, Credit(BROUGHT, "1001", "enquiry", NOON))
    await books.attempt()
    await recorded(books, CLOSED)
    await recorded(books, CLOSED, agent="1003", minutes=1)
    assert await credited(books) == [(BROUGHT, "1001", ""), (CLOSED, "1003", "a-1"), (BROUGHT, "1001", "a-1")]
    await recorded(books, None, minutes=2)
    assert await credited(books) == [(BROUGHT, "1001", "")]


async def test_a_customer_is_brought_once(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await recorded(books, BROUGHT, agent="1001")
    await recorded(books, BROUGHT, agent="1001", minutes=1)
    assert await credited(books) == [(BROUGHT, "1001", "a-1")]
    await books.people.add_credit(1, Credit(BROUGHT, "1009", "by hand", NOON))
    await recorded(books, CLOSED, agent="1002", minutes=2)
    assert await credited(books) == [(BROUGHT, "1009", ""), (CLOSED, "1002", "a-1"), (BROUGHT, "1009", "a-1")]


async def test_whoever_buys_is_a_potential_customer_no_longer(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    classes = (CustomerClass.POTENTIAL, CustomerClass.VIP)
    rows = [row(index, customer_class=each) for index, each in enumerate(classes, 1)]
    await books.campaigns.load_rows(campaign_id, rows)
    for lead in (1, 2):
        await books.attempt(f"a-{lead}", lead_id=lead)
        await recorded(books, BROUGHT, attempt=f"a-{lead}")
    assert (await books.campaigns.customer(1)).customer_class is CustomerClass.POTENTIAL
    for lead in (1, 2):
        await recorded(books, CLOSED, attempt=f"a-{lead}")
    now = [(await books.campaigns.customer(person)).customer_class for person in (1, 2)]
    assert now == [CustomerClass.ORDINARY, CustomerClass.VIP]


async def test_what_was_won_from_somebody_who_was_erased_is_credited_without_what_it_was_about(
    books: Books,
) -> None:
    await books.leads(1)
    await books.people.add_credit(1, Credit(BROUGHT, "1001", "enquiry about his boiler", NOON))
    await books.attempt()
    await recorded(books, CLOSED)
    await books.calls.settle("a-1", CONNECTED)
    await books.people.erase(1, NOON)
    given = [(BROUGHT, "1001", ""), (CLOSED, "1002", "a-1"), (BROUGHT, "1001", "a-1")]
    assert await credited(books) == given
    await recorded(books, CLOSED, minutes=1)
    assert await credited(books) == given
    found = (await books.people.customer_file(1)).credits
    assert [(one.subject, one.at > NOON) for one in found] == [("", False), ("", True), ("", True)]
    await recorded(books, None, minutes=2)
    assert await credited(books) == given[:1]
