"""How long talks and wrap-ups last: hazards by elapsed time, with running ones as censored data.

A life table keeps, per bin of elapsed time, how many ended there and how many seconds were spent there. Its
hazard is the chance per second to end, so that a talk which has lasted long says what it really says about
its end. Old evidence fades by a constant share with each new end. Knows no agents, no calls and no clock.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from operator import add, mul, sub
from typing import Any, Final


def _edges() -> tuple[int, ...]:
    """Return the bins' lower edges in seconds: fine where wrap-ups end, coarse where few talks get to."""
    steps = ((0, 24, 2), (24, 48, 4), (48, 96, 12), (96, 240, 24), (240, 600, 90), (600, 1801, 400))
    return tuple(edge for low, high, step in steps for edge in range(low, high, step))


EDGES: Final = _edges()
"""Lower edges of the bins, in seconds; the last bin is open."""

WIDTHS: Final = (*(high - low for low, high in itertools.pairwise(EDGES)), 600)
LAST_S: Final = EDGES[-1]
BIN_OF: Final = tuple(sum(edge <= second for edge in EDGES) - 1 for second in range(LAST_S + 1))
"""The bin of each whole second up to the last edge."""

MIDDLES: Final = tuple(edge + width / 2 for edge, width in zip(EDGES, WIDTHS, strict=True))

FADE_ENDS: Final = 400.0
"""After so many ends, earlier evidence weighs 1/e of what it did."""

SMOOTHING_ENDS: Final = 3.0
"""Each bin begins with so many ends at the table's overall hazard, so that an empty bin is no wild guess."""

HEAVIEST: Final = 1e9
"""Where the growing weight is scaled back, long before a float loses digits."""


def bin_of(age_s: float) -> int:
    """Return the bin of an elapsed time; negative ages, which clocks may produce, count as none."""
    if age_s >= LAST_S:
        return len(EDGES) - 1
    return BIN_OF[int(age_s)] if age_s > 0 else 0


@dataclass(frozen=True, slots=True)
class Lived:
    """Elapsed times with the bin of each and the seconds spent inside it, for all sums over them.

    ``is_odd``: one is beyond the last edge, or negative.
    """

    ages_s: Sequence[float]
    bins: Sequence[int] = ()
    inside_s: Sequence[float] = ()
    is_odd: bool = False

    @classmethod
    def of(cls, ages_s: Sequence[float]) -> "Lived":
        """Return the elapsed times by bin; without a loop of ours unless one is beyond the table."""
        if ages_s and (max(ages_s) >= LAST_S or min(ages_s) < 0):
            bins = list(map(bin_of, ages_s))
            pairs = zip(ages_s, bins, strict=True)
            inside = [min(max(0.0, age) - EDGES[index], WIDTHS[index]) for age, index in pairs]
            return cls(ages_s, bins, inside, is_odd=True)
        bins = list(map(BIN_OF.__getitem__, map(int, ages_s)))
        return cls(ages_s, bins, list(map(sub, ages_s, map(EDGES.__getitem__, bins))))


