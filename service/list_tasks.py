"""What the process that reads files can be asked, and the limits it works under.

Knows the questions and how an answer is framed. Must not know processes or what a file means. Questions go
out pickled, for they are our own; answers come back as JSON, because the file may have got the better of
whoever gives them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from campaigns.desk.reading import ReadJob

ANSWER, SPOILED, TOO_MUCH, END = b"A", b"S", b"M", b"E"
"""What a frame is: (a part of) the answer, faults that spoil the file, memory used up, or the end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: address space in bytes, processor time in seconds.

    The largest list that is taken, two million rows of text, needs a tenth of the memory; a workbook is in
    memory as a whole, and one that unpacks to as much as is allowed needs three quarters of it.
    """

    memory_bytes: int = 1024**3
    cpu_s: int = 900


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Read a list, batch by batch."""

    job: ReadJob


@dataclass(frozen=True, slots=True)
class PreviewTask:
    """Show the first rows of a list."""

    job: ReadJob


@dataclass(frozen=True, slots=True)
class RejectTask:
    """Write rows to the reject file that were left out only when loading, by row number."""

    job: ReadJob
    problems: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class NumbersTask:
    """Read a file of telephone numbers, batch by batch."""

    path: Path
    region: str | None
    encoding: str = ""


Task = ReadTask | PreviewTask | RejectTask | NumbersTask

HEAD_BYTES: Final = 5


def framed(kind: bytes, content: bytes) -> bytes:
    """Return a frame: its kind, its length in four bytes, its content."""
    return kind + len(content).to_bytes(HEAD_BYTES - 1, "big") + content
