"""How alembic runs the revisions: over the connection that ``store.schema`` gives, in its transaction.

``render_as_batch`` writes changes of a table so that SQLite, which can alter little, copies the table.
There are no downgrades: going back means restoring the copy made before upgrading.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from store.columns import UtcMoment
from store.tables import metadata


def spelt_out(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our own types into a new revision as what they are in the database."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcMoment) else False


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    render_item=spelt_out,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
