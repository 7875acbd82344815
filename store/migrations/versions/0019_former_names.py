"""Names and references that customers went by before: erasing somebody looks for them too.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "former_names",
        sa.Column("customer_id", _ID, sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sqlite_with_rowid=False,
    )
