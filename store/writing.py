"""Inserting a row: as it is, unless its key is there already, or in place of the row with its key.

Knows that SQLite and PostgreSQL spell INSERT … ON CONFLICT alike and SQLAlchemy does not. Must not know what
is in a table.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from store.prepared import Prepared

_Insert = postgresql.Insert | sqlite.Insert
_ROWS_AT_ONCE = 500
_INSERTS: Mapping[str, Callable[[Table], _Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row; raises what the database says of a row that breaks its rules."""
    _inserting(connection.dialect.name, table, tuple(values)).change(connection, values)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key exists; says whether it was inserted."""
    statement = _inserting_new(connection.dialect.name, table, tuple(values))
    return statement.change(connection, values) == 1


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
    _replacing(connection.dialect.name, table, tuple(values)).change(connection, values)


def _named(dialect: str, table: Table, columns: Sequence[str]) -> _Insert:
    """Spell an insert whose parameters are named as its columns."""
    marks = {name: bindparam(name, type_=table.c[name].type) for name in columns}
    return _INSERTS[dialect](table).values(marks)


@lru_cache(maxsize=64)
def _inserting(dialect: str, table: Table, columns: Sequence[str]) -> Prepared:
    return Prepared(_named(dialect, table, columns))


@lru_cache(maxsize=64)
def _inserting_new(dialect: str, table: Table, columns: Sequence[str]) -> Prepared:
    return Prepared(_named(dialect, table, columns).on_conflict_do_nothing())


@lru_cache(maxsize=64)
def _replacing(dialect: str, table: Table, columns: Sequence[str]) -> Prepared:
    keys = [column.name for column in table.primary_key]
    insert = _named(dialect, table, columns)
    rest = {name: insert.excluded[name] for name in columns if name not in keys}
    return Prepared(insert.on_conflict_do_update(index_elements=keys, set_=rest))
