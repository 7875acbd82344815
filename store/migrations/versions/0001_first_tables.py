"""Every table of the first version.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("callback_number", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("retries", sa.JSON(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.JSON(none_as_null=True)),
        sa.Column("ring_timeout_s", sa.Float(), nullable=False),
        sa.Column("connect_limit_s", sa.Float(), nullable=False),
        sa.Column("wrap_up_s", sa.Float(), nullable=False),
        sa.Column("max_channels", sa.Integer(), nullable=False),
        sa.Column("calls_per_second", sa.Float(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("status_by", sa.Text(), nullable=False),
        sa.Column("status_at", _MOMENT),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("name", name=op.f("uq_campaigns_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "customers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("customer_class", sa.String(length=16), nullable=False),
        sa.Column("zones", sa.JSON(), nullable=False),
        sa.Column("extras", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("ref", name=op.f("uq_customers_ref")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbound_calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("disposition", sa.String(length=16)),
        sa.Column("sent_at", _MOMENT),
        sa.Column("dialled_at", _MOMENT),
        sa.Column("ringing_at", _MOMENT),
        sa.Column("answered_at", _MOMENT),
        sa.Column("bridged_at", _MOMENT),
        sa.Column("released_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("agent_id", sa.Text()),
        sa.Column("hangup_cause", sa.Integer()),
        sa.Column("tech_cause", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_calls")),
    )
    op.create_index(
        "ix_inbound_calls_open",
        "inbound_calls",
        ["started_at"],
        unique=False,
        sqlite_where=sa.text("disposition IS NULL"),
        postgresql_where=sa.text("disposition IS NULL"),
    )
    op.create_table(
        "agent_wishes",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("wished_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_wishes")),
    )
    op.create_table(
        "suppressions",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suppressed_by", sa.Text(), nullable=False),
        sa.Column("suppressed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "votes",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("voted_at", _MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_votes")),
    )
    op.create_table(
        "wrap_ups",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("plan_status", sa.String(length=16)),
        sa.Column("plan_due_at", _MOMENT),
        sa.Column("plan_reason", sa.Text()),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_wrap_ups")),
    )
    op.create_table(
        "campaign_status_changes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_status_changes_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_status_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_campaign_status_changes_campaign_id"),
        "campaign_status_changes",
        ["campaign_id"],
        unique=False,
    )

    op.create_table(
        "leads",
        sa.Column("id", _ID, nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("last_at", _MOMENT),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("rank BETWEEN 0 AND 4", name=op.f("ck_leads_rank")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_leads_campaign_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_leads_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint(
            "customer_id", "campaign_id", "number", name=op.f("uq_leads_customer_id_campaign_id_number")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_leads_claim", "leads", ["campaign_id", "status", "rank", "due_at", "id"], unique=False
    )

    op.create_table(
        "numbers",
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_numbers_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", "number", name=op.f("pk_numbers")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_numbers_number"), "numbers", ["number"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("seq", _ID, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("lead_id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("reserved_agent_id", sa.Text()),
        sa.Column("committed_at", _MOMENT, nullable=False),
        sa.Column("definition_version", sa.Text(), nullable=False),
        sa.Column("disposition", sa.String(length=16)),
        sa.Column("sent_at", _MOMENT),
        sa.Column("dialled_at", _MOMENT),
        sa.Column("ringing_at", _MOMENT),
        sa.Column("answered_at", _MOMENT),
        sa.Column("bridged_at", _MOMENT),
        sa.Column("released_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("agent_id", sa.Text()),
        sa.Column("hangup_cause", sa.Integer()),
        sa.Column("tech_cause", sa.Integer()),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_attempts_campaign_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_attempts_customer_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_attempts_lead_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_attempts")),
        sa.UniqueConstraint("id", name=op.f("uq_attempts_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempts_campaign_id", "attempts", ["campaign_id", "committed_at"], unique=False)
    op.create_index("ix_attempts_customer_id", "attempts", ["customer_id", "committed_at"], unique=False)
    op.create_index("ix_attempts_lead_id", "attempts", ["lead_id", "seq"], unique=False)
    op.create_index(
        "uq_attempts_open",
        "attempts",
        ["lead_id"],
        unique=True,
        sqlite_where=sa.text("disposition IS NULL"),
        postgresql_where=sa.text("disposition IS NULL"),
    )
