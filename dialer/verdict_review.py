"""Looking again at leads whose last refusal stood on rules that are no longer.

Knows when: at every start of the service or of a campaign, and after a change of its rules. Must not
know what any rule says: the launcher's fresh verdict decides.
"""

from collections.abc import Callable, Iterable
from typing import Final

import structlog

from campaigns.model import Campaign
from campaigns.ports import CampaignBook
from dialer.ports import Clock

log = structlog.get_logger()

AT_ONCE: Final = 1_000
"""Verdicts that are lifted in one transaction."""

CAUSE: Final = "rules or lines may have changed"
"""What a lead's history says."""


class VerdictReview:
    """Lets refused leads wait again. ``stands_on`` tells what a campaign's verdicts rely on now."""

    def __init__(self, book: CampaignBook, clock: Clock, stands_on: Callable[[Campaign], str]) -> None:
        self._book = book
        self._clock = clock
        self._stands_on = stands_on

    async def of_campaign(self, campaign_id: int) -> int:
        """Look at one campaign; returns how many of its leads wait again.

        Refusals that only asking again can tell of (the outside check, a number without a trunk) count as
        standing on something else.
        """
        stands = self._stands_on(await self._book.campaign(campaign_id))
        # Fixed, so that what is refused again meanwhile is not lifted again for ever.
        at = self._clock.now()
        total = 0
        while count := await self._book.some_judged_again(campaign_id, stands, CAUSE, at, AT_ONCE):
            total += count
        if total:
            log.info("leads to be judged again", campaign=campaign_id, leads=total)
        return total

    async def of_campaigns(self, campaign_ids: Iterable[int]) -> None:
        """Look at campaigns one by one; what fails is told, and the next start looks again."""
        for campaign_id in campaign_ids:
            try:
                await self.of_campaign(campaign_id)
            except Exception:
                log.exception("verdicts not looked at", campaign=campaign_id)
