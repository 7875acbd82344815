"""Taking changed rule packs: all of them or none, entered before they count."""

import asyncio
from pathlib import Path

import pytest
from own_pack import own_pack_text

from campaigns.desk.ledger import LedgerDesk
from campaigns.desk.packs import PackDesk
from campaigns.errors import InvalidInput
from campaigns.ledger import Kind
from campaigns.ledger_check import told_by
from campaigns.memory_ledger import MemoryLedger
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules_in_force import RulesInForce

RULES = """
[marketing]
unbound = "we sell nothing"
sources = ["promise"]
[[service.caps]]
count = 2
period = "24 hours"
scope = "person"
sources = ["promise"]
[complaint]
like = "service"
"""
OURS = own_pack_text("ours", RULES)


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = MemoryLedger({})
        self.in_force = RulesInForce(self.read())
        self.judged: list[str] = []
        self.desk = PackDesk(self.in_force, self.read, LedgerDesk(self.ledger), "1.0", self.judge)

    def read(self):  # type: ignore[no-untyped-def]
        return rule_book(load_packs(self.folder))

    async def judge(self) -> None:
        """Remember what the ledger and the book in force said when leads were judged anew."""
        entered = told_by(self.ledger.entries[-1])
        self.judged.append(f"{entered['kind']} by {entered['by']}: {'ours' in self.in_force.book.packs}")

    def write(self, text: str, name: str = "ours.toml") -> None:
        (self.folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_pack_that_comes_changes_and_goes_counts_at_once(world: World) -> None:
    before = world.desk.packs()
    world.write(OURS)
    told = await world.desk.reload("mia")
    assert (told.added, told.changed, told.gone) == (("ours",), (), ())
    assert told.packs == {**before.packs, "ours": told.packs["ours"]}
    world.write(OURS.replace("count = 2", "count = 3"))
    told = await world.desk.reload("mia")
    assert (told.added, told.changed, told.gone) == ((), ("ours",), ())
    assert world.in_force.book.packs["ours"].version == told.packs["ours"]
    (world.folder / "ours.toml").unlink()
    told = await world.desk.reload("moe")
    assert (told.gone, told.packs) == (("ours",), before.packs)
    assert world.judged == [
        "rules in force by mia: True",
        "rules in force by mia: True",
        "rules in force by moe: False",
    ]


async def test_the_same_packs_again_change_nothing(world: World) -> None:
    book = world.in_force.book
    told = await world.desk.reload("mia")
    assert (told.added, told.changed, told.gone) == ((), (), ())
    assert world.in_force.book is book
    assert world.judged == []
    assert all(entry.kind != Kind.RULES for entry in world.ledger.entries)


async def test_a_fault_in_any_file_leaves_all_of_those_in_force(world: World) -> None:
    world.write(OURS)
    await world.desk.reload("mia")
    book, entries = world.in_force.book, len(world.ledger.entries)
    world.write(OURS.replace("count = 2", "count = 0"))
    world.write(OURS.replace('"ours"', '"more"', 1), "more.toml")
    with pytest.raises(InvalidInput) as refusal:
        await world.desk.reload("mia")
    assert [fault.place for fault in refusal.value.faults] == ["ours.toml: service.caps[1].count"]
    assert world.in_force.book is book
    assert (len(world.judged), len(world.ledger.entries)) == (1, entries)


async def test_two_reloads_at_once_take_turns(world: World) -> None:
    world.write(OURS)
    first, second = await asyncio.gather(world.desk.reload("mia"), world.desk.reload("moe"))
    assert sorted([first.added, second.added]) == [(), ("ours",)]
    assert len(world.judged) == 1
