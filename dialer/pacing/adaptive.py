"""The field's adaptive dial level, as a baseline to be beaten: two loops that share one number, the level.

The pacer's loop moves the level every 15 s by the mean of ready agents less waiting calls, and brakes on the
day's drop share. The dialler's loop, every 2.5 s, turns level x agents into lines. It knows no answer rate,
no ring time and no talk time. Implemented from a published description of the behaviour; the brakes keep its
habits: they compound, and the tapered one subtracts clock digits, not time. Pure; its caller keeps time.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SAMPLE_EVERY_S: Final = 1.0
SAMPLES: Final = 15
COUNT_EVERY_S: Final = 60.0
LEVEL_EVERY_S: Final = 15.0
DIAL_EVERY_S: Final = 2.5


class Brake(StrEnum):
    """What follows when the day's drop share is above the limit."""

    HARD_LIMIT = "hard_limit"
    AVERAGE = "average"
    TAPERED = "tapered"


@dataclass(frozen=True, slots=True)
class AdaptiveSettings:
    """The knobs with the field's defaults. ``latest`` is HHMM as one number; percentages as such."""

    brake: Brake = Brake.HARD_LIMIT
    drop_limit_percent: float = 3.0
    highest_level: float = 3.0
    intensity: float = 0.0
    difference_target: float = 0.0
    latest: int = 2100
    available_only: bool = False
    calls_per_second: float = 20.0
    most_lines: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Drops:
    """What was counted at the last full minute."""

    calls_1m: int = 0
    drops_1m: int = 0
    answered_today: int = 0
    drops_today: int = 0
    calls_today: int = 0

    @property
    def percent_1m(self) -> float:
        """Drops of the last minute over *calls placed* in it."""
        return 100.0 * self.drops_1m / self.calls_1m if self.calls_1m else 0.0

    @property
    def percent_today(self) -> float:
        """Drops of the day over calls answered by people; zero before any."""
        return 100.0 * self.drops_today / self.answered_today if self.answered_today else 0.0


def next_level(
    level: float, difference: float, agents: float, drops: Drops, clock: int, settings: AdaptiveSettings
) -> float:
    """Return the level after one step.

    ``difference``: mean ready agents less waiting calls; ``agents``: mean logged-in agents, paused and in
    wrap-up too; ``clock``: the time of day as HHMM.
    """
    if agents <= 0:
        return level
    step = (difference + settings.difference_target) / agents
    share = settings.intensity / 100
    step *= abs(share - 1) if step < 0 else share + 1
    moved = max(1.0, min(settings.highest_level, round(level * (1 + step), 3)))
    if drops.calls_1m > 20 and drops.percent_1m > 50:
        moved /= 2
    if drops.calls_today > 50 and drops.percent_today > settings.drop_limit_percent:
        moved = _braked(moved, clock, settings)
    return max(1.0, moved)


def _braked(level: float, clock: int, settings: AdaptiveSettings) -> float:
    if settings.brake is Brake.HARD_LIMIT:
        return 1.0
    if settings.brake is Brake.AVERAGE:
        return level / 2
    left = settings.latest - clock
    if left < 0:
        return 1.0
    return level if left > 1000 else level * left / 1000


def lines_to_place(
    level: float, ready: int, in_call: int, active: int, settings: AdaptiveSettings, *, talking: int = 0
) -> int:
    """Return the calls of one dialler cycle.

    ``in_call``: agents with a live call; ``active``: the campaign's calls from originate to the end of the
    talk; ``talking``: those with an agent. Agents in wrap-up count nowhere.
    """
    wanted = level * ready + talking if settings.available_only else level * (ready + in_call)
    goal = round(wanted)
    return max(0, min(goal - active, settings.most_lines - active))


class AdaptiveLoops:
    """Both loops with their memory, asked at ``DIAL_EVERY_S`` and told what it counts. Moments in seconds."""

    def __init__(self, settings: AdaptiveSettings, day_begins: int = 9) -> None:
        self.settings = settings
        self.level = 1.0
        self._begins = day_begins
        self._samples: deque[tuple[int, int, int]] = deque(maxlen=SAMPLES)
        self._drops = Drops()
        self._sampled_at = self._counted_at = self._moved_at = 0.0
        self._calls = self._answered = self._lost = 0
        self._at_minute = (0, 0)

    def placed(self, calls: int) -> None:
        """Count calls placed."""
        self._calls += calls

    def judged(self, *, dropped: bool) -> None:
        """Count an answer by a person, and whether it was dropped."""
        self._answered += 1
        self._lost += dropped

    def sample(self, ready: int, waiting: int, agents: int, moment: float) -> None:
        """Take the sample of one second; counts drops each minute and moves the level every 15 s."""
        self._samples.append((ready, waiting, agents))
        if moment >= self._counted_at + COUNT_EVERY_S:
            calls, lost = self._at_minute
            self._drops = Drops(
                self._calls - calls, self._lost - lost, self._answered, self._lost, self._calls
            )
            self._at_minute = (self._calls, self._lost)
            self._counted_at = moment
        if moment >= self._moved_at + LEVEL_EVERY_S:
            self._moved_at = moment
            number = len(self._samples)
            ready_mean, waiting_mean, agents_mean = (
                sum(column) / number for column in zip(*self._samples, strict=True)
            )
            minutes = int(moment / 60)
            clock = (self._begins + minutes // 60) % 24 * 100 + minutes % 60
            self.level = next_level(
                self.level, ready_mean - waiting_mean, agents_mean, self._drops, clock, self.settings
            )

    def cycle_s(self, placed: int) -> float:
        """Return how long a dialler cycle takes that placed so many calls: it waits after each."""
        return DIAL_EVERY_S + placed / self.settings.calls_per_second
