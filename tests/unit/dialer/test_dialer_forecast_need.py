"""How many agents a deadline takes: the least that is enough, in few plays."""

from datetime import time

import pytest
from forecast_cases import MADRID, SURE, claim, plan_of, roll_of
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from campaigns.model import DialMode
from dialer.forecast.need import least_agents, needed
from dialer.forecast.plan import DayPlan
from dialer.forecast.play import Pacing, Played, play
from dialer.forecast.window import Question


@examples(300)
@given(st.integers(1, 2_000), st.integers(1, 3_000), st.integers(1, 2_000))
def test_the_least_number_is_found_wherever_the_guess_lies(threshold: int, guess: int, most: int) -> None:
    asked: list[int] = []

    def enough(agents: int) -> bool:
        asked.append(agents)
        return agents >= threshold

    found = least_agents(enough, guess, most)
    assert found == (threshold if threshold <= most else None)
    assert len(asked) <= 30
    assert all(1 <= agents <= most for agents in asked)


def plays(plan: DayPlan, agents: int, seed: int, until_s: float | None) -> Played:
    return play(plan, SURE, Pacing(), agents, seed, until_s)


def test_a_nearer_deadline_takes_more_agents_and_the_numbers_keep_their_word() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 81)]))
    days = [plays(plan, 3, seed, None) for seed in range(1, 4)]

    def need(hour: int) -> int:
        question = Question(1, 3, until=time(hour), zone=MADRID)
        found = needed(question, plan, DialMode.PROGRESSIVE, days, plays)
        assert found.low is not None
        assert found.mid is not None
        assert found.high is not None
        assert found.low <= found.mid <= found.high
        return found.mid

    early, late = need(10), need(14)
    assert early > late
    until_s = 3600.0
    kept = [plays(plan, early, seed, until_s).caught_up_s is not None for seed in range(20, 30)]
    missed = [
        plays(plan, max(1, early // 2), seed, until_s).caught_up_s is not None for seed in range(20, 30)
    ]
    assert sum(kept) >= 4
    assert sum(missed) == 0


def test_many_agents_are_looked_for_on_a_sample() -> None:
    played: list[tuple[int, int]] = []

    def watched(plan: DayPlan, agents: int, seed: int, until_s: float | None) -> Played:
        played.append((plan.one_in, agents))
        return plays(plan, agents, seed, until_s)

    plan = plan_of(
        roll_of([claim(index) for index in range(1, 601)], max_channels=500, calls_per_second=50.0)
    )
    days = [plays(plan, 10, seed, None) for seed in range(1, 4)]
    found = needed(Question(1, 10, until=time(9, 10)), plan, DialMode.PROGRESSIVE, days, watched)
    assert found.mid is not None
    assert found.mid > 48
    assert {one_in for one_in, _ in played} == {max(one_in for one_in, _ in played)}
    assert max(one_in for one_in, _ in played) > 1
    assert max(agents for _, agents in played) < 60
    until_s = 600.0
    assert plays(plan, round(1.25 * found.mid), days[0].seed, until_s).caught_up_s is not None
    assert plays(plan, round(0.75 * found.mid), days[0].seed, until_s).caught_up_s is None


def test_where_channels_bind_no_number_is_enough() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 101)], max_channels=1))
    days = [plays(plan, 3, seed, None) for seed in range(1, 4)]
    found = needed(Question(1, 3, until=time(10)), plan, DialMode.PROGRESSIVE, days, plays)
    assert (found.low, found.mid, found.high) == (None, None, None)


@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.PREDICTIVE])
def test_where_nobody_may_be_called_nobody_is_needed(mode: DialMode) -> None:
    plan = plan_of(roll_of([claim(1, suppressed=("national",))]))
    found = needed(Question(1, 3), plan, mode, [plays(plan, 3, 1, None)], plays)
    assert (found.low, found.mid, found.high) == (0, 0, 0)


def test_a_deadline_before_the_first_calling_minute_cannot_be_met() -> None:
    plan = plan_of(roll_of([claim(1)]))
    found = needed(
        Question(1, 3, until=time(8)), plan, DialMode.PROGRESSIVE, [plays(plan, 3, 1, None)], plays
    )
    assert found.mid is None
