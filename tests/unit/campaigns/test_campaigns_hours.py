"""Calling hours on the wall clock: edges, midnight, clock changes, several zones, broken schedules."""

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from campaign_cases import DAILY, LAW, LONDON, NEW_YORK, utc, windows
from hypothesis import given
from hypothesis import strategies as st

from campaigns.model import HoursWindow
from campaigns.rules import hours

SUNDAY = range(6, 7)
MONDAY = range(1)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-01-14 13:59:59", False),
        ("2026-01-14 14:00:00", True),  # 09:00 in New York: the opening belongs to the window
        ("2026-01-14 16:59:59", True),
        ("2026-01-14 17:00:00", False),  # 12:00: the closing does not
        ("2026-01-14 18:59:59", False),
        ("2026-01-14 19:00:00", True),
        ("2026-01-14 23:29:59", True),
        ("2026-01-14 23:30:00", False),
        ("2026-07-14 13:00:00", True),  # summer: 09:00 is 13:00 UTC
        ("2026-07-14 16:00:00", False),
        ("2028-02-29 14:00:00", True),  # a leap day
    ],
)
def test_windows_are_half_open(moment: str, is_open: bool) -> None:
    assert hours.is_open(DAILY, [NEW_YORK], utc(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-01-19 04:59:59", True),  # Sunday 23:59:59
        ("2026-01-19 05:00:00", False),  # Monday 00:00
        ("2026-01-19 02:59:59", False),
        ("2026-01-19 03:00:00", True),  # Sunday 22:00
    ],
)
def test_a_window_may_close_at_midnight(moment: str, is_open: bool) -> None:
    assert hours.is_open(windows(SUNDAY, "22:00-00:00"), [NEW_YORK], utc(moment)) is is_open


def test_two_windows_carry_over_midnight() -> None:
    night = windows(SUNDAY, "22:00-00:00") + windows(MONDAY, "00:00-02:00")
    moment, minute = utc("2026-01-19 03:00"), timedelta(minutes=1)  # Sunday 22:00
    assert [hours.is_open(night, [NEW_YORK], moment + n * minute) for n in (-1, 0, 119, 120, 239, 240)] == [
        False, True, True, True, True, False,
    ]  # fmt: skip


# New York: 2026-03-08 02:00 EST -> 03:00 EDT at 07:00 UTC; 2026-11-01 02:00 EDT -> 01:00 EST at 06:00 UTC.
@pytest.mark.parametrize(
    ("span", "moment", "opens"),
    [
        ("02:00-03:00", "2026-03-08 06:30", "2026-03-15 06:00"),  # the hour does not exist: a week later
        ("02:30-05:00", "2026-03-08 06:30", "2026-03-08 07:00"),  # half of it is missing: opens at the jump
        ("01:00-02:30", "2026-03-08 07:00", "2026-03-15 05:00"),  # cut short by the jump
        ("22:00-00:00", "2026-01-19 05:00", "2026-01-26 03:00"),  # midnight ends it, on a day without windows
        ("09:00-10:00", "2026-03-07 15:00", "2026-03-08 13:00"),  # the day of the jump itself
        ("01:30-02:00", "2026-11-01 05:00", "2026-11-01 05:30"),  # first passage
        ("01:30-02:00", "2026-11-01 06:00", "2026-11-01 06:30"),  # between them the clock is back at 01:00
        ("01:30-02:00", "2026-11-01 06:59", "2026-11-01 06:59"),  # second passage
        ("01:30-02:00", "2026-11-01 07:00", "2026-11-08 06:30"),
    ],
)
def test_clock_changes(span: str, moment: str, opens: str) -> None:
    assert hours.next_opening(windows(SUNDAY, span), [NEW_YORK], utc(moment)) == utc(opens)


@pytest.mark.parametrize(
    ("zone", "moment", "opens"),
    [
        ("Africa/Cairo", "2026-04-23 21:59", "2026-04-23 22:00"),  # midnight is skipped on 24 April
        ("Australia/Lord_Howe", "2026-04-04 15:10", "2026-04-04 15:10"),  # half an hour twice
        ("Asia/Kathmandu", "2026-01-14 18:14", "2026-01-14 18:15"),  # 5:45 ahead
        ("Pacific/Kiritimati", "2026-01-14 09:59", "2026-01-14 10:00"),  # 14 ahead
        ("Pacific/Apia", "2011-12-30 09:59", "2011-12-30 10:00"),  # 30 December never was
    ],
)
def test_zones_with_odd_clocks(zone: str, moment: str, opens: str) -> None:
    early = windows(range(7), "00:00-04:00")
    assert hours.next_opening(early, [zone], utc(moment)) == utc(opens)


