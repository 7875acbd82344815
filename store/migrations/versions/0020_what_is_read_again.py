"""What is read again at a start: indexes of those caller IDs, and with what they were read last.

Conditions are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NO_E164 = (
    "(number NOT LIKE '+%' OR number LIKE '+0%' OR length(number) NOT BETWEEN 3 AND 16"
    " OR ltrim(substr(number, 2), '0123456789') <> '')"
)
_OPT_OUTS = "suppressed_numbers", ["list_id", "suppressed_at", "number"]
_INDEXES = (
    ("ix_suppressed_numbers_unread", *_OPT_OUTS, _NO_E164),
    ("ix_suppressed_numbers_read", *_OPT_OUTS, "reason LIKE '%, shown as %'"),
    ("ix_inbound_calls_raw", "inbound_calls", ["number"], f"number <> '' AND {_NO_E164}"),
)


def upgrade() -> None:
    op.add_column("suppression_lists", sa.Column("read_with", sa.Text(), nullable=False, server_default=""))
    for name, table, columns, condition in _INDEXES:
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
