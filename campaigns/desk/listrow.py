"""One row of a list: cells to a customer and a lead, with a fault for every cell that is wrong.

Knows what each column means and which dates are still worth a call. Must not know files, quotes or the
book. The moment and the default country come as arguments.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from campaigns.desk.columns import PERSON_COLUMNS, Columns
from campaigns.desk.csvlist import Row
from campaigns.errors import Fault
from campaigns.model import Anchor, Campaign, CustomerClass, zone
from campaigns.ports import ListRow
from campaigns.rules import hours, phone
from campaigns.rules.anchors import DueWindow, due_window

MAX_NAME: Final = 200
MAX_REF: Final = 64
DAYS_AHEAD: Final = 366
"""A date further in the future than this is a typing error."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d{2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}")
_SHEET_FLOAT = re.compile(r"(\+?\d+)\.0+")
_SHEET_POWER = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_CLASS_WORDS: Final[Mapping[str, CustomerClass]] = {
    "": CustomerClass.ORDINARY,
    "normal": CustomerClass.ORDINARY,
    "standard": CustomerClass.ORDINARY,
    "regular": CustomerClass.ORDINARY,
    "prospect": CustomerClass.POTENTIAL,
    **{each.value: each for each in CustomerClass},
}


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of one list for one campaign at one moment.

    ``required`` are the columns that must not be empty; ``region`` is the country of numbers without one.
    """

    campaign: Campaign
    columns: Columns
    required: Sequence[str]
    region: str | None
    moment: datetime

    def read(self, row: Row) -> ListRow | tuple[Fault, ...]:
        """Return the row, normalised, or everything that is wrong with it, at most one fault per cell."""
        if row.problem:
            return (Fault(_place(row.number, row.column), row.problem),)
        cells = _Cells(row, self.columns)
        for column in self.required:
            if not cells.text(column):
                cells.fault(column, "is empty")
        number = cells.number(self.region)
        zones = cells.zones(number)
        fields = self._fields(cells)
        due_at = self._due_at(cells, fields, zones)
        read = ListRow(
            ref=cells.short("ref", MAX_REF),
            name=cells.short("name", MAX_NAME),
            title=cells.short("title", MAX_NAME),
            language=cells.language(),
            customer_class=cells.customer_class(),
            zones=zones,
            number=number,
            due_at=due_at,
            fields=fields,
            extras={name: row.cells[name] for name in self.columns.free if row.cells[name]},
        )
        for name in self.columns.free:
            cells.clean(name, row.cells[name])
        return cells.in_order() if cells.faults else read

    def _fields(self, cells: "_Cells") -> dict[str, str]:
        """Return what belongs to the lead; dates in it are ISO from here on."""
        fields: dict[str, str] = {}
        for column in self.columns.known:
            if column in PERSON_COLUMNS:
                continue
            text = cells.short(column, MAX_NAME)
            is_date = column == "service_date" or (
                self.campaign.anchor is not None and column == self.campaign.anchor.field
            )
            if text and is_date:
                text = cells.day(column, text, self.moment)
            if text:
                fields[column] = text
        return fields

    def _due_at(self, cells: "_Cells", fields: Mapping[str, str], zones: tuple[str, ...]) -> datetime:
        """Return when the lead is first callable: the first opening inside its due window.

        Counted from the list's own date and not from the upload, so that the same file gives the same rows.
        """
        campaign = self.campaign
        window = self._window(campaign.anchor, cells, fields, zones)
        begins = campaign.created_at if window is None else window.opens_at
        if not zones:
            return begins
        due_at = hours.next_opening(campaign.hours, zones, begins)
        if due_at is None:
            cells.fault("zone", f"no hour lies inside the calling hours in all of {', '.join(zones)}")
            return begins
        return due_at

    def _window(
        self, anchor: Anchor | None, cells: "_Cells", fields: Mapping[str, str], zones: tuple[str, ...]
    ) -> DueWindow | None:
        if anchor is None:
            return None
        if anchor.field not in fields:
            cells.fault(anchor.field, "is empty")
            return None
        if not zones:
            return None
        try:
            window = due_window(anchor, fields, zones)
        except ValueError as problem:
            cells.fault(anchor.field, str(problem))
            return None
        closed = self._closed(anchor, window, zones)
        if closed:
            cells.fault(anchor.field, f"{fields[anchor.field]} {closed}")
            return None
        return window

    def _closed(self, anchor: Anchor, window: DueWindow, zones: tuple[str, ...]) -> str:
        """Say why nothing is left of the due window, its days or the calling hours in them; else nothing."""
        template = self.campaign.template
        if self.moment >= window.closes_at:
            return f"is older than {anchor.latest_days} days: the {template} window has closed"
        left = hours.next_opening(self.campaign.hours, zones, max(self.moment, window.opens_at))
        if left is not None and left >= window.closes_at:
            return f"leaves no calling hours before the {template} window closes"
        return ""


@dataclass(slots=True)
class _Cells:
    """The cells of one row by known column, and the first fault of each."""

    row: Row
    columns: Columns
    faults: dict[str, Fault] = field(default_factory=dict)

    def fault(self, column: str, problem: str) -> None:
        shown = self.columns.shown(column)
        self.faults.setdefault(shown, Fault(_place(self.row.number, shown), problem))

    def in_order(self) -> tuple[Fault, ...]:
        """Return the faults from left to right."""
        order = {name: at for at, name in enumerate(self.row.cells)}
        return tuple(
            self.faults[name] for name in sorted(self.faults, key=lambda n: order.get(n, len(order)))
        )

    def text(self, column: str) -> str:
        name = self.columns.known.get(column)
        return "" if name is None else self.row.cells[name]

    def clean(self, column: str, text: str) -> None:
        """Note a fault when a text holds control characters other than line ends and tabs."""
        if not text.isprintable() and any(
            unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text
        ):
            self.fault(column, "holds control characters")

    def short(self, column: str, most: int) -> str:
        text = " ".join(self.text(column).split())
        self.clean(column, text)
        if len(text) > most:
            self.fault(column, f"longer than {most} characters")
        return text

    def number(self, region: str | None) -> str:
        text = self.text("phone").lstrip("'")  # a spreadsheet's mark for text
        if not text:
            self.fault("phone", "is empty")
            return ""
        if _SHEET_POWER.fullmatch(text):
            self.fault("phone", f"{text} was cut by a spreadsheet: format the column as text")
            return ""
        if match := _SHEET_FLOAT.fullmatch(text):
            text = match[1]
        try:
            return phone.normalise(text, region)
        except ValueError as problem:
            self.fault("phone", f"{text[:40]!r}: {problem}")
            return ""

    def zones(self, number: str) -> tuple[str, ...]:
        given = self.text("zone")
        if given:
            try:
                return (zone(given).key,)
            except ValueError as problem:
                self.fault("zone", f"{problem}: write it like Europe/Madrid")
                return ()
        found = phone.zones_of(number) if number else ()
        if number and not found:
            self.fault("zone", f"nobody knows the time zone of {number}: give one")
        return found

    def language(self) -> str:
        text = self.text("language")
        if text and _LANGUAGE.fullmatch(text) is None:
            self.fault("language", f"{text[:40]!r} is not a language code like en or es-MX")
        return text.replace("_", "-").lower()

    def customer_class(self) -> CustomerClass:
        word = self.text("class").casefold()
        found = _CLASS_WORDS.get(word)
        if found is None:
            self.fault("class", f"{word[:40]!r} is none of {', '.join(CustomerClass)}")
        return found or CustomerClass.ORDINARY

    def day(self, column: str, text: str, moment: datetime) -> str:
        """Return a date as ISO; only forms that can be read in one way are taken."""
        match = _YEAR_FIRST.fullmatch(text)
        parts = (match[1], match[3], match[4]) if match else None
        if parts is None and (match := _COMPACT.fullmatch(text)):
            parts = (match[1], match[2], match[3])
        if parts is None:
            ambiguous = _YEAR_LAST.fullmatch(text) is not None
            words = "can be read in two ways" if ambiguous else "is not a date"
            self.fault(column, f"{text[:40]!r} {words}: write it as YYYY-MM-DD")
            return ""
        try:
            day = date(*map(int, parts))
        except ValueError:
            self.fault(column, f"{text[:40]!r}: there is no such day")
            return ""
        if day > moment.astimezone(UTC).date() + timedelta(days=DAYS_AHEAD):
            self.fault(column, f"{text[:40]!r} is more than a year ahead")
            return ""
        return day.isoformat()


def _place(number: int, column: str) -> str:
    return f"row {number}, column {column}" if column else f"row {number}"
