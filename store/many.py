"""Many values in one statement: ``column IN (…)`` whose text is the same for any number of values.

Knows how many parameters a statement can carry, and how SQLite and PostgreSQL unpack JSON. Must not know
tables. SQLAlchemy's own expanding parameters write the statement anew for each execution, which for a list of
a million rows costs as much as looking them up.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

T = TypeVar("T")

AT_ONCE: Final = 1_000
"""Values that go into one statement, each as a parameter of its own: far below SQLite's 32,766."""


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield items in parts of as many as go into one statement."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def is_one_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Say that a column of texts or whole numbers has one of the values of a parameter, see ``values_of``."""
    values = _TextsOf if isinstance(column.type, Text) else _NumbersOf
    return column.bool_op("IN")(values(bindparam(name, type_=Text())))


def values_of(values: Iterable[str | int]) -> str:
    """Return what stands for many values in such a parameter."""
    return json.dumps(list(values))


class _TextsOf(FunctionElement[Any]):
    inherit_cache = True


class _NumbersOf(FunctionElement[Any]):
    inherit_cache = True


@compiles(_TextsOf, "sqlite")
@compiles(_NumbersOf, "sqlite")
def _on_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **kw)}))"  # noqa: S608 - a mark


@compiles(_TextsOf, "postgresql")
def _texts_on_postgresql(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT json_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS JSON)))"


@compiles(_NumbersOf, "postgresql")
def _numbers_on_postgresql(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
    texts = f"json_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS JSON))"
    return f"(SELECT CAST({texts} AS BIGINT))"
