"""Rows that came before, over the twin and over a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.desk.seen import MemorySeenRows, SeenRow, SeenRows
from store.seen_rows import SeenRowsFile


@pytest.fixture(params=["memory", "file"])
def seen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SeenRows]:
    made: SeenRows = MemorySeenRows() if request.param == "memory" else SeenRowsFile(tmp_path / "seen.db")
    yield made
    made.close()
    assert list(tmp_path.iterdir()) == []


def row(ref: str, number: str, at: int) -> SeenRow:
    return SeenRow(ref, number, at, "ann łuczak", -(2**62), '["é"]')


def test_rows_are_found_by_reference_and_by_number_in_file_order(seen: SeenRows) -> None:
    rows = [row("A", "+1", 1), row("B", "+2", 2), row("A", "+3", 3), row("C", "+1", 4)]
    seen.add(rows[:2])
    assert list(seen.known(["A"], ["+2"])) == rows[:2]
    seen.add(rows[2:])
    assert list(seen.known(["A"], [])) == [rows[0], rows[2]]
    assert list(seen.known([], ["+1"])) == [rows[0], rows[3]]
    assert list(seen.known(["A"], ["+1"])) == [rows[0], rows[2], rows[3]]
    assert list(seen.known(["X"], ["+9"])) == list(seen.known([], [])) == []


def test_further_numbers_of_a_row_are_found_too_and_told_apart(seen: SeenRows) -> None:
    rows = [row("A", "+1", 1), SeenRow("A", "+2", 1, "", 0, "", further=True), row("A", "+2", 2)]
    seen.add(rows)
    found = list(seen.known([], ["+2"]))
    assert sorted(found, key=lambda one: one.row) == rows[1:]
    assert [one.further for one in sorted(found, key=lambda one: one.row)] == [True, False]


def test_odd_texts_are_kept_as_they_are(seen: SeenRows) -> None:
    odd = [row("O'Brien\"; DROP TABLE seen", "+1", 1), row("客户", "+2", 2)]
    seen.add(odd)
    assert list(seen.known([one.ref for one in odd], [])) == odd
