"""Leads being worked and attempts being made, at rest: ``dialer.ports.CallBook`` over SQL.

Knows which unit of work stands behind each method. Must not know their statements: those are in
``store.lead_queue`` and ``store.outcomes``. What writes has been committed when it returns.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from campaigns.model import Campaign, Customer, InboundDisposition, Lead, LeadPlan, Vote
from campaigns.people import ERASED
from dialer.ports import (
    OFFLINE,
    AgentTalk,
    CallFacts,
    Claim,
    InboundCall,
    NewAttempt,
    OpenAttempt,
    PastCall,
    Settlement,
    WrapUp,
)
from store import lead_queue, outcomes
from store.campaign_book import campaign_by_id
from store.database import Database
from store.people import customer_by_id, customer_by_number
from store.prepared import Prepared
from store.rows import disposition_of, facts_of, lead_of, open_attempt_of
from store.tables import agent_wishes, attempts, inbound_calls, wrap_ups
from store.writing import insert_or_replace

_OPEN_ATTEMPTS = Prepared(
    select(attempts).where(attempts.c.disposition.is_(None)).order_by(attempts.c.committed_at, attempts.c.seq)
)
_OPEN_INBOUND = (
    select(inbound_calls.c.id)
    .where(inbound_calls.c.disposition.is_(None))
    .order_by(inbound_calls.c.started_at, inbound_calls.c.id)
)
_WISHES = select(agent_wishes.c.agent_id, agent_wishes.c.wish)
_LEAVES = select(agent_wishes.c.agent_id, agent_wishes.c.leaves_at).where(
    agent_wishes.c.leaves_at.is_not(None)
)
_LEAD_OF = select(attempts.c.lead_id).where(attempts.c.id == bindparam("attempt_id"))
_ATTEMPT = select(attempts).where(attempts.c.id == bindparam("of_call"))
_OUTCOME = select(wrap_ups.c.outcome).where(wrap_ups.c.call_id == bindparam("of_call"))
_TALKS = select(agent_wishes.c.agent_id, agent_wishes.c.call_id, agent_wishes.c.wrap_up_ends_at).where(
    agent_wishes.c.call_id.is_not(None)
)
_INBOUND = select(inbound_calls).where(inbound_calls.c.id == bindparam("of_call"))


class SqlCallBook:
    """``CallBook`` over one database; faults of the database come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign as it is now; raises ``NotFound``."""
        return await self._database.read(lambda connection: campaign_by_id(connection, campaign_id))

    async def claim(self, campaign_id: int, moment: datetime) -> Claim | None:
        """Take the most urgent waiting lead that is due; a caller cancelled meanwhile leaves it waiting."""
        return await self._database.write(
            lambda connection: lead_queue.claim(connection, campaign_id, moment), undo=lead_queue.unclaim
        )

    async def claimed(self, lead_id: int, moment: datetime) -> Claim | None:
        """Return a claimed lead again with what is known at ``moment``, and count what changed as seen."""
        return await self._database.write(lambda connection: lead_queue.claimed(connection, lead_id, moment))

    async def called(self, attempt_id: str, moment: datetime) -> Claim | None:
        """Return the lead of an attempt that is not over with what is known at ``moment``."""
        return await self._database.read(lambda connection: lead_queue.called(connection, attempt_id, moment))

    async def return_lead(self, lead_id: int, plan: LeadPlan) -> None:
        """Give a claimed lead back; a lead that is not claimed, or has an open attempt, stays as it is."""
        await self._database.write(lambda connection: lead_queue.return_lead(connection, lead_id, plan))

    async def close_waiting(self, campaign_id: int, reason: str) -> int:
        """Close every lead of a campaign that waits, is held or was refused; returns how many."""
        return await self._database.write(
            lambda connection: lead_queue.close_waiting(connection, campaign_id, reason)
        )

    async def reclaim_orphans(self) -> int:
        """Put claimed leads without an open attempt back to waiting; returns how many."""
        return await self._database.write(lead_queue.reclaim_orphans)

    async def next_due(self, campaign_id: int) -> datetime | None:
        """When the next waiting lead of a campaign is due; None when none waits."""
        return await self._database.read(lambda connection: lead_queue.next_due(connection, campaign_id))

    async def holds_leads(self, campaign_id: int) -> bool:
        """Say whether leads of a campaign are held because their list is switched off."""
        return await self._database.read(lambda connection: lead_queue.holds_leads(connection, campaign_id))

    async def open_attempt(self, attempt: NewAttempt) -> bool:
        """Commit an attempt; false when what allowed it may not hold any more.

        Raises ``ValueError`` for a used id or a lead with an open attempt.
        """
        return await self._database.write(lambda connection: outcomes.open_attempt(connection, attempt))

    async def note_facts(self, attempt_id: str, facts: CallFacts) -> None:
        """Store what is known so far of an attempt or inbound call; an unknown id is passed over."""
        await self._database.write(lambda connection: outcomes.note_facts(connection, attempt_id, facts))

    async def settle(self, attempt_id: str, settlement: Settlement) -> bool:
        """Store the outcome and the lead's plan, once; a plan the agent recorded before goes first."""
        return await self._database.write(
            lambda connection: outcomes.settle(connection, attempt_id, settlement)
        )

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """Return every attempt without an outcome, oldest first."""
        return await self._database.read(
            lambda connection: [open_attempt_of(row) for row in _OPEN_ATTEMPTS.rows(connection)]
        )

    async def lead_of(self, attempt_id: str) -> tuple[Lead, Campaign] | None:
        """Return the lead and campaign behind an attempt; None when there is no such attempt."""
        return await self._database.read(lambda connection: _lead_of(connection, attempt_id))

    async def record_vote(self, vote: Vote) -> bool:
        """Store a vote, once per attempt or inbound call; false when there was one, or no such call."""
        return await self._database.write(lambda connection: outcomes.record_vote(connection, vote))

    async def open_inbound(self, call: InboundCall) -> None:
        """Store an inbound call; a second time with the same id changes nothing."""
        await self._database.write(lambda connection: outcomes.open_inbound(connection, call))

    async def inbound_call(self, call_id: str) -> tuple[InboundCall, Customer | None] | None:
        """Return an inbound call and its caller, by an agent's word or by his number; None without it."""
        return await self._database.read(lambda connection: _inbound_call(connection, call_id))

    async def settle_inbound(self, call_id: str, disposition: InboundDisposition, facts: CallFacts) -> bool:
        """Store how an inbound call ended, once; false when it was settled before or is not known."""
        return await self._database.write(
            lambda connection: outcomes.settle_inbound(connection, call_id, disposition, facts)
        )

    async def keep_as_shown(self) -> None:
        """Keep what stands in place of callers' numbers and is none as what was shown."""
        await self._database.write(outcomes.keep_as_shown)

    async def unread_callers(self) -> Sequence[str]:
        """Return what callers without a number were shown as, each text once."""
        return await self._database.read(outcomes.unread_callers)

    async def name_caller(self, shown: str, number: str) -> int:
        """Give calls without a number that were shown so their caller's; returns how many."""
        return await self._database.write(lambda connection: outcomes.name_caller(connection, shown, number))

    async def customer_by_number(self, number: str) -> Customer | None:
        """Return the one customer who has this number; None when nobody or more than one has it."""
        return await self._database.read(lambda connection: customer_by_number(connection, number))

    async def record_wrap_up(self, wrap_up: WrapUp, plan: LeadPlan | None) -> bool:
        """Store what the agent recorded; while the attempt is open its plan waits for ``settle``."""
        return await self._database.write(
            lambda connection: outcomes.record_wrap_up(connection, wrap_up, plan)
        )

    async def record_machine(self, attempt_id: str, plan: LeadPlan) -> bool:
        """Change a settled attempt's disposition to ``machine``; false when it is open or not known."""
        return await self._database.write(
            lambda connection: outcomes.record_machine(connection, attempt_id, plan)
        )

    async def remember_agent(self, agent_id: str, wish: str, at: datetime) -> None:
        """Store what an agent wants last, in place of what he wanted before."""
        values: dict[str, Any] = {"agent_id": agent_id, "wish": wish, "wished_at": at}
        if wish == OFFLINE:
            values["leaves_at"] = None
        await self._database.write(lambda connection: insert_or_replace(connection, agent_wishes, values))

    async def agent_wishes(self) -> Mapping[str, str]:
        """Return the last wish of every agent that ever had one."""
        return await self._database.read(
            lambda connection: {row.agent_id: row.wish for row in connection.execute(_WISHES)}
        )

    async def remember_leave(self, agent_id: str, at: datetime | None) -> None:
        """Store when an agent who is logged in said that he will leave."""
        change = update(agent_wishes).where(agent_wishes.c.agent_id == agent_id)
        await self._database.write(lambda connection: connection.execute(change, {"leaves_at": at}))

    async def agent_leaves(self) -> Mapping[str, datetime]:
        """Return when agents said they will leave; whoever said nothing is not in it."""
        return await self._database.read(
            lambda connection: {row.agent_id: row.leaves_at for row in connection.execute(_LEAVES)}
        )

    async def remember_talk(self, agent_id: str, talk: AgentTalk | None) -> None:
        """Store the talk that an agent has or wraps up, None for none."""
        change = update(agent_wishes).where(agent_wishes.c.agent_id == agent_id)
        values = {
            "call_id": None if talk is None else talk.call_id,
            "wrap_up_ends_at": None if talk is None else talk.wrap_up_ends_at,
        }
        await self._database.write(lambda connection: connection.execute(change, values))

    async def agent_talks(self) -> Mapping[str, AgentTalk]:
        """Return the talk that each agent has or wraps up; whoever has none is not in it."""
        return await self._database.read(
            lambda connection: {
                row.agent_id: AgentTalk(row.call_id, row.wrap_up_ends_at)
                for row in connection.execute(_TALKS)
            }
        )

    async def past_call(self, call_id: str) -> PastCall | None:
        """Return an attempt or a call to the hotline, over or not, as it is stored; None without it."""
        return await self._database.read(lambda connection: _past_call(connection, call_id))

    async def open_inbound_calls(self) -> Sequence[str]:
        """Return the ids of inbound calls without an outcome, oldest first."""
        return await self._database.read(lambda connection: connection.scalars(_OPEN_INBOUND).all())


