"""Detection of answering machines: how a campaign does it, and what it said of each call.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("amd", sa.String(16), nullable=False, server_default="off"))
    op.add_column(
        "campaigns", sa.Column("machine_message", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("campaigns", sa.Column("amd_check_share", sa.Float(), nullable=False, server_default="0"))
    for calls in ("attempts", "inbound_calls"):
        op.add_column(calls, sa.Column("amd", sa.String(16)))
