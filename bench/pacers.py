"""What a decision of the pacer costs.

``.venv/bin/python -m bench.pacers`` prints the processor time of one decision by size of team, beside a bare
walk over as many agents and calls, which tells how fast the machine is just then; and how long a ten-hour day
of 100 agents takes with the pacer alone. ``--product`` adds one of the whole dialer.
All pacers side by side: ``dialer simulate --markdown``, which takes long.
Run from the root of the checkout.
"""

import argparse
import asyncio
import time

from campaigns.model import DialMode
from dialer.simulator.comparison import Day, run_day
from dialer.simulator.figures import figures_of
from dialer.simulator.product_day import Plan, product_day
from dialer.simulator.scenarios import steady
from service.logs import quiet
from service.simulate import timed_day

DECISION_US = 1000.0
"""Of a hundred decisions for 300 agents 99 are to take less processor time, in microseconds."""

TARGET_S = 300.0
"""How long a ten-hour day of 100 agents may take with the whole dialer, in seconds of one core."""


def decisions(agents: int, minutes: float) -> None:
    """Print how long decisions take; the opening, in which tables are built for the first time, included."""
    tally = timed_day(Day(steady(agents, 0.15, minutes / 60), "predictive", None, 1))
    spent = sorted(tally.decision_us)
    p50, p90, p99 = (spent[len(spent) * mark // 100] for mark in (50, 90, 99))
    walk = bare_walk_us(agents)
    print(
        f"{agents:4} agents   {len(spent):6} decisions   p50 {p50:6.0f} us   p90 {p90:6.0f} us   "
        f"p99 {p99:6.0f} us   {p99 / DECISION_US:.2f} of the target   a bare walk {walk:4.0f} us, "
        f"p50 is {p50 / walk:.1f} of it"
    )


def bare_walk_us(agents: int) -> float:
    """Return how long it takes to look once at the age of each agent and of about as many calls."""
    since, spent = [float(place) for place in range(2 * agents)], []
    for moment in range(2_000):
        began = time.thread_time()
        sum([moment - one for one in since])
        spent.append(time.thread_time() - began)
    return sorted(spent)[len(spent) // 2] * 1e6


def ten_hours(agents: int) -> None:
    """Print how long a ten-hour day takes."""
    began = time.process_time()
    tally = run_day(Day(steady(agents, 0.3, 10.0), "predictive", None, 1))
    print(
        f"{agents} agents, ten hours: {tally.placed} calls in {time.process_time() - began:.0f} s of one core"
    )


def ten_hours_of_the_product(agents: int) -> None:
    """Print how long a ten-hour day of the whole dialer takes, beside the target."""
    quiet()
    began = time.process_time()
    plan = Plan(steady(agents, 0.3, 10.0), DialMode.PREDICTIVE, 1, stopwatch=time.thread_time)
    tally = asyncio.run(product_day(plan))
    spent_s, figures = time.process_time() - began, figures_of([tally])
    print(
        f"{agents} agents, ten hours of the whole dialer: {tally.placed} calls in {spent_s:.0f} s, "
        f"{spent_s / TARGET_S:.2f} of the target; occupancy {figures.occupancy:.1%}, "
        f"abandoned {figures.abandoned_share:.2%}, decision p99 {figures.decision_us_p99:.0f} us"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--product", action="store_true", help="live a day of the whole dialer too")
    chosen = options.parse_args()
    for agents in (10, 30, 100, 300):
        decisions(agents, 20.0)
    ten_hours(100)
    if chosen.product:
        ten_hours_of_the_product(100)


if __name__ == "__main__":
    main()
