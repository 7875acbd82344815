"""Agents: the board that says who is free and who takes the next call.

Their states are a table of their own (``agent_states``). The board is the live picture of one process: it
holds no store and no switch, and the service's reservation on it is the lock that keeps two customers from
one agent.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from dialer.agent_states import ASKED, IGNORED, MOVES, STANDS, AgentEvent, AgentState
from dialer.errors import NotAllowedNow, NotKnown, NotSettled
from dialer.inbound import InboundTalk
from dialer.live_call import LiveCall
from dialer.offer import Offer
from dialer.ports import Clock


@dataclass(slots=True)
class Seat:
    """One agent now. ``call_id`` is the call he is reserved for, talks on or wraps up, ``campaign_id`` its
    campaign.

    ``since_s`` is ``since`` on the clock that only goes forward.
    ``pause_wanted`` is a reason given while busy: it takes effect at the end of the wrap-up. ``wants_ready``
    is what he asked for last; it outlives a crash of the switch. ``met`` is true once the switch has bridged
    his leg in this talk, ``in_bridge`` while it does. ``wrap_up_s`` is how long he has after it.
    ``phone_gone``: he is in a wrap-up whose talk ended by his phone, without a leg for the next customer;
    ``gone_with_switch``: and it was the switch that went, not he.
    ``leaves_at`` is when he will pause or go, as he announced; nothing happens to him then.
    """

    agent_id: str
    name: str
    phone: str
    state: AgentState
    since: datetime
    since_s: float = 0.0
    idle_since: float = 0.0
    leg_id: str = ""
    channel: str = ""
    call_id: str = ""
    campaign_id: int | None = None
    pause_reason: str = ""
    pause_wanted: str | None = None
    wants_ready: bool = False
    wrap_up_ends_at: datetime | None = None
    talks: int = 0
    met: bool = False
    in_bridge: bool = False
    wrap_up_s: float = 0.0
    phone_gone: bool = False
    gone_with_switch: bool = False
    leaves_at: datetime | None = None
    recorded_outcome: str | None = None
    subject: LiveCall | InboundTalk | Offer | None = field(default=None, repr=False)
    wrap_up_timer: asyncio.TimerHandle | None = field(default=None, repr=False)


_WITH_SUBJECT = (AgentState.PREVIEW, AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP)


class SeatWatcher(Protocol):
    """Who wants to know what agents do."""

    def seat_moved(self, seat: Seat, was: AgentState, lasted_s: float) -> None:
        """An agent has changed his state, in which he had been for so long."""


class CallerWatcher(Protocol):
    """Who wants to know how long hotline callers wait."""

    def caller_came(self) -> None:
        """A hotline caller asks for an agent."""

    def caller_gone(self, waited_s: float, *, served: bool) -> None:
        """A hotline caller has got an agent, or has left."""


@dataclass(slots=True)
class _Waiting:
    """A caller who waits for an agent. One whom we called does not wait long: he goes first."""

    call_id: str
    campaign_id: int | None
    granted: asyncio.Future[Seat]


class AgentBoard:
    """Who is free, who is reserved for what, and who waits for an agent. Watchers may come later."""

    def __init__(self, clock: Clock, on_change: Callable[[], None]) -> None:
        self.seat_watchers: list[SeatWatcher] = []
        self.caller_watcher: CallerWatcher | None = None
        self._clock = clock
        self._on_change = on_change
        self._seats: dict[str, Seat] = {}
        self._waiting: deque[_Waiting] = deque()
        self._is_settled = False
        self.after_phone_gone: Callable[[Seat], object] = self._leave
        """What becomes of an agent without a phone when his wrap-up is over; he is offline unless set."""

    def add(self, agent_id: str, name: str, phone: str) -> Seat:
        """Put an agent on the board, offline."""
        seat = Seat(agent_id, name, phone, AgentState.OFFLINE, self._clock.now(), self._clock.monotonic())
        # In order of their ids from the start: all seats are looked at several times a call.
        self._seats = dict(sorted({**self._seats, agent_id: seat}.items()))
        return seat

    def seat(self, agent_id: str) -> Seat:
        """Return one agent; raises ``NotKnown``."""
        try:
            return self._seats[agent_id]
        except KeyError:
            raise NotKnown(f"there is no agent {agent_id!r}") from None

    def settled(self) -> None:
        """All agents are found again, as the switch and the books have them: each may be asked."""
        self._is_settled = True
        self._on_change()

    def own_seat(self, agent_id: str) -> Seat:
        """Return one agent for what he asks himself; raises ``NotKnown``.

        Raises ``NotSettled`` between a start and ``settled``: nobody knows yet which call he has, and what he
        wished then would be taken for what he had wanted before.
        """
        seat = self.seat(agent_id)
        if not self._is_settled:
            raise NotSettled(
                "What you had before is being found again; while Asterisk is away, that has to wait for it."
            )
        return seat

    def seats(self) -> Iterable[Seat]:
        """Return all agents, by id."""
        return list(self._seats.values())

    @property
    def taken_over_talks(self) -> list[InboundTalk]:
        """Hotline talks of agents that a former process began: no coroutine here speaks with the caller."""
        talking = (seat.subject for seat in self._seats.values() if seat.state is AgentState.TALKING)
        return [one for one in talking if isinstance(one, InboundTalk) and not one.owned]

    def by_leg(self, leg_id: str) -> Seat | None:
        """Return the agent whose leg this is."""
        return next((seat for seat in self._seats.values() if leg_id and seat.leg_id == leg_id), None)

    def by_call(self, call_id: str) -> Seat | None:
        """Return the agent who has this call in hand, reserved or talking."""
        busy = (AgentState.RESERVED, AgentState.TALKING)
        return next((s for s in self._seats.values() if s.call_id == call_id and s.state in busy), None)

    @property
    def ready(self) -> int:
        """How many agents are ready and unreserved."""
        return sum(seat.state is AgentState.READY for seat in self._seats.values())

    @property
    def waiting(self) -> int:
        """How many callers wait for an agent."""
        return len(self._waiting)

    @property
    def waiting_inbound(self) -> int:
        """How many of them have called us."""
        return sum(one.campaign_id is None for one in self._waiting)

    def counts(self) -> Mapping[str, int]:
        """Return how many agents are in each state; every state is a key."""
        counts = dict.fromkeys((str(state) for state in AgentState), 0)
        for seat in self._seats.values():
            counts[seat.state] += 1
        return counts

    def previewed(self, campaign_id: int) -> int:
        """Return how many agents look at a lead of a campaign."""
        return sum(
            seat.state is AgentState.PREVIEW and seat.campaign_id == campaign_id
            for seat in self._seats.values()
        )

    def restore(self, seat: Seat, state: AgentState) -> None:
        """Put an agent where the switch and the books say he is, after a restart of ours."""
        self._enter(seat, state)

    def move(self, seat: Seat, event: AgentEvent) -> bool:
        """Advance one agent; false when the event means nothing now.

        Raises ``NotAllowedNow`` for a pair that the table does not know.
        """
        pair = (seat.state, event)
        if pair in IGNORED:
            return False
        if pair not in MOVES:
            raise NotAllowedNow(f"{seat.name} {STANDS[seat.state]} and cannot {ASKED[event]} now")
        self._enter(seat, MOVES[pair])
        return True

    def reserve(self, call_id: str, campaign_id: int | None = None) -> Seat | None:
        """Reserve the agent who has been idle longest; None when nobody is ready."""
        seat = self._longest_idle()
        if seat is not None:
            seat.call_id, seat.campaign_id = call_id, campaign_id
            self.move(seat, AgentEvent.RESERVE)
        return seat

    def offer(self, offer: Offer) -> Seat | None:
        """Lay a lead before the agent who has been idle longest; None when nobody is ready."""
        seat = self._longest_idle()
        if seat is not None:
            seat.call_id, seat.campaign_id, seat.subject = offer.id, offer.campaign.id, offer
            self.move(seat, AgentEvent.OFFER)
        return seat

    def reserve_offered(self, seat: Seat, offer: Offer, call_id: str) -> bool:
        """Reserve an agent for the call of the lead before him; false when he looks at it no more."""
        if seat.state is not AgentState.PREVIEW or seat.subject is not offer:
            return False
        seat.call_id = call_id
        return self.move(seat, AgentEvent.CALL_ASKED)

    def _longest_idle(self) -> Seat | None:
        ready = [seat for seat in self._seats.values() if seat.state is AgentState.READY]
        return min(ready, key=lambda one: (one.idle_since, one.agent_id), default=None)

    def give_back(self, call_id: str) -> None:
        """Free the agent reserved for a call that came to nothing; he keeps his place in line."""
        seat = self.by_call(call_id)
        if seat is not None and seat.state is AgentState.RESERVED:
            idle_since = seat.idle_since
            self.move(seat, AgentEvent.GIVE_BACK)
            seat.idle_since = idle_since

    def talk_over(self, seat: Seat, wrap_up_s: float, *, talked: bool) -> None:
        """Send an agent to wrap-up after a talk; without a talk his leg is not to be trusted: pause him."""
        if not self.move(seat, AgentEvent.TALK_ENDED):
            return
        if not talked:
            seat.pause_reason = "the phone could not be connected to a customer"
            self.move(seat, AgentEvent.PAUSE)
            return
        seat.talks += 1
        self._begin_wrap_up(seat, self._clock.now() + timedelta(seconds=wrap_up_s))

    def wrap_up_again(self, seat: Seat, ends_at: datetime) -> None:
        """Put an agent back into a wrap-up that a restart of ours cut off."""
        self._enter(seat, AgentState.WRAP_UP)
        self._begin_wrap_up(seat, ends_at)

    def has_been(self, seat: Seat, since: datetime) -> None:
        """Let an agent have been in his state since before a restart of ours."""
        ago_s = (seat.since - since).total_seconds()
        if ago_s > 0:
            seat.since, seat.since_s = since, seat.since_s - ago_s
            self._on_change()

    def _begin_wrap_up(self, seat: Seat, ends_at: datetime) -> None:
        seat.wrap_up_ends_at = ends_at
        lasts_s = max(0.0, (ends_at - self._clock.now()).total_seconds())
        loop = asyncio.get_running_loop()
        seat.wrap_up_timer = loop.call_later(lasts_s, self.end_wrap_up, seat)
        self._on_change()

    def lose_phone(self, seat: Seat) -> None:
        """His leg is gone. Out of a talk he has his wrap-up all the same, else he is offline."""
        if seat.state is AgentState.TALKING and seat.met:
            self.talk_over(seat, seat.wrap_up_s, talked=True)
        if seat.state is AgentState.WRAP_UP:
            seat.leg_id = seat.channel = ""
            seat.phone_gone = True
            self._on_change()
        else:
            self.move(seat, AgentEvent.LEG_GONE)

    def talk_missed(self, seat: Seat) -> None:
        """The caller left before the two met: the agent is ready again, in his old place in line."""
        if seat.state is AgentState.TALKING:
            idle_since = seat.idle_since
            self.move(seat, AgentEvent.TALK_ENDED)
            self.move(seat, AgentEvent.WRAP_UP_OVER)
            seat.idle_since = idle_since

    def end_wrap_up(self, seat: Seat) -> None:
        """Make an agent ready again, or let a pause he asked for meanwhile take effect."""
        if seat.phone_gone:
            self.after_phone_gone(seat)
        else:
            self.move(seat, AgentEvent.WRAP_UP_OVER)

    def _leave(self, seat: Seat) -> None:
        self.move(seat, AgentEvent.LOG_OUT)

    async def next_free(self, call_id: str, campaign_id: int | None = None) -> Seat:
        """Reserve an agent for a caller, waiting in line; cancelling leaves the line.

        A call of a campaign goes before hotline callers: its connect limit is running, their patience is
        longer.
        """
        watcher = self.caller_watcher
        if campaign_id is not None or watcher is None:
            return await self._next_free(call_id, campaign_id)
        began, served = self._clock.monotonic(), False
        watcher.caller_came()
        try:
            seat = await self._next_free(call_id, None)
            served = True
        finally:
            watcher.caller_gone(self._clock.monotonic() - began, served=served)
        return seat

    async def _next_free(self, call_id: str, campaign_id: int | None) -> Seat:
        seat = None if self._waiting else self.reserve(call_id, campaign_id)
        if seat is not None:
            return seat
        waiting = _Waiting(call_id, campaign_id, asyncio.get_running_loop().create_future())
        first_inbound = len(self._waiting) - self.waiting_inbound
        self._waiting.insert(len(self._waiting) if campaign_id is None else first_inbound, waiting)
        self._on_change()
        try:
            return await waiting.granted
        except asyncio.CancelledError:
            if waiting.granted.done() and not waiting.granted.cancelled():
                self.give_back(call_id)
            raise
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def _enter(self, seat: Seat, state: AgentState) -> None:
        """Apply a pending pause or log-out, stamp the time, and serve who waits."""
        if state is AgentState.READY and seat.pause_wanted is not None:
            state = AgentState.PAUSED
            seat.pause_reason, seat.pause_wanted = seat.pause_wanted, None
        if state not in _WITH_SUBJECT:
            seat.call_id, seat.campaign_id, seat.subject = "", None, None
            seat.recorded_outcome = None
        if state is not AgentState.WRAP_UP:
            seat.wrap_up_ends_at, seat.phone_gone, seat.gone_with_switch = None, False, False
            if seat.wrap_up_timer is not None:
                seat.wrap_up_timer.cancel()
                seat.wrap_up_timer = None
        if state is AgentState.OFFLINE:
            seat.leg_id = seat.channel = ""
            seat.pause_wanted = seat.leaves_at = None
        if state is AgentState.RESERVED:
            seat.met = seat.in_bridge = False
        was = seat.state
        seat.state, seat.since = state, self._clock.now()
        lasted_s, seat.since_s = self._clock.monotonic() - seat.since_s, self._clock.monotonic()
        if was is not state:
            for watcher in self.seat_watchers:
                watcher.seat_moved(seat, was, lasted_s)
        if state is AgentState.READY:
            seat.idle_since = self._clock.monotonic()
            seat.pause_reason = ""
            self._serve_waiting()
        self._on_change()

    def _serve_waiting(self) -> None:
        while self._waiting and self._waiting[0].granted.done():
            self._waiting.popleft()
        if self._waiting:
            first = self._waiting[0]
            seat = self.reserve(first.call_id, first.campaign_id)
            if seat is not None:
                self._waiting.popleft()
                first.granted.set_result(seat)
