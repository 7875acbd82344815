"""What a simulated day is like: agents, customers, times, and what changes during it. Plain frozen data.

Everything the world draws from is here, so that an oracle can be given the truth. Times in seconds from the
day's start. Knows no pacer.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import erf, exp, log, sqrt
from random import Random
from typing import Final

from dialer.pacing.delays import LAST_S as LAST_DELAY_S
from dialer.pacing.lifetimes import EDGES, WIDTHS, Hazards

HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A value over time: straight between the points (second, value), flat outside; equal seconds jump."""

    points: tuple[tuple[float, float], ...]

    @classmethod
    def flat(cls, value: float) -> "Curve":
        """Return a value that never changes."""
        return cls(((0.0, value),))

    def at(self, second: float) -> float:
        """Return the value at a second."""
        points = self.points
        if len(points) == 1 or second < points[0][0]:
            return points[0][1]
        place = bisect_right(points, second, key=lambda point: point[0])
        if place == len(points):
            return points[-1][1]
        (from_s, before), (to_s, after) = points[place - 1], points[place]
        return before + (after - before) * (second - from_s) / (to_s - from_s)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Durations with a mean of 1 and this coefficient of variation; scaled by the mean where drawn."""

    variation: float

    @property
    def sigma(self) -> float:
        """The deviation of the logarithm."""
        return sqrt(log(1 + self.variation**2))

    def draw(self, mean_s: float, source: Random) -> float:
        """Return one duration."""
        sigma = self.sigma
        return mean_s * exp(sigma * source.gauss(0.0, 1.0) - sigma * sigma / 2)

    def share_by(self, mean_s: float, second: float) -> float:
        """Return the share of durations up to ``second``."""
        if second <= 0:
            return 0.0
        sigma = self.sigma
        return 0.5 * (1 + erf((log(second / mean_s) + sigma * sigma / 2) / (sigma * sqrt(2))))

    def hazards(self, mean_s: float) -> Hazards:
        """Return the true hazards in the pacer's bins."""
        rates = []
        for edge, width in zip(EDGES, WIDTHS, strict=True):
            alive, left = (
                max(1e-12, 1 - self.share_by(mean_s, edge)),
                max(1e-12, 1 - self.share_by(mean_s, edge + width)),
            )
            rates.append(max(1e-4, log(alive / left) / width))
        return Hazards.of(rates)


@dataclass(frozen=True, slots=True)
class Break:
    """``agents`` leave at ``at_s`` for ``length_s``, each when done with his call; said ``notice_s``
    before."""

    at_s: float
    length_s: float
    agents: int
    notice_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One day. Defaults are those of the comparison: 140 s of handling, 11 s from dialing to the answer.

    ``answer_rate``: share of calls that somebody or something answers; ``machines``: share of those that are
    machines, which take an agent for ``machine_s``. ``patience_s``: mean time after which an answered
    customer who waits hangs up, None never before the limit. ``inbound_per_hour`` with its goal in seconds.
    """

    name: str
    agents: int
    hours: float
    answer_rate: Curve
    talk_s: Curve = Curve(((0.0, 120.0),))
    talk: LogNormal = LogNormal(0.9)
    wrap_up_s: float = 20.0
    wrap_up: LogNormal = LogNormal(0.6)
    setup_s: float = 2.0
    answer_s: float = 9.0
    answer: LogNormal = LogNormal(0.55)
    ring_s: float = 25.0
    quick_share: float = 0.2
    machines: float = 0.0
    machine_s: float = 8.0
    patience_s: float | None = None
    connect_limit_s: float = 2.0
    breaks: tuple[Break, ...] = ()
    outages: tuple[tuple[float, float], ...] = ()
    inbound_per_hour: Curve = Curve(((0.0, 0.0),))
    inbound_goal_s: float = 10.0
    inbound_patience_s: float = 120.0
    tags: tuple[str, ...] = field(default=())

    @property
    def length_s(self) -> float:
        """The day's length."""
        return self.hours * HOUR_S

    @property
    def has_inbound(self) -> bool:
        """Whether callers come in at any time of the day."""
        return any(value > 0 for _, value in self.inbound_per_hour.points)

    def draw_call(self, second: float, source: Random) -> tuple[str, float]:
        """Return what becomes of a call sent now, and after how long; three draws whatever the outcome."""
        chance, quick, spread = source.random(), source.random(), source.gauss(0.0, 1.0)
        if any(start <= second < end for start, end in self.outages):
            return "failed", 0.5 + quick
        if chance < self.answer_rate.at(second):
            sigma = self.answer.sigma
            rang = self.answer_s * exp(sigma * spread - sigma * sigma / 2)
            return "reached", self.setup_s + min(self.ring_s - 0.1, rang)
        if quick < self.quick_share:
            return "missed", self.setup_s + 6.0 * quick / self.quick_share
        return "missed", self.setup_s + self.ring_s

    def true_reached(self) -> Sequence[float]:
        """Return the true F(0), F(1), … of the delay of answered calls."""
        shares = [
            1.0
            if second >= self.setup_s + self.ring_s - 0.1
            else self.answer.share_by(self.answer_s, second - self.setup_s)
            for second in range(LAST_DELAY_S + 2)
        ]
        return tuple(shares)

    def true_missed(self) -> Sequence[float]:
        """Return the true F(0), F(1), … of the delay of the other calls."""
        shares = []
        for second in range(LAST_DELAY_S + 2):
            early = self.quick_share * min(1.0, max(0.0, (second - self.setup_s) / 6.0))
            shares.append(1.0 if second > self.setup_s + self.ring_s else early)
        return tuple(shares)
