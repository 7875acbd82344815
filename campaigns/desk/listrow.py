"""One row of a list: cells to a customer and a lead, with a fault for every cell that is wrong.

Knows what each column means and which dates are still worth a call. Must not know files, quotes or the
book. The moment and the default country come as arguments.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from campaigns.desk.columns import LEAD_COLUMNS, SPELLINGS, Columns
from campaigns.desk.duedate import Due, due_of, honouring, read_day
from campaigns.desk.phonecell import read_number
from campaigns.desk.sheet import Row
from campaigns.errors import Fault
from campaigns.lists import ListRow
from campaigns.model import Campaign, Consent, CustomerClass, NumberKind, zone
from campaigns.people import stands_for_erased
from campaigns.rules.address import country_code, state_code
from campaigns.text import unfit

_PLAIN_LANGUAGES: Final = frozenset(("", "en", "es", "fr", "de", "it", "pt", "zh", "hi"))
"""Codes that need no looking at; most rows have one of them."""

W = TypeVar("W")

MAX_NAME: Final = 200
MAX_REF: Final = 64

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_SPREADSHEET_MARK = re.compile(r"'[=+\-@\t\r]")
_SHEET_ERRORS: Final = frozenset(
    (
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!",
        "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#GETTING_DATA",
    )
)  # fmt: skip
_CLASS_WORDS: Final[Mapping[str, CustomerClass]] = {
    "": CustomerClass.ORDINARY,
    "normal": CustomerClass.ORDINARY,
    "standard": CustomerClass.ORDINARY,
    "regular": CustomerClass.ORDINARY,
    "prospect": CustomerClass.POTENTIAL,
    **{each.value: each for each in CustomerClass},
}
_KIND_WORDS: Final[Mapping[str, NumberKind]] = {
    "": NumberKind.OTHER,
    "cell": NumberKind.MOBILE,
    "landline": NumberKind.HOME,
    "private": NumberKind.HOME,
    "office": NumberKind.WORK,
    "business": NumberKind.WORK,
    **{each.value: each for each in NumberKind},
}
_SAID: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("yes", "y", "true", "1", "given", "si", "sí", "oui", "ja", "是"), True),
    **dict.fromkeys(("no", "n", "false", "0", "none", "refused", "withdrawn", "non", "nein", "否"), False),
}
_MORE: Final = ("country", "state", "owner", "phone_kind", "phone_2", "phone_3", "consent", "appointment")
_FIRST_CLOCK: Final = timedelta(hours=14)
"""How far the first clocks on earth (Kiribati) are ahead of UTC: a later day than theirs is nowhere yet."""
_FURTHER: Final = ("phone_2", "phone_3")
_CACHED: Final = 100_000
"""Readings of equal cells that are kept; a list of a million rows has few different dates and zones."""


class RowReader:
    """Reads the rows of one list for one campaign at one moment.

    ``required`` are the columns that must not be empty; ``region`` is the country of numbers without one;
    ``agents`` are those who can own a customer, None where anybody can.
    """

    def __init__(
        self,
        campaign: Campaign,
        header: Sequence[str],
        columns: Columns,
        required: Sequence[str],
        region: str | None,
        moment: datetime,
        agents: Collection[str] | None = None,
    ) -> None:
        self.columns = columns
        self._campaign = campaign
        self._header = header
        self._region = region
        self._moment = moment
        self._last_day = (moment.astimezone(UTC) + _FIRST_CLOCK).date().isoformat()
        self._agents = agents
        place = {name: at for at, name in enumerate(header)}
        self._at = {column: place[name] for column, name in columns.known.items()}
        self._required = [column for column in required if column in self._at]
        self._free = [(name, place[name]) for name in columns.free]
        self._fields = [column for column in self._at if column not in SPELLINGS or column in LEAD_COLUMNS]
        anchor = campaign.anchor
        self._dated = {"service_date"} | ({anchor.field} if anchor else set())
        self._is_more = any(column in self._at for column in _MORE)
        self._days: dict[str, str | Fault] = {}
        self._dues: dict[tuple[str, tuple[str, ...]], Due] = {}

    def read(self, row: Row) -> ListRow | tuple[Fault, ...]:
        """Return the row, normalised, or everything that is wrong with it, at most one fault per cell."""
        if row.problem:
            return (Fault(place_of(row.number, row.column), row.problem),)
        cells = _Cells(row, self)
        for column in self._required:
            if not cells.text(column):
                cells.fault(column, "is empty")
        number, implied = cells.number("phone", self._region, required=True)
        own_zone = cells.zone()
        zones = (own_zone,) if own_zone else implied
        if number and not zones and "zone" not in cells.faulty:
            cells.fault("zone", f"nobody knows the time zone of {number}: give one")
        fields = self._read_fields(cells)
        wished = cells.moment("appointment", zones) if self._is_more else None
        read = ListRow(
            ref=self._ref(cells),
            name=cells.short("name", MAX_NAME),
            title=cells.short("title", MAX_NAME),
            language=cells.language(),
            customer_class=cells.word("class", _CLASS_WORDS, CustomerClass) or CustomerClass.ORDINARY,
            zones=zones,
            number=number,
            due_at=self._due_at(cells, fields, zones, wished),
            fields=fields,
            extras=self._extras(cells),
            own_zone=own_zone,
            row=row.number,
            appointment_at=wished,
        )
        if self._is_more:
            read = self._with_more(cells, read)
        return cells.in_order() if cells.faulty else read

    def _ref(self, cells: "_Cells") -> str:
        """Return the customer's reference; none that stands for somebody whose data was destroyed."""
        ref = cells.short("ref", MAX_REF)
        if stands_for_erased(ref):
            cells.fault("ref", f"{ref!r} stands for somebody who was erased: give another reference")
        return ref

    def _with_more(self, cells: "_Cells", read: ListRow) -> ListRow:
        """Add what few lists have: address, owner, further numbers, consent."""
        country = cells.country()
        return read._replace(
            country=country,
            region=cells.state(country),
            owner=self._owner(cells),
            kind=cells.word("phone_kind", _KIND_WORDS, NumberKind) or NumberKind.OTHER,
            others=self._others(cells, read.number),
            consent=self._consent(cells),
        )

    def _owner(self, cells: "_Cells") -> str:
        """Return the agent to whom the customer belongs; a typing error must not leave him to nobody."""
        owner = cells.short("owner", MAX_REF)
        if owner and self._agents is not None and owner not in self._agents:
            cells.fault("owner", f"there is no agent {owner[:40]!r}")
        return owner

    def _read_fields(self, cells: "_Cells") -> dict[str, str]:
        """Return what belongs to the lead; dates in it are ISO from here on."""
        fields: dict[str, str] = {}
        for column in self._fields:
            text = cells.short(column, MAX_NAME)
            if text and column in self._dated:
                text = self.day(cells, column, text)
            if text:
                fields[column] = text
        return fields

    def _extras(self, cells: "_Cells") -> dict[str, str]:
        extras = {}
        for name, at in self._free:
            text = cells.free(name, at)
            if text:
                extras[name] = text
        return extras

    def _others(self, cells: "_Cells", number: str) -> tuple[tuple[str, NumberKind], ...]:
        """Return the further numbers of the row, without the one that is called."""
        others: list[tuple[str, NumberKind]] = []
        for column in _FURTHER:
            if column in self._at and cells.text(column):
                other, _ = cells.number(column, self._region, required=False)
                kind = cells.word(f"{column}_kind", _KIND_WORDS, NumberKind) or NumberKind.OTHER
                if other and other != number and all(other != known for known, _ in others):
                    others.append((other, kind))
        return tuple(others)

    def column_of(self, row: Row, number: str) -> str:
        """Return which column of a good row holds one of its further numbers."""
        cells = _Cells(row, self)
        held = (column for column in _FURTHER if column in self._at)
        return next(
            column for column in held if cells.number(column, self._region, required=False)[0] == number
        )

    def _consent(self, cells: "_Cells") -> Consent | None:
        """Return what the row says about calls for this campaign's purpose; an empty cell says nothing.

        A consent without evidence is kept as it is: what it is worth, each verdict says.
        """
        word = cells.text("consent").casefold()
        if not word:
            return None
        given = _SAID.get(word)
        if given is None:
            cells.fault("consent", f"{word[:40]!r} is neither yes nor no")
            return None
        text, evidence = cells.text("consent_date"), cells.short("consent_evidence", MAX_NAME)
        day = self.day(cells, "consent_date", text) if text else ""
        if day > self._last_day:
            cells.fault("consent_date", f"{text[:40]!r} is in the future")
        at = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
        return Consent(self._campaign.purpose, given, at, evidence)

    def day(self, cells: "_Cells", column: str, text: str) -> str:
        """Return a date as ISO; only forms that can be read in one way are taken."""
        read = self._days.get(text)
        if read is None:
            read = read_day(text, self._moment)
            if len(self._days) < _CACHED:
                self._days[text] = read
        if isinstance(read, Fault):
            cells.fault(column, read.problem)
            return ""
        return read

    def _due_at(
        self,
        cells: "_Cells",
        fields: Mapping[str, str],
        zones: tuple[str, ...],
        wished: datetime | None,
    ) -> datetime:
        """Return from when on the lead is due: when its due window opens.

        Counted from the list's own date and not from the upload, so that the same file gives the same rows.
        """
        anchor = self._campaign.anchor
        if anchor is not None and anchor.field not in fields:
            cells.fault(anchor.field, "is empty")
            return self._campaign.created_at
        if not zones:
            return self._campaign.created_at
        key = ("" if anchor is None else fields[anchor.field], zones)
        due = self._dues.get(key)
        if due is None:
            due = due_of(self._campaign, key[0], zones, self._moment)
            if len(self._dues) < _CACHED:
                self._dues[key] = due
        if wished is not None:
            due = honouring(due, wished, self._moment)
        if due.problem:
            cells.fault(due.column, due.problem)
        return due.at


