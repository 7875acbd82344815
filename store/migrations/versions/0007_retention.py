"""Until when a rule pack keeps the numbers and consents of somebody who was erased.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("kept_until", sa.DateTime(timezone=True)))
    kept = sa.text("kept_until IS NOT NULL")
    op.create_index(
        "ix_customers_kept_until", "customers", ["kept_until"], sqlite_where=kept, postgresql_where=kept
    )
