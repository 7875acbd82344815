"""The answer rate and its test for change."""

from random import Random

import pytest

from dialer.pacing.answer_rate import WINDOW_CALLS, AnswerPace, AnswerRate, window_of


def stream(rate: AnswerRate, share: float, calls: int, source: Random, moment: float = 0.0) -> AnswerRate:
    for number in range(calls):
        answered = source.random() < share
        rate = rate.after(float(answered), 11.0 if answered else 25.0, moment + number, 20)
    return rate


def test_the_rate_is_found_and_its_uncertainty_shrinks() -> None:
    before = AnswerRate.believed(0.5)
    after = stream(before, 0.15, 3000, Random(1))
    assert after.rate == pytest.approx(0.15, abs=0.03)
    assert after.relative_variance(after.rate) < before.relative_variance(0.15) / 10


def test_calls_in_flight_correct_a_burst_in_which_the_answers_came_first() -> None:
    # 1000 calls at 15 %: all 150 answered, 50 quick misses, 800 still ring and none of them will answer.
    rate = AnswerRate.believed(0.15, 1.0)
    for _ in range(150):
        rate = rate.after(1.0, 11.0, 20.0, 1000)
    for _ in range(50):
        rate = rate.after(0.0, 5.0, 20.0, 1000)
    assert rate.rate > 0.7
    assert rate.with_in_flight(0.0, 800) == pytest.approx(0.15, abs=0.01)


def test_calls_of_an_agent_alone_are_remembered_until_a_long_silence() -> None:
    rate = AnswerRate.believed(0.3)
    for number in range(3000):
        # One call in a minute, up to eight in flight: by the time alone some twenty would be remembered.
        rate = rate.after(float(number % 5 == 0), 11.0, 60.0 * number, 8)
    assert rate.calls > 0.9 * WINDOW_CALLS
    assert rate.rate == pytest.approx(0.2, abs=0.01)
    silent = rate.after(0.0, 27.0, 60.0 * 3000 + 5 * window_of(8), 8)
    assert silent.calls < 0.02 * WINDOW_CALLS


def paced(true_share: float, believed: float, expected: float, seed: int) -> float | None:
    """Let so many answers be expected, a few at a time, and return the factor found first."""
    source, pace = Random(seed), AnswerPace()
    for _ in range(int(expected * 10)):
        pace = pace.one_ended(0.1, answered=source.random() < 0.1 * true_share / believed).looked(0.0)
        if (factor := pace.factor(0.0, 1.0)) is not None:
            return factor
    return None


def test_a_rate_that_triples_or_falls_to_a_third_is_seen() -> None:
    for seed in range(5):
        more, less = paced(0.45, 0.15, 60, seed), paced(0.15, 0.45, 60, seed)
        assert more is not None
        assert more > 1.5
        assert less is not None
        assert less < 0.67


def test_chance_alone_is_seldom_called_a_change() -> None:
    alarms = sum(paced(0.15, 0.15, 100, seed) is not None for seed in range(30))
    assert alarms <= 5


def test_running_calls_count_only_once() -> None:
    pace = AnswerPace().looked(2.0).looked(3.0)
    assert pace.expected == pytest.approx(2.0 * (1 - 1.0 / 30) + 1.0)
    ended = pace.one_ended(3.0, answered=True).looked(0.0)
    assert ended.expected == pytest.approx(pace.expected)
    assert ended.came == 1


def test_a_change_forgets_what_was_before() -> None:
    rate = stream(AnswerRate.believed(0.15), 0.15, 2000, Random(1))
    changed = rate.changed(0.45, 60.0, 4.0, 12)
    assert changed.with_in_flight(4.0, 12) == pytest.approx(0.45, abs=0.01)
    assert changed.calls == 60.0
    assert changed.changes == rate.changes + 1


def test_plain_data_brings_the_counts_back() -> None:
    rate = stream(AnswerRate.believed(0.3), 0.2, 500, Random(2))
    assert AnswerRate.from_plain(rate.to_plain()).rate == pytest.approx(rate.rate)
