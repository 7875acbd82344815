"""Credits that a call brought are known by it, so that recording it anew replaces them.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credits", sa.Column("call_id", sa.Text(), nullable=False, server_default=""))
    of_calls = sa.text("call_id != ''")
    op.create_index(
        "ix_credits_call", "credits", ["call_id"], sqlite_where=of_calls, postgresql_where=of_calls
    )
