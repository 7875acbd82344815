"""Reading customers with their numbers. Must not know leads or attempts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from campaigns.model import Customer
from store.prepared import Prepared
from store.rows import customer_of
from store.tables import customers, numbers

_CUSTOMER = Prepared(select(customers).where(customers.c.id == bindparam("customer_id")))
_NUMBERS = Prepared(
    select(numbers.c.number, numbers.c.kind)
    .where(numbers.c.customer_id == bindparam("customer_id"))
    .order_by(numbers.c.position)
)
_CUSTOMERS = select(customers).where(customers.c.id.in_(bindparam("customer_ids", expanding=True)))
_NUMBERS_OF = (
    select(numbers.c.customer_id, numbers.c.number, numbers.c.kind)
    .where(numbers.c.customer_id.in_(bindparam("customer_ids", expanding=True)))
    .order_by(numbers.c.customer_id, numbers.c.position)
)
_OWNER = (
    select(func.min(numbers.c.customer_id))
    .where(numbers.c.number == bindparam("number"))
    .having(func.count() == 1)
)


def customer_by_id(connection: Connection, customer_id: int) -> Customer | None:
    """Return a customer, or None when there is none of that id."""
    row = _CUSTOMER.row(connection, {"customer_id": customer_id})
    if row is None:
        return None
    kept = _NUMBERS.rows(connection, {"customer_id": customer_id})
    return customer_of(row, kept)


def customer_by_number(connection: Connection, number: str) -> Customer | None:
    """Return the one customer who has this number; None when nobody or more than one has it."""
    owner = connection.scalar(_OWNER, {"number": number})
    return None if owner is None else customer_by_id(connection, owner)


def customers_by_id(connection: Connection, customer_ids: Sequence[int]) -> Mapping[int, Customer]:
    """Return customers by id, in two statements however many they are."""
    if not customer_ids:
        return {}
    wanted = {"customer_ids": list(set(customer_ids))}
    kept: dict[int, list[Any]] = {customer_id: [] for customer_id in wanted["customer_ids"]}
    for row in connection.execute(_NUMBERS_OF, wanted):
        kept[row.customer_id].append(row[1:])
    return {row.id: customer_of(row, kept[row.id]) for row in connection.execute(_CUSTOMERS, wanted)}
