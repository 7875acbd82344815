"""Where a workbook's cells stand: read as another library reads them, whatever is blank around the list."""

import io
import re
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from campaign_cases import UNHURRIED
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from read_lists import REQUIRED, read

from campaigns.desk.opening import open_sheet
from campaigns.desk.registry import read_numbers
from campaigns.desk.xlsxlist import text_of
from campaigns.errors import InvalidInput

SCRATCH = tempfile.TemporaryDirectory()
SHEET = "xl/worksheets/sheet1.xml"
BARE, STYLED = object(), object()
"""Blank cells: of the first a spreadsheet writes the row alone, of the second the cell."""

BLANKS = st.sampled_from([None, BARE, STYLED])
CELLS = st.one_of(
    BLANKS,
    st.sampled_from(["Ann", "00123", "=A1&B1", "=SUM(A1:A9)", "=1+1", "#N/A", "#REF!", "+12025550123"]),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
)


def put(sheet: Worksheet, line: int, column: int, value: object) -> None:
    if value is None:
        return
    cell = sheet.cell(line, column)
    if value is STYLED:
        cell.font = Font(bold=True)
    elif value is not BARE:
        cell.value = value  # type: ignore[assignment]


def saved(book: openpyxl.Workbook, change: Callable[[str], str] = str, part: str = SHEET) -> bytes:
    """Pack a workbook; ``change`` is done to one part of it."""
    first, out = io.BytesIO(), io.BytesIO()
    book.save(first)
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()).encode() if name == part else data)
    return out.getvalue()


def with_results(xml: str) -> str:
    """Give every formula the result that a spreadsheet has computed beside it."""
    return re.sub(r"</f><v ?/>|</f><v></v>", "</f><v>5</v>", xml)


def ours(content: bytes) -> list[tuple[int, list[str]]]:
    path = Path(SCRATCH.name) / "upload"
    path.write_bytes(content)
    sheet = open_sheet(path)
    assert not [row.problem for row in sheet.rows() if row.problem]
    return [(sheet.header_row, list(sheet.header)), *((row.number, list(row.cells)) for row in sheet.rows())]


