"""Workbooks: cells to text, formulas as they are, and files that are made to do harm."""

import io
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from campaign_cases import UNHURRIED
from hypothesis import given
from hypothesis import strategies as st

from campaigns.desk import xlsxlist
from campaigns.desk.formula import letters_of, number_of, shifted
from campaigns.desk.opening import open_list, open_sheet
from campaigns.errors import InvalidInput

# A sheet knows no zones.
HALF_PAST_NINE = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001
MIDNIGHT = datetime(2026, 11, 20)  # noqa: DTZ001


def workbook(*rows: list[Any], title: str = "List", hidden: bool = False) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    if hidden:
        sheet.sheet_state = "hidden"
        sheet.append(["not", "this", "one"])
        sheet = book.create_sheet("Shown")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_of(tmp_path: Path, content: bytes) -> list[tuple[int, list[str] | str]]:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return [(row.number, row.problem or list(row.cells)) for row in open_sheet(path).rows()]


def fault_of(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as refusal:
        open_list(path)
    return "; ".join(map(str, refusal.value.faults))


def test_every_kind_of_cell_becomes_what_a_person_would_have_typed(tmp_path: Path) -> None:
    found = rows_of(
        tmp_path,
        workbook(
            ["ref", "phone", "day", "moment", "share", "yes", "text", "empty"],
            [7, 34612345678, date(2026, 11, 20), HALF_PAST_NINE, 1.5, True, " '=1+1 ", None],
            [8.0, 3.4612345678e10, MIDNIGHT, "0034612345678", 0.1, False, "00123", ""],
        ),
    )
    assert found == [
        (2, ["7", "34612345678", "2026-11-20", "2026-11-20 09:30:00", "1.5", "yes", "'=1+1", ""]),
        (3, ["8", "34612345678", "2026-11-20", "0034612345678", "0.1", "no", "00123", ""]),
    ]


def test_formulas_stay_the_text_that_they_are(tmp_path: Path) -> None:
    content = workbook(
        ["ref", "name", "phone"],
        ["1", '=HYPERLINK("http://x","Ann")', "+12025550123"],
        [],
        ["2", "=A2&B2", "=1+1"],
        ["3", "Cy", "=SUM(A1:A2)"],
    )
    assert rows_of(tmp_path, content) == [
        (2, ["1", '=HYPERLINK("http://x","Ann")', "+12025550123"]),
        (4, ["2", "=A2&B2", "=1+1"]),
        (5, ["3", "Cy", "=SUM(A1:A2)"]),
    ]


def test_a_shared_formula_reads_in_each_cell_as_it_does_there(tmp_path: Path) -> None:
    content = io.BytesIO(workbook(["ref", "name"], ["1", "=A2"], ["2", "=A2"], ["3", "=A2"]))
    changed = io.BytesIO()
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            data = data.replace(b"<f>A2</f>", b'<f t="shared" ref="B2:B4" si="0">A2&amp;"A2"</f>', 1)
            data = data.replace(b"<f>A2</f>", b'<f t="shared" si="0"/>')
            new.writestr(name, data)
    assert rows_of(tmp_path, changed.getvalue()) == [
        (2, ["1", '=A2&"A2"']),
        (3, ["2", '=A3&"A2"']),
        (4, ["3", '=A4&"A2"']),
    ]


@pytest.mark.parametrize(
    ("formula", "lines", "columns", "there"),
    [
        ("A1+$A1+A$1+$A$1", 2, 1, "B3+$A3+B$1+$A$1"),
        ("SUM(A1:B2)", 1, 0, "SUM(A2:B3)"),
        ("LOG10(A1)", 1, 0, "LOG10(A2)"),
        ("'Q1 A1'!A1&\"A1\"", 1, 1, "'Q1 A1'!B2&\"A1\""),
        ("Sheet1!A1", 1, 0, "Sheet1!A2"),
        ("Table1[A1]", 1, 0, "Table1[A1]"),
        ("Z9", 0, 1, "AA9"),
        ("A1", -1, 0, "#REF!"),
        ("A1", 0, -1, "#REF!"),
    ],
)
def test_a_formula_moves(formula: str, lines: int, columns: int, there: str) -> None:
    assert shifted(formula, lines, columns) == there


@given(st.integers(1, 16_384))
def test_columns_have_letters(number: int) -> None:
    assert number_of(letters_of(number)) == number


def test_an_error_of_a_spreadsheet_is_no_empty_cell(tmp_path: Path) -> None:
    content = workbook(
        ["ref", "name", "plate"], ["1", "#N/A", None], ["2", "Bo", "#REF!"], [None, "#DIV/0!", None]
    )
    assert b't="e"' in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert rows_of(tmp_path, content) == [
        (2, ["1", "#N/A", ""]),
        (3, ["2", "Bo", "#REF!"]),
        (4, ["", "#DIV/0!", ""]),
    ]


def test_a_cached_value_of_a_formula_is_not_taken_for_data(tmp_path: Path) -> None:
    content = io.BytesIO(workbook(["ref", "name"], ["1", "=1+1"]))
    changed = io.BytesIO()
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name).replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
            data = data.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
            new.writestr(name, data)
    assert b"<v>2</v>" in zipfile.ZipFile(changed).read("xl/worksheets/sheet1.xml")
    assert rows_of(tmp_path, changed.getvalue()) == [(2, ["1", "=1+1"])]


