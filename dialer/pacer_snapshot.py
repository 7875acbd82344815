"""What the pacer is told of one campaign: the floor, its own calls and all others, its limits, its room.

Reads, changes nothing. The moment is an argument.
"""

from collections.abc import Mapping, Sequence

from campaigns.model import DialMode
from dialer.floor_snapshot import FloorView
from dialer.paced import Paced, Room
from dialer.pacing.budgets import Standing
from dialer.pacing.snapshot import OtherCalls, Snapshot


def snapshot_of(
    paced: Paced,
    at_the_desk: Mapping[int, Paced],
    floor: FloorView,
    moment: float,
    room: Room,
    standings: Sequence[Standing],
    inbound_waiting: int,
    *,
    waiting_count: bool = True,
) -> Snapshot:
    """Return what the pacer is told of a campaign among all that are ``at_the_desk``, by id.

    ``waiting_count`` says whether those of its own calls count that wait for the outside check, as if they
    were sent now.
    """
    own, every = floor.calls[paced.campaign.id], at_the_desk.values()
    reserved_soon = sum(one.placing for one in every if one.takes_idle_agents)
    reserved_soon += sum(one.agents_promised for one in every if waiting_count or one is not paced)
    lines = paced.lines_apart if waiting_count else paced.lines_allowed
    ahead = paced.ahead_apart if waiting_count else paced.ahead_allowed
    trunks = sum(one.lines_apart if waiting_count else one.lines_allowed for one in every)
    sent = own.agentless_since if paced.rules.mode is DialMode.AGENTLESS else own.ringing_since
    reserved = own.reserved_since
    if lines:
        sent, reserved = [*sent, *[moment] * ahead], [*reserved, *[moment] * (lines - ahead)]
    return Snapshot(
        idle=max(0, floor.idle - reserved_soon),
        reserved=floor.reserved,
        talks=floor.talks,
        wrap_ups=floor.wrap_ups,
        leaving=floor.leaving,
        ringing=sent,
        ringing_reserved=reserved,
        others=_others(paced, at_the_desk, floor, moment),
        waiting=floor.waiting,
        screening=floor.screening,
        inbound_waiting=inbound_waiting,
        approved=room.approved,
        channels_free=min(room.channels_free - lines, room.trunks_free - trunks),
        sends_left=room.sends_left,
        standings=standings,
    )


def _others(
    asker: Paced, at_the_desk: Mapping[int, Paced], floor: FloorView, moment: float
) -> list[OtherCalls]:
    """Return other campaigns' calls without an agent, each with the answer rate it has there."""
    found = []
    for campaign_id in {*at_the_desk, *floor.calls} - {asker.campaign.id}:
        other = at_the_desk.get(campaign_id)
        soon = 0 if other is None or other.placing_reserved else other.placing
        if other is not None and other.apart and other.rules.mode is not DialMode.AGENTLESS:
            soon += other.ahead_apart
        sent = (*floor.calls[campaign_id].ringing_since, *[moment] * soon)
        if sent:
            found.append(OtherCalls((other or asker).memory.rate, sent))
    return found
