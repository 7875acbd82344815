"""Customer files at rest: ``campaigns.books.PersonBook`` over SQL, and ``OwnerBook`` with it.

Knows the statements behind that port. Must not know calls being made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, exists, insert, or_, select, update

from campaigns.correcting import Correction
from campaigns.errors import NotFound
from campaigns.finding import Found, Sought
from campaigns.ledger import SYSTEM
from campaigns.model import Consent, CreditKind, Customer, CustomerClass, LeadStatus, Purpose
from campaigns.people import (
    BarredNumber,
    ContactNote,
    Credit,
    CustomerFile,
    Entry,
    EraseWish,
    FiledLead,
    HotlineCall,
    NoteKind,
    NumberConsent,
)
from campaigns.suppression import SuppressionKind
from store import consent_words, correcting, erase_wishes, erasing, finding, ledger, newcomers
from store.hotline_calls import hotline_calls
from store.owner_book import SqlOwnerBook
from store.parking import park
from store.people import customer_by_id, customers_by_id
from store.rows import RANK, AnyRow, verdict_of
from store.tables import (
    campaigns,
    contact_notes,
    credit_notes,
    customers,
    former_names,
    leads,
    lists,
    numbers,
    removed_numbers,
    suppressed_numbers,
    suppression_lists,
)
from store.verdicts import judge_again

_WHO = bindparam("of_customer", type_=customers.c.id.type)
_NOTES = select(contact_notes).where(contact_notes.c.customer_id == _WHO).order_by(contact_notes.c.id)
_CREDITS = select(credit_notes).where(credit_notes.c.customer_id == _WHO).order_by(credit_notes.c.id)
_HELD_BY = (
    select(suppressed_numbers, suppression_lists)
    .join(suppression_lists, suppression_lists.c.id == suppressed_numbers.c.list_id)
    .join(numbers, numbers.c.number == suppressed_numbers.c.number)
    .where(numbers.c.customer_id == _WHO)
    .order_by(suppression_lists.c.id, numbers.c.position)
)
_BEGINNING_AND_END = select(
    customers.c.made_by, customers.c.made_at, customers.c.erasing_asked_at, customers.c.erased_at
).where(customers.c.id == _WHO)
_LEADS = (
    select(leads, campaigns.c.name.label("campaign"), lists.c.name.label("list_name"))
    .join(campaigns, campaigns.c.id == leads.c.campaign_id)
    .outerjoin(lists, lists.c.id == leads.c.list_id)
    .where(leads.c.customer_id == _WHO)
    .order_by(leads.c.id)
)
_FIND = (
    select(customers.c.id)
    .where(
        or_(
            customers.c.ref == bindparam("of_ref"),
            customers.c.id.in_(
                select(numbers.c.customer_id).where(numbers.c.number == bindparam("of_number"))
            ),
        )
    )
    .order_by(customers.c.id)
    .limit(bindparam("at_most"))
)
_HAS_NUMBER = select(numbers.c.position).where(
    numbers.c.customer_id == _WHO, numbers.c.number == bindparam("of_number")
)
_REMOVED = (
    select(removed_numbers.c.number)
    .where(
        removed_numbers.c.customer_id == _WHO,
        ~exists().where(numbers.c.customer_id == _WHO, numbers.c.number == removed_numbers.c.number),
    )
    .order_by(removed_numbers.c.number)
)
_FORMER = select(former_names.c.name).where(former_names.c.customer_id == _WHO)
_HIS_LEADS = leads.c.customer_id == _WHO
_SET_CLASS = update(customers).where(customers.c.id == _WHO)
_SET_RANK = update(leads).where(leads.c.customer_id == _WHO)
_KEEP = update(contact_notes).where(
    contact_notes.c.id == bindparam("of_note"), contact_notes.c.kind == NoteKind.PROMISE.value
)


class SqlPersonBook(SqlOwnerBook):
    """``PersonBook`` and ``OwnerBook`` over one database; its faults come out as ``StoreError``."""

    async def customer_file(self, customer_id: int) -> CustomerFile:
        """Return everything known about a customer but the history of calls; raises ``NotFound``."""
        return await self._database.read(lambda connection: _file(connection, customer_id))

    async def add_customer(self, new: Customer, entry: Entry) -> Customer:
        """Enter somebody by hand, with the call he came by; see ``PersonBook`` for what it raises."""
        return await self._database.write(lambda connection: newcomers.add(connection, new, entry))

    async def correct(self, customer_id: int, correction: Correction) -> Customer:
        """Correct somebody's file by hand; see ``PersonBook`` for what it raises."""
        return await self._database.write(
            lambda connection: correcting.correct(connection, customer_id, correction)
        )

    async def know_caller(self, call_id: str, customer_id: int, by: str) -> None:
        """Say whose call to the hotline it was; see ``PersonBook`` for what it raises."""
        await self._database.write(
            lambda connection: newcomers.know_caller(connection, call_id, customer_id, by)
        )

    async def hotline_calls(self, customer_id: int) -> Sequence[HotlineCall]:
        """Return a customer's calls to the hotline, newest first."""
        return await self._database.read(lambda connection: hotline_calls(connection, customer_id))

    async def find_customers(self, ref: str, number: str, limit: int) -> Sequence[Customer]:
        """Return the customers with this reference or this number; empty texts match nobody."""

        def query(connection: Connection) -> Sequence[Customer]:
            values = {"of_ref": ref or None, "of_number": number or None, "at_most": limit}
            ids = connection.scalars(_FIND, values).all()
            people = customers_by_id(connection, ids)
            return [people[customer_id] for customer_id in ids]

        return await self._database.read(query)

    async def search(self, sought: Sought, limit: int) -> Found:
        """Return the first customers who are sought, by id; see ``PersonBook``."""
        return await self._database.read_long(lambda connection: finding.search(connection, sought, limit))

    async def record_consent(
        self, customer_id: int, number: str, consent: Consent, by: str, at: datetime
    ) -> None:
        """Append a word about calls to a number; raises ``NotFound`` for a number that is not his."""

        def unit(connection: Connection) -> None:
            who = {"of_customer": customer_id, "of_number": number}
            if connection.execute(_HAS_NUMBER, who).one_or_none() is None:
                raise NotFound(f"no customer {customer_id} with the number {number}")
            consent_words.write_down(connection, customer_id, NumberConsent(number, consent, by, at))
            word = "consent" if consent.given else "refusal"
            his = {"of_customer": customer_id}
            judge_again(connection, _HIS_LEADS, f"{word} recorded by {by}", at, his)
            park(connection, _HIS_LEADS, at, his)

        await self._database.write(unit)

    async def set_class(self, customer_id: int, customer_class: CustomerClass) -> None:
        """Rank a customer anew, with all his leads; raises ``NotFound``."""

        def unit(connection: Connection) -> None:
            who = {"of_customer": customer_id}
            changed = connection.execute(_SET_CLASS.values(customer_class=customer_class.value), who)
            if changed.rowcount == 0:
                raise NotFound(f"no customer {customer_id}")
            connection.execute(_SET_RANK.values(rank=RANK[customer_class]), who)

        await self._database.write(unit)

    async def add_note(self, customer_id: int, note: ContactNote) -> ContactNote:
        """Append a note or a promise; raises ``NotFound``."""
        values = {
            "kind": note.kind.value,
            "note": note.note,
            "written_by": note.by,
            "written_at": note.at,
            "due_at": note.due_at,
            "kept_at": note.kept_at,
        }
        return replace(note, id=await self._append(contact_notes, customer_id, values))

    async def keep_promise(self, note_id: int, at: datetime) -> None:
        """Say that a promise was kept; raises ``NotFound``."""

        def unit(connection: Connection) -> None:
            if connection.execute(_KEEP.values(kept_at=at), {"of_note": note_id}).rowcount == 0:
                raise NotFound(f"no promise {note_id}")

        await self._database.write(unit)

    async def add_credit(self, customer_id: int, credit: Credit) -> None:
        """Credit an agent; raises ``NotFound``."""
        values = {
            "kind": credit.kind.value,
            "agent_id": credit.agent_id,
            "subject": credit.subject,
            "credited_at": credit.at,
        }
        await self._append(credit_notes, customer_id, values)

    async def _append(self, table: Table, customer_id: int, values: Mapping[str, Any]) -> int:
        def unit(connection: Connection) -> int:
            if customer_by_id(connection, customer_id) is None:
                raise NotFound(f"no customer {customer_id}")
            statement = insert(table).returning(table.c.id)
            return int(connection.execute(statement, {"customer_id": customer_id, **values}).scalar_one())

        return await self._database.write(unit)

    async def erase(
        self, customer_id: int, at: datetime, by: str = SYSTEM, keep_until: datetime | None = None
    ) -> None:
        """Destroy what identifies a customer, everywhere, in one transaction; raises ``NotFound``."""

        def unit(connection: Connection) -> None:
            if erasing.erase(connection, customer_id, at, keep_until):
                ledger.tell_erased(connection, customer_id, by)
            if keep_until is None:
                ledger.forget(connection, [customer_id])

        await self._database.write(unit)
        await self._database.forget()

    async def ask_erasing(self, customer_id: int, at: datetime, by: str) -> datetime:
        """Remember that a customer is to be erased, and close what waits of him; raises ``NotFound``."""
        return await self._database.write(
            lambda connection: erase_wishes.ask(connection, customer_id, at, by)
        )

    async def erase_wishes(self) -> Sequence[EraseWish]:
        """Return the wishes about customers whom nobody calls any more."""
        return await self._database.read(erase_wishes.due)


