"""The one statement that SQLite and PostgreSQL spell alike and SQLAlchemy does not: INSERT … ON CONFLICT.

Knows dialects. Must not know tables.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_Insert = postgresql.Insert | sqlite.Insert
_INSERTS: Mapping[str, Callable[[Table], _Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key exists; says whether it was inserted."""
    statement = _INSERTS[connection.dialect.name](table).on_conflict_do_nothing()
    return connection.execute(statement, dict(values)).rowcount == 1


def insert_or_replace(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or set every other column of the row with the same primary key."""
    keys = [column.name for column in table.primary_key]
    insert = _INSERTS[connection.dialect.name](table)
    rest = {name: insert.excluded[name] for name in values if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest), dict(values))
