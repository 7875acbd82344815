"""The text of an uploaded list: bytes to rows, without knowing what the columns mean.

Knows delimiters, quotes and lines. Must not know customers or what a column is for. What spoils the whole
file raises ``InvalidInput``; what spoils a row is that row's fault, and the next row is read. The file is
read twice, first for its encoding; at no time is more of it in memory than a few lines.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from campaigns.desk.encoding import BAD_BYTE, Encoding, encoding_of
from campaigns.desk.sheet import MAX_CELL, MAX_COLUMNS, Row, check_size, header_of, row_of, spoiled

MAX_LINES_OF_A_ROW: Final = 20
"""Most lines one row may span inside quotes. An open quote swallows no more of the file than this."""
MAX_LINE: Final = MAX_COLUMNS * MAX_CELL
"""Most characters of one line; of a longer one only the beginning is read, and the row is refused."""

_TOO_LONG = "\n"  # stands for a line that is too long; no line holds its own end
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)


class CsvSheet:
    """An opened list of text: its header, and how it is written."""

    header_row: Final = 0

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self.path = path
        self._encoding = encoding
        self.encoding = encoding.name
        self.share = 0.0
        self._size = max(1, path.stat().st_size)
        with self._opened() as stream:
            lines = _Lines(stream)
            self.delimiter, self.header = _head(lines, encoding)
            self._above = lines.taken
            self.has_rows = any(_is_written(line) for line in lines)

    @property
    def form(self) -> str:
        """Encoding and delimiter in words."""
        names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        return f"{self.encoding}, {names.get(self.delimiter, repr(self.delimiter))}"

    def rows(self) -> Iterator[Row]:
        """Yield every row that is not blank, by its number from 1 below the header; blank ones count."""
        with self._opened() as stream:
            lines = _Lines(stream)
            lines.skip(self._above)
            for number, line in enumerate(lines, 1):
                if number % 100 == 0:
                    self.share = min(1.0, stream.buffer.tell() / self._size)
                row = self._row(number, line, lines)
                if row is not None:
                    yield row
            self.share = 1.0

    def _row(self, number: int, line: str, lines: "_Lines") -> Row | None:
        if line == _TOO_LONG:
            return Row(number, [], f"is longer than {MAX_LINE} characters")
        if '"' in line:
            cells, problem = _quoted(line, lines, self.delimiter, self._encoding)
        else:
            cells, problem = line.split(self.delimiter), _text_problem(line, self._encoding)
        if problem:
            return Row(number, [cell[:MAX_CELL] for cell in cells], problem)
        if not any(cell and not cell.isspace() for cell in cells):
            return None
        return row_of(number, self.header, cells)

    def _opened(self) -> TextIO:
        file = self.path.open("rb")
        file.seek(self._encoding.skip)
        return io.TextIOWrapper(file, self._encoding.codec, self._encoding.errors, newline=None)


class _Lines:
    """Lines of a stream without their ends; what was read too far can be put back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._back: deque[str] = deque()
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        while (line := self.take()) is not None:
            yield line

    def take(self) -> str | None:
        """Return the next line, None at the end."""
        if self._back:
            self.taken += 1
            return self._back.popleft()
        line = self._stream.readline(MAX_LINE)
        if not line:
            return None
        self.taken += 1
        if line[-1] == "\n":
            return line[:-1]
        if len(line) < MAX_LINE:
            return line  # the last one
        while rest := self._stream.readline(MAX_LINE):
            if rest[-1] == "\n":
                break
        return _TOO_LONG

    def put_back(self, lines: list[str]) -> None:
        """Let these lines be taken next."""
        self.taken -= len(lines)
        self._back.extendleft(reversed(lines))

    def skip(self, count: int) -> None:
        """Pass over lines."""
        for _ in range(count):
            self.take()


def open_csv(path: Path, encoding: str = "", region: str | None = None) -> CsvSheet:
    """Find out how a file is written and read its header. ``encoding`` is what it is said to be, or empty.

    Raises ``InvalidInput`` for what spoils the whole file: empty, too large, no text, an encoding nobody can
    tell, no header line, unnamed or repeated columns, too many columns.
    """
    check_size(path)
    return CsvSheet(path, encoding_of(path, encoding, region))


def _head(lines: _Lines, encoding: Encoding) -> tuple[str, tuple[str, ...]]:
    """Take everything down to the header; returns the delimiter and the names of the columns."""
    line = _first_written(lines)
    separator = None
    if match := _SEPARATOR_LINE.fullmatch(line.strip("\n\r ")):
        separator = match[1]
        line = _first_written(lines)
    if line == _TOO_LONG:
        raise spoiled("header", f"is longer than {MAX_LINE} characters")
    delimiter = separator or _delimiter(line)
    if '"' in line:
        cells, problem = _quoted(line, lines, delimiter, encoding)
    else:
        cells, problem = line.split(delimiter), _text_problem(line, encoding)
    if problem:
        raise spoiled("header", problem)
    return delimiter, header_of(cells)


def _first_written(lines: _Lines) -> str:
    for line in lines:
        if _is_written(line):
            return line
    raise spoiled("file", "the file is empty")


def _is_written(line: str) -> bool:
    return bool(line.strip(' \t,;|"'))


def _delimiter(line: str) -> str:
    """Return the delimiter that stands most often in the header outside of quotes; comma in doubt."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=bare.count)


def _quoted(line: str, lines: _Lines, delimiter: str, encoding: Encoding) -> tuple[list[str], str]:
    """Take one row that has quotes: its cells, or what is wrong.

    A row whose quote never closes, or closes in the middle of a cell, costs exactly one line: the rows
    below it are read as if nothing had happened.
    """
    joined = line
    further: list[str] = []
    for _ in range(MAX_LINES_OF_A_ROW):
        try:
            cells = next(csv.reader([joined], delimiter=delimiter, strict=True, skipinitialspace=True))
        except csv.Error as fault:
            if "unexpected end" not in str(fault):
                lines.put_back(further)
                what = "a cell is too long" if "field limit" in str(fault) else None
                return [line], what or "a quote closes in the middle of a cell"
        else:
            return cells, _text_problem(joined, encoding)
        following = lines.take()
        if following is None:
            break
        further.append(following)
        joined += "\n" + following
    lines.put_back(further)
    return [line], "a quote is opened and never closed"


def _text_problem(text: str, encoding: Encoding) -> str:
    if "\0" in text:
        return "holds a NUL byte"
    if not text.isascii() and BAD_BYTE.search(text):
        return f"holds bytes that are not {encoding.name.upper()}"
    return ""
