"""Calls to the hotline in memory: the part of ``dialer.memory_book`` that is about them.

Knows the promises of ``dialer.ports.CallBook`` about inbound calls, and shows each call in the ``MemoryBook``
as a customer's file tells of it. Must not know attempts, SQL, the switch or the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from campaigns.memory import MemoryBook
from campaigns.model import Customer, InboundDisposition, LeadPlan, Vote
from campaigns.people import ERASED, HotlineCall
from campaigns.rules.phone import is_e164
from dialer.call_facts import merged
from dialer.ports import CallFacts, InboundCall, WrapUp


@dataclass(slots=True)
class InboundRow:
    """One inbound call as it grows."""

    call: InboundCall
    facts: CallFacts
    disposition: InboundDisposition | None = None


class MemoryHotline:
    """The inbound calls of a ``MemoryCallBook``, with the votes and wrap-ups of all its calls."""

    def __init__(self, book: MemoryBook) -> None:
        self.book = book
        self.inbound_calls: dict[str, InboundRow] = {}
        self.votes: dict[str, Vote] = {}
        self.wrap_ups: dict[str, tuple[WrapUp, LeadPlan | None]] = {}

    async def open_inbound(self, call: InboundCall) -> None:
        """Store an inbound call; a second time with the same id changes nothing."""
        self.inbound_calls.setdefault(call.id, InboundRow(call, CallFacts()))
        self.show_inbound(call.id)

    async def inbound_call(self, call_id: str) -> tuple[InboundCall, Customer | None] | None:
        """Return an inbound call and its caller, by an agent's word or by his number; None without it."""
        kept = self.inbound_calls.get(call_id)
        if kept is None:
            return None
        row = self.book.hotline_rows[call_id]
        call = replace(kept.call, number="" if row.number == ERASED else row.number, shown=row.shown)
        if (said := self.book.callers.get(call_id)) is not None:
            return call, self.book.customer_rows[said]
        return call, self.book.only_customer(call.number)

    async def settle_inbound(self, call_id: str, disposition: InboundDisposition, facts: CallFacts) -> bool:
        """Store how an inbound call ended, once; false when it was settled before or is not known."""
        inbound = self.inbound_calls.get(call_id)
        if inbound is None or inbound.disposition is not None:
            return False
        inbound.disposition = disposition
        inbound.facts = merged(inbound.facts, facts)
        self.show_inbound(call_id)
        return True

    async def keep_as_shown(self) -> None:
        """Keep what stands in place of callers' numbers and is none as what was shown."""
        for call_id, row in list(self.book.hotline_rows.items()):
            if row.number not in ("", ERASED) and not is_e164(row.number):
                kept = self.inbound_calls[call_id]
                kept.call = replace(kept.call, number="", shown=kept.call.shown or row.number)
                self.show_inbound(call_id)

    async def unread_callers(self) -> Sequence[str]:
        """Return what callers without a number were shown as, each text once."""
        return sorted({row.shown for row in self.book.hotline_rows.values() if not row.number} - {""})

    async def name_caller(self, shown: str, number: str) -> int:
        """Give calls without a number that were shown so their caller's; returns how many."""
        rows = self.book.hotline_rows.items()
        calls = [call_id for call_id, row in rows if (row.number, row.shown) == ("", shown)]
        for call_id in calls:
            kept = self.inbound_calls[call_id]
            kept.call = replace(kept.call, number=number)
            self.show_inbound(call_id)
        return len(calls)

    async def open_inbound_calls(self) -> Sequence[str]:
        """Return the ids of inbound calls without an outcome, oldest first."""
        still_open = [kept.call for kept in self.inbound_calls.values() if kept.disposition is None]
        return tuple(call.id for call in sorted(still_open, key=lambda call: (call.started_at, call.id)))

    def show_inbound(self, call_id: str) -> None:
        """Show a call as it is now; nothing that names whoever was erased meanwhile."""
        kept = self.inbound_calls[call_id]
        before = self.book.hotline_rows.get(call_id)
        hidden = before is not None and before.number == ERASED
        gone = self.book.callers[call_id] in self.book.erased if call_id in self.book.callers else hidden
        vote = self.votes.get(call_id)
        wrap_up = self.wrap_ups[call_id][0] if call_id in self.wrap_ups else None
        self.book.hotline_rows[call_id] = HotlineCall(
            call_id=call_id,
            number=ERASED if hidden else kept.call.number,
            shown="" if hidden else kept.call.shown,
            dialled=kept.call.dialled,
            started_at=kept.call.started_at,
            talked_at=kept.facts.bridged_at,
            ended_at=kept.facts.ended_at,
            disposition=kept.disposition,
            agent_id=kept.facts.agent_id,
            vote=vote.score if vote else None,
            voted_at=vote.at if vote else None,
            outcome=wrap_up.outcome if wrap_up else None,
            note=None if wrap_up is None else "" if gone else wrap_up.note,
        )
