"""The accepted risk: the one number that feedback has to find, and that keeps the long-run share.

After every live answer the logarithm of the accepted risk moves by ``gain x (aim - abandoned)``. Whatever the
curves get wrong, the share of abandoned calls then stays within ``log(HIGHEST / LOWEST) / (gain x answers)``
of the aim, as long as the lowest accepted risk abandons nobody. (The update of adaptive conformal inference;
Gibbs and Candes 2021.)
"""

from dataclasses import dataclass
from math import exp, log
from typing import Final

GAIN: Final = 0.15
"""How far one answer moves the logarithm in a small team."""

CROWD: Final = 20.0
"""Abandoned calls of one look-ahead come together; with so many answers in it the gain is halved."""

START: Final = 0.035
"""The accepted risk before anything was learned; with a true model the best value lies near the cap."""

LOWEST: Final = 0.002
"""Below this nearly nobody is abandoned."""

HIGHEST: Final = 0.12
"""Above this a wrong model, not a low price, would be at work."""


@dataclass(frozen=True, slots=True)
class Price:
    """The accepted risk by its logarithm."""

    log_risk: float = log(START)

    @property
    def accepted(self) -> float:
        """The risk up to which one more call is started."""
        return exp(self.log_risk)

    def after(self, *, abandoned: bool, aim: float, crowd: float) -> "Price":
        """Return the price after one more live answer.

        ``aim`` is the share steered for, ``crowd`` how many answers one look-ahead holds.
        """
        moved = self.log_risk + GAIN / (1 + crowd / CROWD) * (aim - abandoned)
        return Price(min(log(HIGHEST), max(log(LOWEST), moved)))
