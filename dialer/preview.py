"""Preview dialing: a lead is laid before an agent, and its call starts when he asks for it.

Knows who looks at which lead. A lead that is not called goes back as it was, or a while later when the agent
skipped it. Placing the call is the launcher's business, and judging it again at that moment.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from campaigns.model import Campaign, LeadPlan, LeadStatus
from dialer.agent_states import STANDS, AgentEvent, AgentState
from dialer.agents import AgentBoard, Seat
from dialer.door import Gate, Launch, Launched
from dialer.errors import NotAllowedNow
from dialer.last_check import Pace
from dialer.launcher import Launcher
from dialer.offer import Offer
from dialer.ports import Clock

log = structlog.get_logger()

LOOK_S: Final = 120.0
"""How long an agent may look at a lead; then it goes to somebody else, and he is paused."""

SKIPPED_FOR: Final = timedelta(minutes=30)
"""How long a lead waits that an agent skipped."""

NO_ANSWER: Final = "did not decide on an offered lead"
"""Why an agent is paused who let an offer pass."""


class Previews:
    """The offers of all campaigns. It is told when an agent's state changes, since that may end his offer.

    ``changed`` is told when an agent who asked for a call waits for something else than before.
    """

    def __init__(
        self,
        launcher: Launcher,
        agents: AgentBoard,
        clock: Clock,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._changed = changed
        self._launcher = launcher
        self._agents = agents
        self._clock = clock
        self._offers: dict[str, Offer] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._returning: set[asyncio.Task[None]] = set()
        # What a look has read counts as seen: it must not come between what a call reads and its attempt.
        self._looking = asyncio.Lock()

    def wanted(self, campaign_id: int) -> list[Offer]:
        """Return the offers whose agents ask for the call, oldest first."""
        return [one for one in self._offers.values() if one.wanted and one.campaign.id == campaign_id]

    def is_open(self, campaign_id: int) -> bool:
        """Say whether somebody looks at a lead of a campaign."""
        return any(one.campaign.id == campaign_id for one in self._offers.values())

    async def show(self, campaign: Campaign, gate: Gate, pace: Pace | None = None) -> Launch:
        """Lay the most urgent lead before the agent who has been idle longest."""
        launch, claim = await self._launcher.claim(campaign, gate, pace)
        if claim is None:
            return launch
        offer = Offer(f"offer-{secrets.token_hex(8)}", campaign, claim, "", self._clock.now())
        seat = self._agents.offer(offer)
        if seat is None:
            await self._launcher.give_back(claim.lead, Launched.NO_AGENT)
            return Launch(Launched.NO_AGENT)
        offer.agent_id = seat.agent_id
        self._offers[seat.agent_id] = offer
        loop = asyncio.get_running_loop()
        self._timers[seat.agent_id] = loop.call_later(LOOK_S, self._look_over, seat, offer)
        log.info("lead offered", agent=seat.agent_id, lead=offer.lead.id)
        return launch

    def want(self, agent_id: str) -> Offer:
        """An agent asks for the call; raises ``NotAllowedNow`` when nothing is laid before him."""
        offer = self._offer_of(agent_id)
        offer.wanted = True
        return offer

    def keep_waiting(self, campaign_id: int, reason: str) -> None:
        """Calls of a campaign that agents asked for are not placed yet; without a reason: about to be."""
        waiting = [offer for offer in self.wanted(campaign_id) if offer.waits_for != reason]
        for offer in waiting:
            offer.waits_for = reason
        if waiting:
            self._changed()

    async def skip(self, agent_id: str, reason: str) -> None:
        """An agent does not want the lead now, or not any more; it waits a while.

        ``NotAllowedNow`` without an offer, and while its call is being placed.
        """
        offer = self._offer_of(agent_id)
        plan = LeadPlan(
            LeadStatus.WAITING, self._clock.now() + SKIPPED_FOR, f"skipped by {agent_id}: {reason}"
        )
        self._forget(offer)
        self._agents.move(self._agents.seat(agent_id), AgentEvent.SKIP)
        await self._launcher.put_back(offer.lead.id, plan)

    async def call(self, offer: Offer, gate: Gate, pace: Pace | None = None) -> Launch:
        """Place the call of an offer; whatever comes of it, the offer is over."""
        seat = self._agents.seat(offer.agent_id)
        async with self._looking:
            if not self._stands(offer):
                return Launch(Launched.NO_AGENT)
            self._forget(offer)
        try:
            return await self._launcher.call_offered(offer, gate, seat, pace)
        finally:
            if seat.subject is offer:
                self._agents.move(seat, AgentEvent.SKIP)

    async def withdraw(self, campaign_id: int) -> None:
        """Take back every offer of a campaign that places no calls any more."""
        for offer in [one for one in self._offers.values() if one.campaign.id == campaign_id]:
            await self._take_back(offer, Launched.CLOSED)

    async def take_back_unwanted(self) -> None:
        """Take back every offer of a lead whose person asked meanwhile not to be called."""
        for offer in list(self._offers.values()):
            async with self._looking:
                is_unwanted = self._stands(offer) and await self._launcher.is_unwanted(offer)
                if is_unwanted and self._stands(offer):
                    log.info("offer taken back: must not be called any more", lead=offer.lead.id)
                    await self._take_back(offer, Launched.GONE)

    def _stands(self, offer: Offer) -> bool:
        return self._offers.get(offer.agent_id) is offer

    async def _take_back(self, offer: Offer, why: Launched) -> None:
        self._forget(offer)
        self._agents.move(self._agents.seat(offer.agent_id), AgentEvent.SKIP)
        await self._launcher.give_back(offer.lead, why)

    def seat_moved(self, seat: Seat, was: AgentState, lasted_s: float) -> None:
        """An agent has left, paused or gone on: an offer that he had is over, and its lead goes back."""
        offer = self._offers.get(seat.agent_id)
        if offer is None or seat.state is AgentState.PREVIEW:
            return
        self._forget(offer)
        task = asyncio.create_task(
            self._launcher.give_back(offer.lead, Launched.NO_AGENT), name=f"give back {offer.lead.id}"
        )
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    def _look_over(self, seat: Seat, offer: Offer) -> None:
        if self._stands(offer) and not offer.wanted:
            seat.pause_reason = NO_ANSWER
            self._agents.move(seat, AgentEvent.PAUSE)

    def _offer_of(self, agent_id: str) -> Offer:
        seat, offer = self._agents.seat(agent_id), self._offers.get(agent_id)
        if offer is None:
            taken = isinstance(seat.subject, Offer)
            why = "its call is being placed already" if taken else "there is no lead to decide on"
            raise NotAllowedNow(f"{seat.name} {STANDS[seat.state]}: {why}")
        return offer

    def _forget(self, offer: Offer) -> None:
        del self._offers[offer.agent_id]
        self._timers.pop(offer.agent_id).cancel()
