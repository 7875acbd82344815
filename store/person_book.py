"""Customer files and owners at rest: ``campaigns.books.PersonBook`` and ``OwnerBook`` over SQL.

Knows the statements behind those ports. Must not know calls being made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, exists, func, insert, or_, select, update

from campaigns import ledger_notes
from campaigns.errors import NotFound
from campaigns.ledger import SYSTEM
from campaigns.model import Consent, CreditKind, Customer, CustomerClass, LeadStatus, Purpose
from campaigns.people import (
    Absence,
    BarredNumber,
    ContactNote,
    Credit,
    CustomerFile,
    FiledLead,
    HotlineCall,
    NoteKind,
    NumberConsent,
)
from campaigns.suppression import SuppressionKind
from store import erasing, ledger
from store.database import Database
from store.people import customer_by_id, customers_by_id
from store.rows import RANK, AnyRow, disposition_of, verdict_of
from store.tables import (
    absences,
    agent_shares,
    campaigns,
    consents,
    contact_notes,
    credit_notes,
    customers,
    inbound_calls,
    leads,
    lists,
    numbers,
    suppressed_numbers,
    suppression_lists,
    votes,
    wrap_ups,
)
from store.verdicts import judge_again
from store.writing import insert_or_replace

_WHO = bindparam("of_customer", type_=customers.c.id.type)
_CONSENTS = select(consents).where(consents.c.customer_id == _WHO).order_by(consents.c.id)
_NOTES = select(contact_notes).where(contact_notes.c.customer_id == _WHO).order_by(contact_notes.c.id)
_CREDITS = select(credit_notes).where(credit_notes.c.customer_id == _WHO).order_by(credit_notes.c.id)
_HELD_BY = (
    select(suppressed_numbers, suppression_lists)
    .join(suppression_lists, suppression_lists.c.id == suppressed_numbers.c.list_id)
    .join(numbers, numbers.c.number == suppressed_numbers.c.number)
    .where(numbers.c.customer_id == _WHO)
    .order_by(suppression_lists.c.id, numbers.c.position)
)
_OTHERS = numbers.alias("others")
_SHARED = exists().where(_OTHERS.c.number == inbound_calls.c.number, _OTHERS.c.customer_id != _WHO)
_HOTLINE = (
    select(
        inbound_calls,
        votes.c.score,
        votes.c.voted_at,
        wrap_ups.c.outcome,
        wrap_ups.c.note,
        _SHARED.label("shared"),
    )
    .outerjoin(votes, votes.c.call_id == inbound_calls.c.id)
    .outerjoin(wrap_ups, wrap_ups.c.call_id == inbound_calls.c.id)
    .where(inbound_calls.c.number.in_(select(numbers.c.number).where(numbers.c.customer_id == _WHO)))
    .order_by(inbound_calls.c.started_at.desc(), inbound_calls.c.id.desc())
)
_IS_ERASED = select(customers.c.erased_at.is_not(None)).where(customers.c.id == _WHO)
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
_HIS_LEADS = leads.c.customer_id == _WHO
_SET_CLASS = update(customers).where(customers.c.id == _WHO)
_SET_RANK = update(leads).where(leads.c.customer_id == _WHO)
_KEEP = update(contact_notes).where(
    contact_notes.c.id == bindparam("of_note"), contact_notes.c.kind == NoteKind.PROMISE.value
)
_ABILITIES = select(agent_shares).order_by(agent_shares.c.agent_id)
_LOADS = select(customers.c.owner, func.count()).where(customers.c.owner != "").group_by(customers.c.owner)
_OWNED = (
    select(customers.c.id)
    .where(
        customers.c.owner == bindparam("of_owner"),
        customers.c.id > bindparam("after"),
        customers.c.erased_at.is_(None),
    )
    .order_by(customers.c.id)
    .limit(bindparam("at_most"))
)
_ASSIGN = update(customers).where(customers.c.id == _WHO).values(owner=bindparam("new_owner"))
_ABSENCES = (
    select(absences)
    .where(absences.c.until_at > bindparam("moment", type_=absences.c.until_at.type))
    .order_by(absences.c.id)
)


class SqlPersonBook:
    """``PersonBook`` and ``OwnerBook`` over one database; its faults come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def customer_file(self, customer_id: int) -> CustomerFile:
        """Return everything known about a customer but the history of calls; raises ``NotFound``."""
        return await self._database.read(lambda connection: _file(connection, customer_id))

    async def hotline_calls(self, customer_id: int) -> Sequence[HotlineCall]:
        """Return every call to the hotline from a number that a customer has, newest first."""
        who = {"of_customer": customer_id}
        return await self._database.read(
            lambda connection: [_hotline_of(row) for row in connection.execute(_HOTLINE, who)]
        )

    async def find_customers(self, ref: str, number: str, limit: int) -> Sequence[Customer]:
        """Return the customers with this reference or this number; empty texts match nobody."""

        def query(connection: Connection) -> Sequence[Customer]:
            values = {"of_ref": ref or None, "of_number": number or None, "at_most": limit}
            ids = connection.scalars(_FIND, values).all()
            people = customers_by_id(connection, ids)
            return [people[customer_id] for customer_id in ids]

        return await self._database.read(query)

    async def record_consent(
        self, customer_id: int, number: str, consent: Consent, by: str, at: datetime
    ) -> None:
        """Append a word about calls to a number; raises ``NotFound`` for a number that is not his."""

        def unit(connection: Connection) -> None:
            who = {"of_customer": customer_id, "of_number": number}
            if connection.execute(_HAS_NUMBER, who).one_or_none() is None:
                raise NotFound(f"no customer {customer_id} with the number {number}")
            values = {
                "customer_id": customer_id,
                "number": number,
                "purpose": consent.purpose.value,
                "given": consent.given,
                "said_at": consent.at,
                "evidence": consent.evidence,
                "recorded_by": by,
                "recorded_at": at,
            }
            connection.execute(insert(consents), values)
            ledger.append(connection, ledger_notes.consent_said(customer_id, number, consent, by))
            word = "consent" if consent.given else "refusal"
            judge_again(connection, _HIS_LEADS, f"{word} recorded by {by}", at, {"of_customer": customer_id})

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

    async def abilities(self) -> Mapping[str, float]:
        """Return how much each agent takes, of those of whom it was said."""
        return await self._database.read(
            lambda connection: {row.agent_id: row.ability for row in connection.execute(_ABILITIES)}
        )

    async def set_ability(self, agent_id: str, ability: float) -> None:
        """Store how much an agent takes; 0 takes him out."""

        def unit(connection: Connection) -> None:
            insert_or_replace(connection, agent_shares, {"agent_id": agent_id, "ability": ability})

        await self._database.write(unit)

    async def owner_loads(self) -> Mapping[str, int]:
        """Return how many customers each owner has."""
        return await self._database.read(
            lambda connection: {owner: size for owner, size in connection.execute(_LOADS)}  # noqa: C416
        )

    async def unowned(self, after: int, limit: int) -> Sequence[int]:
        """Return the ids above ``after`` of customers without an owner, in order."""
        return await self.owned_by("", after, limit)

    async def owned_by(self, agent_id: str, after: int, limit: int) -> Sequence[int]:
        """Return the ids above ``after`` of an owner's customers, in order."""
        values = {"of_owner": agent_id, "after": after, "at_most": limit}
        return await self._database.read(lambda connection: connection.scalars(_OWNED, values).all())

    async def assign(self, owners: Mapping[int, str]) -> None:
        """Give customers, by id, to owners."""
        values = [{"of_customer": customer_id, "new_owner": owner} for customer_id, owner in owners.items()]
        if values:
            await self._database.write(lambda connection: connection.execute(_ASSIGN, values))

    async def absences(self, moment: datetime) -> Sequence[Absence]:
        """Return the absences that are not over at a moment."""
        return await self._database.read(
            lambda connection: [
                Absence(row.agent_id, row.substitute_id, row.from_at, row.until_at)
                for row in connection.execute(_ABSENCES, {"moment": moment})
            ]
        )

    async def add_absence(self, absence: Absence) -> None:
        """Store an absence."""
        values = {
            "agent_id": absence.agent_id,
            "substitute_id": absence.substitute_id,
            "from_at": absence.from_at,
            "until_at": absence.until_at,
        }
        await self._database.write(lambda connection: connection.execute(insert(absences), values))

    async def end_absence(self, agent_id: str, from_at: datetime, moment: datetime) -> bool:
        """End an agent's absences from ``from_at`` at a moment, and drop what had not begun."""
        his = and_(
            absences.c.agent_id == agent_id, absences.c.from_at == from_at, absences.c.until_at > moment
        )
        begun = absences.c.from_at < moment
        ended = await self._database.write(
            lambda connection: (
                connection.execute(delete(absences).where(his, ~begun)).rowcount
                + connection.execute(update(absences).where(his, begun).values(until_at=moment)).rowcount
            )
        )
        return ended > 0


