"""Reading customers with their numbers. Must not know leads or attempts."""

from sqlalchemy import Connection, bindparam, func, select

from campaigns.model import Customer
from store.rows import customer_of
from store.tables import customers, numbers

_CUSTOMER = select(customers).where(customers.c.id == bindparam("customer_id"))
_NUMBERS = (
    select(numbers.c.number)
    .where(numbers.c.customer_id == bindparam("customer_id"))
    .order_by(numbers.c.position)
)
_OWNER = (
    select(func.min(numbers.c.customer_id))
    .where(numbers.c.number == bindparam("number"))
    .having(func.count() == 1)
)


def customer_by_id(connection: Connection, customer_id: int) -> Customer | None:
    """Return a customer, or None when there is none of that id."""
    row = connection.execute(_CUSTOMER, {"customer_id": customer_id}).one_or_none()
    if row is None:
        return None
    kept = connection.scalars(_NUMBERS, {"customer_id": customer_id}).all()
    return customer_of(row, tuple(kept))


def customer_by_number(connection: Connection, number: str) -> Customer | None:
    """Return the one customer who has this number; None when nobody or more than one has it."""
    owner = connection.scalar(_OWNER, {"number": number})
    return None if owner is None else customer_by_id(connection, owner)
