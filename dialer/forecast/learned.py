"""Where figures come from: what pacing learned, else the campaign's own attempts, else what is usual.

Each figure takes the first source that has any evidence, and says which one it was and how much. Pure.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any, Final

from campaigns.model import Campaign, Disposition
from dialer.forecast.figures import SETUP_S, Knowledge, Origin, Rate, Spell
from dialer.forecast.ports import SeenAttempt
from dialer.pacing.delays import DelayTable
from dialer.pacing.lifetimes import EDGES, WIDTHS, LifeTable
from dialer.pacing.memory import Memory
from dialer.pacing.shelf import hour_of

SHELF: Final = "what pacing learned"
ATTEMPTS: Final = "this campaign's attempts"
SETTING: Final = "the campaign's setting"
USUAL: Final = "what is usual"

ATTEMPTS_READ: Final = 20_000
"""So many of the newest attempts are looked at."""

LEAST: Final = 20
"""Fewer answers, talks or calls than this are no source of their own."""

USUAL_RATE: Final = Rate(3.6, 12.0)
USUAL_MACHINES: Final = Rate(0.5, 10.0)
USUAL_TALK: Final = Spell(120.0, 0.9, 4.0)
USUAL_RING: Final = Spell(9.0, 0.55, 4.0)
USUAL_MISSES: Final[Mapping[Disposition, float]] = {
    Disposition.NO_ANSWER: 0.70,
    Disposition.BUSY: 0.12,
    Disposition.UNREACHABLE: 0.10,
    Disposition.REJECTED: 0.05,
    Disposition.BAD_NUMBER: 0.03,
}
"""Before anything was seen: the weight of a dozen calls, and wide ranges."""

USUAL_WEIGHT: Final = 5.0
"""What is usual of misses weighs like so many of them."""

TAKEN: Final = frozenset({Disposition.CONNECTED, Disposition.ABANDONED, Disposition.MACHINE})
"""Answered, and in need of an agent."""

MISSED: Final = frozenset({*USUAL_MISSES, Disposition.HUNG_UP_EARLY})


@dataclass(frozen=True, slots=True)
class Seen:
    """A campaign's attempts, added up. Hours are those of UTC."""

    answers: Rate
    machines: Rate
    by_list: Mapping[int, Rate]
    by_hour: Mapping[int, Rate]
    misses: Mapping[Disposition, int]
    rings_s: Sequence[float]
    talks_s: Sequence[float]


def seen_in(attempts: Sequence[SeenAttempt]) -> Seen:
    """Add up attempts; those that say nothing about customers (our lines, our giving up) are left out."""
    telling = [one for one in attempts if one.disposition in TAKEN or one.disposition in MISSED]
    taken = [one for one in telling if one.disposition in TAKEN]
    machines = sum(one.disposition is Disposition.MACHINE for one in taken)
    return Seen(
        Rate(len(taken), len(telling)),
        Rate(machines, len(taken)),
        _rates(telling, lambda one: one.list_id),
        _rates(telling, lambda one: one.at.hour),
        Counter(one.disposition for one in telling if one.disposition in MISSED),
        [one.ring_ms / 1000 for one in taken if one.ring_ms is not None],
        [
            one.talk_ms / 1000
            for one in taken
            if one.talk_ms is not None and one.disposition is Disposition.CONNECTED
        ],
    )


def _rates(attempts: Sequence[SeenAttempt], key: Callable[[SeenAttempt], int]) -> dict[int, Rate]:
    calls = Counter(map(key, attempts))
    answers = Counter(key(one) for one in attempts if one.disposition in TAKEN)
    return {name: Rate(answers[name], count) for name, count in calls.items()}


@dataclass(frozen=True, slots=True)
class Shelf:
    """What pacing learned in a campaign: its newest memory, and the rates of hours."""

    memory: Memory
    by_hour: Mapping[int, Rate]


def shelf_of(campaign_id: int, learned: Mapping[str, Mapping[str, Any]]) -> Shelf | None:
    """Read what pacing left under the names of ``dialer.pacing.shelf``; None when it left nothing of use."""
    memories: dict[str, Memory] = {}
    for name, plain in learned.items():
        try:
            memories[name] = Memory.from_plain(plain)
        except (KeyError, ValueError, TypeError):
            continue  # another version's; the attempts will do
    newest = memories.get(str(campaign_id))
    if newest is None:
        return None
    by_hour: dict[int, Rate] = {}
    for name, memory in memories.items():
        hour = hour_of(name)
        if hour is not None:
            rate = Rate(memory.answer_rate.answers, memory.answer_rate.calls)
            by_hour[hour] = by_hour.get(hour, Rate(0.0, 0.0)).plus(rate)
    return Shelf(newest, by_hour)


