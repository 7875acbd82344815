"""The comparison of pacers as a table: a line for each scenario, ours beside the oracle and its rivals.

Knows rows and how they read; must not run anything.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rich.table import Table

from dialer.simulator.comparison import Row, pooled_spread, spread_of

HEADINGS = (
    "scenario",
    "agents",
    "hours",
    "predictive",
    "abandoned",
    "oracle",
    "behind it",
    "best ratio",
    "adaptive",
    "adaptive-best",
    "progressive",
    "worst 15 min",
    "adaptive's",
)


def lines_of(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """Return the cells of each scenario under ``HEADINGS``; occupancies and shares in percent.

    Each scenario's rows stand together, one for each pacer. Intervals are of the variance between days that
    all scenarios with so many agents show together; where each has lived but one there is none.
    """
    scenarios = [
        {row.pacer: row for row in together}
        for _, together in groupby(rows, key=lambda row: (row.scenario.name, row.scenario.agents))
    ]
    for one in scenarios:
        agents = one["predictive"].scenario.agents
        yield _cells(one, [other for other in scenarios if other["predictive"].scenario.agents == agents])


def _cells(by_pacer: dict[str, Row], alike: Sequence[dict[str, Row]]) -> tuple[str, ...]:
    ours, oracle, stock = by_pacer["predictive"], by_pacer["oracle"], by_pacer["adaptive"]
    days = len(ours.occupancies)

    def spread(of: Callable[[dict[str, Row]], Sequence[float]]) -> str:
        half = 100 * pooled_spread([of(one) for one in alike], days)
        return f" ± {half:.{2 if of is _abandoned else 1}f}" if half else ""

    return (
        ours.scenario.name,
        str(ours.scenario.agents),
        f"{days} × {ours.scenario.hours:g}",
        f"{100 * ours.figures.occupancy:.1f}{spread(lambda one: one['predictive'].occupancies)}",
        f"{100 * ours.figures.abandoned_share:.2f}{spread(_abandoned)}",
        f"{100 * oracle.figures.occupancy:.1f}",
        f"{100 * (oracle.figures.occupancy - ours.figures.occupancy):.1f}{spread(_behind)}",
        _with_knob(by_pacer["ratio"]),
        f"{100 * stock.figures.occupancy:.1f} ({100 * stock.figures.abandoned_share:.1f} lost)",
        _with_knob(by_pacer["adaptive-best"]),
        f"{100 * by_pacer['progressive'].figures.occupancy:.1f}",
        f"{100 * ours.figures.worst_15min_share:.1f}",
        f"{100 * stock.figures.worst_15min_share:.1f}",
    )


def _abandoned(by_pacer: dict[str, Row]) -> Sequence[float]:
    return by_pacer["predictive"].abandoned


def _behind(by_pacer: dict[str, Row]) -> Sequence[float]:
    """Return how far we were behind the oracle on the day of each seed."""
    ours, oracle = by_pacer["predictive"].occupancies, by_pacer["oracle"].occupancies
    return [best - here for best, here in zip(oracle, ours, strict=True)]


def _with_knob(row: Row) -> str:
    return f"{100 * row.figures.occupancy:.1f} ({row.knob:g})"


def on_screen(rows: Sequence[Row]) -> Table:
    """Return the table for the screen."""
    table = Table(*HEADINGS)
    for cells in lines_of(rows):
        table.add_row(*cells)
    return table


def markdown(rows: Sequence[Row]) -> Iterator[str]:
    """Return the lines of a Markdown table, as in the documentation."""
    yield "| " + " | ".join(HEADINGS) + " |"
    yield "|" + " --- |" * len(HEADINGS)
    for cells in lines_of(rows):
        yield "| " + " | ".join(cells) + " |"


def as_json(row: Row) -> str:
    """Return one row as one line of JSON."""
    return json.dumps(
        {
            "scenario": row.scenario.name,
            "agents": row.scenario.agents,
            "pacer": row.pacer,
            "knob": row.knob,
            "occupancy_spread": round(spread_of(row.occupancies), 6),
            **row.figures.to_plain(),
        }
    )
