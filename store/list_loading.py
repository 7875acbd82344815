"""Loading a batch of list rows, set by set: few statements for many rows.

Knows customers, numbers, consents and leads. Must not know attempts, nor how a list is read. Everything
happens inside the caller's transaction. Where rows of one batch contradict each other the last one counts,
which makes loading the same batch twice change nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, bindparam, case, insert, select, update

from campaigns import ledger_notes
from campaigns.ledger import Note
from campaigns.lists import Known, LeftOut, ListRow, LoadCount, LoadTerms, Within
from campaigns.model import Consent, CustomerClass, LeadStatus, NumberKind, Purpose
from campaigns.ports import PLAIN
from campaigns.rules.persons import Kept, Person, person_of
from store import ledger
from store.bulk import insert_many
from store.many import is_one_of, values_of
from store.rows import RANK, AnyRow
from store.tables import consents, customers, leads, lists, numbers
from store.verdicts import judge_again

T = TypeVar("T")

# Below the 32,766 parameters that one statement may carry.
_CHUNK = 1_000

# Looked up once: an enum's ``value`` costs more than a dictionary's, a million times over.
_WAITING = LeadStatus.WAITING.value
_HELD = LeadStatus.HELD.value
_CLASS_NAMES = {each: each.value for each in CustomerClass}
_KIND_NAMES = {each: each.value for each in NumberKind}
_OTHER = NumberKind.OTHER.value

_PERSON_COLUMNS = (
    "name", "title", "language", "customer_class", "zones", "extras", "own_zone", "country", "region",
    "owner",
)  # fmt: skip
# The last four of them, after the id and the reference.
_FIRST_KEPT = 2 + _PERSON_COLUMNS.index("own_zone")
_NUMBER_COLUMNS = ("customer_id", "number", "position", "kind")
_LEAD_COLUMNS = (
    "campaign_id", "customer_id", "number", "status", "rank", "due_at", "fields", "reason", "list_id",
    "appointment_at",
)  # fmt: skip
_CONSENT_COLUMNS = (
    "customer_id", "number", "purpose", "given", "said_at", "evidence", "recorded_by", "recorded_at",
)  # fmt: skip

_KNOWN_PEOPLE = select(
    customers.c.id, customers.c.ref, *(customers.c[name] for name in _PERSON_COLUMNS)
).where(is_one_of(customers.c.ref, "refs"))
_IDS = select(customers.c.ref, customers.c.id).where(is_one_of(customers.c.ref, "refs"))
_CHANGE_PERSON = (
    update(customers)
    .where(customers.c.id == bindparam("known_id"))
    .values({name: bindparam(f"new_{name}", type_=customers.c[name].type) for name in _PERSON_COLUMNS})
)
_CHANGE_RANK = (
    update(leads).where(leads.c.customer_id == bindparam("known_id")).values(rank=bindparam("new_rank"))
)
_KNOWN_NUMBERS = (
    select(numbers.c.customer_id, numbers.c.number, numbers.c.kind)
    .where(is_one_of(numbers.c.customer_id, "customer_ids"))
    .order_by(numbers.c.customer_id, numbers.c.position)
)
_CHANGE_KIND = (
    update(numbers)
    .where(numbers.c.customer_id == bindparam("of_customer"), numbers.c.number == bindparam("of_number"))
    .values(kind=bindparam("new_kind"))
)
_HOLDERS = (
    select(numbers.c.number, numbers.c.customer_id, customers.c.ref)
    .join(customers, customers.c.id == numbers.c.customer_id)
    .where(is_one_of(numbers.c.number, "numbers"))
    .order_by(numbers.c.customer_id)
)
_KNOWN_LEADS = select(
    leads.c.id, leads.c.customer_id, leads.c.number, leads.c.fields, leads.c.list_id, leads.c.appointment_at
).where(
    leads.c.campaign_id == bindparam("of_campaign"),
    is_one_of(leads.c.customer_id, "customer_ids"),
)
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
_KNOWN_CONSENTS = (
    select(consents).where(is_one_of(consents.c.customer_id, "customer_ids")).order_by(consents.c.id)
)
_THEIR_LEADS = leads.c.customer_id.in_(bindparam("customer_ids", expanding=True))
_LIST = select(lists.c.id, lists.c.active).where(
    lists.c.campaign_id == bindparam("of_campaign"), lists.c.name == bindparam("list_name")
)
_ADD_LIST = insert(lists).returning(lists.c.id, lists.c.active)


@dataclass(slots=True)
class _Batch:
    """One chunk on its way in: rows by customer and number, and what is known about them already."""

    campaign_id: int
    list_id: int | None
    active: bool
    terms: LoadTerms
    rows: list[ListRow]
    last: Mapping[str, ListRow]  # the row that has the last word on each person
    known: dict[str, AnyRow] = field(default_factory=dict)  # customers, by reference
    numbers: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    leads: dict[tuple[int, str], AnyRow] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)

    def lead_of(self, row: ListRow) -> AnyRow | None:
        person = self.known.get(row.ref)
        return None if person is None else self.leads.get((person.id, row.number))


def load_rows(
    connection: Connection, campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms = PLAIN
) -> LoadCount:
    """Add or update what the rows say; every row is counted once, repeats of a lead as unchanged."""
    newest = {(row.ref, row.number): row for row in rows}
    list_id, active = _keep_list(connection, campaign_id, terms)
    total = LoadCount(0, 0, len(rows) - len(newest))
    left_out: list[LeftOut] = []
    last = {row.ref: row for row in rows}
    for chunk in _chunks(newest.values()):
        count = _load(connection, _Batch(campaign_id, list_id, active, terms, chunk, last))
        total = total.plus(count)
        left_out += count.left_out
    if list_id is not None and total.loaded + total.updated and not terms.dry_run:
        ledger.append(connection, ledger_notes.list_loaded(campaign_id, list_id, total, terms))
    return LoadCount(total.loaded, total.updated, total.unchanged, total.duplicate, tuple(left_out))


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk


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


def _load(connection: Connection, batch: _Batch) -> LoadCount:
    _look_up(connection, batch)
    left_out = _set_aside(connection, batch)
    duplicate = len(left_out) + _skip_known(batch)
    changes = _keep_people(connection, batch)
    if not batch.terms.dry_run:
        batch.ids = {ref: known.id for ref, known in batch.known.items()}
        new = values_of({row.ref for row in batch.rows}.difference(batch.ids))
        batch.ids |= {ref: customer_id for ref, customer_id in connection.execute(_IDS, {"refs": new})}  # noqa: C416
        _keep_numbers(connection, batch)
        changes |= _keep_consents(connection, batch)
    loaded, updated, different = _keep_leads(connection, batch, changes)
    if not batch.terms.dry_run:
        _judge_again(connection, batch, changes | different)
    unchanged = len(batch.rows) - loaded - updated
    return LoadCount(loaded, updated, unchanged, duplicate, tuple(left_out))


def _judge_again(connection: Connection, batch: _Batch, changed: set[str]) -> None:
    """Have the leads of those who are different now judged anew, over all campaigns."""
    ids = [batch.known[ref].id for ref in changed if ref in batch.known]
    if ids:
        values = {"customer_ids": ids}
        judge_again(
            connection, _THEIR_LEADS, f"changed by a list of {batch.terms.by}", batch.terms.at, values
        )


def _look_up(connection: Connection, batch: _Batch) -> None:
    """Fetch what is known about the batch's people, their numbers and their leads in this campaign."""
    refs = values_of({row.ref for row in batch.rows})
    batch.known = {row.ref: row for row in connection.execute(_KNOWN_PEOPLE, {"refs": refs})}
    if not batch.known:
        return
    batch.numbers = {row.id: [] for row in batch.known.values()}
    ids = values_of(batch.numbers)
    for customer_id, number, kind in connection.execute(_KNOWN_NUMBERS, {"customer_ids": ids}):
        batch.numbers[customer_id].append((number, kind))
    found = connection.execute(_KNOWN_LEADS, {"of_campaign": batch.campaign_id, "customer_ids": ids})
    batch.leads = {(lead.customer_id, lead.number): lead for lead in found}


