"""The ledger at rest."""

from sqlalchemy import Column, Index, String, Table, Text, text

from store.columns import ID
from store.tables.base import metadata

# The ledger, chained by ``campaigns.ledger``: ``body`` is what counts, ``kind`` and ``attempt_id`` are for
# seeking and checked against it. No foreign keys: it outlives what it tells of. Triggers of the revision that
# makes it refuse to change or delete an entry.
ledger = Table(
    "ledger",
    metadata,
    Column("n", ID, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("attempt_id", Text),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index(
        "ix_ledger_attempt_id",
        "attempt_id",
        sqlite_where=text("attempt_id IS NOT NULL"),
        postgresql_where=text("attempt_id IS NOT NULL"),
    ),
)
