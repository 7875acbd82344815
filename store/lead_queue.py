"""The queue of leads: taking the most urgent one, giving it back, when the next is due.

Knows the statements over ``leads`` that decide who is called next. Must not know how an attempt goes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    ScalarSelect,
    Update,
    and_,
    bindparam,
    exists,
    func,
    select,
    union_all,
    update,
)

from campaigns.books import LIST_DELETED
from campaigns.model import WAITS, Disposition, LeadPlan, LeadStatus
from campaigns.rules.refusals import AGAIN, change_to, matters
from dialer.ports import Claim
from store import erase_wishes, verdicts
from store.columns import UtcMoment
from store.evidence import evidence_of
from store.lead_calls import IS_CALLED, IS_LEAVING
from store.many import is_one_of, values_of
from store.people import customer_by_id
from store.prepared import Prepared
from store.rows import RANK, AnyRow, lead_of, verdict_of
from store.tables import attempts, campaigns, leads, lists

# So many leads of lists that are off are put aside in one claim; more wait for the next one, in a moment.
_HELD_IN_A_ROW = 50

_OF_CAMPAIGN = bindparam("of_campaign", type_=leads.c.campaign_id.type)
_MOMENT = bindparam("moment", type_=UtcMoment())
_LEAD = bindparam("of_lead", type_=leads.c.id.type)


def _most_urgent(rank: int) -> ScalarSelect[int]:
    """One seek in the claiming index. SKIP LOCKED lets nodes on PostgreSQL pass each other's claims."""
    return (
        select(leads.c.id)
        .where(
            leads.c.campaign_id == _OF_CAMPAIGN,
            leads.c.status == LeadStatus.WAITING.value,
            leads.c.rank == rank,
            leads.c.due_at <= _MOMENT,
        )
        .order_by(leads.c.due_at, leads.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


def _claiming() -> Update:
    """Class by class: a million leads of a higher class that are not due cost one seek, not a walk."""
    urgent = func.coalesce(*(_most_urgent(rank) for rank in sorted(RANK.values())))
    return (
        update(leads)
        .where(leads.c.id == urgent, leads.c.status == LeadStatus.WAITING.value)
        .values(status=LeadStatus.CLAIMED.value)
    )


_IS_OFF = exists().where(lists.c.id == leads.c.list_id, ~lists.c.active).correlate(leads)
_IS_DELETED = (
    select(lists.c.deleted_at.is_not(None))
    .where(lists.c.id == leads.c.list_id)
    .correlate(leads)
    .scalar_subquery()
)
_CLAIM = Prepared(
    _claiming().returning(leads, _IS_OFF.label("list_is_off"), _IS_DELETED.label("list_is_deleted"))
)
_TRIED = Prepared(
    select(attempts.c.disposition, func.count())
    .where(
        attempts.c.lead_id == _LEAD,
        attempts.c.disposition.is_not(None),
        attempts.c.seq > select(leads.c.recycled_after).where(leads.c.id == _LEAD).scalar_subquery(),
    )
    .group_by(attempts.c.disposition)
)
_TRIED_OF_MANY = (
    select(attempts.c.lead_id, attempts.c.disposition, func.count())
    .join(leads, leads.c.id == attempts.c.lead_id)
    .where(
        is_one_of(attempts.c.lead_id, "lead_ids"),
        attempts.c.disposition.is_not(None),
        attempts.c.seq > leads.c.recycled_after,
    )
    .group_by(attempts.c.lead_id, attempts.c.disposition)
)
_HOLD = update(leads).where(leads.c.id == _LEAD).values(status=LeadStatus.HELD.value)
_CLOSE = update(leads).where(leads.c.id == _LEAD).values(status=LeadStatus.DONE.value, reason=LIST_DELETED)
_CLOSE_WAITING = (
    update(leads)
    .where(leads.c.campaign_id == _OF_CAMPAIGN, leads.c.status.in_([status.value for status in WAITS]))
    .values(status=LeadStatus.DONE.value, reason=bindparam("why"), **verdicts.NO_VERDICT)
)
# Asked for the first in the order of the claiming index: PostgreSQL, which plans this once for all campaigns,
# would otherwise expect to come upon one soon in any order, and walk through the table where there is none.
_HOLDS = (
    select(leads.c.id)
    .where(leads.c.campaign_id == _OF_CAMPAIGN, leads.c.status == LeadStatus.HELD.value)
    .order_by(leads.c.rank, leads.c.due_at, leads.c.id)
    .limit(1)
)
_IS_CLAIMED = and_(leads.c.status == LeadStatus.CLAIMED.value, ~IS_CALLED)
_CLAIMED = Prepared(select(leads).where(leads.c.id == _LEAD, _IS_CLAIMED))
_CLAIMED_ON = Prepared(select(leads).where(leads.c.id == _LEAD, _IS_CLAIMED, ~_IS_OFF, ~IS_LEAVING))
_CALLED = Prepared(
    select(leads)
    .join(attempts, attempts.c.lead_id == leads.c.id)
    .where(
        attempts.c.id == bindparam("of_call", type_=attempts.c.id.type),
        attempts.c.disposition.is_(None),
        ~IS_LEAVING,
    )
)
_SEEN = update(leads).where(leads.c.id == _LEAD, leads.c.verdict_rule == AGAIN).values(verdicts.NO_VERDICT)
_GIVE_BACK = update(leads).where(leads.c.id == _LEAD, _IS_CLAIMED).values(status=LeadStatus.WAITING.value)
# Through the campaigns, because the claiming index starts with them.
_RECLAIM = (
    update(leads)
    .where(leads.c.campaign_id.in_(select(campaigns.c.id)), _IS_CLAIMED)
    .values(status=LeadStatus.WAITING.value)
)
_PLAN = (
    update(leads)
    .where(leads.c.id == _LEAD)
    .values(
        status=bindparam("plan_status"),
        due_at=func.coalesce(bindparam("plan_due_at", type_=UtcMoment()), leads.c.due_at),
        reason=bindparam("plan_reason"),
        appointment_at=func.coalesce(
            bindparam("plan_appointment_at", type_=UtcMoment()), leads.c.appointment_at
        ),
    )
)
_RETURN = Prepared(
    _PLAN.where(~IS_LEAVING).values(
        {name: bindparam(f"plan_{name}", type_=leads.c[name].type) for name in verdicts.NO_VERDICT}
    )
)
# What ends a call may be told after its person was erased, or that he be: no plan lets his lead wait.
_END = Prepared(_PLAN.where(~IS_LEAVING).values(verdicts.NO_VERDICT))
_AWAIT = Prepared(_PLAN.where(~IS_LEAVING).values(verdicts.UNTIL_DUE))
_HASTEN = Prepared(
    update(leads)
    .where(
        leads.c.customer_id == bindparam("of_customer"),
        leads.c.campaign_id == _OF_CAMPAIGN,
        leads.c.id != _LEAD,
        leads.c.status == LeadStatus.WAITING.value,
        leads.c.due_at > _MOMENT,
    )
    .values(due_at=_MOMENT, reason="", **verdicts.NO_VERDICT)
)
_NEXT_DUE = Prepared(
    union_all(
        *(
            select(func.min(leads.c.due_at).label("due_at")).where(
                leads.c.campaign_id == _OF_CAMPAIGN,
                leads.c.status == LeadStatus.WAITING.value,
                leads.c.rank == rank,
            )
            for rank in sorted(RANK.values())
        )
    )
)


def claim(connection: Connection, campaign_id: int, moment: datetime) -> Claim | None:
    """Take the most urgent lead due at ``moment``; None when there is none.

    A lead of a list that is switched off is held instead, one of a deleted list closed, and the next one is
    taken: a retry may have put it back among the waiting meanwhile.
    """
    for _ in range(_HELD_IN_A_ROW):
        row = _CLAIM.row(connection, {"of_campaign": campaign_id, "moment": moment})
        if row is None:
            return None
        if not row.list_is_off:
            return _claimed(connection, row, moment)
        connection.execute(_CLOSE if row.list_is_deleted else _HOLD, {"of_lead": row.id})
    return None


def _claimed(connection: Connection, row: AnyRow, moment: datetime) -> Claim:
    customer = customer_by_id(connection, row.customer_id)
    assert customer is not None, "a foreign key holds the customer of every lead"
    evidence = evidence_of(connection, row, moment)
    # Whoever was never tried has no attempts to count: that is most of a list.
    ended = {} if row.last_at is None else tried(connection, row.id)
    return Claim(lead=lead_of(row, ended), customer=customer, evidence=evidence)


def claimed(connection: Connection, lead_id: int, moment: datetime) -> Claim | None:
    """Return a claimed lead without an open attempt again, with what is known at ``moment``.

    None too when its list is off (given back, it is put aside at its next turn) or its person to be erased.
    What changed is seen now.
    """
    row = _CLAIMED_ON.row(connection, {"of_lead": lead_id})
    if row is None:
        return None
    if row.verdict_rule == AGAIN:
        connection.execute(_SEEN, {"of_lead": lead_id})
    return _claimed(connection, row, moment)


def called(connection: Connection, attempt_id: str, moment: datetime) -> Claim | None:
    """Return the lead of an attempt that is not over, of whom nobody asked to erase, as ``claimed`` does."""
    row = _CALLED.row(connection, {"of_call": attempt_id})
    return None if row is None else _claimed(connection, row, moment)


def unclaim(connection: Connection, taken: Claim | None) -> None:
    """Put a lead back as it was, when whoever asked for it has gone."""
    if taken is not None:
        connection.execute(_GIVE_BACK, {"of_lead": taken.lead.id})


def return_lead(connection: Connection, lead_id: int, plan: LeadPlan) -> None:
    """Apply a plan to a lead that is claimed and has no open attempt; any other stays as it is.

    A refusal that was judged by what has changed meanwhile is not taken: the lead waits to be judged again.
    """
    before = _CLAIMED.row(connection, {"of_lead": lead_id})
    if before is None:
        return
    refusal = plan.verdict
    if refusal is not None and before.verdict_rule == AGAIN:
        plan, refusal = LeadPlan(LeadStatus.WAITING, before.due_at, before.reason), None
    kept = {f"plan_{name}": value for name, value in verdicts.columns_of(refusal).items()}
    if _RETURN.change(connection, {**_plan_values(lead_id, plan), **kept}) == 0:
        erase_wishes.close(connection, leads.c.id == _LEAD, {"of_lead": lead_id})
        return
    if refusal is not None and matters(verdict_of(before), refusal):
        verdicts.append(connection, [change_to(lead_id, refusal)])


def apply_plan(connection: Connection, lead_id: int, plan: LeadPlan) -> None:
    """Put a lead where a plan after an attempt says; without a due time it keeps the one it had.

    The lead of somebody who was erased stays closed, and that of somebody who is to be is closed.
    """
    statement = _AWAIT if plan.status is LeadStatus.WAITING else _END
    if statement.change(connection, _plan_values(lead_id, plan)) == 0:
        erase_wishes.close(connection, leads.c.id == _LEAD, {"of_lead": lead_id})


def _plan_values(lead_id: int, plan: LeadPlan) -> dict[str, Any]:
    return {
        "of_lead": lead_id,
        "plan_status": plan.status.value,
        "plan_due_at": plan.due_at,
        "plan_reason": plan.reason,
        "plan_appointment_at": plan.appointment_at,
    }


def hasten_others(
    connection: Connection, customer_id: int, campaign_id: int, lead_id: int, moment: datetime
) -> None:
    """Let the other leads of somebody who was talked to be judged now: no rule lets them be called any more.

    Whatever they were due for is no reason to keep the campaign open.
    """
    values = {"of_customer": customer_id, "of_campaign": campaign_id, "of_lead": lead_id, "moment": moment}
    _HASTEN.change(connection, values)


def close_waiting(connection: Connection, campaign_id: int, reason: str) -> int:
    """Close every lead of a campaign that waits, is held or was refused; returns how many."""
    return connection.execute(_CLOSE_WAITING, {"of_campaign": campaign_id, "why": reason}).rowcount


def reclaim_orphans(connection: Connection) -> int:
    """Put claimed leads without an open attempt back to waiting; returns how many."""
    return connection.execute(_RECLAIM).rowcount


def next_due(connection: Connection, campaign_id: int) -> datetime | None:
    """When the next waiting lead is due; None when none waits."""
    found = _NEXT_DUE.rows(connection, {"of_campaign": campaign_id})
    return min((due_at for (due_at,) in found if due_at is not None), default=None)


def holds_leads(connection: Connection, campaign_id: int) -> bool:
    """Say whether leads of a campaign are held: one seek in the claiming index."""
    return connection.scalar(_HOLDS, {"of_campaign": campaign_id}) is not None


def tried(connection: Connection, lead_id: int) -> Mapping[Disposition, int]:
    """Count a lead's ended attempts by disposition, from the attempts themselves: nothing can drift apart."""
    found = _TRIED.rows(connection, {"of_lead": lead_id})
    return {Disposition(disposition): count for disposition, count in found}


def tried_of_many(connection: Connection, lead_ids: Sequence[int]) -> Mapping[int, Mapping[Disposition, int]]:
    """Count as ``tried`` does, for many leads at once; those without an ended attempt are left out."""
    counts: dict[int, dict[Disposition, int]] = {}
    for lead_id, disposition, count in connection.execute(_TRIED_OF_MANY, {"lead_ids": values_of(lead_ids)}):
        counts.setdefault(lead_id, {})[Disposition(disposition)] = count
    return counts


def lead_by_id(connection: Connection, lead_id: int) -> AnyRow:
    """Return the row of a lead that is known to exist."""
    return connection.execute(select(leads).where(leads.c.id == _LEAD), {"of_lead": lead_id}).one()
