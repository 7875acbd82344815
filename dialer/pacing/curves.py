"""Chances over the look-ahead: who is free, and which calls are answered, by when.

The look-ahead is the delay of the next call's answer, taken at four of its quantiles, and one moment just
ahead for the decision to give calls up. Rows are tabulated by elapsed time, so that a decision only looks up.
Built from what was learned, or by an oracle from the truth. Knows no snapshot and no clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from math import exp
from operator import add, mul
from typing import Final

from dialer.pacing.delays import LAST_S, quantile, share_by
from dialer.pacing.lifetimes import MIDDLES, Hazards
from dialer.pacing.packed import pack_powers

LEVELS: Final = (0.125, 0.375, 0.625, 0.875)
"""The quantiles of the answer delay at which the next call is judged."""

SOON_S: Final = 1.0
"""How far ahead a ringing call is judged that may be given up."""

STEP_S: Final = 2.0
"""The grain at which a talk's end inside the look-ahead is placed."""

HORIZONS: Final = len(LEVELS) + 1
"""Moments ahead in each row; the last is ``SOON_S``."""

Row = tuple[float, ...]


NEVER: Final = (0.0,) * HORIZONS


@dataclass(frozen=True, slots=True)
class CallShape:
    """What depends on the delays alone: the ``moments_s`` ahead, and per age in seconds who is left.

    ``answers``: of the calls that will be reached, the share whose answer comes by each moment;
    ``next_second`` within a second.
    """

    moments_s: Row
    answers: tuple[Row, ...]
    next_second: Row
    reached_left: Row
    missed_left: Row

    @classmethod
    def of(cls, reached: Sequence[float], missed: Sequence[float]) -> "CallShape":
        """Return the shape for the two delay distributions, each as F(0), F(1), … in seconds."""
        moments = (*(quantile(reached, level) for level in LEVELS), SOON_S)
        # Ages are taken at the middle of each second.
        by = [share_by(reached, age + 0.5) for age in range(LAST_S + 2)]
        return cls(
            moments,
            tuple(
                tuple([max(0.0, share_by(reached, age + 0.5 + ahead) - share) for ahead in moments])
                if share < 1
                else NEVER
                for age, share in enumerate(by[:-1])
            ),
            tuple([after - before for before, after in pairwise(by)]),
            tuple([1 - share for share in by[:-1]]),
            tuple([1 - share_by(missed, age + 0.5) for age in range(LAST_S + 1)]),
        )

    def chances(self, age: int, rate: float) -> Row:
        """Return the chances that a call of this age in seconds is answered by each moment."""
        reached = self.reached_left[age]
        left = rate * reached + (1 - rate) * self.missed_left[age]
        if not reached or left <= 1e-9:
            return NEVER
        return tuple([min(1.0, share * rate / left) for share in self.answers[age]])


@dataclass(frozen=True, slots=True)
class CallCurves:
    """Chances that a call in flight is answered by each moment: ``rows`` by age, ``new`` for a new one.

    ``hope``: the chance by age that it will be answered at all. ``expected``: by age in half seconds, how
    many answers were expected of a call in flight so long, which the pace of answers is measured against.
    """

    rate: float
    rows: tuple[Row, ...]
    new: Row
    packed: tuple[int, ...]
    hope: Row
    expected: Row

    @classmethod
    def of(cls, shape: CallShape, rate: float) -> "CallCurves":
        """Return the chances at this answer rate."""
        rows, hope, expected, grown = [], [], [0.0], 0.0
        for answers, coming, reached, missed in zip(
            shape.answers, shape.next_second, shape.reached_left, shape.missed_left, strict=True
        ):
            left = rate * reached + (1 - rate) * missed
            scale = rate / left if left > 1e-9 else 0.0
            row = tuple([min(1.0, share * scale) for share in answers]) if reached and scale else NEVER
            rows.append(row)
            hope.append(min(1.0, reached * scale))
            step = min(1.0, coming * scale)
            expected += (grown, grown + step / 2)
            grown += step
        new = (*[rate * level for level in LEVELS], rows[0][-1])
        last = next((age for age in range(len(rows), 0, -1) if rows[age - 1] is not NEVER), 0)
        packed = pack_powers(rows[:last]) + (0,) * (len(rows) - last)
        return cls(rate, tuple(rows), new, packed, tuple(hope), tuple(expected))

    def expected_by(self, age_s: float) -> float:
        """Return how many answers were expected of a call that was in flight so long."""
        return self.expected[int(2 * max(0.0, age_s))] if age_s < LAST_S else self.expected[2 * LAST_S]

    def expected_of(self, ages_s: Sequence[float]) -> float:
        """Return how many answers were expected of all calls in flight of these ages."""
        last, expected = LAST_S, self.expected
        return sum([expected[int(2 * age)] if age < last else expected[-1] for age in ages_s])


