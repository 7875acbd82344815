"""Every table at rest, in SQLAlchemy Core.

Knows columns, keys and indexes, and why each index is there. Must not know a query. The revisions under
``store/migrations`` make the same tables; a test holds the two equal.
"""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.columns import ID, UtcMoment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("template", Text, nullable=False),
    Column("template_version", Text, nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("company", Text, nullable=False),
    Column("caller_id", Text, nullable=False),
    Column("callback_number", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("hours", JSON, nullable=False),
    Column("retries", JSON, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("anchor", JSON(none_as_null=True)),
    Column("ring_timeout_s", Float, nullable=False),
    Column("connect_limit_s", Float, nullable=False),
    Column("wrap_up_s", Float, nullable=False),
    Column("max_channels", Integer, nullable=False),
    Column("calls_per_second", Float, nullable=False),
    Column("created_at", UtcMoment, nullable=False),
    Column("status_by", Text, nullable=False),
    Column("status_at", UtcMoment),
    Column("status_reason", Text, nullable=False),
    sqlite_autoincrement=True,
)

# Append-only: rows are never changed or deleted. The newest row of a campaign agrees with its status.
campaign_status_changes = Table(
    "campaign_status_changes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("campaign_id", ID, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcMoment, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)

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
    sqlite_autoincrement=True,
)

# A customer's numbers in the order they became known. The index answers "who is calling".
numbers = Table(
    "numbers",
    metadata,
    Column("customer_id", ID, ForeignKey("customers.id"), primary_key=True),
    Column("number", Text, primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# ``rank`` repeats the customer's class as a figure (0 is called first), so that one index holds the order
# of claiming. The unique key starts with the customer: it also finds all leads of one customer.
leads = Table(
    "leads",
    metadata,
    Column("id", ID, primary_key=True),
    Column("campaign_id", ID, ForeignKey("campaigns.id"), nullable=False),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("due_at", UtcMoment, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("last_at", UtcMoment),
    Column("reason", Text, nullable=False),
    UniqueConstraint("customer_id", "campaign_id", "number"),
    CheckConstraint("rank BETWEEN 0 AND 4", name="rank"),
    Index("ix_leads_claim", "campaign_id", "status", "rank", "due_at", "id"),
    sqlite_autoincrement=True,
)


def _index_of_open(name: str, column: str, *, unique: bool) -> Index:
    """An index over the calls that have no outcome yet: a handful among millions."""
    still_open = text("disposition IS NULL")
    return Index(name, column, unique=unique, sqlite_where=still_open, postgresql_where=still_open)


def _fact_columns() -> list[Column[object]]:
    """The columns of ``CallFacts``, under the names of its fields."""
    moments = ("sent_at", "dialled_at", "ringing_at", "answered_at", "bridged_at", "released_at", "ended_at")
    columns: list[Column[object]] = [Column(name, UtcMoment) for name in moments]
    return [
        *columns,
        Column("agent_id", Text),
        Column("hangup_cause", Integer),
        Column("tech_cause", Integer),
    ]


# ``seq`` counts commits: a newer attempt has a higher one, whatever its moments say. The partial unique
# index is the last word on "one open attempt per lead"; it also finds the open ones after a start.
attempts = Table(
    "attempts",
    metadata,
    Column("seq", ID, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("campaign_id", ID, ForeignKey("campaigns.id"), nullable=False),
    Column("lead_id", ID, ForeignKey("leads.id"), nullable=False),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("trunk", Text, nullable=False),
    Column("reserved_agent_id", Text),
    Column("committed_at", UtcMoment, nullable=False),
    Column("definition_version", Text, nullable=False),
    Column("disposition", String(16)),
    *_fact_columns(),
    Index("ix_attempts_lead_id", "lead_id", "seq"),
    Index("ix_attempts_campaign_id", "campaign_id", "committed_at"),
    Index("ix_attempts_customer_id", "customer_id", "committed_at"),
    _index_of_open("uq_attempts_open", "lead_id", unique=True),
    sqlite_autoincrement=True,
)

inbound_calls = Table(
    "inbound_calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("dialled", Text, nullable=False),
    Column("started_at", UtcMoment, nullable=False),
    Column("disposition", String(16)),
    *_fact_columns(),
    _index_of_open("ix_inbound_calls_open", "started_at", unique=False),
)

# ``call_id`` is an attempt's or an inbound call's id, so no foreign key can hold it.
votes = Table(
    "votes",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("score", Integer, nullable=False),
    Column("voted_at", UtcMoment, nullable=False),
    Column("source", Text, nullable=False),
)

# The plan is kept because an agent often records while the customer still votes: settling then obeys it.
wrap_ups = Table(
    "wrap_ups",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("agent_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("recorded_at", UtcMoment, nullable=False),
    Column("plan_status", String(16)),
    Column("plan_due_at", UtcMoment),
    Column("plan_reason", Text),
)

# What each agent wanted last, so that a restart can seat again who was seated.
agent_wishes = Table(
    "agent_wishes",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("wish", Text, nullable=False),
    Column("wished_at", UtcMoment, nullable=False),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("number", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("suppressed_by", Text, nullable=False),
    Column("suppressed_at", UtcMoment, nullable=False),
)
