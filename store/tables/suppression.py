"""Do-not-call lists at rest."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, text

from campaigns.suppression import SHOWN_AS
from store.columns import ID, UtcMoment
from store.e164 import no_e164
from store.tables.base import metadata

# Do-not-call lists. An empty ``purpose`` or ``campaign_id`` means all of them. With ``whole_person`` one
# number of a person bars all of his numbers. Number 1 is the list of those who asked us; ``read_with`` tells
# in what forms its caller IDs were read last.
suppression_lists = Table(
    "suppression_lists",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("purpose", String(16)),
    Column("campaign_id", ID, ForeignKey("campaigns.id")),
    Column("whole_person", Boolean, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcMoment, nullable=False),
    Column("read_with", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

# Entries that stand for a caller ID which nobody could read, and those that were read from one: few among
# millions, and looked at at every start.
IS_UNREAD = text(no_e164("number"))
WAS_READ = text(f"reason LIKE '%{SHOWN_AS}%'")

# The key starts with the number: the question before every call is which lists hold it.
suppressed_numbers = Table(
    "suppressed_numbers",
    metadata,
    Column("number", Text, primary_key=True),
    Column("list_id", ID, ForeignKey("suppression_lists.id"), primary_key=True, index=True),
    Column("reason", Text, nullable=False),
    Column("suppressed_by", Text, nullable=False),
    Column("suppressed_at", UtcMoment, nullable=False),
    Index(
        "ix_suppressed_numbers_unread",
        "list_id",
        "suppressed_at",
        "number",
        sqlite_where=IS_UNREAD,
        postgresql_where=IS_UNREAD,
    ),
    Index(
        "ix_suppressed_numbers_read",
        "list_id",
        "suppressed_at",
        "number",
        sqlite_where=WAS_READ,
        postgresql_where=WAS_READ,
    ),
    sqlite_with_rowid=False,
)
