"""How many agents a deadline takes: days played again with other numbers of agents.

Of the days that were played three are taken: an easy one, the middle one and a hard one. More agents are held
to be never worse. Where it takes many, one lead in so many is called by so many fewer agents: what an agent
gets done hardly depends on how many there are (with predictive pacing it does: it errs on the safe side).
Must not know how a day is played.
"""

from collections.abc import Callable, Sequence
from typing import Final

from campaigns.model import DialMode
from dialer.forecast.plan import NO_TIME, DayPlan
from dialer.forecast.play import Played
from dialer.forecast.result import Need
from dialer.forecast.window import MOST_AGENTS, Question, deadline

FULL: Final = frozenset({DialMode.PROGRESSIVE, DialMode.RATIO})
"""Modes whose days are played fast enough to look at three of them; else it is the middle one alone."""

ENOUGH: Final = 20
"""With so many agents a sample of the leads tells what all of them would, to one part in so many."""

STEP: Final = 12
"""The first step from a guess is one part in so many of it."""

Plays = Callable[[DayPlan, int, int, float | None], Played]
"""Plays a day of a plan with so many agents and a seed, up to a second of it or to its end."""


def needed(question: Question, plan: DayPlan, mode: DialMode, days: Sequence[Played], plays: Plays) -> Need:
    """Return how many agents it takes to have called by the deadline all who may be called before."""
    by = deadline(question, plan.day)
    until_s = plan.day.second(by)
    if not plan.callable:
        return Need(by, 0, 0, 0)
    if until_s <= 0:
        return Need(by, None, None, None)
    most = max(1, min(MOST_AGENTS, plan.roll.campaign.max_channels, plan.callable))
    chosen = _chosen(mode, sorted(days, key=lambda one: _hardness(one, plan.day.length_s)))
    guesses = [_guess(question.agents, one, plan, until_s) for one in chosen]
    one_in = max(1, min(most, max(guesses)) // ENOUGH)
    sample = plan.sample(one_in) if one_in > 1 else plan
    found: list[int | None] = []
    for one, guess in zip(chosen, guesses, strict=True):
        least = least_agents(
            _on(plays, sample, one.seed, until_s), round(guess / one_in), max(1, most // one_in)
        )
        found.append(None if least is None else min(most, least * one_in))
    found.sort(key=lambda agents: most + 1 if agents is None else agents)
    return Need(by, found[0], found[len(found) // 2], found[-1])


def _chosen(mode: DialMode, ordered: Sequence[Played]) -> list[Played]:
    """Return the days at a tenth, at the middle and at nine tenths, from easy to hard."""
    middle, edge = len(ordered) // 2, round(0.1 * (len(ordered) - 1))
    if mode not in FULL or len(ordered) < 3:
        return [ordered[middle]]
    return [ordered[edge], ordered[middle], ordered[-1 - edge]]


def _on(plays: Plays, plan: DayPlan, seed: int, until_s: float) -> Callable[[int], bool]:
    """Return what says whether so many agents are enough on the day of a seed."""

    def enough(agents: int) -> bool:
        return plays(plan, agents, seed, until_s).caught_up_s is not None

    return enough


def _hardness(one: Played, length_s: float) -> tuple[float, float]:
    """Order days from easy to hard: by when all were called, then by who was left for want of agents."""
    waiting = one.left.get(NO_TIME, 0)
    return (length_s if one.caught_up_s is None else one.caught_up_s), waiting


def _guess(agents: int, one: Played, plan: DayPlan, until_s: float) -> int:
    """Return a first guess: as many leads for each agent and hour as on the day that was played."""
    took_s = plan.day.length_s if one.caught_up_s is None else max(60.0, one.caught_up_s)
    handled = max(1, plan.callable - one.left.get(NO_TIME, 0))
    return max(1, round(agents * took_s / until_s * plan.callable / handled))


def least_agents(enough: Callable[[int], bool], guess: int, most: int) -> int | None:
    """Return the least number of agents that is enough, by steps from a guess and then by halves.

    None when ``most`` is not enough. More agents are taken to be never worse.
    """
    guess = min(max(1, guess), most)
    if enough(guess):
        low, high = _down(enough, guess)
    else:
        found = _up(enough, guess, most)
        if found is None:
            return None
        low, high = found
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


def _down(enough: Callable[[int], bool], high: int) -> tuple[int, int]:
    """Return two numbers, of which the lower (perhaps 0) is not enough and the higher is."""
    step = max(1, high // STEP)
    while high - step > 0 and enough(high - step):
        high, step = high - step, 2 * step
    return max(0, high - step), high


def _up(enough: Callable[[int], bool], low: int, most: int) -> tuple[int, int] | None:
    step = max(1, low // STEP)
    while low < most:
        high = min(most, low + step)
        if enough(high):
            return low, high
        low, step = high, 2 * step
    return None
