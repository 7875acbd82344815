"""A look at a list before it is loaded: its columns, how they would be read, and its first rows.

Knows reading. Must not know the book: nothing is asked of it and nothing is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from campaigns.desk.columns import SPELLINGS, map_columns
from campaigns.desk.dateorder import DateOrder
from campaigns.desk.opening import open_list
from campaigns.desk.reading import ReadJob, form_of
from campaigns.errors import Fault, InvalidInput
from campaigns.lists import ListRow

ROWS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row: its cells as they came, what would be called, and what is wrong with it."""

    row: int
    cells: tuple[str, ...]
    number: str
    zones: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """How a list would be read. ``mapping`` is the header name by known column, guesses included; ``columns``
    are all columns that can be mapped. ``faults`` spoil the whole list, a missing column for one; then no row
    is read. ``date_order`` is that of dates with two readings, as somebody said or all others settle it.
    """

    form: str
    header: tuple[str, ...]
    mapping: Mapping[str, str]
    columns: tuple[str, ...]
    required: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    faults: tuple[Fault, ...]
    date_order: DateOrder | None = None


def preview(job: ReadJob) -> Preview:
    """Read the first rows of a file; raises ``InvalidInput`` when it cannot be opened as a list."""
    sheet = open_list(job.path, job.encoding, job.region)
    all_columns = tuple(dict.fromkeys((*SPELLINGS, *job.required)))
    try:
        columns = map_columns(sheet.header, job.required, job.mapping)
    except InvalidInput as refusal:
        guessed = map_columns(sheet.header, (), _known_only(job.mapping, sheet.header)).known
        return Preview(sheet.form, sheet.header, guessed, all_columns, job.required, (), refusal.faults)
    reader, order = job.rows_of(sheet, columns)
    shown = []
    for row in islice(sheet.rows(), ROWS_SHOWN):
        read = reader.read(row)
        number, zones = (read.number, read.zones) if isinstance(read, ListRow) else ("", ())
        faults = () if isinstance(read, ListRow) else read
        shown.append(PreviewRow(row.number, tuple(row.cells), number, zones, faults))
    form = form_of(sheet, order)
    return Preview(form, sheet.header, columns.known, all_columns, job.required, tuple(shown), (), order)


def _known_only(mapping: Mapping[str, str], header: tuple[str, ...]) -> Mapping[str, str]:
    """Return what of a mapping holds for a header."""
    return {column: name for column, name in mapping.items() if column in SPELLINGS and name in header}
