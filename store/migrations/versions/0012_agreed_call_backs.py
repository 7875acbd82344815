"""What an agent records keeps the moment that was agreed for a call-back.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wrap_ups", sa.Column("callback_at", sa.DateTime(timezone=True)))
