"""The look-up tables of a decision, built from a memory when they are stale and never all at once.

Here answers that came are weighed against those expected, and a change of the answer rate is called. It reads
ages of talks and calls, and returns a new memory; it decides no calls and learns no facts.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dialer.pacing.ages import Ages
from dialer.pacing.answer_rate import AnswerPace, clipped
from dialer.pacing.curves import AgentCurves, CallShape, Curves, free_by_of
from dialer.pacing.delays import age_indexes
from dialer.pacing.lifetimes import Hazards, Lived
from dialer.pacing.memory import Memory, Truth
from dialer.pacing.tempo import Tempo

STALE_S: Final = 5.0
"""Tables older than this are built anew when something was learned since."""

OVERDUE: Final = 1.5
"""A decision that has weighed the answers builds a table too only if it is this much older than it may be."""

SHAPE_STALE_S: Final = 30.0
"""How old the delays' shape may grow; delays change slowly."""

OPENING_S: Final = 30.0
"""How long the first calls take to end, whichever way; before, their outcomes mislead."""

SETTLED_S: Final = 90.0
"""How long after the first decision the calls of the opening burst are no fair test of the delays."""

LOOK_EVERY_S: Final = 1.0
"""How often answers that came are weighed against those expected."""

RATE_STEP: Final = 0.03
"""A relative change of the answer rate above this is taken into the tables at once."""

LEAST_LEARNED: Final = 40
"""Before so many answers, or ends of talks, their pace against the tables means nothing."""


def with_curves(memory: Memory, ages: Ages, connect_limit_s: float, moment: float) -> Memory:
    """Return the memory with tables fit for a decision; the very same one while they still are.

    At most one table by age is built anew in one call, so that no decision waits for all of them.
    """
    if memory.known:
        return memory
    if memory.curves is None:
        return _begun(memory, ages, connect_limit_s, moment)
    curves, overdue = memory.curves, 1.0
    if moment - memory.looked_at >= LOOK_EVERY_S:
        memory, curves = _looked(memory, curves, ages, moment)
        overdue = OVERDUE
    if _has_ended(memory) and moment - memory.shaped_at >= overdue * _shape_stale_s(memory):
        shape = _shape(memory, ages)
        return _due_anew(replace(memory, shaped_at=moment), curves.reshaped(shape), ages)
    if memory.talk_hazards is not None:
        return _talks_anew(memory, curves, memory.talk_hazards, connect_limit_s)
    if moment - memory.talks_at >= overdue * _agents_stale_s(memory.talk_tempo):
        return _talks_weighed(memory, ages, moment)
    if moment - memory.wrap_ups_at >= overdue * _agents_stale_s(memory.wrap_up_tempo):
        return _wrap_ups_anew(memory, curves, ages, connect_limit_s, moment)
    return memory


def _begun(memory: Memory, ages: Ages, limit_s: float, moment: float) -> Memory:
    """Build all tables for the first decision."""
    opening = OPENING_S if memory.delays.learned < LEAST_LEARNED else 0.0
    shape = _shape(memory, ages)
    talk = memory.talks.hazards(Lived.of(ages.talks))
    wrap_up = memory.wrap_ups.hazards(Lived.of(ages.wrap_ups))
    memory = replace(
        memory,
        wrap_up_hazards=wrap_up,
        began_at=moment,
        opening_until=moment + opening,
        shaped_at=moment,
        looked_at=moment,
        talks_at=moment,
        wrap_ups_at=moment,
    )
    return _due_anew(memory, Curves.of(shape, talk, wrap_up, memory.answer_rate.rate, limit_s), ages)


def _due_anew(memory: Memory, curves: Curves, ages: Ages) -> Memory:
    """Return the memory with new curves, and the pace of answers measured by them."""
    due = curves.calls.expected_of((*ages.calls, *ages.reserved_calls))
    return replace(memory, curves=curves, answer_pace=replace(memory.answer_pace, due=due))


def _shape(memory: Memory, ages: Ages) -> CallShape:
    return CallShape.of(*memory.delays.shares(age_indexes((*ages.calls, *ages.reserved_calls))))


def _talks_weighed(memory: Memory, ages: Ages, moment: float) -> Memory:
    """Weigh the ends of talks; their table follows at the next decision, so that none pays for both."""
    tempo, hazards = memory.talk_tempo.rebuilt(memory.talks, ages.talks, settled=_settled(memory, moment))
    return replace(memory, talk_tempo=tempo, talk_hazards=hazards, talks_at=moment)


