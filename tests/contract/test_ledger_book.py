"""The ledger under contract: what is entered when, by whom, and that nobody can be read in it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from book_cases import CAMPAIGN, NOON, Books, new_attempt, row

from campaigns.desk.ledger import LedgerDesk, LedgerReport
from campaigns.errors import InvalidInput, NotFound
from campaigns.grounds import Grounds
from campaigns.ledger import Head, Kind, Note, number_digest, text_digest
from campaigns.lists import LoadTerms
from campaigns.model import (
    CampaignStatus,
    Consent,
    DialMode,
    Disposition,
    LeadPlan,
    LeadStatus,
    Purpose,
    Screened,
)
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber, SuppressionKind, SuppressionList
from campaigns.verdicts import LastVerdict
from dialer.ports import CallFacts, InboundCall, Settlement, WrapUp

LATER = LeadPlan(LeadStatus.WAITING, NOON + timedelta(hours=2), "busy: again at two")
DONE = LeadPlan(LeadStatus.DONE, None, "talked")
BUSY = Settlement(Disposition.BUSY, CallFacts(ended_at=NOON, hangup_cause=17), LATER)
CONSENT = Consent(Purpose.MARKETING, True, NOON, "signed by José Łuczak on paper 7")
GROUNDS = Grounds("allowed", ("uk 1", "house 2"), ("Europe/London",), (1, 3), CONSENT, True)
TERMS = LoadTerms(by="mona", at=NOON)


async def told(books: Books) -> Sequence[Mapping[str, Any]]:
    """Everything the ledger says after its beginning."""
    return [json.loads(entry.body) for entry in await books.ledger.page(1, 1_000)]


async def kinds(books: Books) -> Sequence[str]:
    return [entry["kind"] for entry in await told(books)]


async def verified(books: Books) -> LedgerReport:
    report = await LedgerDesk(books.ledger).verify()
    assert report.fault is None, str(report.fault)
    return report


async def test_a_ledger_begins_with_an_entry_of_its_own(books: Books) -> None:
    (first,) = await books.ledger.page(0, 9)
    assert (first.n, first.kind) == (1, Kind.BEGUN)
    assert json.loads(first.body)["facts"] == {
        "last_record": 0,
        "on_lists": {"1": 0},
        "last_consent": 0,
    }
    assert await books.ledger.head() == Head(1, first.hash)


async def test_the_life_of_an_attempt(books: Books) -> None:
    await books.leads(1)
    await books.attempt(grounds=GROUNDS)
    assert await books.calls.settle("a-1", BUSY)
    assert not await books.calls.settle("a-1", BUSY)
    made, loaded, opened, settled = await told(books)
    assert (made["kind"], loaded["kind"]) == ("campaign made", "list loaded")
    person = await books.ledger.person("C-1")
    assert person is not None
    assert opened["attempt"] == settled["attempt"] == "a-1"
    assert opened["campaign"] == settled["campaign"] == 1
    assert opened["person"] == settled["person"] == person.digest
    assert opened["number"] == number_digest(person.key, "+442079460101")
    assert opened["facts"] == {
        "agent": "agent-7",
        "committed_at": "2026-11-03T12:00:00.000000Z",
        "consent": {"purpose": "marketing", "said_at": "2026-11-03T12:00:00.000000Z"},
        "definition": "f00d",
        "evidence": text_digest(person.key, "evidence", CONSENT.evidence),
        "lead": 1,
        "lists": [1, 3],
        "outside": True,
        "packs": ["uk 1", "house 2"],
        "rule": "allowed",
        "trunk": "main",
        "zones": ["Europe/London"],
    }
    assert settled["facts"] == {
        "disposition": "busy",
        "due_at": "2026-11-03T14:00:00.000000Z",
        "ended_at": "2026-11-03T12:00:00.000000Z",
        "hangup_cause": 17,
        "lead_is": "waiting",
    }
    report = await verified(books)
    assert (report.entries, report.calls) == (5, 1)


async def test_the_whole_course_of_a_call_is_entered_and_nothing_comes_after_it(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    await books.calls.note_facts("a-1", CallFacts(ringing_at=NOON, amd=Screened.MACHINE))
    await books.calls.settle("a-1", BUSY)
    await books.calls.note_facts("a-1", CallFacts(answered_at=NOON, hangup_cause=16))
    course = (await told(books))[-1]["facts"]
    at = "2026-11-03T12:00:00.000000Z"
    assert course.items() >= {"ringing_at": at, "ended_at": at, "amd": "machine", "hangup_cause": 17}.items()
    assert "answered_at" not in course
    (line,) = await books.campaigns.history(1)
    assert line.hangup_cause == 17
    await verified(books)


async def test_what_was_refused_by_the_book_is_not_entered(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    before = await kinds(books)
    with pytest.raises(ValueError, match="a-1"):
        await books.attempt()
    with pytest.raises(ValueError, match="without an outcome"):
        await books.attempt("a-2")
    assert not await books.calls.open_attempt(new_attempt("a-3", lead_id=77))
    assert not await books.calls.record_wrap_up(WrapUp("a-9", "7", "satisfied", "", NOON), None)
    assert not await books.calls.record_machine("a-1", LATER)
    assert not await books.suppression.unsuppress(OPT_OUT_ID, "+442079460101", "mona", NOON)
    with pytest.raises(InvalidInput):
        await books.campaign()
    assert await kinds(books) == before
    await verified(books)


async def test_the_word_of_an_agent(books: Books) -> None:
    await books.leads(1)
    await books.attempt()
    facts = CallFacts(bridged_at=NOON, agent_id="7", ended_at=NOON)
    await books.calls.settle("a-1", Settlement(Disposition.CONNECTED, facts, DONE))
    await books.calls.record_machine("a-1", LATER)
    await books.calls.record_wrap_up(WrapUp("a-1", "7", "machine", "Herr Müller has a dog", NOON), LATER)
    await books.calls.open_inbound(InboundCall("in-1", "+442079460999", "100", NOON))
    await books.calls.record_wrap_up(WrapUp("in-1", "8", "satisfied", "", NOON), None)
    corrected, outcome, inbound = (await told(books))[-3:]
    assert (corrected["kind"], corrected["by"], corrected["facts"]) == (
        "attempt corrected",
        "agent 7",
        {"disposition": "machine"},
    )
    assert (outcome["kind"], outcome["by"], outcome["facts"]) == (
        "outcome recorded",
        "agent 7",
        {"outcome": "machine"},
    )
    assert outcome["person"] == corrected["person"]
    assert (inbound["attempt"], inbound["by"]) == ("in-1", "agent 8")
    assert not {"person", "campaign"} & inbound.keys()
    assert (await verified(books)).calls == 1


async def test_who_started_paused_and_stopped_a_campaign(books: Books) -> None:
    campaign = await books.campaign()
    for status, by in (
        (CampaignStatus.RUNNING, "mia"),
        (CampaignStatus.PAUSED, "moe"),
        (CampaignStatus.RUNNING, "mia"),
        (CampaignStatus.FINISHED, "service"),
        (CampaignStatus.RUNNING, "mia"),
        (CampaignStatus.STOPPED, "mona"),
    ):
        await books.campaigns.set_status(campaign.id, status, by, NOON, "because José said so")
    entries = await told(books)
    assert [(entry["kind"], entry["by"]) for entry in entries] == [
        ("campaign made", "system"),
        ("campaign started", "mia"),
        ("campaign paused", "moe"),
        ("campaign resumed", "mia"),
        ("campaign finished", "system"),
        ("campaign started", "mia"),
        ("campaign stopped", "mona"),
    ]
    assert all(entry["campaign"] == campaign.id for entry in entries)
    assert entries[0]["facts"]["hours"] == [[0, "09:00", "12:30"], [4, "18:00", "00:00"]]
    assert entries[0]["facts"]["retries"] == {"busy": [900_000, 3], "no_answer": [7_200_000, 2]}
    assert (entries[0]["facts"]["mode"], entries[0]["facts"]["lines_per_100_agents"]) == ("ratio", 175)


async def test_only_a_ratio_has_lines_for_its_agents(books: Books) -> None:
    await books.campaigns.add_campaign(replace(CAMPAIGN, mode=DialMode.PREDICTIVE))
    (made,) = await told(books)
    assert made["facts"]["mode"] == "predictive"
    assert "lines_per_100_agents" not in made["facts"]


async def test_what_becomes_of_lists(books: Books) -> None:
    campaign = await books.campaign()
    for name, first in (("one", 1), ("two", 5)):
        rows = [row(index) for index in range(first, first + 3)]
        await books.campaigns.load_rows(campaign.id, rows, replace(TERMS, list_name=name))
    await books.campaigns.load_rows(campaign.id, [row(1)], replace(TERMS, list_name="one"))  # nothing new
    await books.campaigns.load_rows(campaign.id, [row(9)], replace(TERMS, dry_run=True))
    one, two = [kept.id for kept in await books.lists.lists(campaign.id)]
    await books.lists.switch_list(one, False, "mia")
    await books.attempt("a-1", lead_id=4, customer_id=4)
    await books.calls.settle("a-1", replace(BUSY, plan=DONE))
    again = (two, 0, 99, [Disposition.BUSY], ["refused"], NOON, "recycled by mia", "mia")
    assert (await books.lists.some_recycled(*again))[0] == 1
    await books.lists.remove_list(one, two, "moe")  # not empty: nothing happens
    await books.lists.some_moved(one, two, 99)
    await books.lists.remove_list(one, two, "moe")
    await books.lists.mark_deleted(two, NOON, NOON + timedelta(days=400), "mona")
    about = [entry for entry in await told(books) if entry["kind"].startswith("list ")]
    assert [(entry["kind"], entry["by"], entry["facts"]["list"]) for entry in about] == [
        ("list loaded", "mona", one),
        ("list loaded", "mona", two),
        ("list switched", "mia", one),
        ("list recycled", "mia", two),
        ("list merged", "moe", one),
        ("list deleted", "mona", two),
    ]
    assert about[0]["facts"] == {"list": one, "loaded": 3, "updated": 0, "unchanged": 0, "duplicate": 0}
    assert about[2]["facts"]["active"] is False
    assert about[3]["facts"] == {"list": two, "leads": 1, "dispositions": ["busy"], "outcomes": ["refused"]}
    assert about[4]["facts"]["into"] == two
    assert about[5]["facts"]["purge_after"] == "2027-12-08T12:00:00.000000Z"


async def test_words_about_consent(books: Books) -> None:
    campaign = await books.campaign()
    await books.campaigns.load_rows(campaign.id, [row(1, consent=CONSENT)], TERMS)
    await books.campaigns.load_rows(campaign.id, [row(1, consent=CONSENT)], TERMS)  # nothing new
    said = Consent(Purpose.MARKETING, False, None, "by letter")
    await books.people.record_consent(1, row(1).number, said, "mia", NOON)
    given, withdrawn = [entry for entry in await told(books) if entry["kind"].startswith("consent")]
    person = await books.ledger.person("C-1")
    assert person is not None
    assert (given["kind"], given["by"], given["person"]) == ("consent given", "mona", person.digest)
    assert given["facts"] == {
        "purpose": "marketing",
        "said_at": "2026-11-03T12:00:00.000000Z",
        "evidence": text_digest(person.key, "evidence", CONSENT.evidence),
    }
    assert (withdrawn["kind"], withdrawn["by"]) == ("consent withdrawn", "mia")
    assert withdrawn["facts"]["said_at"] is None
    assert withdrawn["number"] == given["number"]


async def test_coming_on_and_off_a_do_not_call_list(books: Books) -> None:
    await books.leads(2)
    campaign_id = 1
    second = "+442079460888"
    rows = [row(2, number=second), row(1, number=second)]
    await books.campaigns.load_rows(campaign_id, rows)
    before = len(await told(books))
    await books.campaigns.suppress(row(1).number, "by key in call a-1", "customer", NOON)
    await books.campaigns.suppress(row(1).number, "again", "mia", NOON)  # nothing new
    await books.campaigns.suppress("+442079460999", "by letter", "mia", NOON)  # nobody's
    new = SuppressionList(0, "TPS", SuppressionKind.REGISTRY, Purpose.MARKETING, 1, False, "mona", NOON)
    made = await books.suppression.add_suppression_list(new)
    numbers = [row(1).number, second, "+442079460777"]
    entries = [SuppressedNumber(made.id, number, "registry", "mona", NOON) for number in numbers]
    assert await books.suppression.suppress_numbers([*entries, *entries]) == 3
    assert await books.suppression.unsuppress(made.id, second, "moe", NOON)
    one, two = await books.ledger.person("C-1"), await books.ledger.person("C-2")
    assert one is not None
    assert two is not None
    names = {one.digest: "C-1", two.digest: "C-2", None: None}
    seen = [
        (entry["kind"], entry["by"], names[entry.get("person")], entry["facts"].get("numbers"))
        for entry in (await told(books))[before:]
    ]
    assert seen == [
        ("suppression added", "key press", "C-1", 1),
        ("suppression added", "mia", None, 1),
        ("suppression list made", "mona", None, None),
        ("suppression added", "mona", None, 3),
        ("suppression added", "mona", "C-1", None),
        ("suppression added", "mona", "C-1", None),
        ("suppression added", "mona", "C-2", None),
        ("suppression removed", "moe", "C-1", 1),
        ("suppression removed", "moe", "C-2", None),
    ]
    first = (await told(books))[before]
    assert first["facts"] == {
        "list": OPT_OUT_ID,
        "numbers": 1,
        "reason": text_digest(one.key, "reason", "by key in call a-1"),
    }
    assert (await told(books))[before + 2]["facts"] == {
        "list": made.id,
        "kind": "registry",
        "purpose": "marketing",
        "whole_person": False,
    }


async def test_a_refusal_is_entered_when_it_is_another_one(books: Books) -> None:
    await books.leads(1)
    refusal = LastVerdict("consent", "José said nothing", NOON, None, "uk", "2026-a", "Europe/London", "f00d")
    other = replace(refusal, rule="hours", pack="house", version="2026-b", next_at=NOON + timedelta(hours=1))
    for kept in (other, other, refusal):  # the second time it is the same again
        assert await books.calls.claim(1, NOON) is not None
        due_at = None if kept.rule == "consent" else NOON
        status = LeadStatus.REFUSED if due_at is None else LeadStatus.WAITING
        await books.calls.return_lead(1, LeadPlan(status, due_at, kept.reason, kept))
    said = Consent(Purpose.MARKETING, True, NOON, "signed")
    await books.people.record_consent(1, row(1).number, said, "mia", NOON)
    first, second, given, lifted = (await told(books))[2:]
    assert (first["kind"], first["by"], first["campaign"]) == ("call refused", "system", 1)
    assert first["facts"] == {
        "lead": 1,
        "rule": "hours",
        "pack": "house",
        "version": "2026-b",
        "zone": "Europe/London",
        "next_at": "2026-11-03T13:00:00.000000Z",
    }
    assert (second["facts"]["rule"], second["facts"]["next_at"]) == ("consent", None)
    assert given["kind"] == "consent given"
    assert (lifted["kind"], lifted["facts"]) == ("refusal lifted", {"lead": 1})
    assert {entry["person"] for entry in (first, second, given, lifted)} == {first["person"]}
    assert {entry["number"] for entry in (first, second, given, lifted)} == {first["number"]}
    await verified(books)


async def test_whoever_comes_on_a_list_is_told_of_before_his_refusal_is_lifted(books: Books) -> None:
    await books.leads(1)
    refusal = LastVerdict("consent", "nothing was said", NOON)
    assert await books.calls.claim(1, NOON) is not None
    await books.calls.return_lead(1, LeadPlan(LeadStatus.REFUSED, None, refusal.reason, refusal))
    await books.campaigns.suppress(row(1).number, "asked", "mia", NOON)
    await books.suppression.unsuppress(OPT_OUT_ID, row(1).number, "mia", NOON)
    assert (await kinds(books))[3:5] == ["suppression added", "refusal lifted"]


async def test_other_rules_of_a_campaign(books: Books) -> None:
    campaign = await books.campaign()
    await books.campaigns.set_rules(campaign.id, CAMPAIGN.hours[:1], ("carrier",), "moe", NOON)
    _, changed = await told(books)
    assert (changed["kind"], changed["by"], changed["campaign"]) == ("campaign changed", "moe", campaign.id)
    assert changed["facts"] == {"hours": [[0, "09:00", "12:30"]], "packs": ["carrier"]}


async def test_another_weight_of_a_campaign(books: Books) -> None:
    campaign = await books.campaign()
    changed = await books.campaigns.set_weight(campaign.id, 4, "moe")
    assert changed == replace(campaign, weight=4) == await books.campaigns.campaign(campaign.id)
    _, told_of = await told(books)
    assert (told_of["kind"], told_of["by"], told_of["facts"]) == ("campaign changed", "moe", {"weight": 4})


async def test_nobody_can_be_read_in_it(books: Books) -> None:
    """Not by name, number, reference, note, reason or evidence, after everything that can happen to him."""
    campaign = await books.campaigns.add_campaign(replace(CAMPAIGN, name="Call José about +442079460101"))
    told_row = row(1, consent=CONSENT, owner="agent-7", extras={"dog": "Bello"})
    await books.campaigns.load_rows(campaign.id, [told_row], replace(TERMS, list_name="José's friends"))
    await books.campaigns.set_status(campaign.id, CampaignStatus.RUNNING, "mia", NOON, "José asked for it")
    await books.attempt(grounds=GROUNDS)
    await books.calls.record_wrap_up(WrapUp("a-1", "7", "callback", "call Bello's owner José", NOON), LATER)
    await books.calls.settle("a-1", replace(BUSY, plan=replace(LATER, reason="José is at +442079460101")))
    await books.campaigns.suppress(row(1).number, "José Łuczak wrote", "mia", NOON)
    await books.suppression.unsuppress(OPT_OUT_ID, row(1).number, "mia", NOON)
    await books.people.erase(1, NOON, "mia")
    everything = "\n".join(entry.body for entry in await books.ledger.page(0, 999))
    for secret in ("José", "Łuczak", "4420794", "60101", "C-1", "Bello", "paper", "friends"):
        assert secret not in everything


async def test_erasing_a_person_cuts_him_off_and_the_chain_holds(books: Books) -> None:
    await books.leads(2)
    for lead_id in (1, 2):
        await books.attempt(f"a-{lead_id}", lead_id=lead_id)
        await books.calls.settle(f"a-{lead_id}", BUSY)
    person = await books.ledger.person("C-1")
    assert person is not None
    await books.people.erase(1, NOON, "mia")
    await books.people.erase(1, NOON, "mia")
    with pytest.raises(NotFound):
        await books.ledger.person("C-1")
    assert await books.ledger.person("erased-1") is None
    assert await books.ledger.person("C-2") is not None
    last = (await told(books))[-1]
    assert (last["kind"], last["by"], last["person"]) == ("person erased", "mia", person.digest)
    assert (await kinds(books)).count("person erased") == 1
    # Whoever was erased is never tied to anything again.
    await books.calls.record_wrap_up(WrapUp("a-1", "7", "callback", "", NOON), None)
    assert "person" not in (await told(books))[-1]
    assert (await verified(books)).calls == 2


@pytest.mark.parametrize("keep_until", [None, NOON + timedelta(days=90)])
async def test_the_erasing_of_somebody_never_called_is_entered_once(
    books: Books, keep_until: datetime | None
) -> None:
    await books.leads(2)
    assert await books.ledger.person("C-1") is None
    for _ in range(2):
        await books.people.erase(1, NOON, "mia", keep_until)
    *_, last = await told(books)
    assert (await kinds(books)).count("person erased") == 1
    assert (last["kind"], last["by"], last["facts"]) == ("person erased", "mia", {"customer": 1})
    assert re.fullmatch("[0-9a-f]{64}", last["person"])
    everything = "\n".join(entry.body for entry in await books.ledger.page(0, 999))
    assert not [secret for secret in ("C-1", "José", "60101") if secret in everything]
    # His key lives as long as anything else about him is kept.
    key = await books.ledger.person("erased-1")
    assert (None if key is None else key.digest) == (None if keep_until is None else last["person"])
    await verified(books)


async def test_records_whose_time_is_over_are_destroyed_by_the_book(books: Books) -> None:
    campaign_id = await books.leads(2)
    await books.attempt("a-1", lead_id=1)
    await books.calls.settle("a-1", replace(BUSY, plan=DONE))
    (kept,) = await books.lists.lists(campaign_id)
    await books.lists.mark_deleted(kept.id, NOON, NOON, "mia")
    while await books.lists.some_deleted(kept.id, 99):
        pass
    assert await books.purge(NOON) == 1
    last = (await told(books))[-1]
    assert (last["kind"], last["attempt"], last["campaign"]) == ("attempt purged", "a-1", campaign_id)
    report = await verified(books)
    assert report.calls == 0
    with pytest.raises(NotFound):
        await books.ledger.person("C-1")


async def test_pages_strays_and_the_newest(books: Books) -> None:
    await books.leads(3)
    for lead_id in (1, 2, 3):
        await books.attempt(f"a-{lead_id}", lead_id=lead_id)
    assert [entry.n for entry in await books.ledger.page(2, 2)] == [3, 4]
    assert [trail.attempt_id for trail in await books.ledger.trails(1, 1)] == ["a-2"]
    (trail,) = await books.ledger.trails(2, 9)
    assert (trail.seq, trail.disposition) == (3, None)
    assert trail.opening["committed_at"] == "2026-11-03T12:00:00.000000Z"
    assert [entry.kind for entry in trail.entries] == [Kind.ATTEMPT_OPENED]
    assert await books.ledger.strays(9) == []
    newest = await books.ledger.newest(Kind.ATTEMPT_OPENED)
    assert newest is not None
    assert newest.attempt_id == "a-3"
    assert await books.ledger.newest(Kind.RULES) is None


async def test_an_opening_that_has_no_record_is_a_stray(books: Books) -> None:
    await books.ledger.enter(Note(Kind.ATTEMPT_OPENED, attempt_id="att-gone"))
    (stray,) = await books.ledger.strays(9)
    assert stray.attempt_id == "att-gone"
    fault = (await LedgerDesk(books.ledger).verify()).fault
    assert fault is not None
    assert fault.n == stray.n


async def test_what_is_entered_alone_moves_the_head(books: Books) -> None:
    before = await books.ledger.head()
    head = await books.ledger.enter(Note(Kind.RULES, facts={"fingerprint": "f00d"}))
    assert head == await books.ledger.head()
    assert head.n == before.n + 1
    assert json.loads((await books.ledger.page(before.n, 9))[0].body)["by"] == "system"


async def test_an_unknown_customer_has_no_key(books: Books) -> None:
    await books.leads(1)
    with pytest.raises(NotFound, match="C-99"):
        await books.ledger.person("C-99")
    assert await books.ledger.person("C-1") is None  # nothing is about him yet


async def test_what_people_said_and_who_was_erased_agrees_with_the_book(books: Books) -> None:
    """By a list and by hand, the same word twice, kept for a pack, asked for in a call."""
    await books.campaign()
    yes = Consent(Purpose.SERVICE, True, NOON, "signed")
    no = Consent(Purpose.MARKETING, False, None, "")
    await books.campaigns.load_rows(1, [row(1, consent=yes), row(2, consent=no), row(3), row(4)])
    for customer_id, said in ((1, yes), (1, yes), (1, no), (3, no)):
        await books.people.record_consent(customer_id, row(customer_id).number, said, "mia", NOON)
    await books.people.erase(1, NOON, "mia", NOON + timedelta(days=90))
    await books.people.erase(2, NOON, "mia")
    await books.attempt("a-4", lead_id=4)
    await books.people.ask_erasing(4, NOON, "mia")
    assert (await verified(books)).ok
    assert [len(person.said) for person in await books.ledger.listed(0, 9)] == [4, 1, 0]
    assert [person.is_erased for person in await books.ledger.listed(0, 9)] == [True, False, False]
    assert await books.ledger.not_erased([1, 2, 3, 4, 99]) == {3: False, 4: True}
