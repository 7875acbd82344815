"""Column types and expressions that behave alike on SQLite and PostgreSQL.

Knows how moments and ids are kept. Must not know any table.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator

from store.errors import NaiveMoment


class UtcMoment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC to the microsecond, and read back aware in UTC.

    PostgreSQL keeps ``timestamptz``; SQLite keeps text of fixed width (``2026-11-03 09:30:00.000000``),
    which sorts like time. A naive datetime is refused with ``NaiveMoment``.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC; raises ``NaiveMoment``."""
        if value is None or value.tzinfo is UTC:
            return value
        if value.utcoffset() is None:
            raise NaiveMoment(f"{value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give a stored moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts ids up by itself only in a column of exactly this type.
ID = BigInteger().with_variant(Integer, "sqlite")


class Microseconds(GenericFunction[int]):
    """The whole microseconds from one moment to another; NULL where either is missing."""

    type = BigInteger()
    inherit_cache = True


@compiles(Microseconds, "sqlite")
def _microseconds_sqlite(element: Microseconds, compiler: SQLCompiler, **options: Any) -> str:
    """Second and fraction apart: SQLite's own functions round moments to the millisecond."""
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    seconds = f"(strftime('%s', substr({end}, 1, 19)) - strftime('%s', substr({start}, 1, 19)))"
    return f"({seconds} * 1000000 + substr({end}, 21, 6) - substr({start}, 21, 6))"


@compiles(Microseconds, "postgresql")
def _microseconds_postgresql(element: Microseconds, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(extract(epoch FROM ({end}) - ({start})) * 1000000 AS BIGINT)"
