"""Leads that nobody has looked at wait for no opening by the hours of their upload, which the verdict asks.

Whoever was called, refused or agreed on a call-back keeps his moment.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Their own date may open later still: the first look at them says so, and until when.
    op.execute(
        "UPDATE leads SET due_at ="
        " (SELECT campaigns.created_at FROM campaigns WHERE campaigns.id = leads.campaign_id)"
        " WHERE status IN ('waiting', 'held') AND last_at IS NULL AND verdict_rule IS NULL"
        " AND due_at > CURRENT_TIMESTAMP"
    )
