"""What pacing reads and leaves, in memory: the twin of the SQL one, over the data of ``MemoryCallBook``.

Knows the promises of ``dialer.pacing_book.PacingBook``. Must not know SQL or the clock.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

from campaigns.desk.detection import screens_of
from campaigns.model import Disposition, LeadStatus
from campaigns.reporting import grouped
from dialer.memory_book import MemoryCallBook
from dialer.pacing_book import AnswerCount, LeadPlace

_LIVE = (Disposition.CONNECTED, Disposition.ABANDONED)


class MemoryPacingBook:
    """``PacingBook`` in dictionaries. ``kept`` holds what was learned, by campaign and name."""

    def __init__(self, calls: MemoryCallBook) -> None:
        self.kept: dict[int, dict[str, Mapping[str, Any]]] = {}
        self._calls = calls

    async def lead_places(self, campaign_id: int) -> Sequence[LeadPlace]:
        """Return where a campaign's open leads lie: one line for each place and list."""
        book = self._calls.book
        places: dict[tuple[str, str, str, int], LeadPlace] = {}
        for lead in book.lead_rows.values():
            if lead.campaign_id == campaign_id and lead.status is not LeadStatus.DONE:
                who = book.customer_rows[lead.customer_id]
                prefix = lead.number[:5] if lead.number.startswith("+1") else lead.number[:7]
                place = LeadPlace(lead.number, who.country, who.region, lead.list_id)
                key = (prefix, who.country, who.region, lead.list_id)
                places[key] = min(place, places.get(key, place), key=lambda one: one.number)
        return list(places.values())

    async def first_attempt_at(self, campaign_id: int) -> datetime | None:
        """Return when the campaign's first attempt was committed; None before it."""
        moments = (new.committed_at for new, _ in self._calls.attempts() if new.campaign_id == campaign_id)
        return min(moments, default=None)

    async def answer_counts(
        self, campaign_id: int | None, windows: Sequence[tuple[datetime, datetime]]
    ) -> Sequence[AnswerCount]:
        """Count settled attempts committed in each half-open window, of one campaign or of all."""
        return [self._count(campaign_id, since, until) for since, until in windows]

    def _count(self, campaign_id: int | None, since: datetime, until: datetime) -> AnswerCount:
        found = [
            (self._calls.book.attempt_lines[new.id], disposition)
            for new, disposition in self._calls.attempts()
            if campaign_id in (None, new.campaign_id)
            and since <= new.committed_at < until
            and disposition is not None
        ]
        live = [disposition for _, disposition in found if disposition in _LIVE]
        screens = replace(
            screens_of(grouped(line for line, _ in found)), human=0, not_sure=0, passed_machines=0
        )
        return AnswerCount(len(live), live.count(Disposition.ABANDONED), screens)

    async def learned(self, campaign_id: int) -> Mapping[str, Mapping[str, Any]]:
        """Return what pacing learned in a campaign, by name."""
        return deepcopy(self.kept.get(campaign_id, {}))

    async def keep_learned(
        self, campaign_id: int, entries: Mapping[str, Mapping[str, Any]], at: datetime
    ) -> None:
        """Store learned entries under their names, each in place of what was there."""
        self.kept.setdefault(campaign_id, {}).update(deepcopy(dict(entries)))
