from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.even_rate import CATCH_UP_S, EvenRate, rate_window_s


def starts(rate: float, seconds: float, looks_every_s: float) -> list[float]:
    """Return when calls start if somebody looks so often and starts all that is allowed."""
    one, began = EvenRate(), []
    for step in range(round(seconds / looks_every_s)):
        moment = 1_000 + step * looks_every_s
        calls = one.allowed(moment, rate)
        one.sent(moment, calls, rate)
        began += [moment] * calls
    return began


@pytest.mark.parametrize("rate", [0.5, 1, 7, 30, 100])
def test_a_rate_is_kept_and_spread(rate: float) -> None:
    began = starts(rate, 20, 0.001)
    assert len(began) == pytest.approx(20 * rate, rel=0.02, abs=1)
    assert min(later - earlier for earlier, later in pairwise(began)) >= 1 / rate - 0.0011


def test_who_looks_late_still_keeps_the_rate() -> None:
    assert len(starts(30, 20, 0.05)) == pytest.approx(600, abs=3)


def test_the_first_call_goes_at_once_and_alone() -> None:
    assert EvenRate().allowed(0.0, 30) == 1


def test_what_was_not_used_is_not_made_up_for_in_a_burst() -> None:
    one = EvenRate()
    one.sent(100.0, 1, 30)
    assert one.allowed(700.0, 30) == int(CATCH_UP_S * 30) + 1
    one.sent(700.0, 4, 30)
    assert one.allowed(700.0, 30) == 0


def test_it_says_how_long_to_wait() -> None:
    one = EvenRate()
    assert one.wait_s(5.0) == 0
    one.sent(5.0, 1, 4)
    assert one.wait_s(5.1) == pytest.approx(0.15)
    assert one.allowed(5.2499, 4) == 0
    assert one.allowed(5.2501, 4) == 1
    assert one.wait_s(9.0) == 0


def test_a_look_without_a_call_spends_nothing() -> None:
    one = EvenRate()
    one.sent(5.0, 0, 4)
    assert one.wait_s(5.0) == 0


@given(
    st.floats(0.1, 500),
    st.lists(st.floats(0, 2), min_size=1, max_size=60),
)
def test_no_second_ever_sees_more_than_the_rate_and_what_may_be_caught_up(
    rate: float, gaps: list[float]
) -> None:
    one, moment, began = EvenRate(), 0.0, []
    for gap in gaps:
        moment += gap
        calls = one.allowed(moment, rate)
        one.sent(moment, calls, rate)
        began += [moment] * calls
    for first in began:
        assert sum(first <= each < first + 1 for each in began) <= rate * (1 + CATCH_UP_S) + 2


@pytest.mark.parametrize(("rate", "window_s"), [(0.1, 10.0), (0.5, 2.0), (1.0, 1.0), (50.0, 1.0)])
def test_a_rate_below_one_is_counted_over_more_than_a_second(rate: float, window_s: float) -> None:
    assert rate_window_s(rate) == pytest.approx(window_s)