class _Cells:
    """The cells of one row by known column, and the first fault of each."""

    __slots__ = ("_at", "_cells", "_is_plain", "_reader", "_row", "_told", "faulty")

    def __init__(self, row: Row, reader: RowReader) -> None:
        self._row = row
        self._cells = row.cells
        self._reader = reader
        self._at = reader._at
        self.faulty: dict[str, Fault] = {}
        self._is_plain = row.is_plain
        self._told = {column: row.cells[at] for column, at in reader._at.items()}

    def fault(self, column: str, problem: str) -> None:
        """Note what is wrong with a known column, unless something is already."""
        shown = self._reader.columns.shown(column)
        self.faulty.setdefault(column, Fault(place_of(self._row.number, shown), problem))

    def in_order(self) -> tuple[Fault, ...]:
        """Return the faults from left to right."""
        places = {name: at for at, name in enumerate(self._reader._header)}
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
        if text in _PLAIN_LANGUAGES:
            return text
        if text and _LANGUAGE.fullmatch(text) is None:
            self.fault("language", f"{text[:40]!r} is not a language code like en or es-MX")
        return text.replace("_", "-").lower()

    def word(self, column: str, words: Mapping[str, W], names: type[StrEnum]) -> W | None:
        """Return what a word stands for."""
        word = self.text(column).casefold()
        found = words.get(word)
        if found is None:
            self.fault(column, f"{word[:40]!r} is none of {', '.join(names)}")
        return found

    def moment(self, column: str, zones: tuple[str, ...]) -> datetime | None:
        """Return a moment; without an offset it is read in the customer's zone, when there is just one."""
        text = self.text(column)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fault(column, f"{text[:40]!r} is not a moment like 2026-03-31 21:30")
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


def place_of(number: int, column: str) -> str:
    """Say where something is wrong."""
    return f"row {number}, column {column}" if column else f"row {number}"
