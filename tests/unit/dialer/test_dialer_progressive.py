"""Progressive pacing: the least of agents, channels and rate, and the figure that decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from dialer.pacing.progressive import Limits, Snapshot, calls_to_start, rate_window_s


@pytest.mark.parametrize(
    ("snapshot", "limits", "calls", "bound"),
    [
        (Snapshot(3, 0, 0, 0), Limits(10, 10), 3, "no ready agent"),
        (Snapshot(3, 2, 0, 0), Limits(10, 10), 1, "no ready agent"),
        (Snapshot(3, 5, 0, 0), Limits(10, 10), 0, "no ready agent"),
        (Snapshot(9, 0, 8, 0), Limits(10, 10), 2, "channels"),
        (Snapshot(9, 0, 12, 0), Limits(10, 10), 0, "channels"),
        (Snapshot(9, 0, 0, 3), Limits(10, 5.9), 2, "calls per second"),
        (Snapshot(9, 0, 0, 0), Limits(10, 0.2), 1, "calls per second"),
        (Snapshot(9, 0, 0, 1), Limits(10, 0.2), 0, "calls per second"),
    ],
)
def test_the_least_bound_decides_and_says_so(
    snapshot: Snapshot, limits: Limits, calls: int, bound: str
) -> None:
    decision = calls_to_start(snapshot, limits)
    assert (decision.calls, decision.bound, decision.snapshot) == (calls, bound, snapshot)


@pytest.mark.parametrize(("rate", "window_s"), [(0.1, 10.0), (0.5, 2.0), (1.0, 1.0), (50.0, 1.0)])
def test_a_rate_below_one_is_counted_over_more_than_a_second(rate: float, window_s: float) -> None:
    assert rate_window_s(rate) == pytest.approx(window_s)


COUNTS = st.integers(0, 50)


@examples(200)
@given(st.builds(Snapshot, COUNTS, COUNTS, COUNTS, COUNTS), st.integers(1, 50), st.floats(0.1, 50))
def test_no_bound_is_ever_passed(snapshot: Snapshot, channels: int, rate: float) -> None:
    calls = calls_to_start(snapshot, Limits(channels, rate)).calls
    assert calls >= 0
    assert calls == 0 or calls <= snapshot.ready_agents - snapshot.waiting_inbound
    assert calls == 0 or calls + snapshot.calls_in_flight <= channels
    assert calls == 0 or (calls + snapshot.sent_in_window) <= max(1.0, rate)
