"""Whose turn it is where campaigns share agents: the one that holds the fewest for its weight goes first,
and of those that are level the one that has waited longest.

A campaign that could not place a call now does not hold back one that has less than its fair part of the
agents. One that has its part waits for it all the same: what it would place would be answered by the very
agents that the other waits for, since one that dials ahead never leaves an idle agent to one that reserves
them. After ``PATIENCE_S`` everybody waits for it. Pure.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

PATIENCE_S: Final = 30.0
"""How long a campaign that wants agents is passed over while it could not use one."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A campaign that wants more agents than it has.

    ``share``: the agents it holds and the answers expected of its calls in flight. ``answer_rate``: of one
    more call. ``wanting_since``: since when it wants to place a call and has not, in seconds. ``weight``: how
    many agents it is to hold for each one of a campaign of weight 1.
    """

    campaign_id: int
    share: float
    answer_rate: float
    wanting_since: float
    weight: int = 1

    @property
    def level(self) -> float:
        """What it holds for its weight: campaigns are kept level with each other."""
        return self.share / self.weight

    @property
    def place(self) -> tuple[float, float, int]:
        """Where it stands in line, lowest first: of those that are level, who has waited longest."""
        return self.level, self.wanting_since, self.campaign_id


def calls_in_turn(
    asker: Claimant,
    calls: int,
    others: Collection[Claimant],
    could: Callable[[int], bool],
    moment: float,
    agents: int,
) -> tuple[int, int | None]:
    """Return how many of ``calls`` the asker may place now, and whose turn it is when none.

    ``others`` are those that want agents too; ``could`` says whether one of them could place a call now.
    ``agents`` are all that there are, whatever they do.
    """
    allowed = calls
    fair = agents * asker.weight / (asker.weight + sum(other.weight for other in others))
    for other in sorted(others, key=lambda one: one.place):
        if other.place > asker.place:
            ahead = int((other.level * asker.weight - asker.share) / max(asker.answer_rate, 0.01))
            return min(allowed, max(1, ahead)), None
        if moment - other.wanting_since > PATIENCE_S or could(other.campaign_id):
            return 0, other.campaign_id
        if asker.share >= fair:
            return 0, other.campaign_id
        allowed = min(allowed, max(1, int((fair - asker.share) / max(asker.answer_rate, 0.01))))
    return allowed, None
