"""Taking a list apart, batch by batch: good rows ready to load, and a reject file with all the others.

Knows the order of work: open the file, read each row, put together what belongs to one person, write down
what is wrong. Must not know quotes and encodings (``csvlist``), what a cell means (``listrow``) or the book.
Long work for a long list: it runs in a process of its own, and no more than a batch is in memory.
"""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from campaigns.desk.cells import place_of
from campaigns.desk.columns import Columns, map_columns
from campaigns.desk.dateorder import WORDS, DateOrder, OrderGuess
from campaigns.desk.listrow import RowReader
from campaigns.desk.opening import open_list
from campaigns.desk.rejects import RejectFile
from campaigns.desk.seen import SeenRow, SeenRows
from campaigns.desk.sheet import Row, Sheet, check_count
from campaigns.errors import Fault
from campaigns.lists import ListRow
from campaigns.model import Campaign
from campaigns.rules.consents import is_bare

BATCH: Final = 250
"""Rows in a batch. It is loaded in one transaction, which calls under way must not notice."""
BATCH_CHARS: Final = 500_000
"""Characters after which a batch is full, however few its rows are; a row has at most 400,000."""
_JOINT: Final = "\x1f"
WITHOUT_IT: Final = "the row was taken without it"
"""What is told of a further number that was left out."""
ASKED: Final = 1_000
"""Rows after which a list without a date that has its year behind is not asked for the order of its dates."""
FAULTS_TOLD: Final = 1_000
"""Faults that are told at once; the reject file has them all."""


@dataclass(frozen=True, slots=True)
class ReadJob:
    """What there is to read and how. ``numbers_once``: a number belongs to one customer of the file only.

    ``agents`` are those who can own a customer, None where anybody can. ``encoding`` is what a text is said
    to be written in, empty where nobody said; ``date_order`` that of dates with two readings, None likewise.
    """

    path: Path
    rejects: Path
    campaign: Campaign
    required: tuple[str, ...]
    mapping: Mapping[str, str]
    region: str | None
    moment: datetime
    numbers_once: bool = True
    agents: frozenset[str] | None = None
    encoding: str = ""
    date_order: DateOrder | None = None

    def rows_of(self, sheet: Sheet, columns: Columns) -> tuple[RowReader, DateOrder | None]:
        """Return what reads the rows of a sheet, and the order of its dates: as said, or as all say."""
        about = (self.campaign, sheet.header, columns, self.required, self.region, self.moment, self.agents)
        reader = RowReader(*about, self.date_order)
        if self.date_order is not None:
            return reader, self.date_order
        order = _order_of(sheet, reader.dated)
        return (reader if order is None else RowReader(*about, order)), order


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """What one batch of a file gave: ``read`` rows, of them ``rows`` good, and what is wrong with the others.

    ``share`` of the file has been read so far, 0 to 1; ``form`` says in words how the file is written.
    ``faults`` are in file order, at most one per cell; a duplicate that says something else than the row it
    repeats is named there too, and a further number that is somebody else's. ``unproven`` good rows bring a
    consent without evidence.
    """

    rows: tuple[ListRow, ...]
    read: int
    duplicate: int
    faulty: int
    faults: tuple[Fault, ...]
    share: float
    form: str
    unproven: int = 0


def read_file(job: ReadJob, seen: SeenRows) -> Generator[ReadBatch, None, None]:
    """Yield the batches of a file; raises ``InvalidInput`` for what spoils the whole of it.

    Pure but for the two files: the moment is an argument.
    """
    sheet = open_list(job.path, job.encoding, job.region)
    columns = map_columns(sheet.header, job.required, job.mapping)
    reader, order = job.rows_of(sheet, columns)
    rows = sheet.rows()
    with RejectFile(job.rejects, sheet.header) as rejects:
        for batch in _batches(rows):
            check_count(batch[-1].number)
            yield _Gathering(seen, rejects, reader, job.numbers_once).batch(
                batch, sheet.share, form_of(sheet, order)
            )


def form_of(sheet: Sheet, order: DateOrder | None) -> str:
    """Say in words how a file is read: its form, and the order of dates where there is one."""
    return sheet.form if order is None else f"{sheet.form}, dates {WORDS[order]}"


def _order_of(sheet: Sheet, dated: Collection[int]) -> DateOrder | None:
    """Find out the order of a list's dates from all of them, unless its first ones ask for none."""
    if not dated:
        return None
    guess = OrderGuess()
    for at, row in enumerate(sheet.rows()):
        if guess.is_over or (at == ASKED and not guess.is_asked):
            break
        if not row.problem:
            for place in dated:
                guess.feed(row.cells[place])
    return guess.order


def reject_rows(job: ReadJob, problems: Mapping[int, str]) -> None:
    """Write rows of the file to the reject file that were left out only when loading, by row number."""
    sheet = open_list(job.path, job.encoding, job.region)
    with RejectFile(job.rejects, sheet.header) as rejects:
        last = max(problems, default=0)
        for row in sheet.rows():
            if row.number > last:  # what comes after may be much, or broken
                break
            if row.number in problems:
                rejects.write(row.number, row.cells, [problems[row.number]])


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows by the batch; rows that are long make it short, for it is in memory as a whole."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(map(len, row.cells))
        if len(batch) == BATCH or size > BATCH_CHARS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@dataclass(slots=True)
