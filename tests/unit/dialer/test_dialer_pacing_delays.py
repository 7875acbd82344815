"""Delays of calls, learned from ended ones and those in flight without bias."""

from dataclasses import replace
from random import Random

import pytest

from dialer.pacing.delays import NONE, WINDOW_CALLS, DelayTable, quantile, share_by


def outcome(source: Random) -> tuple[bool, float]:
    """15 % answer after 4 to 18 s; of the others a fifth fails within 8 s, the rest rings out at 27 s."""
    if source.random() < 0.15:
        return True, source.uniform(4, 18)
    return False, source.uniform(2, 8) if source.random() < 0.2 else 27.0


def learned(
    table: DelayTable, calls: list[tuple[float, bool, float]], now: float
) -> tuple[DelayTable, list[int]]:
    """Return the table after all that ended by ``now``, ordered by their ends, and the ages in flight."""
    ended = sorted((sent + delay, delay, answered) for sent, answered, delay in calls if sent + delay <= now)
    for moment, delay, answered in ended:
        table = table.one_reached(delay, moment) if answered else table.one_missed(delay, moment)
    return table, [int(now - sent) for sent, _, delay in calls if sent + delay > now]


@pytest.mark.parametrize("now", [9.0, 15.0, 26.0, 60.0])
def test_a_burst_teaches_nothing_wrong_at_any_moment(now: float) -> None:
    source = Random(3)
    calls = [(0.0, *outcome(source)) for _ in range(6000)]
    table, in_flight = learned(DelayTable.believed(25.0, 0.3), calls, now)
    reached, missed = table.shares(in_flight)
    quick = missed[8] if now >= 9 else 0.2
    assert quick == pytest.approx(0.2, abs=0.06)
    if now >= 26:
        assert reached[11] == pytest.approx(0.5, abs=0.05)


def test_where_nobody_ever_missed_a_call_all_misses_are_still_to_come() -> None:
    table = replace(DelayTable.believed(25.0, 0.3), missed=NONE)
    reached, missed = table.shares()
    assert reached[-1] == 1.0
    assert (share_by(missed, 20.0), share_by(missed, 100.0)) == (0.0, 1.0)


def test_a_steady_stream_gives_the_true_shares() -> None:
    source = Random(4)
    calls = [(0.1 * number, *outcome(source)) for number in range(20_000)]
    table, in_flight = learned(DelayTable.believed(25.0, 0.3), calls, 2000.0)
    reached, missed = table.shares(in_flight)
    assert reached[11] == pytest.approx(0.5, abs=0.03)
    assert missed[9] == pytest.approx(0.2, abs=0.02)
    assert reached[-1] == pytest.approx(1.0)
    assert missed[-1] == pytest.approx(1.0)


def test_calls_given_up_do_not_shift_the_shares() -> None:
    source, table = Random(5), DelayTable.believed(25.0, 0.3)
    for number in range(8000):
        answered, delay = outcome(source)
        if delay > 17 and source.random() < 0.5:
            table = table.one_given_up(17.0, number)
        elif answered:
            table = table.one_reached(delay, number)
        else:
            table = table.one_missed(delay, number)
    _, missed = table.shares()
    assert missed[9] == pytest.approx(0.2, abs=0.03)


def test_weights_stay_finite_over_weeks() -> None:
    table = DelayTable.believed(25.0, 0.3)
    for day in range(60):
        table = table.one_reached(8.0, day * 86_400.0).one_missed(27.0, day * 86_400.0 + 5)
    reached, missed = table.shares()
    assert reached[9] > 0.99
    assert missed[26] < 0.01


def test_plain_data_brings_the_table_back() -> None:
    table = DelayTable.believed(25.0, 0.3).one_reached(7.0, 5.0).one_missed(27.0, 9.0).one_given_up(17.0, 9.0)
    again = DelayTable.from_plain(table.to_plain())
    for ours, theirs in zip(table.shares(), again.shares(), strict=True):
        assert theirs == pytest.approx(ours, abs=1e-4)
    with pytest.raises(ValueError, match="other bins"):
        DelayTable.from_plain({**table.to_plain(), "missed": [1.0]})
    with pytest.raises(ValueError, match="empty"):
        DelayTable.from_plain({**table.to_plain(), "missed": [0.0] * 61})


def test_shares_between_seconds_and_quantiles_are_inverse() -> None:
    shares = [0.0, 0.0, 0.25, 0.75, 1.0]
    assert share_by(shares, -1) == 0.0
    assert share_by(shares, 2.5) == pytest.approx(0.5)
    assert share_by(shares, 99) == 1.0
    for level in (0.125, 0.5, 0.9):
        assert share_by(shares, quantile(shares, level)) == pytest.approx(level)


def test_the_delays_of_an_agent_alone_are_remembered_by_calls() -> None:
    source, table = Random(5), DelayTable.believed(25.0, 0.15)
    for number in range(4000):
        answered, delay = outcome(source)
        moment = 60.0 * number
        table = table.one_reached(delay, moment) if answered else table.one_missed(delay, moment)
    evidence = (sum(table.reached) + sum(table.missed)) / table.weight
    assert evidence == pytest.approx(WINDOW_CALLS, rel=0.05)
