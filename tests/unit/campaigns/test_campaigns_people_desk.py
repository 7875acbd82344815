"""One customer's file: what he said, promises, credits, erasing and handing out."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from campaign_cases import CAMPAIGN, list_row, utc

from campaigns.correcting import Correction
from campaigns.desk.owners import OwnerDesk
from campaigns.desk.people import Erasing, PeopleDesk
from campaigns.desk.retention import RetentionDesk
from campaigns.desk.traces import Traces, folded
from campaigns.errors import InvalidInput, NotFound
from campaigns.ledger_check import told_by
from campaigns.lines import AttemptLine
from campaigns.memory import MemoryBook
from campaigns.memory_people import MemoryPersonBook
from campaigns.memory_retention import MemoryRetentionBook
from campaigns.model import CreditKind, CustomerClass, Disposition, NumberKind, Purpose
from campaigns.packs_folder import load_packs, rule_book
from campaigns.people import Absence, HotlineCall, NoteKind
from campaigns.rules.packs import RuleBook
from campaigns.rules.phone import national
from campaigns.rules_in_force import RulesInForce

NOW = utc("2026-11-21 16:00")
NUMBER = "+12025550001"


class World:
    def __init__(self) -> None:
        self.book = MemoryBook()
        self.people = MemoryPersonBook(self.book)
        owners = OwnerDesk(self.people, lambda: NOW, ["1001", "1002"])
        self.owners = owners
        self.rules = RulesInForce(RuleBook({}))
        self.retention = RetentionDesk(MemoryRetentionBook(self.book), self.rules, lambda: NOW)
        self.desk = PeopleDesk(self.people, self.book, owners, self.retention, lambda: NOW, "US")

    def desk_that_searches(self, erasing: Callable[[Traces], Awaitable[None]]) -> PeopleDesk:
        """Return the desk of an installation that keeps uploaded lists."""
        return PeopleDesk(self.people, self.book, self.owners, self.retention, lambda: NOW, erasing=erasing)

    def called(self, disposition: Disposition | None) -> None:
        self.book.attempt_lines["a-1"] = AttemptLine(
            "a-1", 1, 1, "", "", NUMBER, NOW, disposition, "1001", 900, 3.5, 60_000, 16, 200, 5,
            "satisfied", "has a dog",
        )  # fmt: skip


@pytest.fixture
async def world() -> World:
    made = World()
    kept = await made.book.add_campaign(CAMPAIGN)
    potential = list_row(1, customer_class=CustomerClass.POTENTIAL, extras={"plate": "DC 1"}, owner="1001")
    await made.book.load_rows(kept.id, [potential])
    return made


async def test_a_consent_needs_proof_and_a_refusal_does_not(world: World) -> None:
    with pytest.raises(InvalidInput, match="evidence"):
        await world.desk.record_consent(1, NUMBER, Purpose.MARKETING, True, NOW, " ", "mona")
    later = NOW + timedelta(seconds=1)
    with pytest.raises(InvalidInput, match="future"):
        await world.desk.record_consent(1, NUMBER, Purpose.MARKETING, False, later, "", "mona")
    full = await world.desk.record_consent(1, NUMBER, Purpose.MARKETING, False, None, "", "mona")
    (told,) = full.file.consents
    assert (told.consent.given, told.consent.at, told.by) == (False, NOW, "mona")
    with pytest.raises(NotFound):
        await world.desk.record_consent(1, "+12025559999", Purpose.MARKETING, False, None, "", "mona")


async def test_a_potential_customer_becomes_a_customer(world: World) -> None:
    full = await world.desk.set_class(1, CustomerClass.ORDINARY)
    assert full.file.customer.customer_class is CustomerClass.ORDINARY


async def test_notes_and_promises(world: World) -> None:
    due = NOW + timedelta(days=2)
    await world.desk.note(1, NoteKind.NOTE, "likes it", None, "mona")
    full = await world.desk.note(1, NoteKind.PROMISE, "send the invoice", due, "mona")
    note, promise = full.file.notes
    assert (promise.due_at, promise.kept_at, promise.by) == (due, None, "mona")
    assert (await world.desk.keep_promise(1, promise.id)).file.notes[1].kept_at == NOW
    for wrong in (note.id, 99):
        with pytest.raises(InvalidInput, match="no promise"):
            await world.desk.keep_promise(1, wrong)
    for text in (" ", "x" * 4001):
        with pytest.raises(InvalidInput, match="text"):
            await world.desk.note(1, NoteKind.NOTE, text, None, "mona")


async def test_a_promise_says_until_when(world: World) -> None:
    with pytest.raises(InvalidInput, match="due_at: a promise needs the moment"):
        await world.desk.note(1, NoteKind.PROMISE, "send the invoice", None, "mona")
    assert (await world.desk.file(1)).file.notes == ()


async def test_nobody_but_an_agent_is_credited(world: World) -> None:
    with pytest.raises(InvalidInput, match="agent_id: there is no agent 'nobody'"):
        await world.desk.credit(1, CreditKind.CLOSED, "nobody", "first car")
    assert (await world.desk.file(1)).file.credits == ()


async def test_whoever_brought_a_customer_is_credited_at_each_closing(world: World) -> None:
    await world.desk.credit(1, CreditKind.CLOSED, "1002", "first car")
    await world.desk.credit(1, CreditKind.BROUGHT, "1001", "inquiry")
    full = await world.desk.credit(1, CreditKind.CLOSED, "1002", "second car")
    assert [(one.kind, one.agent_id, one.subject) for one in full.file.credits] == [
        (CreditKind.CLOSED, "1002", "first car"),
        (CreditKind.BROUGHT, "1001", "inquiry"),
        (CreditKind.CLOSED, "1002", "second car"),
        (CreditKind.BROUGHT, "1001", "second car"),
    ]


async def test_a_file_says_who_looks_after_the_customer_now(world: World) -> None:
    assert (await world.desk.file(1)).looked_after_by == "1001"
    await world.owners.stand_in(Absence("1001", "1002", NOW, NOW + timedelta(days=1)))
    full = await world.desk.file(1)
    assert (full.file.customer.owner, full.looked_after_by) == ("1001", "1002")


async def test_customers_are_found_by_reference_or_any_spelling_of_a_number(world: World) -> None:
    assert [person.id for person in (await world.desk.find("C-1", "")).customers] == [1]
    assert [person.id for person in (await world.desk.find("", "(202) 555-0001")).customers] == [1]
    assert list((await world.desk.find("", "")).customers) == []
    with pytest.raises(InvalidInput, match="number"):
        await world.desk.find("", "12")


async def test_everything_about_a_person_is_handed_out_as_plain_data(world: World) -> None:
    world.called(Disposition.CONNECTED)
    await world.desk.note(1, NoteKind.NOTE, "likes it", None, "mona")
    call = HotlineCall("in-1", NUMBER, "+12025550000", NOW, vote=3, outcome="complaint", note="too loud")
    world.book.hotline_rows["in-1"] = call
    await world.book.suppress(NUMBER, "asked by key", "customer", NOW)
    told = json.loads(json.dumps(await world.desk.export(1)))
    assert told["customer"]["extras"] == {"plate": "DC 1"}
    assert told["customer"]["customer_class"] == "potential"
    assert told["notes"][0]["note"] == "likes it"
    assert (told["history"][0]["note"], told["history"][0]["vote"]) == ("has a dog", 5)
    (talk,) = told["hotline"]
    assert (talk["vote"], talk["outcome"], talk["note"]) == (3, "complaint", "too loud")
    (entry,) = told["barred"]
    assert (entry["list_name"], entry["reason"], entry["by"]) == ("opt-out", "asked by key", "customer")
    assert entry["at"] == talk["started_at"] == NOW.isoformat()
    (lead,) = told["leads"]
    assert lead["campaign"] == CAMPAIGN.name
    assert (lead["list_name"], lead["status"], lead["verdict"]) == ("main", "waiting", None)
    assert lead["fields"] == list_row(1).fields
    assert told["history"][0]["started_at"] == NOW.isoformat()


async def test_who_is_being_called_is_erased_as_soon_as_the_call_is_over(world: World) -> None:
    world.called(None)
    assert await world.desk.erase(1, "mia") == Erasing(asked_at=NOW)
    assert (await world.desk.file(1)).file.erasing_asked_at == NOW
    assert await world.desk.erase_who_asked() == 0
    assert (await world.desk.file(1)).file.customer.ref == "C-1"
    line = world.book.attempt_lines["a-1"]
    world.book.attempt_lines["a-1"] = replace(line, disposition=Disposition.CONNECTED)
    assert await world.desk.erase_who_asked() == 1
    told = (await world.desk.file(1)).file
    assert (told.erased, told.erasing_asked_at, told.customer.name) == (True, None, "")
    assert await world.desk.erase_who_asked() == 0
    by = [told_by(one)["by"] for one in world.book.ledger.entries if "eras" in one.kind]
    assert by == ["mia", "mia"]


async def test_lists_are_searched_for_every_name_that_he_had(world: World) -> None:
    was = world.book.customer_rows[1]
    for name in ("Zoë Böhm", "Zoë Lee"):
        await world.people.correct(1, Correction("mia", NOW, name=name))
    searched = []

    async def search(traces: Traces) -> None:
        searched.append(traces)

    await world.desk_that_searches(search).erase(1)
    (traces,) = searched
    assert traces.words == {folded(one) for one in (was.ref, was.name, "Zoë Böhm", "Zoë Lee")}


async def test_who_cannot_be_erased_keeps_nobody_behind_him(world: World) -> None:
    await world.book.load_rows(1, [list_row(2)])
    for customer_id in (1, 2):
        await world.people.ask_erasing(customer_id, NOW, "mia")
    searched = []

    async def fail_first(traces: Traces) -> None:
        searched.append(traces)
        if len(searched) == 1:
            raise OSError("the disk is full")

    desk = world.desk_that_searches(fail_first)
    assert await desk.erase_who_asked() == 1
    assert [(await desk.file(one)).file.erased for one in (1, 2)] == [False, True]
    assert await desk.erase_who_asked() == 1
    assert (await desk.file(1)).file.erased


async def test_lists_are_searched_for_every_number_that_is_his_or_was(world: World) -> None:
    world.called(Disposition.CONNECTED)
    called, removed, now = "+12025550177", "+12025550178", "+12025550179"
    world.book.attempt_lines["a-1"] = replace(world.book.attempt_lines["a-1"], number=called)
    for numbers in ((NUMBER, removed), (now,)):
        told = tuple((number, NumberKind.OTHER) for number in numbers)
        await world.people.correct(1, Correction("mia", NOW, numbers=told))
    searched = []

    async def search(traces: Traces) -> None:
        searched.append(traces)

    await world.desk_that_searches(search).erase(1)
    (traces,) = searched
    assert traces.digits == {national(one) for one in (NUMBER, called, removed, now)}


async def test_erasing_is_told_to_whoever_may_have_him_before_them(world: World) -> None:
    """Only once he is gone: whoever looks earlier finds him as he was."""
    told: list[str] = []

    def changed() -> None:
        told.append(world.book.customer_rows[1].name)

    desk = PeopleDesk(world.people, world.book, world.owners, world.retention, lambda: NOW, changed=changed)
    assert await desk.erase(1) == Erasing()
    assert told == [""]


async def test_a_person_is_erased(world: World) -> None:
    world.called(None)
    world.book.attempt_lines["a-1"] = replace(
        world.book.attempt_lines["a-1"], disposition=Disposition.CONNECTED
    )
    assert await world.desk.erase(1) == Erasing()
    told = json.dumps(await world.desk.export(1))
    for secret in (NUMBER, "N 1", "DC 1", "has a dog", "C-1"):
        assert secret not in told
    with pytest.raises(NotFound):
        await world.desk.erase(99)


async def test_what_a_rule_pack_orders_to_keep_survives_erasing_and_nothing_else(world: World) -> None:
    world.rules.book = rule_book(load_packs())
    world.called(Disposition.CONNECTED)
    chinese = "+8613800138000"
    world.book.attempt_lines["a-1"] = replace(world.book.attempt_lines["a-1"], number=chinese)
    order = (await world.desk.erase(1)).order
    assert order is not None
    assert order.until == NOW + timedelta(days=30)
    told = json.dumps(await world.desk.export(1))
    assert chinese in told
    for secret in (NUMBER, "N 1", "DC 1", "has a dog", "C-1"):
        assert secret not in told
