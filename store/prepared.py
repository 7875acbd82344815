"""Statements that every call runs, prepared once for SQLite and from then on handed straight to its driver.

Knows how SQLAlchemy spells a statement for SQLite and what its types make of values on the way. Must not know
tables. For each execution SQLAlchemy looks the spelling up by a key of all its parts, and builds parameters
and result anew: five to ten times the work of SQLite itself, for each of some twenty statements a call. What
is asked seldom needs none of this. On PostgreSQL, whose driver waits on the network, a statement goes the
usual way.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from store.lanes import NO_VALUES, ask_sqlite
from store.rows import AnyRow

Values = Mapping[str, Any]

_Turn = Callable[[Any], Any] | None
_SPELLING = cast(Dialect, sqlite.dialect(paramstyle="named"))


class Prepared:
    """A statement of SQLAlchemy whose parameters are all named.

    Faults of the database are raised as SQLAlchemy raises them. Rows have the statement's columns as
    attributes, and can be unpacked.
    """

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._on_sqlite: _OnSqlite | None = None

    def rows(self, connection: Connection, values: Values = NO_VALUES) -> Sequence[AnyRow]:
        """Return all rows."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self.statement, values).all()
        return self._ready(connection.dialect).rows(connection, values)

    def row(self, connection: Connection, values: Values = NO_VALUES) -> AnyRow | None:
        """Return the only row; None when there is none."""
        found = self.rows(connection, values)
        assert len(found) < 2, "a statement for one row found more"
        return found[0] if found else None

    def value(self, connection: Connection, values: Values = NO_VALUES) -> Any:
        """Return the first column of the only row; None when there is none."""
        found = self.row(connection, values)
        return None if found is None else found[0]

    def change(self, connection: Connection, values: Values = NO_VALUES) -> int:
        """Run a statement that returns no rows; says how many it wrote."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self.statement, values).rowcount
        return self._ready(connection.dialect).change(connection, values)

    def _ready(self, dialect: Dialect) -> "_OnSqlite":
        if self._on_sqlite is None:  # two threads that come at once make the same
            self._on_sqlite = _OnSqlite(self.statement, dialect)
        return self._on_sqlite


class _OnSqlite:
    """What SQLite's driver is given for a statement, and how its answer is read."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = cast(SQLCompiler, cast(Any, statement).compile(dialect=_SPELLING))
        assert not compiled.insert_prefetch, "a default that Python makes would be left out"
        assert not compiled.update_prefetch, "a default that Python makes would be left out"
        self._said = str(compiled)
        self._constants: dict[str, Any] = {}
        self._writers: list[tuple[str, _Turn]] = []  # how each value that must be given is written
        for name, mark in compiled.binds.items():
            write = cast(_Turn, mark.type.dialect_impl(dialect).bind_processor(dialect))
            if mark.required:
                self._writers.append((name, write))
            else:
                self._constants[name] = mark.effective_value if write is None else write(mark.effective_value)
        columns = getattr(statement, "exported_columns", ())
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._readers = [(place, read) for place, read in enumerate(readers) if read is not None]
        self._row: Any = namedtuple("Row", [column.key for column in columns], rename=True)  # type: ignore[misc]

    def rows(self, connection: Connection, values: Values) -> Sequence[AnyRow]:
        found = []
        for kept in self._run(connection, values).fetchall():
            row = list(kept)
            for place, read in self._readers:
                row[place] = read(row[place])
            found.append(self._row._make(row))
        return found

    def change(self, connection: Connection, values: Values) -> int:
        return self._run(connection, values).rowcount

    def _run(self, connection: Connection, values: Values) -> sqlite3.Cursor:
        given = self._constants.copy()
        for name, write in self._writers:
            given[name] = values[name] if write is None else write(values[name])
        return ask_sqlite(connection, self._said, given)