def test_every_zone_must_be_open() -> None:
    both = [NEW_YORK, LONDON]
    assert not hours.is_open(DAILY, both, utc("2026-01-14 10:00"))  # morning in London, night in New York
    assert hours.is_open(DAILY, both, utc("2026-01-14 14:00"))
    assert not hours.is_open(DAILY, both, utc("2026-01-14 18:30"))
    assert hours.next_opening(DAILY, both, utc("2026-01-14 10:00")) == utc("2026-01-14 14:00")
    assert hours.closed_zone(DAILY, both, utc("2026-01-14 10:00")) == NEW_YORK
    assert hours.closed_zone(DAILY, both, utc("2026-01-14 14:00")) is None


def test_zones_that_share_an_hour_only_in_summer_open_in_summer() -> None:
    """Phoenix keeps its clock; Los Angeles meets it when it moves forward on 8 March."""
    morning = windows(range(7), "09:00-10:00")
    both = ["America/Phoenix", "America/Los_Angeles"]
    assert hours.next_opening(morning, both, utc("2026-01-14 00:00")) == utc("2026-03-08 16:00")


def test_zones_without_a_common_hour_never_open() -> None:
    both = [NEW_YORK, "Asia/Shanghai"]
    assert hours.next_opening(windows(range(7), "09:00-12:00"), both, utc("2026-01-14 00:00")) is None


@pytest.mark.parametrize(
    ("schedule", "zones"),
    [
        ((), [NEW_YORK]),
        (DAILY, []),
        (DAILY, ["America/Gotham"]),
        (DAILY, [NEW_YORK, ""]),
        (DAILY, ["../../etc/passwd"]),
        ((*DAILY, HoursWindow(7, time(9), time(12))), [NEW_YORK]),
        ((*DAILY, HoursWindow(2, time(12), time(9))), [NEW_YORK]),
        ((*DAILY, HoursWindow(2, time(9), time(9))), [NEW_YORK]),
        ((*DAILY, HoursWindow(2, time(19, tzinfo=UTC), time(20, tzinfo=UTC))), [NEW_YORK]),
    ],
)
def test_what_is_broken_or_unknown_is_closed(schedule: tuple[HoursWindow, ...], zones: list[str]) -> None:
    moment = utc("2026-01-14 15:00")
    assert not hours.is_open(schedule, zones, moment)
    assert hours.next_opening(schedule, zones, moment) is None


def test_the_far_ends_of_the_calendar_are_closed_not_a_crash() -> None:
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert hours.next_opening(DAILY, [NEW_YORK], moment) is None


def test_an_opening_is_told_in_utc_whatever_zone_was_asked_in() -> None:
    asked = utc("2026-01-14 10:00").astimezone(timezone(timedelta(hours=9)))
    opening = hours.next_opening(DAILY, [NEW_YORK], asked)
    assert opening == utc("2026-01-14 14:00")
    assert opening.tzinfo is UTC


EDGES = st.sampled_from([time(h, m) for h in range(24) for m in (0, 30)])
WINDOWS = st.builds(HoursWindow, st.integers(0, 6), EDGES, EDGES).filter(
    lambda window: window.closes == time(0) or window.opens < window.closes
)
SCHEDULES = st.lists(WINDOWS, min_size=1, max_size=6).map(tuple)
ZONES = st.lists(
    st.sampled_from(
        [NEW_YORK, LONDON, "America/Phoenix", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Shanghai"]
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def naive_oracle(schedule: tuple[HoursWindow, ...], zones: list[str], moment: datetime) -> bool:
    """Minutes of the day, counted by hand."""
    for name in zones:
        local = moment.astimezone(ZoneInfo(name))
        now = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
        spans = [
            (w.opens.hour * 3600 + w.opens.minute * 60, w.closes.hour * 3600 + w.closes.minute * 60 or 86_400)
            for w in schedule
            if w.weekday == local.weekday()
        ]
        if not any(opens <= now < closes for opens, closes in spans):
            return False
    return True


@LAW
@given(SCHEDULES, ZONES, MOMENTS)
def test_open_means_inside_a_window_in_every_zone(
    schedule: tuple[HoursWindow, ...], zones: list[str], moment: datetime
) -> None:
    assert hours.is_open(schedule, zones, moment) == naive_oracle(schedule, zones, moment)


@LAW
@given(SCHEDULES, ZONES, MOMENTS, st.floats(0, 1))
def test_the_next_opening_is_open_and_nothing_before_it_is(
    schedule: tuple[HoursWindow, ...], zones: list[str], moment: datetime, between: float
) -> None:
    opening = hours.next_opening(schedule, zones, moment)
    if opening is None:
        assert not naive_oracle(schedule, zones, moment)
        return
    assert opening >= moment
    assert naive_oracle(schedule, zones, opening)
    if opening > moment:
        earlier = moment + (opening - moment) * between
        assert earlier >= opening or not naive_oracle(schedule, zones, earlier)
        assert not naive_oracle(schedule, zones, opening - timedelta(microseconds=1))
