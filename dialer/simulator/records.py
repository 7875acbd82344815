"""Read the simulated network's own records: what reached it, and when, by its own clock.

One line each: ``seconds.microseconds|event|number|caller|call id|detail``. The dialplan of the network
writes them; a line that does not have this shape is a fault and never skipped in silence.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from dialer.errors import DialerError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadRecord(DialerError, ValueError):
    """A line is not a record; the text says which and why."""


class RecordKind(StrEnum):
    """What happened. In brackets: the record's detail."""

    ARRIVED = "arrived"  # an INVITE (the caller's name)
    RINGING = "ringing"  # 180 was sent
    ANSWERED = "answered"  # 200 was sent, or a caller was answered (the unique id there)
    SILENT = "silent"  # the person has stopped talking
    PRESSED = "pressed"  # a key was sent (the key)
    ENDED = "ended"  # the call is over (Q.850 cause)


@dataclass(frozen=True, slots=True)
class Record:
    """One record. ``call_id`` is the SIP Call-ID, the same on both sides; ``at`` is exact to the µs."""

    at: datetime
    kind: RecordKind
    number: str
    caller: str
    call_id: str
    detail: str


def parse(line: str) -> Record:
    """Return the record of one line; raises ``BadRecord``."""
    fields = line.rstrip("\n").split("|")
    if len(fields) != 6:
        raise BadRecord(f"a record has 6 fields, not {len(fields)}: {line!r}")
    moment, kind, *rest = fields
    seconds, _, micros = moment.partition(".")
    if not (seconds.isdigit() and micros.isdigit() and len(micros) == 6):
        raise BadRecord(f"not seconds and microseconds: {line!r}")
    try:
        return Record(
            _EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros)), RecordKind(kind), *rest
        )
    except ValueError:
        raise BadRecord(f"no such event: {line!r}") from None


def records(lines: Iterable[str]) -> Iterator[Record]:
    """Return the records of some lines. A last line without its end is still being written: left out."""
    return (parse(line) for line in lines if line.endswith("\n"))


def read_records(path: Path) -> list[Record]:
    """Return all records of a file in the order of their times; none when the file is not there yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="\n") as lines:
        return sorted(records(lines), key=lambda record: record.at)
