"""From an attempt's commit to what became of it: facts, settlement, votes, wrap-ups, inbound calls.

Knows the statements over calls. Must not know which lead is next. Every function runs inside the caller's
transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, Update, and_, bindparam, case, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from campaigns.model import Disposition, InboundDisposition, LeadPlan, LeadStatus, Vote
from campaigns.people import ERASED
from campaigns.rules.finals import TALKED
from campaigns.rules.refusals import AGAIN
from campaigns.rules.retries import NOT_A_TALK, is_talk
from dialer import ledger_notes
from dialer.call_facts import FACT_NAMES
from dialer.ports import CallFacts, InboundCall, NewAttempt, Settlement, WrapUp
from store import ledger
from store.crediting import credit_call
from store.lead_calls import IS_LEAVING
from store.lead_queue import apply_plan, hasten_others
from store.parking import park
from store.prepared import Prepared
from store.rows import AnyRow, disposition_of, fact_values, facts_of
from store.tables import attempts, customers, inbound_calls, leads, votes, wrap_ups
from store.tables.call import HAS_NO_NUMBER, HAS_RAW_NUMBER
from store.verdicts import judge_again, overtake_person
from store.writing import insert_new, insert_or_replace, insert_row

_CALL = bindparam("of_call", type_=attempts.c.id.type)
_DISPOSITION = bindparam("new_disposition", type_=attempts.c.disposition.type)


def _noting(calls: Table) -> Update:
    """One statement for all facts; a fact that is not given leaves what is stored."""
    facts = {
        name: func.coalesce(bindparam(f"fact_{name}", type_=calls.c[name].type), calls.c[name])
        for name in FACT_NAMES
    }
    return update(calls).where(calls.c.id == _CALL).values(facts)


def _settling(calls: Table) -> Update:
    return _noting(calls).where(calls.c.disposition.is_(None)).values(disposition=_DISPOSITION)


# The moment of a last look and an attempt's commit are two transactions: whatever changes in between marks
# the claimed lead (``store.verdicts``) or takes it away, and then there is no attempt.
_TAKE = Prepared(
    update(leads)
    .where(
        leads.c.id == bindparam("of_lead"),
        or_(leads.c.status == LeadStatus.CLAIMED.value, leads.c.status == LeadStatus.WAITING.value),
        or_(leads.c.verdict_rule.is_(None), leads.c.verdict_rule != AGAIN),
        ~IS_LEAVING,
    )
    .values(last_at=bindparam("began_at"), status=LeadStatus.CLAIMED.value)
)
# What comes after the end is not taken: the ledger has told the course of the call by then.
_NOTE_ATTEMPT = Prepared(_noting(attempts).where(attempts.c.disposition.is_(None)))
_NOTE_INBOUND = Prepared(_noting(inbound_calls))
_WHOSE = (attempts.c.lead_id, attempts.c.campaign_id, attempts.c.customer_id)
_SETTLE_ATTEMPT = Prepared(_settling(attempts).returning(*_WHOSE, *(attempts.c[name] for name in FACT_NAMES)))
_SETTLE_INBOUND = Prepared(_settling(inbound_calls))
_ATTEMPT = Prepared(
    select(attempts.c.seq, *_WHOSE, attempts.c.disposition, attempts.c.agent_id, customers.c.erased_at)
    .join(customers, customers.c.id == attempts.c.customer_id)
    .where(attempts.c.id == _CALL)
)
_CALLER = (
    select(inbound_calls.c.number, inbound_calls.c.customer_id, customers.c.erased_at)
    .outerjoin(customers, customers.c.id == inbound_calls.c.customer_id)
    .where(inbound_calls.c.id == _CALL)
)
_KEEP_AS_SHOWN = (
    update(inbound_calls)
    .where(HAS_RAW_NUMBER, inbound_calls.c.number != ERASED)
    .values(
        number="",
        shown=case((inbound_calls.c.shown == "", inbound_calls.c.number), else_=inbound_calls.c.shown),
    )
)
_UNREAD_CALLERS = (
    select(inbound_calls.c.shown)
    .where(HAS_NO_NUMBER, inbound_calls.c.shown != "")
    .distinct()
    .order_by(inbound_calls.c.shown)
)
_NAME_CALLER = (
    update(inbound_calls)
    .where(HAS_NO_NUMBER, inbound_calls.c.shown == bindparam("shown_as"))
    .values(number=bindparam("read_as"))
)
_KNOWN = Prepared(
    select(
        or_(exists().where(attempts.c.id == _CALL), exists().where(inbound_calls.c.id == _CALL)).label(
            "known"
        )
    )
)
_NEWEST = Prepared(select(func.max(attempts.c.seq)).where(attempts.c.lead_id == bindparam("of_lead")))
_THE_LEAD = leads.c.id == bindparam("of_lead", type_=leads.c.id.type)
_LAST_RULE = Prepared(select(leads.c.verdict_rule).where(_THE_LEAD))
_RECORDED = Prepared(
    select(
        wrap_ups.c.outcome,
        wrap_ups.c.plan_status,
        wrap_ups.c.plan_due_at,
        wrap_ups.c.plan_reason,
        wrap_ups.c.callback_at,
    ).where(wrap_ups.c.call_id == _CALL)
)
_TO_MACHINE = (
    update(attempts)
    .where(attempts.c.id == _CALL, attempts.c.disposition.is_not(None))
    .values(disposition=Disposition.MACHINE.value)
)


def open_attempt(connection: Connection, attempt: NewAttempt) -> bool:
    """Write an attempt; false when what allowed it may not hold any more.

    ``ValueError`` for a used id or a lead under way.
    """
    taken = {"of_lead": attempt.lead_id, "began_at": attempt.committed_at}
    if _TAKE.change(connection, taken) == 0:
        return False
    try:
        insert_row(
            connection,
            attempts,
            {
                "id": attempt.id,
                "campaign_id": attempt.campaign_id,
                "lead_id": attempt.lead_id,
                "customer_id": attempt.customer_id,
                "number": attempt.number,
                "trunk": attempt.trunk,
                "reserved_agent_id": attempt.agent_id,
                "committed_at": attempt.committed_at,
                "definition_version": attempt.definition_version,
            },
        )
    except IntegrityError as fault:
        raise ValueError(
            f"attempt {attempt.id} not opened: lead {attempt.lead_id} has an attempt without an outcome, "
            f"or the id was used before ({fault.orig})"
        ) from fault
    ledger.append(connection, ledger_notes.opened(attempt))
    return True


def note_facts(connection: Connection, call_id: str, facts: CallFacts) -> None:
    """Store what is known of an attempt or inbound call; an unknown id is passed over."""
    values = {"of_call": call_id, **fact_values(facts)}
    if _NOTE_ATTEMPT.change(connection, values) == 0:
        _NOTE_INBOUND.change(connection, values)


def settle(connection: Connection, attempt_id: str, settlement: Settlement) -> bool:
    """Store the outcome and the lead's plan, once. What the agent recorded before goes first."""
    disposition, plan = settlement.disposition, settlement.plan
    recorded = _RECORDED.row(connection, {"of_call": attempt_id})
    if recorded is not None and recorded.outcome == Disposition.MACHINE:
        disposition = Disposition.MACHINE
    if recorded is not None and recorded.plan_status is not None:
        plan = LeadPlan(
            LeadStatus(recorded.plan_status),
            recorded.plan_due_at,
            recorded.plan_reason,
            appointment_at=recorded.callback_at,
        )
    values = _settling_values(attempt_id, disposition, settlement.facts)
    attempt = _SETTLE_ATTEMPT.row(connection, values)
    if attempt is None:
        return False
    if plan.status is LeadStatus.WAITING:
        _wait(connection, attempt, plan)
    else:
        apply_plan(connection, attempt.lead_id, plan)
    ended_at = settlement.facts.ended_at
    if ended_at is not None and is_talk(disposition, None if recorded is None else recorded.outcome):
        hasten_others(connection, attempt.customer_id, attempt.campaign_id, attempt.lead_id, ended_at)
    whose = (attempt.campaign_id, attempt_id, attempt.customer_id)
    ledger.append(connection, ledger_notes.settled(*whose, disposition, facts_of(attempt), plan))
    return True


