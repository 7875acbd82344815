"""The one statement that SQLite and PostgreSQL spell alike and SQLAlchemy does not: INSERT … ON CONFLICT.

Knows dialects. Must not know tables.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_Insert = postgresql.Insert | sqlite.Insert
_ROWS_AT_ONCE = 500
_INSERTS: Mapping[str, Callable[[Table], _Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key exists; says whether it was inserted."""
    statement = _INSERTS[connection.dialect.name](table).on_conflict_do_nothing()
    return connection.execute(statement, dict(values)).rowcount == 1


def insert_many_new(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> int:
    """Insert rows, passing over those whose key exists; returns how many were inserted."""
    statement = _INSERTS[connection.dialect.name](table).on_conflict_do_nothing()
    inserted = 0
    for at in range(0, len(rows), _ROWS_AT_ONCE):
        values = [dict(zip(columns, row, strict=True)) for row in rows[at : at + _ROWS_AT_ONCE]]
        # One statement of many rows: only so does the database say how many of them were new.
        inserted += connection.execute(statement.values(values)).rowcount
    return inserted


def insert_or_replace(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or set every other column of the row with the same primary key."""
    keys = [column.name for column in table.primary_key]
    insert = _INSERTS[connection.dialect.name](table)
    rest = {name: insert.excluded[name] for name in values if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest), dict(values))