def _past_call(connection: Connection, call_id: str) -> PastCall | None:
    of_call = {"of_call": call_id}
    outcome = connection.scalar(_OUTCOME, of_call)
    row = connection.execute(_ATTEMPT, of_call).one_or_none()
    if row is not None:
        return PastCall(facts_of(row), open_attempt_of(row), disposition_of(row.disposition), outcome)
    row = connection.execute(_INBOUND, of_call).one_or_none()
    return None if row is None else PastCall(facts_of(row), None, None, outcome)


def _inbound_call(connection: Connection, call_id: str) -> tuple[InboundCall, Customer | None] | None:
    row = connection.execute(_INBOUND, {"of_call": call_id}).one_or_none()
    if row is None:
        return None
    number = "" if row.number == ERASED else row.number
    call = InboundCall(row.id, number, row.dialled, row.started_at, row.shown)
    if row.customer_id is not None:
        return call, customer_by_id(connection, row.customer_id)
    return call, customer_by_number(connection, number)


def _lead_of(connection: Connection, attempt_id: str) -> tuple[Lead, Campaign] | None:
    lead_id = connection.scalar(_LEAD_OF, {"attempt_id": attempt_id})
    if lead_id is None:
        return None
    lead = lead_of(lead_queue.lead_by_id(connection, lead_id), lead_queue.tried(connection, lead_id))
    return lead, campaign_by_id(connection, lead.campaign_id)
