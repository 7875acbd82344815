"""A customer's calls to the hotline, at rest, with what was voted and recorded.

Knows whose a call is: his of whom an agent said so; else theirs who have the number. Must not know attempts.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from campaigns.model import InboundDisposition
from campaigns.people import HotlineCall
from store.rows import AnyRow
from store.tables import customers, inbound_calls, numbers, votes, wrap_ups

_WHO = bindparam("of_customer", type_=customers.c.id.type)
_OTHERS = numbers.alias("others")
_NOBODY_SAID = inbound_calls.c.customer_id.is_(None)
_SHARED = and_(
    _NOBODY_SAID,
    exists().where(_OTHERS.c.number == inbound_calls.c.number, _OTHERS.c.customer_id != _WHO),
)
_HOTLINE = (
    select(
        inbound_calls,
        votes.c.score,
        votes.c.voted_at,
        wrap_ups.c.outcome,
        wrap_ups.c.note,
        _SHARED.label("shared"),
    )
    .outerjoin(votes, votes.c.call_id == inbound_calls.c.id)
    .outerjoin(wrap_ups, wrap_ups.c.call_id == inbound_calls.c.id)
    .where(
        or_(
            inbound_calls.c.customer_id == _WHO,
            and_(
                _NOBODY_SAID,
                inbound_calls.c.number.in_(select(numbers.c.number).where(numbers.c.customer_id == _WHO)),
            ),
        )
    )
    .order_by(inbound_calls.c.started_at.desc(), inbound_calls.c.id.desc())
)


def hotline_calls(connection: Connection, customer_id: int) -> Sequence[HotlineCall]:
    """Return a customer's calls to the hotline, newest first."""
    return [_hotline_of(row) for row in connection.execute(_HOTLINE, {"of_customer": customer_id})]


def _hotline_of(row: AnyRow) -> HotlineCall:
    return HotlineCall(
        call_id=row.id,
        number=row.number,
        dialled=row.dialled,
        started_at=row.started_at,
        talked_at=row.bridged_at,
        ended_at=row.ended_at,
        disposition=None if row.disposition is None else InboundDisposition(row.disposition),
        agent_id=row.agent_id,
        vote=row.score,
        voted_at=row.voted_at,
        outcome=row.outcome,
        note=None if row.shared else row.note,
        shared=row.shared,
        shown=row.shown,
    )
