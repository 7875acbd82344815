"""One row of a list: cells to a customer and a lead, with a fault for every cell that is wrong.

Knows what each column means and which dates are still worth a call. Must not know files, quotes or the
book. The moment and the default country come as arguments.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from campaigns.desk.cells import Cells, place_of
from campaigns.desk.columns import LEAD_COLUMNS, SPELLINGS, Columns
from campaigns.desk.dateorder import DateOrder
from campaigns.desk.duedate import Due, due_of, honouring, read_day
from campaigns.desk.sheet import Row
from campaigns.errors import Fault
from campaigns.lists import ListRow
from campaigns.model import Campaign, Consent, CustomerClass, NumberKind
from campaigns.people import MAX_REF, stands_for_erased

MAX_NAME: Final = 200

_CLASS_WORDS: Final[Mapping[str, CustomerClass]] = {
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
_ALSO_DATED: Final = ("consent_date", "appointment")
_FIRST_CLOCK: Final = timedelta(hours=14)
"""How far the first clocks on earth (Kiribati) are ahead of UTC: a later day than theirs is nowhere yet."""
_FURTHER: Final = ("phone_2", "phone_3")
_CACHED: Final = 100_000
"""Readings of equal cells that are kept; a list of a million rows has few different dates and zones."""


class RowReader:
    """Reads the rows of one list for one campaign at one moment.

    ``required`` are the columns that must not be empty; ``region`` is the country of numbers without one;
    ``agents`` are those who can own a customer, None where anybody can; ``order`` is that of dates which
    have two readings.
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
        order: DateOrder | None = None,
    ) -> None:
        self.columns = columns
        self._campaign = campaign
        self._header = header
        self._region = region
        self._moment = moment
        self._order = order
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

    @property
    def dated(self) -> Collection[int]:
        """The places of the columns that hold dates."""
        return [self._at[name] for name in (*self._dated, *_ALSO_DATED) if name in self._at]

    def read(self, row: Row) -> ListRow | tuple[Fault, ...]:
        """Return the row, normalised, or everything that is wrong with it, at most one fault per cell."""
        if row.problem:
            return (Fault(place_of(row.number, row.column), row.problem),)
        cells = Cells(row, self.columns, self._header, self._at)
        for column in self._required:
            if not cells.text(column):
                cells.fault(column, "is empty")
        number, implied = cells.number("phone", self._region, required=True)
        own_zone = cells.zone()
        zones = (own_zone,) if own_zone else implied
        if number and not zones and "zone" not in cells.faulty:
            cells.fault("zone", f"nobody knows the time zone of {number}: give one")
        fields = self._read_fields(cells)
        wished = cells.moment("appointment", zones, self._order) if self._is_more else None
        read = ListRow(
            ref=self._ref(cells),
            name=cells.short("name", MAX_NAME),
            title=cells.short("title", MAX_NAME),
            language=cells.language(),
            customer_class=self._class(cells),
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

    def _class(self, cells: Cells) -> CustomerClass | None:
        """Return the customer's class; an empty cell says nothing of it."""
        return cells.word("class", _CLASS_WORDS, CustomerClass) if cells.text("class") else None

    def _ref(self, cells: Cells) -> str:
        """Return the customer's reference; none that stands for somebody whose data was destroyed."""
        ref = cells.short("ref", MAX_REF)
        if stands_for_erased(ref):
            cells.fault("ref", f"{ref!r} stands for somebody who was erased: give another reference")
        return ref

    def _with_more(self, cells: Cells, read: ListRow) -> ListRow:
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

    def _owner(self, cells: Cells) -> str:
        """Return the agent to whom the customer belongs; a typing error must not leave him to nobody."""
        owner = cells.short("owner", MAX_REF)
        if owner and self._agents is not None and owner not in self._agents:
            cells.fault("owner", f"there is no agent {owner[:40]!r}")
        return owner

    def _read_fields(self, cells: Cells) -> dict[str, str]:
        """Return what belongs to the lead; dates in it are ISO from here on."""
        fields: dict[str, str] = {}
        for column in self._fields:
            text = cells.short(column, MAX_NAME)
            if text and column in self._dated:
                text = self.day(cells, column, text)
            if text:
                fields[column] = text
        return fields

    def _extras(self, cells: Cells) -> dict[str, str]:
        extras = {}
        for name, at in self._free:
            text = cells.free(name, at)
            if text:
                extras[name] = text
        return extras

    def _others(self, cells: Cells, number: str) -> tuple[tuple[str, NumberKind], ...]:
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
        cells = Cells(row, self.columns, self._header, self._at)
        held = (column for column in _FURTHER if column in self._at)
        return next(
            column for column in held if cells.number(column, self._region, required=False)[0] == number
        )

    def _consent(self, cells: Cells) -> Consent | None:
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

    def day(self, cells: Cells, column: str, text: str) -> str:
        """Return a date as ISO; one with two readings takes the order of the list."""
        read = self._days.get(text)
        if read is None:
            read = read_day(text, self._moment, self._order)
            if len(self._days) < _CACHED:
                self._days[text] = read
        if isinstance(read, Fault):
            cells.fault(column, read.problem)
            return ""
        return read

    def _due_at(
        self,
        cells: Cells,
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
            due = honouring(due, wished)
        if due.problem:
            cells.fault(due.column, due.problem)
        return due.at
