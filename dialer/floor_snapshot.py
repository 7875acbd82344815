"""The floor as the pacer is told of it: agents and calls in flight turned into counts and moments.

Pure but for reading live objects: the moments are arguments, nothing is changed. All agents of the process
are one pool; a snapshot is that pool with the calls of one campaign as its own and those of all others beside
them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from campaigns.model import AmdMode, Campaign, Screened
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.calls import State
from dialer.live_call import LiveCall, limit_s_of
from dialer.pacing.snapshot import Leaving

ANNOUNCED_S: Final = 60.0
"""So long before he leaves an agent is told as leaving: farther than the pacer looks ahead."""

OVERSTAYS_S: Final = 300.0
"""Who is still there so long after the moment he announced has changed his mind."""


@dataclass(slots=True)
class CampaignCalls:
    """One campaign's part of the floor. ``agents``: how many it holds, reserved, talking or in wrap-up.

    ``ringing`` are its calls in flight without an agent, oldest first, and ``ringing_since`` when each was
    sent.
    """

    ringing: list[LiveCall] = field(default_factory=list)
    ringing_since: list[float] = field(default_factory=list)
    reserved_since: list[float] = field(default_factory=list)
    agentless_since: list[float] = field(default_factory=list)
    agents: int = 0


@dataclass(slots=True)
class FloorView:
    """The pool at a moment. ``leaving`` agents are in none of the other counts. ``waiting`` calls are
    answered and may still get an agent in time; ``late`` ones are answered, and their connect limit is over.
    ``screening``: detection listens to who answered."""

    idle: int = 0
    reserved: int = 0
    talks: list[float] = field(default_factory=list)
    wrap_ups: list[float] = field(default_factory=list)
    leaving: list[Leaving] = field(default_factory=list)
    waiting: int = 0
    screening: int = 0
    late: list[LiveCall] = field(default_factory=list)
    calls: defaultdict[int, CampaignCalls] = field(default_factory=lambda: defaultdict(CampaignCalls))

    @property
    def agents(self) -> int:
        """How many agents there are to be shared, whatever they do."""
        return self.idle + self.reserved + len(self.talks) + len(self.wrap_ups)


def floor_view(
    seats: Iterable[Seat],
    calls: Iterable[LiveCall],
    needs_agent: Callable[[Campaign], bool],
    now: datetime,
    moment: float,
) -> FloorView:
    """Return the floor at ``now``, which is ``moment`` on the pacer's clock: there seats and calls are told
    since when.

    Asked at every event, over hundreds of seats and calls: states are compared by identity, since hashing
    one costs more than all the rest.
    """
    view = FloorView()
    held = _look_at_seats(view, seats, now, moment)
    talking, ended = State.TALKING, State.ENDED
    ringing, sent, committed, answered = State.RINGING, State.SENT, State.COMMITTED, State.ANSWERED
    campaign, own, for_agents = None, CampaignCalls(), False
    for call in calls:
        state = call.state
        if state is talking or state is ended:
            continue
        if state is ringing or state is sent or state is committed:
            if call.cancelled_by_us:
                continue
            # Calls of one campaign come in rows: it is looked at once for each.
            if call.campaign is not campaign:
                campaign = call.campaign
                own, for_agents = view.calls[campaign.id], needs_agent(campaign)
            # For its own agent, for whoever is free by then, or for a flow that needs none.
            if call.with_agent:
                own.reserved_since.append(call.since_s)
            elif for_agents:
                own.ringing.append(call)
                own.ringing_since.append(call.since_s)
            else:
                own.agentless_since.append(call.since_s)
        elif state is answered and not call.served and needs_agent(call.campaign):
            _look_at_answered(view, call, held, now)
    return view


def _look_at_seats(
    view: FloorView, seats: Iterable[Seat], now: datetime, moment: float
) -> Mapping[str, Seat]:
    """Count agents; returns those who are held for a call, by the call.

    Who will pause next, or wraps up without a phone, is left out.
    """
    held: dict[str, Seat] = {}
    ready, reserved = AgentState.READY, AgentState.RESERVED
    talking, wrap_up = AgentState.TALKING, AgentState.WRAP_UP
    for seat in seats:
        state = seat.state
        if state is ready:
            if seat.leaves_at is None or not _is_leaving(view, seat, seat.leaves_at, now, moment):
                view.idle += 1
        elif state is talking or state is wrap_up or state is reserved:
            if seat.campaign_id is not None:
                view.calls[seat.campaign_id].agents += 1
            if state is reserved:
                held[seat.call_id] = seat
                view.reserved += 1
            elif (
                seat.pause_wanted is None
                and not seat.phone_gone
                and (seat.leaves_at is None or not _is_leaving(view, seat, seat.leaves_at, now, moment))
            ):
                (view.talks if state is talking else view.wrap_ups).append(seat.since_s)
    return held


def _is_leaving(view: FloorView, seat: Seat, leaves_at: datetime, now: datetime, moment: float) -> bool:
    """Enter an agent who is about to leave; false for one who leaves later, or has stayed after all."""
    left_s = (leaves_at - now).total_seconds()
    if not -OVERSTAYS_S < left_s < ANNOUNCED_S:
        return False
    talks, wraps_up = seat.state is AgentState.TALKING, seat.state is AgentState.WRAP_UP
    view.leaving.append(
        Leaving(moment + left_s, seat.since_s if talks else None, seat.since_s if wraps_up else None)
    )
    return True


def _look_at_answered(view: FloorView, call: LiveCall, held: Mapping[str, Seat], now: datetime) -> None:
    """An answered call without a talk: with its agent on the way, being judged by detection, waiting for an
    agent, or too late for any. A machine takes none."""
    if call.attempt_id in held or call.facts.amd is Screened.MACHINE:
        return
    answered_at = call.facts.answered_at or call.agi_at or now
    if (now - answered_at).total_seconds() >= limit_s_of(call):
        view.late.append(call)
    elif call.campaign.amd is not AmdMode.OFF and call.facts.amd is None:
        view.screening += 1
    else:
        view.waiting += 1
