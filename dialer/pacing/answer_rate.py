"""The share of calls that come to need an agent, and whether it has just changed.

A window of calls with their outcomes gives the rate. Calls in flight belong to it too, each with the chance
that it will yet be answered: answers come sooner than misses, so outcomes alone would be wrong after
every burst. Change is seen by pace: answers that came against answers that the rate expected of all calls,
each for as long as it rang. Trunk failures never reach this module: they are no evidence about customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any, Final

WINDOW_CALLS: Final = 500.0
"""How many calls the rate remembers."""

WINDOW_S: Final = 300.0
"""The least time the rate remembers: many times a call's length, or bursts would sway it."""

CALL_S: Final = 20.0
"""About how long a call is in flight."""

FAST_ANSWERS: Final = 30.0
"""How many expected answers the test for change remembers."""

CHANGE_SIGMA: Final = 2.8
"""So many standard deviations off mean that the rate has changed: what was before is dropped."""

CROWD_SIGMA: Final = 0.35
"""More of them for each power of e of answers in flight: the more there are, the oftener chance is tried."""

LEAST_EXPECTED: Final = 8.0
"""Below so many expected answers no change is called."""


def clipped(rate: float) -> float:
    """Return a rate that may be divided by, and by its complement."""
    return min(0.98, max(0.002, rate))


def window_of(in_flight: int) -> float:
    """Return how many seconds the rate remembers at the pace that so many calls in flight tell."""
    return max(WINDOW_S, WINDOW_CALLS * CALL_S / max(1, in_flight))


def faded_by(silence_s: float, window_s: float, window_calls: float) -> float:
    """Return how much older evidence fades, as an exponent, with a call that ends after so long a silence.

    By the time, yet by no more than one call's share of ``window_calls``: an agent alone waits long between
    calls that are still of one day. Where calls end several at once that is up to twice the window. Only a
    silence longer than the window itself makes old what was before.
    """
    gone = silence_s / window_s
    return gone if gone > 1 else min(gone, 1 / window_calls)


@dataclass(frozen=True, slots=True)
class AnswerPace:
    """Answers that came against those expected, both fading.

    ``due`` is what was expected, up to the last look, of the calls in flight then. ``ended`` are the expected
    answers of calls that ended since, ``answered`` how many of them were.
    """

    came: float = 0.0
    expected: float = 0.0
    due: float = 0.0
    ended: float = 0.0
    answered: int = 0

    def one_ended(self, expected: float, *, answered: bool) -> "AnswerPace":
        """Return the pace with one more call at its end, of which so many answers were expected."""
        return AnswerPace(self.came, self.expected, self.due, self.ended + expected, self.answered + answered)

    def looked(self, running: float) -> "AnswerPace":
        """Return the pace after a look at the calls in flight, of which ``running`` answers were expected."""
        grown = max(0.0, self.ended + running - self.due)
        fade = max(0.0, 1 - grown / FAST_ANSWERS)
        return AnswerPace(self.came * fade + self.answered, self.expected * fade + grown, running)

    def factor(self, relative_variance: float, crowd: float) -> float | None:
        """Return by how much the rate has changed, None while chance explains the difference.

        ``relative_variance`` of the rate the expectation rests on: a rate hardly known is no witness.
        ``crowd``: how many answers are in flight.
        """
        if self.expected < LEAST_EXPECTED:
            return None
        # Counted against hazards, answers vary like a Poisson count; a fading sum has half its variance.
        chance = (self.expected + 1) / 2
        spread = sqrt(chance + relative_variance * self.expected * self.expected)
        if abs(self.came - self.expected) <= (CHANGE_SIGMA + CROWD_SIGMA * log(1 + crowd)) * spread:
            return None
        return (self.came + 1) / (self.expected + 1)


@dataclass(frozen=True, slots=True)
class AnswerRate:
    """Counts of ended calls and of the answered among them, fading by the time since each was *sent*.

    By the time it ended would be wrong: of calls sent together the answered ones end first. ``as_of`` is the
    moment up to which the counts have faded.
    """

    answers: float
    calls: float
    as_of: float | None = None
    changes: int = 0

    @classmethod
    def believed(cls, rate: float, calls: float = 12.0) -> "AnswerRate":
        """Return a rate believed with the weight of so many calls."""
        return cls(rate * calls, calls)

    @property
    def rate(self) -> float:
        """The rate by ended calls alone; never exactly 0 or 1."""
        return clipped((self.answers + 0.05) / (self.calls + 0.1))

    def with_in_flight(self, hoped: float, in_flight: int) -> float:
        """Return the rate with the calls in flight, of which ``hoped`` are expected to be answered."""
        return clipped((self.answers + hoped + 0.05) / (self.calls + in_flight + 0.1))

    def relative_variance(self, rate: float) -> float:
        """Return the variance of the estimate over its square, at the rate in use."""
        return (1 - rate) / (rate * max(1.0, self.calls))

    def after(self, answered: float, delay_s: float, moment: float, in_flight: int) -> "AnswerRate":
        """Return the counts with one more call; a call given up counts by the chance it still had."""
        window_s, fade = window_of(in_flight), 1.0
        if self.as_of is not None:
            moment = max(moment, self.as_of)
            fade = exp(-faded_by(moment - self.as_of, window_s, WINDOW_CALLS))
        weight = exp(-max(0.0, delay_s) / window_s)
        return AnswerRate(
            self.answers * fade + answered * weight, self.calls * fade + weight, moment, self.changes
        )

    def changed(self, rate: float, weight: float, hoped: float, in_flight: int) -> "AnswerRate":
        """Return counts that forget what was before: ``weight`` calls and those in flight say ``rate``."""
        return AnswerRate(rate * (weight + in_flight) - hoped, weight, self.as_of, self.changes + 1)

    def to_plain(self) -> list[float]:
        """Return plain data that JSON can hold; moments mean nothing on another day."""
        return [self.answers, self.calls]

    @classmethod
    def from_plain(cls, data: Sequence[Any]) -> "AnswerRate":
        """Return the counts of ``to_plain``."""
        return cls(float(data[0]), float(data[1]))
