"""``dialer simulate``: one day of one pacer or of the whole dialer, or all pacers side by side.

The world and the pacers are in ``dialer``; this is their shell: processes, stopwatch, tables.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from rich.table import Table

from campaigns.model import DialMode
from dialer.simulator.comparison import (
    GRIDS,
    Day,
    Row,
    days_of,
    make_pacer,
    row_of,
    run_day,
)
from dialer.simulator.errors import NoSuchPacer
from dialer.simulator.figures import Tally, figures_of
from dialer.simulator.picture import Watch, day_svg
from dialer.simulator.product_day import Plan, product_day
from dialer.simulator.scenario import Scenario
from dialer.simulator.scenarios import steady

ALIASES = {"ours": "predictive", "renewal": "predictive", "baseline": "adaptive", "best-ratio": "ratio"}
"""Other names people use for the same pacers."""


def simulate_day(agents: int, answer_rate: float, pacer: str, hours: float, seed: int) -> dict[str, Any]:
    """Run one steady day and return its figures, with what was asked.

    ``pacer`` is a name, or ``name:value`` for one with a knob (``ratio:2.5``); without the value the best one
    in hindsight is taken. Raises ``NoSuchPacer``.
    """
    scenario = steady(agents, answer_rate, hours)
    name, knob = _named(pacer)
    make_pacer(name, scenario, knob if knob is not None else GRIDS.get(name, (None,))[0])
    days = [Day(scenario, name, knob, seed)] if knob is not None else days_of(scenario, name, [seed])
    row = row_of(days, [timed_day(day) for day in days])
    asked = {"agents": agents, "answer_rate": answer_rate, "hours": hours, "seed": seed}
    return {**row.figures.to_plain(), **asked, "pacer": name, "knob": row.knob}


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
    """Return name and knob of ``name`` or ``name:value``."""
    name, _, value = pacer.partition(":")
    try:
        return ALIASES.get(name, name), float(value) if value else None
    except ValueError:
        return pacer, None


def draw_day(scenario: Scenario, pacer: str, knob: float | None, seed: int) -> str:
    """Run one day again and return it as a picture (SVG)."""
    watch = Watch()
    run_day(Day(scenario, pacer, knob, seed), watch=watch)
    return day_svg(f"{scenario.name}, {scenario.agents} agents, {pacer}, seed {seed}", watch.minutes)


def timed_day(day: Day) -> Tally:
    """Run one day with each decision timed: processor time, so that a busy machine does not blur it."""
    return run_day(day, time.thread_time)


def compare(
    scenarios: Sequence[Scenario], pacers: Sequence[str], seeds: Sequence[int], jobs: int
) -> Iterator[Row]:
    """Run every pacer on every scenario and seed, so many days at once; rows come in order."""
    plans = [days_of(scenario, pacer, seeds) for scenario in scenarios for pacer in pacers]
    with ProcessPoolExecutor(jobs) as cores:
        running = [[cores.submit(timed_day, day) for day in days] for days in plans]
        for days, results in zip(plans, running, strict=True):
            yield row_of(days, [result.result() for result in results])


def comparison_table(rows: Sequence[Row]) -> Table:
    """Return the rows as a table for the screen."""
    table = Table("scenario", "agents", *HEADINGS)
    for row in rows:
        table.add_row(row.scenario.name, str(row.scenario.agents), *cells(row))
    return table


HEADINGS = ("pacer", "knob", "occupancy %", "abandoned %", "worst 15 min %", "idle s/call", "calls/agent h")


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's figures as text, under ``HEADINGS``."""
    figures = row.figures
    return (
        row.pacer,
        "" if row.knob is None else f"{row.knob:.3g}",
        f"{100 * figures.occupancy:.1f} ± {100 * row.spread:.1f}",
        f"{100 * figures.abandoned_share:.2f}",
        f"{100 * figures.worst_15min_share:.1f}",
        f"{figures.idle_s_per_call:.1f}",
        f"{figures.calls_per_agent_hour:.1f}",
    )


def markdown(rows: Sequence[Row]) -> Iterator[str]:
    """Return the rows as lines of a Markdown table, as in the documentation."""
    yield "| " + " | ".join(("scenario", "agents", *HEADINGS)) + " |"
    yield "|" + " --- |" * (len(HEADINGS) + 2)
    for row in rows:
        yield f"| {row.scenario.name} | {row.scenario.agents} | " + " | ".join(cells(row)) + " |"


def as_json(row: Row) -> str:
    """Return one row as one line of JSON."""
    return json.dumps(
        {
            "scenario": row.scenario.name,
            "agents": row.scenario.agents,
            "pacer": row.pacer,
            "knob": row.knob,
            "occupancy_spread": round(row.spread, 6),
            **row.figures.to_plain(),
        }
    )
