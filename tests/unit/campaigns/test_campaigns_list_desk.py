"""Lists on and off, recycled, merged, exported, deleted: the desk over the book in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest
from campaign_cases import CAMPAIGN, list_row, utc

from campaigns.desk import lists
from campaigns.desk.lists import EXPORT_COLUMNS, ListDesk
from campaigns.desk.retention import RetentionDesk
from campaigns.errors import InvalidInput, NotAllowedNow, NotFound
from campaigns.lines import AttemptLine
from campaigns.lists import LoadTerms
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook
from campaigns.memory_retention import MemoryRetentionBook
from campaigns.model import Disposition, LeadPlan, LeadStatus
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce

NOW = utc("2026-11-21 16:00")


class World:
    def __init__(self) -> None:
        self.now = NOW
        self.book = MemoryBook()
        self.told: list[int] = []
        self.rules = RulesInForce(RuleBook({}))
        self.retention = RetentionDesk(MemoryRetentionBook(self.book), self.rules, lambda: self.now)
        self.desk = ListDesk(
            MemoryListBook(self.book), self.retention, lambda: self.now, self.told.append, self.outcomes
        )

    async def outcomes(self, campaign_id: int) -> Collection[str]:
        return {1: ("callback", "satisfied", "do_not_call")}.get(campaign_id, ())

    async def load(self, first: int, count: int, name: str = "spring", campaign: str = "One") -> int:
        """Load rows into a list; returns its id."""
        known = [kept for kept in self.book.campaign_rows.values() if kept.name == campaign]
        kept = known[0] if known else await self.book.add_campaign(replace(CAMPAIGN, name=campaign))
        rows = [list_row(n, extras={"plate": "=1+1"}) for n in range(first, first + count)]
        await self.book.load_rows(kept.id, rows, LoadTerms(name, by="mona", at=NOW))
        return next(one.id for one in await self.desk.lists(kept.id) if one.name == name)

    def ended(self, lead_id: int, disposition: Disposition, outcome: str | None = None) -> None:
        lead = self.book.lead_rows[lead_id]
        self.book.attempt_lines[f"a-{lead_id}"] = AttemptLine(
            f"a-{lead_id}", lead_id, lead.customer_id, "", "", lead.number, NOW, disposition, "1001", None,
            None, None, None, None, 4, outcome, None,
        )  # fmt: skip
        self.book.lead_rows[lead_id] = replace(lead, last_at=NOW)
        self.book.apply_plan(lead_id, LeadPlan(LeadStatus.DONE, None, "done"))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(lists, "AT_ONCE", 2)  # so that every long work takes several steps
    return World()


async def test_a_list_is_switched_off_and_on_with_all_its_leads(world: World) -> None:
    list_id = await world.load(0, 5)
    off = await world.desk.deactivate(list_id)
    assert (off.active, off.leads[LeadStatus.HELD], off.leads[LeadStatus.WAITING]) == (False, 5, 0)
    on = await world.desk.activate(list_id)
    assert (on.active, on.leads[LeadStatus.HELD], on.leads[LeadStatus.WAITING]) == (True, 0, 5)
    assert world.told == [1, 1]


async def test_leads_are_recycled_by_outcome(world: World) -> None:
    list_id = await world.load(0, 6)
    for lead_id, disposition, outcome in (
        (1, Disposition.BUSY, None),
        (2, Disposition.CONNECTED, "callback"),
        (3, Disposition.CONNECTED, "satisfied"),
        (4, Disposition.NO_ANSWER, "do_not_call"),
        (5, Disposition.NO_ANSWER, None),
    ):
        world.ended(lead_id, disposition, outcome)
    wanted = [Disposition.BUSY, Disposition.NO_ANSWER]
    assert await world.desk.recycle(list_id, wanted, ["callback"], "mona") == 3
    waiting = {lead.id for lead in world.book.lead_rows.values() if lead.status is LeadStatus.WAITING}
    assert waiting == {1, 2, 5, 6}
    assert world.book.lead_rows[1].due_at == NOW
    assert world.book.lead_reasons[1] == "recycled by mona"
    with pytest.raises(InvalidInput, match="at least one"):
        await world.desk.recycle(list_id, [], [], "mona")
    with pytest.raises(InvalidInput) as refusal:
        await world.desk.recycle(list_id, wanted, ["bored", "callback", "do_not_call"], "mona")
    assert [str(fault) for fault in refusal.value.faults] == [
        "outcomes: 'bored' is none of callback, do_not_call, satisfied",
        "outcomes: do_not_call: whoever said so never comes back",
    ]
    elsewhere = await world.load(20, 1, campaign="Its template is gone")
    assert await world.desk.recycle(elsewhere, [], ["whatever"], "mona") == 0


async def test_lists_of_one_campaign_are_merged(world: World) -> None:
    first, second = await world.load(0, 5), await world.load(10, 1, "later")
    await world.desk.deactivate(first)
    merged = await world.desk.merge(first, second)
    assert (merged.id, merged.leads[LeadStatus.WAITING]) == (second, 6)
    assert [kept.id for kept in await world.desk.lists(1)] == [second]
    other = await world.load(20, 1, campaign="Other")
    for wrong, problem in ((second, "itself"), (other, "another campaign")):
        with pytest.raises(InvalidInput, match=problem):
            await world.desk.merge(second, wrong)
    with pytest.raises(NotFound):
        await world.desk.merge(second, 99)


async def test_leads_that_are_merged_into_a_list_that_is_off_are_held(world: World) -> None:
    first, second = await world.load(0, 5), await world.load(10, 1, "later")
    await world.desk.deactivate(second)
    merged = await world.desk.merge(first, second)
    assert (merged.leads[LeadStatus.WAITING], merged.leads[LeadStatus.HELD]) == (0, 6)


async def test_an_export_has_every_lead_and_no_formula(world: World) -> None:
    list_id = await world.load(0, 3)
    world.ended(2, Disposition.CONNECTED, "satisfied")
    header, *rows = [row async for row in world.desk.export(list_id)]
    assert header == [*EXPORT_COLUMNS, "service", "plate"]
    assert len(rows) == 3
    named = dict(zip(header, rows[1], strict=True))
    assert (named["ref"], named["phone"], named["status"]) == ("C-1", "'+12025550001", "done")
    assert (named["attempts"], named["last_disposition"], named["outcome"]) == ("1", "connected", "satisfied")
    assert (named["service"], named["plate"]) == ("Brakes", "'=1+1")
    assert (named["list"], named["phones"]) == ("spring", "'+12025550001")
    assert (named["agent"], named["vote"]) == ("1001", "4")


async def test_a_campaign_is_exported_with_all_its_lists_and_every_column(world: World) -> None:
    await world.load(0, 2)
    gone = await world.load(5, 1, "gone")
    await world.load(7, 1, "late")
    await world.desk.delete(gone)
    world.book.lead_rows[4] = replace(world.book.lead_rows[4], fields={"expiry": "2026-12-31"})
    header, *rows = [row async for row in world.desk.export_campaign(1)]
    assert header == [*EXPORT_COLUMNS, "service", "plate", "expiry"]
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(row["list"], row["expiry"]) for row in named] == [
        ("spring", ""),
        ("spring", ""),
        ("late", "2026-12-31"),
    ]


async def test_a_list_is_deleted_now_and_its_records_later(world: World) -> None:
    list_id = await world.load(0, 5)
    world.ended(1, Disposition.BUSY)
    deleted = await world.desk.delete(list_id, 30)
    assert deleted.purge_after == NOW + timedelta(days=30)
    assert list(world.book.lead_rows) == [1]
    assert await world.desk.lists(1) == []
    for action in (world.desk.activate, world.desk.deactivate, world.desk.delete):
        with pytest.raises(NotAllowedNow, match="deleted"):
            await action(list_id)
    assert (await world.retention.purge()).leads == 0
    world.now = NOW + timedelta(days=30)
    assert (await world.retention.purge()).leads == 1
    assert world.book.attempt_lines == {}
    with pytest.raises(NotFound):
        await world.desk.activate(list_id)


async def test_without_retention_the_records_go_at_once(world: World) -> None:
    list_id = await world.load(0, 5)
    for lead in (1, 2, 3):
        world.ended(lead, Disposition.BUSY)
    deleted = await world.desk.delete(list_id, 0)
    assert deleted.purge_after == NOW
    assert (world.book.lead_rows, world.book.attempt_lines, world.book.customer_rows) == ({}, {}, {})
    assert world.book.list_rows == {}


async def test_without_retention_a_rule_pack_still_has_its_records_kept_and_is_named(world: World) -> None:
    list_id = await world.load(0, 3)
    packs = load_packs()
    world.rules.book = RuleBook(packs, always=(), trades=frozenset({"service-centre"}))
    for lead in (1, 2):
        world.ended(lead, Disposition.BUSY)
    chinese = "+8613800138000"
    world.book.attempt_lines["a-2"] = replace(world.book.attempt_lines["a-2"], number=chinese)
    deleted = await world.desk.delete(list_id, 0)
    assert list(world.book.lead_rows) == [2]
    assert deleted.purge_after == NOW + timedelta(days=30)
    assert deleted.kept_by.startswith(
        "recordings, both numbers, call time and evidence of consent, 30 days (cn-"
    )
    world.now = NOW + timedelta(days=30)
    assert (await world.retention.purge()).leads == 1
    assert (world.book.attempt_lines, world.book.list_rows) == ({}, {})


async def test_without_retention_caps_and_blocks_still_have_their_calls_counted(world: World) -> None:
    list_id = await world.load(0, 3)
    world.rules.book = rule_book(load_packs())
    world.ended(1, Disposition.BUSY)
    deleted = await world.desk.delete(list_id, 0)
    assert list(world.book.lead_rows) == [1]
    assert deleted.purge_after == NOW + timedelta(days=30)
    assert deleted.kept_by.startswith("calls that caps and blocks count, 30 days (house ")


@pytest.mark.parametrize("days", [-1, 3661])
async def test_records_are_kept_for_a_sensible_time(world: World, days: int) -> None:
    list_id = await world.load(0, 1)
    with pytest.raises(InvalidInput, match="retention_days"):
        await world.desk.delete(list_id, days)
    assert (await world.desk.delete(list_id)).purge_after == NOW + timedelta(days=400)
