"""A forecast's answer: ranges over simulated days, what will be left and why, where the figures come from.

Plain data, and the same in words. Must not know how days are played.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from math import ceil
from typing import Final

from campaigns.model import zone
from dialer.forecast.figures import Origin

LOW: Final = 0.1
HIGH: Final = 0.9
MOST_REASONS: Final = 5


@dataclass(frozen=True, slots=True)
class Range:
    """The 10 %, 50 % and 90 % quantiles over the simulated days."""

    low: float
    mid: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Range":
        """Return the quantiles of some values, between two of them by a straight line."""
        ordered = sorted(values)
        return cls(*(_quantile(ordered, level) for level in (LOW, 0.5, HIGH)))


@dataclass(frozen=True, slots=True)
class Finish:
    """When every lead that may be called has been called; None where a day of that quantile never gets there.

    From then on only retries that become due are called, each at once.
    """

    low: datetime | None
    mid: datetime | None
    high: datetime | None


@dataclass(frozen=True, slots=True)
class LeftOver:
    """How many leads are left for one reason: its code, and words that follow their number."""

    code: str
    text: str
    leads: Range


@dataclass(frozen=True, slots=True)
class Need:
    """How many agents it takes to have called everybody by ``deadline``; None: no number is enough."""

    deadline: datetime
    low: int | None
    mid: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """One day of a campaign, forecast. Shares are 0 to 1; moments in UTC, ``zone`` is for people's clocks.

    ``leads`` are all that are open; of them ``may_be_called`` at some moment of the day. ``finished_share``
    is the share of simulated days on which all of them were called as often as the rules allow.
    """

    campaign_id: int
    campaign: str
    day: date
    zone: str
    opens: datetime
    closes: datetime
    agents: int
    mode: str
    days: int
    leads: int
    may_be_called: int
    finish: Finish
    finished_share: float
    last_call: Finish
    attempts: Range
    connected: Range
    abandoned_share: Range
    idle_share: Range
    left: tuple[LeftOver, ...]
    left_in_all: Range
    need: Need
    origins: tuple[Origin, ...]
    notes: tuple[str, ...] = ()

    def in_words(self) -> str:
        """Return the answer as a manager reads it."""
        if not self.may_be_called:
            return f"Nobody may be called on {self.day}: {self._reasons()}"
        return " ".join((self._done(), self._needed(), self._remain()))

    @property
    def hours(self) -> str:
        """From when to when, on whose clocks; 24:00 is the midnight that ends the day."""
        if self.opens == self.closes:
            return f"no calling hours in {self.zone}"
        return f"{self._clock(self.opens)}–{self._clock(self.closes)} {self.zone}"

    def _done(self) -> str:
        agents = f"with {self.agents} agent{'' if self.agents == 1 else 's'}"
        if self.finish.mid is None:
            return f"Not done by {self._clock(self.closes)} {agents}."
        low, high = (self._clock(at) if at else "not at all" for at in (self.finish.low, self.finish.high))
        return f"Done by {self._clock(self.finish.mid)} ({low}–{high}) {agents}."

    def _needed(self) -> str:
        by = self._clock(self.need.deadline)
        if self.need.mid is None:
            return f"No number of agents is enough for all who may be called before {by}."
        low, high = (str(n) if n is not None else "more than any" for n in (self.need.low, self.need.high))
        around = "" if low == high else f" ({low}–{high})"
        return f"For all who may be called before {by} you need {self.need.mid}{around}."

    def _remain(self) -> str:
        around = _counted(self.left_in_all)
        if self.left_in_all.high < 0.5:
            return "Nobody will be left."
        return f"{around} will be left: {self._reasons()}"

    def _reasons(self) -> str:
        told = [f"{_counted(one.leads)} {one.text}" for one in self.left[:MOST_REASONS]]
        if len(self.left) > MOST_REASONS:
            rest = sum(one.leads.mid for one in self.left[MOST_REASONS:])
            told.append(f"{int(rest + 0.5)} for other reasons")
        return "; ".join(told) + "."

    def _clock(self, moment: datetime) -> str:
        """Return a moment as people read it; the midnight that ends the day is 24:00."""
        local = moment.astimezone(zone(self.zone))
        return "24:00" if local.date() > self.day and local.time() == time(0) else f"{local:%H:%M}"


def moments(values: Sequence[float | None], at: Callable[[float], datetime]) -> Finish:
    """Return the quantiles of seconds as moments; None counts as later than any."""
    ordered = sorted(float("inf") if value is None else value for value in values)
    found = [_rank(ordered, level) for level in (LOW, 0.5, HIGH)]
    return Finish(*(None if second == float("inf") else at(second) for second in found))


def _place(count: int, level: float) -> float:
    """Return where a level lies among so many ordered values, from 0.

    One more day then lies below it with just this chance, however few were played (Weibull's positions).
    """
    return min(count - 1.0, max(0.0, level * (count + 1) - 1))


def _rank(ordered: Sequence[float], level: float) -> float:
    """Return the value at a level, or the next one outwards: between a moment and never there is no line."""
    place = _place(len(ordered), level)
    return ordered[int(place) if level < 0.5 else round(place) if level == 0.5 else ceil(place)]


def _quantile(ordered: Sequence[float], level: float) -> float:
    place = _place(len(ordered), level)
    below = int(place)
    above = min(len(ordered) - 1, below + 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _counted(leads: Range) -> str:
    low, mid, high = (str(int(value + 0.5)) for value in (leads.low, leads.mid, leads.high))
    return mid if low == high else f"{mid} ({low}–{high})"
