"""The calls of a lead, as parts of other statements: its newest, and whether one is under way.

Knows the tables ``attempts`` and ``leads``. Must not know why anybody asks.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select

from store.tables import attempts, leads

NEWEST: Final[Any] = (
    select(func.max(attempts.c.seq))
    .where(attempts.c.lead_id == leads.c.id)
    .correlate(leads)
    .scalar_subquery()
)
"""The ``seq`` of the newest attempt of the lead at hand, NULL without any."""

IS_CALLED: Final[ColumnElement[bool]] = (
    exists().where(attempts.c.lead_id == leads.c.id, attempts.c.disposition.is_(None)).correlate(leads)
)
"""The lead at hand has an attempt without an outcome."""
