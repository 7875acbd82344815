"""What other statements ask of the lead at hand: newest call, one under way, its person and number.

Knows the tables ``attempts``, ``customers``, ``leads`` and ``numbers``. Must not know why anybody asks.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, or_, select

from store.tables import attempts, customers, leads, numbers

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

IS_LEAVING: Final[ColumnElement[bool]] = (
    exists()
    .where(
        customers.c.id == leads.c.customer_id,
        or_(customers.c.erased_at.is_not(None), customers.c.erasing_asked_at.is_not(None)),
    )
    .correlate(leads)
)
"""The person of the lead at hand was erased, or is to be as soon as his call is over: nobody calls him."""

IS_HIS_NUMBER: Final[ColumnElement[bool]] = (
    exists()
    .where(numbers.c.customer_id == leads.c.customer_id, numbers.c.number == leads.c.number)
    .correlate(leads)
)
"""The number of the lead at hand is its customer's still: nobody has taken it away by hand."""