def _talks_anew(memory: Memory, curves: Curves, talk: Hazards, limit_s: float) -> Memory:
    """Build the table of talks, which rests on wrap-ups too."""
    wrap_up = memory.wrap_up_hazards
    assert wrap_up is not None
    talks = AgentCurves.of_talks(talk, wrap_up, free_by_of(curves.shape, limit_s))
    return replace(memory, curves=replace(curves, talks=talks), talk_hazards=None)


def _wrap_ups_anew(memory: Memory, curves: Curves, ages: Ages, limit_s: float, moment: float) -> Memory:
    """Build the table of wrap-ups."""
    settled = _settled(memory, moment)
    tempo, hazards = memory.wrap_up_tempo.rebuilt(memory.wrap_ups, ages.wrap_ups, settled=settled)
    wrap_ups = AgentCurves.of_wrap_ups(hazards, free_by_of(curves.shape, limit_s))
    return replace(
        memory,
        curves=replace(curves, wrap_ups=wrap_ups),
        wrap_up_tempo=tempo,
        wrap_up_hazards=hazards,
        wrap_ups_at=moment,
    )


def _settled(memory: Memory, moment: float) -> bool:
    """Say whether the opening burst, in which all talks began at once, is over."""
    return moment >= memory.began_at + 3 * SETTLED_S


def _agents_stale_s(tempo: Tempo) -> float:
    """Return how old a table of agents may be: with no end since, running ones only grew older."""
    return STALE_S if tempo.ended_s else 6 * STALE_S


def _looked(memory: Memory, curves: Curves, ages: Ages, moment: float) -> tuple[Memory, Curves]:
    """Weigh the answers that came, and take a moved rate into the tables.

    When the pace of answers shows a change, the rate starts anew from it.
    """
    in_flight = (*ages.calls, *ages.reserved_calls)
    indexes = age_indexes(in_flight)
    calls, answer_rate = len(indexes), memory.answer_rate
    pace = memory.answer_pace.looked(curves.calls.expected_of(in_flight))
    if memory.delays.learned < LEAST_LEARNED or moment < memory.began_at + SETTLED_S:
        # With delays hardly known, wrong ones would pass for a change of the rate.
        pace = AnswerPace(due=pace.due)
    factor = pace.factor(answer_rate.relative_variance(curves.calls.rate), calls * curves.calls.rate)
    if factor is not None:
        weight = pace.expected / curves.calls.rate
        curves = curves.at_rate(clipped(curves.calls.rate * factor))
        hoped = _sum(curves.calls.hope, indexes)
        answer_rate = answer_rate.changed(curves.calls.rate, weight, hoped, calls)
        pace = AnswerPace(due=curves.calls.expected_of(in_flight))
    else:
        rate = answer_rate.with_in_flight(_sum(curves.calls.hope, indexes), calls)
        if abs(rate - curves.calls.rate) > RATE_STEP * curves.calls.rate:
            curves = curves.at_rate(rate)
            pace = replace(pace, due=curves.calls.expected_of(in_flight))
    memory = replace(
        memory, answer_rate=answer_rate, answer_pace=pace, curves=curves, looked_at=moment, in_flight=calls
    )
    return memory, curves


def _sum(row: Sequence[float], indexes: Sequence[int]) -> float:
    return sum(map(row.__getitem__, indexes))


def _has_ended(memory: Memory) -> bool:
    """Say whether any call has ended since the delays' shape was built; with a single agent few do."""
    as_of = memory.delays.as_of
    return as_of is not None and as_of >= memory.shaped_at


def _shape_stale_s(memory: Memory) -> float:
    """Return how old the delays' shape may be: it moves fast while little is known."""
    return STALE_S if memory.delays.learned < 10 * LEAST_LEARNED else SHAPE_STALE_S


def knowing(memory: Memory, truth: Truth, connect_limit_s: float) -> Memory:
    """Return a memory with tables of the truth, which it will not change."""
    shape = CallShape.of(truth.reached, truth.missed)
    curves = Curves.of(shape, truth.talk, truth.wrap_up, truth.answer_rate, connect_limit_s)
    return replace(memory, known=truth, curves=curves)
