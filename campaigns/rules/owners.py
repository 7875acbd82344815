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
        away = [
            absence
            for absence in absences
            if absence.agent_id == current and absence.from_at <= moment < absence.until_at
        ]
        if not away:
            return current
        current = away[-1].substitute_id
        if current in seen:
            return owner
        seen.add(current)
    return owner
