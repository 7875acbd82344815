"""Who entered a customer by hand, and whose call to the hotline it was by an agent's word.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("made_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("customers", sa.Column("made_at", sa.DateTime(timezone=True)))
    # Written out, since SQLite takes a foreign key only together with its new column.
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE inbound_calls ADD COLUMN customer_id {number}"
        " CONSTRAINT fk_inbound_calls_customer_id REFERENCES customers (id)"
    )
    of_somebody = sa.text("customer_id IS NOT NULL")
    op.create_index(
        "ix_inbound_calls_customer",
        "inbound_calls",
        ["customer_id"],
        sqlite_where=of_somebody,
        postgresql_where=of_somebody,
    )
