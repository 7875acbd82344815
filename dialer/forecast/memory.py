"""What a forecast reads, in memory: the twin of the SQL one, over the data of ``MemoryCallBook``.

Knows the promises of ``dialer.forecast.ports.ForecastBook``. Must not know SQL or the clock.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from campaigns.model import Campaign, Lead, LeadStatus
from dialer.forecast.ports import SeenAttempt
from dialer.forecast.roll import RANK
from dialer.memory_book import MemoryCallBook
from dialer.ports import Claim

PAGE = 100


class MemoryForecastBook:
    """``ForecastBook`` over what is kept in memory."""

    def __init__(self, calls: MemoryCallBook) -> None:
        self._calls = calls

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""
        return await self._calls.campaign(campaign_id)

    async def open_leads(self, campaign_id: int, moment: datetime) -> AsyncIterator[Sequence[Claim]]:
        """Yield all leads that are not done, in pages."""
        rows = self._calls.book.lead_rows.values()
        found = [one for one in rows if one.campaign_id == campaign_id and one.status is not LeadStatus.DONE]
        found.sort(key=self._order)
        for start in range(0, len(found), PAGE):
            yield [self._claim(lead, moment) for lead in found[start : start + PAGE]]

    def _order(self, lead: Lead) -> tuple[int, int, datetime, int]:
        rank = RANK[self._calls.book.customer_rows[lead.customer_id].customer_class]
        return list(LeadStatus).index(lead.status), rank, lead.due_at, lead.id

    def _claim(self, lead: Lead, moment: datetime) -> Claim:
        book = self._calls.book
        listed = book.list_rows.get(lead.list_id)
        if listed is not None and not listed.active and lead.status is LeadStatus.WAITING:
            lead = replace(lead, status=LeadStatus.HELD)
        customer = book.customer_rows[lead.customer_id]
        return Claim(lead, customer, self._calls.evidence(lead, customer, moment))

    async def newest_attempts(self, campaign_id: int, limit: int) -> Sequence[SeenAttempt]:
        """Return the newest settled attempts of a campaign, newest first."""
        book = self._calls.book
        lines = [
            line
            for line in book.attempt_lines.values()
            if line.disposition is not None and book.lead_rows[line.lead_id].campaign_id == campaign_id
        ]
        lines.sort(key=lambda line: line.started_at, reverse=True)
        return [
            SeenAttempt(
                line.started_at,
                book.lead_rows[line.lead_id].list_id,
                line.disposition,
                line.ring_ms,
                line.talk_ms,
            )
            for line in lines[:limit]
            if line.disposition is not None
        ]


class MemoryLearnedBook:
    """``LearnedBook`` in a dictionary: ``kept`` holds what was learned, by campaign and name."""

    def __init__(self) -> None:
        self.kept: dict[int, dict[str, Mapping[str, Any]]] = {}

    async def learned(self, campaign_id: int) -> Mapping[str, Mapping[str, Any]]:
        """Return what was learned in a campaign."""
        return dict(self.kept.get(campaign_id, {}))
