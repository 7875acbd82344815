"""Parking leads that wait for a moment at which they will not be called either: who was barred, or said no.

Knows which leads wait so, when to look, and the statements that park them. Must not know what bars a person:
the rules say so. The moment that a lead waited for stays with it, and holds again as soon as the refusal is
lifted. Every function runs inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, update

from campaigns.model import LeadStatus, Purpose
from campaigns.rules.finals import refused_by_person
from campaigns.rules.passing import DUE
from campaigns.rules.refusals import change_to, word_as_kept
from campaigns.suppression import SuppressedNumber
from campaigns.verdicts import VerdictChange
from store import suppressing, verdicts
from store.columns import UtcMoment
from store.evidence import evidence_of_many
from store.many import chunks
from store.rows import AnyRow
from store.tables import campaigns, leads

_WAIT_FOR_A_MOMENT = (
    select(leads, campaigns.c.purpose)
    .join(campaigns, campaigns.c.id == leads.c.campaign_id)
    .where(
        leads.c.status == LeadStatus.WAITING.value,
        leads.c.due_at > bindparam("moment", type_=UtcMoment()),
        or_(leads.c.verdict_rule.is_(None), leads.c.verdict_rule == DUE),
    )
    .order_by(leads.c.id)
)
_FIRST = datetime.min.replace(tzinfo=UTC)
_PARK = (
    update(leads)
    .where(leads.c.id == bindparam("of_lead", type_=leads.c.id.type))
    .values(
        status=LeadStatus.REFUSED.value,
        reason=bindparam("why"),
        **{name: bindparam(f"new_{name}", type_=leads.c[name].type) for name in verdicts.NO_VERDICT},
    )
)


def park(
    connection: Connection,
    which: ColumnElement[bool],
    at: datetime | None,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Park those of these leads that wait for a moment after ``at`` and whose person must not be called then.

    Without ``at`` it is as of their last attempt. Returns how many.
    """
    given = {**(values or {}), "moment": at or _FIRST}
    of_campaign: dict[int, list[AnyRow]] = {}
    for row in connection.execute(_WAIT_FOR_A_MOMENT.where(which), given):
        of_campaign.setdefault(row.campaign_id, []).append(row)
    return sum(_park(connection, campaign_id, rows, at) for campaign_id, rows in of_campaign.items())


def put_on_lists(connection: Connection, entries: Sequence[SuppressedNumber]) -> int:
    """Put numbers on do-not-call lists, and park who waits for a moment and is barred; returns how many are
    new on a list."""
    added = suppressing.suppress(connection, entries)
    of_list: dict[int, list[SuppressedNumber]] = {}
    for entry in entries if added else ():
        of_list.setdefault(entry.list_id, []).append(entry)
    for list_id, some in of_list.items():
        _park_by_list(connection, list_id, [entry.number for entry in some], some[0].at)
    return added


def take_off_list(connection: Connection, list_id: int, number: str, by: str, at: datetime) -> bool:
    """Take a number off a list; whom another one bars stays parked. False when it was not on it."""
    found = suppressing.remove(connection, list_id, number, by, at)
    if found:
        _park_by_list(connection, list_id, [number], at)
    return found


def _park_by_list(connection: Connection, list_id: int, numbers: Sequence[str], at: datetime) -> None:
    for some in chunks(numbers):
        park(connection, suppressing.BARRED_BY, at, {"list_id": list_id, "some_numbers": some})


def _park(connection: Connection, campaign_id: int, rows: Sequence[AnyRow], at: datetime | None) -> int:
    known = evidence_of_many(connection, campaign_id, rows, min(row.due_at for row in rows))
    parked: list[dict[str, Any]] = []
    changes: list[VerdictChange] = []
    for row, evidence in zip(rows, known, strict=True):
        word = refused_by_person(evidence, Purpose(row.purpose), row.due_at)
        if word is None:
            continue
        refusal = word_as_kept(*word, at or row.last_at or row.due_at)
        kept = {f"new_{name}": value for name, value in verdicts.columns_of(refusal).items()}
        parked.append({"of_lead": row.id, "why": refusal.reason, **kept})
        changes.append(change_to(row.id, refusal))
    if parked:
        connection.execute(_PARK, parked)
        verdicts.append(connection, changes)
    return len(parked)
