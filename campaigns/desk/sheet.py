"""What every uploaded list is once it is open: a header and rows of text, wherever they came from.

Knows limits, rows and the checks that all kinds of files share. Must not know encodings, quotes, spreadsheets
or what a column means.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from campaigns.errors import Fault, InvalidInput

MAX_BYTES: Final = 512 * 1024 * 1024
"""Largest file that is taken in one upload."""
MAX_ROWS: Final = 2_000_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 2_000
"""Most characters in one cell; more is a quote gone wrong or the wrong file."""
_BETWEEN: Final = "\x1f"
OUR_COLUMNS: Final = frozenset({"_row", "_fault"})
"""Columns that a reject file has besides those of the list; a corrected one may be uploaded as it is."""


class Row(NamedTuple):
    """One row: ``number`` as its sheet counts them, cells stand as in the header, without outer space.

    A row with ``problem`` could not be taken apart: its cells are what could be read, of any number;
    ``column`` says where it went wrong, or is empty for the whole row. ``is_plain`` is true only where no
    cell has control characters, double blanks, an apostrophe or a hash sign in it, as nearly all rows are.
    """

    number: int
    cells: Sequence[str]
    problem: str = ""
    column: str = ""
    is_plain: bool = False


class Sheet(Protocol):
    """An opened list. ``form`` says in words how it is written, ``share`` how much of it has been read.

    Rows of a workbook have the numbers that a spreadsheet shows; a text's count from 1 below the header.
    """

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns, unlike each other."""

    @property
    def header_row(self) -> int:
        """The number of the header, as rows are counted: 0 in a text."""

    @property
    def form(self) -> str:
        """How it is written: encoding and delimiter, or the kind of spreadsheet."""

    @property
    def share(self) -> float:
        """Between 0 and 1."""

    @property
    def has_rows(self) -> bool:
        """Say whether anything is written below the header."""

    def rows(self) -> Iterator[Row]:
        """Yield every row that is not blank; blank ones are counted."""


def header_of(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the names in a header line; raises ``InvalidInput`` for unnamed, repeated or too many ones."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()  # spreadsheets leave empty columns at the right
    if len(names) > MAX_COLUMNS:
        raise spoiled("header", f"more than {MAX_COLUMNS} columns")
    faults = [Fault("header", f"column {at} has no name") for at, name in enumerate(names, 1) if not name]
    seen: set[str] = set()
    for name in names:
        if len(name) > MAX_CELL:
            faults.append(Fault("header", f"a name is longer than {MAX_CELL} characters"))
        if name and name.casefold() in seen:
            faults.append(Fault("header", f"column {name[:40]!r} is there twice"))
        seen.add(name.casefold())
    if faults:
        raise InvalidInput(faults)
    return tuple(names)


def row_of(number: int, header: Sequence[str], cells: list[str]) -> Row:
    """Fit cells to the header; a ragged row is refused, since nobody knows which cell is missing."""
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(header):
        return Row(number, cells, f"has {len(cells)} cells where the header has {len(header)}")
    # One look at the whole row spares several at each of its cells.
    whole = _BETWEEN.join(cells)
    is_whole = whole.count(_BETWEEN) == len(cells) - 1  # no cell has that sign in itself
    if is_whole and len(whole) <= MAX_CELL and _is_trimmed(whole):
        return Row(number, cells, is_plain=_is_plain(whole))
    if max(map(len, cells)) > MAX_CELL:
        name = next(name for name, cell in zip(header, cells, strict=True) if len(cell) > MAX_CELL)
        return Row(number, [cell[:MAX_CELL] for cell in cells], f"longer than {MAX_CELL} characters", name)
    return Row(number, [cell.strip() for cell in cells])


def _is_trimmed(whole: str) -> bool:
    """Say whether no cell begins or ends with white space. White space that is no blank is not printable."""
    return (
        whole.replace(_BETWEEN, "").isprintable()
        and f" {_BETWEEN}" not in whole
        and f"{_BETWEEN} " not in whole
        and whole[:1] != " "
        and whole[-1:] != " "
    )


def _is_plain(whole: str) -> bool:
    return "  " not in whole and "'" not in whole and "#" not in whole


def check_size(path: Path) -> None:
    """Refuse a file that is empty or too large, unread."""
    size = path.stat().st_size
    if not size:
        raise spoiled("file", "the file is empty")
    if size > MAX_BYTES:
        raise spoiled("file", f"larger than {MAX_BYTES // 1024**2} MB: split the list")


def check_count(number: int) -> None:
    """Refuse a row, by its number, that is one too many; what was read before it has been taken."""
    if number > MAX_ROWS:
        raise spoiled("file", f"more than {MAX_ROWS} rows: split the list")


def spoiled(place: str, problem: str) -> InvalidInput:
    """Return the refusal of a whole file."""
    return InvalidInput([Fault(place, problem)])