def _set_aside(connection: Connection, batch: _Batch) -> list[LeftOut]:
    """Take out of the batch every row whose number is another customer's, where the terms say so."""
    if batch.terms.known is Known.ALLOW:
        return []
    # A lead that is there already stays, whoever else has come to share its number.
    new = [row for row in batch.rows if batch.lead_of(row) is None]
    holders = _holders(connection, batch, new)
    first: dict[str, str] = {row.number: row.ref for row in reversed(batch.rows)}
    left_out = []
    for row in new:
        owner = next((ref for ref in holders.get(row.number, ()) if ref != row.ref), first[row.number])
        if owner != row.ref:
            left_out.append(LeftOut(row.row, row.ref, row.number, owner))
    if left_out:
        aside = {(out.ref, out.number) for out in left_out}
        batch.rows = [row for row in batch.rows if (row.ref, row.number) not in aside]
    return left_out


def _holders(connection: Connection, batch: _Batch, rows: Sequence[ListRow]) -> Mapping[str, Sequence[str]]:
    """Return the references of the customers who have a number of these rows, as far as the terms look."""
    if batch.terms.within is Within.FILE or not rows:
        return {}
    found = connection.execute(_HOLDERS, {"numbers": values_of(row.number for row in rows)}).all()
    if found and batch.terms.within is not Within.BOOK:
        ids = values_of({holder.customer_id for holder in found})
        called = {
            (lead.customer_id, lead.number)
            for lead in connection.execute(
                _KNOWN_LEADS, {"of_campaign": batch.campaign_id, "customer_ids": ids}
            )
            if batch.terms.within is Within.CAMPAIGN or lead.list_id == batch.list_id
        }
        found = [holder for holder in found if (holder.customer_id, holder.number) in called]
    holders: dict[str, list[str]] = {}
    for holder in found:
        holders.setdefault(holder.number, []).append(holder.ref)
    return holders


