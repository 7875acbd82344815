"""Every table at rest, in SQLAlchemy Core.

Knows columns, keys and indexes, and why each index is there. Must not know a query. The revisions under
``store/migrations`` make the same tables; a test holds the two equal.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
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
    Column("packs", JSON, nullable=False, server_default="[]"),
    Column("amd", String(16), nullable=False, server_default="off"),
    Column("machine_message", Boolean, nullable=False, server_default=false()),
    Column("amd_check_share", Float, nullable=False, server_default="0"),
    Column("mode", String(16), nullable=False, server_default="progressive"),
    Column("lines_per_agent", Float, nullable=False, server_default="1"),
    sqlite_autoincrement=True,
)

# What pacing learned, under the names of its shelf: the campaign, a list, a list at an hour of the day.
learned_pacing = Table(
    "learned_pacing",
    metadata,
    Column("campaign_id", ID, ForeignKey("campaigns.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("learned", JSON, nullable=False),
    Column("learned_at", UtcMoment, nullable=False),
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

# ``zones`` are those in force: the own zone when the file names one, else those of all numbers together.
# The index on the owner finds whom he looks after, and who has nobody yet. ``kept_until`` is set while a rule
# pack still keeps the numbers and consents of somebody who was erased.
_KEPT = text("kept_until IS NOT NULL")
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
    Index("ix_customers_owner", "owner", "id"),
    Index("ix_customers_kept_until", "kept_until", sqlite_where=_KEPT, postgresql_where=_KEPT),
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

# Who brought the information about a customer, and who closed: each purchase is a row of its own.
credit_notes = Table(
    "credits",
    metadata,
    Column("id", ID, primary_key=True),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("credited_at", UtcMoment, nullable=False),
    sqlite_autoincrement=True,
)

# How much of the customers an agent takes; only agents named here are given any.
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

# The lists of a campaign. A deleted one keeps its row until its records may go.
lists = Table(
    "lists",
    metadata,
    Column("id", ID, primary_key=True),
    Column("campaign_id", ID, ForeignKey("campaigns.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcMoment, nullable=False),
    Column("deleted_at", UtcMoment),
    Column("purge_after", UtcMoment),
    UniqueConstraint("campaign_id", "name"),
    sqlite_autoincrement=True,
)

# Which column of a list is which, saved under a name.
column_mappings = Table(
    "column_mappings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("columns", JSON, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", UtcMoment, nullable=False),
)

# ``rank`` repeats the customer's class as a figure (0 is called first), so that one index holds the order
# of claiming. The unique key starts with the customer: it also finds all leads of one customer. Attempts up
# to ``recycled_after`` (their ``seq``) count no more for this lead, though they do for the caps.
#
# The columns ``verdict_…`` are why a lead was not called when it was last looked at (its words are
# ``reason``, its next moment ``due_at``); all are empty for one that nobody has looked at, and for one that
# is done. The index over them counts the answer to "why is this not dialing" without touching a lead, and
# finds the verdicts that stood on another rule book; leads without a verdict are not in it. Those the index
# of claiming counts, which is why it ends with the rule.
_JUDGED = text("verdict_rule IS NOT NULL")
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
    Column("list_id", ID, ForeignKey("lists.id")),
    Column("recycled_after", ID, nullable=False, server_default="0"),
    Column("appointment_at", UtcMoment),
    Column("verdict_rule", String(16)),
    Column("verdict_pack", Text),
    Column("verdict_version", Text),
    Column("verdict_zone", Text),
    Column("verdict_book", String(16)),
    Column("verdict_at", UtcMoment),
    UniqueConstraint("customer_id", "campaign_id", "number"),
    CheckConstraint("rank BETWEEN 0 AND 4", name="rank"),
    Index("ix_leads_claim", "campaign_id", "status", "rank", "due_at", "id", "verdict_rule"),
    Index("ix_leads_list", "list_id", "status", "id"),
    Index(
        "ix_leads_verdict",
        "campaign_id",
        "status",
        "verdict_rule",
        "verdict_pack",
        "verdict_zone",
        "due_at",
        "verdict_book",
        sqlite_where=_JUDGED,
        postgresql_where=_JUDGED,
    ),
    sqlite_autoincrement=True,
)

# Append-only: how the verdict of a lead changed, as far as that mattered. Goes with its lead.
verdict_changes = Table(
    "verdict_changes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("lead_id", ID, ForeignKey("leads.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("changed_at", UtcMoment, nullable=False),
    Column("rule", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("next_at", UtcMoment),
    Column("pack", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("zone", Text, nullable=False),
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

# Do-not-call lists. An empty ``purpose`` or ``campaign_id`` means all of them. With ``whole_person`` one
# number of a person bars all of his numbers. Number 1 is the list of those who asked us.
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
    sqlite_autoincrement=True,
)

# The key starts with the number: the question before every call is which lists hold it.
suppressed_numbers = Table(
    "suppressed_numbers",
    metadata,
    Column("number", Text, primary_key=True),
    Column("list_id", ID, ForeignKey("suppression_lists.id"), primary_key=True, index=True),
    Column("reason", Text, nullable=False),
    Column("suppressed_by", Text, nullable=False),
    Column("suppressed_at", UtcMoment, nullable=False),
    sqlite_with_rowid=False,
)

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

# A person's key ties him to his entries; erasing him destroys it.
person_keys = Table(
    "person_keys",
    metadata,
    Column("customer_id", ID, ForeignKey("customers.id"), primary_key=True, autoincrement=False),
    Column("key", LargeBinary(32), nullable=False),
)
