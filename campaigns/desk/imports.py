"""Load an uploaded list: good rows in, every fault named.

Knows the order of work: open the file, read each row, put together what belongs to one person, load in
batches. Must not know quotes and encodings (``csvlist``) or what a cell means (``listrow``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from campaigns.desk.columns import map_columns
from campaigns.desk.csvlist import open_sheet
from campaigns.desk.listrow import RowReader
from campaigns.errors import Fault
from campaigns.model import Campaign
from campaigns.ports import CampaignBook, ListRow, LoadCount

BATCH: Final = 1_000
"""Rows per transaction."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an upload did: ``rows`` is loaded + updated + unchanged + duplicate + faulty.

    ``faults`` are in file order, at most one per cell; rows count from 1 below the header line. A duplicate
    that says something else than the row it repeats is named there too. In a dry run ``loaded`` counts the
    good rows: nothing was asked of the book.
    """

    rows: int
    loaded: int
    updated: int
    unchanged: int
    duplicate: int
    faulty: int
    dry_run: bool
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list taken apart: rows ready to load, and what is wrong with the others."""

    good: tuple[ListRow, ...]
    duplicate: int
    faulty: int
    faults: tuple[Fault, ...]

    def report(self, count: LoadCount, *, dry_run: bool) -> ImportReport:
        """Return the report of an upload that did ``count``."""
        return ImportReport(
            rows=len(self.good) + self.duplicate + self.faulty,
            loaded=count.loaded,
            updated=count.updated,
            unchanged=count.unchanged,
            duplicate=self.duplicate,
            faulty=self.faulty,
            dry_run=dry_run,
            faults=self.faults,
        )


def read_list(
    content: bytes, campaign: Campaign, required: Sequence[str], region: str | None, moment: datetime
) -> ReadList:
    """Take a list apart; pure, and long work for a long list: run it off the event loop.

    Raises ``InvalidInput`` for what spoils the whole file, a missing column included.
    """
    sheet = open_sheet(content)
    reader = RowReader(campaign, map_columns(sheet.header, required), required, region, moment)
    gathering = _Gathering()
    for row in sheet.rows():
        read = reader.read(row)
        if isinstance(read, ListRow):
            gathering.take(row.number, read, reader.columns.shown("ref"))
        else:
            gathering.refuse(read)
    return ReadList(tuple(gathering.good), gathering.duplicate, gathering.faulty, tuple(gathering.faults))


async def load_list(book: CampaignBook, campaign_id: int, rows: Sequence[ListRow]) -> LoadCount:
    """Load rows in batches, each in its own transaction; safe to repeat after a failure in the middle."""
    total = LoadCount(0, 0, 0)
    for at in range(0, len(rows), BATCH):
        count = await book.load_rows(campaign_id, rows[at : at + BATCH])
        total = LoadCount(
            total.loaded + count.loaded, total.updated + count.updated, total.unchanged + count.unchanged
        )
    return total


@dataclass(slots=True)
class _Gathering:
    """Good rows so far, and where each person stands among them."""

    good: list[ListRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    duplicate: int = 0
    faulty: int = 0
    numbers: list[int] = field(default_factory=list)  # row number of each good row
    people: dict[str, list[int]] = field(default_factory=dict)  # ref -> places in good

    def refuse(self, faults: Sequence[Fault]) -> None:
        self.faulty += 1
        self.faults += faults

    def take(self, number: int, row: ListRow, ref_column: str) -> None:
        """Add a row, unless it repeats one or claims another person's reference."""
        places = self.people.setdefault(row.ref, [])
        where = f"row {number}, column {ref_column}"
        for place in places:
            known = self.good[place]
            if known.name.casefold() != row.name.casefold():
                words = f"{row.ref!r} is {known.name!r} in row {self.numbers[place]}"
                self.refuse([Fault(where, words)])
                return
            if known.number == row.number:
                self.duplicate += 1
                if known.fields != row.fields:
                    words = f"repeats row {self.numbers[place]} with other data; only that row was taken"
                    self.faults.append(Fault(where, words))
                return
        places.append(len(self.good))
        self.good.append(row)
        self.numbers.append(number)
        if len(places) > 1:
            self._agree(places)

    def _agree(self, places: Sequence[int]) -> None:
        """Let all rows of one person say the same of him, as the first of them does.

        Otherwise each upload of the same file would change him to and fro. Of zones all count: every one of
        his numbers' zones must be open.
        """
        first = self.good[places[0]]
        zones = tuple(sorted({name for place in places for name in self.good[place].zones}))
        for place in places:
            self.good[place] = replace(
                self.good[place],
                name=first.name,
                title=first.title,
                language=first.language,
                customer_class=first.customer_class,
                zones=zones,
                extras=first.extras,
            )
