"""Looking again at leads whose last refusal stood on rules that are no longer.

Knows when: at every start of the service or of a campaign, and after a change of its rules; always behind
whoever asked, one campaign after the other, in short transactions with room between them for calls. What is
cut off goes on at the next start: who waits to be looked at is known from what his refusal stood on. Must not
know what any rule says: the launcher's fresh verdict decides.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from campaigns.model import Campaign
from campaigns.outage import told_of
from campaigns.ports import CampaignBook
from dialer.ports import Clock

log = structlog.get_logger()

AT_ONCE: Final = 500
"""Verdicts that are lifted in one transaction: calls under way wait behind it."""

LOOKED_UP: Final = 20_000
"""Leads that are looked up at once, in a read that no call waits for."""

ROOM: Final = 1.0
"""How long the store is left to calls after each transaction, as a multiple of what that took."""

CAUSE: Final = "rules or lines may have changed"
"""What a lead's history says."""


class VerdictReview:
    """Lets refused leads wait again. ``stands_on`` tells what a campaign's verdicts rely on now.

    ``moved`` is told now and then that leads of a campaign wait again, and when all were looked at.
    """

    def __init__(
        self,
        book: CampaignBook,
        clock: Clock,
        stands_on: Callable[[Campaign], str],
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self._book = book
        self._clock = clock
        self._stands_on = stands_on
        self._moved = moved
        self._asked: dict[int, None] = {}  # in the order of asking
        self._looking: int | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self, *campaign_ids: int) -> None:
        """Have campaigns looked at, behind those asked for before; one that is being looked at, once more."""
        self._asked.update(dict.fromkeys(campaign_ids))
        if self._asked and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work(), name="verdict review")

    def is_looking(self, campaign_id: int) -> bool:
        """Say whether leads of a campaign may still wait for a change that was made before."""
        return campaign_id == self._looking or campaign_id in self._asked

    async def close(self) -> None:
        """Stop at the transaction that is on its way; the next start of the service goes on."""
        self._asked.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        """Look at campaigns one by one; what fails is told, and the next start looks again."""
        while self._asked:
            self._looking = campaign_id = next(iter(self._asked))
            del self._asked[campaign_id]
            try:
                await self._look(campaign_id)
            except Exception as fault:
                log.error("verdicts not looked at", campaign=campaign_id, **told_of(fault))
            finally:
                self._looking = None
            self._moved()

    async def _look(self, campaign_id: int) -> None:
        """Let the leads of one campaign wait again whose refusals stood on something else.

        Refusals that only asking again can tell of (the outside check, a number without a trunk) count as
        standing on something else.
        """
        stands = self._stands_on(await self._book.campaign(campaign_id))
        # Fixed, so that what is refused again meanwhile is not lifted again for ever.
        at = self._clock.now()
        await self._book.claimed_judged_again(campaign_id, CAUSE, at)
        total = 0
        while found := await self._book.refused_otherwise(campaign_id, stands, at, LOOKED_UP):
            for start in range(0, len(found), AT_ONCE):
                total += await self._lift(campaign_id, found[start : start + AT_ONCE], stands, at)
                if not start:
                    self._moved()  # somebody may be called; at each page it would have all campaigns look
        if total:
            log.info("leads to be judged again", campaign=campaign_id, leads=total)

    async def _lift(self, campaign_id: int, some: Sequence[int], stands: str, at: datetime) -> int:
        began = self._clock.monotonic()
        count = await self._book.some_judged_again(campaign_id, some, stands, CAUSE, at)
        await asyncio.sleep(ROOM * (self._clock.monotonic() - began))
        return count
