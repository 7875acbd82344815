"""Abandon budgets: how many answered calls may find no agent, judged over which time, and what follows.

Three kinds. *Legal*: a share of live answers over a period, judged at its end. While more are abandoned than
``rate x live + allowance`` only calls with a reserved agent start, so that the excess is never more than the
unreserved calls that were in flight when it began. People whom detection is estimated to have taken for
machines are charged to it as abandoned. *Zero*: an unreserved call never starts. *Alarm*: a share over a
short time; above it the pacer steps down and says why. Rates, periods and scopes are data of the rule pack.
Live answers are the denominator: machines are out of it. Knows nothing of agents, and no clock: moments are
seconds, given.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

from campaigns.rules.amd_errors import Screens, misjudged
from dialer.pacing.bounds import Bound


class BudgetKind(StrEnum):
    """What a budget does when it is used up."""

    LEGAL = "legal"
    ZERO = "zero"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget: ``rate`` of live answers over ``period_s``, for one ``scope`` (campaign, company, number).

    ``allowance`` is how many abandoned calls a new period begins with, since no share can be kept before
    the first answers; it is the start-up allowance of a legal budget and the least that raises an alarm.
    """

    name: str
    kind: BudgetKind
    rate: float
    period_s: float
    scope: str = "campaign"
    allowance: float = 3.0

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for figures with which nothing would ever be overdrawn."""
        if not (0 <= self.rate <= 1 and self.period_s > 0 and 0 <= self.allowance < inf):
            raise ValueError(
                f"{self.name}: rate {self.rate}, period {self.period_s} s, allowance {self.allowance}"
            )


DAY_S: Final = 86_400.0
US_TSR: Final = Budget("US TSR 3 % in 30 days", BudgetKind.LEGAL, 0.03, 30 * DAY_S)
"""16 CFR 310.4(b)(4): 3 % of calls answered live by a person, per campaign, over successive 30 days."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One budget with its counts at this moment.

    ``misjudged``: people taken for machines, estimated. Each is a live answer that was abandoned, and in
    neither count.
    """

    budget: Budget
    live: int
    abandoned: int
    misjudged: float = 0.0

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for counts that are none: a NaN is never overdrawn."""
        if not (self.live >= 0 and self.abandoned >= 0 and 0 <= self.misjudged < inf):
            raise ValueError(
                f"{self.budget.name}: {self.abandoned} of {self.live} abandoned, {self.misjudged} misjudged"
            )

    @property
    def left(self) -> float:
        """How many more calls may be abandoned now; negative when overdrawn."""
        if self.budget.kind is BudgetKind.ZERO:
            return 0.0
        lost = self.abandoned + self.misjudged
        return self.budget.rate * (self.live + self.misjudged) + self.budget.allowance - lost

    @property
    def in_words(self) -> str:
        """The counts as the operator reads them."""
        machines = f" and about {self.misjudged:.1f} taken for machines" if self.misjudged else ""
        return f"{self.budget.name}: {self.abandoned} of {self.live} abandoned{machines}"


STEP_DOWN: Final = 0.5
"""What an alarm multiplies the accepted risk with."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all budgets together allow: ``left`` over legal ones, which bound decided, and why in words.

    ``bound`` is None while no budget is in the way.
    """

    reserved_only: bool
    step_down: float
    left: float
    bound: Bound | None = None
    why: str = ""


def judge(standings: Sequence[Standing]) -> Verdict:
    """Return what the budgets allow now; the strictest decides, every alarm steps down once more.

    A zero budget is the strictest, in whichever order they come: what overdraws another one passes.
    """
    zero = next((one.budget.name for one in standings if one.budget.kind is BudgetKind.ZERO), None)
    if zero is not None:
        return Verdict(True, 0.0, 0.0, Bound.ZERO_BUDGET, f"{zero}: nobody may be abandoned")
    left, step_down, why = float("inf"), 1.0, ""
    for standing in standings:
        budget = standing.budget
        if budget.kind is BudgetKind.ALARM:
            if standing.left < 0:
                step_down *= STEP_DOWN
                why = standing.in_words
            continue
        left = min(left, standing.left)
        if standing.left < 0:
            return Verdict(True, 0.0, left, Bound.BUDGET, standing.in_words)
    return Verdict(False, step_down, left, Bound.ALARM if why else None, why)


class Ledger:
    """The counts of one budget: by fixed period where the law says so, over a sliding time for an alarm.

    A fixed period begins at ``began`` and is followed by the next one of the same length. A sliding time
    is counted in sixtieths, so that it forgets by at most that much too late, never too early. ``screens``
    are the verdicts of detection in a fixed period; an alarm, whose time holds few checks, goes without.
    """

    def __init__(self, budget: Budget, began: float, live: int = 0, abandoned: int = 0) -> None:
        self.budget = budget
        self.began = began
        self.live = self.abandoned = 0
        self.screens = Screens()
        self._slices: deque[tuple[float, int, int]] = deque()
        self.enter(began, live, abandoned)

    def enter(self, start: float, live: int, abandoned: int) -> None:
        """Enter what was counted before, from ``start`` on; later counts come later."""
        if live or abandoned:
            self.live += live
            self.abandoned += abandoned
            self._slices.append((start, live, abandoned))

    def count(self, moment: float, *, abandoned: bool) -> None:
        """Enter one live answer."""
        self._forget(moment)
        self.live += 1
        self.abandoned += abandoned
        if self.budget.kind is BudgetKind.ALARM:
            width = self.budget.period_s / 60
            if self._slices and moment < self._slices[-1][0] + width:
                start, live, lost = self._slices[-1]
                self._slices[-1] = (start, live + 1, lost + abandoned)
            else:
                self._slices.append((moment, 1, int(abandoned)))

    def take_back(self, moment: float, *, abandoned: bool) -> None:
        """Take out one answer that was entered so: a machine by an agent's word, or judged too early."""
        self._forget(moment)
        there = self.abandoned if abandoned else self.live - self.abandoned
        if not there:
            return
        self.live -= 1
        self.abandoned -= abandoned
        for place in range(len(self._slices) - 1, -1, -1):
            start, live, lost = self._slices[place]
            if lost if abandoned else live > lost:
                self._slices[place] = (start, live - 1, lost - abandoned)
                break

    def screen(self, moment: float, more: Screens) -> None:
        """Enter machines by detection's verdict, and what agents said of those they checked."""
        self._forget(moment)
        if self.budget.kind is not BudgetKind.ALARM:
            self.screens = self.screens.plus(more).sound()

    def standing(self, moment: float) -> Standing:
        """Return the counts at a moment."""
        self._forget(moment)
        errors = misjudged(self.screens, self.live) if self.screens.persons else None
        return Standing(self.budget, self.live, self.abandoned, errors.people.likely if errors else 0.0)

    def _forget(self, moment: float) -> None:
        period = self.budget.period_s
        if self.budget.kind is BudgetKind.ALARM:
            while self._slices and self._slices[0][0] + period * (1 + 1 / 60) <= moment:
                _, live, lost = self._slices.popleft()
                self.live -= live
                self.abandoned -= lost
        elif moment >= self.began + period:
            self.began += period * ((moment - self.began) // period)
            self.live = self.abandoned = 0
            self.screens = Screens()
