"""Numbers that were taken away from a customer by hand: erasing him looks for them too.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "removed_numbers",
        sa.Column("customer_id", _ID, sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("number", sa.Text(), primary_key=True),
        sqlite_with_rowid=False,
    )
