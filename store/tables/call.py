"""Calls at rest: attempts and inbound calls, what was voted and recorded, what agents wished last."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import ID, UtcMoment
from store.e164 import no_e164
from store.tables.base import metadata


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
        Column("amd", String(16)),
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
    Index("ix_attempts_number", "number", "committed_at"),
    _index_of_open("uq_attempts_open", "lead_id", unique=True),
    sqlite_autoincrement=True,
)

# ``customer_id`` is whose call it was by an agent's word; without it, whoever has the number. ``number`` is
# E.164 or empty, ``shown`` the caller ID as it came.
_OF_SOMEBODY = text("customer_id IS NOT NULL")
HAS_NO_NUMBER = text("number = ''")
# What an earlier version kept as a number as it came, or the mark of whoever was erased.
HAS_RAW_NUMBER = text(f"number <> '' AND {no_e164('number')}")
inbound_calls = Table(
    "inbound_calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("dialled", Text, nullable=False),
    Column("started_at", UtcMoment, nullable=False),
    Column("disposition", String(16)),
    *_fact_columns(),
    Column("customer_id", ID, ForeignKey("customers.id")),
    Column("shown", Text, nullable=False, server_default=""),
    Index("ix_inbound_calls_number", "number", "started_at"),
    Index(
        "ix_inbound_calls_customer",
        "customer_id",
        sqlite_where=_OF_SOMEBODY,
        postgresql_where=_OF_SOMEBODY,
    ),
    # Read again at every start, text by text: by this, each finds its calls.
    Index("ix_inbound_calls_unread", "shown", sqlite_where=HAS_NO_NUMBER, postgresql_where=HAS_NO_NUMBER),
    Index("ix_inbound_calls_raw", "number", sqlite_where=HAS_RAW_NUMBER, postgresql_where=HAS_RAW_NUMBER),
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
    Column("callback_at", UtcMoment),
)

# What each agent wanted last, so that a restart can seat again who was seated; when he said he leaves; and
# the talk that he has or wraps up, with when that ends.
agent_wishes = Table(
    "agent_wishes",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("wish", Text, nullable=False),
    Column("wished_at", UtcMoment, nullable=False),
    Column("leaves_at", UtcMoment),
    Column("call_id", Text),
    Column("wrap_up_ends_at", UtcMoment),
)
