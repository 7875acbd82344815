"""How a campaign is paced, and what pacing learned.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("mode", sa.String(16), nullable=False, server_default="progressive"))
    op.add_column("campaigns", sa.Column("lines_per_agent", sa.Float(), nullable=False, server_default="1"))
    op.create_table(
        "learned_pacing",
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("learned", sa.JSON(), nullable=False),
        sa.Column("learned_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_learned_pacing_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "name", name=op.f("pk_learned_pacing")),
    )