def _file(connection: Connection, customer_id: int) -> CustomerFile:
    customer = customer_by_id(connection, customer_id)
    if customer is None:
        raise NotFound(f"no customer {customer_id}")
    who = {"of_customer": customer_id}
    return CustomerFile(
        customer=customer,
        consents=tuple(map(_consent_of, connection.execute(_CONSENTS, who))),
        notes=tuple(map(_note_of, connection.execute(_NOTES, who))),
        credits=tuple(
            Credit(CreditKind(row.kind), row.agent_id, row.subject, row.credited_at, row.call_id)
            for row in connection.execute(_CREDITS, who)
        ),
        barred=tuple(map(_barred_of, connection.execute(_HELD_BY, who))),
        leads=tuple(map(_lead_of, connection.execute(_LEADS, who))),
        erased=bool(connection.scalar(_IS_ERASED, who)),
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


def _hotline_of(row: AnyRow) -> HotlineCall:
    return HotlineCall(
        call_id=row.id,
        number=row.number,
        dialled=row.dialled,
        started_at=row.started_at,
        talked_at=row.bridged_at,
        ended_at=row.ended_at,
        disposition=disposition_of(row.disposition),
        agent_id=row.agent_id,
        vote=row.score,
        voted_at=row.voted_at,
        outcome=row.outcome,
        note=None if row.shared else row.note,
        shared=row.shared,
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


def _consent_of(row: AnyRow) -> NumberConsent:
    said = Consent(Purpose(row.purpose), row.given, row.said_at, row.evidence)
    return NumberConsent(row.number, said, row.recorded_by, row.recorded_at)


def _note_of(row: AnyRow) -> ContactNote:
    return ContactNote(
        row.id, NoteKind(row.kind), row.note, row.written_by, row.written_at, row.due_at, row.kept_at
    )
