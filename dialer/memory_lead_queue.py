"""The leads of a call book in memory: which is called next, and what is known about its person then.

The part of ``dialer.memory_book`` that is about them. Knows the promises of ``dialer.ports.CallBook`` about
leads that wait, are claimed and given back. Must not know how a call goes, SQL, the switch or the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from campaigns.books import LIST_DELETED, LeadCase
from campaigns.memory import MemoryBook
from campaigns.model import (
    WAITS,
    Customer,
    CustomerClass,
    Disposition,
    Lead,
    LeadPlan,
    LeadStatus,
    PastContact,
)
from campaigns.rules.evidence import HISTORY_DAYS, Evidence
from dialer.call_facts import reached_network
from dialer.memory_hotline import MemoryHotline
from dialer.ports import CallFacts, Claim, NewAttempt

_RANK = {each: rank for rank, each in enumerate(CustomerClass)}


@dataclass(slots=True)
class AttemptRow:
    """One attempt as it grows. ``order`` counts commits, so a newer attempt has a higher one."""

    order: int
    new: NewAttempt
    facts: CallFacts
    disposition: Disposition | None = None


class MemoryLeadQueue(MemoryHotline):
    """The leads of a ``MemoryCallBook``, with the attempts to reach them."""

    def __init__(self, book: MemoryBook) -> None:
        super().__init__(book)
        self._attempts: dict[str, AttemptRow] = {}

    async def claim(self, campaign_id: int, moment: datetime) -> Claim | None:
        """Take the most urgent waiting lead that is due: class, then due time, then id."""
        for lead in self._waiting(campaign_id):
            listed = self.book.list_rows.get(lead.list_id)
            if listed is not None and listed.deleted_at is not None:
                self.book.apply_plan(lead.id, LeadPlan(LeadStatus.DONE, None, LIST_DELETED))
            elif listed is not None and not listed.active:
                self.book.lead_rows[lead.id] = replace(lead, status=LeadStatus.HELD)
        due = [lead for lead in self._waiting(campaign_id) if lead.due_at <= moment]
        if not due:
            return None
        lead = replace(min(due, key=self._urgency), status=LeadStatus.CLAIMED)
        self.book.lead_rows[lead.id] = lead
        customer = self.book.customer_rows[lead.customer_id]
        return Claim(lead=lead, customer=customer, evidence=self.evidence(lead, customer, moment))

    async def cases(self, campaign_id: int, who: str, moment: datetime) -> Sequence[LeadCase]:
        """Return the leads of a customer, by reference or number, with all that a verdict needs."""
        people = self.book.customer_rows
        return [
            self._case(lead, moment)
            for lead in self.book.lead_rows.values()
            if lead.campaign_id == campaign_id
            and (who == people[lead.customer_id].ref or who in people[lead.customer_id].numbers)
        ]

    async def due_cases(self, campaign_id: int, moment: datetime, one_in: int) -> Sequence[LeadCase]:
        """Return one in so many of the leads that wait and are due at a moment."""
        due = [lead for lead in self._waiting(campaign_id) if lead.due_at <= moment]
        return [replace(self._case(lead, moment), changes=()) for lead in due[::one_in]]

    def _case(self, lead: Lead, moment: datetime) -> LeadCase:
        customer = self.book.customer_rows[lead.customer_id]
        changes = tuple(one for one in self.book.verdict_changes if one.lead_id == lead.id)
        return LeadCase(lead, customer, self.evidence(lead, customer, moment), changes)

    async def claimed(self, lead_id: int, moment: datetime) -> Claim | None:
        """Return a claimed lead again with what is known at ``moment``, and count what changed as seen."""
        lead = self.book.lead_rows.get(lead_id)
        if lead is None or lead.status is not LeadStatus.CLAIMED or self._open_of(lead_id) is not None:
            return None
        listed = self.book.list_rows.get(lead.list_id)
        if (listed is not None and not listed.active) or self.book.is_leaving(lead.customer_id):
            return None
        self.book.overtaken.discard(lead_id)
        customer = self.book.customer_rows[lead.customer_id]
        return Claim(lead=lead, customer=customer, evidence=self.evidence(lead, customer, moment))

    async def called(self, attempt_id: str, moment: datetime) -> Claim | None:
        """Return the lead of an attempt that is not over with what is known at ``moment``."""
        attempt = self._attempts.get(attempt_id)
        if attempt is None or attempt.disposition is not None:
            return None
        lead, customer = (
            self.book.lead_rows[attempt.new.lead_id],
            self.book.customer_rows[attempt.new.customer_id],
        )
        if self.book.is_leaving(customer.id):
            return None
        return Claim(lead=lead, customer=customer, evidence=self.evidence(lead, customer, moment))

    def evidence(self, lead: Lead, customer: Customer, moment: datetime) -> Evidence:
        """Return what is known about a lead's person and number at a moment."""
        campaign = self.book.campaign_rows[lead.campaign_id]
        sharing = [self.book.customer_rows[one] for one in self.book.having(lead.number)]
        since = moment - timedelta(days=HISTORY_DAYS)
        past = [
            attempt
            for attempt in self._attempts.values()
            if (attempt.new.customer_id == customer.id or attempt.new.number == lead.number)
            and attempt.new.committed_at > since
        ]
        past.sort(key=lambda attempt: (attempt.new.committed_at, attempt.order), reverse=True)
        return Evidence(
            suppressed=self.book.lists_holding(campaign, lead.number, (customer, *sharing)),
            consents=self.book.consents_of(customer.id, lead.number),
            past=tuple(map(self._contact, past)),
            appointment=lead.appointment_at,
            lists=self.book.lists_applying(campaign),
        )

    def _contact(self, attempt: AttemptRow) -> PastContact:
        campaign = self.book.campaign_rows[attempt.new.campaign_id]
        wrap_up, _ = self.wrap_ups.get(attempt.new.id, (None, None))
        return PastContact(
            at=attempt.new.committed_at,
            number=attempt.new.number,
            purpose=campaign.purpose,
            campaign_id=campaign.id,
            company=campaign.company,
            disposition=attempt.disposition,
            outcome="" if wrap_up is None else wrap_up.outcome,
            placed=reached_network(attempt.disposition, attempt.facts),
            ended_at=attempt.facts.ended_at,
            lead_id=attempt.new.lead_id,
            customer_id=attempt.new.customer_id,
        )

    def _waiting(self, campaign_id: int) -> list[Lead]:
        return [
            lead
            for lead in self.book.lead_rows.values()
            if lead.campaign_id == campaign_id and lead.status is LeadStatus.WAITING
        ]

    def _urgency(self, lead: Lead) -> tuple[int, datetime, int]:
        return _RANK[self.book.customer_rows[lead.customer_id].customer_class], lead.due_at, lead.id

    async def return_lead(self, lead_id: int, plan: LeadPlan) -> None:
        """Give a claimed lead back; a lead that is not claimed, or has an open attempt, stays as it is."""
        lead = self.book.lead_rows.get(lead_id)
        if lead is not None and lead.status is LeadStatus.CLAIMED and self._open_of(lead_id) is None:
            self.book.return_lead(lead_id, plan)

    async def close_waiting(self, campaign_id: int, reason: str) -> int:
        """Close every lead of a campaign that waits, is held or was refused; returns how many."""
        left = [
            lead
            for lead in self.book.lead_rows.values()
            if lead.campaign_id == campaign_id and lead.status in WAITS
        ]
        for lead in left:
            self.book.apply_plan(lead.id, LeadPlan(LeadStatus.DONE, None, reason))
        return len(left)

    async def reclaim_orphans(self) -> int:
        """Put claimed leads without an open attempt back to waiting; returns how many."""
        orphans = [
            lead
            for lead in self.book.lead_rows.values()
            if lead.status is LeadStatus.CLAIMED and self._open_of(lead.id) is None
        ]
        for lead in orphans:
            self.book.lead_rows[lead.id] = replace(lead, status=LeadStatus.WAITING)
        return len(orphans)

    async def next_due(self, campaign_id: int) -> datetime | None:
        """When the next waiting lead of a campaign is due; None when none waits."""
        return min((lead.due_at for lead in self._waiting(campaign_id)), default=None)

    async def holds_leads(self, campaign_id: int) -> bool:
        """Say whether leads of a campaign are held because their list is switched off."""
        return any(
            lead.campaign_id == campaign_id and lead.status is LeadStatus.HELD
            for lead in self.book.lead_rows.values()
        )

    def _open_of(self, lead_id: int) -> AttemptRow | None:
        for attempt in self._attempts.values():
            if attempt.new.lead_id == lead_id and attempt.disposition is None:
                return attempt
        return None
