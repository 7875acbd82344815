"""One snapshot looked ahead: agents free and calls answered by each horizon, and the risk that follows.

Small teams are counted exactly, large ones by mean, variance and skew. Knows the snapshot and the tables; it
decides nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dialer.pacing.ages import Ages
from dialer.pacing.curves import HORIZONS, CallShape, Curves, Row
from dialer.pacing.delays import LAST_S as LAST_DELAY_S
from dialer.pacing.delays import age_index
from dialer.pacing.lifetimes import EDGES, bin_of
from dialer.pacing.packed import total, unpack
from dialer.pacing.risk import (
    EXACT_TERMS,
    ExactOutlook,
    NormalOutlook,
    Outlook,
    Spread,
    counts_of,
    none_left,
    tail_at_zero,
)
from dialer.pacing.snapshot import Leaving, OtherCalls, Snapshot

ARRIVAL_PARTS: Final = 4
"""Poisson arrivals in the exact count: so many chances for each expected arrival, and two more."""

LATER_EDGES: Final = tuple(map(float, EDGES[1:]))
LATER_SECONDS: Final = tuple(map(float, range(1, LAST_DELAY_S + 1)))
"""Where the bins of agents and of calls begin, but for the first one."""

JUDGED: Final = HORIZONS - 1
"""The horizons at which the next call is judged; the last one is for giving up."""


@dataclass(frozen=True, slots=True)
class Lookahead:
    """What is ahead of one snapshot. ``free_by`` counts busy agents only; ``soon_risk`` is asked rarely."""

    outlook: Outlook
    free_by: Row
    answered_by: Row
    soon_risk: Callable[[], float]


def look_ahead(
    snapshot: Snapshot,
    ages: Ages,
    curves: Curves,
    *,
    moment: float,
    human_share: float,
    inbound_rate: float,
    kept: int,
    rate_variance: float,
) -> Lookahead:
    """Return what is ahead.

    ``inbound_rate`` in callers per second; ``kept`` agents are held back for inbound callers;
    ``rate_variance`` is the relative variance of the answer rate; ``human_share`` of screened calls reach
    agents.
    """
    idle = snapshot.idle - snapshot.in_line - kept
    available, others = _leaving(snapshot.leaving, curves, idle, moment)
    screened: list[Row] = [(human_share,) * HORIZONS] * snapshot.screening
    screened += _of_others(snapshot.others, curves.shape, moment)
    terms = len(ages.talks) + len(ages.wrap_ups) + len(ages.calls) + len(others) + len(screened)
    if terms + max(0, idle) <= EXACT_TERMS:
        free = [curves.talks.rows[bin_of(age)] for age in ages.talks]
        free += [curves.wrap_ups.rows[bin_of(age)] for age in ages.wrap_ups]
        answered = [curves.calls.rows[age_index(age)] for age in ages.calls]
        arrivals = _arrivals(inbound_rate, curves.shape.moments_s) if inbound_rate > 1e-5 else []
        return _exactly(available, free + others, answered + screened + arrivals, curves.calls.new)
    sums_free = _sums(curves, ages, others)
    sums_answered = _call_sums(curves, ages, screened)
    for horizon, ahead in enumerate(curves.shape.moments_s):
        # Poisson: very many tiny chances, whose squares are nothing.
        sums_answered[horizon] += inbound_rate * ahead
    return _by_moments(available, sums_free, sums_answered, curves.calls.new, rate_variance)


def _of_others(others: Sequence[OtherCalls], shape: CallShape, moment: float) -> list[Row]:
    """Return the chances of other campaigns' calls: each at its own answer rate, with our delays."""
    return [
        shape.chances(age_index(moment - sent), other.answer_rate) for other in others for sent in other.sent
    ]


