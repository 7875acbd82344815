"""A workbook as a list: the first visible sheet that holds anything, every cell as text.

Knows XLSX files and how they are abused. Must not know customers or what a column is for. Values come from
calamine; a formula stays the text that it is, so that nothing computed is ever taken for data, and an error
such as ``#N/A``, which calamine leaves empty, stays its name. A file that
unpacks to too much is refused before any of it is parsed, whatever its directory claims.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, SheetVisibleEnum, load_workbook

from campaigns.desk.formula import number_of, shifted
from campaigns.desk.sheet import MAX_CELL, Row, header_of, row_of, spoiled

MAX_UNPACKED: Final = 300 * 1024 * 1024
"""Most bytes that a workbook may unpack to."""
MAX_RATIO: Final = 150
"""Most that a workbook of any size may grow by unpacking; real ones grow 5 to 30 fold."""
FREE_BYTES: Final = 8 * 1024 * 1024
"""Below this the ratio is not looked at: small sheets of equal rows pack very well."""
MAX_MEMBERS: Final = 2_000

_CHUNK = 1 << 20
_MARKS = (b"<f>", b"<f ", b":f>", b":f ", b't="e"', b"t='e'")
"""What a sheet holds that has formulas or errors in it; some programs write a prefix before every name."""
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class XlsxSheet:
    """An opened sheet of a workbook."""

    def __init__(self, sheet: CalamineSheet, written: Mapping[int, Mapping[int, str]]) -> None:
        self._sheet = sheet
        self._written = written
        top, self._first = sheet.start or (0, 0)
        self._left = min((self._first, *(column for cells in written.values() for column in cells)))
        self._height = max(1, top + sheet.height)
        self.form = f"XLSX, sheet {sheet.name}"
        self.share = 0.0
        self.header_row = 0
        self.header: tuple[str, ...] = ()
        for number, cells in self._lines():
            if any(cells):
                self.header_row, self.header = number, header_of(cells)
                break
        if not self.header:
            raise spoiled("file", "the file is empty")
        self.has_rows = any(any(cells) for number, cells in self._lines() if number > self.header_row)

    def rows(self) -> Iterator[Row]:
        """Yield every row below the header that is not blank, by its number in the sheet."""
        for number, cells in self._lines():
            if number <= self.header_row or not any(cells):
                continue
            self.share = min(1.0, number / self._height)
            cells += [""] * (len(self.header) - len(cells))  # of formulas alone: ends with the last
            yield row_of(number, self.header, cells)
        self.share = 1.0

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every line with its number in the sheet; formulas around what has a value included.

        calamine yields lines from the top of the sheet, but columns from the first with a value in it.
        """
        line = -1
        margin = [""] * (self._first - self._left)
        for line, values in enumerate(self._sheet.iter_rows()):
            yield line + 1, self._with_written(margin + [text_of(value) for value in values], line)
        for below in sorted(at for at in self._written if at > line):
            yield below + 1, self._with_written([], below)

    def _with_written(self, cells: list[str], line: int) -> list[str]:
        for column, text in self._written.get(line, {}).items():
            place = column - self._left
            cells += [""] * (place + 1 - len(cells))
            cells[place] = text
        return cells


def open_xlsx(path: Path) -> XlsxSheet:
    """Open a workbook; raises ``InvalidInput`` when it is none, grows too much, or is broken."""
    try:
        with zipfile.ZipFile(path) as packed:
            marked = _measure(packed)
            workbook = load_workbook(str(path))
            for meta in workbook.sheets_metadata:
                sheet = workbook.get_sheet_by_name(meta.name)
                if meta.visible is SheetVisibleEnum.Visible and sheet.height:
                    member = _member(packed, meta.name) if marked else ""
                    return XlsxSheet(sheet, _written(packed, member) if member in marked else {})
    except (CalamineError, zipfile.BadZipFile, NotImplementedError, EOFError, zipfile.LargeZipFile) as fault:
        raise spoiled("file", "no XLSX workbook, or a broken one: save it anew, or as CSV") from fault
    except (expat.ExpatError, zlib.error, RuntimeError, OSError, ValueError, KeyError) as fault:
        # RuntimeError: a password; the others: offsets and names inside the archive that lead nowhere
        raise spoiled("file", "a workbook that cannot be read: save it anew without a password") from fault
    raise spoiled("file", "the file is empty")


