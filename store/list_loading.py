"""Loading a batch of list rows, set by set: few statements for many rows.

Knows the order of work, lists and leads. Must not know attempts, nor how a list is read. Everything
happens inside the caller's transaction. Where rows of one batch contradict each other the last one counts,
which makes loading the same batch twice change nothing.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, insert, select, update

from campaigns import ledger_notes
from campaigns.lists import LeftOut, ListRow, LoadCount, LoadTerms
from campaigns.model import LeadStatus
from campaigns.ports import PLAIN
from store import erase_wishes, ledger
from store.bulk import insert_many
from store.list_batch import Batch, look_up, set_aside, skip_known
from store.list_people import keep_consents, keep_numbers, keep_people, keep_references
from store.many import chunks, is_one_of, values_of
from store.parking import park
from store.rows import RANK
from store.tables import customers, leads, lists
from store.verdicts import judge_again

# Looked up once: an enum's ``value`` costs more than a dictionary's, a million times over.
_WAITING = LeadStatus.WAITING.value
_HELD = LeadStatus.HELD.value

_LEAD_COLUMNS = (
    "campaign_id", "customer_id", "number", "status", "rank", "due_at", "fields", "reason", "list_id",
    "appointment_at",
)  # fmt: skip

_IDS = select(customers.c.ref, customers.c.id).where(is_one_of(customers.c.ref, "refs"))
# A new service date moves a lead that was never tried; afterwards the retry rules own the due time.
_CHANGE_LEAD = (
    update(leads)
    .where(leads.c.id == bindparam("known_id"))
    .values(
        fields=bindparam("new_fields"),
        appointment_at=bindparam("new_appointment_at", type_=leads.c.appointment_at.type),
        due_at=case(
            (
                and_(leads.c.status.in_((_WAITING, _HELD)), leads.c.last_at.is_(None)),
                bindparam("new_due_at", type_=leads.c.due_at.type),
            ),
            else_=leads.c.due_at,
        ),
    )
)
_THEIR_LEADS = leads.c.customer_id.in_(bindparam("customer_ids", expanding=True))
_LIST = select(lists.c.id, lists.c.active).where(
    lists.c.campaign_id == bindparam("of_campaign"), lists.c.name == bindparam("list_name")
)
_ADD_LIST = insert(lists).returning(lists.c.id, lists.c.active)


def load_rows(
    connection: Connection, campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms = PLAIN
) -> LoadCount:
    """Add or update what the rows say; every row is counted once, repeats of a lead as unchanged."""
    newest = {(row.ref, row.number): row for row in rows}
    list_id, active = _keep_list(connection, campaign_id, terms)
    total = LoadCount(0, 0, len(rows) - len(newest))
    left_out: list[LeftOut] = []
    last = {row.ref: row for row in rows}
    for chunk in chunks(list(newest.values())):
        count = _load(connection, Batch(campaign_id, list_id, active, terms, chunk, last))
        total = total.plus(count)
        left_out += count.left_out
    if list_id is not None and total.loaded + total.updated and not terms.dry_run:
        ledger.append(connection, ledger_notes.list_loaded(campaign_id, list_id, total, terms))
    return LoadCount(total.loaded, total.updated, total.unchanged, total.duplicate, tuple(left_out))


def _keep_list(connection: Connection, campaign_id: int, terms: LoadTerms) -> tuple[int | None, bool]:
    """Return the list's id and whether it is on; a dry run makes no list, and None stands for a new one."""
    found = connection.execute(
        _LIST, {"of_campaign": campaign_id, "list_name": terms.list_name}
    ).one_or_none()
    if found is None and not terms.dry_run:
        new = {
            "campaign_id": campaign_id,
            "name": terms.list_name,
            "active": True,
            "created_by": terms.by,
            "created_at": terms.at,
        }
        found = connection.execute(_ADD_LIST, new).one()
    return (None, True) if found is None else (found.id, found.active)


def _load(connection: Connection, batch: Batch) -> LoadCount:
    look_up(connection, batch)
    sifted = set_aside(connection, batch)
    duplicate = sum(not out.further for out in sifted.left_out) + skip_known(batch)
    keep_references(connection, batch, sifted.renamed)
    changes, spoken = keep_people(connection, batch), set[str]()
    if not batch.terms.dry_run:
        batch.ids = {ref: known.id for ref, known in batch.known.items()}
        new = values_of({row.ref for row in batch.rows}.difference(batch.ids))
        batch.ids |= {ref: customer_id for ref, customer_id in connection.execute(_IDS, {"refs": new})}  # noqa: C416
        keep_numbers(connection, batch)
        spoken = keep_consents(connection, batch)
        changes |= spoken
    loaded, updated, different = _keep_leads(connection, batch, changes)
    if not batch.terms.dry_run:
        _judge_again(connection, batch, changes | different, spoken)
    unchanged = len(batch.rows) - loaded - updated
    return LoadCount(loaded, updated, unchanged, duplicate, tuple(sifted.left_out))


def _judge_again(connection: Connection, batch: Batch, changed: set[str], spoken: set[str]) -> None:
    """Have the leads of those who are different now judged anew, over all campaigns.

    Whoever must not be called whatever the moment stays parked, or is so now that he said it (``spoken``).
    """
    cause, at = f"changed by a list of {batch.terms.by}", batch.terms.at
    if ids := _ids_of(batch, changed):
        judge_again(connection, _THEIR_LEADS, cause, at, {"customer_ids": ids})
        park(connection, and_(_THEIR_LEADS, leads.c.reason == cause), at, {"customer_ids": ids})
    if ids := _ids_of(batch, spoken):
        park(connection, _THEIR_LEADS, at, {"customer_ids": ids})


def _ids_of(batch: Batch, refs: set[str]) -> list[int]:
    """Return the ids of those who were known before."""
    return [batch.known[ref].id for ref in refs if ref in batch.known]


def _keep_leads(connection: Connection, batch: Batch, changed: set[str]) -> tuple[int, int, set[str]]:
    """Add new leads and change different ones; returns how many were added, how many altered, and whose."""
    new: list[tuple[Any, ...]] = []
    changes: list[dict[str, Any]] = []
    loaded = altered = 0
    whose = set()
    for row in batch.rows:
        lead = batch.lead_of(row)
        if lead is None:
            loaded += 1
            if not batch.terms.dry_run:
                new.append(_lead(batch, row))
            continue
        appointment_at = row.appointment_at or lead.appointment_at
        different = lead.fields != dict(row.fields) or lead.appointment_at != appointment_at
        if different:
            whose.add(row.ref)
            changes.append(
                {
                    "known_id": lead.id,
                    "new_fields": dict(row.fields),
                    "new_due_at": row.due_at,
                    "new_appointment_at": appointment_at,
                }
            )
        altered += different or row.ref in changed
    if not batch.terms.dry_run:
        insert_many(connection, leads, _LEAD_COLUMNS, new)
        if ids := _ids_of(batch, {row.ref for row in batch.rows}):
            erase_wishes.close(connection, _THEIR_LEADS, {"customer_ids": ids})
        if changes:
            connection.execute(_CHANGE_LEAD, changes)
    return loaded, altered, whose


def _lead(batch: Batch, row: ListRow) -> tuple[Any, ...]:
    return (
        batch.campaign_id,
        batch.ids[row.ref],
        row.number,
        _WAITING if batch.active else _HELD,
        RANK[batch.classes[row.ref]],
        row.due_at,
        dict(row.fields),
        "",
        batch.list_id,
        row.appointment_at,
    )
