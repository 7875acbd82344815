"""The book of calls for a day of many calls: the twin in memory, indexed by what every call asks for.

Keeps the promises of ``dialer.ports.CallBook`` like its parent, for leads that only this book moves. Must not
know pacing or time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappop, heappush

from campaigns.memory import MemoryBook
from campaigns.model import Customer, CustomerClass, Lead, LeadPlan, LeadStatus
from campaigns.rules.evidence import HISTORY_DAYS, Evidence
from dialer.memory_book import MemoryCallBook
from dialer.memory_lead_queue import AttemptRow
from dialer.ports import Claim, NewAttempt, Settlement


class DayBook(MemoryCallBook):
    """``CallBook`` with a queue of leads for each campaign. Leads come in by ``fill``."""

    def __init__(self, book: MemoryBook) -> None:
        super().__init__(book)
        self._queues: defaultdict[int, list[tuple[datetime, int]]] = defaultdict(list)
        self._open: dict[int, AttemptRow] = {}
        self._of_customer: defaultdict[int, list[str]] = defaultdict(list)

    def fill(self, campaign_id: int, people: Iterable[Customer], due_at: datetime) -> None:
        """Line up each of these people, who are not in the book yet, with his first number."""
        for customer in people:
            lead_id = len(self.book.lead_rows) + 1
            number = customer.numbers[0]
            lead = Lead(lead_id, campaign_id, customer.id, number, LeadStatus.WAITING, due_at, {}, list_id=1)
            self.book.customer_rows[customer.id] = customer
            self.book.lead_rows[lead_id] = lead
            self._line_up(lead)

    async def claim(self, campaign_id: int, moment: datetime) -> Claim | None:
        """Take the waiting lead that is due longest; all customers are of one class here."""
        queue = self._queues[campaign_id]
        while queue and queue[0][0] <= moment:
            due_at, lead_id = heappop(queue)
            lead = self.book.lead_rows[lead_id]
            if lead.status is LeadStatus.WAITING and lead.due_at == due_at:
                lead = replace(lead, status=LeadStatus.CLAIMED)
                self.book.lead_rows[lead_id] = lead
                customer = self.book.customer_rows[lead.customer_id]
                assert customer.customer_class is CustomerClass.ORDINARY, "one queue holds one class"
                return Claim(lead, customer, self._evidence(lead, customer, moment))
        return None

    async def next_due(self, campaign_id: int) -> datetime | None:
        """When the next waiting lead of a campaign is due; None when none waits."""
        queue = self._queues[campaign_id]
        while queue:
            due_at, lead_id = queue[0]
            lead = self.book.lead_rows[lead_id]
            if lead.status is LeadStatus.WAITING and lead.due_at == due_at:
                return due_at
            heappop(queue)
        return None

    async def return_lead(self, lead_id: int, plan: LeadPlan) -> None:
        """Give a claimed lead back."""
        await super().return_lead(lead_id, plan)
        self._line_up(self.book.lead_rows[lead_id])

    async def open_attempt(self, attempt: NewAttempt) -> bool:
        """Commit an attempt; false when what allowed it may not hold any more."""
        opened = await super().open_attempt(attempt)
        if opened:
            self._open[attempt.lead_id] = self._attempts[attempt.id]
            self._of_customer[attempt.customer_id].append(attempt.id)
        return opened

    async def settle(self, attempt_id: str, settlement: Settlement) -> bool:
        """Store the outcome and the lead's plan together, once."""
        settled = await super().settle(attempt_id, settlement)
        lead_id = self._attempts[attempt_id].new.lead_id
        if settled:
            del self._open[lead_id]
        self._line_up(self.book.lead_rows[lead_id])
        return settled

    def _others_of(self, called: NewAttempt) -> Sequence[Lead]:
        """Return nobody: here every customer has one lead."""
        return ()

    def _open_of(self, lead_id: int) -> AttemptRow | None:
        return self._open.get(lead_id)

    def _evidence(self, lead: Lead, customer: Customer, moment: datetime) -> Evidence:
        """Return what is known; here every number is one customer's only."""
        since = moment - timedelta(days=HISTORY_DAYS)
        past = [self._attempts[name] for name in reversed(self._of_customer[customer.id])]
        campaign = self.book.campaign_rows[lead.campaign_id]
        return Evidence(
            suppressed=self.book.lists_holding(campaign, lead.number, (customer,)),
            consents=self.book.consents_of(customer.id, lead.number),
            past=tuple(self._contact(one) for one in past if one.new.committed_at > since),
            appointment=lead.appointment_at,
        )

    def _line_up(self, lead: Lead) -> None:
        if lead.status is LeadStatus.WAITING:
            heappush(self._queues[lead.campaign_id], (lead.due_at, lead.id))
