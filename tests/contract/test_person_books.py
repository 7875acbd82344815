"""Customer files, owners and the evidence of a claim, over the twins and over SQL."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from book_cases import NOON, ROW, Books, new_attempt, row
from list_cases import TERMS

from campaigns.desk.ledger import LedgerDesk
from campaigns.errors import NotFound
from campaigns.finding import COUNTED, Sought
from campaigns.ledger import Kind
from campaigns.ledger_check import told_by
from campaigns.model import (
    Consent,
    CreditKind,
    CustomerClass,
    Disposition,
    InboundDisposition,
    LeadPlan,
    LeadStatus,
    PastContact,
    Purpose,
    Vote,
)
from campaigns.people import (
    Absence,
    BarredNumber,
    ContactNote,
    Credit,
    EraseWish,
    FiledLead,
    HotlineCall,
    NoteKind,
)
from campaigns.suppression import SuppressionKind
from campaigns.verdicts import LastVerdict
from dialer.ports import CallFacts, InboundCall, NewAttempt, Settlement, WrapUp

DONE = LeadPlan(LeadStatus.DONE, None, "talked")
LATER = LeadPlan(LeadStatus.WAITING, NOON, "again")


# --- evidence


async def test_past_contacts_are_those_of_the_person_and_of_the_number_newest_first(books: Books) -> None:
    campaign_id = await books.leads(2)
    other = (await books.campaign("Other")).id
    shared, second = row(1).number, "+442079460999"
    await books.campaigns.load_rows(campaign_id, [row(1)._replace(number=second)])
    await books.campaigns.load_rows(other, [row(2)._replace(number=shared)])
    minute = timedelta(minutes=1)
    for attempt in (
        new_attempt("own", committed_at=NOON - 3 * minute),
        new_attempt("second", lead_id=3, customer_id=1, number=second, committed_at=NOON - 2 * minute),
        NewAttempt("his", other, 4, 2, shared, "main", None, NOON - minute, "f00d"),
        new_attempt("stranger", lead_id=2, committed_at=NOON - minute),
    ):
        await books.calls.open_attempt(attempt)
    over = CallFacts(ended_at=NOON - 2 * minute)
    await books.calls.settle("own", Settlement(Disposition.CONNECTED, over, LATER))
    await books.calls.record_wrap_up(WrapUp("own", "agent-7", "refused", "", NOON), None)
    never = CallFacts(sent_at=NOON)
    await books.calls.settle("second", Settlement(Disposition.TRUNK_FAILED, never, LATER))
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert claim.lead.id == 1
    service = Purpose.SERVICE
    company = "Nordstern Wärmepumpen"
    assert claim.evidence.past == (
        PastContact(NOON - minute, shared, service, other, company, None, "", lead_id=4, customer_id=2),
        PastContact(
            NOON - 2 * minute,
            second,
            service,
            campaign_id,
            company,
            Disposition.TRUNK_FAILED,
            "",
            placed=False,
            lead_id=3,
            customer_id=1,
        ),
        PastContact(
            NOON - 3 * minute,
            shared,
            service,
            campaign_id,
            company,
            Disposition.CONNECTED,
            "refused",
            ended_at=over.ended_at,
            lead_id=1,
            customer_id=1,
        ),
    )


async def test_contacts_of_four_hundred_days_ago_count_no_more(books: Books) -> None:
    campaign_id = await books.leads(1)
    for attempt_id, days in (("old", 400), ("less old", 399)):
        await books.attempt(attempt_id, committed_at=NOON - timedelta(days=days))
        await books.calls.settle(attempt_id, Settlement(Disposition.BUSY, CallFacts(), LATER))
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert [past.at for past in claim.evidence.past] == [NOON - timedelta(days=399)]


async def test_trunk_failures_that_rang_did_reach_the_network(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt("a-1")
    rang = CallFacts(ringing_at=NOON)
    await books.calls.settle("a-1", Settlement(Disposition.TRUNK_FAILED, rang, LATER))
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert [past.placed for past in claim.evidence.past] == [True]


# --- the customer file


async def test_a_file_holds_consents_notes_credits_and_lists(books: Books) -> None:
    await books.leads(1)
    number = row(1).number
    said = Consent(Purpose.MARKETING, True, NOON, "form 7")
    await books.people.record_consent(1, number, said, "mona", NOON)
    note = await books.people.add_note(1, ContactNote(0, NoteKind.NOTE, "likes it", "mona", NOON))
    promise = ContactNote(0, NoteKind.PROMISE, "invoice", "anna", NOON, NOON + timedelta(days=2))
    promise = await books.people.add_note(1, promise)
    credit = Credit(CreditKind.BROUGHT, "1001", "first car", NOON)
    await books.people.add_credit(1, credit)
    await books.campaigns.suppress(number, "by key", "customer", NOON)
    await books.people.keep_promise(promise.id, NOON + timedelta(days=1))
    found = await books.people.customer_file(1)
    assert found.customer == await books.campaigns.customer(1)
    assert [(one.number, one.consent, one.by) for one in found.consents] == [(number, said, "mona")]
    assert found.notes == (note, replace(promise, kept_at=NOON + timedelta(days=1)))
    assert (found.credits, found.suppressed, found.erased) == ((credit,), ("opt-out",), False)
    assert found.barred == (
        BarredNumber("opt-out", SuppressionKind.OPT_OUT, None, None, number, "by key", "customer", NOON),
    )


async def test_a_file_holds_the_leads_of_all_campaigns_and_where_they_stand(books: Books) -> None:
    first = await books.leads(2)
    second = (await books.campaign("Renewal")).id
    visit = NOON + timedelta(days=4)
    renewal = row(1)._replace(fields={"expiry": "2026-12-31", "plate": "M-X 1"}, appointment_at=visit)
    await books.campaigns.load_rows(second, [renewal], TERMS)
    refusal = LastVerdict("consent", "nothing was said", NOON, pack="house", version="3", zone="", book="b")
    assert await books.calls.claim(first, NOON) is not None
    await books.calls.return_lead(1, LeadPlan(LeadStatus.REFUSED, None, refusal.reason, refusal))
    told, waits = (await books.people.customer_file(1)).leads
    assert told == FiledLead(
        lead_id=1,
        campaign_id=first,
        campaign="Revisit November",
        list_name="main",
        number=row(1).number,
        status=LeadStatus.REFUSED,
        reason="nothing was said",
        due_at=None,
        appointment_at=None,
        fields={"service": "boiler", "service_date": "2026-11-02"},
        verdict=refusal,
    )
    assert (waits.campaign, waits.list_name, waits.fields) == ("Renewal", "spring", renewal.fields)
    assert (waits.status, waits.due_at, waits.appointment_at) == (LeadStatus.WAITING, NOON, visit)
    assert (waits.reason, waits.verdict) == ("", None)
    await books.people.erase(1, NOON)
    for left in (await books.people.customer_file(1)).leads:
        assert (left.status, left.fields, left.due_at, left.verdict) == (LeadStatus.DONE, {}, None, None)
        assert left.number == f"erased:{left.lead_id}"


async def test_what_is_not_there_is_not_found(books: Books) -> None:
    await books.leads(1)
    said = Consent(Purpose.MARKETING, True, NOON, "form 7")
    note = ContactNote(0, NoteKind.NOTE, "x", "mona", NOON)
    for asking in (
        books.people.customer_file(9),
        books.people.record_consent(9, row(1).number, said, "mona", NOON),
        books.people.record_consent(1, "+442079460999", said, "mona", NOON),
        books.people.set_class(9, CustomerClass.VIP),
        books.people.add_note(9, note),
        books.people.keep_promise(9, NOON),
        books.people.add_credit(9, Credit(CreditKind.CLOSED, "1001", "car", NOON)),
        books.people.erase(9, NOON),
    ):
        with pytest.raises(NotFound):
            await asking
    kept = await books.people.add_note(1, note)
    with pytest.raises(NotFound):
        await books.people.keep_promise(kept.id, NOON)  # a note is no promise


async def test_customers_are_found_by_reference_or_number(books: Books) -> None:
    campaign_id = await books.leads(3)
    await books.campaigns.load_rows(campaign_id, [row(2)._replace(number=row(1).number)])

    async def found(ref: str, number: str, limit: int = 9) -> list[str]:
        return [person.ref for person in await books.people.find_customers(ref, number, limit)]

    assert await found("C-3", "") == ["C-3"]
    assert await found("", row(1).number) == ["C-1", "C-2"]
    assert await found("C-3", row(1).number, 2) == ["C-1", "C-2"]
    assert await found("", "") == await found("C-9", "+442079460999") == []


async def test_customers_are_sought_in_any_letters_and_by_a_piece_of_the_name(books: Books) -> None:
    campaign_id = await books.leads(3)
    names = {4: "Jürgen Müller", 5: "JÖRG MÜLLER-LÜDENSCHEIDT", 6: "100% Motors_Ltd", 7: "王小明"}
    await books.campaigns.load_rows(campaign_id, [row(n)._replace(name=name) for n, name in names.items()])
    await books.campaigns.load_rows(campaign_id, [row(8)._replace(ref="c-1"), row(9)._replace(ref="Ä-9")])

    async def found(limit: int = 9, **sought: str) -> tuple[list[str], int]:
        told = await books.people.search(Sought(**sought), limit)
        return [person.ref for person in told.customers], told.more

    assert await found(ref="c-3") == (["C-3"], 0)
    assert await found(ref="C-1") == (["C-1"], 0)  # as it is written: nobody else is meant
    assert await found(ref="ä-9") == (["Ä-9"], 0)
    assert await found(number=row(2).number) == (["C-2"], 0)
    assert await found(name="müller") == await found(name="MÜLLER") == (["C-4", "C-5"], 0)
    assert await found(name="小") == (["C-7"], 0)
    assert await found(name="0% motors_") == (["C-6"], 0)
    assert await found(name="%") == (["C-6"], 0)
    assert await found(name="\\") == await found() == await found(ref="C-99") == ([], 0)
    assert await found(ref="c-2", number=row(3).number, name="müller", limit=3) == (["C-2", "C-3", "C-4"], 1)


async def test_who_is_found_is_counted_as_far_as_anybody_reads(books: Books) -> None:
    campaign_id = await books.leads(1)
    many = [row(n)._replace(name=f"Common {n}") for n in range(2, COUNTED + 20)]
    for at in range(0, len(many), 300):
        await books.campaigns.load_rows(campaign_id, many[at : at + 300])
    told = await books.people.search(Sought(name="common"), 100)
    assert (len(told.customers), told.more) == (100, COUNTED - 100)


async def test_a_new_class_moves_the_leads_as_well(books: Books) -> None:
    campaign_id = await books.leads(2)
    await books.people.set_class(2, CustomerClass.VIP)
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    assert (claim.lead.id, claim.customer.customer_class) == (2, CustomerClass.VIP)


async def test_erasing_leaves_nothing_that_names_a_person_and_keeps_the_counts(books: Books) -> None:
    campaign_id = await books.leads(2)
    number = row(1).number
    await books.attempt("a-1")
    await books.calls.settle("a-1", Settlement(Disposition.CONNECTED, CallFacts(), DONE))
    await books.calls.record_vote(Vote("a-1", 5, NOON, "agi"))
    await books.calls.record_wrap_up(WrapUp("a-1", "agent-7", "satisfied", "has a dog", NOON), None)
    await books.calls.open_inbound(InboundCall("in-1", number, "+442079460000", NOON))
    await books.people.add_note(1, ContactNote(0, NoteKind.NOTE, "has a dog", "mona", NOON))
    await books.campaigns.suppress(number, "by key", "customer", NOON)
    await books.people.erase(1, NOON)
    await books.people.erase(1, NOON)
    blank = await books.campaigns.customer(1)
    assert (blank.ref, blank.name, blank.title, blank.numbers, blank.extras) == ("erased-1", "", "", (), {})
    assert (blank.zones, blank.owner, blank.country) == ((), "", "")
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert (line.customer_name, line.number, line.note) == ("", "erased", "")
    assert (line.vote, line.outcome, line.disposition) == (5, "satisfied", Disposition.CONNECTED)
    lead, untouched = (await books.campaigns.leads(campaign_id)).lines
    assert (lead.status, lead.number, lead.customer_ref) == (LeadStatus.DONE, "erased:1", "erased-1")
    assert untouched.customer_name == "José Łuczak"
    found = await books.people.customer_file(1)
    assert (found.notes, found.consents, found.credits) == ((), (), ())
    assert await books.campaigns.is_suppressed(number)  # the wish outlives the file
    assert list(await books.people.find_customers("C-1", number, 9)) == []
    await books.campaigns.load_rows(campaign_id, [ROW])  # the same reference is somebody new
    assert (await books.campaigns.customer(3)).name == "José Łuczak"


@pytest.mark.parametrize("keep_until", [None, NOON + timedelta(days=90)])
async def test_what_is_recorded_after_the_erasing_brings_nothing_back(
    books: Books, keep_until: datetime | None
) -> None:
    campaign_id = await books.leads(1)
    await books.attempt("a-1")
    await books.calls.settle("a-1", Settlement(Disposition.CONNECTED, CallFacts(), DONE))
    await books.people.erase(1, NOON, "mona", keep_until)
    assert await books.calls.record_wrap_up(WrapUp("a-1", "agent-7", "satisfied", "has a dog", NOON), None)
    (line,) = (await books.campaigns.attempts(campaign_id)).lines
    assert (line.outcome, line.note) == ("satisfied", "")
    assert line.number == ("erased" if keep_until is None else row(1).number)


async def test_a_wish_to_erase_waits_for_the_end_of_the_call_and_he_is_called_no_more(books: Books) -> None:
    await books.leads(3)
    other = (await books.campaign("Other")).id
    await books.campaigns.load_rows(other, [row(1), row(2)])
    claim = await books.calls.claim(1, NOON)
    assert claim is not None
    await books.attempt("a-1")
    later = NOON + timedelta(minutes=1)
    assert await books.people.ask_erasing(1, NOON, "mona") == NOON
    assert await books.people.ask_erasing(1, later, "moe") == NOON
    assert await books.people.erase_wishes() == []
    assert (await books.people.customer_file(1)).erasing_asked_at == NOON
    assert (await books.people.customer_file(2)).erasing_asked_at is None
    his = (await books.people.customer_file(1)).leads
    assert [(lead.status, lead.reason) for lead in his] == [
        (LeadStatus.CLAIMED, ""),
        (LeadStatus.DONE, "his data is to be erased"),
    ]
    claim = await books.calls.claim(other, NOON)
    assert claim is not None
    assert claim.customer.id == 2
    await books.calls.settle("a-1", Settlement(Disposition.BUSY, CallFacts(), DONE))
    assert await books.people.erase_wishes() == [EraseWish(1, "mona", NOON)]
    asked = [one for one in await books.ledger.page(0, 99) if one.kind == Kind.ERASING_ASKED]
    person = await books.ledger.person("C-1")
    assert person is not None
    assert [(told_by(one)["by"], told_by(one)["person"]) for one in asked] == [("mona", person.digest)]
    await books.people.erase(1, later, "mona")
    assert await books.people.erase_wishes() == []
    assert (await books.people.customer_file(1)).erasing_asked_at is None
    assert (await LedgerDesk(books.ledger).verify()).ok
    with pytest.raises(NotFound):
        await books.people.ask_erasing(99, NOON, "mona")


async def test_erasing_one_leaves_a_shared_number_to_the_other(books: Books) -> None:
    campaign_id = await books.leads(2)
    shared = row(2).number
    await books.campaigns.load_rows(campaign_id, [row(1)._replace(number=shared)])
    await books.people.erase(1, NOON)
    assert (await books.campaigns.customer(2)).numbers == (shared,)
    assert (await books.calls.customer_by_number(shared)) == await books.campaigns.customer(2)


# --- owners


async def test_owners_are_counted_assigned_and_paged(books: Books) -> None:
    await books.leads(5)
    assert list(await books.people.unowned(0, 3)) == [1, 2, 3]
    assert list(await books.people.unowned(3, 3)) == [4, 5]
    await books.people.assign({1: "1001", 2: "1001", 4: "1002"})
    await books.people.assign({})
    assert await books.people.owner_loads() == {"1001": 2, "1002": 1}
    assert list(await books.people.unowned(0, 9)) == [3, 5]
    assert list(await books.people.owned_by("1001", 1, 9)) == [2]
    await books.people.erase(3, NOON)
    assert list(await books.people.unowned(0, 9)) == [5]


async def test_abilities_and_absences(books: Books) -> None:
    await books.people.set_ability("1002", 1.0)
    await books.people.set_ability("1001", 2.5)
    await books.people.set_ability("1002", 0.5)
    assert await books.people.abilities() == {"1001": 2.5, "1002": 0.5}
    await books.people.set_ability("1002", 0)
    assert await books.people.abilities() == {"1001": 2.5, "1002": 0}
    away = Absence("1001", "1002", NOON, NOON + timedelta(days=2))
    await books.people.add_absence(away)
    assert list(await books.people.absences(NOON)) == [away]
    assert list(await books.people.absences(away.until_at)) == []


async def test_an_absence_ends_early_or_is_taken_back(books: Books) -> None:
    later = NOON + timedelta(days=1)
    away = Absence("1001", "1002", NOON, NOON + timedelta(days=2))
    other, to_come = replace(away, agent_id="1003"), replace(away, from_at=later)
    for one in (away, other, to_come):
        await books.people.add_absence(one)
    moment = NOON + timedelta(hours=1)
    assert await books.people.end_absence("1001", NOON, moment)
    ended = replace(away, until_at=moment)
    assert list(await books.people.absences(NOON)) == [ended, other, to_come]
    assert await books.people.end_absence("1001", later, moment)
    assert list(await books.people.absences(NOON)) == [ended, other]
    assert not await books.people.end_absence("1001", NOON, moment)  # it is over
    assert not await books.people.end_absence("1002", NOON, moment)


async def call_in(books: Books, call_id: str, number: str, minutes: int = 0) -> None:
    """Somebody calls the hotline, talks with an agent, votes, and the agent writes down what was said."""
    at = NOON + timedelta(minutes=minutes)
    await books.calls.open_inbound(InboundCall(call_id, number, "+442079460000", at))
    facts = CallFacts(bridged_at=at, ended_at=at + timedelta(seconds=90), agent_id="1001")
    await books.calls.settle_inbound(call_id, InboundDisposition.CONNECTED, facts)
    await books.calls.record_vote(Vote(call_id, 4, at, "agi"))
    await books.calls.record_wrap_up(WrapUp(call_id, "1001", "complaint", "the door jams", at), None)


async def test_calls_to_the_hotline_are_told_with_vote_and_note_newest_first(books: Books) -> None:
    await books.leads(2)
    number = row(1).number
    await call_in(books, "in-1", number)
    await books.calls.open_inbound(InboundCall("in-2", number, "+442079460000", NOON + timedelta(hours=1)))
    await call_in(books, "in-3", row(2).number)
    running, ended = await books.people.hotline_calls(1)
    assert running == HotlineCall("in-2", number, "+442079460000", NOON + timedelta(hours=1))
    assert ended == HotlineCall(
        "in-1", number, "+442079460000", NOON, NOON, NOON + timedelta(seconds=90),
        InboundDisposition.CONNECTED, "1001", 4, NOON, "complaint", "the door jams",
    )  # fmt: skip


async def test_a_call_from_a_number_of_several_people_is_told_without_its_note(books: Books) -> None:
    await books.leads(2)
    shared = "+442079460999"
    await books.campaigns.load_rows(1, [row(1, number=shared), row(2, number=shared)])
    await call_in(books, "in-1", shared)
    for person in (1, 2):
        (told,) = await books.people.hotline_calls(person)
        assert (told.call_id, told.shared, told.vote, told.note) == ("in-1", True, 4, None)


async def test_no_note_is_kept_of_a_hotline_talk_whose_caller_was_erased_meanwhile(books: Books) -> None:
    await books.leads(1)
    await books.calls.open_inbound(InboundCall("in-1", row(1).number, "+442079460000", NOON))
    await books.people.erase(1, NOON)
    await books.calls.record_wrap_up(WrapUp("in-1", "1001", "complaint", "Ann's door", NOON), None)
    await books.campaigns.load_rows(1, [row(2, number="erased")])
    (told,) = await books.people.hotline_calls(2)
    assert (told.outcome, told.note) == ("complaint", "")


async def test_a_reference_that_reads_like_that_of_an_erased_person_is_nobody_elses(books: Books) -> None:
    """Such references came with lists before they were refused."""
    await books.leads(2)
    await books.campaigns.load_rows(1, [row(3, ref="erased-1")])
    assert not (await books.people.customer_file(3)).erased
    assert list(await books.people.owned_by("", 0, 9)) == [1, 2, 3]
    await books.people.erase(1, NOON)
    gone = await books.people.customer_file(1)
    assert (gone.erased, gone.customer.ref) == (True, "erased-1-1")
    assert (await books.campaigns.customer(3)).ref == "erased-1"
    assert list(await books.people.owned_by("", 0, 9)) == [2, 3]
