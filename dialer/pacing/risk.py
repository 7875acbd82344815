"""The risk that one more call, once answered, finds no agent.

Free agents and answered calls are sums of independent chances, so their difference is a Poisson-binomial
count. Few terms: exactly. Many: a normal with Edgeworth's correction for skew. The call is abandoned when
the agents who are or become free, less those whom other calls take, are none. Knows only chances.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, pi, sqrt
from typing import Final

EXACT_TERMS: Final = 14
"""Up to so many chances the count is exact."""

ROOT_2: Final = sqrt(2)
ROOT_2_PI: Final = sqrt(2 * pi)


class Outlook(ABC):
    """The look-ahead of one decision. Each risk is worked out once: a search asks for some of them again."""

    def __init__(self) -> None:
        self._known: dict[int, float] = {}

    def risk(self, extra: int) -> float:
        """Return the mean risk over the horizons of one more call when ``extra`` have been added already."""
        known = self._known.get(extra)
        if known is None:
            known = self._known[extra] = self._risk(extra)
        return known

    @abstractmethod
    def _risk(self, extra: int) -> float:
        """Work it out."""


def counts_of(chances: Sequence[float]) -> list[float]:
    """Return P(0), P(1), … of how many of these chances come true."""
    counts = [1.0]
    for chance in chances:
        counts = with_one(counts, chance)
    return counts


def with_one(counts: list[float], chance: float) -> list[float]:
    """Return the counts with one more chance."""
    miss = 1 - chance
    return [one * miss + before * chance for one, before in zip([*counts, 0.0], [0.0, *counts], strict=True)]


def none_left(available: int, free: list[float], answered: list[float]) -> float:
    """Return P(available + free - answered <= 0) for independent counts."""
    # at_least[n] = P(answered >= n)
    at_least = [0.0] * (len(answered) + 1)
    for number in range(len(answered) - 1, -1, -1):
        at_least[number] = at_least[number + 1] + answered[number]
    risk = 0.0
    for more, chance in enumerate(free):
        needed = available + more
        if needed <= 0:
            risk += chance
        elif needed < len(answered):
            risk += chance * at_least[needed]
        else:
            break
    return risk


class ExactOutlook(Outlook):
    """Exact counts, for small teams. One element per horizon in each argument.

    ``available``: idle less waiting. ``free``: chances of busy agents. ``answered``: chances of calls in
    flight.
    """

    def __init__(
        self,
        available: Sequence[int],
        free: Sequence[Sequence[float]],
        answered: Sequence[Sequence[float]],
        new: Sequence[float],
    ) -> None:
        super().__init__()
        self._available = available
        self._free = [counts_of(chances) for chances in free]
        self._answered = [[counts_of(chances) for chances in answered]]
        self._new = new

    def _risk(self, extra: int) -> float:
        while len(self._answered) <= extra:
            last = self._answered[-1]
            self._answered.append(
                [with_one(counts, chance) for counts, chance in zip(last, self._new, strict=True)]
            )
        parts = map(none_left, self._available, self._free, self._answered[extra])
        return sum(parts) / len(self._new)


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, variance and third central moment of what is left at one horizon without further calls.

    ``answers`` is the mean of the calls in flight that are answered by then; ``new`` the chance of one more.
    """

    mean: float
    variance: float
    third: float
    answers: float
    new: float


class NormalOutlook(Outlook):
    """A normal with skew correction, for large teams.

    ``rate_variance`` is the relative variance of the answer rate's estimate: it moves all answers together.
    """

    def __init__(self, spreads: Sequence[Spread], rate_variance: float) -> None:
        super().__init__()
        self._spreads = spreads
        self._rate_variance = rate_variance

    def _risk(self, extra: int) -> float:
        total = 0.0
        for spread in self._spreads:
            new = spread.new
            answers = spread.answers + extra * new
            more = extra * new * (1 - new)
            total += tail_at_zero(
                spread.mean - extra * new,
                spread.variance + more + self._rate_variance * answers * answers,
                spread.third - more * (1 - 2 * new),
            )
        return total / len(self._spreads)


def tail_at_zero(mean: float, variance: float, third: float) -> float:
    """Return P(count <= 0) of a count with these moments, by a normal with Edgeworth's first correction."""
    if variance < 1e-9:
        return 1.0 if mean < 0.5 else 0.0
    deviation = sqrt(variance)
    z = (0.5 - mean) / deviation
    skew = third / (variance * deviation)
    density = exp(-0.5 * z * z) / ROOT_2_PI
    chance = 0.5 * erfc(-z / ROOT_2) - density * skew / 6 * (z * z - 1)
    return min(1.0, max(0.0, chance))


def calls_within(outlook: Outlook, accepted: float, most: int) -> int:
    """Return how many calls may be added, at most ``most``, each with a risk of at most ``accepted``.

    The risk only grows with each call: strides double, then halve.
    """
    if most <= 0 or outlook.risk(0) > accepted:
        return 0
    # ``low`` calls are known to be within the risk, more than ``high`` are known not to be.
    low, high, stride = 1, most, 1
    while low < high:
        probe = min(most, low + stride)
        if outlook.risk(probe - 1) > accepted:
            high = probe - 1
            break
        low, stride = probe, 2 * stride
    while low < high:
        middle = (low + high + 1) // 2
        if outlook.risk(middle - 1) <= accepted:
            low = middle
        else:
            high = middle - 1
    return low
