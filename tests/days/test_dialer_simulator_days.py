"""Days in the simulated world: pacing against theory and rivals, in breaks and outages."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dialer.simulator.comparison import CAP, RATIO_GRID, Day, judged_row, row_of, run_day
from dialer.simulator.figures import Tally, figures_of
from dialer.simulator.scenario import Break
from dialer.simulator.scenarios import lunch, outage, steady


def test_the_same_seed_gives_the_same_day_and_another_one_another() -> None:
    def figures(seed: int) -> object:
        return figures_of([run_day(Day(steady(5, 0.3, 0.05), "predictive", None, seed))])

    assert figures(1) == figures(1)
    assert figures(1) != figures(2)


def test_progressive_abandons_nobody_and_is_busy_as_theory_says() -> None:
    figures = figures_of([run_day(Day(steady(20, 0.3, 6.0), "progressive", None, 1))])
    assert figures.abandoned_share == 0.0
    # H / (H + D / p): 140 s of handling, 11 s to an answer, 22.6 s to a miss.
    attempt = 0.3 * 11.0 + 0.7 * (0.2 * 5.0 + 0.8 * 27.0)
    assert figures.occupancy == pytest.approx(140 / (140 + attempt / 0.3), abs=0.015)


def test_time_is_talk_wrap_up_or_idle_and_never_more_than_logged_in() -> None:
    day = lunch(10)
    tally = run_day(Day(day, "ratio", 1.5, 3))
    assert tally.talk_s + tally.wrap_up_s < tally.logged_in_s
    assert tally.logged_in_s == pytest.approx(10 * day.length_s - 10 * 1800, rel=0.01)
    assert tally.answered == tally.connected + tally.abandoned


def test_who_says_when_he_leaves_takes_fewer_answered_calls_with_him() -> None:
    # At an accepted risk that nothing moves; most of a team goes at once, and comes back a minute later.
    lost = []
    for notice_s in (0.0, 60.0):
        walks = tuple(Break(240.0 + 240.0 * number, 60.0, 10, notice_s) for number in range(20))
        tally = run_day(Day(replace(steady(10, 0.3, 1.5), breaks=walks), "oracle", 0.03, 1))
        lost.append(tally.abandoned / tally.answered)
    silent, told = lost
    assert told < 0.7 * silent


@pytest.mark.parametrize(
    ("agents", "rate", "hours", "better"), [(2, 0.15, 2.0, 0.05), (10, 0.15, 1.0, 0.2), (30, 0.3, 0.5, 0.1)]
)
def test_predictive_is_well_ahead_of_progressive_and_keeps_the_cap(
    agents: int, rate: float, hours: float, better: float
) -> None:
    scenario = steady(agents, rate, hours)
    ours, plain = (
        figures_of([run_day(Day(scenario, name, None, 11))]) for name in ("predictive", "progressive")
    )
    assert ours.occupancy > plain.occupancy + better
    assert ours.abandoned_share <= CAP + 3.0 / ours.answered


def test_the_adaptive_baseline_burns_its_budget_and_then_sits_at_level_one() -> None:
    figures = figures_of([run_day(Day(steady(10, 0.15, 4.0), "adaptive", None, 1))])
    progressive = figures_of([run_day(Day(steady(10, 0.15, 4.0), "progressive", None, 1))])
    assert 0.02 < figures.abandoned_share < 0.045
    assert figures.occupancy < progressive.occupancy + 0.06
    assert figures.worst_15min_share > 0.06


def test_the_trunk_outage_starts_no_burst_of_abandoned_calls() -> None:
    scenario = replace(outage(30), hours=0.5, outages=((600.0, 900.0),))
    figures = figures_of([run_day(Day(scenario, "predictive", None, 2))])
    assert figures.abandoned_share <= CAP + 3.0 / figures.answered
    assert figures.worst_15min_share < 0.12


def lived(days: Sequence[Day]) -> list[Tally]:
    return [run_day(day) for day in days]


def test_the_best_value_in_hindsight_is_the_one_that_trying_all_would_find() -> None:
    scenario = steady(10, 0.3, 0.5)
    every = [Day(scenario, "ratio", knob, 1) for knob in RATIO_GRID]
    row = row_of(every, lived(every))
    assert row.figures.abandoned_share <= CAP
    figures = [figures_of([tally]) for tally in lived(every)]
    assert row.figures.occupancy == max(one.occupancy for one in figures if one.abandoned_share <= CAP)
    tried: list[Day] = []

    def run(days: Sequence[Day]) -> list[Tally]:
        tried.extend(days)
        return lived(days)

    assert judged_row(scenario, "ratio", [1], run) == row
    assert len(tried) <= 4


def test_the_oracle_is_given_the_cap_to_the_last_call() -> None:
    row = judged_row(steady(5, 0.3, 0.25), "oracle", [1], lived)
    assert row.figures.abandoned_share == pytest.approx(CAP)
    assert row.abandoned == pytest.approx([CAP])
    assert row.occupancies == pytest.approx([row.figures.occupancy])
