"""Pacers side by side: each runs the same days, and those with a knob get its best value in hindsight.

Best means: the highest occupancy among the values whose pooled share of abandoned calls keeps the cap.
Nothing is printed or kept here, and nothing runs in parallel: a shell runs the days where it likes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Final

from dialer.pacing.adaptive import AdaptiveSettings
from dialer.pacing.budgets import US_TSR, Budget
from dialer.pacing.snapshot import Rules
from dialer.simulator import rivals
from dialer.simulator.errors import NoSuchPacer
from dialer.simulator.figures import DayFigures, Tally, figures_of
from dialer.simulator.scenario import Scenario
from dialer.simulator.world import Pacer, World

CAP: Final = 0.03

RATIO_GRID: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 11.0, 15.0)
LEVEL_GRID: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 11.0)
RISK_GRID: Final = (0.02, 0.03, 0.045, 0.07, 0.11)

GRIDS: Final[Mapping[str, tuple[float, ...]]] = {
    "ratio": RATIO_GRID,
    "adaptive-best": LEVEL_GRID,
    "oracle": RISK_GRID,
}
"""Pacers with a knob that is set in hindsight."""

RISING: Final = frozenset({"ratio", "oracle"})
"""Pacers that are more occupied and abandon more the higher their knob is: the best value is closed in on."""

PACERS: Final = ("progressive", "ratio", "adaptive", "adaptive-best", "predictive", "oracle")

PRINCIPALS: Final = frozenset({"predictive", "oracle"})
"""Pacers whose difference is to be told to a point of occupancy; the others are further off."""

STUDENT_95: Final = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)
"""Two-sided 95 % quantiles of Student's t for 1, 2, … degrees of freedom; 2 beyond."""


@dataclass(frozen=True, slots=True)
class Day:
    """One simulated day to run: which pacer with which value of its knob, on which scenario and seed."""

    scenario: Scenario
    pacer: str
    knob: float | None
    seed: int


@dataclass(frozen=True, slots=True)
class Days:
    """Which days each pacer lives on a scenario, by their seeds: from ``first`` on, so many.

    ``usual`` with all numbers of agents that ``by_size`` does not have: a small team's day tells little.
    Rivals, which are all but the principals, may have another first seed and number of days: theirs stay as
    they are when only our own pacer has changed.
    """

    first: int
    usual: int
    by_size: Mapping[int, int] = field(default_factory=dict)
    rivals_first: int | None = None
    rivals: int | None = None

    def of(self, agents: int, pacer: str) -> range:
        """Return the seeds of a pacer's days with so many agents."""
        first, days = self.first, self.by_size.get(agents, self.usual)
        if pacer not in PRINCIPALS:
            first = first if self.rivals_first is None else self.rivals_first
            days = days if self.rivals is None else self.rivals
        return range(first, first + days)


@dataclass(frozen=True, slots=True)
class Row:
    """One pacer on one scenario: its days pooled, and occupancy and abandoned share of each seed's day."""

    scenario: Scenario
    pacer: str
    knob: float | None
    figures: DayFigures
    occupancies: tuple[float, ...]
    abandoned: tuple[float, ...]


def make_pacer(name: str, scenario: Scenario, knob: float | None) -> Pacer:
    """Return a pacer by name; raises ``NoSuchPacer``."""
    budgets = budgets_of(name)
    rules = Rules(budgets=budgets, connect_limit_s=scenario.connect_limit_s, setup_s=scenario.setup_s)
    if name == "progressive":
        return rivals.progressive(rules)
    if name == "predictive":
        return rivals.Ours(rules)
    if name == "ratio" and knob is not None:
        return rivals.ratio(rules, knob)
    if name == "adaptive":
        return rivals.Adaptive(AdaptiveSettings(calls_per_second=max(20.0, scenario.agents / 5)))
    if name == "adaptive-best" and knob is not None:
        return rivals.Adaptive(
            AdaptiveSettings(
                highest_level=knob,
                available_only=True,
                calls_per_second=max(20.0, scenario.agents / 5),
            )
        )
    if name == "oracle" and knob is not None:
        return rivals.Oracle(rules, scenario, knob)
    raise NoSuchPacer(f"there is no pacer {name!r}; there are {', '.join(PACERS)}")


def run_day(
    day: Day,
    stopwatch: Callable[[], float] | None = None,
    watch: Callable[[World], None] | None = None,
) -> Tally:
    """Run one day."""
    pacer = make_pacer(day.pacer, day.scenario, day.knob)
    return World(day.scenario, pacer, day.seed, budgets_of(day.pacer), stopwatch, watch).run()


def budgets_of(name: str) -> tuple[Budget, ...]:
    """Return the budgets that bind a pacer: only our own is bound by the stop, the others have none."""
    return (US_TSR,) if name == "predictive" else ()


