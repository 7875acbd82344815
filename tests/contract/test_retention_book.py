"""Records whose time may be over, over the twin and over SQL, judged by packs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import current_thread
from typing import Any

import pytest
from book_cases import CAMPAIGN, NOON, Books, new_attempt, row
from list_cases import TERMS
from retention_cases import PACKS, bounded

from campaigns.correcting import Correction
from campaigns.desk import retention
from campaigns.desk.ledger import LedgerDesk
from campaigns.desk.retention import RetentionDesk
from campaigns.errors import NotFound
from campaigns.ledger_check import told_by
from campaigns.model import CampaignStatus, Consent, Disposition, LeadPlan, LeadStatus, Purpose
from campaigns.packs_folder import rule_book
from campaigns.people import ContactNote, Credit, CreditKind, NoteKind
from campaigns.rules.law import After
from campaigns.rules.packs import RuleBook
from campaigns.rules.retention import CallRecord
from campaigns.rules_in_force import RulesInForce
from dialer.ports import CallFacts, Settlement, WrapUp

DONE = LeadPlan(LeadStatus.DONE, None, "talked")
DAY = timedelta(days=1)
CHINESE = [f"+86138001380{n:02}" for n in range(10)]
ALL = rule_book(PACKS)
# Without the caps of the house: a number of China is bound by cn-service, 30 days, a British one by nothing.
RULES = RuleBook(PACKS, always=(), trades=ALL.trades)
BOUNDED = bounded("ours", 0, 20)


def desk(books: Books, at: datetime, rules: RuleBook = RULES) -> RetentionDesk:
    return RetentionDesk(books.retention, RulesInForce(rules), lambda: at)


async def called(books: Books, *numbers: str, **changes: object) -> int:
    """Load a lead for each number and call one a day from noon on; returns the list's id."""
    campaign = await books.campaigns.add_campaign(replace(CAMPAIGN, **changes))
    rows = [row(n, number=number) for n, number in enumerate(numbers, 1)]
    await books.campaigns.load_rows(campaign.id, rows, TERMS)
    for n, number in enumerate(numbers, 1):
        at = NOON + (n - 1) * DAY
        new = replace(new_attempt(f"a-{n}", lead_id=n), number=number, committed_at=at)
        await books.open(new)
        await books.calls.settle(f"a-{n}", Settlement(Disposition.NO_ANSWER, CallFacts(), DONE))
    (kept,) = await books.lists.lists(campaign.id)
    return kept.id


async def left(books: Books) -> list[int]:
    return [line.lead_id for line in (await books.campaigns.leads(1)).lines]


async def test_what_a_pack_orders_to_keep_outlives_its_deleted_list_lead_by_lead(books: Books) -> None:
    list_id = await called(books, CHINESE[0], CHINESE[1], "+442079460103")
    await books.lists.mark_deleted(list_id, NOON + 2 * DAY, NOON + 2 * DAY)
    done = await desk(books, NOON + 2 * DAY).purge()
    assert (done.leads, await left(books)) == (1, [1, 2]), "only the British one is free"
    order = done.kept[list_id]
    assert (order.until, order.pack.name) == (NOON + 31 * DAY, "cn-service")
    assert (await books.lists.lead_list(list_id)).purge_after == NOON + 30 * DAY
    last = told_by((await books.ledger.page(0, 999))[-1])
    assert (last["kind"], last["by"], last["campaign"]) == ("list kept", "system", 1)
    assert last["facts"] == {
        "list": list_id,
        "until": "2026-12-03T12:00:00.000000Z",
        "pack": "cn-service",
        "version": PACKS["cn-service"].version,
    }
    assert (await desk(books, NOON + 30 * DAY - DAY / 24).purge()).leads == 0
    assert (await desk(books, NOON + 30 * DAY).purge()).leads == 1
    assert await left(books) == [2]
    assert (await desk(books, NOON + 31 * DAY).purge()).leads == 1
    with pytest.raises(NotFound):
        await books.lists.lead_list(list_id)


