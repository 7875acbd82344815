"""Reading the ledger: ``campaigns.ledger_book.LedgerBook`` over SQL.

Knows the statements that read ``ledger`` and hold it to the records of calls. Must not know what an entry
means, nor how a chain is checked. Writing is ``store.ledger``'s.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, exists, func, select

from campaigns.errors import NotFound
from campaigns.ledger import Head, KeptEntry, Kind, Note, person_digest
from campaigns.ledger_barring import ListedPerson, SaidWord
from campaigns.ledger_book import PersonKey
from campaigns.ledger_check import Person, Trail
from campaigns.ledger_notes import begun
from campaigns.model import Consent, Purpose
from campaigns.suppression import SuppressionList
from dialer import ledger_notes
from store.database import Database
from store.ledger import append, end, enter, key_of
from store.many import is_one_of, values_of
from store.rows import AnyRow, facts_of
from store.suppressing import all_lists
from store.tables import (
    attempts,
    consents,
    customers,
    ledger,
    numbers,
    person_keys,
    suppressed_numbers,
    wrap_ups,
)

_AFTER = bindparam("after", type_=ledger.c.n.type)
_PAGE = select(ledger).where(ledger.c.n > _AFTER).order_by(ledger.c.n).limit(bindparam("at_most"))
_NEWEST = select(ledger).where(ledger.c.kind == bindparam("of_kind")).order_by(ledger.c.n.desc()).limit(1)
_RECORDS = (
    select(attempts, customers.c.erased_at, person_keys.c.key, wrap_ups.c.outcome)
    .outerjoin(customers, customers.c.id == attempts.c.customer_id)
    .outerjoin(person_keys, person_keys.c.customer_id == attempts.c.customer_id)
    .outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id)
    .where(attempts.c.seq > _AFTER)
    .order_by(attempts.c.seq)
    .limit(bindparam("at_most"))
)
_ABOUT = (
    select(ledger)
    .where(ledger.c.attempt_id.in_(bindparam("attempt_ids", expanding=True)))
    .order_by(ledger.c.n)
)
_DESTROYED = ledger.alias("destroyed")
_STRAYS = (
    select(ledger)
    .where(
        ledger.c.kind == Kind.ATTEMPT_OPENED.value,
        ~exists().where(attempts.c.id == ledger.c.attempt_id),
        ~exists().where(
            _DESTROYED.c.attempt_id == ledger.c.attempt_id,
            _DESTROYED.c.kind == Kind.ATTEMPT_PURGED.value,
        ),
    )
    .order_by(ledger.c.n)
    .limit(bindparam("at_most"))
)
_KEYS = (
    select(person_keys.c.customer_id, person_keys.c.key)
    .where(person_keys.c.customer_id > bindparam("after", type_=person_keys.c.customer_id.type))
    .order_by(person_keys.c.customer_id)
    .limit(bindparam("at_most"))
)
_ON = (
    select(numbers.c.customer_id, numbers.c.number, suppressed_numbers.c.list_id)
    .outerjoin(suppressed_numbers, suppressed_numbers.c.number == numbers.c.number)
    .where(is_one_of(numbers.c.customer_id, "of_customers"))
)
_SAID = (
    select(consents)
    .where(is_one_of(consents.c.customer_id, "of_customers"))
    .order_by(consents.c.customer_id, consents.c.id)
)
_NOT_ERASED = select(customers.c.id, customers.c.erasing_asked_at).where(
    is_one_of(customers.c.id, "of_customers"), customers.c.erased_at.is_(None)
)
_LAST_CONSENT = select(func.coalesce(func.max(consents.c.id), 0))
_BY_REF = select(customers.c.id).where(customers.c.ref == bindparam("of_ref"))
_LAST_RECORD = select(func.coalesce(func.max(attempts.c.seq), 0))


class SqlLedgerBook:
    """``LedgerBook`` over one database; its faults come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self) -> None:
        """Make the first entry, unless there is one: calls recorded before it are not in the ledger."""
        if (await self.head()).n == 0:
            await self._database.write(_begin)

    async def head(self) -> Head:
        """Return the end of the chain."""
        return await self._database.read(end)

    async def page(self, after: int, limit: int) -> Sequence[KeptEntry]:
        """Return up to so many entries after entry ``after``, in order."""
        values = {"after": after, "at_most": limit}
        return await self._database.read_long(
            lambda connection: [_entry_of(row) for row in connection.execute(_PAGE, values)]
        )

    async def trails(self, after: int, limit: int) -> Sequence[Trail]:
        """Return up to so many calls after record ``after``, oldest first, each with its entries."""
        values = {"after": after, "at_most": limit}
        return await self._database.read_long(
            lambda connection: _trails(connection, connection.execute(_RECORDS, values).all())
        )

    async def strays(self, limit: int) -> Sequence[KeptEntry]:
        """Return up to so many openings of calls that have no record, though nothing destroyed it."""
        return await self._database.read_long(
            lambda connection: [_entry_of(row) for row in connection.execute(_STRAYS, {"at_most": limit})]
        )

    async def barring_lists(self) -> Sequence[SuppressionList]:
        """Return every do-not-call list with its size."""
        return await self._database.read_long(all_lists)

    async def listed(self, after: int, limit: int) -> Sequence[ListedPerson]:
        """Return up to so many people after customer ``after``, by id, who have a key."""
        values = {"after": after, "at_most": limit}
        return await self._database.read_long(lambda connection: _listed(connection, values))

    async def not_erased(self, customer_ids: Sequence[int]) -> Mapping[int, bool]:
        """Return which of these customers are there and do not stand as erased, with whether it is asked."""
        values = {"of_customers": values_of(customer_ids)}
        return await self._database.read_long(
            lambda connection: {
                row.id: row.erasing_asked_at is not None for row in connection.execute(_NOT_ERASED, values)
            }
        )

    async def newest(self, kind: Kind) -> KeptEntry | None:
        """Return the newest entry of a kind; None when there is none."""
        row = await self._database.read(
            lambda connection: connection.execute(_NEWEST, {"of_kind": kind.value}).one_or_none()
        )
        return None if row is None else _entry_of(row)

    async def person(self, ref: str) -> PersonKey | None:
        """Return the key of the customer with this reference; raises ``NotFound`` when there is no such."""
        return await self._database.read(lambda connection: _person(connection, ref))

    async def enter(self, note: Note) -> Head:
        """Enter a note that belongs to nothing else that is stored; returns the new end of the chain."""

        def unit(connection: Connection) -> Head:
            append(connection, note)
            enter(connection)
            return end(connection)

        return await self._database.write(unit)


