"""What was read of a file as text, for the way from the process that reads lists to the one that loads them.

Knows every field of what is sent. Must not know pipes or files. JSON, because the standard library reads it
fastest of all that is safe to read: a file may have got the better of the process that read it.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from campaigns.desk.dateorder import DateOrder
from campaigns.desk.preview import Preview, PreviewRow
from campaigns.desk.reading import ReadBatch
from campaigns.desk.registry import NumberBatch
from campaigns.errors import Fault
from campaigns.lists import ListRow
from campaigns.model import Consent, CustomerClass, NumberKind, Purpose

_CLASSES: dict[str | None, CustomerClass | None] = {
    None: None,
    **{each.value: each for each in CustomerClass},
}
_KINDS = {each.value: each for each in NumberKind}
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def faults_to_text(faults: Sequence[Fault]) -> str:
    """Write faults down."""
    return _write(_pairs(faults))


def faults_from_text(text: str | bytes) -> tuple[Fault, ...]:
    """Read what ``faults_to_text`` wrote."""
    return _faults(json.loads(text))


def numbers_to_text(batch: NumberBatch) -> str:
    """Write a batch of a registry down."""
    return _write([batch.numbers, _pairs(batch.faults), batch.form, batch.column])


def numbers_from_text(text: str | bytes) -> NumberBatch:
    """Read what ``numbers_to_text`` wrote."""
    numbers, faults, form, column = json.loads(text)
    return NumberBatch(numbers, _faults(faults), form, column)


def preview_to_text(shown: Preview) -> str:
    """Write a preview down."""
    rows = [[row.row, row.cells, row.number, row.zones, _pairs(row.faults)] for row in shown.rows]
    return _write(
        [
            shown.form, shown.header, dict(shown.mapping), shown.columns, shown.required, rows,
            _pairs(shown.faults), shown.date_order,
        ]
    )  # fmt: skip


def preview_from_text(text: str | bytes) -> Preview:
    """Read what ``preview_to_text`` wrote."""
    form, header, mapping, columns, required, rows, faults, order = json.loads(text)
    told = tuple(
        PreviewRow(row, tuple(cells), number, tuple(zones), _faults(wrong))
        for row, cells, number, zones, wrong in rows
    )
    return Preview(
        form, tuple(header), mapping, tuple(columns), tuple(required), told, _faults(faults),
        None if order is None else DateOrder(order),
    )  # fmt: skip


def _pairs(faults: Sequence[Fault]) -> list[list[str]]:
    return [[fault.place, fault.problem] for fault in faults]


def _faults(pairs: Sequence[Sequence[str]]) -> tuple[Fault, ...]:
    return tuple(Fault(place, problem) for place, problem in pairs)


def batch_to_text(batch: ReadBatch) -> str:
    """Write a batch down."""
    return _write(
        [
            [_row_to_list(row) for row in batch.rows],
            batch.read,
            batch.duplicate,
            batch.faulty,
            _pairs(batch.faults),
            batch.share,
            batch.form,
            batch.unproven,
        ]
    )


def batch_from_text(text: str | bytes) -> ReadBatch:
    """Read what ``batch_to_text`` wrote."""
    rows, read, duplicate, faulty, faults, share, form, unproven = json.loads(text)
    good = tuple(map(_row_from_list, rows))
    return ReadBatch(good, read, duplicate, faulty, _faults(faults), share, form, unproven)


def _row_to_list(row: ListRow) -> list[Any]:
    said = row.consent
    return [
        row.ref, row.name, row.title, row.language, row.customer_class, row.zones, row.number,
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
