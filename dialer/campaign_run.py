"""One running campaign: ask the desk how many calls to start, start them, wait for something to change."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from campaigns.model import Campaign, CampaignStatus, DialMode
from campaigns.why_words import SWITCH_DOWN, bound_in_words
from dialer.agent_states import AgentState
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard
from dialer.door import Gate, Launch, Launched
from dialer.errors import TelephonyError
from dialer.launcher import Launcher
from dialer.live_call import LiveCall
from dialer.paced import FOUND_S, Order, Room
from dialer.pacing.bounds import Bound
from dialer.pacing.pacer import Decision
from dialer.pacing_desk import PacingDesk
from dialer.ports import CallBook, Clock
from dialer.preview import Previews
from dialer.trunks import TrunkBoard
from dialer.visits import Errand, Outcome, SendRate, Stage, Visit, Visits

log = structlog.get_logger()

IDLE_S: Final = 5.0
"""The longest a campaign sleeps without a reason to wake: a lead may have become due by other hands."""

AT_ONCE: Final = 16
"""How many launches run side by side; their commits share one transaction."""

GOES_ON: Final = frozenset({Launched.PLACED, Launched.OFFERED})
"""Answers after which there may be more to do at once."""

NEXT_ONE: Final = frozenset({Launched.REFUSED, Launched.NO_CARRIER, Launched.GONE})
"""Answers that concern one lead; the next one may be called."""

NOT_NOW: Final = frozenset({Launched.NO_TRUNK, Launched.SWITCH, Launched.UNKNOWN_LIMIT})
"""Answers after which trying again at once would only spin."""


class CampaignRun:
    """The dialing of one campaign, from start to pause, stop or the last lead.

    ``puts_off`` tells whether leads whose hours are shut are being put off, many at once: then refused leads
    are not passed one by one.
    """

    def __init__(
        self,
        campaign_id: int,
        book: CallBook,
        clock: Clock,
        launcher: Launcher,
        calls: CallBoard,
        agents: AgentBoard,
        trunks: TrunkBoard,
        desk: PacingDesk,
        previews: Previews,
        cancel: Callable[[LiveCall], Awaitable[bool]],
        switch_ready: Callable[[], bool],
        puts_off: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self.campaign_id = campaign_id
        self.gate = Gate()
        self.on_round: Callable[[], None] = lambda: None  # told when a round went through the door and back
        self.came_to: Launch | None = None  # what the last round came to, when it placed nothing
        self._book = book
        self._clock = clock
        self._launcher = launcher
        self._calls = calls
        self._agents = agents
        self._trunks = trunks
        self._desk = desk
        self._previews = previews
        self._cancel = cancel
        self._switch_ready = switch_ready
        self._puts_off = puts_off
        self._campaign: Campaign | None = None
        self._decision: Decision | None = None
        self._known_packs: tuple[str, ...] | None = None
        self._woken = asyncio.Event()
        self._visits = Visits(self.wake)
        self._rate = SendRate(clock)  # of visits to the door
        self._rate_after_check = SendRate(clock)  # of calls that the outside check was asked about
        self._in_turn = asyncio.Lock()
        self._spare = 0  # visits that took their turn, asked outside, and came to no call
        self._sure_until = 0.0  # so long whoever is due by the clock may be called by the rules, too
        self._giving_up: set[asyncio.Task[None]] = set()

    @property
    def decision(self) -> Decision | None:
        """The last decision; None before the first."""
        return self._decision

    @property
    def asking(self) -> int:
        """How many leads the outside check is asked about now."""
        return self._desk.asked_about(self.campaign_id)

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
        try:
            return await self._work()
        except asyncio.CancelledError:
            self._visits.cut_off()
            raise
        finally:
            await self._visits.close()
            self._desk.close(self.campaign_id)
            await self._previews.withdraw(self.campaign_id)

    async def _work(self) -> bool:
        while True:
            campaign = self._campaign = await self._book.campaign(self.campaign_id)
            if campaign.status is not CampaignStatus.RUNNING or not self.gate.is_open:
                return False
            await self._open(campaign)
            self._woken.clear()
            late = await self._account(campaign, self._visits.news())
            launches = [*late, *await self._offer(campaign), *await self._round(campaign)]
            if not any(launch.what in GOES_ON for launch in launches):
                due = await self._book.next_due(campaign.id)
                if due is None and self._is_over(campaign):
                    return True
                if any(launch.what in NEXT_ONE for launch in launches):
                    if self._puts_off(campaign.id):
                        await self.idle()  # woken as soon as somebody may be called
                    continue
                if await self._look(campaign):
                    continue
                await self._sleep(due, launches)
            await self._until_room(campaign)

    async def _open(self, campaign: Campaign) -> None:
        """Sit down at the desk: the first time it looks where all leads lie, which takes a while, and again
        when other packs bind the campaign."""
        if self._known_packs == campaign.packs:
            self._desk.reopen(campaign.id)
        else:
            await self._desk.open(campaign, self._room, self.wake)
            self._known_packs = campaign.packs

    async def _until_room(self, campaign: Campaign) -> None:
        """Wait while the desk would start nothing, whatever is due: most changes concern other calls, and
        asking the store at each of them would slow down those."""
        while self.gate.is_open and not self._is_over(campaign):
            if self._may_offer(campaign):
                return
            if self._visits.has_news:
                return
            self._woken.clear()
            if self._ask().decision.calls:
                return
            if not (await self._look(campaign) or await self._sleep(None, [])):
                return

    async def _look(self, campaign: Campaign) -> bool:
        """Tell the desk whether somebody may be called, where it wonders; true when a lead was refused on the
        way: there may be others behind it."""
        if not self._desk.wonders(campaign.id) or self._puts_off(campaign.id):
            return False
        due, now = await self._book.next_due(campaign.id), self._clock.monotonic()
        is_due = due is not None and due <= self._clock.now()
        if is_due and now >= self._sure_until:
            what = await self._launcher.look(campaign, self.gate)
            if what in NEXT_ONE:
                return True
            is_due = what is Launched.OFFERED
            self._sure_until = now + FOUND_S if is_due else 0.0
        self._desk.found(campaign.id, somebody=is_due)
        return False

    async def _round(self, campaign: Campaign) -> Sequence[Launch]:
        """Ask the desk once and start what it says."""
        decision = self._ask().decision
        calls = min(decision.calls, AT_ONCE)
        if not calls or not self._switch_ready():
            return []
        self._desk.placing(campaign.id, calls, reserved=decision.reserved)
        began, errand = self._clock.monotonic(), self._errand(campaign, reserved=decision.reserved)
        visits = [self._visit(campaign, errand) for _ in range(calls)]
        outcomes = await self._visits.go([(visit, self._launch(campaign, visit)) for visit in visits])
        # Who asks outside has taken his turn, whatever comes of it.
        gone = sum(isinstance(one, Launch) and one.what is Launched.PLACED for one in outcomes)
        apart = calls - len(outcomes)
        spared = min(apart, self._spare)
        self._spare -= spared
        self._rate.sent(began, gone + apart - spared, campaign.calls_per_second)
        return await self._account(campaign, outcomes)

    async def _account(self, campaign: Campaign, outcomes: Sequence[Outcome]) -> Sequence[Launch]:
        """Take in what visits came to; raises the first of their faults, when all else is done."""
        if not outcomes:
            return []
        launches = [outcome for outcome in outcomes if isinstance(outcome, Launch)]
        placed = any(launch.what is Launched.PLACED for launch in launches)
        self.came_to = None if placed else next(iter(launches), None)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        self.on_round()
        for launch in launches:
            if launch.what in NEXT_ONE:
                self._sure_until = 0.0
            if launch.binding is not None:
                await self._desk.renew(campaign, launch.binding)
        return launches

    def _errand(self, campaign: Campaign, *, reserved: bool) -> Errand:
        if campaign.mode is DialMode.PREVIEW:
            return Errand.ASKED_FOR
        return Errand.RESERVED if reserved else Errand.AHEAD

    def _visit(self, campaign: Campaign, errand: Errand) -> Visit:
        """Return a visit to be made."""
        return Visit(
            errand,
            lambda visit: self._desk.asks_outside(campaign.id, visit),
            lambda: self._turn(campaign.calls_per_second),
            lambda visit: self._desk.still_allows(campaign.id, visit),
        )

    async def _turn(self, calls_per_second: float) -> None:
        """Wait until a call may be sent that the outside check was asked about: many answers may come at
        once."""
        async with self._in_turn:
            while self._rate_after_check.left(calls_per_second) <= 0:  # noqa: ASYNC110 - time alone ends it
                await asyncio.sleep(self._rate_after_check.wait_s())
            self._rate_after_check.sent(self._clock.monotonic(), 1, calls_per_second)

    def _may_offer(self, campaign: Campaign) -> bool:
        """Say whether a lead may be laid before an agent now."""
        return campaign.mode is DialMode.PREVIEW and self._switch_ready() and self._free_agents > 0

    @property
    def _free_agents(self) -> int:
        soon = self._desk.shown_soon(self.campaign_id)
        return self._agents.ready - self._agents.waiting - soon

    async def _offer(self, campaign: Campaign) -> Sequence[Launch]:
        """Lay a lead before each agent who is free, where the campaign is previewed."""
        outcomes: list[Outcome] = []
        while self._may_offer(campaign) and len(outcomes) < AT_ONCE:
            visit = self._visit(campaign, Errand.SHOWN)
            outcomes += await self._visits.go([(visit, self._show(campaign, visit))])
            last = outcomes[-1] if outcomes else None
            if visit.stage is Stage.AT_THE_DOOR and not (
                isinstance(last, Launch) and last.what in (Launched.OFFERED, *NEXT_ONE)
            ):
                break
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in outcomes if isinstance(outcome, Launch)]

    async def _show(self, campaign: Campaign, visit: Visit) -> Launch:
        """Lay one lead before an agent."""
        try:
            return await self._previews.show(campaign, self.gate, visit)
        finally:
            self._desk.came_back(campaign.id, visit)

    async def _launch(self, campaign: Campaign, visit: Visit) -> Launch:
        """Go through the door once, and tell the desk what came of it."""
        came_to: Launched | None = None
        reserved = visit.errand is Errand.RESERVED
        try:
            if visit.errand is Errand.ASKED_FOR:
                launch = await self._call_wanted(campaign, visit)
            else:
                terms = None if reserved else self._desk.terms(campaign.id)
                launch = await self._launcher.launch(
                    campaign, self.gate, with_agent=reserved, terms=terms, pace=visit
                )
            came_to = launch.what
            return launch
        finally:
            self._spare += visit.stage is Stage.ASKING
            self._desk.came_back(campaign.id, visit)
            self._desk.placed(campaign.id, came_to)

    async def _call_wanted(self, campaign: Campaign, visit: Visit) -> Launch:
        """Place the call of the lead that an agent asked for first."""
        wanted = self._previews.wanted(campaign.id)
        if not wanted:
            return Launch(Launched.NO_AGENT)
        return await self._previews.call(wanted[0], self.gate, visit)

    def _ask(self) -> Order:
        """Ask the desk; calls that ring for nobody are given up at once, without waiting for the switch."""
        order = self._desk.decide(self.campaign_id)
        self._decision = order.decision
        self._tell_who_asked(order.decision)
        for call in order.give_up:
            call.cancelled_by_us = True  # so that it is not given up twice
            task = asyncio.create_task(self._give_up(call), name=f"give up {call.attempt_id}")
            self._giving_up.add(task)
            task.add_done_callback(self._giving_up.discard)
        return order

    def _tell_who_asked(self, decision: Decision) -> None:
        """Let agents who asked for a call know what it waits for."""
        campaign = self._campaign
        if campaign is None or campaign.mode is not DialMode.PREVIEW:
            return
        waits_for = "" if decision.calls else bound_in_words(campaign, decision.bound)
        self._previews.keep_waiting(campaign.id, waits_for if self._switch_ready() else SWITCH_DOWN)

    async def _give_up(self, call: LiveCall) -> None:
        try:
            await self._cancel(call)
        except TelephonyError as fault:
            log.warning("call not given up", attempt=call.attempt_id, fault=str(fault))

    def _room(self) -> Room:
        """Return what the campaign's own limits and the trunks leave."""
        campaign = self._campaign
        assert campaign is not None, "the desk asks after it has been opened"
        return Room(
            channels_free=campaign.max_channels - self._calls.count(campaign.id),
            trunks_free=self._trunks.channels_free,
            sends_left=self._rate.left(campaign.calls_per_second) + self._spare,
            approved=len(self._previews.wanted(campaign.id)),
        )

    def _is_over(self, campaign: Campaign) -> bool:
        """No lead waits, no call is in flight, and nobody still writes down what may bring a call-back."""
        if (
            self._visits.under_way
            or self._launcher.owes_leads
            or self._calls.all(campaign.id)
            or self._previews.is_open(campaign.id)
        ):
            return False
        busy = (AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP)
        return not any(s.campaign_id == campaign.id and s.state in busy for s in self._agents.seats())

    async def _sleep(self, due: datetime | None, launches: Sequence[Launch]) -> bool:
        """Wait for a change, for the next due lead, or for the moment to ask the desk again.

        Returns whether it was a change.
        """
        longest = IDLE_S
        now = self._clock.now()
        if due is not None and due > now:
            longest = min(longest, (due - now).total_seconds())
        if self._decision is not None and not any(one.what is Launched.NOTHING_DUE for one in launches):
            longest = min(longest, self._decision.ask_again_s)
            if self._decision.bound is Bound.RATE:
                longest = min(longest, self._rate.wait_s())
        if any(launch.what in NOT_NOW for launch in launches):
            self._woken.clear()
            longest = 0.25
        try:
            async with asyncio.timeout(longest):
                return await self._woken.wait()
        except TimeoutError:
            return False
