"""Each lead keeps its last verdict, and a change lets exactly those wait again whom it touches."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from book_cases import NOON, Books, row

from campaigns.desk.ledger import LedgerDesk
from campaigns.due_now import LeadGroup
from campaigns.ledger import Kind
from campaigns.ledger_check import told_by
from campaigns.lists import Known, LoadTerms
from campaigns.model import (
    Consent,
    Disposition,
    HoursWindow,
    Lead,
    LeadPlan,
    LeadStatus,
    NumberKind,
    Purpose,
)
from campaigns.rules.refusals import as_it_was, plan_after_refusal
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber, SuppressionKind, SuppressionList
from campaigns.verdicts import LastVerdict, Verdict, VerdictChange
from campaigns.why_lines import lines_of
from dialer.ports import CallFacts, Settlement, WrapUp

LATER = NOON + timedelta(hours=3)
SUPPRESSED = Verdict(False, "suppressed", "on the do-not-call list opt-out")
NO_CONSENT = Verdict(False, "consent", "Spain: none is on record", pack="es", version="2026-01")
SHUT = Verdict(False, "hours", "Spain: shut", LATER, "es", "2026-01", ("Europe/Madrid",), "Europe/Madrid")
BOOK = "0123456789abcdef"
BUSY = Settlement(Disposition.BUSY, CallFacts(), LeadPlan(LeadStatus.WAITING, LATER, "busy"))


async def refuse(
    books: Books, verdict: Verdict, at: datetime = NOON, book: str = BOOK, campaign_id: int = 1
) -> Lead:
    """Claim the next lead of a campaign and give it back refused; returns it as it was claimed."""
    claim = await books.calls.claim(campaign_id, at)
    assert claim is not None
    await books.calls.return_lead(claim.lead.id, plan_after_refusal(claim.lead, verdict, at, book))
    return claim.lead


async def stands(books: Books, campaign_id: int = 1) -> list[LeadStatus]:
    return [line.status for line in (await books.campaigns.leads(campaign_id)).lines]


async def groups(books: Books, moment: datetime = NOON) -> Sequence[LeadGroup]:
    return await books.campaigns.lead_groups(1, moment)


async def test_a_lead_that_was_only_looked_at_is_as_it_was(books: Books) -> None:
    """With what was said of it last, in its row, in its history and in the reports."""
    await books.leads(3)
    await books.calls.claim(1, NOON)
    await books.attempt("att-1")
    await books.calls.settle("att-1", BUSY)
    await refuse(books, SHUT)
    before = (await groups(books, LATER), await books.campaigns.leads(1), await books.ledger.head())
    seen = []
    for _ in range(3):
        claim = await books.calls.claim(1, LATER)
        assert claim is not None
        seen.append(claim.lead)
    for lead in seen:
        await books.calls.return_lead(lead.id, as_it_was(lead))
    assert [lead.verdict.rule if lead.verdict else "" for lead in seen] == ["", "due", "hours"]
    assert before == (await groups(books, LATER), await books.campaigns.leads(1), await books.ledger.head())


async def test_a_lead_refused_until_a_moment_is_not_claimed_before(books: Books) -> None:
    await books.leads(1)
    await refuse(books, SHUT)
    assert await books.calls.claim(1, LATER - timedelta(microseconds=1)) is None
    claim = await books.calls.claim(1, LATER)
    assert claim is not None
    assert claim.lead.verdict == LastVerdict(
        "hours", "Spain: shut", NOON, LATER, "es", "2026-01", "Europe/Madrid", BOOK
    )


async def test_a_lead_refused_for_good_is_parked_and_never_claimed(books: Books) -> None:
    await books.leads(1)
    await refuse(books, NO_CONSENT)
    assert await stands(books) == [LeadStatus.REFUSED]
    assert await books.calls.claim(1, NOON + timedelta(days=400)) is None
    assert await books.calls.next_due(1) is None
    line = (await books.campaigns.leads(1)).lines[0]
    assert (line.reason, line.due_at) == ("Spain: none is on record", None)


async def test_an_attempt_replaces_the_verdict_by_the_next_due_time_or_by_none(books: Books) -> None:
    await books.leads(2)
    await refuse(books, SHUT)
    await refuse(books, SHUT)
    await books.attempt("a-1", lead_id=1)
    await books.calls.settle("a-1", BUSY)
    await books.attempt("a-2", lead_id=2)
    done = LeadPlan(LeadStatus.DONE, None, "talked to")
    await books.calls.settle("a-2", Settlement(Disposition.CONNECTED, CallFacts(), done))
    waiting, talked = [await books.calls.lead_of(name) for name in ("a-1", "a-2")]
    assert waiting is not None
    assert talked is not None
    assert waiting[0].verdict == LastVerdict("due", "busy", NOON, LATER)
    assert talked[0].verdict is None


async def test_only_changes_that_matter_are_in_the_history(books: Books) -> None:
    await books.leads(1)
    await refuse(books, SHUT)
    await refuse(books, SHUT._replace(next_at=LATER + timedelta(hours=1)), LATER)
    await refuse(books, NO_CONSENT, LATER + timedelta(hours=1))
    (case,) = await books.why.cases(1, "C-1", NOON)
    assert case.changes == (
        VerdictChange(1, NOON, "hours", "Spain: shut", LATER, "es", "2026-01", "Europe/Madrid"),
        VerdictChange(1, LATER + timedelta(hours=1), "consent", NO_CONSENT.reason, None, "es", "2026-01", ""),
    )


async def test_a_consent_lets_that_person_wait_again_and_nobody_else(books: Books) -> None:
    await books.leads(3)
    for _ in range(2):
        await refuse(books, NO_CONSENT)
    await refuse(books, SHUT)
    said = Consent(Purpose.SERVICE, True, NOON, "signed")
    await books.people.record_consent(1, row(1).number, said, "anna", NOON + timedelta(hours=1))
    assert await stands(books) == [LeadStatus.WAITING, LeadStatus.REFUSED, LeadStatus.WAITING]
    (case,) = await books.why.cases(1, "C-1", NOON)
    assert case.lead.verdict is None
    assert case.lead.due_at == NOON  # since it was refused, before whoever came later
    assert case.changes[-1] == VerdictChange(
        1, NOON + timedelta(hours=1), "again", "consent recorded by anna"
    )
    (other,) = await books.why.cases(1, "C-3", NOON)
    assert other.lead.due_at == LATER


async def test_a_withdrawn_consent_is_judged_at_once_and_not_at_the_next_moment(books: Books) -> None:
    await books.leads(1)
    await refuse(books, SHUT)
    said = Consent(Purpose.SERVICE, False, NOON, "called us")
    await books.people.record_consent(1, row(1).number, said, "anna", NOON)
    assert await books.calls.claim(1, NOON) is not None


async def test_a_retry_is_not_hurried_by_a_change(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    await books.calls.settle("a-1", BUSY)
    await books.people.record_consent(1, row(1).number, Consent(Purpose.SERVICE, True, NOON, "x"), "a", NOON)
    assert await books.campaigns.refused_otherwise(1, "other", LATER, 10) == []
    assert await books.campaigns.some_judged_again(1, [1], "other", "packs", LATER) == 0
    assert await books.calls.claim(1, NOON) is None
    assert await books.calls.claim(1, LATER) is not None


async def test_a_lead_that_is_done_stays_done(books: Books) -> None:
    await books.leads(1)
    await refuse(books, Verdict(False, "attempts", "5 of 5 attempts are used up"))
    await books.people.record_consent(1, row(1).number, Consent(Purpose.SERVICE, True, NOON, "x"), "a", NOON)
    assert await stands(books) == [LeadStatus.DONE]


async def test_coming_off_a_list_lets_wait_again_and_only_whom_it_barred(books: Books) -> None:
    await books.leads(2)
    for index in (1, 2):
        entry = SuppressedNumber(OPT_OUT_ID, row(index).number, "asked", "anna", NOON)
        await books.suppression.suppress_numbers([entry])
        await refuse(books, SUPPRESSED)
    assert await books.suppression.unsuppress(OPT_OUT_ID, row(2).number, "anna", NOON)
    assert await stands(books) == [LeadStatus.REFUSED, LeadStatus.WAITING]


async def test_a_list_touches_its_own_purpose_and_campaign(books: Books) -> None:
    await books.leads(1)
    other = await books.leads(1, (await books.campaign("Other")).id)
    await refuse(books, SHUT)
    claim = await books.calls.claim(other, NOON)
    assert claim is not None
    await books.calls.return_lead(claim.lead.id, plan_after_refusal(claim.lead, SHUT, NOON, BOOK))
    make = books.suppression.add_suppression_list
    registry = SuppressionKind.REGISTRY
    sales = await make(SuppressionList(0, "sales", registry, Purpose.MARKETING, None, False, "anna", NOON))
    its = await make(SuppressionList(0, "its own", registry, None, other, False, "anna", NOON))
    entry = SuppressedNumber(sales.id, row(1).number, "", "anna", NOON)
    await books.suppression.suppress_numbers([entry])
    assert await books.calls.claim(1, NOON) is None
    assert await books.calls.claim(other, NOON) is None
    await books.suppression.suppress_numbers([replace(entry, list_id=its.id)])
    assert await books.calls.claim(1, NOON) is None
    assert await books.calls.claim(other, NOON) is not None


async def test_the_same_registry_again_touches_nobody(books: Books) -> None:
    await books.leads(1)
    entry = SuppressedNumber(OPT_OUT_ID, row(1).number, "asked", "anna", NOON)
    assert await books.suppression.suppress_numbers([entry]) == 1
    await refuse(books, SUPPRESSED)
    assert await books.suppression.suppress_numbers([entry]) == 0
    assert await stands(books) == [LeadStatus.REFUSED]


async def test_a_registry_that_touches_many_leads_has_one_entry_for_all_of_a_campaign(books: Books) -> None:
    await books.leads(4)
    other = (await books.campaign("Other")).id
    await books.campaigns.load_rows(other, [row(2)])
    for _ in range(4):
        await refuse(books, SHUT)
    await refuse(books, SHUT, campaign_id=other)
    before = len(await books.ledger.page(0, 999))
    entries = [SuppressedNumber(OPT_OUT_ID, row(index).number, "", "anna", NOON) for index in (1, 2, 4)]
    await books.suppression.suppress_numbers(entries)
    lifted = [one for one in (await books.ledger.page(0, 999))[before:] if "lifted" in one.kind]
    many, single = sorted(lifted, key=lambda one: one.kind, reverse=True)
    assert (many.kind, told_by(many)["campaign"]) == (Kind.LIFTED_MANY, 1)
    assert told_by(many)["facts"] == {"leads": 3, "lead_ids": "1-2,4"}
    person = await books.ledger.person("C-2")
    assert person is not None
    assert (single.kind, told_by(single)["campaign"]) == (Kind.LIFTED, other)
    assert (told_by(single)["facts"], told_by(single)["person"]) == ({"lead": 5}, person.digest)
    cases = [(await books.why.cases(1, f"C-{index}", NOON))[0] for index in (1, 2, 3, 4)]
    assert [case.changes[-1].rule for case in cases] == ["again", "again", "hours", "again"]
    assert cases[1].changes[-1] == VerdictChange(2, NOON, "again", "put on a do-not-call list by anna")
    assert (await LedgerDesk(books.ledger).verify()).ok


async def test_another_number_of_the_person_on_a_list_touches_his_leads(books: Books) -> None:
    await books.leads(1)
    await refuse(books, SHUT)
    await books.campaigns.load_rows((await books.campaign("Second")).id, [row(1, number="+442079469999")])
    await books.campaigns.suppress("+442079469999", "asked", "anna", NOON)
    assert await books.calls.claim(1, NOON) is not None


async def test_a_list_touches_the_leads_of_whoever_shares_a_number_with_the_person(books: Books) -> None:
    campaign = await books.campaign()
    husband = row(1, others=((row(2).number, NumberKind.OTHER),))
    await books.campaigns.load_rows(campaign.id, [husband, row(2)], LoadTerms(known=Known.ALLOW))
    entry = SuppressedNumber(OPT_OUT_ID, row(1).number, "asked", "anna", NOON)
    await books.suppression.suppress_numbers([entry])
    for _ in range(2):
        await refuse(books, SUPPRESSED)
    assert await books.suppression.unsuppress(OPT_OUT_ID, row(1).number, "anna", NOON)
    assert await stands(books) == [LeadStatus.WAITING, LeadStatus.WAITING]


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({}, False),
        ({"own_zone": "Asia/Tokyo", "zones": ("Asia/Tokyo",)}, True),
        ({"fields": {"service": "boiler", "service_date": "2026-11-20"}}, True),
        ({"consent": Consent(Purpose.SERVICE, True, NOON, "signed")}, True),
        ({"country": "ES"}, True),
    ],
)
async def test_a_list_that_says_something_new_lets_wait_again(
    books: Books, change: dict[str, object], again: bool
) -> None:
    await books.leads(1)
    await refuse(books, NO_CONSENT)
    await books.campaigns.load_rows(1, [row(1, **change)])
    assert await stands(books) == [LeadStatus.WAITING if again else LeadStatus.REFUSED]


async def test_other_rules_let_wait_again_what_stood_on_those_of_before(books: Books) -> None:
    await books.leads(4)
    await refuse(books, NO_CONSENT, book="of before")
    await refuse(books, SHUT, book="of before")
    await refuse(books, NO_CONSENT)
    await refuse(books, Verdict(False, "external", "known litigator"))  # only asking again can tell
    found = await books.campaigns.refused_otherwise(1, BOOK, NOON, 2)
    assert len(found) == 2
    assert set(found) < {1, 2, 4}
    again = books.campaigns.some_judged_again
    assert await again(1, found, BOOK, "packs", NOON) == 2
    assert await again(1, [1, 2, 3, 4, 77], BOOK, "packs", NOON) == 1
    assert await again(1, [1, 2, 3, 4], BOOK, "packs", NOON) == 0
    assert await books.campaigns.refused_otherwise(1, BOOK, NOON, 2) == []
    kept = await stands(books)
    assert kept == [LeadStatus.WAITING, LeadStatus.WAITING, LeadStatus.REFUSED, LeadStatus.WAITING]


async def test_one_entry_of_the_ledger_names_all_that_wait_again_and_each_has_it_in_its_history(
    books: Books,
) -> None:
    await books.leads(4)
    other = await books.leads(1, (await books.campaign("Other")).id)
    for refusal in (NO_CONSENT, SHUT):
        await refuse(books, refusal, book="of before")
    await refuse(books, NO_CONSENT)
    await refuse(books, SHUT, book="of before")
    before = len(await books.ledger.page(0, 999))
    assert await books.campaigns.some_judged_again(other, [1, 2], BOOK, "packs", NOON) == 0
    assert await books.campaigns.some_judged_again(1, [1, 2, 3, 4], BOOK, "packs", NOON) == 3
    (entry,) = (await books.ledger.page(0, 999))[before:]
    assert (entry.kind, told_by(entry)["facts"]) == (Kind.LIFTED_MANY, {"leads": 3, "lead_ids": "1-2,4"})
    assert (await LedgerDesk(books.ledger).verify()).ok
    cases = [(await books.why.cases(1, f"C-{index}", NOON))[0] for index in (1, 2, 3, 4)]
    assert [case.changes[-1].rule for case in cases] == ["again", "again", "consent", "again"]
    assert cases[1].changes[-1] == VerdictChange(2, NOON, "again", "packs")
    assert [case.lead.due_at for case in cases[:2]] == [NOON, NOON]


async def test_who_waits_again_in_a_list_that_is_switched_off_is_held(books: Books) -> None:
    await books.leads(1)
    await refuse(books, NO_CONSENT, book="of before")
    await books.lists.switch_list((await books.lists.lists(1))[0].id, False)
    assert await books.campaigns.some_judged_again(1, [1], BOOK, "packs", NOON) == 1
    assert await stands(books) == [LeadStatus.HELD]


async def test_a_lead_that_is_judged_by_rules_that_are_no_longer_is_not_parked(books: Books) -> None:
    await books.leads(1)
    claim = await books.calls.claim(1, NOON)
    assert claim is not None
    assert await books.campaigns.refused_otherwise(1, BOOK, NOON, 2) == []
    await books.campaigns.claimed_judged_again(1, "packs", NOON)
    await books.calls.return_lead(
        claim.lead.id, plan_after_refusal(claim.lead, NO_CONSENT, NOON, "of before")
    )
    assert await stands(books) == [LeadStatus.WAITING]
    assert await books.calls.claim(1, NOON) is not None


async def test_what_was_refused_after_the_look_began_is_left_alone(books: Books) -> None:
    await books.leads(1)
    await refuse(books, Verdict(False, "external", "known litigator"), NOON + timedelta(seconds=1))
    assert await books.campaigns.refused_otherwise(1, BOOK, NOON, 10) == []
    assert await books.campaigns.some_judged_again(1, [1], BOOK, "packs", NOON) == 0


async def test_a_change_while_a_lead_is_being_judged_is_not_lost(books: Books) -> None:
    """The claim read what was known before; parking the lead for that would be for ever."""
    await books.leads(2)
    first, second = await books.calls.claim(1, NOON), await books.calls.claim(1, NOON)
    assert first is not None
    assert second is not None
    await books.people.record_consent(1, row(1).number, Consent(Purpose.SERVICE, True, NOON, "x"), "a", NOON)
    for claim in (first, second):
        await books.calls.return_lead(claim.lead.id, plan_after_refusal(claim.lead, NO_CONSENT, NOON, BOOK))
    assert await stands(books) == [LeadStatus.WAITING, LeadStatus.REFUSED]
    await refuse(books, NO_CONSENT)  # judged by what is known now
    assert await stands(books) == [LeadStatus.REFUSED, LeadStatus.REFUSED]


async def test_a_change_of_rules_while_a_lead_is_being_judged_is_not_lost(books: Books) -> None:
    await books.leads(1)
    claim = await books.calls.claim(1, NOON)
    assert claim is not None
    hours = (HoursWindow(0, time(8), time(20)),)
    changed = await books.campaigns.set_rules(1, hours, ("carrier",), "anna", NOON)
    assert (changed.hours, changed.packs) == (hours, ("carrier",))
    assert await books.campaigns.campaign(1) == changed
    await books.calls.return_lead(claim.lead.id, plan_after_refusal(claim.lead, SHUT, NOON, BOOK))
    assert await books.calls.claim(1, NOON) is not None


async def test_a_parked_lead_of_a_list_that_is_off_is_held_when_it_may_wait_again(books: Books) -> None:
    await books.leads(1)
    await refuse(books, NO_CONSENT)
    await books.lists.switch_list(1, False)
    await books.people.record_consent(1, row(1).number, Consent(Purpose.SERVICE, True, NOON, "x"), "a", NOON)
    assert await stands(books) == [LeadStatus.HELD]


async def test_deleting_a_list_closes_parked_leads_and_drops_untried_ones(books: Books) -> None:
    await books.leads(2)
    await refuse(books, NO_CONSENT)
    await books.attempt("a-1", lead_id=1)
    await books.calls.settle("a-1", BUSY)
    await refuse(books, NO_CONSENT)
    await refuse(books, NO_CONSENT, LATER)
    assert await stands(books) == [LeadStatus.REFUSED, LeadStatus.REFUSED]
    await books.lists.mark_deleted(1, NOON, LATER)
    assert await books.lists.some_deleted(1, 10) == 2
    assert await stands(books) == [LeadStatus.DONE]
    assert await groups(books) == [LeadGroup(LeadStatus.DONE, "", "", "", 1, 0, LATER)]


async def test_erasing_a_person_takes_verdict_and_history(books: Books) -> None:
    await books.leads(1)
    await refuse(books, NO_CONSENT)
    await books.people.erase(1, NOON)
    (case,) = await books.why.cases(1, "erased-1", NOON)
    assert (case.lead.verdict, case.changes) == (None, ())


async def test_every_lead_is_counted_once_by_where_it_stands(books: Books) -> None:
    await books.leads(8)
    await refuse(books, NO_CONSENT)
    await refuse(books, SHUT)
    await refuse(books, SHUT._replace(next_at=LATER + timedelta(hours=1)))
    await books.calls.claim(1, NOON)
    await books.attempt("a-5", lead_id=5)
    await books.calls.settle("a-5", BUSY)
    late = NOON + timedelta(days=1)
    await books.campaigns.load_rows(1, [row(9, due_at=late)])
    found = await groups(books)
    spain = ("es", "Europe/Madrid")
    assert sorted(found, key=lambda group: (group.status, group.rule)) == [
        LeadGroup(LeadStatus.CLAIMED, "", "", "", 1, 1, None),
        LeadGroup(LeadStatus.REFUSED, "consent", "es", "", 1, 1, None, "Spain: none is on record"),
        LeadGroup(LeadStatus.WAITING, "", "", "", 4, 3, late),
        LeadGroup(LeadStatus.WAITING, "due", "", "", 1, 0, LATER, "busy"),
        LeadGroup(LeadStatus.WAITING, "hours", *spain, 2, 0, LATER, "Spain: shut"),
    ]
    assert sum(group.leads for group in found) == 9
    assert [group.due for group in await groups(books, LATER) if group.rule == "hours"] == [1]
    assert await books.campaigns.lead_groups(77, NOON) == []


async def test_a_case_holds_lead_customer_and_evidence_without_claiming(books: Books) -> None:
    await books.leads(2)
    await books.campaigns.suppress(row(1).number, "asked", "anna", NOON)
    (case,) = await books.why.cases(1, "C-1", NOON)
    assert (case.lead.id, case.lead.status, case.customer.ref) == (1, LeadStatus.WAITING, "C-1")
    assert case.evidence.suppressed == ("opt-out",)
    assert await books.why.cases(1, row(1).number, NOON) == [case]
    assert list(await books.why.cases(1, "nobody", NOON)) == []
    assert list(await books.why.cases(2, "C-1", NOON)) == []


async def test_due_leads_are_shown_with_all_that_a_verdict_needs_and_stay_unclaimed(books: Books) -> None:
    campaign_id = await books.leads(4)
    await refuse(books, SHUT)
    await books.attempt("a-2", lead_id=2)
    await books.calls.settle("a-2", replace(BUSY, plan=LeadPlan(LeadStatus.WAITING, NOON, "busy")))
    await books.campaigns.suppress("+442079460103", "asked", "ann", NOON)
    cases = await books.why.due_cases(campaign_id, NOON, 1)
    assert [case.lead.id for case in cases] == [2, 3, 4]
    assert [case.customer.ref for case in cases] == ["C-2", "C-3", "C-4"]
    assert cases[0].lead.tried == {Disposition.BUSY: 1}
    assert [past.disposition for past in cases[0].evidence.past] == [Disposition.BUSY]
    assert [case.evidence.suppressed for case in cases] == [(), ("opt-out",), ()]
    assert await stands(books) == [LeadStatus.WAITING] * 4
    assert await books.why.due_cases(campaign_id, NOON - timedelta(seconds=1), 1) == []
    assert len(await books.why.due_cases(campaign_id, LATER, 1)) == 4
    assert await books.why.due_cases(77, NOON, 1) == []


async def test_a_part_of_the_due_leads_is_spread_over_all_and_the_same_each_time(books: Books) -> None:
    campaign_id = await books.leads(400)
    ids = [case.lead.id for case in await books.why.due_cases(campaign_id, NOON, 8)]
    assert 30 <= len(ids) <= 70
    quarters = [sum(low < one <= low + 100 for one in ids) for low in (0, 100, 200, 300)]
    assert min(quarters) >= 5, quarters
    assert ids == [case.lead.id for case in await books.why.due_cases(campaign_id, NOON, 8)]


NO = Consent(Purpose.SERVICE, False, NOON, "by mail")
YES = Consent(Purpose.SERVICE, True, NOON + timedelta(minutes=5), "by mail")


async def busy(books: Books, lead_id: int = 1, *, say: bool = False, told_at: datetime = NOON) -> None:
    """A call to a lead ends busy, with a retry at ``LATER``; ``say``: he says no while it rings."""
    assert await books.calls.claim(1, NOON) is not None
    attempt_id = f"busy-{lead_id}"
    await books.attempt(attempt_id, lead_id=lead_id)
    if say:
        await books.people.record_consent(lead_id, row(lead_id).number, NO, "mia", told_at)
    await books.calls.settle(attempt_id, BUSY)


async def parked(books: Books, lead_id: int = 1) -> tuple[LeadStatus, str, str]:
    (case,) = await books.why.cases(1, f"C-{lead_id}", NOON)
    verdict = case.lead.verdict
    return case.lead.status, verdict.rule if verdict else "", verdict.reason if verdict else ""


REFUSED_NO = (LeadStatus.REFUSED, "consent", "does not want service calls")
BARRED = (LeadStatus.REFUSED, "suppressed", "on the do-not-call list opt-out")


@pytest.mark.parametrize("when", ["in the call", "after it", "before the record"])
async def test_who_is_barred_waits_for_no_next_attempt(books: Books, when: str) -> None:
    await books.leads(2)
    number = row(1).number
    assert await books.calls.claim(1, NOON) is not None
    await books.attempt("a-1")
    if when == "in the call":
        await books.campaigns.suppress(number, "by key", "customer", NOON)
    await books.calls.settle("a-1", BUSY)
    if when != "in the call":
        await books.campaigns.suppress(number, "asked", "agent 7", NOON)
    if when == "before the record":
        plan = LeadPlan(LeadStatus.WAITING, LATER, "asked to be called back", appointment_at=LATER)
        await books.calls.record_wrap_up(WrapUp("a-1", "7", "callback", "", NOON), plan)
    assert await parked(books) == BARRED
    lines = lines_of(await groups(books))
    assert [line.next_at for line in lines if line.code == "suppressed"] == [None]
    assert await books.calls.next_due(1) == NOON  # of the other one
    (case,) = await books.why.cases(1, "C-1", NOON)
    assert case.changes[-1].rule == "suppressed"
    # Whoever is let off waits for the moment that he had, and for no sooner one.
    assert await books.suppression.unsuppress(OPT_OUT_ID, number, "mona", NOON + timedelta(hours=1))
    (case,) = await books.why.cases(1, "C-1", NOON)
    assert (case.lead.status, case.lead.due_at, case.lead.verdict) == (LeadStatus.WAITING, LATER, None)


@pytest.mark.parametrize("say", [True, False])
async def test_who_said_no_waits_for_no_next_attempt_until_he_says_yes(books: Books, say: bool) -> None:
    await books.leads(1)
    await busy(books, say=say)
    if not say:
        await books.people.record_consent(1, row(1).number, NO, "mia", NOON)
    assert await parked(books) == REFUSED_NO
    assert await books.calls.next_due(1) is None
    await books.people.record_consent(1, row(1).number, YES, "mia", NOON)
    assert await parked(books) == (LeadStatus.WAITING, "", "")
    assert await books.calls.next_due(1) == LATER


async def test_a_list_says_no_for_whom_it_knows(books: Books) -> None:
    await books.leads(2)
    await busy(books)
    terms = LoadTerms(known=Known.UPDATE, by="mona", at=NOON)
    await books.campaigns.load_rows(1, [row(1, consent=NO), row(2)], terms)
    assert await parked(books) == REFUSED_NO
    await books.campaigns.load_rows(1, [row(1, name="Somebody Else")], terms)
    assert await parked(books) == REFUSED_NO


async def test_who_is_on_two_lists_stays_parked_when_one_lets_him_off(books: Books) -> None:
    await books.leads(1)
    await busy(books)
    new = SuppressionList(0, "TPS", SuppressionKind.REGISTRY, None, None, False, "mona", NOON)
    made = await books.suppression.add_suppression_list(new)
    for list_id in (OPT_OUT_ID, made.id):
        entry = SuppressedNumber(list_id, row(1).number, "", "mona", NOON)
        await books.suppression.suppress_numbers([entry])
    assert await parked(books) == (LeadStatus.REFUSED, "suppressed", "on the do-not-call list opt-out, TPS")
    assert await books.suppression.unsuppress(made.id, row(1).number, "mona", NOON)
    assert await parked(books) == BARRED


async def test_other_rules_lift_nobody_who_refused_before_he_is_due(books: Books) -> None:
    await books.leads(1)
    await busy(books, say=True)
    at = LATER - timedelta(seconds=1)
    assert await books.campaigns.refused_otherwise(1, BOOK, at, 9) == []
    assert await books.campaigns.some_judged_again(1, [1], BOOK, "rules", at) == 0
    assert await parked(books) == REFUSED_NO
    assert list(await books.campaigns.refused_otherwise(1, BOOK, LATER, 9)) == [1]
    assert await books.campaigns.some_judged_again(1, [1], BOOK, "rules", LATER) == 1
    assert await books.calls.next_due(1) == LATER
