"""Wishes that a person be erased, asked for in the middle of a call, until the call is over.

Knows the columns of the wish, and that he is called no more meanwhile. Must not know what erasing destroys.
Every function runs inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, select, update

from campaigns import ledger_notes
from campaigns.errors import NotFound
from campaigns.model import WAITS, LeadStatus
from campaigns.people import ERASING_ASKED, EraseWish
from store import ledger
from store.lead_calls import IS_CALLED, IS_LEAVING
from store.tables import attempts, customers, leads
from store.verdicts import NO_VERDICT

_WHO = bindparam("of_customer", type_=customers.c.id.type)
_ASKED_AT = select(customers.c.erasing_asked_at).where(customers.c.id == _WHO).with_for_update()
_ASK = update(customers).where(customers.c.id == _WHO)
_CLOSE = (
    update(leads)
    .where(
        IS_LEAVING,
        or_(
            leads.c.status.in_([status.value for status in WAITS]),
            and_(leads.c.status == LeadStatus.CLAIMED.value, ~IS_CALLED),  # about to be called, or was
        ),
    )
    .values(status=LeadStatus.DONE.value, reason=ERASING_ASKED, appointment_at=None, **NO_VERDICT)
)
_DUE = (
    select(customers.c.id, customers.c.erasing_asked_by, customers.c.erasing_asked_at)
    .where(
        customers.c.erasing_asked_at.is_not(None),
        ~exists().where(attempts.c.customer_id == customers.c.id, attempts.c.disposition.is_(None)),
    )
    .order_by(customers.c.id)
)


def ask(connection: Connection, customer_id: int, at: datetime, by: str) -> datetime:
    """Remember that a person is to be erased, and close what waits of him; returns when it was asked first.

    Raises ``NotFound``.
    """
    who = {"of_customer": customer_id}
    known = connection.execute(_ASKED_AT, who).one_or_none()
    if known is None:
        raise NotFound(f"no customer {customer_id}")
    first: datetime | None = known.erasing_asked_at
    if first is None:
        connection.execute(_ASK.values(erasing_asked_at=at, erasing_asked_by=by), who)
        ledger.append(connection, ledger_notes.erasing_asked(customer_id, by))
    close(connection, leads.c.customer_id == _WHO, who)
    return first or at


def close(connection: Connection, which: ColumnElement[bool], values: Mapping[str, Any]) -> None:
    """Close those of these leads that wait, or are claimed without a call, of whoever is to be erased."""
    connection.execute(_CLOSE.where(which), dict(values))


def due(connection: Connection) -> Sequence[EraseWish]:
    """Return the wishes about people who are not being called any more."""
    return [EraseWish(row.id, row.erasing_asked_by, row.erasing_asked_at) for row in connection.execute(_DUE)]
