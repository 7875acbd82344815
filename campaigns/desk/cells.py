"""The cells of one row of a list, each read as what its column holds, with a fault for each that is wrong.

Knows what spreadsheets do to cells, and how zones, countries, words and moments are written. Must not know
which columns a lead needs, campaigns or files.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar

from campaigns.desk.columns import Columns
from campaigns.desk.dateorder import DateOrder, read_date
from campaigns.desk.phonecell import read_number
from campaigns.desk.sheet import Row
from campaigns.errors import Fault
from campaigns.model import zone
from campaigns.rules.address import country_code, state_code
from campaigns.rules.language import language_code
from campaigns.text import unfit

W = TypeVar("W")

_SPREADSHEET_MARK = re.compile(r"'[=+\-@\t\r]")
_MOMENT = re.compile(
    r"(\d{1,4}(?:[-/ ]|\. ?)\d{1,2}(?:[-/ ]|\. ?)\d{1,4})"
    r"(?:,?[T ] ?(\d{1,2}:\d{2})((?::\d{2})?(?:[+-]\d{2}:\d{2})?))?"
)
_SHEET_ERRORS: Final = frozenset(
    (
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!",
        "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#GETTING_DATA",
    )
)  # fmt: skip


class Cells:
    """The cells of one row by known column, and the first fault of each."""

    __slots__ = ("_at", "_cells", "_columns", "_header", "_is_plain", "_row", "_told", "faulty")

    def __init__(self, row: Row, columns: Columns, header: Sequence[str], at: Mapping[str, int]) -> None:
        self._row = row
        self._cells = row.cells
        self._columns = columns
        self._header = header
        self._at = at
        self.faulty: dict[str, Fault] = {}
        self._is_plain = row.is_plain
        self._told = {column: row.cells[at] for column, at in at.items()}

    def fault(self, column: str, problem: str) -> None:
        """Note what is wrong with a known column, unless something is already."""
        shown = self._columns.shown(column)
        self.faulty.setdefault(column, Fault(place_of(self._row.number, shown), problem))

    def in_order(self) -> tuple[Fault, ...]:
        """Return the faults from left to right."""
        places = {name: at for at, name in enumerate(self._header)}
        far = len(places)

        def place(column: str) -> int:
            return self._at.get(column, places.get(column, far))

        return tuple(self.faulty[column] for column in sorted(self.faulty, key=place))

    def text(self, column: str) -> str:
        """Return a cell as it stands, without a spreadsheet's mark for text; an error of it is a fault."""
        text = self._told.get(column, "")
        if self._is_plain:
            return text
        if text[:1] == "#" and text in _SHEET_ERRORS:
            self.fault(column, f"is {text}, an error of the spreadsheet")
        return text[1:] if text[:1] == "'" and _SPREADSHEET_MARK.match(text) else text

    def short(self, column: str, most: int) -> str:
        """Return a cell as one line of so many characters."""
        text = self.text(column)
        if not self._is_plain and (not text.isprintable() or "  " in text):
            text = " ".join(text.split())
            self._clean(column, text)
        if len(text) > most:
            self.fault(column, f"longer than {most} characters")
        return text

    def free(self, name: str, at: int) -> str:
        """Return the cell of a free column."""
        text = self._cells[at]
        if self._is_plain:
            return text
        if text and not text.isprintable():
            self._clean(name, text)
        return text[1:] if text[:1] == "'" and _SPREADSHEET_MARK.match(text) else text

    def _clean(self, column: str, text: str) -> None:
        """Note a fault when a text holds what no text may."""
        if (why := unfit(text)) is not None:
            self.fault(column, why)

    def number(self, column: str, region: str | None, *, required: bool) -> tuple[str, tuple[str, ...]]:
        """Return a number in E.164 and the zones it may lie in."""
        text = self.text(column)
        if not text:
            if required:
                self.fault(column, "is empty")
            return "", ()
        try:
            return read_number(text, region)
        except ValueError as problem:
            self.fault(column, str(problem))
            return "", ()

    def zone(self) -> str:
        """Return the zone that the row names, if it does."""
        given = self.text("zone")
        if not given:
            return ""
        try:
            return zone(given).key
        except ValueError as problem:
            self.fault("zone", f"{problem}: write it like Europe/Madrid")
            return ""

    def country(self) -> str:
        """Return the country of the address."""
        text = self.text("country")
        try:
            return country_code(text) if text else ""
        except ValueError as problem:
            self.fault("country", str(problem))
            return ""

    def state(self, country: str) -> str:
        """Return the state of the address."""
        text = self.text("state")
        try:
            return state_code(text, country) if text else ""
        except ValueError as problem:
            self.fault("state", str(problem))
            return ""

    def language(self) -> str:
        """Return a language code, in small letters with dashes."""
        text = self.text("language")
        try:
            return language_code(text)
        except ValueError as problem:
            self.fault("language", str(problem))
            return ""

    def word(self, column: str, words: Mapping[str, W], names: type[StrEnum]) -> W | None:
        """Return what a word stands for."""
        word = self.text(column).casefold()
        found = words.get(word)
        if found is None:
            self.fault(column, f"{word[:40]!r} is none of {', '.join(names)}")
        return found

    def moment(self, column: str, zones: tuple[str, ...], order: DateOrder | None = None) -> datetime | None:
        """Return a moment; without an offset it is read in the customer's zone, when there is just one.

        ``order`` is that of a date which has two readings.
        """
        text = self.text(column)
        if not text:
            return None
        moment = self._written(column, text, order)
        if moment is None:
            return None
        if moment.tzinfo is None:
            if len(zones) != 1:
                self.fault(column, "needs an offset like +02:00, or the customer's zone")
                return None
            moment = moment.replace(tzinfo=zone(zones[0]))
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            self.fault(column, f"{text[:40]!r} is out of range")
            return None

    def _written(self, column: str, text: str, order: DateOrder | None) -> datetime | None:
        """Return a moment as it is written, with an offset or without."""
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            match = _MOMENT.fullmatch(text)
        try:
            day = None if match is None else read_date(match[1], order)
        except ValueError as problem:
            self.fault(column, f"{text[:40]!r} {problem}")
            return None
        try:
            if match is not None and day is not None:
                return datetime.fromisoformat(f"{day} {(match[2] or '00:00').zfill(5)}{match[3] or ''}")
        except ValueError:
            pass
        self.fault(column, f"{text[:40]!r} is not a moment like 2026-03-31 21:30")
        return None


def place_of(number: int, column: str) -> str:
    """Say where something is wrong."""
    return f"row {number}, column {column}" if column else f"row {number}"
