"""The text of an uploaded list: bytes to rows, without knowing what the columns mean.

Knows encodings, delimiters, quotes and lines. Must not know customers or what a column is for. What spoils
the whole file raises ``InvalidInput``; what spoils a row is that row's fault, and the next row is read.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.errors import Fault, InvalidInput

MAX_BYTES: Final = 50_000_000
"""Largest list that is taken in one upload."""
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 2_000
"""Most characters in one cell; more is a quote gone wrong or the wrong file."""
MAX_LINES_OF_A_ROW: Final = 20
"""Most lines one row may span inside quotes. An open quote swallows no more of the file than this."""

_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_BAD_BYTE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: ``number`` counts from 1 below the header, cells by header name, without outer space.

    A row with ``problem`` could not be taken apart; ``column`` says where, or is empty for the whole row.
    """

    number: int
    cells: Mapping[str, str]
    problem: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """An opened list: its header, how it is written, and the lines below the header."""

    header: tuple[str, ...]
    delimiter: str
    encoding: str
    lines: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Yield every row that is not blank. Blank rows keep their number, so that numbers match a sheet."""
        at, number = 0, 0
        while at < len(self.lines):
            number += 1
            taken, cells, problem = _take_row(self.lines, at, self.delimiter)
            at += taken
            if problem:
                yield Row(number, {}, problem)
            elif any(cell and not cell.isspace() for cell in cells):
                yield _named(number, self.header, cells)


def open_sheet(content: bytes) -> Sheet:
    """Decode a file, find its delimiter and read its header.

    Raises ``InvalidInput`` for what spoils the whole file: empty, too large, NUL bytes, an encoding nobody
    can tell, no header line, unnamed or repeated columns, too many columns.
    """
    text, encoding = _decode(content)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at, separator = _first_line(lines), None
    if at is not None and (match := _SEPARATOR_LINE.fullmatch(lines[at].strip("\n\r "))):
        separator = match[1]
        lines = lines[at + 1 :]
        at = _first_line(lines)
    if at is None:
        raise _spoiled("file", "the file is empty")
    delimiter = separator or _delimiter(lines[at])
    taken, cells, problem = _take_row(lines, at, delimiter)
    if problem:
        raise _spoiled("header", problem)
    if at + taken >= len(lines) or _first_line(lines[at + taken :]) is None:
        raise _spoiled("file", "there are no rows below the header")
    return Sheet(_header(cells), delimiter, encoding, tuple(lines[at + taken :]))


def _decode(content: bytes) -> tuple[str, str]:
    if not content:
        raise _spoiled("file", "the file is empty")
    if len(content) > MAX_BYTES:
        raise _spoiled("file", f"larger than {MAX_BYTES // 1_000_000} MB: split the list")
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _no_nul(_strictly(content[len(mark) :], encoding)), encoding
    if b"\0" in content:
        raise _spoiled("file", "holds NUL bytes: not a text file (save the sheet as CSV in UTF-8)")
    text = content.decode("utf-8", "surrogateescape")
    bad = len(_BAD_BYTE.findall(text))
    if bad == 0:
        return text, "utf-8"
    good = sum(1 for char in text if char > "\x7f") - bad
    if good > bad:
        return text, "utf-8"  # UTF-8 with a few broken rows, which are told one by one
    return _western(content), "latin-1"


def _strictly(content: bytes, encoding: str) -> str:
    """Decode what a byte order mark promised; in UTF-8 broken bytes are left to their rows."""
    try:
        return content.decode(encoding, "surrogateescape" if encoding == "utf-8" else "strict")
    except UnicodeDecodeError as fault:
        raise _spoiled("file", f"begins as {encoding.upper()} but is broken at byte {fault.start}") from fault


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise _spoiled("file", "holds NUL bytes: not a text file (save the sheet as CSV in UTF-8)")
    return text


def _western(content: bytes) -> str:
    """Decode Latin-1 as Windows writes it, if the file looks like a western language at all.

    There accents stand alone among plain letters; in Chinese, Cyrillic or Arabic encodings the high bytes
    come in runs, and read as Latin-1 every name would be garbage without any error.
    """
    runs = _HIGH_RUN.findall(content)
    alone = sum(1 for run in runs if len(run) == 1)
    try:
        if alone * 2 > sum(map(len, runs)):
            return content.decode("cp1252")
    except UnicodeDecodeError:
        pass
    raise _spoiled("file", "neither UTF-8, UTF-16 nor Latin-1: save the sheet as CSV in UTF-8")


def _first_line(lines: Sequence[str]) -> int | None:
    return next((at for at, line in enumerate(lines) if line.strip(' \t,;|"')), None)


def _delimiter(line: str) -> str:
    """Return the delimiter that stands most often in the header outside of quotes; comma in doubt."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=bare.count)


def _take_row(lines: Sequence[str], at: int, delimiter: str) -> tuple[int, list[str], str]:
    """Take one row that begins at a line: how many lines it spans, its cells, or what is wrong.

    A row whose quote never closes, or closes in the middle of a cell, costs exactly one line: the rows
    below it are read as if nothing had happened.
    """
    line = lines[at]
    if '"' not in line:
        return 1, line.split(delimiter), _text_problem(line)
    joined = line
    for taken in range(1, MAX_LINES_OF_A_ROW + 1):
        try:
            cells = next(csv.reader([joined], delimiter=delimiter, strict=True, skipinitialspace=True))
        except csv.Error as fault:
            if "field limit" in str(fault):
                return 1, [], f"a cell is longer than {MAX_CELL} characters"
            if "unexpected end" not in str(fault):
                return 1, [], "a quote closes in the middle of a cell"
        else:
            return taken, cells, _text_problem(joined)
        if at + taken >= len(lines):
            break
        joined += "\n" + lines[at + taken]
    return 1, [], "a quote is opened and never closed"


def _text_problem(text: str) -> str:
    if not text.isascii() and _BAD_BYTE.search(text):
        return "holds bytes that are not UTF-8"
    return ""


def _header(cells: list[str]) -> tuple[str, ...]:
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()  # spreadsheets leave empty columns at the right
    if len(names) > MAX_COLUMNS:
        raise _spoiled("header", f"more than {MAX_COLUMNS} columns")
    faults = [Fault("header", f"column {at} has no name") for at, name in enumerate(names, 1) if not name]
    seen: set[str] = set()
    for name in names:
        if name and name.casefold() in seen:
            faults.append(Fault("header", f"column {name!r} is there twice"))
        seen.add(name.casefold())
    if faults:
        raise InvalidInput(faults)
    return tuple(names)


def _named(number: int, header: tuple[str, ...], cells: list[str]) -> Row:
    """Give cells their names; a ragged row is refused, since nobody knows which cell is missing."""
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(header):
        return Row(number, {}, f"has {len(cells)} cells where the header has {len(header)}")
    for name, cell in zip(header, cells, strict=True):
        if len(cell) > MAX_CELL:
            return Row(number, {}, f"longer than {MAX_CELL} characters", name)
    return Row(number, {name: cell.strip() for name, cell in zip(header, cells, strict=True)})


def _spoiled(place: str, problem: str) -> InvalidInput:
    return InvalidInput([Fault(place, problem)])
