"""Saved mappings keep the order of day and month in the files that they are for.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("column_mappings", sa.Column("date_order", sa.String(3), nullable=False, server_default=""))
