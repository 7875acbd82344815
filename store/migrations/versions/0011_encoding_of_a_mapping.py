"""Saved mappings keep the encoding of the files that they are for.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("column_mappings", sa.Column("encoding", sa.String(16), nullable=False, server_default=""))
