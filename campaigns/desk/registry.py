"""A file of telephone numbers, read batch by batch: a do-not-call registry or a list made by hand.

Knows where the numbers stand. Must not know do-not-call lists, the book or processes. Long work for a long
file: like every reading of an upload it runs in a process of its own.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Final, NamedTuple

from campaigns.desk.cells import place_of
from campaigns.desk.columns import guessed_phone
from campaigns.desk.opening import open_sheet
from campaigns.desk.phonecell import read_number
from campaigns.desk.sheet import Row, check_count
from campaigns.errors import Fault

AT_ONCE: Final = 1_000
"""Rows in a batch."""


class NumberBatch(NamedTuple):
    """One batch of a registry: numbers in E.164, and what is wrong with the other rows.

    ``form`` says in words how the file is written, ``column`` which of its columns the numbers are.
    """

    numbers: Sequence[str]
    faults: Sequence[Fault]
    form: str
    column: str


def read_numbers(path: Path, region: str | None, encoding: str = "") -> Iterator[NumberBatch]:
    """Yield the numbers of a file; a first line that is a number is no header.

    ``region`` is the ISO country of numbers without a country code; None refuses those. ``encoding`` is what
    a text is said to be written in, or empty. Raises ``InvalidInput`` for what spoils the whole file.
    """
    sheet = open_sheet(path, encoding, region)
    column = _column(sheet.header)
    headless = _is_number(sheet.header[column], region)
    name = str(column + 1) if headless else sheet.header[column]
    rows = chain([Row(sheet.header_row, sheet.header)] if headless else [], sheet.rows())
    # Without a header the first line of a text is row 1; a workbook's rows have numbers of their own.
    further = int(headless and not sheet.header_row)
    while batch := list(islice(rows, AT_ONCE)):
        check_count(batch[-1].number + further)
        numbers: list[str] = []
        faults: list[Fault] = []
        for row in batch:
            try:
                if row.problem:
                    raise ValueError(row.problem)
                numbers.append(read_number(row.cells[column], region)[0])
            except ValueError as fault:
                faults.append(Fault(place_of(row.number + further, name), str(fault)))
        yield NumberBatch(numbers, faults, sheet.form, name)


def _column(header: Sequence[str]) -> int:
    """Return the place of the column of numbers; the first one where none is named so."""
    name = guessed_phone(header)
    return 0 if name is None else header.index(name)


def _is_number(text: str, region: str | None) -> bool:
    try:
        read_number(text, region)
    except ValueError:
        return False
    return True
