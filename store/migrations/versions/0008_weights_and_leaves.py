"""A campaign's part of the agents that it shares with others, and when agents said they will leave.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("agent_wishes", sa.Column("leaves_at", sa.DateTime(timezone=True)))
