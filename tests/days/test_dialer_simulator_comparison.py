"""Pacers side by side: knobs closed in on in hindsight, intervals over seeds."""

import json

import pytest

from dialer.simulator.comparison import (
    GRIDS,
    PACERS,
    Day,
    next_knobs,
    pooled_spread,
    run_day,
    spread_of,
)
from dialer.simulator.figures import Tally
from dialer.simulator.scenarios import steady


@pytest.mark.parametrize("pacer", ["ratio", "oracle"])
@pytest.mark.parametrize("place", range(-1, 12))
def test_closing_in_tries_both_neighbours_of_the_cap_and_nothing_twice(pacer: str, place: int) -> None:
    grid = GRIDS[pacer]
    place = min(place, len(grid) - 1)
    shares: dict[float | None, float] = {}
    while knobs := next_knobs(pacer, shares):
        (knob,) = knobs
        assert knob is not None
        assert knob not in shares
        shares[knob] = 0.02 if grid.index(knob) <= place else 0.04
    assert place < 0 or grid[place] in shares
    assert place + 1 >= len(grid) or grid[place + 1] in shares


def test_a_knob_that_does_not_rise_is_tried_out_and_none_is_run_once() -> None:
    assert tuple(next_knobs("adaptive-best", {})) == GRIDS["adaptive-best"]
    assert tuple(next_knobs("predictive", {})) == (None,)
    assert not next_knobs("predictive", {None: 0.9})
    assert set(GRIDS) < set(PACERS)


def test_the_interval_is_that_of_students_t() -> None:
    assert spread_of([0.9]) == 0.0
    # Two values: 12.71 times the deviation over the root of two.
    assert spread_of([0.90, 0.92]) == pytest.approx(0.1271)
    assert spread_of([0.9, 0.9, 0.9]) == 0.0


def test_few_days_of_several_scenarios_tell_their_variance_together() -> None:
    alike = [[0.90, 0.92], [0.50, 0.52], [0.70, 0.72]]
    # Three degrees of freedom: 3.18 times the same deviation.
    assert pooled_spread(alike, 2) == pytest.approx(3.18 * 0.01414214 / 2**0.5, rel=1e-4)
    assert pooled_spread(alike, 8) == pytest.approx(pooled_spread(alike, 2) / 2)
    assert pooled_spread([[0.9], [0.5]], 1) == 0.0


def test_a_tally_comes_back_from_plain_data_without_its_stopwatch() -> None:
    tally = run_day(Day(steady(3, 0.3, 0.05), "predictive", None, 1), lambda: 0.0)
    assert tally.decision_us
    back = Tally.from_plain(json.loads(json.dumps(tally.to_plain())))
    tally.decision_us = []
    assert back == tally


@pytest.mark.parametrize("rate", [0.15, 0.6])
def test_an_oracle_that_recalls_what_it_decided_lives_the_same_day(
    rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(steady(2, rate, 0.5), "oracle", 0.07, 3)
    recalled = run_day(day)
    monkeypatch.setattr("dialer.simulator.rivals.RECALLED_AGENTS", 0)
    assert run_day(day) == recalled
