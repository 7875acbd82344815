"""Looking for customers by reference, number or a piece of the name: ``campaigns.finding`` over SQL.

Knows the statements. Must not know what is shown of whom. A number and a reference as it is written are
sought in an index. A reference in other letters, and a name, cost a walk over the customers, in the lane for
long reads and only where somebody asks: an index for it would make every row of every list dearer.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, or_, select

from campaigns.finding import COUNTED, Found, Sought, spellings
from store.people import customers_by_id
from store.tables import customers, numbers

_ESCAPE = "\\"
_HAS_REF = select(exists().where(customers.c.ref == bindparam("of_ref")))


def search(connection: Connection, sought: Sought, limit: int) -> Found:
    """Return the first customers who are sought, by id, and how many more there are."""
    which = _conditions(connection, sought)
    if not which:
        return Found(())
    matching = select(customers.c.id).where(or_(*which)).order_by(customers.c.id)
    ids = connection.scalars(matching.limit(limit + 1)).all()
    more = 0
    if len(ids) > limit:
        counted = connection.scalar(select(func.count()).select_from(matching.limit(COUNTED).subquery()))
        more = max(1, (counted or 0) - limit)
    people = customers_by_id(connection, ids[:limit])
    return Found([people[customer_id] for customer_id in ids[:limit]], more)


def _conditions(connection: Connection, sought: Sought) -> Sequence[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = []
    if sought.ref and connection.scalar(_HAS_REF, {"of_ref": sought.ref}):
        which.append(customers.c.ref == sought.ref)
    elif sought.ref:
        which.append(func.lower(customers.c.ref).in_(spellings(sought.ref)))
    if sought.number:
        having = select(numbers.c.customer_id).where(numbers.c.number == sought.number)
        which.append(customers.c.id.in_(having))
    small = func.lower(customers.c.name)
    which += [
        small.like(f"%{_escaped(written)}%", escape=_ESCAPE)
        for written in (spellings(sought.name) if sought.name else ())
    ]
    return which


def _escaped(text: str) -> str:
    """Return a text with the signs that stand for others in a pattern taken as they are."""
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, _ESCAPE + sign)
    return text
