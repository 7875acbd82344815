"""Inserting many rows quickly: the one place that goes past SQLAlchemy's parameters.

Knows how each column type is written by the SQLite driver. Must not know what any table means. SQLAlchemy
prepares every parameter of every row anew, which for a list of a million rows costs more than SQLite itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Table, insert

from store.columns import UtcMoment
from store.errors import NaiveMoment
from store.lanes import ask_sqlite_each, json_text


def insert_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows whose values stand in the order of ``columns``."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    writers = [_writer(table.c[name]) for name in columns]
    ask_sqlite_each(connection, _statement(table.name, tuple(columns)), _written(writers, rows))


def _written(
    writers: Sequence[Callable[[Any], Any] | None], rows: Iterable[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    """Write column by column: a column that needs nothing done costs nothing."""
    by_column = [
        values if writer is None else tuple(map(writer, values))
        for writer, values in zip(writers, zip(*rows, strict=True), strict=True)
    ]
    return list(zip(*by_column, strict=True))


@lru_cache(maxsize=64)
def _statement(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({marks})'  # noqa: S608 - our own names


def _writer(column: Column[Any]) -> Callable[[Any], Any] | None:
    if isinstance(column.type, JSON):
        return _json
    if isinstance(column.type, UtcMoment):
        return _moment
    if isinstance(column.type, Boolean):
        return int
    return None


def _json(value: Any) -> str:
    """Write a value down; lists are few and equal (zones), dictionaries are all different."""
    return _list_json(tuple(value)) if type(value) is list else flat_json(value)


def flat_json(value: Mapping[str, str]) -> str:
    """Write a mapping of texts as ``json_text`` does, in a tenth of the time that making an encoder takes."""
    try:
        return "{" + ",".join([f"{_quoted(key)}:{_quoted(text)}" for key, text in value.items()]) + "}"
    except TypeError:  # something in it is no text
        return json_text(value)


@lru_cache(maxsize=4_096)
def _list_json(items: tuple[str, ...]) -> str:
    return json_text(list(items))


@lru_cache(maxsize=4_096)
def _moment(value: datetime | None) -> str | None:
    """Write a moment as ``UtcMoment`` does on SQLite."""
    if value is None:
        return None
    if value.utcoffset() is None:
        raise NaiveMoment(f"{value.isoformat()} has no time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
