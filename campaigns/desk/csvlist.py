"""The text of an uploaded list: bytes to rows, without knowing what the columns mean.

Knows encodings, delimiters, quotes and lines. Must not know customers or what a column is for. What spoils
the whole file raises ``InvalidInput``; what spoils a row is that row's fault, and the next row is read. The
file is read twice, first for its encoding; at no time is more of it in memory than a few lines.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from campaigns.desk.sheet import MAX_CELL, MAX_COLUMNS, Row, check_size, header_of, row_of, spoiled
from campaigns.errors import InvalidInput

MAX_LINES_OF_A_ROW: Final = 20
"""Most lines one row may span inside quotes. An open quote swallows no more of the file than this."""
MAX_LINE: Final = MAX_COLUMNS * MAX_CELL
"""Most characters of one line; of a longer one only the beginning is read, and the row is refused."""

FEW: Final = 50
"""A file with so many lines for each byte that nobody can read is a good list with a few broken rows."""

_CHUNK = 1 << 20
_TOO_LONG = "\0"  # stands for a line that is too long; no text that is taken holds a NUL
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_NOT_TEXT = "holds NUL bytes: not a text file (save the sheet as CSV in UTF-8)"


class CsvSheet:
    """An opened list of text: its header, and how it is written."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.path = path
        self.encoding = encoding
        self.share = 0.0
        self._size = max(1, path.stat().st_size)
        with self._opened() as stream:
            lines = _Lines(stream)
            self.delimiter, self.header = _head(lines)
            self._above = lines.taken
            if not any(_is_written(line) for line in lines):
                raise spoiled("file", "there are no rows below the header")

    @property
    def form(self) -> str:
        """Encoding and delimiter in words."""
        names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        return f"{self.encoding}, {names.get(self.delimiter, repr(self.delimiter))}"

    def rows(self) -> Iterator[Row]:
        """Yield every row that is not blank. Blank rows keep their number, so that numbers match a sheet."""
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
            cells, problem = _quoted(line, lines, self.delimiter)
        else:
            cells, problem = line.split(self.delimiter), _text_problem(line)
        if problem:
            return Row(number, [cell[:MAX_CELL] for cell in cells], problem)
        if not any(cell and not cell.isspace() for cell in cells):
            return None
        return row_of(number, self.header, cells)

    def _opened(self) -> TextIO:
        codec = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16", "latin-1": "cp1252"}
        errors = "surrogateescape" if self.encoding == "utf-8" else "strict"
        return self.path.open(encoding=codec[self.encoding], errors=errors, newline=None)


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


def open_csv(path: Path) -> CsvSheet:
    """Find out how a file is written and read its header.

    Raises ``InvalidInput`` for what spoils the whole file: empty, too large, NUL bytes, an encoding nobody
    can tell, no header line, unnamed or repeated columns, too many columns.
    """
    check_size(path)
    return CsvSheet(path, _encoding(path))


def _head(lines: _Lines) -> tuple[str, tuple[str, ...]]:
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
        cells, problem = _quoted(line, lines, delimiter)
    else:
        cells, problem = line.split(delimiter), _text_problem(line)
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


def _quoted(line: str, lines: _Lines, delimiter: str) -> tuple[list[str], str]:
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
            return cells, _text_problem(joined)
        following = lines.take()
        if following is None:
            break
        further.append(following)
        joined += "\n" + following
    lines.put_back(further)
    return [line], "a quote is opened and never closed"


def _text_problem(text: str) -> str:
    if not text.isascii() and _BAD_BYTE.search(text):
        return "holds bytes that are not UTF-8"
    return ""


def _encoding(path: Path) -> str:
    """Tell how a file is encoded, from all of it."""
    with path.open("rb") as file:
        head = file.read(3)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            _check_marked(path, len(mark), encoding)
            return encoding
    good = bad = lines = 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for chunk in _chunks(path):
        if b"\0" in chunk:
            raise spoiled("file", _NOT_TEXT)
        text = decoder.decode(chunk)
        lines += chunk.count(b"\n")
        if not text.isascii():
            broken = len(_BAD_BYTE.findall(text))
            bad += broken
            good += len(text) - len(text.encode("ascii", "ignore")) - broken
    if decoder.decode(b"", final=True):
        bad += 1
    if good > bad or not bad:
        return "utf-8"  # a few broken rows in UTF-8 are told one by one
    try:
        _check_western(path)
    except InvalidInput:
        if bad * FEW > lines:
            raise
        return "utf-8"  # nearly all of it is plain ASCII: what is not is told row by row as well
    return "latin-1"


def _chunks(path: Path, skip: int = 0) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(skip)
        while chunk := file.read(_CHUNK):
            yield chunk


def _check_marked(path: Path, skip: int, encoding: str) -> None:
    """Refuse a file that is not what its byte order mark promised; broken UTF-8 is left to its rows."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if encoding == "utf-8" else "strict")
    at, text = skip, ""
    try:
        for chunk in _chunks(path, skip):
            text = decoder.decode(chunk)
            if "\0" in text:
                raise spoiled("file", _NOT_TEXT)
            at += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        place = at + fault.start
        raise spoiled("file", f"begins as {encoding.upper()} but is broken near byte {place}") from fault


def _check_western(path: Path) -> None:
    """Refuse what is not Latin-1 as Windows writes it, or does not look like a western language at all.

    There accents stand alone among plain letters; in Chinese, Cyrillic or Arabic encodings the high bytes
    come in runs, and read as Latin-1 every name would be garbage without any error.
    """
    alone = total = 0
    decoder = codecs.getincrementaldecoder("cp1252")()
    try:
        for chunk in _chunks(path):
            if not chunk.isascii():
                runs = _HIGH_RUN.findall(chunk)
                alone += sum(1 for run in runs if len(run) == 1)
                total += sum(map(len, runs))
                decoder.decode(chunk)
    except UnicodeDecodeError:
        alone = 0
    if alone * 2 <= total:
        raise spoiled("file", "neither UTF-8, UTF-16 nor Latin-1: save the sheet as CSV in UTF-8")
