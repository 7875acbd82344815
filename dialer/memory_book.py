"""The book of calls in memory: the twin of the SQL one, over the data of ``campaigns.memory.MemoryBook``.

Knows the promises of ``dialer.ports.CallBook``. Must not know SQL, the switch or the clock.
No method waits in the middle, so on one event loop every method is atomic.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from campaigns.ledger_check import Person, Trail
from campaigns.lines import AttemptLine
from campaigns.memory import MemoryBook
from campaigns.memory_credits import credit_call
from campaigns.model import (
    Campaign,
    Customer,
    Disposition,
    Lead,
    LeadPlan,
    LeadStatus,
    Vote,
)
from campaigns.people import ERASED, Credit
from campaigns.rules.retries import is_talk
from dialer import ledger_notes
from dialer.call_facts import answer_to_agent_ms, merged, ring_ms, talk_ms, who_talked
from dialer.memory_agents import MemoryAgents
from dialer.memory_lead_queue import AttemptRow, MemoryLeadQueue
from dialer.memory_others import concern_others, hasten_others
from dialer.ports import (
    CallFacts,
    NewAttempt,
    OpenAttempt,
    PastCall,
    Settlement,
    WrapUp,
)


class MemoryCallBook(MemoryLeadQueue, MemoryAgents):
    """``CallBook`` in dictionaries. What it changes shows at once in the given ``MemoryBook``."""

    def __init__(self, book: MemoryBook) -> None:
        MemoryLeadQueue.__init__(self, book)
        MemoryAgents.__init__(self)

    def attempts(self) -> Iterator[tuple[NewAttempt, Disposition | None]]:
        """Yield every attempt with its disposition, oldest commit first."""
        return ((attempt.new, attempt.disposition) for attempt in self._attempts.values())

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign as it is now; raises ``NotFound``."""
        return await self.book.campaign(campaign_id)

    async def open_attempt(self, attempt: NewAttempt) -> bool:
        """Commit an attempt; false when what allowed it may not hold any more.

        Raises ``ValueError`` for a used id or a lead with an open attempt.
        """
        lead = self.book.lead_rows.get(attempt.lead_id)
        waits = (LeadStatus.CLAIMED, LeadStatus.WAITING)
        if lead is None or lead.status not in waits or lead.id in self.book.overtaken:
            return False
        if self.book.is_leaving(lead.customer_id):
            return False
        if attempt.id in self._attempts:
            raise ValueError(f"attempt id {attempt.id} was used before")
        if self._open_of(attempt.lead_id) is not None:
            raise ValueError(f"lead {attempt.lead_id} has an attempt without an outcome")
        self._attempts[attempt.id] = AttemptRow(len(self._attempts), attempt, CallFacts())
        self.book.lead_rows[lead.id] = replace(lead, status=LeadStatus.CLAIMED, last_at=attempt.committed_at)
        self._show(attempt.id)
        self.book.ledger.append(ledger_notes.opened(attempt))
        return True

    def _show(self, attempt_id: str) -> None:
        """Write the attempt's line in the campaign's book anew."""
        attempt = self._attempts[attempt_id]
        new, facts = attempt.new, attempt.facts
        vote = self.votes.get(attempt_id)
        wrap_up, _ = self.wrap_ups.get(attempt_id, (None, None))
        person = self.book.customer_rows[new.customer_id]
        gone = new.customer_id in self.book.erased and new.customer_id not in self.book.kept_until
        self.book.attempt_lines[attempt_id] = AttemptLine(
            attempt_id=new.id,
            lead_id=new.lead_id,
            customer_id=new.customer_id,
            customer_ref=person.ref,
            customer_name=person.name,
            number=ERASED if gone else new.number,
            started_at=new.committed_at,
            disposition=attempt.disposition,
            agent_id=who_talked(facts, new.agent_id),
            ring_ms=ring_ms(facts),
            answer_to_agent_ms=answer_to_agent_ms(facts),
            talk_ms=talk_ms(facts),
            hangup_cause=facts.hangup_cause,
            tech_cause=facts.tech_cause,
            amd=facts.amd,
            vote=None if vote is None else vote.score,
            outcome=None if wrap_up is None else wrap_up.outcome,
            note=None if wrap_up is None else wrap_up.note,
            callback_at=None if wrap_up is None else wrap_up.callback_at,
        )
        self.book.ledger.records[attempt_id] = Trail(
            attempt.order + 1,
            new.id,
            new.campaign_id,
            Person(new.customer_id, new.number, None, False),
            ledger_notes.opening(
                new.lead_id, new.trunk, new.agent_id, new.committed_at, new.definition_version
            ),
            ledger_notes.course(facts),
            attempt.disposition,
            None if wrap_up is None else wrap_up.outcome,
        )

    async def note_facts(self, attempt_id: str, facts: CallFacts) -> None:
        """Store what is known so far of an attempt or inbound call; an unknown id is passed over."""
        call = self._attempts.get(attempt_id) or self.inbound_calls.get(attempt_id)
        if call is None or (isinstance(call, AttemptRow) and call.disposition is not None):
            return
        call.facts = merged(call.facts, facts)
        if isinstance(call, AttemptRow):
            self._show(attempt_id)

    async def settle(self, attempt_id: str, settlement: Settlement) -> bool:
        """Store the outcome and the lead's plan, once; what the agent recorded before goes first."""
        attempt = self._attempts.get(attempt_id)
        if attempt is None or attempt.disposition is not None:
            return False
        recorded, agents_plan = self.wrap_ups.get(attempt_id, (None, None))
        machine = recorded is not None and recorded.outcome == Disposition.MACHINE
        attempt.disposition = Disposition.MACHINE if machine else settlement.disposition
        attempt.facts = merged(attempt.facts, settlement.facts)
        self._count(attempt.new.lead_id, attempt.disposition, 1)
        plan = agents_plan or settlement.plan
        overtaken = attempt.new.lead_id in self.book.overtaken
        self.book.apply_plan(attempt.new.lead_id, plan)
        if overtaken:
            self._park(attempt, attempt.facts.ended_at)
        ended_at = settlement.facts.ended_at
        outcome = None if recorded is None else recorded.outcome
        if ended_at is not None and is_talk(attempt.disposition, outcome):
            hasten_others(self.book, self._others_of(attempt.new), attempt.new, ended_at)
        self._show(attempt_id)
        whose = (attempt.new.campaign_id, attempt_id, attempt.new.customer_id)
        note = ledger_notes.settled(*whose, attempt.disposition, attempt.facts, plan)
        self.book.ledger.append(note)
        return True

    def _count(self, lead_id: int, disposition: Disposition, by: int) -> None:
        lead = self.book.lead_rows[lead_id]
        tried = dict(lead.tried)
        tried[disposition] = tried.get(disposition, 0) + by
        self.book.lead_rows[lead_id] = replace(lead, tried={key: n for key, n in tried.items() if n})

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """Return every attempt without an outcome, oldest first."""
        still_open = [_as_stored(one) for one in self._attempts.values() if one.disposition is None]
        return tuple(sorted(still_open, key=lambda attempt: attempt.committed_at))

    async def past_call(self, call_id: str) -> PastCall | None:
        """Return an attempt or a call to the hotline, over or not, as it is stored; None without it."""
        recorded, _ = self.wrap_ups.get(call_id, (None, None))
        outcome = None if recorded is None else recorded.outcome
        attempt = self._attempts.get(call_id)
        if attempt is not None:
            return PastCall(attempt.facts, _as_stored(attempt), attempt.disposition, outcome)
        inbound = self.inbound_calls.get(call_id)
        return None if inbound is None else PastCall(inbound.facts, None, None, outcome)

    async def lead_of(self, attempt_id: str) -> tuple[Lead, Campaign] | None:
        """Return the lead and campaign behind an attempt; None when there is no such attempt."""
        attempt = self._attempts.get(attempt_id)
        if attempt is None:
            return None
        return self.book.lead_rows[attempt.new.lead_id], self.book.campaign_rows[attempt.new.campaign_id]

    async def record_vote(self, vote: Vote) -> bool:
        """Store a vote, once per attempt or inbound call."""
        if vote.attempt_id in self.votes or not self._knows(vote.attempt_id):
            return False
        self.votes[vote.attempt_id] = vote
        if vote.attempt_id in self._attempts:
            self._show(vote.attempt_id)
        else:
            self.show_inbound(vote.attempt_id)
        return True

    def _knows(self, call_id: str) -> bool:
        return call_id in self._attempts or call_id in self.inbound_calls

    async def customer_by_number(self, number: str) -> Customer | None:
        """Return the one customer who has this number; None when nobody or more than one has it."""
        return self.book.only_customer(number)

    async def record_wrap_up(self, wrap_up: WrapUp, plan: LeadPlan | None) -> bool:
        """Store what the agent recorded; while the attempt is open its plan waits for ``settle``."""
        if not self._knows(wrap_up.attempt_id):
            return False
        attempt = self._attempts.get(wrap_up.attempt_id)
        if attempt is not None and attempt.new.customer_id in self.book.erased:
            wrap_up = replace(wrap_up, note="", callback_at=None, subject="")
        self.wrap_ups[wrap_up.attempt_id] = (wrap_up, plan)
        if attempt is not None:
            self._credit(attempt, wrap_up)
            if plan is not None:
                self._replan(attempt, plan, wrap_up.at)
            concern_others(self.book, self._others_of(attempt.new), attempt.new, attempt.disposition, wrap_up)
            self._show(attempt.new.id)
        else:
            self.show_inbound(wrap_up.attempt_id)
        caller = self.book.callers.get(wrap_up.attempt_id)
        whose = (None, caller) if attempt is None else (attempt.new.campaign_id, attempt.new.customer_id)
        self.book.ledger.append(ledger_notes.outcome(wrap_up, *whose))
        return True

    def _others_of(self, called: NewAttempt) -> Sequence[Lead]:
        """Return the other leads of a customer who was called, over all campaigns."""
        rows = self.book.lead_rows.values()
        return [one for one in rows if one.customer_id == called.customer_id and one.id != called.lead_id]

    def _credit(self, attempt: AttemptRow, wrap_up: WrapUp) -> None:
        whom, worth = attempt.new.customer_id, wrap_up.credit
        credit = None
        if worth is not None:
            credit = Credit(worth, wrap_up.agent_id, wrap_up.subject, wrap_up.at, wrap_up.attempt_id)
        credit_call(self.book, whom, wrap_up.attempt_id, credit)

    def _park(self, attempt: AttemptRow, at: datetime | None) -> None:
        self.book.park(lambda lead: lead.id == attempt.new.lead_id, at)

    def _replan(self, attempt: AttemptRow, plan: LeadPlan, at: datetime | None) -> None:
        """Replace the plan of a settled attempt's lead, unless a newer attempt rules it."""
        newest = max(
            other.order for other in self._attempts.values() if other.new.lead_id == attempt.new.lead_id
        )
        if attempt.disposition is not None and newest == attempt.order:
            self.book.apply_plan(attempt.new.lead_id, plan)
            self._park(attempt, at)

    async def record_machine(self, attempt_id: str, plan: LeadPlan) -> bool:
        """Change a settled attempt's disposition to ``machine``; false when it is open or not known."""
        attempt = self._attempts.get(attempt_id)
        if attempt is None or attempt.disposition is None:
            return False
        self._count(attempt.new.lead_id, attempt.disposition, -1)
        self._count(attempt.new.lead_id, Disposition.MACHINE, 1)
        attempt.disposition = Disposition.MACHINE
        self._replan(attempt, plan, None)
        self._show(attempt_id)
        whose = (attempt.new.campaign_id, attempt_id, attempt.new.customer_id)
        self.book.ledger.append(ledger_notes.machine(*whose, attempt.facts.agent_id))
        return True


def _as_stored(attempt: AttemptRow) -> OpenAttempt:
    return OpenAttempt(
        id=attempt.new.id,
        campaign_id=attempt.new.campaign_id,
        lead_id=attempt.new.lead_id,
        number=attempt.new.number,
        trunk=attempt.new.trunk,
        committed_at=attempt.new.committed_at,
        facts=attempt.facts,
        reserved_agent_id=attempt.new.agent_id,
    )
