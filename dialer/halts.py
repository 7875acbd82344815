"""Pauses and stops that bind, and how they come to be stored.

What a person said to stop calls holds from then on, whatever the store does: until the store has it, it is
kept here and offered again and again. Only a restart before that loses it. Knows the order in which halts of
one campaign were said; must not know runs, gates or calls.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from campaigns.errors import NotFound
from campaigns.model import Campaign, CampaignStatus
from campaigns.outage import Outage
from campaigns.ports import CampaignBook
from dialer.kept_soon import until_stored
from dialer.ports import Clock

log = structlog.get_logger()

PATIENCE_S: Final = 2.0
"""How long whoever pauses waits for the store before he is told that it has not taken the pause yet."""

NOT_STORED: Final = "not stored yet: a restart of the service would undo it"
"""What stands beside the reason of a halt as long as only this process knows of it."""


@dataclass(frozen=True, slots=True)
class Halt:
    """One pause or stop: to which status, who said so, when and why."""

    campaign_id: int
    status: CampaignStatus
    by: str
    at: datetime
    reason: str


class Halts:
    """The halts of this process that the store has not taken yet, by campaign, in the order they were
    said."""

    def __init__(self, people: CampaignBook, clock: Clock) -> None:
        self._people = people
        self._failing = Outage("halt not stored yet", clock.now, clock.monotonic)
        self._unstored: dict[int, deque[Halt]] = {}
        self._storing: dict[int, asyncio.Task[None]] = {}

    def as_it_stands(self, campaign: Campaign) -> Campaign:
        """Return a stored campaign with the halt that binds it already, if there is one."""
        unstored = self._unstored.get(campaign.id)
        if not unstored:
            return campaign
        last = unstored[-1]
        return replace(
            campaign,
            status=last.status,
            status_by=last.by,
            status_at=last.at,
            status_reason=f"{last.reason} ({NOT_STORED})",
        )

    async def keep(self, halt: Halt) -> bool:
        """Let a halt bind, and store it; false when the store has not taken it soon. Then it is tried on."""
        self._unstored.setdefault(halt.campaign_id, deque()).append(halt)
        if halt.campaign_id not in self._storing:
            store = self._store(halt.campaign_id)
            self._storing[halt.campaign_id] = asyncio.create_task(store, name=f"halt {halt.campaign_id}")
        return await self.are_stored(halt.campaign_id)

    async def are_stored(self, campaign_id: int) -> bool:
        """Say whether the store has every halt of a campaign, after a moment's wait if need be."""
        storing = self._storing.get(campaign_id)
        if storing is not None:
            # Not awaited itself: whoever stops waiting must not stop the storing.
            await asyncio.wait({storing}, timeout=PATIENCE_S)
        return campaign_id not in self._unstored

    async def close(self) -> None:
        """Give the store a last moment, then say what is lost with this process."""
        if self._storing:
            await asyncio.wait(set(self._storing.values()), timeout=PATIENCE_S)
        for storing in list(self._storing.values()):
            storing.cancel()
        for halt in [halt for halts in self._unstored.values() for halt in halts]:
            log.error("halt lost: it was never stored", campaign=halt.campaign_id, by=halt.by)

    async def _store(self, campaign_id: int) -> None:
        """Store the halts of a campaign one after the other, each until the store takes it."""
        unstored = self._unstored[campaign_id]
        while unstored:
            await until_stored(self._failing, str(campaign_id), lambda: self._set(unstored[0]))
            unstored.popleft()
        del self._unstored[campaign_id], self._storing[campaign_id]

    async def _set(self, halt: Halt) -> None:
        try:
            await self._people.set_status(halt.campaign_id, halt.status, halt.by, halt.at, halt.reason)
        except NotFound:
            log.exception("halt of no campaign", campaign=halt.campaign_id)