NOBODY: Final = Lived(())


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Ends and exposure (seconds) per bin, in units of ``weight``, the weight of the newest end.

    ``expected_mean_s`` with ``expected_ends`` is what is believed before anything was seen.
    """

    expected_mean_s: float
    expected_ends: float = 4.0
    ended: tuple[float, ...] = (0.0,) * len(EDGES)
    exposure: tuple[float, ...] = (0.0,) * len(EDGES)
    weight: float = 1.0
    learned: float = 0.0

    def after(self, duration_s: float) -> "LifeTable":
        """Return the table with one more end after ``duration_s``."""
        weight = self.weight * (1 + 1 / FADE_ENDS)
        last = bin_of(duration_s)
        ended = list(self.ended)
        ended[last] += weight
        lived = [spent + width * weight for spent, width in zip(self.exposure[:last], WIDTHS, strict=False)]
        lived.append(self.exposure[last] + (max(0.0, duration_s) - EDGES[last]) * weight)
        exposure = (*lived, *self.exposure[last + 1 :])
        if weight > HEAVIEST:
            scale = 1 / weight
            ended = [value * scale for value in ended]
            exposure, weight = tuple(value * scale for value in exposure), 1.0
        return LifeTable(
            self.expected_mean_s, self.expected_ends, tuple(ended), exposure, weight, self.learned + 1
        )

    def hazards(self, running: Lived = NOBODY, factor: float = 1.0) -> "Hazards":
        """Return the chance per second to end, per bin; ``running`` are those that have not ended.

        ``factor`` scales every hazard: the change that recent evidence shows against the table.
        """
        ends = [value / self.weight for value in self.ended]
        spent = [value / self.weight for value in self.exposure]
        _add_running(spent, running)
        overall = (sum(ends) + self.expected_ends) / (sum(spent) + self.expected_ends * self.expected_mean_s)
        believed_s = SMOOTHING_ENDS / overall
        return Hazards.of(
            [
                factor * (end + SMOOTHING_ENDS) / (span + believed_s)
                for end, span in zip(ends, spent, strict=True)
            ]
        )

    def to_plain(self) -> dict[str, Any]:
        """Return plain data that JSON can hold."""
        scale = 1 / self.weight
        return {
            "expected_mean_s": self.expected_mean_s,
            "expected_ends": self.expected_ends,
            "ended": [round(value * scale, 6) for value in self.ended],
            "learned": self.learned,
            "exposure": [round(value * scale, 3) for value in self.exposure],
        }

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> "LifeTable":
        """Return the table of ``to_plain``; raises ``ValueError`` when its bins are not ours."""
        ended, exposure = tuple(map(float, data["ended"])), tuple(map(float, data["exposure"]))
        if len(ended) != len(EDGES) or len(exposure) != len(EDGES):
            raise ValueError("a life table with other bins")
        mean, ends, learned = (float(data[key]) for key in ("expected_mean_s", "expected_ends", "learned"))
        return cls(mean, ends, ended, exposure, 1.0, learned)


def _add_running(spent: list[float], running: Lived) -> None:
    """Add the seconds that running ones have spent in each bin: seen alive there, not seen to end."""
    if not running.bins:
        return
    inside = [0] * len(EDGES)
    for index, seconds in zip(running.bins, running.inside_s, strict=True):
        inside[index] += 1
        spent[index] += seconds
    beyond = 0
    for index in range(len(EDGES) - 1, -1, -1):
        spent[index] += beyond * WIDTHS[index]
        beyond += inside[index]


@dataclass(frozen=True, slots=True)
class Hazards:
    """Piecewise constant hazards with their cumulative sum at each bin's lower edge."""

    rate: tuple[float, ...]
    cumulative: tuple[float, ...]

    @classmethod
    def of(cls, rate: Sequence[float]) -> "Hazards":
        """Return the hazards with their cumulative sum."""
        total, sums = 0.0, []
        for hazard, width in zip(rate, WIDTHS, strict=True):
            sums.append(total)
            total += hazard * width
        return cls(tuple(rate), tuple(sums))

    def up_to(self, age_s: float) -> float:
        """Return the cumulative hazard up to an age: the ends expected of one that lives so long."""
        index = bin_of(age_s)
        return self.cumulative[index] + self.rate[index] * (max(0.0, age_s) - EDGES[index])

    def all_up_to(self, ages_s: Sequence[float]) -> list[float]:
        """Return ``up_to`` of each of many ages, none of them negative."""
        last, longest, bin_of_second = len(EDGES) - 1, LAST_S, BIN_OF
        bins = [bin_of_second[int(age)] if age < longest else last for age in ages_s]
        inside = map(sub, ages_s, map(EDGES.__getitem__, bins))
        partial = map(mul, map(self.rate.__getitem__, bins), inside)
        return list(map(add, map(self.cumulative.__getitem__, bins), partial))

    def sum_up_to(self, lived: Lived) -> float:
        """Return the sum of ``up_to`` over many ages, without a loop of ours unless one is very long."""
        if lived.is_odd:
            return sum(map(self.up_to, lived.ages_s))
        partial: float = sum(map(mul, map(self.rate.__getitem__, lived.bins), lived.inside_s))
        return partial + sum(map(self.cumulative.__getitem__, lived.bins))

    def ended_within(self, age_s: float, horizon_s: float) -> float:
        """Return the chance that one of this age has ended ``horizon_s`` later."""
        return 1 - exp(self.up_to(age_s) - self.up_to(age_s + horizon_s))