class _Gathering:
    """One batch: its good rows, compared with each other and with those of the batches before."""

    seen: SeenRows
    rejects: RejectFile
    reader: RowReader
    numbers_once: bool
    good: list[ListRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    duplicate: int = 0
    faulty: int = 0
    people: dict[str, list[SeenRow]] = field(default_factory=dict)
    numbers: dict[str, SeenRow] = field(default_factory=dict)

    def batch(self, rows: Sequence[Row], share: float, form: str) -> ReadBatch:
        read = [(row, self.reader.read(row)) for row in rows]
        found = [one for _, one in read if isinstance(one, ListRow)]
        numbers = [number for row in found for number in _numbers_of(row)]
        known = self.seen.known([row.ref for row in found], numbers)
        for before in known:
            self._remember(before)
        new: list[SeenRow] = []
        for row, one in read:
            if isinstance(one, ListRow):
                new += self._take(row, one)
            else:
                self._refuse(row, one)
        self.seen.add(new)
        counts = (len(rows), self.duplicate, self.faulty)
        unproven = sum(one.consent is not None and is_bare(one.consent) for one in self.good)
        return ReadBatch(tuple(self.good), *counts, tuple(self.faults), share, form, unproven)

    def _remember(self, row: SeenRow) -> None:
        if not row.further:
            self.people.setdefault(row.ref, []).append(row)
        self.numbers.setdefault(row.number, row)

    def _refuse(self, row: Row, faults: Sequence[Fault]) -> None:
        self.faulty += 1
        self._tell(row, faults)

    def _tell(self, row: Row, faults: Sequence[Fault]) -> None:
        self.faults += faults
        own = place_of(row.number, "")
        told = (str(fault).removeprefix(f"{own}, ").removeprefix(f"{own}: ") for fault in faults)
        self.rejects.write(row.number, row.cells, told)

    def _take(self, row: Row, read: ListRow) -> tuple[SeenRow, ...]:
        """Add a row, unless it repeats one or claims another person's reference or number."""
        before = self.people.get(read.ref, ())
        if before and before[0].name != read.name.casefold():
            words = f"{read.ref!r} has another name in row {before[0].row}"
            self._refuse(row, [self._fault(row, "ref", words)])
            return ()
        digest = hash(tuple(sorted(read.fields.items())))
        same = next((one for one in before if one.number == read.number), None)
        if same is not None:
            self.duplicate += 1
            if same.fields != digest:
                words = f"repeats row {same.row} with other data; only that row was taken"
                self._tell(row, [self._fault(row, "ref", words)])
            return ()
        if (whose := self._whose(read.number, read.ref)) is not None:
            self.duplicate += 1
            self._tell(row, [self._fault(row, "phone", whose)])
            return ()
        if read.others:
            read = self._with_own(row, read)
        self.good.append(_as_before(read, self._first(before[0])) if before else read)
        cells = _JOINT.join(row.cells)
        kept = SeenRow(read.ref, read.number, read.row, read.name.casefold(), digest, cells)
        further = (SeenRow(read.ref, number, read.row, "", 0, "", further=True) for number, _ in read.others)
        new = (kept, *further)
        for one in new:
            self._remember(one)
        return new

    def _whose(self, number: str, ref: str) -> str | None:
        """Say whose number it is, when that is somebody else in this file and matters."""
        owner = self.numbers.get(number)
        if owner is None or owner.ref == ref or not self.numbers_once:
            return None
        return f"{number} is the number of {owner.ref!r} in row {owner.row} already"

    def _with_own(self, row: Row, read: ListRow) -> ListRow:
        """Return a row without those of its further numbers that are somebody else's; they are told."""
        own, faults = [], []
        for number, kind in read.others:
            if (whose := self._whose(number, read.ref)) is None:
                own.append((number, kind))
                continue
            column = self.reader.column_of(row, number)
            faults.append(self._fault(row, column, f"{whose}; {WITHOUT_IT}"))
        if faults:
            self._tell(row, faults)
        return read._replace(others=tuple(own))

    def _first(self, seen: SeenRow) -> ListRow:
        """Read a row that came before once more."""
        read = self.reader.read(Row(seen.row, seen.cells.split(_JOINT)))
        assert isinstance(read, ListRow), "only good rows are remembered"
        return read

    def _fault(self, row: Row, column: str, words: str) -> Fault:
        return Fault(place_of(row.number, self.reader.columns.shown(column)), words)


def _numbers_of(row: ListRow) -> Iterator[str]:
    yield row.number
    for number, _ in row.others:
        yield number


def _as_before(row: ListRow, before: ListRow) -> ListRow:
    """Let a further row of one person say the same of him as the first of them did.

    Otherwise each upload of the same file would change him to and fro.
    """
    return row._replace(
        name=before.name,
        title=before.title,
        language=before.language,
        customer_class=before.customer_class,
        extras=before.extras,
        zones=(before.own_zone,) if before.own_zone else row.zones,
        own_zone=before.own_zone,
        country=before.country,
        region=before.region,
        owner=before.owner,
    )
