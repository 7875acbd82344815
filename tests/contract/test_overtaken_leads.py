"""What changes between a last look at a lead and its attempt: there is no attempt then, in either store."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import time, timedelta

import pytest
from book_cases import NOON, Books, new_attempt, row
from call_cases import BUSY, lead_of

from campaigns.errors import NotAllowedNow
from campaigns.model import CampaignStatus, Consent, HoursWindow, LeadStatus, Purpose
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber
from dialer.ports import WrapUp

NUMBER = "+442079460101"
CHANGES: dict[str, Callable[[Books], Awaitable[object]]] = {
    "barred": lambda books: books.suppression.suppress_numbers(
        [SuppressedNumber(OPT_OUT_ID, NUMBER, "asked", "mona", NOON)]
    ),
    "opted out": lambda books: books.campaigns.suppress(NUMBER, "asked", "mona", NOON),
    "consent withdrawn": lambda books: books.people.record_consent(
        1, NUMBER, Consent(Purpose.SERVICE, False, NOON, ""), "mona", NOON
    ),
    "rules": lambda books: books.campaigns.set_rules(
        1, (HoursWindow(0, time(9), time(10)),), (), "mona", NOON
    ),
    "paused": lambda books: books.campaigns.set_status(1, CampaignStatus.PAUSED, "mona", NOON),
    "corrected": lambda books: books.campaigns.load_rows(1, [row(1, fields={"service": "roof"})]),
    "judged anew": lambda books: books.campaigns.claimed_judged_again(1, "packs", NOON),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_no_attempt_is_opened_on_what_was_known_before_a_change(books: Books, change: str) -> None:
    await books.leads(1)
    assert await books.calls.claim(1, NOON) is not None
    await CHANGES[change](books)
    assert not await books.calls.open_attempt(new_attempt("a-1"))
    assert list(await books.calls.open_attempts()) == []
    assert "attempt opened" not in [entry.kind for entry in await books.ledger.page(0, 99)]
    seen = await books.calls.claimed(1, NOON)
    assert seen is not None, "whoever holds it looks again"
    assert await books.calls.open_attempt(new_attempt("a-1")), "and may call it if that allows it"


async def test_a_second_change_after_the_second_look_counts_too(books: Books) -> None:
    await books.leads(1)
    await books.calls.claim(1, NOON)
    await CHANGES["opted out"](books)
    assert await books.calls.claimed(1, NOON) is not None
    await CHANGES["consent withdrawn"](books)
    assert not await books.calls.open_attempt(new_attempt("a-1"))


async def test_whoever_is_erased_while_his_lead_is_claimed_is_never_called(books: Books) -> None:
    await books.leads(1)
    await books.calls.claim(1, NOON)
    await books.people.erase(1, NOON, "mia", None)
    assert await books.calls.claimed(1, NOON) is None
    assert not await books.calls.open_attempt(new_attempt("a-1"))
    assert (await books.campaigns.attempts(1)).lines == ()
    assert (await books.people.customer_file(1)).erased


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_claimed_lead_of_a_list_that_is_switched_off_is_not_called(
    books: Books, deleted: bool
) -> None:
    await books.leads(1)
    (kept,) = await books.lists.lists(1)
    await books.calls.claim(1, NOON)
    if deleted:
        await books.lists.mark_deleted(kept.id, NOON, NOON + timedelta(days=9))
    else:
        await books.lists.switch_list(kept.id, False)
    assert not await books.calls.open_attempt(new_attempt("a-1"))
    assert await books.calls.claimed(1, NOON) is None


async def test_a_word_on_another_call_of_his_overtakes_what_is_known_of_him(books: Books) -> None:
    await books.leads(1)
    await books.campaigns.load_rows(1, [row(1, number="+442079460199")])
    await books.attempt("a-1", lead_id=1)
    await books.calls.settle("a-1", BUSY)
    other = await books.calls.claim(1, NOON)
    assert other is not None
    assert other.lead.number == "+442079460199"
    await books.calls.record_wrap_up(WrapUp("a-1", "agent-7", "refused", "", NOON), None)
    new = replace(new_attempt("a-2", lead_id=other.lead.id, customer_id=1), number=other.lead.number)
    assert not await books.calls.open_attempt(new)


async def test_a_lead_that_waits_is_taken_with_its_attempt(books: Books) -> None:
    await books.leads(1)
    assert await books.calls.open_attempt(new_attempt("a-1"))
    assert await books.calls.claim(1, NOON) is None
    assert (await books.campaigns.lead_counts(1))[LeadStatus.CLAIMED] == 1


async def test_nobody_is_erased_in_the_middle_of_a_call(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    with pytest.raises(NotAllowedNow):
        await books.people.erase(1, NOON, "mia", None)
    assert not (await books.people.customer_file(1)).erased
    await books.calls.settle("a-1", BUSY)
    await books.people.erase(1, NOON, "mia", None)
    assert (await books.people.customer_file(1)).erased


async def test_who_wishes_to_be_erased_is_not_called_for_a_lead_that_is_claimed(books: Books) -> None:
    await books.leads(1)
    await books.campaigns.load_rows(1, [row(1, number="+442079460199")])
    await books.attempt("a-1")
    other = await books.calls.claim(1, NOON)
    assert other is not None
    assert await books.calls.called("a-1", NOON) is not None
    await books.people.ask_erasing(1, NOON, "mia")
    assert await books.calls.claimed(other.lead.id, NOON) is None
    new = replace(new_attempt("a-2", lead_id=other.lead.id, customer_id=1), number=other.lead.number)
    assert not await books.calls.open_attempt(new)
    assert (await lead_of(books)).status is LeadStatus.CLAIMED, "the call goes on"
    assert await books.calls.called("a-1", NOON) is None


async def test_the_lead_of_a_call_is_told_with_what_is_known_now_until_it_is_over(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    await CHANGES["opted out"](books)
    found = await books.calls.called("a-1", NOON)
    assert found is not None
    assert (found.lead.id, found.customer.id, found.suppressed) == (1, 1, True)
    await books.calls.settle("a-1", BUSY)
    assert await books.calls.called("a-1", NOON) is None
    assert await books.calls.called("a-9", NOON) is None