def _skip_known(batch: _Batch) -> int:
    """Take out of the batch whoever is there already, if the terms say so; returns how many rows."""
    terms = batch.terms
    if terms.known is not Known.SKIP or terms.within is Within.FILE:
        return 0
    before = len(batch.rows)
    if terms.within is Within.BOOK:
        batch.rows = [row for row in batch.rows if row.ref not in batch.known]
    else:
        everywhere = terms.within is Within.CAMPAIGN
        batch.rows = [
            row
            for row in batch.rows
            if (lead := batch.lead_of(row)) is None or not (everywhere or lead.list_id == batch.list_id)
        ]
    return before - len(batch.rows)


def _keep_people(connection: Connection, batch: _Batch) -> set[str]:
    """Add who is new and change who is different; returns the references of those changed."""
    new: list[tuple[Any, ...]] = []
    changes: list[dict[str, Any]] = []
    ranks: list[dict[str, int]] = []
    changed = set()
    told = _numbers_told(batch.rows)
    for ref in told:
        row = batch.last[ref]
        kept = batch.known.get(ref)
        if kept is None:
            new.append((row.ref, *_values(person_of(row, told[row.ref]))))
            continue
        known = [*told[row.ref], *(number for number, _ in batch.numbers[kept.id])]
        person = _values(person_of(row, known, Kept(*kept[_FIRST_KEPT:])))
        if person != tuple(kept[2:]):
            changed.add(row.ref)
            named = zip(_PERSON_COLUMNS, person, strict=True)
            changes.append({"known_id": kept.id, **{f"new_{name}": value for name, value in named}})
            if kept.customer_class != _CLASS_NAMES[row.customer_class]:
                ranks.append({"known_id": kept.id, "new_rank": RANK[row.customer_class]})
    if batch.terms.dry_run:
        return changed
    insert_many(connection, customers, ("ref", *_PERSON_COLUMNS), new)
    if changes:
        connection.execute(_CHANGE_PERSON, changes)
    if ranks:
        connection.execute(_CHANGE_RANK, ranks)
    return changed


