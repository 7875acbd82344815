"""Crediting agents for what a call won: the credits of a call follow what was recorded of it, once.

Knows the statements over ``credits`` and over the class of whoever bought. Must not know templates: what an
outcome is worth comes with it. Every function runs inside the caller's transaction.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from campaigns.model import CreditKind, CustomerClass
from store.rows import RANK
from store.tables import credit_notes, customers, leads

_WHO = bindparam("of_customer", type_=customers.c.id.type)
_OF_CALL = bindparam("of_call", type_=credit_notes.c.call_id.type)
# The second condition is that of the index, which holds the credits of calls alone.
_UNDO = delete(credit_notes).where(credit_notes.c.call_id == _OF_CALL, credit_notes.c.call_id != "")
_BROUGHT = (
    select(credit_notes.c.agent_id)
    .where(credit_notes.c.customer_id == _WHO, credit_notes.c.kind == CreditKind.BROUGHT.value)
    .order_by(credit_notes.c.id)
    .limit(1)
)
_BECOMES = (
    update(customers)
    .where(customers.c.id == _WHO, customers.c.customer_class == CustomerClass.POTENTIAL.value)
    .values(customer_class=CustomerClass.ORDINARY.value)
)
_RANKS = update(leads).where(leads.c.customer_id == _WHO).values(rank=RANK[CustomerClass.ORDINARY])


def credit_call(
    connection: Connection,
    customer_id: int,
    call_id: str,
    kind: CreditKind | None,
    agent_id: str,
    subject: str,
    at: datetime,
) -> None:
    """Credit an agent for a call, in place of what the call was credited with before; None credits nobody.

    Whoever brought the customer is credited again at each closing, and a potential customer becomes one by
    it. He is brought once.
    """
    connection.execute(_UNDO, {"of_call": call_id})
    if kind is None:
        return
    brought = connection.scalar(_BROUGHT, {"of_customer": customer_id})
    given: list[tuple[CreditKind, str]] = []
    if kind is CreditKind.CLOSED or not brought:
        given.append((kind, agent_id))
    if kind is CreditKind.CLOSED:
        if brought:
            given.append((CreditKind.BROUGHT, brought))
        if connection.execute(_BECOMES, {"of_customer": customer_id}).rowcount:
            connection.execute(_RANKS, {"of_customer": customer_id})
    for what, whom in given:
        values = {"customer_id": customer_id, "kind": what.value, "agent_id": whom, "subject": subject}
        connection.execute(insert(credit_notes), {**values, "credited_at": at, "call_id": call_id})
