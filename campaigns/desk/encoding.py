"""How an uploaded text is encoded: told from all of its bytes.

Knows encodings. Must not know lines, delimiters or what a column is for. What nobody can tell is refused,
for names read in a wrong encoding are garbage without any error; a few broken rows are left to be told one by
one.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from campaigns.desk.sheet import spoiled
from campaigns.errors import InvalidInput

FEW: Final = 50
"""A file with so many lines for each byte that nobody can read is a good list with a few broken rows."""
NOT_TEXT: Final = "holds NUL bytes: not a text file (save the sheet as CSV in UTF-8)"

BAD_BYTE: Final = re.compile("[\udc80-\udcff]")
"""What stands in a text for a byte that is none of its encoding."""

_CHUNK = 1 << 20
_HEAD = 4_096
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


class Encoding(NamedTuple):
    """An encoding: what people call it, Python's name, and how many bytes at the beginning are its mark."""

    name: str
    codec: str
    skip: int = 0

    @property
    def errors(self) -> str:
        """What becomes of bytes that are none of it; in UTF-16 nobody can say where they end."""
        return "strict" if self.codec.startswith("utf-16") else "surrogateescape"


def encoding_of(path: Path) -> Encoding:
    """Tell how a file is encoded, from all of it; raises ``InvalidInput`` where nobody can."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for mark, name in _BOMS:
        if head.startswith(mark):
            if name != "utf-8":  # what is broken in UTF-8 is told row by row
                _check_utf_16(path, name, len(mark), f"begins as {name.upper()} but is broken near byte")
            return Encoding(name, name, len(mark))
    if (wide := _wide(head)) is not None:
        _check_utf_16(path, wide, 0, "looks like UTF-16 but is broken near byte")
        return Encoding(wide, wide)
    good, bad, lines = _counted(path)
    if good > bad or not bad:
        return Encoding("utf-8", "utf-8")  # a few broken rows in UTF-8 are told one by one
    try:
        _check_western(path)
    except InvalidInput:
        if bad * FEW > lines:
            raise
        return Encoding("utf-8", "utf-8")  # nearly all of it is plain ASCII: the rest is told by row
    return Encoding("latin-1", "cp1252")


def _wide(head: bytes) -> str | None:
    """Recognise UTF-16 without its mark: every other byte of figures and commas is a NUL.

    A NUL here and there spoils its own row only; raises ``InvalidInput`` where they are all over the file.
    """
    first, second = head[::2].count(0), head[1::2].count(0)
    if (first + second) * 10 <= len(head):
        return None
    if second > 9 * first:
        return "utf-16-le"
    if first > 9 * second:
        return "utf-16-be"
    raise spoiled("file", NOT_TEXT)


def _counted(path: Path) -> tuple[int, int, int]:
    """Read a file as UTF-8; returns its characters beyond ASCII, bytes that are none, and lines."""
    good = bad = lines = 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for chunk in _chunks(path):
        text = decoder.decode(chunk)
        lines += chunk.count(b"\n")
        if not text.isascii():
            broken = len(BAD_BYTE.findall(text))
            bad += broken
            good += len(text) - len(text.encode("ascii", "ignore")) - broken
    if decoder.decode(b"", final=True):
        bad += 1
    return good, bad, lines


def _chunks(path: Path, skip: int = 0) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(skip)
        while chunk := file.read(_CHUNK):
            yield chunk


def _check_utf_16(path: Path, name: str, skip: int, problem: str) -> None:
    """Refuse a file that is not what its beginning promised."""
    decoder, at = codecs.getincrementaldecoder(name)(), skip
    try:
        for chunk in _chunks(path, skip):
            decoder.decode(chunk)
            at += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        raise spoiled("file", f"{problem} {at + fault.start}") from fault


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
