"""People at rest: customers with all that is kept of them, and the agents who look after them."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from store.columns import ID, UtcMoment
from store.tables.base import metadata

# ``zones`` are those in force: the own zone when the file names one, else those of all numbers together.
# The index on the owner finds whom he looks after, and who has nobody yet. ``kept_until`` is set while a rule
# pack still keeps the numbers and consents of somebody who was erased. ``made_at`` is set on whoever was
# entered by hand: he stays without a list that has him. ``erasing_asked_at`` is set while he is
# to be erased as soon as his call is over.
_KEPT = text("kept_until IS NOT NULL")
_ASKED = text("erasing_asked_at IS NOT NULL")
customers = Table(
    "customers",
    metadata,
    Column("id", ID, primary_key=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("customer_class", String(16), nullable=False),
    Column("zones", JSON, nullable=False),
    Column("extras", JSON, nullable=False),
    Column("own_zone", Text, nullable=False, server_default=""),
    Column("country", String(2), nullable=False, server_default=""),
    Column("region", String(8), nullable=False, server_default=""),
    Column("owner", Text, nullable=False, server_default=""),
    Column("erased_at", UtcMoment),
    Column("kept_until", UtcMoment),
    Column("made_by", Text, nullable=False, server_default=""),
    Column("made_at", UtcMoment),
    Column("erasing_asked_by", Text, nullable=False, server_default=""),
    Column("erasing_asked_at", UtcMoment),
    Index("ix_customers_owner", "owner", "id"),
    Index("ix_customers_kept_until", "kept_until", sqlite_where=_KEPT, postgresql_where=_KEPT),
    Index("ix_customers_erasing_asked_at", "erasing_asked_at", sqlite_where=_ASKED, postgresql_where=_ASKED),
    sqlite_autoincrement=True,
)

# A customer's numbers in the order they became known. The index answers "who is calling".
numbers = Table(
    "numbers",
    metadata,
    Column("customer_id", ID, ForeignKey("customers.id"), primary_key=True),
    Column("number", Text, primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    Column("kind", String(16), nullable=False, server_default="other"),
    sqlite_with_rowid=False,
)

# What was taken away from a customer by hand: nobody is called by it, and erasing him looks for it too.
removed_numbers = Table(
    "removed_numbers",
    metadata,
    Column("customer_id", ID, ForeignKey("customers.id"), primary_key=True),
    Column("number", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# What he was called before, names and references: lists that others wrote say so still, and erasing him looks
# for them too.
former_names = Table(
    "former_names",
    metadata,
    Column("customer_id", ID, ForeignKey("customers.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# What a person said about calls, number by number. Append-only: the newest word on a purpose counts.
consents = Table(
    "consents",
    metadata,
    Column("id", ID, primary_key=True),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("said_at", UtcMoment),
    Column("evidence", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", UtcMoment, nullable=False),
    Index("ix_consents_number", "customer_id", "number", "id"),
    sqlite_autoincrement=True,
)

# Notes and promises; ``kept_at`` is set once a promise was kept.
contact_notes = Table(
    "contact_notes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", UtcMoment, nullable=False),
    Column("due_at", UtcMoment),
    Column("kept_at", UtcMoment),
    sqlite_autoincrement=True,
)

# Who brought the information about a customer, and who closed: each purchase is a row of its own. With
# ``call_id`` the call that won it was recorded so: another record of it takes their place.
_OF_CALLS = text("call_id != ''")
credit_notes = Table(
    "credits",
    metadata,
    Column("id", ID, primary_key=True),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("credited_at", UtcMoment, nullable=False),
    Column("call_id", Text, nullable=False, server_default=""),
    Index("ix_credits_call", "call_id", sqlite_where=_OF_CALLS, postgresql_where=_OF_CALLS),
    sqlite_autoincrement=True,
)

# A person's key ties him to his entries; erasing him destroys it.
person_keys = Table(
    "person_keys",
    metadata,
    Column("customer_id", ID, ForeignKey("customers.id"), primary_key=True, autoincrement=False),
    Column("key", LargeBinary(32), nullable=False),
)

# How much of the customers an agent takes, where it was said; 0 takes him out of the sharing.
agent_shares = Table(
    "agent_shares",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("ability", Float, nullable=False),
)

absences = Table(
    "absences",
    metadata,
    Column("id", ID, primary_key=True),
    Column("agent_id", Text, nullable=False, index=True),
    Column("substitute_id", Text, nullable=False),
    Column("from_at", UtcMoment, nullable=False),
    Column("until_at", UtcMoment, nullable=False),
    sqlite_autoincrement=True,
)