def _leaving(
    leaving: Sequence[Leaving], curves: Curves, idle: int, moment: float
) -> tuple[list[int], list[Row]]:
    """Return who is available per horizon, and the chances of busy agents who leave later than some."""
    available = [idle] * HORIZONS
    others: list[Row] = []
    for agent in leaving:
        stays = [moment + ahead < agent.until for ahead in curves.shape.moments_s]
        if agent.talk_since is None and agent.wrap_up_since is None:
            available = [count + stay for count, stay in zip(available, stays, strict=True)]
            continue
        if agent.talk_since is not None:
            row = curves.talks.rows[bin_of(moment - agent.talk_since)]
        else:
            assert agent.wrap_up_since is not None
            row = curves.wrap_ups.rows[bin_of(moment - agent.wrap_up_since)]
        others.append(tuple(chance * stay for chance, stay in zip(row, stays, strict=True)))
    return available, others


def _arrivals(rate: float, moments_s: Row) -> list[Row]:
    parts = int(ARRIVAL_PARTS * rate * max(moments_s)) + 2
    return [tuple(min(1.0, rate * ahead / parts) for ahead in moments_s)] * parts


def _exactly(available: Sequence[int], free: Sequence[Row], answered: Sequence[Row], new: Row) -> Lookahead:
    free_at = list(zip(*free, strict=True)) or [()] * HORIZONS
    answered_at = list(zip(*answered, strict=True)) or [()] * HORIZONS
    outlook = ExactOutlook(available[:JUDGED], free_at[:JUDGED], answered_at[:JUDGED], new[:JUDGED])

    def soon_risk() -> float:
        return none_left(available[JUDGED], counts_of(free_at[JUDGED]), counts_of(answered_at[JUDGED]))

    return Lookahead(outlook, tuple(map(sum, free_at)), tuple(map(sum, answered_at)), soon_risk)


def _sums(curves: Curves, ages: Ages, others: Sequence[Row]) -> list[float]:
    """Return, per horizon, the sums of the busy agents' chances and of their squares."""
    packed = total(curves.talks.packed, ages.talks, LATER_EDGES)
    packed += total(curves.wrap_ups.packed, ages.wrap_ups, LATER_EDGES)
    return _with_rows(unpack(packed, 2 * HORIZONS), others)


def _call_sums(curves: Curves, ages: Ages, screened: Sequence[Row]) -> list[float]:
    """Return the same sums for the calls in flight."""
    packed = total(curves.calls.packed, ages.calls, LATER_SECONDS)
    return _with_rows(unpack(packed, 2 * HORIZONS), screened)


def _with_rows(sums: list[float], rows: Sequence[Row]) -> list[float]:
    for row in rows:
        for horizon, chance in enumerate(row):
            sums[horizon] += chance
            sums[HORIZONS + horizon] += chance * chance
    return sums


def _by_moments(
    available: Sequence[int],
    free: Sequence[float],
    answered: Sequence[float],
    new: Row,
    rate_variance: float,
) -> Lookahead:
    spreads = []
    for horizon in range(HORIZONS):
        mean_free, squares_free = free[horizon], free[HORIZONS + horizon]
        mean_answered, squares_answered = answered[horizon], answered[HORIZONS + horizon]
        spreads.append(
            Spread(
                available[horizon] + mean_free - mean_answered,
                mean_free - squares_free + mean_answered - squares_answered,
                _third(mean_free, squares_free) - _third(mean_answered, squares_answered),
                mean_answered,
                new[horizon],
            )
        )
    soon = spreads[JUDGED]

    def soon_risk() -> float:
        return tail_at_zero(soon.mean, soon.variance, soon.third)

    return Lookahead(
        NormalOutlook(spreads[:JUDGED], rate_variance),
        tuple(free[:HORIZONS]),
        tuple(answered[:HORIZONS]),
        soon_risk,
    )


def _third(mean: float, squares: float) -> float:
    """Return the third central moment of a count of chances, as if all were their weighted mean.

    A chance q has q - 3 q^2 + 2 q^3; the sum of cubes hardly differs from squares x squares / mean.
    """
    return mean - 3 * squares + 2 * squares * squares / mean if mean > 0 else 0.0
