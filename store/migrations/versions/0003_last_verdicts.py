"""Each lead keeps its last verdict, and how it changed.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_JUDGED = sa.text("verdict_rule IS NOT NULL")


def upgrade() -> None:
    for name, kind in (
        ("verdict_rule", sa.String(16)),
        ("verdict_pack", sa.Text()),
        ("verdict_version", sa.Text()),
        ("verdict_zone", sa.Text()),
        ("verdict_book", sa.String(16)),
        ("verdict_at", _MOMENT),
    ):
        op.add_column("leads", sa.Column(name, kind))
    # Whoever was tried and waits, waits for the next attempt. Refusals of before were never told apart.
    op.execute(
        "UPDATE leads SET verdict_rule = 'due', verdict_pack = '', verdict_version = '', verdict_zone = '',"
        " verdict_book = '', verdict_at = last_at"
        " WHERE status IN ('waiting', 'held') AND last_at IS NOT NULL"
    )
    op.drop_index("ix_leads_claim", "leads")
    op.create_index(
        "ix_leads_claim", "leads", ["campaign_id", "status", "rank", "due_at", "id", "verdict_rule"]
    )
    op.create_index(
        "ix_leads_verdict",
        "leads",
        ["campaign_id", "status", "verdict_rule", "verdict_pack", "verdict_zone", "due_at", "verdict_book"],
        sqlite_where=_JUDGED,
        postgresql_where=_JUDGED,
    )
    op.create_table(
        "verdict_changes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("lead_id", _ID, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("next_at", _MOMENT),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.id"], name=op.f("fk_verdict_changes_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verdict_changes_lead_id", "verdict_changes", ["lead_id"])
