"""One running campaign: ask the pacer how many calls to start, start them, wait for something to change."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from campaigns.model import Campaign, CampaignStatus
from dialer.agents import AgentBoard, AgentState
from dialer.call_board import CallBoard
from dialer.launcher import Gate, Launch, Launched, Launcher
from dialer.pacing.even_rate import EvenRate
from dialer.pacing.progressive import Decision, Limits, Snapshot, calls_to_start, rate_window_s
from dialer.ports import CallBook, Clock

log = structlog.get_logger()

IDLE_S: Final = 5.0
"""The longest a campaign sleeps without a reason to wake: a lead may have become due by other hands."""

AT_ONCE: Final = 16
"""How many launches run side by side; their commits share one transaction."""

LOOK_AGAIN_S: Final = 0.02
"""How soon to look again when a second's calls are used up; the next one is due at any moment."""

NEXT_ONE: Final = frozenset({Launched.REFUSED, Launched.NO_CARRIER})
"""Answers that concern one lead; the next one may be called."""

NOT_NOW: Final = frozenset({Launched.NO_TRUNK, Launched.SWITCH})
"""Answers after which trying again at once would only spin."""


class CampaignRun:
    """The dialing of one campaign, from start to pause, stop or the last lead."""

    def __init__(
        self,
        campaign_id: int,
        book: CallBook,
        clock: Clock,
        launcher: Launcher,
        calls: CallBoard,
        agents: AgentBoard,
        switch_ready: Callable[[], bool],
        needs_agent: Callable[[Campaign], bool],
    ) -> None:
        self.campaign_id = campaign_id
        self.gate = Gate()
        self.decision: Decision | None = None
        self.came_to: Launch | None = None  # what the last round came to, when it placed nothing
        self._book = book
        self._clock = clock
        self._launcher = launcher
        self._calls = calls
        self._agents = agents
        self._switch_ready = switch_ready
        self._needs_agent = needs_agent
        self._woken = asyncio.Event()
        self._sent: deque[float] = deque()
        self._rate = EvenRate()

    def wake(self) -> None:
        """Something changed that may allow another call."""
        self._woken.set()

    async def idle(self) -> None:
        """Wait until something changes, or a lead may have become due by other hands."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(IDLE_S):
                await self._woken.wait()

    async def has_waiting(self) -> bool:
        """Say whether any lead waits, due or not."""
        return await self._book.next_due(self.campaign_id) is not None

    async def has_held(self) -> bool:
        """Say whether any lead is held because its list is switched off."""
        return await self._book.holds_leads(self.campaign_id)

    async def work(self) -> bool:
        """Place calls until told otherwise; true when it has no lead to call any more."""
        while True:
            campaign = await self._book.campaign(self.campaign_id)
            if campaign.status is not CampaignStatus.RUNNING or not self.gate.is_open:
                return False
            self._woken.clear()
            launches = await self._round(campaign)
            if not any(launch.what is Launched.PLACED for launch in launches):
                due = await self._book.next_due(campaign.id)
                if due is None and self._is_over(campaign):
                    return True
                if any(launch.what in NEXT_ONE for launch in launches):
                    continue
                await self._sleep(due, launches)
            await self._until_room(campaign)

    async def _until_room(self, campaign: Campaign) -> None:
        """Wait while the pacer would start nothing, whatever is due: most changes concern other calls, and
        asking the store at each of them would slow down those."""
        with_agent = self._needs_agent(campaign)
        while self.gate.is_open and not self._is_over(campaign):
            self._woken.clear()
            self.decision = self._decide(campaign, with_agent=with_agent)
            if self.decision.calls or not await self._sleep(None, []):
                return

    async def _round(self, campaign: Campaign) -> list[Launch]:
        """Ask the pacer once and start what it says."""
        with_agent = self._needs_agent(campaign)
        self.decision = self._decide(campaign, with_agent=with_agent)
        calls = min(self.decision.calls, AT_ONCE)
        if not calls or not self._switch_ready():
            return []
        began = self._clock.monotonic()
        door = (self._launcher.launch(campaign, self.gate, with_agent=with_agent) for _ in range(calls))
        # All are waited for, also when one fails: what was placed counts for the rate.
        outcomes = await asyncio.gather(*door, return_exceptions=True)
        launches = [outcome for outcome in outcomes if isinstance(outcome, Launch)]
        placed = sum(launch.what is Launched.PLACED for launch in launches)
        self.came_to = None if placed else next(iter(launches), None)
        self._sent.extend([began] * placed)
        self._rate.sent(began, placed, campaign.calls_per_second)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return launches

    def _decide(self, campaign: Campaign, *, with_agent: bool) -> Decision:
        now = self._clock.monotonic()
        since = now - rate_window_s(campaign.calls_per_second)
        while self._sent and self._sent[0] <= since:
            self._sent.popleft()
        snapshot = Snapshot(
            ready_agents=self._agents.ready if with_agent else campaign.max_channels,
            waiting_inbound=self._agents.waiting if with_agent else 0,
            calls_in_flight=len(self._calls.all(campaign.id)),
            sent_in_window=len(self._sent),
            evenly=self._rate.allowed(now, campaign.calls_per_second),
        )
        return calls_to_start(snapshot, Limits(campaign.max_channels, campaign.calls_per_second))

    def _is_over(self, campaign: Campaign) -> bool:
        """No lead waits, no call is in flight, and nobody still writes down what may bring a call-back."""
        if self._launcher.owes_leads or self._calls.all(campaign.id):
            return False
        busy = (AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP)
        return not any(s.campaign_id == campaign.id and s.state in busy for s in self._agents.seats())

    async def _sleep(self, due: datetime | None, launches: list[Launch]) -> bool:
        """Wait for a change, for the next due lead, or for the rate to allow another call.

        Returns whether it was a change.
        """
        longest = IDLE_S
        now = self._clock.now()
        if due is not None and due > now:
            longest = min(longest, (due - now).total_seconds())
        if self.decision is not None and self.decision.bound == "calls per second":
            longest = min(longest, self._rate.wait_s(self._clock.monotonic()) or LOOK_AGAIN_S)
        if any(launch.what in NOT_NOW for launch in launches):
            self._woken.clear()
            longest = 0.25
        try:
            async with asyncio.timeout(longest):
                return await self._woken.wait()
        except TimeoutError:
            return False
