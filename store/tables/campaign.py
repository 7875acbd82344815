"""Campaigns at rest: themselves, how their status changed, what pacing learned, their lists and leads."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from store.columns import ID, UtcMoment
from store.tables.base import metadata

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
    Column("weight", Integer, nullable=False, server_default="1"),
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

# What pacing learned, under the names of its shelf: the campaign, a list, a list at an hour of the day.
learned_pacing = Table(
    "learned_pacing",
    metadata,
    Column("campaign_id", ID, ForeignKey("campaigns.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("learned", JSON, nullable=False),
    Column("learned_at", UtcMoment, nullable=False),
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

# Which column of a list is which, how it is encoded and its dates are written, saved under a name.
column_mappings = Table(
    "column_mappings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("columns", JSON, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", UtcMoment, nullable=False),
    Column("encoding", String(16), nullable=False, server_default=""),
    Column("date_order", String(3), nullable=False, server_default=""),
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
