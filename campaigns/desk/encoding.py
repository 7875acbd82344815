"""How an uploaded text is encoded: as somebody says, or told from all of its bytes.

Knows encodings. Must not know lines, delimiters or what a column is for. What nobody can tell is refused,
for names read in a wrong encoding are garbage without any error; a few broken rows are left to be told one by
one.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from campaigns.desk.columns import SPELLINGS, spelling_key
from campaigns.desk.sheet import spoiled
from campaigns.errors import Fault

FEW: Final = 10
"""A file with so many lines for each broken one is a good list with a few broken rows."""
_PAGES: Final = ("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258")
NAMES: Final[Mapping[str, str]] = {
    "utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "latin-1": "cp1252",
    "gb18030": "gb18030",
    "big5": "cp950",
    "shift-jis": "cp932",
    "euc-jp": "euc_jp",
    "euc-kr": "cp949",
    **{page: page for page in _PAGES},
    "iso-8859-2": "iso8859_2",
    "iso-8859-15": "iso8859_15",
    "koi8-r": "koi8_r",
}
"""Encodings that a list may be said to have, with Python's name for each."""
_ALSO: Final[Mapping[str, str]] = {
    "utf8": "utf-8",
    "utf16": "utf-16",
    "iso-8859-1": "latin-1",
    "cp1252": "latin-1",
    "windows-1252": "latin-1",
    **dict.fromkeys(("gbk", "gb2312", "cp936", "windows-936"), "gb18030"),
    **dict.fromkeys(("cp950", "big-5"), "big5"),
    **dict.fromkeys(("sjis", "cp932", "windows-31j"), "shift-jis"),
    **dict.fromkeys(("cp949", "ks-c-5601-1987"), "euc-kr"),
    **{f"windows-{page[2:]}": page for page in _PAGES},
}
NOT_TEXT: Final = "holds NUL bytes: not a text file (save the sheet as CSV in UTF-8)"

BAD_BYTE: Final = re.compile("[\udc80-\udcff]")
"""What stands in a text for a byte that is none of its encoding."""

_CHUNK = 1 << 20
_HEAD = 4_096
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_ASCII = re.compile("[\\x00-\\x7f]+")
_CELL_ENDS = re.compile("[,;|\\t\\r\\n]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_NO_LETTER = re.compile(
    rb"[\x82-\x84\x86-\x89\x8b\x98\x9b]"
)  # of Latin-1: marks such as a dagger or per mille


class Encoding(NamedTuple):
    """An encoding: what people call it, Python's name, and how many bytes at the beginning are its mark."""

    name: str
    codec: str
    skip: int = 0

    @property
    def errors(self) -> str:
        """What becomes of bytes that are none of it; in UTF-16 nobody can say where they end."""
        return "strict" if self.codec.startswith("utf-16") else "surrogateescape"


def encoding_named(text: str) -> str:
    """Return what we call an encoding, empty for an empty text; raises ``ValueError`` with all there are."""
    name = text.strip().lower().replace("_", "-")
    name = _ALSO.get(name, name)
    if name and name not in NAMES:
        raise ValueError(f"{text[:40]!r} is none of {', '.join(NAMES)}")
    return name


def encoding_faults(text: str) -> list[Fault]:
    """Return what is wrong with the word for an encoding: nothing where ``encoding_named`` knows it."""
    try:
        encoding_named(text)
    except ValueError as fault:
        return [Fault("encoding", str(fault))]
    return []