def text_of(value: Any) -> str:
    """Return a cell's value as the text that a person would have typed.

    A number that a spreadsheet made of a telephone number (``34612345678.0``) gets all its digits back.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        midnight = value.time() == time(0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _measure(packed: zipfile.ZipFile) -> frozenset[str]:
    """Unpack everything once, keeping nothing; returns the sheets that hold formulas or errors.

    What the archive's directory says about sizes may be a lie, so it is counted.
    """
    members = packed.infolist()
    if len(members) > MAX_MEMBERS:
        raise spoiled("file", f"a workbook of more than {MAX_MEMBERS} parts")
    packed_size = max(1, sum(member.compress_size for member in members))
    total, found = 0, set()
    for member in members:
        with packed.open(member) as stream:
            tail = b""
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MAX_UNPACKED or (total > FREE_BYTES and total > MAX_RATIO * packed_size):
                    raise spoiled("file", "unpacks to far more than a list needs: save it as CSV in UTF-8")
                window = tail + chunk
                if any(mark in window for mark in _MARKS):
                    found.add(member.filename)
                tail = chunk[-4:]
    return frozenset(found)


class _Elements:
    """Walks over one part of the archive, element by element; a document type is refused."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def _refuse(self, *_: object) -> None:
        raise ValueError("a workbook has no document type")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text inside the element."""

    def walk(self, packed: zipfile.ZipFile, member: str) -> None:
        """Read a part of the archive."""
        with packed.open(member) as stream:
            self.parser.ParseFile(stream)


class _Names(_Elements):
    """Sheet names to relation ids, and relation ids to parts of the archive."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: dict[str, str] = {}
        self.parts: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note a sheet or a relation."""
        bare = name.rpartition(":")[2]
        if bare == "sheet":
            key = next((value for mark, value in attributes.items() if mark.endswith(":id")), "")
            self.ids[attributes.get("name", "")] = key
        elif bare == "Relationship":
            self.parts[attributes.get("Id", "")] = attributes.get("Target", "")


class _Written(_Elements):
    """The formulas and errors of a sheet, by line and column from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[int, dict[int, str]] = {}
        self._shared: dict[str, tuple[str, int, int]] = {}
        self._line = self._column = 0
        self._is_cell = self._is_error = False
        self._share: str | None = None
        self._inside = ""
        self._text = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note where we are."""
        bare = name.rpartition(":")[2]
        if bare == "row":
            self._line, self._column = int(attributes.get("r", self._line + 1)), 0
        elif bare == "c":
            # Without a place of its own a cell follows the one before, as a row does.
            self._column += 1
            if place := _CELL.fullmatch(attributes.get("r", "")):
                self._column, self._line = number_of(place[1]), int(place[2])
            self._is_cell, self._is_error = True, attributes.get("t") == "e"
        elif self._is_cell and (bare == "f" or (bare == "v" and self._is_error)):
            self._inside, self._text = bare, ""
            self._share = attributes.get("si") if attributes.get("t") == "shared" else None

    def text(self, data: str) -> None:
        """Gather a text; more than a cell may hold is cut."""
        if self._inside and len(self._text) < 8_192:
            self._text += data

    def end(self, name: str) -> None:
        """Keep a formula, or the error of a cell that has none; formats and checks have formulas as well."""
        bare = name.rpartition(":")[2]
        if bare == "c":
            self._is_cell = False
        if not self._inside or bare != self._inside:
            return
        text = f"={self._own()}" if self._inside == "f" else self._text
        self._inside = ""
        if self._line > 0:
            self.found.setdefault(self._line - 1, {}).setdefault(self._column - 1, text)

    def _own(self) -> str:
        """Return this cell's formula; cells that share one are written only once, at the first of them."""
        if self._share is None:
            return self._text
        if self._text:
            self._shared.setdefault(self._share, (self._text, self._line, self._column))
            return self._text
        text, line, column = self._shared.get(self._share, ("", 0, 0))
        # One character more than a cell may have is enough to refuse it, however many share it.
        return shifted(text[: MAX_CELL + 1], self._line - line, self._column - column)


def _member(packed: zipfile.ZipFile, sheet: str) -> str:
    """Return which part of the archive holds a sheet."""
    names = _Names()
    names.walk(packed, "xl/workbook.xml")
    relations = _Names()
    relations.walk(packed, "xl/_rels/workbook.xml.rels")
    target = relations.parts.get(names.ids.get(sheet, ""), "")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _written(packed: zipfile.ZipFile, member: str) -> Mapping[int, Mapping[int, str]]:
    found = _Written()
    found.walk(packed, member)
    return found.found