@dataclass(frozen=True, slots=True)
class AgentCurves:
    """Chances that a busy agent is free by each moment plus the connect limit, by bin of age."""

    rows: tuple[Row, ...]
    packed: tuple[int, ...]

    @classmethod
    def of_wrap_ups(cls, wrap_up: Hazards, free_by_s: Sequence[float]) -> "AgentCurves":
        """Return the chances of agents in wrap-up, for these moments (connect limit included)."""
        now = wrap_up.all_up_to(MIDDLES)
        by_moment = [
            [1 - exp(before - after) for before, after in zip(now, wrap_up.all_up_to(ages), strict=True)]
            for ages in ([age + moment for age in MIDDLES] for moment in free_by_s)
        ]
        return cls._packed(list(zip(*by_moment, strict=True)))

    @classmethod
    def of_talks(cls, talk: Hazards, wrap_up: Hazards, free_by_s: Sequence[float]) -> "AgentCurves":
        """Return the chances of talking agents: the talk ends and its wrap-up too.

        The talk's end is placed in the middle of each step; the chance that a wrap-up takes no longer than
        the rest is the same for every bin.
        """
        steps = int(max(free_by_s) / STEP_S) + 1
        rests = [
            [
                1 - exp(-wrap_up.up_to(rest))
                for step in range(steps)
                if (rest := moment - (step + 0.5) * STEP_S) > 0
            ]
            for moment in free_by_s
        ]
        now = talk.all_up_to(MIDDLES)
        later = talk.all_up_to([age + steps * STEP_S for age in MIDDLES])
        # Over so short a look-ahead a talk's hazard is taken as its mean.
        stay = [exp((before - after) / steps) for before, after in zip(now, later, strict=True)]
        ending, alive = [1 - chance for chance in stay], [1.0] * len(MIDDLES)
        free = [[0.0] * len(MIDDLES) for _ in rests]
        # All bins at once, step by step: a loop over few steps is cheaper than one over many bins.
        for step in range(steps):
            ends = list(map(mul, alive, ending))
            for place, wrapped_up in enumerate(rests):
                if step < len(wrapped_up):
                    of_step = map(mul, ends, repeat(wrapped_up[step]))
                    free[place] = list(map(add, free[place], of_step))
            alive = list(map(mul, alive, stay))
        return cls._packed(list(zip(*free, strict=True)))

    @classmethod
    def _packed(cls, rows: Sequence[Row]) -> "AgentCurves":
        return cls(tuple(rows), pack_powers(rows))


@dataclass(frozen=True, slots=True)
class Curves:
    """All chances of one look-ahead."""

    shape: CallShape
    calls: CallCurves
    talks: AgentCurves
    wrap_ups: AgentCurves

    @classmethod
    def of(
        cls, shape: CallShape, talk: Hazards, wrap_up: Hazards, rate: float, connect_limit_s: float
    ) -> "Curves":
        """Return the curves for these distributions, answer rate and connect limit."""
        free_by = free_by_of(shape, connect_limit_s)
        return cls(
            shape,
            CallCurves.of(shape, rate),
            AgentCurves.of_talks(talk, wrap_up, free_by),
            AgentCurves.of_wrap_ups(wrap_up, free_by),
        )

    def at_rate(self, rate: float) -> "Curves":
        """Return the same curves at another answer rate."""
        return replace(self, calls=CallCurves.of(self.shape, rate))

    def reshaped(self, shape: CallShape) -> "Curves":
        """Return the same curves with other delays of calls."""
        return replace(self, shape=shape, calls=CallCurves.of(shape, self.calls.rate))


def free_by_of(shape: CallShape, connect_limit_s: float) -> Row:
    """Return by when an agent must be free for a call answered at each moment."""
    return tuple([moment + connect_limit_s for moment in shape.moments_s])
