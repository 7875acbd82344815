"""The days that pacers are compared over: steady ones of each size, and those in which something changes.

Hours shrink with the number of agents, so that each day holds enough answers and none takes for ever.
"""

from collections.abc import Iterable
from typing import Final

from dialer.simulator.scenario import HOUR_S, Break, Curve, Scenario

SIZES: Final = (1, 2, 5, 10, 30, 100, 300)
RATES: Final = (0.15, 0.30, 0.60)
CHANGING_SIZES: Final = (10, 30, 100)
CHANGING_HOURS: Final = 3.0
"""The least length of a day with a change in it: an hour to learn, the change, an hour after it."""

MINUTE_S: Final = 60.0


def day_hours(agents: int) -> float:
    """Return how long a compared day is."""
    lengths = ((2, 10.0), (10, 6.0), (30, 3.0), (100, 1.5))
    return next((hours for size, hours in lengths if agents <= size), 1.0)


def steady(agents: int, answer_rate: float, hours: float | None = None) -> Scenario:
    """Return a day on which nothing changes."""
    length = hours or day_hours(agents)
    return Scenario(f"steady {answer_rate:.0%}", agents, length, Curve.flat(answer_rate))


def falling(agents: int) -> Scenario:
    """The answer rate falls from 45 to 15 % in ten minutes, at a third of the day."""
    hours = max(CHANGING_HOURS, day_hours(agents))
    start = hours * HOUR_S / 3
    rate = Curve(((start, 0.45), (start + 10 * MINUTE_S, 0.15)))
    return Scenario("answer rate falls", agents, hours, rate)


def list_switch(agents: int) -> Scenario:
    """A poor list ends and a good one begins at once: 15 to 45 %, at a third of the day."""
    hours = max(CHANGING_HOURS, day_hours(agents))
    start = hours * HOUR_S / 3
    return Scenario("list switch", agents, hours, Curve(((start, 0.15), (start, 0.45))))


def talk_doubles(agents: int) -> Scenario:
    """New talks last twice as long from a third of the day on."""
    hours = max(CHANGING_HOURS, day_hours(agents))
    start = hours * HOUR_S / 3
    talk = Curve(((start, 120.0), (start, 240.0)))
    return Scenario("talk time doubles", agents, hours, Curve.flat(0.3), talk_s=talk)


def lunch(agents: int) -> Scenario:
    """Half of the agents leave for half an hour, then the other half; each says so one minute before."""
    hours = max(CHANGING_HOURS, day_hours(agents))
    noon, half = hours * HOUR_S / 3, 30 * MINUTE_S
    breaks = (
        Break(noon, half, agents // 2, MINUTE_S),
        Break(noon + half, half, agents - agents // 2, MINUTE_S),
    )
    return Scenario("lunch", agents, hours, Curve.flat(0.3), breaks=breaks)


def outage(agents: int) -> Scenario:
    """The trunk fails every call for five minutes, twice."""
    hours = max(CHANGING_HOURS, day_hours(agents))
    third = hours * HOUR_S / 3
    times = ((third, third + 5 * MINUTE_S), (2 * third, 2 * third + 5 * MINUTE_S))
    return Scenario("trunk outage", agents, hours, Curve.flat(0.3), outages=times)


def inbound_wave(agents: int) -> Scenario:
    """Callers come in beside the calls: a tenth of the agents' work, three times that for an hour."""
    hours = max(CHANGING_HOURS, day_hours(agents))
    start = hours * HOUR_S / 3
    calm = 0.1 * agents * HOUR_S / 140
    wave = Curve(((start, calm), (start + 600, 3 * calm), (start + 3000, 3 * calm), (start + 3600, calm)))
    return Scenario("inbound wave", agents, hours, Curve.flat(0.3), inbound_per_hour=wave)


CHANGING: Final = (falling, list_switch, talk_doubles, lunch, outage, inbound_wave)


def all_scenarios(
    sizes: Iterable[int] = SIZES, changing_sizes: Iterable[int] = CHANGING_SIZES
) -> list[Scenario]:
    """Return every compared day: steady ones by size and rate, then changing ones by kind and size."""
    days = [steady(agents, rate) for agents in sizes for rate in RATES]
    return days + [make(agents) for make in CHANGING for agents in changing_sizes]
