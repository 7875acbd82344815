"""``dialer simulate``: one day of one pacer or of the whole dialer, or all pacers side by side.

The world and the pacers are in ``dialer``; this is their shell: processes, stopwatch, the file of days.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import nan
from pathlib import Path
from typing import Any

from campaigns.model import DialMode
from dialer.simulator.comparison import GRIDS, Day, Days, Row, judged_row, make_pacer, row_of, run_day
from dialer.simulator.errors import NoSuchPacer
from dialer.simulator.figures import Tally, figures_of
from dialer.simulator.picture import Watch, day_svg
from dialer.simulator.product_day import Plan, product_day
from dialer.simulator.scenario import Scenario
from dialer.simulator.scenarios import steady
from service.errors import BadQuestion
from service.kept_days import KeptDays

ALIASES = {"ours": "predictive", "renewal": "predictive", "baseline": "adaptive", "best-ratio": "ratio"}
"""Other names people use for the same pacers."""


def simulate_day(agents: int, answer_rate: float, pacer: str, hours: float, seed: int) -> dict[str, Any]:
    """Run one steady day and return its figures, with what was asked.

    ``pacer`` is a name, or ``name:value`` for one with a knob (``ratio:2.5``); without the value the best one
    in hindsight is taken. Raises ``NoSuchPacer``.
    """
    scenario = steady(agents, answer_rate, hours)
    name, knob = _named(pacer)
    if knob is not None and name not in GRIDS:
        raise NoSuchPacer(f"{pacer}: a value belongs to one of {', '.join(GRIDS)}")
    make_pacer(name, scenario, knob if knob is not None else GRIDS.get(name, (None,))[0])
    if knob is not None:
        days = [Day(scenario, name, knob, seed)]
        row = row_of(days, [timed_day(day) for day in days])
    else:
        row = judged_row(scenario, name, [seed], lambda days: [timed_day(day) for day in days])
    asked = {"agents": agents, "answer_rate": answer_rate, "hours": hours, "seed": seed}
    return {**row.figures.to_plain(), **asked, "pacer": name, "knob": row.knob}


HIGHEST_KNOB = 100
"""No pacer's knob has a meaning above it."""

MODES = {"progressive": DialMode.PROGRESSIVE, "predictive": DialMode.PREDICTIVE, "ratio": DialMode.RATIO}
"""Pacers that are modes of the product."""


def simulate_product(agents: int, answer_rate: float, pacer: str, hours: float, seed: int) -> dict[str, Any]:
    """Live one steady day with the whole dialer and return its figures, with what was asked.

    ``pacer`` is ``progressive``, ``predictive`` or ``ratio:2.5``. Raises ``NoSuchPacer``.
    """
    name, lines = _named(pacer)
    if name not in MODES or (name == "ratio") != (lines is not None):
        raise NoSuchPacer(f"the product has no mode {pacer!r}; it has progressive, predictive and ratio:2.5")
    plan = Plan(steady(agents, answer_rate, hours), MODES[name], seed, lines or 1.0, time.thread_time)
    tally = asyncio.run(product_day(plan))
    asked = {"agents": agents, "answer_rate": answer_rate, "hours": hours, "seed": seed}
    return {**figures_of([tally]).to_plain(), **asked, "pacer": f"product {name}", "knob": lines}


def _named(pacer: str) -> tuple[str, float | None]:
    """Return name and knob of ``name`` or ``name:value``; raises ``NoSuchPacer`` for no such value."""
    name, _, value = pacer.partition(":")
    try:
        knob = float(value) if value else None
    except ValueError:
        knob = nan
    if knob is not None and not 0 < knob <= HIGHEST_KNOB:
        raise NoSuchPacer(f"{pacer}: a value is a number above 0, up to {HIGHEST_KNOB}")
    return ALIASES.get(name, name), knob


def draw_day(scenario: Scenario, pacer: str, knob: float | None, seed: int) -> str:
    """Run one day again and return it as a picture (SVG)."""
    watch = Watch()
    run_day(Day(scenario, pacer, knob, seed), watch=watch)
    return day_svg(f"{scenario.name}, {scenario.agents} agents, {pacer}, seed {seed}", watch.minutes)


def timed_day(day: Day) -> Tally:
    """Run one day with each decision timed: processor time, so that a busy machine does not blur it."""
    return run_day(day, time.thread_time)


def compare(
    scenarios: Sequence[Scenario],
    pacers: Sequence[str],
    asked: Days,
    jobs: int,
    days_file: Path | None = None,
) -> Iterator[Row]:
    """Run every pacer on every scenario, so many days at once; rows come in order.

    Days that ``days_file`` holds are not run again. Raises ``BadQuestion``.
    """
    kept = KeptDays(days_file)
    with ProcessPoolExecutor(jobs) as cores:

        def run(days: Sequence[Day]) -> list[Tally]:
            new = [day for day in days if day not in kept]
            for day, tally in zip(new, cores.map(run_day, new), strict=True):
                kept.keep(day, tally)
            return [kept[day] for day in days]

        for scenario in scenarios:
            for pacer in pacers:
                yield judged_row(scenario, pacer, asked.of(scenario.agents, pacer), run)


def numbers_of_days(text: str) -> tuple[int, Mapping[int, int]]:
    """Return what ``3`` says, or ``1:12,2:6,3``: so many days, and others by number of agents.

    Raises ``BadQuestion``.
    """
    by_size: dict[int, int] = {}
    usual = 3
    for part in text.split(","):
        size, of_size, days = part.rpartition(":")
        try:
            number, agents = int(days), int(size) if of_size else 0
        except ValueError:
            raise BadQuestion(f"--seeds {text}: {part!r} is neither days nor agents:days") from None
        if number < 1:
            raise BadQuestion(f"--seeds {text}: at least one day")
        if of_size:
            by_size[agents] = number
        else:
            usual = number
    return usual, by_size