def _begin(connection: Connection) -> None:
    if end(connection).n == 0:  # another node may have been quicker
        last_record, last_consent = (connection.scalar(one) or 0 for one in (_LAST_RECORD, _LAST_CONSENT))
        sizes = {one.id: one.size for one in all_lists(connection)}
        append(connection, begun(last_record, sizes, last_consent))


def _listed(connection: Connection, page: Mapping[str, int]) -> Sequence[ListedPerson]:
    keys = {row.customer_id: row.key for row in connection.execute(_KEYS, page)}
    on: dict[int, dict[str, set[int]]] = {customer_id: {} for customer_id in keys}
    said: dict[int, list[SaidWord]] = {customer_id: [] for customer_id in keys}
    whose = {"of_customers": values_of(keys)}
    for row in connection.execute(_SAID, whose):
        consent = Consent(Purpose(row.purpose), row.given, row.said_at, row.evidence)
        said[row.customer_id].append(SaidWord(row.id, row.number, consent))
    there = {row.id for row in connection.execute(_NOT_ERASED, whose)}
    for row in connection.execute(_ON, whose):
        lists = on[row.customer_id].setdefault(row.number, set())
        if row.list_id is not None:
            lists.add(row.list_id)
    return [
        ListedPerson(
            customer_id,
            key,
            {number: frozenset(some) for number, some in on[customer_id].items()},
            tuple(said[customer_id]),
            customer_id not in there,
        )
        for customer_id, key in keys.items()
    ]


def _entry_of(row: AnyRow) -> KeptEntry:
    return KeptEntry(row.n, row.kind, row.attempt_id, row.body, row.hash)


def _trails(connection: Connection, records: Sequence[AnyRow]) -> Sequence[Trail]:
    about: Mapping[str, list[KeptEntry]] = {record.id: [] for record in records}
    if about:
        for row in connection.execute(_ABOUT, {"attempt_ids": list(about)}):
            about[row.attempt_id].append(_entry_of(row))
    return [_trail(record, about[record.id]) for record in records]


def _trail(record: AnyRow, entries: Sequence[KeptEntry]) -> Trail:
    return Trail(
        seq=record.seq,
        attempt_id=record.id,
        campaign_id=record.campaign_id,
        person=Person(record.customer_id, record.number, record.key, record.erased_at is not None),
        opening=ledger_notes.opening(
            record.lead_id,
            record.trunk,
            record.reserved_agent_id,
            record.committed_at,
            record.definition_version,
        ),
        course=ledger_notes.course(facts_of(record)),
        disposition=record.disposition,
        outcome=record.outcome,
        entries=tuple(entries),
    )


def _person(connection: Connection, ref: str) -> PersonKey | None:
    customer_id = connection.scalar(_BY_REF, {"of_ref": ref})
    if customer_id is None:
        raise NotFound(f"no customer with the reference {ref!r}")
    key = key_of(connection, customer_id)
    return None if key is None else PersonKey(customer_id, key, person_digest(key, customer_id))
