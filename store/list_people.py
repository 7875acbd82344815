"""What a batch of list rows says of its customers: who they are, their numbers, their consents.

Knows how each is added and changed, set by set. Must not know leads but for their rank, nor who is looked up.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from campaigns import ledger_notes, sharing
from campaigns.ledger import Note
from campaigns.lists import ListRow
from campaigns.model import Consent, CustomerClass, NumberKind, Purpose
from campaigns.rules.persons import Kept, Person, person_of
from store import ledger
from store.bulk import insert_many
from store.list_batch import PERSON_COLUMNS, Batch
from store.many import is_one_of, values_of
from store.rows import RANK, AnyRow
from store.tables import consents, contact_notes, customers, former_names, leads, numbers
from store.writing import insert_many_new

# Looked up once: an enum's ``value`` costs more than a dictionary's, a million times over.
_CLASS_NAMES = {each: each.value for each in CustomerClass}
_KIND_NAMES = {each: each.value for each in NumberKind}
_OTHER = NumberKind.OTHER.value

_CLASSES = {each.value: each for each in CustomerClass}
_NUMBER_COLUMNS = ("customer_id", "number", "position", "kind")
_CONSENT_COLUMNS = (
    "customer_id", "number", "purpose", "given", "said_at", "evidence", "recorded_by", "recorded_at",
)  # fmt: skip

_FORMER_COLUMNS = ("customer_id", "name")

_CHANGE_PERSON = (
    update(customers)
    .where(customers.c.id == bindparam("known_id"))
    .values({name: bindparam(f"new_{name}", type_=customers.c[name].type) for name in PERSON_COLUMNS})
)
_CHANGE_REF = (
    update(customers).where(customers.c.id == bindparam("known_id")).values(ref=bindparam("new_ref"))
)
_CHANGE_RANK = (
    update(leads).where(leads.c.customer_id == bindparam("known_id")).values(rank=bindparam("new_rank"))
)
_CHANGE_KIND = (
    update(numbers)
    .where(numbers.c.customer_id == bindparam("of_customer"), numbers.c.number == bindparam("of_number"))
    .values(kind=bindparam("new_kind"))
)
_KNOWN_CONSENTS = (
    select(consents).where(is_one_of(consents.c.customer_id, "customer_ids")).order_by(consents.c.id)
)


def keep_references(connection: Connection, batch: Batch, renamed: Mapping[str, str]) -> None:
    """Give whoever gave up a reference the one that took its place, as ``sharing.Sifted`` has them."""
    if batch.terms.dry_run or not renamed:
        return
    terms, changes, notes, entries = batch.terms, [], [], []
    for was, ref in renamed.items():
        customer_id = batch.known[ref].id
        changes.append({"known_id": customer_id, "new_ref": ref})
        note = sharing.renamed_note(ref, was, terms)
        said = {"kind": note.kind.value, "note": note.note, "written_by": note.by, "written_at": note.at}
        notes.append({"customer_id": customer_id, **said})
        where = (batch.campaign_id, batch.list_id, terms.by)
        entries.append(ledger_notes.reference_changed(customer_id, was, ref, *where))
    connection.execute(_CHANGE_REF, changes)
    connection.execute(insert(contact_notes), notes)
    former = [(batch.known[ref].id, was) for was, ref in renamed.items()]
    insert_many_new(connection, former_names, _FORMER_COLUMNS, former)
    ledger.append(connection, *entries)


def keep_people(connection: Connection, batch: Batch) -> set[str]:
    """Add who is new and change who is different; returns the references of those changed."""
    new: list[tuple[Any, ...]] = []
    changes: list[dict[str, Any]] = []
    ranks: list[dict[str, int]] = []
    former: list[tuple[int, str]] = []
    changed = set()
    told = _numbers_told(batch.rows)
    for ref in told:
        row = batch.last[ref]
        kept = batch.known.get(ref)
        if kept is None:
            person = person_of(row, told[row.ref])
            batch.classes[ref] = person.customer_class
            new.append((row.ref, *_values(person)))
            continue
        known = [*told[row.ref], *(number for number, _ in batch.numbers[kept.id])]
        person = person_of(row, known, _kept(kept))
        batch.classes[ref] = person.customer_class
        values = _values(person)
        if values != tuple(kept[2:-1]):  # without id, reference and whether a list has him
            changed.add(row.ref)
            if kept.name not in ("", person.name):
                former.append((kept.id, kept.name))
            named = zip(PERSON_COLUMNS, values, strict=True)
            changes.append({"known_id": kept.id, **{f"new_{name}": value for name, value in named}})
            if kept.customer_class != _CLASS_NAMES[person.customer_class]:
                ranks.append({"known_id": kept.id, "new_rank": RANK[person.customer_class]})
    if batch.terms.dry_run:
        return changed
    insert_many(connection, customers, ("ref", *PERSON_COLUMNS), new)
    if changes:
        connection.execute(_CHANGE_PERSON, changes)
    if ranks:
        connection.execute(_CHANGE_RANK, ranks)
    insert_many_new(connection, former_names, _FORMER_COLUMNS, former)
    return changed


def _numbers_told(rows: Sequence[ListRow]) -> Mapping[str, Sequence[str]]:
    """Return the numbers that the rows themselves give each customer."""
    told: dict[str, list[str]] = {}
    for row in rows:
        told.setdefault(row.ref, []).append(row.number)
    return told


def _kept(row: AnyRow) -> Kept:
    """Return that of a known customer which stays where a row is silent."""
    return Kept(
        row.name,
        row.title,
        row.language,
        _CLASSES[row.customer_class],
        row.extras,
        row.own_zone,
        row.country,
        row.region,
        row.owner,
    )


def _values(person: Person) -> tuple[Any, ...]:
    """Return a person's columns in the order of ``PERSON_COLUMNS``."""
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


def keep_numbers(connection: Connection, batch: Batch) -> None:
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


def keep_consents(connection: Connection, batch: Batch) -> set[str]:
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
