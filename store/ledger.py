"""Entering into the ledger: keys of people, the end of the chain, appending to it.

Knows the tables ``ledger`` and ``person_keys``. Must not know what an entry is about. Every function runs
inside the caller's transaction: a fact and its entry are kept together or not at all. Notes are gathered and
entered just before the commit, all of a transaction at once. The one writer of a process keeps the chain in
order; between nodes on PostgreSQL a lock does, held until the commit.

The moment of an entry is the one of its writing, by this machine's clock; when the fact itself happened is
among its facts.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, func, or_, select, text

from campaigns.ledger import KEY_BYTES, Head, Note, kept, sealed
from campaigns.ledger_notes import erased
from store.advisory_locks import LEDGER
from store.bulk import insert_many
from store.database import left_over
from store.many import chunks, is_one_of, values_of
from store.prepared import Prepared
from store.tables import customers, ledger, person_keys

_LOCK = text("SELECT pg_advisory_xact_lock(:key)")

_COLUMNS = ("n", "kind", "attempt_id", "body", "hash")
_END = Prepared(
    select(ledger.c.n, ledger.c.hash).where(ledger.c.n == select(func.max(ledger.c.n)).scalar_subquery())
)
_KEY = select(person_keys.c.key).where(person_keys.c.customer_id == bindparam("customer_id"))
# Whoever was erased gets no key any more: nothing new may ever be tied to him. While he is being erased he
# still has his.
_KEYS = Prepared(
    select(customers.c.id, person_keys.c.key)
    .outerjoin(person_keys, person_keys.c.customer_id == customers.c.id)
    .where(
        is_one_of(customers.c.id, "customer_ids"),
        or_(customers.c.erased_at.is_(None), person_keys.c.key.is_not(None)),
    )
)
_FORGET = delete(person_keys).where(person_keys.c.customer_id.in_(bindparam("customer_ids", expanding=True)))


def append(connection: Connection, *notes: Note) -> None:
    """Have notes entered with the commit of this transaction, in their order."""
    left_over(connection).extend(notes)


def enter(connection: Connection) -> None:
    """Enter what was noted in this transaction so far."""
    notes: list[Note] = left_over(connection)
    if not notes:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"key": LEDGER})
    head = end(connection)
    keys = _keys(connection, notes)
    at = datetime.now(UTC)
    rows = []
    for note in notes:
        key = None if note.customer_id is None else keys.get(note.customer_id)
        entry = kept(sealed(note, head.n + 1, at, key), head.hash)
        rows.append((entry.n, entry.kind, entry.attempt_id, entry.body, entry.hash))
        head = Head(entry.n, entry.hash)
    insert_many(connection, ledger, _COLUMNS, rows)
    notes.clear()


def end(connection: Connection) -> Head:
    """Return the end of the chain."""
    row = _END.row(connection)
    return Head() if row is None else Head(row.n, row.hash)


def tell_erased(connection: Connection, customer_id: int, by: str) -> None:
    """Enter that a person was erased, under his key; one about whom nothing was entered gets it for this."""
    if key_of(connection, customer_id) is None:
        _keep_keys(connection, [(customer_id, secrets.token_bytes(KEY_BYTES))])
    append(connection, erased(customer_id, by))


def forget(connection: Connection, customer_ids: Sequence[int]) -> None:
    """Destroy the keys of people: what the ledger says of them is tied to nobody from now on.

    What was noted about them before is entered first, since it needs their keys.
    """
    enter(connection)
    for some in chunks(customer_ids):
        connection.execute(_FORGET, {"customer_ids": some})


def key_of(connection: Connection, customer_id: int) -> bytes | None:
    """Return a person's key; None when nothing was entered about him, or he was erased."""
    return connection.scalar(_KEY, {"customer_id": customer_id})


def _keys(connection: Connection, notes: Iterable[Note]) -> dict[int, bytes]:
    """Return the keys of everybody the notes are about, made where there are none yet."""
    wanted = list({note.customer_id for note in notes if note.customer_id is not None})
    keys: dict[int, bytes] = {}
    made: list[tuple[int, bytes]] = []
    for customer_id, key in _KEYS.rows(connection, {"customer_ids": values_of(wanted)}):
        keys[customer_id] = key or secrets.token_bytes(KEY_BYTES)
        if key is None:
            made.append((customer_id, keys[customer_id]))
    _keep_keys(connection, made)
    return keys


def _keep_keys(connection: Connection, made: Sequence[tuple[int, bytes]]) -> None:
    insert_many(connection, person_keys, ("customer_id", "key"), made)