def theirs(content: bytes, title: str) -> list[tuple[int, list[str]]]:
    """Read a sheet cell by cell with openpyxl; only how a value becomes text is taken from us."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found: dict[int, dict[int, str]] = {}
    for line in book[title].iter_rows():
        for cell in line:
            if cell.value is not None:
                value = float(cell.value) if type(cell.value) is int else cell.value
                found.setdefault(cell.row, {})[cell.column] = text_of(value)
    columns = [column for cells in found.values() for column in cells]
    return [
        (line, [cells.get(column, "") for column in range(min(columns), max(columns) + 1)])
        for line, cells in sorted(found.items())
    ]


@UNHURRIED
@given(st.data())
def test_every_cell_is_read_where_it_stands(data: st.DataObject) -> None:
    top, left, width = (
        data.draw(st.integers(0, 3)),
        data.draw(st.integers(0, 3)),
        data.draw(st.integers(1, 4)),
    )
    book = openpyxl.Workbook()
    before = data.draw(st.sampled_from(["", "blank", "hidden"]))
    sheet = book.active
    assert sheet is not None
    if before:
        sheet["A1"] = "=B1" if before == "hidden" else None
        sheet["B2"] = "not this one" if before == "hidden" else None
        sheet.sheet_state = "hidden" if before == "hidden" else "visible"
        sheet = book.create_sheet()
    sheet.title = "List"
    book.create_sheet("Further")["A1"] = "=C3"
    for line in range(1, top + 1):
        put(sheet, line, data.draw(st.integers(1, left + width)), data.draw(BLANKS))
    for column in range(width):
        put(sheet, top + 1, left + 1 + column, f"name {column}")
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
    for line, cells in enumerate(rows, top + 2):
        put(sheet, line, data.draw(st.integers(1, left + width + 2)), data.draw(BLANKS))
        for column, value in enumerate(cells, left + 1):
            put(sheet, line, column, value)
    change = data.draw(st.sampled_from([str, with_results]))
    content = saved(book, change, f"xl/worksheets/sheet{2 if before else 1}.xml")
    assert ours(content) == theirs(content, "List")


def small(*lines: list[str | None], top: int = 0, left: int = 0) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line, cells in enumerate(lines, top + 1):
        for column, value in enumerate(cells, left + 1):
            put(book.active, line, column, value)
    return book


LIST: tuple[list[str | None], ...] = (
    ["ref", "name"],
    ["1", "Ann"],
    ["2", "=A1&B1"],
    ["3", "#N/A"],
    ["4", "Di"],
)


@pytest.mark.parametrize("left", [0, 2])
@pytest.mark.parametrize("top", [0, 1, 2])
def test_a_formula_stays_in_its_row_below_blank_ones(top: int, left: int) -> None:
    assert ours(saved(small(*LIST, top=top, left=left))) == list(enumerate(map(list, LIST), top + 1))


def test_a_formula_below_everything_that_has_a_value_keeps_its_row() -> None:
    book = small(["ref", "name"], ["1", "Ann"], [], [None, "=A1"], ["=A2"], top=2, left=1)
    assert ours(saved(book)) == [(3, ["ref", "name"]), (4, ["1", "Ann"]), (6, ["", "=A1"]), (7, ["=A2", ""])]


def test_a_formula_left_of_the_list_is_told_like_a_value_there() -> None:
    for value in ("=C4", "7"):
        with pytest.raises(InvalidInput, match="column 1 has no name"):
            ours(saved(small([None, "ref"], [value, "1"], top=2, left=1)))


def test_rows_and_cells_that_do_not_say_where_they_are_follow_each_other() -> None:
    def nameless(xml: str) -> str:
        return re.sub(r'<(row|c) r="[A-Z0-9]+"', r"<\1", with_results(xml))

    content = saved(small(*LIST), nameless)
    assert b' r="' not in zipfile.ZipFile(io.BytesIO(content)).read(SHEET)
    assert ours(content) == list(enumerate(map(list, LIST), 1))


def test_names_with_a_prefix_are_read_as_without() -> None:
    def prefixed(xml: str) -> str:
        return re.sub(r"<(/?)(?=\w)", r"<\1x:", with_results(xml)).replace("xmlns=", "xmlns:x=")

    content = saved(small(["ref", "name"], ["1", "=A1&B1"], ["2", "Bo"], top=1), prefixed)
    assert b"<x:f>" in zipfile.ZipFile(io.BytesIO(content)).read(SHEET)
    assert ours(content) == [(2, ["ref", "name"]), (3, ["1", "=A1&B1"]), (4, ["2", "Bo"])]


@pytest.mark.parametrize("last", ["=A1", "Di"])
def test_a_formula_of_a_format_is_no_cells(last: str) -> None:
    def formatted(xml: str) -> str:
        inside = '<ext xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><xm:f>Other!$A$1</xm:f></ext>'
        return xml.replace("</worksheet>", f"<extLst>{inside}</extLst></worksheet>")

    content = saved(small(["ref", "name"], ["1", "=A1&B1"], ["2", last]), formatted)
    assert b"xm:f" in zipfile.ZipFile(io.BytesIO(content)).read(SHEET)
    assert ours(content) == [(1, ["ref", "name"]), (2, ["1", "=A1&B1"]), (3, ["2", last])]


def test_faults_and_rejects_name_the_rows_that_the_spreadsheet_shows() -> None:
    def row(ref: str, name: str, phone: str = "") -> list[str | None]:
        return [ref, name, phone or f"+1202228100{ref[-1]}", "s", "2026-11-22"]

    lines = (
        list(REQUIRED),
        row("F1", "Ann"),
        row("F2", "Bo", "=A1"),
        [],
        row("F3", "#N/A"),
        row("F4", "=A8"),
    )
    found = read(saved(small(*lines, top=2)))
    assert [(one.ref, one.name, one.row) for one in found.good] == [("F1", "Ann", 4), ("F4", "=A8", 8)]
    assert [fault.place for fault in found.faults] == ["row 5, column phone", "row 7, column name"]
    rejected = [line.split(",") for line in found.rejects.splitlines()]
    assert [(line[0], line[2], line[5]) for line in rejected[1:]] == [
        ("F2", "'=A1", "5"),
        ("F3", "'+12022281003", "7"),
    ]


@pytest.mark.parametrize(
    ("header", "wrong"), [("+4930555106", "row 5, column 1"), ("phone", "row 5, column phone")]
)
def test_wrong_numbers_are_named_by_the_rows_of_the_spreadsheet(header: str, wrong: str) -> None:
    path = Path(SCRATCH.name) / "numbers"
    path.write_bytes(saved(small([header], ["+4930555107"], ["=A1"], top=2)))
    (batch,) = read_numbers(path, None)
    assert [fault.place for fault in batch.faults] == [wrong]
    assert list(batch.numbers) == [number for number in (header, "+4930555107") if number != "phone"]
