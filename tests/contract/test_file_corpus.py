"""Every file of the corpus, uploaded as a whole: nothing is lost, nothing falls over, every fault is told."""

import csv
import io
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from book_cases import CAMPAIGN
from broken_files import CORPUS, good_workbook

from campaigns.desk.imports import ImportDesk
from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.kept_uploads import RECORD, REJECTS
from campaigns.desk.rejects import FORMULA_SIGNS
from campaigns.desk.uploads import ImportOrder, ImportReport, ImportState
from campaigns.errors import InvalidInput
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook
from campaigns.model import Anchor, HoursWindow

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
ALWAYS = tuple(HoursWindow(day, time(0), time(0)) for day in range(7))


class World:
    def __init__(self, spool: Path) -> None:
        self.spool = spool
        self.book = MemoryBook()
        lists = MemoryListBook(self.book)
        self.desk = ImportDesk(self.book, lists, InlineReader(), {}, lambda: NOW, spool, "ES")

    async def load(self, content: bytes, name: str = "list.csv") -> ImportReport:
        """Upload a file as a user does, and hold its report to what every report must keep."""
        path = self.desk.new_file()
        path.write_bytes(content)
        begun = await self.desk.start(1, path, name, ImportOrder(), "mona")
        try:
            report = await self.desk.wait(begun.id)
        except InvalidInput:
            report = self.desk.get(begun.id)
        assert not path.exists()
        assert report.state in (ImportState.DONE, ImportState.FAILED), report.problem
        told = report.loaded + report.updated + report.unchanged + report.duplicate + report.faulty
        assert report.rows == told
        assert bool(report.problem) is (report.state is ImportState.FAILED)
        assert all(fault.place and fault.problem for fault in report.faults)
        assert "nobody thought of" not in report.problem
        assert "is broken, or needs" not in report.problem
        return report

    def rejected(self, report: ImportReport) -> list[list[str]]:
        if not report.has_rejects:
            return []
        text = self.desk.rejects(report.id).read_text("utf-8-sig", errors="surrogateescape")
        _header, *rows = csv.reader(io.StringIO(text, newline=""))
        return rows


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path / "uploads")
    await made.book.add_campaign(replace(CAMPAIGN, anchor=Anchor("service_date", 0, 3), hours=ALWAYS))
    yield made
    await made.desk.close()
    assert all(kept.name.endswith((REJECTS, RECORD)) for kept in made.spool.glob("*"))


@pytest.mark.parametrize("name", CORPUS)
async def test_a_file_of_the_corpus(world: World, name: str) -> None:
    broken = CORPUS[name]
    report = await world.load(broken.content)
    if not broken.rows:
        assert (report.state, report.rows) == (ImportState.FAILED, 0)
        assert report.faults
        assert broken.refused in report.problem
        assert (world.book.lead_rows, world.book.list_rows) == ({}, {})
        return
    assert (report.state, report.rows, report.loaded) == (ImportState.DONE, broken.rows, broken.good)
    assert len(world.book.lead_rows) == broken.good
    in_file = world.rejected(report)
    assert not [cell for row in in_file for cell in row if cell.startswith(FORMULA_SIGNS)]
    assert report.faulty <= len(in_file) <= report.faulty + report.duplicate
    assert bool(report.faulty) <= bool(report.faults)
    again = await world.load(broken.content)
    assert (again.unchanged, again.loaded, again.updated) == (broken.good, 0, 0)
    assert (again.rows, again.duplicate, again.faulty) == (report.rows, report.duplicate, report.faulty)


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx", "list.pdf", "", "../../list", "l\0i"])
async def test_a_files_name_says_nothing(world: World, name: str) -> None:
    for content in (CORPUS["tabs"].content, good_workbook(2)):
        assert (await world.load(content, name)).rows == 2
    assert len(world.book.lead_rows) == 2


async def test_a_workbook_with_any_byte_of_its_archive_changed(world: World) -> None:
    rng, good = random.Random(11), good_workbook(8)
    loaded = 0
    for _ in range(60):
        content = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(content))
            content[at : at + rng.randint(0, 6)] = rng.randbytes(rng.randint(0, 6))
        report = await world.load(bytes(content))
        loaded += report.state is ImportState.DONE
        assert report.rows in (0, 8)
    assert loaded < 60, "the archive's own checks were not asked"
