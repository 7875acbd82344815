"""The desk of the ledger over the book in memory: checked page by page, handed out, rules entered once."""

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from campaign_cases import CAMPAIGN, list_row, utc

from campaigns.desk import ledger
from campaigns.desk.ledger import LedgerDesk, Selection, head_from
from campaigns.errors import InvalidInput, NotFound
from campaigns.ledger import NO_HASH, Head, Kind, Note
from campaigns.ledger_check import Fault, Reason
from campaigns.memory import MemoryBook
from campaigns.packs_folder import Choices, load_packs, rule_book
from campaigns.suppression import SuppressionList

NOW = utc("2026-11-21 16:00")


class World:
    def __init__(self) -> None:
        self.now = NOW
        self.book = MemoryBook()
        self.book.ledger.now = lambda: self.now
        self.desk = LedgerDesk(self.book.ledger)

    async def fill(self, campaigns: int = 3) -> None:
        """A minute passes between one campaign and the next."""
        for index in range(1, campaigns + 1):
            self.now += timedelta(minutes=1)
            kept = await self.book.add_campaign(replace(CAMPAIGN, name=f"Campaign {index}"))
            await self.book.load_rows(kept.id, [list_row(index)])
            await self.book.suppress(list_row(index).number, "asked", "mia", self.now)

    async def lines(self, **wanted: object) -> list[dict[str, object]]:
        selection = await self.desk.selection(**wanted)  # type: ignore[arg-type]
        return [json.loads(line)["entry"] async for line in self.desk.export(selection)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(ledger, "AT_ONCE", 2)  # so that every long work takes several pages
    return World()


async def test_a_ledger_that_holds(world: World) -> None:
    await world.fill()
    report = await world.desk.verify(await world.desk.head())
    assert (report.ok, report.entries, report.calls, report.fault) == (True, 10, 0, None)
    assert report.head == await world.desk.head()


@pytest.mark.parametrize("at", [0, 1, 2, 5, 9])
async def test_the_first_fault_ends_the_check(world: World, at: int) -> None:
    await world.fill()
    entries = world.book.ledger.entries
    entries[at] = replace(entries[at], hash=entries[at].hash[::-1])
    report = await world.desk.verify()
    assert report.fault is not None
    assert (report.ok, report.fault.n, report.fault.reason) == (False, at + 1, Reason.ALTERED)
    assert report.entries == at


async def test_a_head_of_later_is_missing(world: World) -> None:
    await world.fill()
    head = await world.desk.head()
    del world.book.ledger.entries[-3:]
    report = await world.desk.verify(head)
    assert report.fault is not None
    assert (report.fault.n, report.fault.reason) == (8, Reason.TRUNCATED)
    missed = (await world.desk.verify()).fault  # somebody was put on a do-not-call list by one of them
    assert missed == Fault(0, Reason.DISAGREES, "do-not-call list 1 has 3 numbers, by the ledger 2")


async def test_what_is_entered_while_it_is_checked_is_left_to_the_next_check(world: World) -> None:
    await world.fill()
    page = world.book.ledger.page

    async def busy_page(after: int, limit: int) -> object:
        world.book.ledger.append(Note(Kind.RULES))
        return await page(after, limit)

    world.book.ledger.page = busy_page  # type: ignore[method-assign, assignment]
    report = await asyncio.wait_for(world.desk.verify(), 10)
    assert (report.ok, report.entries) == (True, 10)


async def test_an_empty_chain_holds_and_has_no_head(world: World) -> None:
    world.book.ledger.entries.clear()
    report = await world.desk.verify()
    assert (report.ok, report.head) == (True, Head(0, NO_HASH))


async def test_lines_can_be_checked_by_themselves(world: World) -> None:
    await world.fill()
    previous = NO_HASH
    kept = world.book.ledger.entries
    lines = [line async for line in world.desk.export(Selection())]
    assert len(lines) == len(kept)
    for line, entry in zip(lines, kept, strict=True):
        told = json.loads(line)
        assert (told["prev"], told["hash"]) == (previous, entry.hash)
        assert told["entry"] == json.loads(entry.body)
        assert f'{{"entry":{entry.body},' in line
        previous = told["hash"]


async def test_entries_are_chosen_by_time_campaign_and_person(world: World) -> None:
    await world.fill()
    second, third = NOW + timedelta(minutes=2), NOW + timedelta(minutes=3)
    assert [entry["n"] for entry in await world.lines(begins=third)] == [8, 9, 10]
    assert [entry["n"] for entry in await world.lines(ends=second)] == [1, 2, 3, 4]
    assert [entry["n"] for entry in await world.lines(begins=second, ends=third)] == [5, 6, 7]
    assert [entry["n"] for entry in await world.lines(campaign_id=2)] == [5, 6]
    assert [entry["n"] for entry in await world.lines(ref=list_row(3).ref)] == [10]
    assert await world.lines(ref=list_row(3).ref, campaign_id=1) == []


async def test_a_customer_who_is_not_there_or_in_no_entry(world: World) -> None:
    kept = await world.book.add_campaign(CAMPAIGN)
    await world.book.load_rows(kept.id, [list_row(1)])
    with pytest.raises(NotFound):
        await world.desk.selection(ref="nobody")
    with pytest.raises(InvalidInput, match="nothing in the ledger is about"):
        await world.desk.selection(ref=list_row(1).ref)


async def test_rules_are_entered_when_they_are_others(world: World) -> None:
    packs = load_packs()
    rules = rule_book(packs)
    assert await world.desk.enter_rules(rules, "1.0")
    assert not await world.desk.enter_rules(rule_book(packs), "1.0")
    assert await world.desk.enter_rules(rules, "1.1")
    assert await world.desk.enter_rules(rule_book(packs, Choices(added=("carrier",))), "1.1")
    newer = {**packs, "uk": replace(packs["uk"], version="2027-01-01-f00d")}
    assert await world.desk.enter_rules(rule_book(newer), "1.1")
    told = [entry for entry in await world.lines() if entry["kind"] == "rules in force"]
    assert len(told) == 4
    facts = [entry["facts"] for entry in told]
    assert facts[0]["packs"]["uk"] == packs["uk"].version  # type: ignore[index]
    assert facts[2]["always"] == ["carrier", "house"]  # type: ignore[index]
    assert facts[3]["packs"]["uk"] == "2027-01-01-f00d"  # type: ignore[index]


@pytest.mark.parametrize("text", ["12:" + "a" * 64, " 12:" + "a" * 64 + "\n"])
def test_a_head_is_read_as_it_is_told(text: str) -> None:
    assert head_from(text) == Head(12, "a" * 64)
    assert head_from("a" * 64) == Head(0, "a" * 64)
    assert head_from(str(Head(12, "a" * 64))) == Head(12, "a" * 64)


@pytest.mark.parametrize("text", ["", "12", "A" * 64, "12:" + "a" * 63, "-1:" + "a" * 64, "a" * 65])
def test_a_head_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="N:HASH"):
        head_from(text)


async def test_who_is_put_on_a_list_or_taken_off_while_it_is_checked_is_no_fault(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.fill()
    lists, looks = world.book.ledger.barring_lists, iter(("+442079460801", "+442079460802"))

    async def meanwhile() -> Sequence[SuppressionList]:
        for number in itertools.islice(looks, 1):
            await world.book.suppress(number, "asked", "mia", world.now)
        return await lists()

    monkeypatch.setattr(world.book.ledger, "barring_lists", meanwhile)
    report = await world.desk.verify()
    assert (report.ok, report.entries) == (True, 10)
    assert list(looks) == []
