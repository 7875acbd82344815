"""How many agents a deadline takes: the least that is enough, in few plays."""

from datetime import time

import pytest
from forecast_cases import claim, plan_of, plays, roll_of
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from campaigns.model import DialMode
from dialer.forecast.need import least_agents, needed
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
