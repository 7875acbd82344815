"""Who looks after whom: customers shared out evenly, weighted by ability, with substitutes for the absent.

Knows loads, abilities and absences. Must not know customers' data or where owners are kept.
"""

import heapq
from collections.abc import Mapping, Sequence
from datetime import datetime

from campaigns.people import Absence

MAX_SUBSTITUTES = 8
"""How far a chain of substitutes is followed: whoever stands in may be away himself."""


def share_out(
    customers: Sequence[int], abilities: Mapping[str, float], loads: Mapping[str, int]
) -> Mapping[int, str]:
    """Give each customer to the agent who is furthest below his share; returns owner by customer.

    An agent's share grows with his ability: one of ability 2 ends with twice as many as one of ability 1,
    what they have already counted in. Equal agents take turns by name. Without agents nobody gets an owner.
    """
    filled = [
        ((loads.get(agent, 0) + 1) / ability, agent) for agent, ability in abilities.items() if ability > 0
    ]
    heapq.heapify(filled)
    owners: dict[int, str] = {}
    if not filled:
        return owners
    for customer in customers:
        share, agent = filled[0]
        owners[customer] = agent
        heapq.heapreplace(filled, (share + 1 / abilities[agent], agent))
    return owners


def stand_in(owner: str, absences: Sequence[Absence], moment: datetime) -> str:
    """Return who looks after an owner's customers at a moment: himself, or his substitute while he is away.

    Of several absences the one entered last counts. Where substitutes lead in a circle the owner stays.
    """
    current, seen = owner, {owner}
    for _ in range(MAX_SUBSTITUTES):
        substitute = _substitute(current, absences, moment)
        if not substitute:
            return current
        current = substitute
        if current in seen:
            return owner
        seen.add(current)
    return owner


def circle(absence: Absence, others: Sequence[Absence]) -> tuple[str, ...]:
    """Return who would stand in for whom in a circle if this absence were entered after the others.

    The circle begins and ends with the absent agent; empty where at no moment of his absence there is one.
    """
    absences = (*others, absence)
    turns = {moment for other in others for moment in (other.from_at, other.until_at)}
    for moment in sorted({absence.from_at, *turns}):  # nobody comes or goes between them
        way = [absence.agent_id]
        while absence.from_at <= moment < absence.until_at and len(way) <= len(absences):
            substitute = _substitute(way[-1], absences, moment)
            if not substitute:
                break
            way.append(substitute)
            if substitute == absence.agent_id:
                return tuple(way)
    return ()


def _substitute(agent_id: str, absences: Sequence[Absence], moment: datetime) -> str:
    """Return who was named last to stand in for an agent at a moment; nobody while he is there."""
    away = [
        absence.substitute_id
        for absence in absences
        if absence.agent_id == agent_id and absence.from_at <= moment < absence.until_at
    ]
    return away[-1] if away else ""