async def test_calls_that_caps_and_blocks_count_outlive_their_deleted_list(books: Books) -> None:
    list_id = await called(books, "+33142685301", "+33142685302")
    await books.calls.record_wrap_up(WrapUp("a-1", "agent-7", "refused", "angry", NOON), None)
    await books.lists.mark_deleted(list_id, NOON + DAY, NOON + DAY)
    done = await desk(books, NOON + DAY, ALL).purge()
    assert (done.leads, await left(books)) == (0, [1, 2])
    order = done.kept[list_id]
    assert (order.until, order.pack.name) == (NOON + 63 * DAY, "fr")
    assert str(order).startswith("calls that caps and blocks count, 60 whole days (fr ")
    assert (await books.lists.lead_list(list_id)).purge_after == NOON + 31 * DAY, "the house counts 30 days"
    other = await books.campaign("Other")
    await books.campaigns.load_rows(other.id, [row(1, number="+33142685301")])
    claim = await books.calls.claim(other.id, NOON + DAY)
    assert claim is not None
    assert [contact.outcome for contact in claim.evidence.past] == ["refused"]
    assert (await desk(books, NOON + 31 * DAY, ALL).purge()).leads == 1
    assert await left(books) == [1]
    assert (await desk(books, NOON + 63 * DAY, ALL).purge()).leads == 1
    assert await left(books) == []


async def test_of_calls_that_are_only_counted_no_name_and_no_note_stays(books: Books) -> None:
    list_id = await called(books, "+33142685301", "+33142685302", CHINESE[0])
    for n in (1, 2, 3):
        await books.calls.record_wrap_up(WrapUp(f"a-{n}", "agent-7", "callback", "has a dog", NOON), None)
        await books.people.add_note(n, ContactNote(0, NoteKind.PROMISE, "send a form", "mia", NOON))
        await books.people.add_credit(n, Credit(CreditKind.BROUGHT, "1001", "boiler", NOON))
    other = await books.campaign("Other")
    await books.campaigns.load_rows(other.id, [row(2, number="+33142685302")])
    await books.lists.mark_deleted(list_id, NOON, NOON)
    assert (await desk(books, NOON, ALL).purge()).leads == 0
    people = [await books.campaigns.customer(n) for n in (1, 2, 3)]
    name = "José Łuczak"
    assert [person.name for person in people] == ["", name, name], "one is called elsewhere, one must be kept"
    assert [(one.title, one.extras, one.owner) for one in people[:1]] == [("", {}, "")]
    assert (people[0].ref, people[0].numbers) == ("C-1", ("+33142685301",))
    files = [await books.people.customer_file(n) for n in (1, 2, 3)]
    assert [[note.note for note in one.notes] for one in files] == [[], ["send a form"], ["send a form"]]
    assert [[credit.subject for credit in one.credits] for one in files] == [[""], ["boiler"], ["boiler"]]
    leads = await books.lists.page_of(list_id, 0, 9)
    assert [bool(lead.fields) for lead in leads] == [False, False, True]
    lines = [line for n in (1, 2, 3) for line in await books.campaigns.history(n)]
    assert [(line.outcome, line.note) for line in lines] == [
        ("callback", ""), ("callback", ""), ("callback", "has a dog"),
    ]  # fmt: skip
    assert (await LedgerDesk(books.ledger).verify()).ok