def _file(connection: Connection, customer_id: int) -> CustomerFile:
    customer = customer_by_id(connection, customer_id)
    if customer is None:
        raise NotFound(f"no customer {customer_id}")
    who = {"of_customer": customer_id}
    kept = connection.execute(_BEGINNING_AND_END, who).one()
    return CustomerFile(
        customer=customer,
        consents=tuple(consent_words.said_by(connection, customer_id)),
        notes=tuple(map(_note_of, connection.execute(_NOTES, who))),
        credits=tuple(
            Credit(CreditKind(row.kind), row.agent_id, row.subject, row.credited_at, row.call_id)
            for row in connection.execute(_CREDITS, who)
        ),
        barred=tuple(map(_barred_of, connection.execute(_HELD_BY, who))),
        leads=tuple(map(_lead_of, connection.execute(_LEADS, who))),
        erased=kept.erased_at is not None,
        made_by=kept.made_by,
        made_at=kept.made_at,
        erasing_asked_at=kept.erasing_asked_at,
        removed_numbers=tuple(connection.scalars(_REMOVED, who)),
        former_names=tuple(sorted({*connection.scalars(_FORMER, who)} - {customer.name, customer.ref})),
    )


def _barred_of(row: AnyRow) -> BarredNumber:
    return BarredNumber(
        list_name=row.name,
        kind=SuppressionKind(row.kind),
        purpose=None if row.purpose is None else Purpose(row.purpose),
        campaign_id=row.campaign_id,
        number=row.number,
        reason=row.reason,
        by=row.suppressed_by,
        at=row.suppressed_at,
    )


def _lead_of(row: AnyRow) -> FiledLead:
    status = LeadStatus(row.status)
    return FiledLead(
        lead_id=row.id,
        campaign_id=row.campaign_id,
        campaign=row.campaign,
        list_name=row.list_name or "",
        number=row.number,
        status=status,
        reason=row.reason,
        due_at=None if status in (LeadStatus.DONE, LeadStatus.REFUSED) else row.due_at,
        appointment_at=row.appointment_at,
        fields=row.fields,
        verdict=verdict_of(row),
    )


def _note_of(row: AnyRow) -> ContactNote:
    return ContactNote(
        row.id, NoteKind(row.kind), row.note, row.written_by, row.written_at, row.due_at, row.kept_at
    )
