"""Leads that are due, page by page, in memory: the twin of ``store.due_book``.

Knows the dictionaries of ``campaigns.memory.MemoryBook``. Must not know SQL or the clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from campaigns import ledger_notes
from campaigns.memory import MemoryBook
from campaigns.model import CustomerClass, Lead, LeadStatus
from campaigns.rules.shut import Whereabouts
from campaigns.verdicts import LastVerdict
from dialer.shut_leads import DueLead, DuePage, Position

_RANK: Final = {each: rank for rank, each in enumerate(CustomerClass)}


class MemoryDueBook:
    """``DueBook`` over a ``MemoryBook``."""

    def __init__(self, book: MemoryBook) -> None:
        self._book = book

    async def due_leads(
        self, campaign_id: int, moment: datetime, after: Position | None, limit: int
    ) -> DuePage:
        """Return up to so many due leads that come after a position, in the order of claiming."""
        due = {
            self._position(lead): lead
            for lead in self._book.lead_rows.values()
            if lead.campaign_id == campaign_id and self._is_due(lead, moment)
        }
        some = sorted(position for position in due if after is None or position > after)[:limit]
        return DuePage([self._due(due[position]) for position in some], some[-1] if some else None)

    async def put_off(
        self, campaign_id: int, refusals: Mapping[LastVerdict, Sequence[DueLead]], moment: datetime
    ) -> int:
        """Let leads wait until the next moment of a refusal; returns how many do."""
        return sum(self._put_off(campaign_id, refusal, some, moment) for refusal, some in refusals.items())

    def _put_off(
        self, campaign_id: int, refusal: LastVerdict, some: Sequence[DueLead], moment: datetime
    ) -> int:
        assert refusal.next_at is not None, "hours that never open put nobody off"
        count = 0
        for told in some:
            lead = self._book.lead_rows.get(told.lead_id)
            if lead is None or not self._is_due(lead, moment):
                continue
            if self._speaks(lead) and not told.where.has_consents:
                continue
            self._book.lead_rows[lead.id] = replace(lead, due_at=refusal.next_at, verdict=refusal)
            self._book.lead_reasons[lead.id] = refusal.reason
            count += 1
        if count:
            self._book.ledger.append(ledger_notes.put_off(campaign_id, count, refusal))
        return count

    def _is_due(self, lead: Lead, moment: datetime) -> bool:
        waits = lead.status is LeadStatus.WAITING and lead.appointment_at is None
        return waits and lead.due_at <= moment

    def _speaks(self, lead: Lead) -> bool:
        return bool(self._book.consent_notes.get(lead.customer_id))

    def _position(self, lead: Lead) -> Position:
        person = self._book.customer_rows[lead.customer_id]
        return Position(_RANK[person.customer_class], lead.due_at, lead.id)

    def _due(self, lead: Lead) -> DueLead:
        person = self._book.customer_rows[lead.customer_id]
        place = (person.zones, person.country, person.region, self._speaks(lead))
        return DueLead(lead.id, Whereabouts(lead.number, *place))
