"""Loading a batch of list rows, set by set: few statements for many rows.

Knows customers, numbers and leads. Must not know attempts. Everything happens inside the caller's
transaction. Where rows of one batch contradict each other the last one counts, which makes loading the
same batch twice change nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, bindparam, case, insert, select, update

from campaigns.model import CustomerClass, LeadStatus
from campaigns.ports import ListRow, LoadCount
from store.rows import RANK
from store.tables import customers, leads, numbers

T = TypeVar("T")

# Below the 32,766 parameters that one statement may carry.
_CHUNK = 1_000

# Looked up once: an enum's ``value`` costs more than a dictionary's, a million times over.
_WAITING = LeadStatus.WAITING.value
_CLASS_NAMES = {each: each.value for each in CustomerClass}

_PERSON_COLUMNS = ("name", "title", "language", "customer_class", "zones", "extras")
_KNOWN_PEOPLE = select(customers).where(customers.c.ref.in_(bindparam("refs", expanding=True)))
_IDS = select(customers.c.ref, customers.c.id).where(customers.c.ref.in_(bindparam("refs", expanding=True)))
_CHANGE_PERSON = (
    update(customers)
    .where(customers.c.id == bindparam("known_id"))
    .values({name: bindparam(f"new_{name}") for name in _PERSON_COLUMNS})
)
_CHANGE_RANK = (
    update(leads).where(leads.c.customer_id == bindparam("known_id")).values(rank=bindparam("new_rank"))
)
_KNOWN_NUMBERS = select(numbers.c.customer_id, numbers.c.number).where(
    numbers.c.customer_id.in_(bindparam("customer_ids", expanding=True))
)
_KNOWN_LEADS = select(leads.c.id, leads.c.customer_id, leads.c.number, leads.c.fields).where(
    leads.c.campaign_id == bindparam("of_campaign"),
    leads.c.customer_id.in_(bindparam("customer_ids", expanding=True)),
)
# A new service date moves a lead that was never tried; afterwards the retry rules own the due time.
_CHANGE_LEAD = (
    update(leads)
    .where(leads.c.id == bindparam("known_id"))
    .values(
        fields=bindparam("new_fields"),
        due_at=case(
            (
                and_(leads.c.status == LeadStatus.WAITING.value, leads.c.last_at.is_(None)),
                bindparam("new_due_at", type_=leads.c.due_at.type),
            ),
            else_=leads.c.due_at,
        ),
    )
)


def load_rows(connection: Connection, campaign_id: int, rows: Sequence[ListRow]) -> LoadCount:
    """Add or update what the rows say; every row is counted once, repeats of a lead as unchanged."""
    people = {row.ref: row for row in rows}
    newest = {(row.ref, row.number): row for row in rows}
    ids: dict[str, int] = {}
    changed: set[int] = set()
    for persons in _chunks(people.values()):
        changed |= _keep_people(connection, persons)
        found = connection.execute(_IDS, {"refs": [row.ref for row in persons]})
        ids.update((ref, customer_id) for ref, customer_id in found)
    loaded = updated = 0
    for chunk in _chunks(newest.values()):
        keyed = [(ids[row.ref], row) for row in chunk]
        _keep_numbers(connection, keyed)
        added, altered = _keep_leads(connection, campaign_id, keyed, changed)
        loaded += added
        updated += altered
    return LoadCount(loaded, updated, len(rows) - loaded - updated)


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk


def _person(row: ListRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "language": row.language,
        "customer_class": _CLASS_NAMES[row.customer_class],
        "zones": list(row.zones),
        "extras": dict(row.extras),
    }


def _keep_people(connection: Connection, rows: Sequence[ListRow]) -> set[int]:
    """Add who is new and change who is different; returns the ids of those changed."""
    known = {row.ref: row for row in connection.execute(_KNOWN_PEOPLE, {"refs": [row.ref for row in rows]})}
    new: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    ranks: list[dict[str, int]] = []
    for row in rows:
        person = _person(row)
        kept = known.get(row.ref)
        if kept is None:
            new.append({"ref": row.ref, **person})
        elif any(kept._mapping[name] != person[name] for name in _PERSON_COLUMNS):
            changes.append({"known_id": kept.id, **{f"new_{name}": value for name, value in person.items()}})
            if kept.customer_class != person["customer_class"]:
                ranks.append({"known_id": kept.id, "new_rank": RANK[row.customer_class]})
    if new:
        connection.execute(insert(customers), new)
    if changes:
        connection.execute(_CHANGE_PERSON, changes)
    if ranks:
        connection.execute(_CHANGE_RANK, ranks)
    return {change["known_id"] for change in changes}


def _keep_numbers(connection: Connection, keyed: Sequence[tuple[int, ListRow]]) -> None:
    """Append numbers a customer was not known by."""
    known: dict[int, list[str]] = {customer_id: [] for customer_id, _ in keyed}
    for customer_id, number in connection.execute(_KNOWN_NUMBERS, {"customer_ids": list(known)}):
        known[customer_id].append(number)
    new: list[Mapping[str, Any]] = []
    for customer_id, row in keyed:
        kept = known[customer_id]
        if row.number not in kept:
            new.append({"customer_id": customer_id, "number": row.number, "position": len(kept)})
            kept.append(row.number)
    if new:
        connection.execute(insert(numbers), new)


def _keep_leads(
    connection: Connection, campaign_id: int, keyed: Sequence[tuple[int, ListRow]], changed: set[int]
) -> tuple[int, int]:
    """Add new leads and change different ones; returns how many were added, how many altered."""
    customer_ids = list({customer_id for customer_id, _ in keyed})
    found = connection.execute(_KNOWN_LEADS, {"of_campaign": campaign_id, "customer_ids": customer_ids})
    known = {(lead.customer_id, lead.number): lead for lead in found}
    new: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    altered = 0
    for customer_id, row in keyed:
        lead = known.get((customer_id, row.number))
        if lead is None:
            new.append(_lead_values(campaign_id, customer_id, row))
            continue
        different = lead.fields != dict(row.fields)
        if different:
            changes.append({"known_id": lead.id, "new_fields": dict(row.fields), "new_due_at": row.due_at})
        altered += different or customer_id in changed
    if new:
        connection.execute(insert(leads), new)
    if changes:
        connection.execute(_CHANGE_LEAD, changes)
    return len(new), altered


def _lead_values(campaign_id: int, customer_id: int, row: ListRow) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "customer_id": customer_id,
        "number": row.number,
        "status": _WAITING,
        "rank": RANK[row.customer_class],
        "due_at": row.due_at,
        "fields": dict(row.fields),
        "reason": "",
    }
