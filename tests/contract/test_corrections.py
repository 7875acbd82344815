"""Customers who are corrected by hand, over the twin and over SQL: who he is, and where he is called."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from book_cases import NOON, Books, row
from list_cases import TERMS, listed
from plain_cases import ALWAYS, plain_customer

from campaigns.correcting import NUMBER_REMOVED, Correction, version_of
from campaigns.desk.ledger import LedgerDesk
from campaigns.errors import ChangedMeanwhile, InvalidInput, KnownCustomer, NotAllowedNow, NotFound
from campaigns.ledger import Kind
from campaigns.ledger_check import told_by
from campaigns.model import CampaignStatus, Consent, Disposition, LeadPlan, LeadStatus, NumberKind, Purpose
from campaigns.packs_folder import load_packs, rule_book
from campaigns.people import Entry
from campaigns.rules.eligibility import verdict
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber, SuppressionKind, SuppressionList
from campaigns.verdicts import LastVerdict
from dialer.ports import CallFacts, InboundCall, Settlement

WRONG, RIGHT = row(1).number, "+442079460777"
KIND, DIGESTS = Kind.CUSTOMER_CORRECTED, ("was_", "now_")
MOBILE, HOME, OTHER = NumberKind.MOBILE, NumberKind.HOME, NumberKind.OTHER
LATER = NOON + timedelta(hours=1)


def by_hand(*numbers: str, **changes: Any) -> Correction:
    told = tuple((number, OTHER) for number in numbers) or None
    return Correction(**{"by": "Mia", "at": LATER, "numbers": told, **changes})


async def entered(books: Books) -> list[Mapping[str, Any]]:
    """Return the facts of what the ledger says of corrections, without digests."""
    told = [told_by(entry)["facts"] for entry in await books.ledger.page(0, 99) if entry.kind == KIND]
    return [{name: fact for name, fact in one.items() if not name.startswith(DIGESTS)} for one in told]


async def leads_of(books: Books, customer_id: int = 1) -> list[tuple[str, LeadStatus, str]]:
    file = await books.people.customer_file(customer_id)
    return [(lead.number, lead.status, lead.reason) for lead in file.leads]


async def test_what_is_corrected_changes_and_the_rest_stays(books: Books) -> None:
    await books.leads(2)
    was = await books.campaigns.customer(1)
    said = by_hand(name="Zoë Böhm", title="Dr", language="de", country="DE", region="", own_zone="Asia/Tokyo")
    now = await books.people.correct(1, said)
    assert now == replace(
        was, name="Zoë Böhm", title="Dr", language="de", country="DE", own_zone="Asia/Tokyo",
        zones=("Asia/Tokyo",),
    )  # fmt: skip
    assert await books.campaigns.customer(1) == now
    assert (await books.people.correct(1, by_hand(own_zone=""))).zones == ("Europe/London",)
    assert (await books.campaigns.customer(2)).name == row(2).name
    first, second = (await books.people.customer_file(1)).notes
    assert f"name: {was.name} → Zoë Böhm" in first.note
    assert (first.by, first.at, second.note) == ("Mia", LATER, "Corrected by hand. zone: Asia/Tokyo → –")


async def test_numbers_are_added_removed_put_in_order_and_named(books: Books) -> None:
    await books.leads(1)
    said = ((RIGHT, MOBILE), (WRONG, HOME), ("+4930555108", OTHER))
    now = await books.people.correct(1, by_hand(numbers=said))
    assert now.numbers == (RIGHT, WRONG, "+4930555108")
    assert now.kinds == {RIGHT: MOBILE, WRONG: HOME}
    assert now.zones == ("Europe/Berlin", "Europe/London")
    assert await leads_of(books) == [(WRONG, LeadStatus.WAITING, "")]  # it is still his: it is called there
    assert await books.campaigns.customer(1) == now
    assert await books.calls.customer_by_number(RIGHT) == now
    await books.people.correct(1, by_hand(RIGHT))
    assert (await books.campaigns.customer(1)).numbers == (RIGHT,)
    assert await books.calls.customer_by_number(WRONG) is None


async def test_a_removed_number_is_called_no_more_and_his_leads_go_to_the_first_one(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.people.correct(1, by_hand(RIGHT))
    assert await leads_of(books) == [(RIGHT, LeadStatus.WAITING, "")]
    claim = await books.calls.claim(campaign_id, LATER)
    assert claim is not None
    assert (claim.lead.number, claim.customer.numbers) == (RIGHT, (RIGHT,))
    assert await books.calls.claim(campaign_id, LATER) is None


async def test_of_two_leads_in_one_campaign_one_is_closed(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.campaigns.load_rows(campaign_id, [row(1)._replace(number=RIGHT)])
    other = await books.campaign("Another one")
    await books.campaigns.load_rows(other.id, [row(1)])
    await books.people.correct(1, by_hand(RIGHT))
    assert await leads_of(books) == [
        (WRONG, LeadStatus.DONE, NUMBER_REMOVED),
        (RIGHT, LeadStatus.WAITING, ""),
        (RIGHT, LeadStatus.WAITING, ""),
    ]
    (told,) = await entered(books)
    assert told == {"changed": ["numbers"], "leads_closed": "1", "leads_moved": "3"}


async def test_what_was_done_stays_done_with_its_history(books: Books) -> None:
    await books.leads(1)
    await books.attempt("a-1")
    over = LeadPlan(LeadStatus.DONE, None, "three calls")
    await books.calls.settle("a-1", Settlement(Disposition.NO_ANSWER, CallFacts(), over))
    await books.people.correct(1, by_hand(RIGHT))
    assert await leads_of(books) == [(RIGHT, LeadStatus.DONE, "three calls")]  # nobody is called for it
    (line,) = await books.campaigns.history(1)
    assert (line.number, line.disposition) == (WRONG, Disposition.NO_ANSWER)


async def test_a_closed_lead_for_a_removed_number_never_waits_again(books: Books) -> None:
    campaign_id, list_id = await listed(books, 1)
    await books.attempt("a-1")
    over = LeadPlan(LeadStatus.DONE, None, "three calls")
    await books.calls.settle("a-1", Settlement(Disposition.NO_ANSWER, CallFacts(), over))
    await books.campaigns.load_rows(campaign_id, [row(1)._replace(number=RIGHT)], TERMS)
    await books.people.correct(1, by_hand(RIGHT))
    assert [number for number, *_ in await leads_of(books)] == [WRONG, RIGHT]  # the campaign has one for it
    again = (list_id, 0, 9, [Disposition.NO_ANSWER], [], LATER, "again")
    assert (await books.lists.some_recycled(*again))[0] == 0
    await books.people.correct(1, by_hand(RIGHT, WRONG))
    assert (await books.lists.some_recycled(*again))[0] == 1


async def test_a_number_is_not_taken_away_in_the_middle_of_its_call(books: Books) -> None:
    campaign_id = await books.leads(1)
    assert await books.calls.claim(campaign_id, NOON) is not None
    with pytest.raises(NotAllowedNow, match="being called right now"):
        await books.people.correct(1, by_hand(RIGHT))
    assert (await books.campaigns.customer(1)).numbers == (WRONG,)
    assert await entered(books) == []
    assert (await books.people.correct(1, by_hand(RIGHT, WRONG, name="Ann"))).numbers == (RIGHT, WRONG)


async def test_a_refused_lead_is_judged_again(books: Books) -> None:
    campaign_id = await books.leads(1)
    claim = await books.calls.claim(campaign_id, NOON)
    assert claim is not None
    verdict = LastVerdict("zone", "no zone", NOON)
    await books.calls.return_lead(1, LeadPlan(LeadStatus.REFUSED, None, "no zone", verdict))
    assert await leads_of(books) == [(WRONG, LeadStatus.REFUSED, "no zone")]
    await books.people.correct(1, by_hand(own_zone="Europe/Berlin"))
    assert await leads_of(books) == [(WRONG, LeadStatus.WAITING, "corrected by Mia")]


async def test_somebody_elses_number_is_taken_only_where_they_share_it(books: Books) -> None:
    await books.leads(2)
    with pytest.raises(KnownCustomer) as refusal:
        await books.people.correct(1, by_hand(WRONG, row(2).number))
    assert refusal.value.holders == (("C-2", row(2).name),)
    assert (await books.campaigns.customer(1)).numbers == (WRONG,)
    await books.people.correct(1, by_hand(WRONG, row(2).number, may_share=True))
    assert (await entered(books))[0] == {"changed": ["numbers"], "shared": True}
    await books.people.correct(1, by_hand(row(2).number, name="Ann"))  # he has it: nobody is asked again
    assert (await books.campaigns.customer(2)).numbers == (row(2).number,)


async def test_who_asked_not_to_be_called_stays_barred_under_another_number(books: Books) -> None:
    campaign_id = await books.leads(1)
    registry = SuppressionList(0, "registry", SuppressionKind.REGISTRY, None, None, False, "mona", NOON)
    numbers_alone = (await books.suppression.add_suppression_list(registry)).id
    entries = [
        SuppressedNumber(each, WRONG, "by letter", "mona", NOON) for each in (OPT_OUT_ID, numbers_alone)
    ]
    await books.suppression.suppress_numbers(entries)
    await books.people.correct(1, by_hand(RIGHT))
    file = await books.people.customer_file(1)
    (barred,) = file.barred
    assert (barred.list_name, barred.number, barred.by, barred.at) == ("opt-out", RIGHT, "Mia", LATER)
    assert barred.reason == "taken over from a number that was removed: by letter"
    claim = await books.calls.claim(campaign_id, LATER)
    assert claim is not None
    assert claim.evidence.suppressed == ("opt-out",)
    # Once is enough: he is barred by any of his numbers.
    await books.people.correct(1, by_hand("+442079460778", RIGHT, name="Ann"))
    assert len((await books.people.customer_file(1)).barred) == 1
    assert (await LedgerDesk(books.ledger).verify()).ok


def word(given: bool, hours: int, evidence: str = "") -> Consent:
    return Consent(Purpose.SERVICE, given, NOON - timedelta(hours=hours), evidence)


async def refusal_of(books: Books, campaign_id: int) -> str:
    """Return by which rule his lead is refused at its claim, empty where it is called."""
    claim = await books.calls.claim(campaign_id, LATER)
    assert claim is not None
    campaign = replace(
        await books.campaigns.campaign(campaign_id), status=CampaignStatus.RUNNING, hours=ALWAYS
    )
    judged = verdict(claim.lead, claim.customer, claim.evidence, campaign, LATER, rule_book(load_packs()))
    return "" if judged.allowed else judged.rule


async def test_who_said_no_at_a_removed_number_is_not_called_at_the_one_in_its_place(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.people.record_consent(1, WRONG, word(False, 2, "by letter"), "mona", NOON)
    await books.people.correct(1, by_hand(RIGHT))
    assert await refusal_of(books, campaign_id) == "consent"
    told = (await books.people.customer_file(1)).consents[-1]
    words = "taken over from a number that was removed: by letter"
    assert (told.number, told.consent, told.by) == (RIGHT, word(False, 2, words), "Mia")
    kinds = [entry.kind for entry in await books.ledger.page(0, 99)]
    assert kinds.count(Kind.CONSENT_WITHDRAWN) == 2
    assert (await LedgerDesk(books.ledger).verify()).ok


@pytest.mark.parametrize(
    ("at_wrong", "at_right", "rule"),
    [
        ([word(False, 2), word(True, 1, "form 7")], [], ""),
        ([word(True, 2, "form 7")], [], ""),
        ([word(False, 2)], [word(True, 1, "form 7")], ""),
        ([word(False, 1)], [word(True, 2, "form 7")], "consent"),
        ([word(False, 2)], [word(True, 1)], "consent"),
        ([word(False, 2)], [word(False, 1)], "consent"),
    ],
)
async def test_what_he_said_last_counts_of_both_numbers(
    books: Books, at_wrong: list[Consent], at_right: list[Consent], rule: str
) -> None:
    campaign_id = await books.leads(1)
    await books.people.correct(1, by_hand(WRONG, RIGHT))
    for number, words in ((WRONG, at_wrong), (RIGHT, at_right)):
        for said in words:
            await books.people.record_consent(1, number, said, "mona", NOON)
    await books.people.correct(1, by_hand(RIGHT))
    assert await refusal_of(books, campaign_id) == rule
    taken = [one for one in (await books.people.customer_file(1)).consents if one.by == "Mia"]
    assert len(taken) == (rule == "consent" and [one.given for one in at_right] != [False])


async def test_a_wish_taken_over_parks_who_shares_the_number_and_waits_for_a_moment(books: Books) -> None:
    campaign_id = await books.leads(2)
    await books.attempt("a-2", lead_id=2)
    later = LeadPlan(LeadStatus.WAITING, NOON + timedelta(days=1), "busy")
    await books.calls.settle("a-2", Settlement(Disposition.BUSY, CallFacts(), later))
    await books.suppression.suppress_numbers([SuppressedNumber(OPT_OUT_ID, WRONG, "by letter", "mona", NOON)])
    await books.people.correct(1, by_hand(row(2).number, may_share=True))
    assert [status for _, status, _ in await leads_of(books, 2)] == [LeadStatus.REFUSED]
    assert await books.calls.next_due(campaign_id) == NOON  # his own, which is due


async def test_a_refusal_taken_over_parks_what_waits_for_a_moment(books: Books) -> None:
    campaign_id = await books.leads(1)
    await books.attempt("a-1")
    later = LeadPlan(LeadStatus.WAITING, NOON + timedelta(days=1), "busy")
    await books.people.record_consent(1, WRONG, word(False, 2), "mona", NOON)
    await books.calls.settle("a-1", Settlement(Disposition.BUSY, CallFacts(), later))
    await books.people.correct(1, by_hand(RIGHT))
    assert [status for _, status, _ in await leads_of(books)] == [LeadStatus.REFUSED]
    assert await books.calls.next_due(campaign_id) is None


async def test_only_a_made_up_reference_gives_way(books: Books) -> None:
    await books.leads(1)
    new = plain_customer(id=0, ref="N-7KQ4-2MXB", name="Ann", numbers=(RIGHT,), zones=("Europe/London",))
    made = await books.people.add_customer(new, Entry("Mia", NOON))
    with pytest.raises(InvalidInput, match="ref: 'C-1' was not made up and stays"):
        await books.people.correct(1, by_hand(ref="C-9"))
    with pytest.raises(InvalidInput, match="ref: 'C-1' is another customer's reference"):
        await books.people.correct(made.id, by_hand(ref="C-1"))
    assert (await books.people.correct(made.id, by_hand(ref="C-2000"))).ref == "C-2000"
    assert list(await books.people.find_customers("N-7KQ4-2MXB", "", 9)) == []
    campaign_id = (await books.campaign("Later")).id  # a list's own row finds him, and nobody is doubled
    count = await books.campaigns.load_rows(campaign_id, [row(7)._replace(ref="C-2000", number=RIGHT)])
    assert (count.loaded, len(await books.people.find_customers("", RIGHT, 9))) == (1, 1)


async def test_nothing_is_written_where_nothing_is_different(books: Books) -> None:
    await books.leads(1)
    was = await books.campaigns.customer(1)
    assert await books.people.correct(1, by_hand(WRONG, name=was.name, ref=was.ref)) == was
    assert ((await books.people.customer_file(1)).notes, await entered(books)) == ((), [])


async def test_nobody_and_who_was_erased_are_not_corrected(books: Books) -> None:
    await books.leads(1)
    with pytest.raises(NotFound):
        await books.people.correct(99, by_hand(name="Ann"))
    await books.people.erase(1, NOON)
    with pytest.raises(NotAllowedNow, match="erased"):
        await books.people.correct(1, by_hand(name="Ann"))


async def test_the_ledger_tells_of_it_in_digests_and_agrees(books: Books) -> None:
    await books.leads(1)
    await books.people.correct(1, by_hand(RIGHT, name="Zoë Böhm"))
    (entry,) = [one for one in await books.ledger.page(0, 99) if one.kind == Kind.CUSTOMER_CORRECTED]
    told = told_by(entry)
    assert told["by"] == "Mia"
    assert set(told["facts"]) == {
        "changed", "leads_moved", "was_name", "now_name", "was_numbers", "now_numbers",
    }  # fmt: skip
    assert told["facts"]["was_name"] != told["facts"]["now_name"]
    assert told["person"]
    assert told["number"]
    for secret in (RIGHT, WRONG, "Zoë", row(1).name):
        assert secret not in entry.body
    assert (await LedgerDesk(books.ledger).verify()).ok


async def test_erasing_finds_calls_from_numbers_that_were_removed(books: Books) -> None:
    await books.leads(2)
    shared, alone, called = row(2).number, "+442079460778", WRONG
    await books.people.correct(1, by_hand(called, alone, shared, may_share=True))
    for at, number in enumerate((called, alone, shared)):
        await books.calls.open_inbound(InboundCall(f"in-{at}", number, "+442079460000", NOON, f"0{at}"))
    await books.people.correct(1, by_hand(RIGHT, alone))
    await books.people.correct(1, by_hand(RIGHT))
    assert (await books.people.customer_file(1)).removed_numbers == tuple(sorted((shared, alone, called)))
    await books.people.correct(1, by_hand(RIGHT, alone))
    await books.people.correct(1, by_hand(RIGHT))  # taken away once more
    await books.people.erase(1, LATER)
    assert (await books.people.customer_file(1)).removed_numbers == ()
    assert [await caller_of(books, at) for at in range(3)] == [("", ""), ("", ""), (shared, "02")]


async def test_a_correction_of_what_has_changed_since_it_was_seen_is_refused(books: Books) -> None:
    campaign_id = await books.leads(2)
    seen = version_of(await books.campaigns.customer(1))
    now = await books.people.correct(1, by_hand(WRONG, RIGHT, name="Ann", title="", seen=seen))
    for change in ({"language": "de"}, {"name": "Zoë"}):
        with pytest.raises(ChangedMeanwhile) as refused:
            await books.people.correct(1, by_hand(**change, seen=seen))
        assert [(one.place, one.problem) for one in refused.value.changes] == [
            ("name", "is now Ann"), ("title", "is empty now"),
            ("numbers", f"is now {WRONG} (other), {RIGHT} (other)"),
        ]  # fmt: skip
    assert await books.campaigns.customer(1) == now
    assert (
        await books.people.correct(1, by_hand(name="Ann", seen=seen)) == now
    )  # sent once more, and so it is
    now = await books.people.correct(1, by_hand(RIGHT, seen=version_of(now)))
    await books.campaigns.load_rows(campaign_id, [row(1)._replace(number=RIGHT, name="By a list")], TERMS)
    with pytest.raises(ChangedMeanwhile, match="name: is now By a list"):
        await books.people.correct(1, by_hand(WRONG, seen=version_of(now)))
    with pytest.raises(ChangedMeanwhile):
        await books.people.correct(1, by_hand(WRONG, seen="made up"))
    assert (await books.people.correct(1, by_hand(WRONG))).numbers == (WRONG,)
    both = [version_of(await books.campaigns.customer(one)) for one in (1, 2)]
    assert not set(both[0].split("-")) & set(both[1].split("-"))


async def test_of_two_corrections_at_once_one_is_refused(books: Books) -> None:
    await books.leads(1)
    seen = version_of(await books.campaigns.customer(1))
    ways = [by_hand(RIGHT, seen=seen), by_hand(WRONG, "+442079460778", seen=seen)]
    came_to = await asyncio.gather(*(books.people.correct(1, way) for way in ways), return_exceptions=True)
    assert [type(one) for one in came_to].count(ChangedMeanwhile) == 1
    assert await books.campaigns.customer(1) in came_to


async def former(books: Books, customer_id: int = 1) -> tuple[str, ...]:
    return (await books.people.customer_file(customer_id)).former_names


async def test_former_names_are_kept_until_he_is_erased(books: Books) -> None:
    """However they went: by hand, by a list, and back again."""
    campaign_id = await books.leads(2)
    first = row(1).name
    for name in ("Zoë Böhm", "Zoe Bohm", "Zoë Böhm", "Zoë Böhm-Roy"):
        await books.people.correct(1, by_hand(name=name))
    await books.people.correct(1, by_hand(title="Dr"))
    assert await former(books) == tuple(sorted((first, "Zoe Bohm", "Zoë Böhm")))
    told = [row(1)._replace(name="Zoe Bohm"), row(2)._replace(title="Dr")]
    assert (await books.campaigns.load_rows(campaign_id, told, replace(TERMS, dry_run=True))).updated == 2
    assert await former(books) == tuple(sorted((first, "Zoe Bohm", "Zoë Böhm")))
    for _ in range(2):
        await books.campaigns.load_rows(campaign_id, told, TERMS)
    assert await former(books) == tuple(sorted((first, "Zoë Böhm", "Zoë Böhm-Roy")))
    assert await former(books, 2) == ()
    await books.people.correct(2, by_hand(name="Ann"))
    await books.people.erase(1, LATER)
    assert (await former(books), await former(books, 2)) == ((), (row(2).name,))


async def test_a_made_up_reference_that_gave_way_is_known_until_he_is_erased(books: Books) -> None:
    campaign_id = (await books.campaign()).id
    new = plain_customer(ref="N-7KQ4-2MXB", name="Ann", numbers=(WRONG,), zones=("Europe/London",))
    other = replace(new, ref="N-7KQ4-2MXC", numbers=(RIGHT,))
    for one in (new, other):
        await books.people.add_customer(one, Entry("Mia", NOON))
    await books.people.correct(2, by_hand(ref="T-2"))
    await books.campaigns.load_rows(campaign_id, [row(1)._replace(name="Ann")], TERMS)
    assert [await former(books, one) for one in (1, 2)] == [("N-7KQ4-2MXB",), ("N-7KQ4-2MXC",)]


async def test_erasing_finds_calls_from_a_number_that_was_called(books: Books) -> None:
    await books.leads(2)
    await books.attempt("a-1", number=RIGHT)  # which is his no more
    over = LeadPlan(LeadStatus.DONE, None, "three calls")
    await books.calls.settle("a-1", Settlement(Disposition.NO_ANSWER, CallFacts(), over))
    await books.calls.open_inbound(InboundCall("in-0", RIGHT, "+442079460000", NOON))
    await books.calls.open_inbound(InboundCall("in-1", row(2).number, "+442079460000", NOON))
    await books.people.erase(1, LATER)
    assert [await caller_of(books, at) for at in range(2)] == [("", ""), (row(2).number, "")]


async def caller_of(books: Books, at: int) -> tuple[str, str]:
    """Return the number of a call to the hotline, and what was shown; both are empty once erased."""
    found = await books.calls.inbound_call(f"in-{at}")
    assert found is not None
    return found[0].number, found[0].shown