def knowledge(campaign: Campaign, attempts: Sequence[SeenAttempt], shelf: Shelf | None) -> Knowledge:
    """Return all that is known about a campaign's calls, each figure with its origin."""
    seen = seen_in(attempts)
    answers, by_list, by_hour, answer_origin = _answers(seen, shelf)
    talk, talk_origin = _talk(seen, shelf)
    ring, ring_origin = _ring(seen, shelf)
    wrap_up, wrap_up_origin = _wrap_up(campaign, shelf)
    known = seen.machines.calls >= LEAST
    return Knowledge(
        answers=answers,
        machines=seen.machines if known else seen.machines.plus(USUAL_MACHINES),
        misses=_misses(seen),
        ring=ring,
        talk=talk,
        wrap_up=wrap_up,
        by_list=by_list,
        by_hour=by_hour,
        origins=(
            answer_origin,
            Origin("machines", ATTEMPTS if known else USUAL, int(seen.machines.calls)),
            ring_origin,
            talk_origin,
            wrap_up_origin,
        ),
    )


def _answers(seen: Seen, shelf: Shelf | None) -> tuple[Rate, Mapping[int, Rate], Mapping[int, Rate], Origin]:
    name = "answer rate"
    if shelf is not None and shelf.memory.answer_rate.calls >= LEAST:
        hours = list(shelf.by_hour.values())
        rate = shelf.memory.answer_rate
        overall = Rate(rate.answers, rate.calls)
        for hour in hours:
            overall = overall.plus(hour)
        return overall, seen.by_list, shelf.by_hour, Origin(name, SHELF, round(overall.calls))
    if seen.answers.calls >= LEAST:
        return seen.answers, seen.by_list, seen.by_hour, Origin(name, ATTEMPTS, int(seen.answers.calls))
    return seen.answers.plus(USUAL_RATE), {}, {}, Origin(name, USUAL, int(seen.answers.calls))


def _misses(seen: Seen) -> Mapping[Disposition, float]:
    """Count misses, what is usual weighing like a few."""
    counted = {kind: seen.misses.get(kind, 0) + USUAL_WEIGHT * USUAL_MISSES.get(kind, 0.0) for kind in MISSED}
    return {kind: count for kind, count in counted.items() if count}


def _talk(seen: Seen, shelf: Shelf | None) -> tuple[Spell, Origin]:
    if shelf is not None and shelf.memory.talks.learned >= LEAST:
        return _spell(moments_of_life(shelf.memory.talks), shelf.memory.talks.learned, "talk time", SHELF)
    if len(seen.talks_s) >= LEAST:
        return _spell(_moments(seen.talks_s), len(seen.talks_s), "talk time", ATTEMPTS)
    return USUAL_TALK, Origin("talk time", USUAL, len(seen.talks_s))


def _ring(seen: Seen, shelf: Shelf | None) -> tuple[Spell, Origin]:
    name = "time to the answer"
    if shelf is not None and shelf.memory.delays.learned >= LEAST:
        return _spell(moments_of_delays(shelf.memory.delays), shelf.memory.delays.learned, name, SHELF)
    if len(seen.rings_s) >= LEAST:
        return _spell(_moments(seen.rings_s), len(seen.rings_s), name, ATTEMPTS)
    return USUAL_RING, Origin(name, USUAL, len(seen.rings_s))


def _wrap_up(campaign: Campaign, shelf: Shelf | None) -> tuple[Spell, Origin]:
    if shelf is not None and shelf.memory.wrap_ups.learned >= LEAST:
        learned = shelf.memory.wrap_ups
        return _spell(moments_of_life(learned), learned.learned, "wrap-up", SHELF)
    # Attempts do not tell when the agent was ready again; the campaign ends a wrap-up after so long.
    return Spell(campaign.wrap_up_s, 0.0, None), Origin("wrap-up", SETTING, 0)


def _spell(moments: tuple[float, float], seen: float, name: str, source: str) -> tuple[Spell, Origin]:
    mean, variance = moments
    mean = max(0.5, mean)
    variation = min(3.0, sqrt(max(0.0, variance)) / mean)
    return Spell(mean, variation, seen), Origin(name, source, int(seen))


def _moments(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and variance."""
    mean = sum(values) / len(values)
    return mean, sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)


def moments_of_life(table: LifeTable) -> tuple[float, float]:
    """Return mean and variance of a life table: a constant hazard within each bin, the last one open."""
    rates = table.hazards().rate
    alive, mean, square = 1.0, 0.0, 0.0
    for number, (edge, width, rate) in enumerate(zip(EDGES, WIDTHS, rates, strict=True)):
        ends = 1.0 if number == len(rates) - 1 else 1 - exp(-rate * width)
        # Of one who is alive at the edge: E[min(T, width)] and E[min(T, width)²] past it.
        first = (1 / rate) if ends == 1.0 else ends / rate
        second = 2 / rate**2 if ends == 1.0 else 2 / rate * (ends / rate - width * (1 - ends))
        mean += alive * first
        square += alive * (2 * edge * first + second)
        alive *= 1 - ends
    return mean, square - mean * mean


def moments_of_delays(table: DelayTable) -> tuple[float, float]:
    """Return mean and variance of the time from the first ring to the answer."""
    total = sum(table.reached)
    middles = [max(0.5, second + 0.5 - SETUP_S) for second in range(len(table.reached))]
    mean = sum(map(float.__mul__, middles, table.reached)) / total
    square = (
        sum(middle * middle * count for middle, count in zip(middles, table.reached, strict=True)) / total
    )
    return mean, square - mean * mean
