"""What only the running service knows about a campaign's dialing, as ``campaigns.why`` asks for it.

Knows the boards and the runs. Must not know leads, or what is made of the facts.
"""

from collections.abc import Sequence
from typing import Final

from campaigns.model import Campaign
from campaigns.outage import Trouble
from campaigns.why_facts import Live
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard
from dialer.control import DialingControl

FRESH_S: Final = 15.0
"""So long a round that failed says that the next one would: without an agent there may be none."""


def _trouble(campaign: Campaign, control: DialingControl, calls: CallBoard) -> Trouble | None:
    """Return what keeps a campaign from its rounds, or the outcomes of its calls from being stored."""
    both = (control.rounds.trouble(str(campaign.id), FRESH_S), calls.unstored(campaign.id))
    return min(filter(None, both), key=lambda trouble: trouble.since, default=None)


def live_facts(
    campaign: Campaign,
    control: DialingControl,
    calls: CallBoard,
    agents: AgentBoard,
    switch_up: bool,
    trunks_down: Sequence[str] = (),
    *,
    no_trunk_works: bool = False,
) -> Live:
    """Return the live facts of a campaign now; how the trunks are is for the caller to ask the switch."""
    run = control.runs.get(campaign.id)
    decision = run.decision if run is not None else None
    came_to = run.came_to if run is not None else None
    trouble = _trouble(campaign, control, calls)
    return Live(
        service=True,
        at_work=run is not None and run.gate.is_open,
        switch_up=switch_up,
        calls=len(calls.all(campaign.id)),
        looked_at=agents.previewed(campaign.id),
        agents=agents.counts(),
        callers_waiting=agents.waiting,
        bound=decision.bound if decision is not None else "",
        allowed=decision.calls if decision is not None else 0,
        came_to=came_to.what if came_to is not None else "",
        fault=came_to.reason if came_to is not None else "",
        trunks_down=trunks_down,
        no_trunk_works=no_trunk_works,
        fails_since=None if trouble is None else trouble.since,
        fails="" if trouble is None else trouble.cause,
        books_shut=trouble is not None and trouble.books_shut,
        judging_again=control.is_judging_again(campaign.id),
        asking=run.asking if run is not None else 0,
        answers_take_s=control.outside_took_s,
    )
