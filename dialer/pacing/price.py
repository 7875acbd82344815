"""The accepted risk: the one number that feedback has to find, and that keeps the long-run share.

After every live answer the logarithm of the price moves by ``gain x (aim - abandoned)``. Whatever the
curves get wrong, the share of abandoned calls then stays within ``log(HIGHEST / LOWEST) / (gain x answers)``
of the aim, as long as the lowest accepted risk abandons nobody. (The update of adaptive conformal inference;
Gibbs and Candes 2021.) What is accepted is the price times what the team's size asks for: a small team's day
has too few answers for feedback to find that.
"""

from dataclasses import dataclass
from math import exp, inf, log
from typing import Final

GAIN: Final = 0.15
"""How far one answer moves the logarithm in a small team."""

CROWD: Final = 20.0
"""Abandoned calls of one look-ahead come together; with so many answers in it the gain is halved."""

START: Final = 0.027
"""The price before anything was learned; with a true model a large team's best value lies near the cap."""

LOWEST: Final = 0.002
"""Below this nearly nobody is abandoned."""

HIGHEST: Final = 0.12
"""Above this a wrong model, not a low price, would be at work."""

LUMP: Final = 2.1
"""How much more risk a single agent accepts, per unit of the answer rate."""

SMALL: Final = 5.0
"""With so many agents that surplus is halved."""

PULL: Final = 0.5
"""How far one answer of late pulls the logarithm besides, in the smallest team. It falls with the square of
the agents over ``SMALL``: where answers are many they need none, and abandoned ones come together."""

RECENT: Final = 100.0
"""After so many answers one of them pulls 1/e as much."""

EASE: Final = 3.0
"""With so many calls left in the budget a large team accepts 63 % of the usual risk, with a third 28 %.

The stop costs far more than easing off before it: 30 agents at 15 % answers are 50 % occupied when each call
waits for its agent, 83 % when next to nobody may be abandoned, 91 % at the aim; and what was abandoned too
much is earned back as fast at 83 % as at 50 %. The best easing by dynamic programming over the budget left,
with these figures, accepts half of the usual risk at 1.5 calls left if calls are abandoned one by one, and at
5 if three come together."""

PULL_DOWN: Final = -2.0
PULL_UP: Final = 1.0
"""As far as the pull goes, in the logarithm of the risk."""


def lumpiness(agents: int, rate: float) -> float:
    """Return by how much a small team's accepted risk exceeds a large one's at the same abandoned share.

    Its calls come in lumps: one more is seldom just at the accepted risk, mostly far below it or far above,
    the more so the likelier each is answered. Fitted to the best risks of an oracle with 1 to 30 agents and
    15 to 60 % answers, less a good fifth for what a pacer that must learn gets wrong. 1 where the number of
    agents is not known (0).
    """
    return 1 + LUMP * rate / (1 + agents / SMALL) if agents else 1.0


def eased(left: float, agents: int) -> float:
    """Return the part of the accepted risk to accept with so many calls left in the strictest legal budget.

    Next to nothing with none left, so that the stop is seldom met. A small team hardly eases: the pull has it
    pay back in time, and the stop costs it little.
    """
    if left == inf:
        return 1.0
    calls = EASE * (1 - _smallness(agents))
    return 1 - exp(-max(0.0, left) / calls) if calls else 1.0


def _smallness(agents: int) -> float:
    """Return 1 for no agents, falling with their square: 4 % of it is left with 25."""
    return 1 / (1 + (agents / SMALL) ** 2)


@dataclass(frozen=True, slots=True)
class Price:
    """The price by its logarithm: the risk that a large team would accept. ``pull`` is added for a while.

    The pull pays back soon what the last hundred answers abandoned too much or too little, so that a small
    team's day, of few answers, ends near the aim too. It fades, so it changes nothing in the long run.
    """

    log_price: float = log(START)
    pull: float = 0.0

    def accepted(self, agents: int, rate: float) -> float:
        """Return the risk up to which one more call is started, with this team and answer rate."""
        pull = min(PULL_UP, max(PULL_DOWN, self.pull))
        return min(HIGHEST, exp(self.log_price + pull) * lumpiness(agents, rate))

    def after(self, *, abandoned: bool, aim: float, crowd: float, agents: int) -> "Price":
        """Return the price after one more live answer.

        ``aim`` is the share steered for, ``crowd`` how many answers one look-ahead holds.
        """
        excess = aim - abandoned
        moved = self.log_price + GAIN / (1 + crowd / CROWD) * excess
        pull = self.pull * (1 - 1 / RECENT) + PULL * _smallness(agents) * excess
        return Price(min(log(HIGHEST), max(log(LOWEST), moved)), pull)
