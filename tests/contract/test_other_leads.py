"""What a talk with somebody means for his other leads in the campaign, in every store."""

from dataclasses import replace
from datetime import timedelta

from book_cases import NOON, Books, new_attempt, row
from call_cases import BUSY, CONNECTED, DONE, LATER, reason_of, wrap_up

from campaigns.model import Lead, LeadPlan, LeadStatus
from campaigns.rules.evidence import Evidence
from campaigns.verdicts import LastVerdict
from dialer.ports import CallFacts, Settlement

OTHER = "+442079460199"
ENDED = NOON + timedelta(minutes=3)
TALKED = Settlement(CONNECTED.disposition, CallFacts(ended_at=ENDED), DONE)
PARKED = LeadPlan(
    LeadStatus.REFUSED,
    None,
    "was talked to on another number",
    LastVerdict("talked", "was talked to on another number", ENDED, None, book="b"),
)


async def one_person(books: Books, **more: object) -> None:
    """The first customer with two leads, and somebody else; the first number was called and busy."""
    await books.leads(2)
    await books.campaigns.load_rows(1, [row(1, number=OTHER, due_at=NOON + timedelta(days=2))])
    await books.attempt("a-0")
    await books.calls.settle("a-0", BUSY)


async def his_other(books: Books) -> Lead | None:
    """Claim the lead of his other number as soon as it is due."""
    while (found := await books.calls.claim(1, ENDED)) is not None:
        if found.lead.number == OTHER:
            return found.lead
    return None


async def evidence(books: Books, moment_days: int = 3) -> Evidence:
    found = await books.why.cases(1, OTHER, NOON + timedelta(days=moment_days))
    (case,) = [one for one in found if one.lead.number == OTHER]
    return case.evidence


async def test_his_other_leads_are_judged_at_once_after_a_talk(books: Books) -> None:
    await one_person(books)
    await books.attempt("a-1")
    assert await his_other(books) is None, "it is due in two days"
    await books.calls.settle("a-1", TALKED)
    lead = await his_other(books)
    assert lead is not None
    assert (lead.due_at, lead.verdict) == (ENDED, None)
    past = (await evidence(books)).past
    assert {(one.customer_id, one.lead_id) for one in past} == {(1, 1)}


async def test_nobody_elses_are_and_no_call_without_a_talk_hastens_any(books: Books) -> None:
    await one_person(books)
    await books.campaigns.load_rows(1, [row(3, due_at=NOON + timedelta(days=2))])
    await books.attempt("a-1")
    await books.calls.settle("a-1", Settlement(BUSY.disposition, CallFacts(ended_at=ENDED), LATER))
    assert await his_other(books) is None
    await books.attempt("a-2")
    await books.calls.settle("a-2", TALKED)
    assert await his_other(books) is not None
    assert await books.calls.claim(1, ENDED) is None, "the third customer's is due in two days"


async def test_a_wrong_person_said_before_the_end_of_the_call_hastens_nothing(books: Books) -> None:
    await one_person(books)
    await books.attempt("a-1")
    await books.calls.record_wrap_up(wrap_up("a-1", "wrong_person"), DONE)
    await books.calls.settle("a-1", TALKED)
    assert await his_other(books) is None


async def test_leads_refused_for_a_talk_wait_again_when_it_was_somebody_else(books: Books) -> None:
    await one_person(books)
    await books.attempt("a-1")
    await books.calls.settle("a-1", TALKED)
    lead = await his_other(books)
    assert lead is not None
    await books.calls.return_lead(lead.id, PARKED)
    assert await his_other(books) is None
    await books.calls.record_wrap_up(wrap_up("a-1", "satisfied"), None)
    assert await his_other(books) is None
    await books.calls.record_wrap_up(wrap_up("a-1", "wrong_person"), DONE)
    assert await reason_of(books, lead.id) == "wrong_person recorded by agent-7"
    assert await his_other(books) is not None


async def test_only_what_the_talk_refused_waits_again(books: Books) -> None:
    await one_person(books)
    await books.attempt("a-1")
    await books.calls.settle("a-1", TALKED)
    lead = await his_other(books)
    assert lead is not None
    assert PARKED.verdict is not None
    barred = replace(PARKED, verdict=replace(PARKED.verdict, rule="suppressed"))
    await books.calls.return_lead(lead.id, barred)
    await books.calls.record_wrap_up(wrap_up("a-1", "wrong_person"), DONE)
    assert await his_other(books) is None


async def test_a_number_that_comes_after_the_talk_finds_it(books: Books) -> None:
    await books.leads(1)
    await books.calls.open_attempt(new_attempt("a-1"))
    await books.calls.settle("a-1", TALKED)
    await books.campaigns.load_rows(1, [row(1, number=OTHER)])
    (talk,) = (await evidence(books)).past
    assert (talk.customer_id, talk.lead_id, talk.disposition) == (1, 1, CONNECTED.disposition)
