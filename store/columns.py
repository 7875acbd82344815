"""Column types that behave alike on SQLite and PostgreSQL.

Knows how moments and ids are kept. Must not know any table.
"""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Integer
from sqlalchemy.engine import Dialect
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
