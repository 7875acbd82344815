"""What a forecast reads of what is at rest: open leads with their evidence, and how attempts have gone.

Implemented by ``store`` and by the twin in ``memory.py``; one contract suite runs over both.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from campaigns.model import Campaign, Disposition
from dialer.ports import Claim


@dataclass(frozen=True, slots=True)
class SeenAttempt:
    """One settled attempt. Times in ms, None where it never came to that."""

    at: datetime
    list_id: int
    disposition: Disposition
    ring_ms: int | None
    talk_ms: int | None


class ForecastBook(Protocol):
    """Leads and attempts of a campaign, read in bulk and changed by nobody here."""

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``campaigns.errors.NotFound``."""

    def open_leads(self, campaign_id: int, moment: datetime) -> AsyncIterator[Sequence[Claim]]:
        """Yield all leads that are not done, in pages, each as a claim at ``moment`` would give it.

        Within one status and class they come by due time, then id. A waiting lead whose list is switched off
        comes as held. A page is one snapshot; a lead that moves meanwhile may come twice or not at all.
        """

    async def newest_attempts(self, campaign_id: int, limit: int) -> Sequence[SeenAttempt]:
        """Return the newest settled attempts of a campaign, newest first."""


class LearnedBook(Protocol):
    """What pacing left at rest."""

    async def learned(self, campaign_id: int) -> Mapping[str, Mapping[str, Any]]:
        """Return what pacing learned in a campaign, by the names of ``dialer.pacing.shelf``."""
