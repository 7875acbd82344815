"""The day a question means, and every fault of a question named at once."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from forecast_cases import MADRID, NEW_YORK, NOW, TUESDAY

from campaigns.errors import InvalidInput
from campaigns.model import DialMode
from dialer.forecast.window import Question, bounds, checked, deadline, zone_of_most


def places(refusal: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [fault.place for fault in refusal.value.faults]


def test_every_fault_of_a_question_is_named() -> None:
    with pytest.raises(InvalidInput) as refusal:
        checked(
            Question(
                1, 0, seeds=0, zone="Europe/Atlantis", begins=time(17), ends=time(9), until=time(8),
                mode=DialMode.AGENTLESS,
            )
        )  # fmt: skip
    assert places(refusal) == ["agents", "seeds", "shift", "until", "mode", "zone"]
    with pytest.raises(InvalidInput, match="nan lines for an agent are not from 1 to 15"):
        checked(Question(1, 5, mode=DialMode.RATIO, lines_per_agent=float("nan")))
    with pytest.raises(InvalidInput, match="2001 is not from 1 to 2000"):
        checked(Question(1, 2_001))


def test_the_day_is_tomorrow_on_the_clock_of_the_zone() -> None:
    assert bounds(Question(1, 5), MADRID, NOW).day == TUESDAY
    late = datetime(2026, 6, 8, 23, 0, tzinfo=UTC)  # already Tuesday in Madrid
    assert bounds(Question(1, 5), MADRID, late).day == date(2026, 6, 10)
    assert bounds(Question(1, 5), NEW_YORK, late).day == TUESDAY


def test_today_begins_now() -> None:
    today = bounds(Question(1, 5, day=NOW.date()), MADRID, NOW)
    assert today.opens == NOW
    assert today.closes == datetime(2026, 6, 8, 22, 0, tzinfo=UTC)


def test_days_and_deadlines_that_are_over_are_refused() -> None:
    with pytest.raises(InvalidInput, match="2026-06-07 is over: it is 2026-06-08 in Europe/Madrid"):
        bounds(Question(1, 5, day=date(2026, 6, 7)), MADRID, NOW)
    with pytest.raises(InvalidInput, match="60 days ahead"):
        bounds(Question(1, 5, day=date(2027, 6, 7)), MADRID, NOW)
    with pytest.raises(InvalidInput) as over:
        bounds(Question(1, 5, day=NOW.date(), until=time(16)), MADRID, NOW)
    assert places(over) == ["until"]
    with pytest.raises(InvalidInput) as shift:
        bounds(Question(1, 5, day=NOW.date(), ends=time(16)), MADRID, NOW)
    assert places(shift) == ["day"]


def test_the_shift_bounds_the_day_and_the_deadline_lies_within_it() -> None:
    asked = Question(1, 5, begins=time(10), ends=time(14), until=time(15))
    day = bounds(asked, MADRID, NOW)
    assert (day.opens.hour, day.closes.hour) == (8, 12)
    assert deadline(asked, day) == day.closes
    assert deadline(Question(1, 5), day) == day.closes
    assert deadline(Question(1, 5, until=time(12, 30)), day) == datetime(2026, 6, 9, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23)])
def test_days_on_which_the_clock_changes_have_their_own_length(day: date, hours: int) -> None:
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=5)
    assert bounds(Question(1, 5, day=day), MADRID, now).length_s == hours * 3600


def test_seconds_and_moments_are_each_others_inverse() -> None:
    day = bounds(Question(1, 5), MADRID, NOW)
    assert day.second(day.moment(4_321.5)) == 4_321.5


def test_the_zone_of_most_is_found_and_ties_go_by_name() -> None:
    assert zone_of_most([((NEW_YORK,), 3), ((MADRID, NEW_YORK), 4), ((), 99)]) == MADRID
    assert zone_of_most([((NEW_YORK,), 4), ((MADRID,), 4)]) == NEW_YORK
    assert zone_of_most([((), 9)]) == "UTC"