def judged_row(
    scenario: Scenario,
    pacer: str,
    seeds: Sequence[int],
    run: Callable[[Sequence[Day]], list[Tally]],
) -> Row:
    """Return a pacer's row on a scenario. ``run`` lives days and returns their tallies in order."""
    days: list[Day] = []
    tallies: list[Tally] = []
    shares: dict[float | None, float] = {}
    while knobs := next_knobs(pacer, shares):
        for knob in knobs:
            more = [Day(scenario, pacer, knob, seed) for seed in seeds]
            found = run(more)
            shares[knob] = figures_of(found).abandoned_share
            days += more
            tallies += found
    return row_of(days, tallies)


def next_knobs(pacer: str, shares: Mapping[float | None, float]) -> Sequence[float | None]:
    """Return the values of a knob to try next, none once the best is among those tried.

    ``shares`` are the abandoned shares of those tried.
    """
    grid = GRIDS.get(pacer, (None,))
    if pacer not in RISING:
        return [knob for knob in grid if knob not in shares]
    # Up to ``below`` values keep the cap, from ``above`` on they do not.
    below = max((place for place, knob in enumerate(grid) if shares.get(knob, 1.0) <= CAP), default=-1)
    above = min((place for place, knob in enumerate(grid) if shares.get(knob, 0.0) > CAP), default=len(grid))
    if above <= below + 1:
        return []
    # Rather the lower middle: high values take the longest to run, and are seldom the best.
    return [grid[max(below + 1, (below + above - 1) // 2)]]


def row_of(days: Sequence[Day], tallies: Sequence[Tally]) -> Row:
    """Return the row of the knob's best value: within the cap the most occupied, else the least abandoning.

    The oracle is given the cap to the last call: two neighbouring values, mixed so that it is just kept.
    """
    by_knob: dict[float | None, list[Tally]] = {}
    for day, tally in zip(days, tallies, strict=True):
        by_knob.setdefault(day.knob, []).append(tally)
    rows = [
        Row(
            days[0].scenario,
            days[0].pacer,
            knob,
            figures_of(runs),
            tuple(figures_of([run]).occupancy for run in runs),
            tuple(figures_of([run]).abandoned_share for run in runs),
        )
        for knob, runs in by_knob.items()
    ]
    legal = [row for row in rows if row.figures.abandoned_share <= CAP]
    if not legal:
        return min(rows, key=lambda row: row.figures.abandoned_share)
    best = max(legal, key=lambda row: row.figures.occupancy)
    above = [row for row in rows if row.figures.abandoned_share > CAP]
    if best.pacer == "oracle" and above:
        return _mixed(best, min(above, key=lambda row: row.figures.abandoned_share))
    return best


def _mixed(low: Row, high: Row) -> Row:
    """Return the days of both values in the proportion that abandons just the cap."""
    below, over = low.figures, high.figures
    weight = (CAP - below.abandoned_share) / (over.abandoned_share - below.abandoned_share)
    if over.occupancy <= below.occupancy:
        return low

    def between(one: float, other: float) -> float:
        return one + weight * (other - one)

    figures = replace(
        below,
        occupancy=between(below.occupancy, over.occupancy),
        abandoned_share=CAP,
        idle_s_per_call=between(below.idle_s_per_call, over.idle_s_per_call),
        worst_15min_share=max(below.worst_15min_share, over.worst_15min_share),
        calls_per_agent_hour=between(below.calls_per_agent_hour, over.calls_per_agent_hour),
    )
    return Row(
        low.scenario,
        low.pacer,
        between(low.knob, high.knob) if low.knob and high.knob else None,
        figures,
        tuple(map(between, low.occupancies, high.occupancies)),
        tuple(map(between, low.abandoned, high.abandoned)),
    )


def spread_of(values: Sequence[float]) -> float:
    """Return half the 95 % interval of the mean of these values, one for each seed; 0 for a single one."""
    return pooled_spread([values], len(values))


def pooled_spread(alike: Sequence[Sequence[float]], days: int) -> float:
    """Return half the 95 % interval of a mean over so many days.

    Its variance is taken from several scenarios that are ``alike`` in it, each with a value for each seed:
    few seeds of one alone would tell too little. 0 where no scenario has two.
    """
    freedom, squares = 0, 0.0
    for values in alike:
        mean = sum(values) / len(values)
        freedom += len(values) - 1
        squares += sum((value - mean) ** 2 for value in values)
    if not freedom:
        return 0.0
    quantile = STUDENT_95[freedom - 1] if freedom <= len(STUDENT_95) else 2.0
    return quantile * sqrt(squares / freedom / days)
