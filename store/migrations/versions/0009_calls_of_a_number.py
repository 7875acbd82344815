"""The calls of a number to the hotline are found by it; what an earlier version left open of erased people.

Until leads of erased people were guarded, recycling a list or recording a call late could let one wait
again, and keep a note. Whoever has ``erased_at`` asked to be erased, so any lead of his that is not done, and
any note about a call to him, is such a leftover.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CLOSE = """
UPDATE leads SET status = 'done', reason = 'the customer''s data was erased', appointment_at = NULL,
    verdict_rule = NULL, verdict_pack = NULL, verdict_version = NULL, verdict_zone = NULL,
    verdict_book = NULL, verdict_at = NULL
WHERE status != 'done'
    AND customer_id IN (SELECT id FROM customers WHERE erased_at IS NOT NULL)
"""
_UNSAY = """
UPDATE wrap_ups SET note = '' WHERE note != '' AND call_id IN (
    SELECT attempts.id FROM attempts JOIN customers ON customers.id = attempts.customer_id
    WHERE customers.erased_at IS NOT NULL
)
"""


def upgrade() -> None:
    op.create_index("ix_inbound_calls_number", "inbound_calls", ["number", "started_at"])
    op.execute(sa.text(_CLOSE))
    op.execute(sa.text(_UNSAY))
