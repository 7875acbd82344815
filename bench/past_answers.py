"""Answers that a campaign had yesterday, entered by the doors of the book of calls, whichever book it is.

Without them a compressed hour begins with an empty abandon budget, which a few calls abandoned together use
up. Knows ``dialer.ports.CallBook``; must not know what reads them.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.model import Disposition, LeadPlan, LeadStatus
from dialer.ports import CallBook, CallFacts, NewAttempt, Settlement

RANG_S, TALKED_S, LIMIT_S = 3.0, 8.0, 2.0
AT_ONCE = 50
"""So many attempts share their commits: a bench has no time for a disk's answer to each."""


@dataclass(frozen=True, slots=True)
class PastAnswers:
    """So many live answers, and how many of them found no agent."""

    live: int
    abandoned: int

    async def enter(self, book: CallBook, campaign_id: int, now: datetime) -> None:
        """Claim a lead for each answer, call it a day ago and settle it, abandoned ones spread evenly."""
        for first in range(0, self.live, AT_ONCE):
            numbers = range(first, min(self.live, first + AT_ONCE))
            await asyncio.gather(*(self._call(book, campaign_id, now, number) for number in numbers))

    async def _call(self, book: CallBook, campaign_id: int, now: datetime, number: int) -> None:
        claim = await book.claim(campaign_id, now)
        assert claim is not None, "the list is shorter than the past"
        lead, committed_at = claim.lead, now - timedelta(days=1) + timedelta(seconds=number)
        lost = (number + 1) * self.abandoned // self.live > number * self.abandoned // self.live
        answered_at = committed_at + timedelta(seconds=RANG_S)
        ended_at = answered_at + timedelta(seconds=LIMIT_S if lost else TALKED_S)
        name = f"past-{lead.id}"
        await book.open_attempt(
            NewAttempt(
                name, campaign_id, lead.id, lead.customer_id, lead.number, "past", None, committed_at, "past"
            )
        )
        facts = CallFacts(
            sent_at=committed_at,
            answered_at=answered_at,
            bridged_at=None if lost else answered_at,
            ended_at=ended_at,
        )
        disposition = Disposition.ABANDONED if lost else Disposition.CONNECTED
        plan = LeadPlan(LeadStatus.DONE, None, disposition.value)
        assert await book.settle(name, Settlement(disposition, facts, plan))