async def test_what_is_bare_already_is_not_written_again(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = await called(books, "+33142685301", "+33142685302", "+33142685303")
    # A list that is being called is not put off, so each purge looks at it.
    await books.open(replace(new_attempt("a-9", lead_id=3), number="+33142685303"))
    await books.calls.record_wrap_up(WrapUp("a-1", "agent-7", "refused", "angry", NOON), None)
    await books.calls.record_wrap_up(WrapUp("a-2", "agent-7", "refused", "", NOON), None)
    await books.people.add_note(1, ContactNote(0, NoteKind.NOTE, "has a dog", "mia", NOON))
    await books.people.add_credit(1, Credit(CreditKind.BROUGHT, "1001", "boiler", NOON))
    await books.lists.mark_deleted(list_id, NOON, NOON)
    written, swept = [], []
    leave_bare, leave_no_trace = books.retention.leave_bare, books.retention.leave_no_trace

    async def counted(lead_ids: Sequence[int]) -> int:
        written.append(await leave_bare(lead_ids))
        return written[-1]

    async def noted() -> None:
        swept.append(len(written))
        await leave_no_trace()

    monkeypatch.setattr(books.retention, "leave_bare", counted)
    monkeypatch.setattr(books.retention, "leave_no_trace", noted)
    await desk(books, NOON, ALL).purge()
    # Two leads and two customers, one note of a call, one of a customer, one credit.
    assert (written, swept) == ([7], [1])
    assert (await desk(books, NOON + DAY / 24, ALL).purge()).kept.keys() == {list_id}
    assert (written, swept) == ([7, 0], [1])
    await books.people.add_note(2, ContactNote(0, NoteKind.NOTE, "called back", "mia", NOON))
    assert await books.retention.leave_bare([1, 2]) == 1, "only what came since"


async def test_what_he_was_called_before_is_destroyed_with_his_name(books: Books) -> None:
    list_id = await called(books, "+33142685301", "+33142685302")
    for customer_id in (1, 2):
        await books.people.correct(customer_id, Correction("mia", NOON, name="Ann"))
    await books.lists.mark_deleted(list_id, NOON, NOON)
    assert (await books.people.customer_file(1)).former_names
    await books.retention.leave_bare([1])
    told = [(await books.people.customer_file(one)).former_names for one in (1, 2)]
    assert [bool(names) for names in told] == [False, True]
    assert await books.retention.leave_bare([1]) == 0


@pytest.mark.parametrize(
    ("changes", "is_named"),
    [
        ({"name": "Ann"}, True),
        ({"title": "Ms"}, True),
        ({"owner": "1001"}, True),
        ({"extras": {"a": "b"}}, True),
        ({}, False),
    ],
)
async def test_any_word_on_a_customer_is_destroyed(
    books: Books, changes: dict[str, object], is_named: bool
) -> None:
    campaign = await books.campaigns.add_campaign(CAMPAIGN)
    blank = row(1, **{"name": "", "title": "", "owner": "", "extras": {}, "fields": {}, **changes})
    await books.campaigns.load_rows(campaign.id, [blank], TERMS)
    (kept,) = await books.lists.lists(campaign.id)
    await books.attempt("a-1", lead_id=1)
    await books.calls.settle("a-1", Settlement(Disposition.NO_ANSWER, CallFacts(), DONE))
    await books.lists.mark_deleted(kept.id, NOON, NOON)
    assert await books.retention.leave_bare([1]) == int(is_named)
    person = await books.campaigns.customer(1)
    assert (person.name, person.title, person.owner, dict(person.extras)) == ("", "", "", {})


@pytest.mark.parametrize(
    ("disposition", "outcome", "after"),
    [
        (Disposition.CONNECTED, "not_interested", {After.REFUSAL}),
        (Disposition.ABANDONED, "", {After.ABANDONED}),
        (Disposition.MACHINE, "", {After.MACHINE}),
        (Disposition.CONNECTED, "satisfied", set()),
    ],
)
async def test_what_the_calls_of_a_lead_may_set_off(
    books: Books, disposition: Disposition, outcome: str, after: set[After]
) -> None:
    list_id = await called(books, "+442079460101", "+442079460102")
    await books.attempt("a-8", lead_id=1)
    await books.calls.settle("a-8", Settlement(disposition, CallFacts(), DONE))
    if outcome:
        await books.calls.record_wrap_up(WrapUp("a-8", "agent-7", outcome, "", NOON), None)
    await books.attempt("a-9", lead_id=1)
    await books.calls.settle("a-9", Settlement(Disposition.NO_ANSWER, CallFacts(), DONE))
    found = await books.retention.leads_of(list_id, LeadStatus.DONE, NOON, 0, 9)
    assert [lead.record.after for lead in found] == [after, set()]


async def test_a_list_that_is_being_called_is_not_put_off(books: Books) -> None:
    list_id = await called(books, CHINESE[0], CHINESE[1])
    await books.open(replace(new_attempt("a-9", lead_id=2), number=CHINESE[1]))
    await books.lists.mark_deleted(list_id, NOON, NOON)
    assert (await desk(books, NOON + DAY).purge()).kept.keys() == {list_id}
    assert (await books.lists.lead_list(list_id)).purge_after == NOON
    assert await left(books) == [1, 2]


async def test_an_erased_persons_numbers_and_consents_stay_as_long_as_a_pack_orders(books: Books) -> None:
    list_id = await called(books, CHINESE[0])
    said = Consent(Purpose.SERVICE, True, NOON, "form 7")
    await books.people.record_consent(1, CHINESE[0], said, "mona", NOON)
    order = await desk(books, NOON + DAY).kept_of(1)
    assert order is not None
    assert (order.until, str(order).partition(" (")[0]) == (
        NOON + 30 * DAY,
        "recordings, both numbers, call time and evidence of consent, 30 days",
    )
    for _ in range(2):  # erasing twice is harmless
        await books.people.erase(1, NOON + DAY, "mia", order.until)
    person = (await books.people.customer_file(1)).customer
    assert (person.ref, person.name, person.numbers) == ("erased-1", "", ())
    (line,) = (await books.campaigns.attempts(1)).lines
    assert line.number == CHINESE[0]
    assert [each.consent for each in (await books.people.customer_file(1)).consents] == [said]
    assert await books.ledger.person("erased-1") is not None
    kinds = [entry.kind for entry in await books.ledger.page(0, 999)]
    assert kinds.count("person erased") == 1

    # Not even a list whose time is over takes them along.
    await books.lists.mark_deleted(list_id, NOON + DAY, NOON + DAY)
    assert (await desk(books, NOON + 30 * DAY - DAY / 24).purge()).people == 0
    assert [line.number for line in (await books.campaigns.attempts(1)).lines] == [CHINESE[0]]
    done = await desk(books, NOON + 30 * DAY).purge()
    assert (done.people, done.leads) == (1, 1)
    with pytest.raises(NotFound):
        await books.people.customer_file(1)


async def test_what_was_still_kept_of_an_erased_person_goes_in_its_time(books: Books) -> None:
    await called(books, CHINESE[0])
    await books.people.record_consent(
        1, CHINESE[0], Consent(Purpose.SERVICE, True, NOON, "form 7"), "mona", NOON
    )
    await books.people.erase(1, NOON, "mia", NOON + 30 * DAY)
    assert await books.retention.finish_erasing(NOON + 30 * DAY - DAY / 24, 10) == 0
    assert await books.retention.finish_erasing(NOON + 30 * DAY, 10) == 1
    assert await books.retention.finish_erasing(NOON + 30 * DAY, 10) == 0
    assert [line.number for line in (await books.campaigns.attempts(1)).lines] == ["erased"]
    assert (await books.people.customer_file(1)).consents == ()
    assert await books.ledger.person("erased-1") is None
    assert await desk(books, NOON).kept_of(1) is None, "nobody knows where he was any more"


async def test_what_is_known_of_calls_to_a_customer(books: Books) -> None:
    await called(books, CHINESE[0], packs=("carrier",), purpose=Purpose.COMPLAINT)
    await books.open(replace(new_attempt("a-9"), number=CHINESE[0], committed_at=NOON + 2 * DAY))
    assert list(await books.retention.records_of(1)) == [
        CallRecord(Purpose.COMPLAINT, ("carrier",), CHINESE[0], "", "", NOON + 2 * DAY)
    ]
    assert list(await books.retention.records_of(2)) == []


@pytest.mark.parametrize(
    ("status", "of_campaign", "gone"),
    [
        (LeadStatus.DONE, CampaignStatus.RUNNING, [1]),
        (LeadStatus.REFUSED, CampaignStatus.RUNNING, [1]),
        (LeadStatus.WAITING, CampaignStatus.RUNNING, []),
        (LeadStatus.WAITING, CampaignStatus.PAUSED, [1]),
    ],
)
async def test_a_lead_that_nobody_works_on_is_destroyed_when_a_pack_lets_nobody_keep_it(
    books: Books, status: LeadStatus, of_campaign: CampaignStatus, gone: list[int]
) -> None:
    await called(books, "+442079460101", "+442079460102")
    await books.open(replace(new_attempt("a-9"), number="+442079460101", committed_at=NOON))
    plan = LeadPlan(status, NOON + DAY, "as it is")
    await books.calls.settle("a-9", Settlement(Disposition.BUSY, CallFacts(), plan))
    await books.campaigns.set_status(1, of_campaign, "mia", NOON)
    assert await desk(books, NOON + 20 * DAY - DAY / 24, BOUNDED).expire() == 0
    assert await desk(books, NOON + 20 * DAY).expire() == 0, "no pack sets a maximum"
    assert await desk(books, NOON + 20 * DAY, BOUNDED).expire() == len(gone)
    assert await left(books) == [one for one in (1, 2) if one not in gone]


async def test_every_lead_is_looked_at_step_by_step(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    list_id = await called(books, CHINESE[0], "+442079460102", CHINESE[2], "+442079460104")
    assert await desk(books, NOON + 23 * DAY, BOUNDED).expire() == 2
    assert await left(books) == [1, 3]
    await books.lists.mark_deleted(list_id, NOON, NOON)
    assert (await desk(books, NOON + 32 * DAY).purge()).leads == 2
    assert await left(books) == []


async def test_leads_are_judged_where_no_call_waits_for_it(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def watched(judge: Callable[..., Any]) -> Callable[..., Any]:
        def judged(*asked: Any) -> Any:
            threads.append(current_thread())
            return judge(*asked)

        return judged

    monkeypatch.setattr(retention, "fate_of", watched(retention.fate_of))
    monkeypatch.setattr(retention, "must_go", watched(retention.must_go))
    list_id = await called(books, CHINESE[0], "+442079460102")
    await books.lists.mark_deleted(list_id, NOON, NOON)
    assert (await desk(books, NOON + 9 * DAY).purge()).leads == 1
    assert await desk(books, NOON + 40 * DAY, BOUNDED).expire() == 1
    assert len(threads) == 3
    assert current_thread() not in threads


async def test_a_minimum_goes_before_a_maximum(books: Books) -> None:
    await called(books, CHINESE[0])
    assert await desk(books, NOON + 30 * DAY - DAY / 24, BOUNDED).expire() == 0
    assert await desk(books, NOON + 30 * DAY, BOUNDED).expire() == 1
    assert await left(books) == []


async def test_neither_a_call_under_way_nor_an_erased_persons_rest_expires(books: Books) -> None:
    await called(books, "+442079460101", "+442079460102")
    await books.open(replace(new_attempt("a-9", lead_id=1), number="+442079460101", committed_at=NOON))
    await books.people.erase(2, NOON, "mia", NOON + 99 * DAY)
    assert await desk(books, NOON + 40 * DAY, BOUNDED).expire() == 0
    assert await books.retention.destroy([1]) == 0
    assert await left(books) == [1, 2]
