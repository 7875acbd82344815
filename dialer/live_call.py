"""One outbound call in flight, and what follows from how it stands.

Plain data and rules over it. Must not know who keeps it, nor the switch or the store.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.model import Campaign, Customer, Disposition, Lead, LeadPlan, Screened
from campaigns.rules.amd import screening
from campaigns.rules.retries import next_plan, plan_after_outcome
from dialer.calls import RINGABLE, State
from dialer.dispositions import Ending
from dialer.ports import CallFacts


@dataclass(slots=True, eq=False)
class LiveCall:
    """One outbound call in flight. ``facts`` is what is known; ``ended`` is set once it is settled.

    ``limit_s`` is when the dialplan plays the information message, from the answer, where a verdict of
    detection has moved it.
    """

    attempt_id: str
    campaign: Campaign
    lead: Lead
    customer: Customer
    number: str
    trunk: str
    placed_at: datetime
    since_s: float = 0.0  # the same moment on the clock that only goes forward; the board sets it
    state: State = State.COMMITTED
    facts: CallFacts = field(default_factory=CallFacts)
    channel: str = ""
    agi_at: datetime | None = None
    sending: bool = False  # its originate is being written; the switch can not be asked about it yet
    with_agent: bool = False  # it was placed for an agent, who must be there when it is answered
    owned: bool = False  # a coroutine of this process speaks AGI with it
    served: bool = False
    message_played: bool = False
    cancelled_by_us: bool = False
    lost: bool = False
    reason: int | None = None
    limit_s: float | None = None
    agent_outcome: str = ""
    callback_at: datetime | None = None  # agreed with the customer, as the agent recorded it
    abandoned: bool | None = None  # as counted against the limits; None before it was judged
    found_person: bool | None = None  # by an agent who checked a machine, as counted against the limits
    proven_unanswered: bool = False
    disposition: Disposition | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    grace: asyncio.TimerHandle | None = field(default=None, repr=False)
    writing: asyncio.Task[None] | None = field(default=None, repr=False)


def rings_no_more(call: LiveCall, was: State) -> bool:
    """Say whether a move has taken a call out of those that may be ringing: it was answered, or came to
    nothing."""
    return was in RINGABLE and call.state not in RINGABLE


def ending_of(call: LiveCall) -> Ending:
    """Say how a call ended, in the terms of the disposition rule."""
    facts = call.facts
    on_line = None
    answered_at = facts.answered_at or call.agi_at
    if answered_at is not None and facts.ended_at is not None:
        on_line = (facts.ended_at - answered_at).total_seconds()
    return Ending(
        on_line_s=on_line,
        served=call.served,
        message_played=call.message_played,
        machine=facts.amd in (Screened.MACHINE, Screened.CHECKED),
        connect_limit_s=limit_s_of(call),
        cause=facts.hangup_cause,
        tech_cause=facts.tech_cause,
        reason=call.reason,
        cancelled_by_us=call.cancelled_by_us,
        proven_unanswered=call.proven_unanswered,
        lost=call.lost,
    )


def limit_s_of(call: LiveCall) -> float:
    """Return when the information message plays, in seconds from the answer."""
    if call.limit_s is not None:
        return call.limit_s
    screen = screening(call.campaign.amd, call.campaign.connect_limit_s)
    return call.campaign.connect_limit_s if screen is None else screen.limit_s


def plan_of(call: LiveCall, moment: datetime) -> LeadPlan:
    """Return what becomes of the lead: what the agent recorded decides before the disposition."""
    assert call.disposition is not None
    asked = asked_plan(call, moment)
    return asked or next_plan(call.lead, call.campaign, call.disposition, moment, zones=call.customer.zones)


def asked_plan(call: LiveCall, moment: datetime) -> LeadPlan | None:
    """Return the plan that the agent's record asks for; None when it asks for none."""
    if not call.agent_outcome:
        return None
    return plan_after_outcome(
        call.lead,
        call.campaign,
        call.agent_outcome,
        moment,
        callback_at=call.callback_at,
        zones=call.customer.zones,
    )


def count_states(calls: Iterable[LiveCall]) -> dict[str, int]:
    """Count calls as a supervisor thinks of them: dialling, ringing, answered, talking, voting."""
    counts = dict.fromkeys(("dialling", "ringing", "answered", "talking", "voting"), 0)
    names = {
        State.COMMITTED: "dialling",
        State.SENT: "dialling",
        State.RINGING: "ringing",
        State.ANSWERED: "answered",
        State.TALKING: "talking",
        State.AFTER_TALK: "voting",
    }
    for call in calls:
        if call.state in names:
            counts[names[call.state]] += 1
    return counts
