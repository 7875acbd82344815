"""Good rows as text, for the way from the process that reads lists to the one that loads them.

Knows every field of a row. Must not know pipes or files. JSON, because the standard library reads it fastest
of all that is safe to read.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from campaigns.desk.reading import ReadBatch
from campaigns.errors import Fault
from campaigns.lists import ListRow
from campaigns.model import Consent, CustomerClass, NumberKind, Purpose

_CLASSES = {each.value: each for each in CustomerClass}
_KINDS = {each.value: each for each in NumberKind}
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def batch_to_text(batch: ReadBatch) -> str:
    """Write a batch down."""
    return _write(
        [
            [_row_to_list(row) for row in batch.rows],
            batch.read,
            batch.duplicate,
            batch.faulty,
            [[fault.place, fault.problem] for fault in batch.faults],
            batch.share,
        ]
    )


def batch_from_text(text: str | bytes) -> ReadBatch:
    """Read what ``batch_to_text`` wrote."""
    rows, read, duplicate, faulty, faults, share = json.loads(text)
    told = tuple(Fault(place, problem) for place, problem in faults)
    return ReadBatch(tuple(map(_row_from_list, rows)), read, duplicate, faulty, told, share)


def _row_to_list(row: ListRow) -> list[Any]:
    said = row.consent
    return [
        row.ref, row.name, row.title, row.language, row.customer_class.value, row.zones, row.number,
        _from_moment(row.due_at), row.fields, row.extras, row.own_zone, row.country, row.region, row.owner,
        row.kind.value, [[number, kind.value] for number, kind in row.others],
        None if said is None else [said.purpose.value, said.given, _from_moment(said.at), said.evidence],
        _from_moment(row.appointment_at), row.row,
    ]  # fmt: skip


def _row_from_list(cells: Sequence[Any]) -> ListRow:
    (
        ref, name, title, language, rank, zones, number, due_at, fields, extras, own_zone, country, region,
        owner, kind, others, said, appointment_at, row,
    ) = cells  # fmt: skip
    moment = _to_moment(due_at)
    assert moment is not None
    return ListRow(
        ref, name, title, language, _CLASSES[rank], tuple(zones), number, moment, fields, extras, own_zone,
        country, region, owner, _KINDS[kind],
        tuple((other, _KINDS[what]) for other, what in others) if others else (),
        None if said is None else Consent(Purpose(said[0]), said[1], _to_moment(said[2]), said[3]),
        _to_moment(appointment_at), row,
    )  # fmt: skip


@lru_cache(maxsize=4_096)
def _from_moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


@lru_cache(maxsize=4_096)
def _to_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