def _numbers_told(rows: Sequence[ListRow]) -> Mapping[str, Sequence[str]]:
    """Return the numbers that the rows themselves give each customer."""
    told: dict[str, list[str]] = {}
    for row in rows:
        told.setdefault(row.ref, []).append(row.number)
    return told


def _values(person: Person) -> tuple[Any, ...]:
    """Return a person's columns in the order of ``_PERSON_COLUMNS``."""
    return (
        person.name,
        person.title,
        person.language,
        _CLASS_NAMES[person.customer_class],
        list(person.zones),
        dict(person.extras),
        person.own_zone,
        person.country,
        person.region,
        person.owner,
    )


def _keep_numbers(connection: Connection, batch: _Batch) -> None:
    """Append numbers a customer was not known by, and correct what sort of telephone they ring."""
    new: list[tuple[Any, ...]] = []
    kinds: list[dict[str, Any]] = []
    for row in batch.rows:
        customer_id = batch.ids[row.ref]
        kept = batch.numbers.get(customer_id)
        if kept is None:
            kept = batch.numbers[customer_id] = []
            if not row.others:  # nearly always somebody new with one number
                new.append((customer_id, row.number, 0, _KIND_NAMES[row.kind]))
                kept.append((row.number, _KIND_NAMES[row.kind]))
                continue
        known = dict(kept)
        for number, kind in ((row.number, row.kind), *row.others):
            if number not in known:
                new.append((customer_id, number, len(kept), _KIND_NAMES[kind]))
                kept.append((number, _KIND_NAMES[kind]))
                known[number] = _KIND_NAMES[kind]
            elif _KIND_NAMES[kind] not in (_OTHER, known[number]):
                kinds.append({"of_customer": customer_id, "of_number": number, "new_kind": kind.value})
    insert_many(connection, numbers, _NUMBER_COLUMNS, new)
    if kinds:
        connection.execute(_CHANGE_KIND, kinds)


def _keep_consents(connection: Connection, batch: _Batch) -> set[str]:
    """Add what the rows say about consent, unless the newest word was the same; returns whose is new."""
    told = [row for row in batch.rows if row.consent is not None]
    if not told:
        return set()
    known_ids = [row.id for row in batch.known.values()]
    newest: dict[tuple[int, str, str], AnyRow] = {}
    if known_ids:
        for kept in connection.execute(_KNOWN_CONSENTS, {"customer_ids": values_of(known_ids)}):
            newest[kept.customer_id, kept.number, kept.purpose] = kept
    new, changed = [], set()
    for row in told:
        said = row.consent
        assert said is not None
        customer_id = batch.ids[row.ref]
        word = (said.given, said.at, said.evidence)
        before = newest.get((customer_id, row.number, said.purpose.value))
        if before is None or (before.given, before.said_at, before.evidence) != word:
            new.append((customer_id, row.number, said.purpose.value, *word, batch.terms.by, batch.terms.at))
            changed.add(row.ref)
    insert_many(connection, consents, _CONSENT_COLUMNS, new)
    ledger.append(connection, *map(_consent_note, new))
    return changed


def _consent_note(row: tuple[Any, ...]) -> Note:
    customer_id, number, purpose, given, said_at, evidence, by, _ = row
    said = Consent(Purpose(purpose), given, said_at, evidence)
    return ledger_notes.consent_said(customer_id, number, said, by)


def _keep_leads(connection: Connection, batch: _Batch, changed: set[str]) -> tuple[int, int, set[str]]:
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
        if changes:
            connection.execute(_CHANGE_LEAD, changes)
    return loaded, altered, whose


def _lead(batch: _Batch, row: ListRow) -> tuple[Any, ...]:
    return (
        batch.campaign_id,
        batch.ids[row.ref],
        row.number,
        _WAITING if batch.active else _HELD,
        RANK[row.customer_class],
        row.due_at,
        dict(row.fields),
        "",
        batch.list_id,
        row.appointment_at,
    )
