"""The field's adaptive level: published test vectors, brakes and their habits, the dialler's lines."""

import pytest

from dialer.pacing.adaptive import (
    AdaptiveLoops,
    AdaptiveSettings,
    Brake,
    Drops,
    lines_to_place,
    next_level,
)

NONE = Drops()
FOUR_PERCENT = Drops(calls_today=500, answered_today=100, drops_today=4)


@pytest.mark.parametrize(
    ("level", "ready", "waiting", "intensity", "target", "after"),
    [
        (2.0, 4, 0, 0, 0, 2.4),
        (2.0, 0, 3, 0, 0, 1.7),
        (2.0, 4, 0, 20, 0, 2.48),
        (2.0, 0, 3, 20, 0, 1.76),
        (2.0, 0, 3, -20, 0, 1.64),
        (2.0, 1, 0, 0, -1, 2.0),
        (2.9, 4, 0, 0, 0, 3.0),
    ],
)
def test_the_level_moves_by_idle_agents_less_waiting_calls(
    level: float, ready: int, waiting: int, intensity: float, target: float, after: float
) -> None:
    settings = AdaptiveSettings(intensity=intensity, difference_target=target)
    assert next_level(level, ready - waiting, 20, NONE, 1200, settings) == pytest.approx(after)


@pytest.mark.parametrize(
    ("brake", "clock", "after"),
    [
        (Brake.HARD_LIMIT, 1400, 1.0),
        (Brake.AVERAGE, 1400, 1.2),
        (Brake.TAPERED, 1400, 1.68),
        (Brake.TAPERED, 1030, 2.4),
        (Brake.TAPERED, 2059, 1.0),
        (Brake.TAPERED, 2130, 1.0),
    ],
)
def test_above_the_days_limit_the_brake_acts(brake: Brake, clock: int, after: float) -> None:
    settings = AdaptiveSettings(brake=brake)
    assert next_level(2.4, 0, 20, FOUR_PERCENT, clock, settings) == pytest.approx(after)


def test_a_minute_of_drops_halves_the_level_only_above_twenty_calls() -> None:
    settings = AdaptiveSettings()
    assert next_level(2.4, 0, 20, Drops(calls_1m=100, drops_1m=51), 1200, settings) == pytest.approx(1.2)
    assert next_level(2.4, 0, 20, Drops(calls_1m=20, drops_1m=20), 1200, settings) == pytest.approx(2.4)
    assert next_level(2.4, 0, 20, Drops(calls_1m=100, drops_1m=50), 1200, settings) == pytest.approx(2.4)


def test_the_level_never_leaves_its_bounds_and_needs_agents() -> None:
    settings = AdaptiveSettings(highest_level=2.5)
    assert next_level(2.4, 20, 20, NONE, 1200, settings) == 2.5
    assert next_level(1.1, -20, 20, NONE, 1200, settings) == 1.0
    assert next_level(1.7, 5, 0, NONE, 1200, settings) == 1.7


def test_lines_count_ready_and_talking_agents_or_ready_ones_alone() -> None:
    tally = AdaptiveSettings()
    assert lines_to_place(2.0, 3, 7, 12, tally, talking=7) == 8
    assert lines_to_place(1.0, 0, 10, 10, tally, talking=10) == 0
    only = AdaptiveSettings(available_only=True)
    assert lines_to_place(2.5, 4, 6, 9, only, talking=6) == 7
    assert lines_to_place(3.0, 0, 10, 10, only, talking=10) == 0
    assert lines_to_place(3.0, 10, 0, 0, AdaptiveSettings(most_lines=23)) == 23


def test_the_loops_move_every_fifteen_seconds_and_count_drops_each_minute() -> None:
    loops = AdaptiveLoops(AdaptiveSettings())
    for second in range(1, 15):
        loops.sample(4, 0, 20, float(second))
    assert loops.level == 1.0
    loops.sample(4, 0, 20, 15.0)
    assert loops.level == pytest.approx(1.2)
    loops.placed(100)
    for _ in range(60):
        loops.judged(dropped=True)
    for second in range(16, 60):
        loops.sample(4, 0, 20, float(second))
    assert loops.level > 1.2
    loops.sample(4, 0, 20, 60.0)
    assert loops.level == 1.0
    assert loops.cycle_s(20) == pytest.approx(3.5)
