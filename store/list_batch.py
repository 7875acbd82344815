"""One batch of list rows on its way in: what is known about its people, and which rows are left out.

Knows the look-ups, a handful for many rows, and the terms of loading. Must not know how anything is written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, bindparam, exists, select

from campaigns import sharing
from campaigns.lists import Known, ListRow, LoadTerms, Within
from campaigns.model import CustomerClass
from store.many import is_one_of, values_of
from store.rows import AnyRow
from store.tables import customers, leads, numbers

PERSON_COLUMNS = (
    "name", "title", "language", "customer_class", "zones", "extras", "own_zone", "country", "region",
    "owner",
)  # fmt: skip
"""What a list may say of a customer, beside his reference."""

# Entered by hand, and in no list. Erasing somebody takes ``made_at`` away with the rest.
_UNLISTED = and_(
    customers.c.made_at.is_not(None),
    ~exists().where(leads.c.customer_id == customers.c.id),
).label("unlisted")
_KNOWN_PEOPLE = select(
    customers.c.id, customers.c.ref, *(customers.c[name] for name in PERSON_COLUMNS), _UNLISTED
).where(is_one_of(customers.c.ref, "refs"))
_KNOWN_NUMBERS = (
    select(numbers.c.customer_id, numbers.c.number, numbers.c.kind)
    .where(is_one_of(numbers.c.customer_id, "customer_ids"))
    .order_by(numbers.c.customer_id, numbers.c.position)
)
_HOLDERS = (
    select(numbers.c.number, numbers.c.customer_id, customers.c.ref, _UNLISTED)
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


@dataclass(slots=True)
class Batch:
    """One chunk on its way in: rows by customer and number, and what is known about them already."""

    campaign_id: int
    list_id: int | None
    active: bool
    terms: LoadTerms
    rows: Sequence[ListRow]
    last: Mapping[str, ListRow]  # the row that has the last word on each person
    known: dict[str, AnyRow] = field(default_factory=dict)  # customers, by reference
    numbers: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    leads: dict[tuple[int, str], AnyRow] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    classes: dict[str, CustomerClass] = field(default_factory=dict)  # what the rows leave each person in

    def is_there(self, row: ListRow) -> bool:
        """Say whether the lead that a row is about is in the campaign."""
        return self.lead_of(row) is not None

    def is_known(self, ref: str) -> bool:
        """Say whether a customer has this reference."""
        return ref in self.known

    def is_told(self, ref: str) -> bool:
        """Say whether a row is about this reference, in this batch or in one that is loaded with it."""
        return ref in self.last

    def lead_of(self, row: ListRow) -> AnyRow | None:
        """Return the lead that a row is about, if there is one."""
        person = self.known.get(row.ref)
        return None if person is None else self.leads.get((person.id, row.number))

    def numbers_of(self, ref: str) -> Collection[str]:
        """Return the numbers that a customer is known by."""
        person = self.known.get(ref)
        return () if person is None else [number for number, _ in self.numbers[person.id]]


def look_up(connection: Connection, batch: Batch) -> None:
    """Fetch what is known about the batch's people, their numbers and their leads in this campaign."""
    batch.known = _people(connection, batch, {row.ref for row in batch.rows})
    if not batch.known:
        return
    whose = {"of_campaign": batch.campaign_id, "customer_ids": values_of(batch.numbers)}
    batch.leads = {(lead.customer_id, lead.number): lead for lead in connection.execute(_KNOWN_LEADS, whose)}


def _people(connection: Connection, batch: Batch, refs: Collection[str]) -> dict[str, AnyRow]:
    """Return the customers with these references; the batch has their numbers from here on."""
    found = {row.ref: row for row in connection.execute(_KNOWN_PEOPLE, {"refs": values_of(refs)})}
    if found:
        theirs: dict[int, list[tuple[str, str]]] = {row.id: [] for row in found.values()}
        for customer_id, number, kind in connection.execute(
            _KNOWN_NUMBERS, {"customer_ids": values_of(theirs)}
        ):
            theirs[customer_id].append((number, kind))
        batch.numbers |= theirs
    return found


def set_aside(connection: Connection, batch: Batch) -> sharing.Sifted:
    """Take out of the batch every number that is another customer's, where the terms say so.

    Whoever's reference gives way to one of the batch's is known by that one from here on.
    """
    numbers_ = sharing.asked_about(batch.rows, batch.terms, batch)
    holders = _holders(connection, batch, numbers_) if numbers_ else {}
    sifted = sharing.set_aside(batch.rows, batch.terms, batch, holders)
    batch.rows = sifted.rows
    if sifted.renamed:
        for was, person in _people(connection, batch, sifted.renamed).items():
            batch.known[sifted.renamed[was]] = person
    return sifted


def _holders(connection: Connection, batch: Batch, numbers_: Collection[str]) -> sharing.Holders:
    """Return who has one of these numbers, and as far as which of them the terms look."""
    found = connection.execute(_HOLDERS, {"numbers": values_of(numbers_)}).all()
    counting = _counting(connection, batch, {holder.customer_id for holder in found})
    holders: dict[str, list[sharing.Holder]] = {}
    for number, customer_id, ref, unlisted in found:
        holder = sharing.Holder(ref, customer_id in counting, unlisted)
        holders.setdefault(number, []).append(holder)
    return holders


def _counting(connection: Connection, batch: Batch, ids: set[int]) -> set[int]:
    """Return those of the customers, by id, as far as whom the terms look."""
    within = batch.terms.within
    if within is Within.FILE or not ids:
        return set()
    if within is Within.BOOK:
        return ids
    found = connection.execute(
        _KNOWN_LEADS, {"of_campaign": batch.campaign_id, "customer_ids": values_of(ids)}
    )
    everywhere = within is Within.CAMPAIGN
    return {lead.customer_id for lead in found if everywhere or lead.list_id == batch.list_id}


def skip_known(batch: Batch) -> int:
    """Take out of the batch whoever is there already, if the terms say so; returns how many rows."""
    if batch.terms.known is not Known.SKIP:
        return 0
    before = len(batch.rows)
    batch.rows = [row for row in batch.rows if not _is_there_already(batch, row)]
    return before - len(batch.rows)


def _is_there_already(batch: Batch, row: ListRow) -> bool:
    """Say whether a row's customer or lead is there, as far as the terms look; who is unlisted always is."""
    known, within = batch.known.get(row.ref), batch.terms.within
    if known is None or known.unlisted or within is Within.BOOK:
        return known is not None
    if within is Within.FILE or (lead := batch.lead_of(row)) is None:
        return False
    return within is Within.CAMPAIGN or lead.list_id == batch.list_id