def _wait(connection: Connection, attempt: AnyRow, plan: LeadPlan) -> None:
    """Let the lead of an attempt that has ended wait for the next, unless its person refused meanwhile."""
    of_lead = {"of_lead": attempt.lead_id}
    overtaken = _LAST_RULE.value(connection, of_lead) == AGAIN
    apply_plan(connection, attempt.lead_id, plan)
    if overtaken:
        park(connection, _THE_LEAD, attempt.ended_at, of_lead)


def _settling_values(
    call_id: str, disposition: Disposition | InboundDisposition, facts: CallFacts
) -> dict[str, Any]:
    return {"of_call": call_id, "new_disposition": disposition.value, **fact_values(facts)}


def record_vote(connection: Connection, vote: Vote) -> bool:
    """Store a vote, once per attempt or inbound call; false when there was one, or no such call."""
    if not _is_known(connection, vote.attempt_id):
        return False
    values = {
        "call_id": vote.attempt_id,
        "score": vote.score,
        "voted_at": vote.at,
        "source": vote.source,
    }
    return insert_new(connection, votes, values)


def _is_known(connection: Connection, call_id: str) -> bool:
    return bool(_KNOWN.value(connection, {"of_call": call_id}))


def open_inbound(connection: Connection, call: InboundCall) -> None:
    """Store an inbound call; a second time with the same id changes nothing."""
    values = {
        "id": call.id,
        "number": call.number,
        "dialled": call.dialled,
        "started_at": call.started_at,
        "shown": call.shown,
    }
    insert_new(connection, inbound_calls, values)