def encoding_of(path: Path, said: str = "", region: str | None = None) -> Encoding:
    """Tell how a file is encoded, from all of it; raises ``InvalidInput`` where nobody can.

    ``said`` is one of ``NAMES``, or empty; then ``region``, the country where the list comes from, helps.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for mark, name in _BOMS:
        if head.startswith(mark):
            if said and not name.startswith(said):
                raise spoiled("file", f"begins as {name.upper()} and is said to be {said}: say {name[:6]}")
            if name != "utf-8":  # what is broken in UTF-8 is told row by row
                _check_utf_16(path, name, len(mark), f"begins as {name.upper()} but is broken near byte")
            return Encoding(name, name, len(mark))
    wide = _wide(head)
    if wide is None and said and said != "utf-16":
        return Encoding(said, NAMES[said])
    if wide is None and said:
        wide = NAMES[said]  # of a list without a figure or comma; who writes none of the marks writes this
    if wide is not None and said not in ("", "utf-16"):
        raise spoiled("file", f"looks like UTF-16 and is said to be {said}: say utf-16")
    if wide is not None:
        _check_utf_16(path, wide, 0, "looks like UTF-16 but is broken near byte")
        return Encoding(wide, wide)
    return _told(path, region)


def _told(path: Path, region: str | None) -> Encoding:
    """Tell apart the encodings that have no mark, from all bytes of a file."""
    good, bad = _counted(path)
    if good > bad or not bad:
        return Encoding("utf-8", "utf-8")  # a few broken rows in UTF-8 are told one by one
    if _is_chinese(path, region):
        return Encoding("gb18030", "gb18030")
    if _is_western(path):
        return Encoding("latin-1", "cp1252")
    broken = _broken(path)
    if broken.are_few:
        return Encoding("utf-8", "utf-8")  # the rest can be read, whatever these few rows are: told by row
    words = "neither UTF-8, UTF-16 nor Latin-1: name its encoding (such as gb18030 or cp1251)"
    where = f"the first byte that is not UTF-8 is {broken.byte:#04x} in line {broken.first}"
    raise spoiled("file", f"{words}, or save the sheet as CSV in UTF-8; {where}")


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


def _counted(path: Path) -> tuple[int, int]:
    """Read a file as UTF-8; returns its characters beyond ASCII, and bytes that are none."""
    good = bad = 0
    for text in _as_utf_8(path):
        if not text.isascii():
            broken = len(BAD_BYTE.findall(text))
            bad += broken
            good += len(text) - len(text.encode("ascii", "ignore")) - broken
    return good, bad


class _Broken(NamedTuple):
    """How many of a file's lines hold bytes that are not UTF-8, and the first such byte with its line."""

    lines: int
    of: int
    first: int
    byte: int

    @property
    def are_few(self) -> bool:
        """Say whether the file is a good one but for them: one line of at least three, or one in ``FEW``.

        Without its header, which nobody could read, it is not.
        """
        return self.first > 1 and (self.lines * FEW <= self.of or (self.lines == 1 and self.of > 2))


def _broken(path: Path) -> _Broken:
    """Find the lines that are not UTF-8, counted from 1."""
    broken, first, byte = 0, 0, 0
    line, last = 1, 0
    ends_open = False
    for text in _as_utf_8(path):
        at = 0
        for match in BAD_BYTE.finditer(text):
            line += text.count("\n", at, match.start())
            at = match.start()
            if line != last:
                broken, last = broken + 1, line
                first, byte = (first, byte) if first else (line, ord(match[0]) - 0xDC00)
        line += text.count("\n", at)
        ends_open = not text.endswith("\n")
    return _Broken(broken, line if ends_open else line - 1, first, byte)


def _as_utf_8(path: Path) -> Iterator[str]:
    """Yield a file's text chunk by chunk, each byte that is not UTF-8 as ``BAD_BYTE`` finds it."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for chunk in _chunks(path):
        yield decoder.decode(chunk)
    if rest := decoder.decode(b"", final=True):
        yield rest


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


def _is_chinese(path: Path, region: str | None) -> bool:
    """Recognise GB18030, which has GBK and GB 2312 in it: every byte fits, and something speaks for Chinese.

    That is a known column's Chinese name in the first line, or in a list from China that two in three of its
    characters beyond ASCII are common ones. Bytes alone are not enough: most text in Korean or in Cyrillic
    capitals fits as well, and would be read as Chinese without any error.
    """
    common = others = 0
    named = None
    decoder = codecs.getincrementaldecoder("gb18030")()
    try:
        for chunk in _chunks(path):
            text = decoder.decode(chunk)
            if named is None:
                named = not _chinese_names().isdisjoint(map(spelling_key, _CELL_ENDS.split(text[:_HEAD])))
            wide = _ASCII.sub("", text)
            rare = len(_common().sub("", wide))
            common, others = common + len(wide) - rare, others + rare
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return bool(named) or (region == "CN" and common > 2 * others)


@cache
def _chinese_names() -> frozenset[str]:
    return frozenset(
        spelling_key(spelling)
        for spellings in SPELLINGS.values()
        for spelling in spellings
        if any("\u4e00" <= char <= "\u9fff" for char in spelling)  # Han; there are Cyrillic names as well
    )


@cache
def _common() -> re.Pattern[str]:
    """Return what finds the 3,755 characters of the first level of GB 2312."""
    pairs = bytes(byte for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF) for byte in (lead, trail))
    return re.compile(f"[{pairs.decode('gb2312', 'ignore')}]+")


def _is_western(path: Path) -> bool:
    """Say whether a file is Latin-1 as Windows writes it, and looks like a western language.

    There accents stand alone among plain letters; in Chinese, Cyrillic or Arabic encodings the high bytes
    come in runs, and read as Latin-1 every name would be garbage without any error. Those of Japanese come
    alone as well, but stand for signs that no name has.
    """
    alone = total = odd = 0
    decoder = codecs.getincrementaldecoder("cp1252")()
    try:
        for chunk in _chunks(path):
            if not chunk.isascii():
                runs = _HIGH_RUN.findall(chunk)
                alone += sum(1 for run in runs if len(run) == 1)
                total += sum(map(len, runs))
                odd += len(_NO_LETTER.findall(chunk))
                decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return alone * 2 > total and odd * 5 <= total