def test_the_first_sheet_that_can_be_seen_counts(tmp_path: Path) -> None:
    content = workbook(["ref", "name"], ["1", "Ann"], hidden=True)
    assert rows_of(tmp_path, content) == [(2, ["1", "Ann"])]


def test_rows_have_the_numbers_of_the_sheet_and_ragged_ones_are_told(tmp_path: Path) -> None:
    content = workbook([], ["ref", "name"], ["1", "Ann"], [None, None], ["3", "Cy", "more"])
    found = rows_of(tmp_path, content)
    assert found[0] == (3, ["1", "Ann"])
    assert found[1] == (5, "has 3 cells where the header has 2")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (workbook(), "the file is empty"),
        (workbook(["ref", "name"]), "no rows below the header"),
        (workbook(["ref", "Ref"], ["1", "2"]), "is there twice"),
        (workbook(["ref"], ["1"])[:-200], "no XLSX workbook"),
        (b"PK\x03\x04" + b"\0" * 50, "no XLSX workbook"),
    ],
)
def test_what_spoils_the_whole_file(tmp_path: Path, content: bytes, problem: str) -> None:
    assert problem in fault_of(tmp_path, content)


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    assert "workbook" in fault_of(tmp_path, packed(**{"word/document.xml": b"<x/>"}))


def test_a_bomb_is_refused_before_anything_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(xlsxlist, "load_workbook", never)
    bomb = packed(**{"xl/worksheets/sheet1.xml": b" " * (xlsxlist.FREE_BYTES * 4)})
    assert len(bomb) < 100_000
    assert "unpacks to far more" in fault_of(tmp_path, bomb)


def test_a_bomb_that_lies_about_its_size_is_counted(tmp_path: Path) -> None:
    bomb = bytearray(packed(**{"xl/worksheets/sheet1.xml": b" " * (xlsxlist.FREE_BYTES * 4)}))
    true_size = (xlsxlist.FREE_BYTES * 4).to_bytes(4, "little")
    assert bomb.count(true_size) == 2
    lying = bytes(bomb).replace(true_size, (1_000).to_bytes(4, "little"))
    assert "workbook" in fault_of(tmp_path, lying) or "unpacks" in fault_of(tmp_path, lying)


def test_many_parts_are_refused(tmp_path: Path) -> None:
    many = packed(**{f"x{n}": b"" for n in range(xlsxlist.MAX_MEMBERS + 1)})
    assert "more than 2000 parts" in fault_of(tmp_path, many)


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO(workbook(["ref", "name"], ["1", "=1+1"]))
    changed = io.BytesIO()
    lol = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b"<worksheet", lol + b"<worksheet", 1)
            new.writestr(name, data)
    assert "cannot be read" in fault_of(tmp_path, changed.getvalue())


@UNHURRIED
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(content), len(content) // 2, len(content) - 30]))
    path = Path(SCRATCH.name) / "upload"
    path.write_bytes(bytes(content[:cut]))
    try:
        rows = list(open_sheet(path).rows())
    except InvalidInput:
        return
    assert all(row.problem or len(row.cells) == 2 for row in rows) or rows


SCRATCH = tempfile.TemporaryDirectory()
GOOD = workbook(["ref", "name"], *([str(n), f"Name {n}"] for n in range(20)))
