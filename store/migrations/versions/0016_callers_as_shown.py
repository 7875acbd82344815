"""A call to the hotline keeps the caller ID as it was shown, and says what it was where no agent came.

Until now such a call was ``connected`` or ``abandoned``. Whoever asked by key to be left alone is found by
the reason on the do-not-call list; a call that a former process of the service left behind may have been a
talk, and is one where somebody voted or an agent recorded it. What is left hung up in the menu: the shipped
flow has no other end. Numbers are read again when the service starts: only its settings know the region.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_WITHOUT_TALK = """
UPDATE inbound_calls SET disposition = :ended
WHERE disposition = 'connected' AND bridged_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM votes WHERE votes.call_id = inbound_calls.id)
    AND NOT EXISTS (SELECT 1 FROM wrap_ups WHERE wrap_ups.call_id = inbound_calls.id)
"""
# Told from the list, once: asked of each call, SQLite would go through the whole list for it. A reason's call
# stands from its sixteenth sign on.
_ASKED_BY_KEY = """
    AND inbound_calls.id IN (SELECT substr(suppressed_numbers.reason, 16)
        FROM suppressed_numbers WHERE suppressed_numbers.reason LIKE 'by key in call %')
"""


def upgrade() -> None:
    op.add_column("inbound_calls", sa.Column("shown", sa.Text(), nullable=False, server_default=""))
    unread = sa.text("number = ''")
    op.create_index(
        "ix_inbound_calls_unread", "inbound_calls", ["shown"], sqlite_where=unread, postgresql_where=unread
    )
    op.execute(sa.text(_WITHOUT_TALK + _ASKED_BY_KEY).bindparams(ended="opted_out"))
    op.execute(sa.text(_WITHOUT_TALK).bindparams(ended="left_in_menu"))
