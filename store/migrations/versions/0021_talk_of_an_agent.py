"""The talk that an agent has or wraps up: a restart of the service finds his wrap-up by it.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_wishes", sa.Column("call_id", sa.Text()))
    op.add_column("agent_wishes", sa.Column("wrap_up_ends_at", sa.DateTime(timezone=True)))