def settle_inbound(
    connection: Connection, call_id: str, disposition: InboundDisposition, facts: CallFacts
) -> bool:
    """Store how an inbound call ended, once; false when it was settled before or is not known."""
    return _SETTLE_INBOUND.change(connection, _settling_values(call_id, disposition, facts)) == 1


def keep_as_shown(connection: Connection) -> None:
    """Keep what stands in place of callers' numbers and is none as what was shown, beside no number."""
    connection.execute(_KEEP_AS_SHOWN)


def unread_callers(connection: Connection) -> Sequence[str]:
    """Return what callers without a number were shown as, each text once."""
    return connection.scalars(_UNREAD_CALLERS).all()


def name_caller(connection: Connection, shown: str, number: str) -> int:
    """Give calls without a number that were shown so their caller's; returns how many."""
    return connection.execute(_NAME_CALLER, {"shown_as": shown, "read_as": number}).rowcount


def record_wrap_up(connection: Connection, wrap_up: WrapUp, plan: LeadPlan | None) -> bool:
    """Store what the agent recorded; while the attempt is open the plan waits for ``settle``.

    Nothing is noted any more about somebody who was erased meanwhile; what the agent won he is credited for.
    """
    if not _is_known(connection, wrap_up.attempt_id):
        return False
    attempt = _ATTEMPT.row(connection, {"of_call": wrap_up.attempt_id})
    call = attempt or connection.execute(_CALLER, {"of_call": wrap_up.attempt_id}).one()
    gone = call.number == ERASED if call.customer_id is None else call.erased_at is not None
    values = {
        "call_id": wrap_up.attempt_id,
        "agent_id": wrap_up.agent_id,
        "outcome": wrap_up.outcome,
        "note": "" if gone else wrap_up.note,
        "recorded_at": wrap_up.at,
        "plan_status": None if plan is None else plan.status.value,
        "plan_due_at": None if plan is None else plan.due_at,
        "plan_reason": None if plan is None else plan.reason,
        "callback_at": None if gone else wrap_up.callback_at,
    }
    insert_or_replace(connection, wrap_ups, values)
    if attempt is not None:
        about = (wrap_up.credit, wrap_up.agent_id, "" if gone else wrap_up.subject, wrap_up.at)
        credit_call(connection, attempt.customer_id, wrap_up.attempt_id, *about)
    if attempt is not None and plan is not None:
        _replan(connection, attempt, plan, wrap_up.at)
    if attempt is not None:
        _concern_others(connection, attempt, wrap_up)
    campaign_id = None if attempt is None else attempt.campaign_id
    ledger.append(connection, ledger_notes.outcome(wrap_up, campaign_id, call.customer_id))
    return True


def _concern_others(connection: Connection, attempt: AnyRow, wrap_up: WrapUp) -> None:
    """Have the other leads of a customer judged by what was recorded of a call to him."""
    overtake_person(connection, attempt.customer_id)
    if is_talk(disposition_of(attempt.disposition), wrap_up.outcome):
        hasten_others(connection, attempt.customer_id, attempt.campaign_id, attempt.lead_id, wrap_up.at)
    elif wrap_up.outcome in NOT_A_TALK:
        his = and_(leads.c.customer_id == attempt.customer_id, leads.c.campaign_id == attempt.campaign_id)
        cause = f"{wrap_up.outcome} recorded by {wrap_up.agent_id}"
        judge_again(connection, and_(his, leads.c.verdict_rule == TALKED), cause, wrap_up.at)


def _replan(connection: Connection, attempt: AnyRow, plan: LeadPlan, at: datetime | None) -> None:
    """Replace the plan of a settled attempt's lead, unless a newer attempt rules it.

    Whoever was barred or said no by then (``at``) waits for no other call.
    """
    if attempt.disposition is None:
        return
    if _NEWEST.value(connection, {"of_lead": attempt.lead_id}) == attempt.seq:
        apply_plan(connection, attempt.lead_id, plan)
        park(connection, _THE_LEAD, at, {"of_lead": attempt.lead_id})


def record_machine(connection: Connection, attempt_id: str, plan: LeadPlan) -> bool:
    """Change a settled attempt's disposition to ``machine``; false when it is open or not known."""
    if connection.execute(_TO_MACHINE, {"of_call": attempt_id}).rowcount == 0:
        return False
    attempt = _ATTEMPT.row(connection, {"of_call": attempt_id})
    assert attempt is not None, "it was changed just now"
    _replan(connection, attempt, plan, None)
    whose = (attempt.campaign_id, attempt_id, attempt.customer_id)
    ledger.append(connection, ledger_notes.machine(*whose, attempt.agent_id))
    return True
