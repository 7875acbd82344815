"""One batch of list rows on its way in: what is known about its people, and which rows are left out.

Knows the look-ups, a handful for many rows, and the terms of loading. Must not know how anything is written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select

from campaigns import sharing
from campaigns.lists import Known, LeftOut, ListRow, LoadTerms, Within
from campaigns.model import CustomerClass
from store.many import is_one_of, values_of
from store.rows import AnyRow
from store.tables import customers, leads, numbers

PERSON_COLUMNS = (
    "name", "title", "language", "customer_class", "zones", "extras", "own_zone", "country", "region",
    "owner",
)  # fmt: skip
"""What a list may say of a customer, beside his reference."""

_KNOWN_PEOPLE = select(
    customers.c.id, customers.c.ref, *(customers.c[name] for name in PERSON_COLUMNS)
).where(is_one_of(customers.c.ref, "refs"))
_KNOWN_NUMBERS = (
    select(numbers.c.customer_id, numbers.c.number, numbers.c.kind)
    .where(is_one_of(numbers.c.customer_id, "customer_ids"))
    .order_by(numbers.c.customer_id, numbers.c.position)
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


def set_aside(connection: Connection, batch: Batch) -> list[LeftOut]:
    """Take out of the batch every number that is another customer's, where the terms say so."""

    def is_there(row: ListRow) -> bool:
        return batch.lead_of(row) is not None

    numbers_ = sharing.asked_about(batch.rows, batch.terms, is_there, batch.numbers_of)
    holders = _holders(connection, batch, numbers_)
    batch.rows, left_out = sharing.set_aside(batch.rows, batch.terms, is_there, batch.numbers_of, holders)
    return left_out


def _holders(connection: Connection, batch: Batch, numbers_: Collection[str]) -> sharing.Holders:
    """Return the references of the customers who have one of these numbers, as far as the terms look."""
    if batch.terms.within is Within.FILE or not numbers_:
        return {}
    found = connection.execute(_HOLDERS, {"numbers": values_of(numbers_)}).all()
    if found and batch.terms.within is not Within.BOOK:
        ids = values_of({holder.customer_id for holder in found})
        called = {
            lead.customer_id
            for lead in connection.execute(
                _KNOWN_LEADS, {"of_campaign": batch.campaign_id, "customer_ids": ids}
            )
            if batch.terms.within is Within.CAMPAIGN or lead.list_id == batch.list_id
        }
        found = [holder for holder in found if holder.customer_id in called]
    holders: dict[str, list[str]] = {}
    for holder in found:
        holders.setdefault(holder.number, []).append(holder.ref)
    return holders


def skip_known(batch: Batch) -> int:
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
