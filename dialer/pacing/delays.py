"""How long calls take from being sent to their outcome, learned without bias from calls still in flight.

A call ends in one of two ways: it comes to need an agent, or it is missed. Per second of age the table
counts both ways and how many calls were still in flight, those given up and those in flight now included. So
a burst, of which the answers come first and the misses late, teaches nothing wrong. Old evidence fades.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Any, Final

from dialer.pacing.answer_rate import faded_by

LAST_S: Final = 60
"""Ages at or above this many seconds share the last bin."""

WINDOW_S: Final = 3600.0
"""After so long, earlier evidence weighs 1/e of what it did. Time since a call was *sent* counts: of calls
sent together the answered ones end first."""

WINDOW_CALLS: Final = 1_000.0
"""At least so many calls are remembered, however long they took: with a few agents, an hour's are too few."""

HEAVIEST: Final = 1e9

Counts = tuple[float, ...]
NONE: Final = (0.0,) * (LAST_S + 1)


def age_index(age_s: float) -> int:
    """Return the bin of an age: whole seconds; negative ages, which clocks may produce, count as none."""
    if age_s >= LAST_S:
        return LAST_S
    return int(age_s) if age_s > 0 else 0


def age_indexes(ages_s: Sequence[float]) -> list[int]:
    """Return the bins of ages; without a loop of ours unless one is beyond the table."""
    if ages_s and (max(ages_s) >= LAST_S or min(ages_s) < 0):
        return list(map(age_index, ages_s))
    return list(map(int, ages_s))


@dataclass(frozen=True, slots=True)
class DelayTable:
    """Ended calls by age in seconds, in units of ``weight``, the weight of one sent at ``as_of``."""

    reached: Counts
    missed: Counts
    given_up: Counts = NONE
    weight: float = 1.0
    as_of: float | None = None
    learned: float = 0.0

    @classmethod
    def believed(cls, ring_s: float, answer_rate: float, calls: float = 10.0) -> "DelayTable":
        """Return a table worth ``calls`` calls: answers early in the ring time, most misses at its end."""
        end = min(LAST_S - 5, int(ring_s) + 2)
        reached = _spread(((2, 6, 1.0), (6, 15, 4.0), (15, end, 1.5)), calls * answer_rate)
        missed = _spread(((1, 8, 1.0), (8, end - 2, 0.3), (end - 2, end + 4, 3.0)), calls * (1 - answer_rate))
        return cls(reached, missed)

    def one_reached(self, delay_s: float, moment: float) -> "DelayTable":
        """Return the table with one more call that came to need an agent."""
        table, weight = self._at(delay_s, moment)
        return replace(table, reached=_with(table.reached, delay_s, weight), learned=table.learned + 1)

    def one_missed(self, delay_s: float, moment: float) -> "DelayTable":
        """Return the table with one more missed call."""
        table, weight = self._at(delay_s, moment)
        return replace(table, missed=_with(table.missed, delay_s, weight))

    def one_given_up(self, delay_s: float, moment: float) -> "DelayTable":
        """Return the table with one more call that we gave up: seen in flight so long, and not further."""
        table, weight = self._at(delay_s, moment)
        return replace(table, given_up=_with(table.given_up, delay_s, weight))

    def _at(self, delay_s: float, moment: float) -> tuple["DelayTable", float]:
        """Return the table as of a moment, and the weight of a call sent ``delay_s`` before it."""
        weight = self.weight
        if self.as_of is not None:
            moment = max(moment, self.as_of)
            weight *= exp(faded_by(moment - self.as_of, WINDOW_S, WINDOW_CALLS))
        table = self if weight < HEAVIEST else self._scaled(1 / weight)
        weight = weight if weight < HEAVIEST else 1.0
        return replace(table, weight=weight, as_of=moment), weight * exp(-max(0.0, delay_s) / WINDOW_S)

    def _scaled(self, scale: float) -> "DelayTable":
        reached, missed, given_up = (
            tuple([count * scale for count in counts])
            for counts in (self.reached, self.missed, self.given_up)
        )
        return replace(self, reached=reached, missed=missed, given_up=given_up)

    def shares(self, in_flight: Sequence[int] = ()) -> tuple[Counts, Counts]:
        """Return F(0), F(1), … of the delay of calls that are reached, and of those missed.

        ``in_flight`` are the bins of the ages of calls in flight now.
        """
        left = [
            reached + missed + gone
            for reached, missed, gone in zip(self.reached, self.missed, self.given_up, strict=True)
        ]
        for index in in_flight:
            left[index] += self.weight
        at_risk, total = [0.0] * len(left), 0.0
        for second in range(len(left) - 1, -1, -1):
            total += left[second]
            at_risk[second] = total
        alive, answered, lost = 1.0, [0.0], [0.0]
        for reached, missed, calls in zip(self.reached, self.missed, at_risk, strict=True):
            scale = alive / calls if calls > 0 else 0.0
            answered.append(answered[-1] + reached * scale)
            lost.append(lost[-1] + missed * scale)
            alive = max(0.0, alive - (reached + missed) * scale)
        return _of_whole(answered), _of_whole(lost)

    def to_plain(self) -> dict[str, Any]:
        """Return plain data that JSON can hold."""
        plain: dict[str, Any] = {
            name: [round(count / self.weight, 6) for count in counts]
            for name, counts in (
                ("reached", self.reached),
                ("missed", self.missed),
                ("given_up", self.given_up),
            )
        }
        return {**plain, "learned": self.learned}

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> "DelayTable":
        """Return the table of ``to_plain``; raises ``ValueError`` when its bins are not ours."""
        reached, missed, given_up = (
            tuple(map(float, data[name])) for name in ("reached", "missed", "given_up")
        )
        if any(len(counts) != LAST_S + 1 for counts in (reached, missed, given_up)):
            raise ValueError("a delay table with other bins")
        if sum(reached) <= 0 or sum(missed) <= 0:
            raise ValueError("an empty delay table")
        return cls(reached, missed, given_up, 1.0, None, float(data["learned"]))


def _of_whole(grown: Sequence[float]) -> Counts:
    """Return sums as shares of the last one; where that is nothing, all is still to come."""
    whole = grown[-1] or 1.0
    return tuple([share / whole for share in grown])


def _with(counts: Counts, delay_s: float, weight: float) -> Counts:
    place = age_index(delay_s)
    return (*counts[:place], counts[place] + weight, *counts[place + 1 :])


def _spread(parts: Sequence[tuple[int, int, float]], calls: float) -> Counts:
    counts = [0.0] * (LAST_S + 1)
    total = sum(weight for _, _, weight in parts)
    for low, high, weight in parts:
        for second in range(low, max(low + 1, high)):
            counts[second] += calls * weight / total / max(1, high - low)
    return tuple(counts)


def share_by(shares: Sequence[float], moment_s: float) -> float:
    """Return F at any moment, between whole seconds by a straight line."""
    if moment_s <= 0:
        return 0.0
    whole = int(moment_s)
    if whole >= len(shares) - 1:
        return 1.0
    return shares[whole] + (moment_s - whole) * (shares[whole + 1] - shares[whole])


def quantile(shares: Sequence[float], level: float) -> float:
    """Return the delay below which the share ``level`` of calls lies."""
    for second in range(1, len(shares)):
        if shares[second] >= level:
            step = shares[second] - shares[second - 1]
            return second - 1 + (level - shares[second - 1]) / step if step > 0 else float(second)
    return float(len(shares) - 1)
