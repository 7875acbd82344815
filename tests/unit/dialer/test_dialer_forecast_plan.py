"""A day's plan: nobody is lost, everybody who may not be called is left for the right reason."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from forecast_cases import MADRID, NEW_YORK, NOW, TUESDAY, claim, contact, left, plan_of, roll_of
from hypothesis import given
from hypothesis import strategies as st
from properties import examples
from test_dialer_forecast_roll import claims

from campaigns.errors import InvalidInput
from campaigns.model import Consent, CustomerClass, Disposition, HoursWindow, LeadStatus, Purpose
from dialer.forecast.plan import plan_day, zone_of
from dialer.ports import Claim

SUNDAY = date(2026, 6, 14)


@examples(80)
@given(st.lists(claims(), min_size=1, max_size=12), st.sampled_from((TUESDAY, SUNDAY)))
def test_every_lead_may_be_called_or_is_left_for_one_reason(found: list[Claim], day: date) -> None:
    roll = roll_of(found, purpose=Purpose.MARKETING)
    plan = plan_of(roll, day)
    places = sorted(place for cohort in plan.cohorts for place in cohort.members)
    assert len(places) == len(set(places)) == plan.callable
    assert plan.callable + sum(plan.left.values()) == len(found)
    for cohort in plan.cohorts:
        for place in cohort.members:
            judged = roll.verdict(place, plan.day.moment(cohort.from_s), due_at=roll.due_at(place))
            assert judged.allowed


def test_reasons_are_named_as_the_rules_name_them() -> None:
    found = [
        claim(1),
        claim(2, suppressed=("national",)),
        claim(3, number="+4930123456", zones=("Europe/Berlin",)),
        claim(4, zones=()),
        claim(5, consents=(Consent(Purpose.SERVICE, False, NOW, "said no"),)),
        claim(6, due_at=NOW + timedelta(days=2)),
        claim(7, status=LeadStatus.HELD),
        claim(8, tried={Disposition.NO_ANSWER: 5}),
        claim(9, past=tuple(contact(hours, "+34912000009") for hours in range(1, 14))),
    ]
    plan = plan_of(roll_of(found))
    assert plan.callable == 1
    assert left(plan) == {
        "suppressed": 1, "no-pack": 1, "zone": 1, "consent": 1, "retry": 1, "held": 1, "closed": 1, "cap": 1,
    }  # fmt: skip


def test_on_a_sunday_everybody_is_outside_the_hours_in_his_zone() -> None:
    plan = plan_of(roll_of([claim(1), claim(2, number="+12125550002", zones=(NEW_YORK,))]), SUNDAY)
    assert {(why.code, why.text) for why in plan.left} == {
        ("hours", f"outside the calling hours in {MADRID}"),
        ("hours", f"outside the calling hours in {NEW_YORK}"),
    }
    assert plan.day.length_s == 0


def test_the_day_is_from_the_first_calling_minute_to_the_last() -> None:
    roll = roll_of([claim(1), claim(2, number="+12125550002", zones=(NEW_YORK,))])
    day = plan_of(roll).day
    assert (day.opens, day.closes) == (
        datetime(2026, 6, 9, 7, 0, tzinfo=UTC),
        datetime(2026, 6, 9, 22, 0, tzinfo=UTC),
    )
    short = plan_of(roll, begins=time(10, 10), ends=time(16, 20)).day
    assert short.opens == datetime(2026, 6, 9, 8, 10, tzinfo=UTC)
    assert short.closes == datetime(2026, 6, 9, 14, 20, tzinfo=UTC)


def test_the_last_calling_minute_is_found_to_the_minute() -> None:
    windows = (HoursWindow(1, time(9, 7), time(11, 3)),)
    day = plan_of(roll_of([claim(1)], hours=windows)).day
    assert (day.opens, day.closes) == (
        datetime(2026, 6, 9, 7, 7, tzinfo=UTC),
        datetime(2026, 6, 9, 9, 3, tzinfo=UTC),
    )


def test_leads_are_put_by_class_and_due_time() -> None:
    found = [
        claim(1, due_at=NOW - timedelta(hours=1)),
        claim(2, due_at=NOW - timedelta(hours=3)),
        claim(3, customer_class=CustomerClass.VIP),
        claim(4, due_at=NOW + timedelta(hours=20)),
    ]
    plan = plan_of(roll_of(found))
    assert [(cohort.from_s, cohort.rank, list(cohort.members)) for cohort in plan.cohorts] == [
        (0.0, 0, [2]),
        (0.0, 3, [1, 0]),
        (4 * 3600.0, 3, [3]),
    ]


def test_a_campaign_without_leads_has_no_plan() -> None:
    roll = roll_of([])
    with pytest.raises(InvalidInput, match="no lead left to call"):
        plan_day(roll, plan_of(roll_of([claim(1)])).day)


def test_the_zone_of_the_clocks_is_that_of_most_leads() -> None:
    found = [claim(1), claim(2), claim(3, number="+12125550002", zones=(NEW_YORK,)), claim(4, zones=())]
    assert zone_of(roll_of(found)) == MADRID
    assert zone_of(roll_of([claim(1, zones=())])) == "UTC"


def test_a_sample_has_one_lead_in_so_many() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 101)]))
    sample = plan.sample(7)
    assert (sample.callable, sample.one_in) == (15, 7)
    assert plan.callable == 100
