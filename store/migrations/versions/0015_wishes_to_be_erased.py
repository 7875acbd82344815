"""Who asked that a person be erased while he was being called, and when.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("erasing_asked_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("customers", sa.Column("erasing_asked_at", sa.DateTime(timezone=True)))
    asked = sa.text("erasing_asked_at IS NOT NULL")
    op.create_index(
        "ix_customers_erasing_asked_at",
        "customers",
        ["erasing_asked_at"],
        sqlite_where=asked,
        postgresql_where=asked,
    )
