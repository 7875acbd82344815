"""Due windows: calendar days in the customer's zone, whole days, clock changes and zones far apart."""

import pytest
from campaign_cases import LONDON, NEW_YORK, REVISIT, utc

from campaigns.model import Anchor
from campaigns.rules import anchors


@pytest.mark.parametrize(
    ("day", "zones", "opens", "closes"),
    [
        ("2026-01-13", [NEW_YORK], "2026-01-13 05:00", "2026-01-17 05:00"),
        ("2026-03-06", [NEW_YORK], "2026-03-06 05:00", "2026-03-10 04:00"),  # an hour shorter
        ("2026-10-31", [NEW_YORK], "2026-10-31 04:00", "2026-11-04 05:00"),  # an hour longer
        ("2028-02-28", [LONDON], "2028-02-28 00:00", "2028-03-03 00:00"),  # over a leap day
        ("2028-02-29", [LONDON], "2028-02-29 00:00", "2028-03-04 00:00"),
        ("2026-12-30", [LONDON], "2026-12-30 00:00", "2027-01-03 00:00"),
        ("2026-01-13", [LONDON, NEW_YORK], "2026-01-13 05:00", "2026-01-17 00:00"),
        ("2026-04-24", ["Africa/Cairo"], "2026-04-23 22:00", "2026-04-27 21:00"),  # its midnight is skipped
    ],
)
def test_the_whole_of_the_last_day_counts_in_every_zone(
    day: str, zones: list[str], opens: str, closes: str
) -> None:
    window = anchors.due_window(REVISIT, {"service_date": day}, zones)
    assert (window.opens_at, window.closes_at) == (utc(opens), utc(closes))


def test_one_day_half_a_world_apart_leaves_nothing() -> None:
    same_day = Anchor("service_date", 0, 0)
    window = anchors.due_window(
        same_day, {"service_date": "2026-01-13"}, ["Pacific/Kiritimati", "Pacific/Niue"]
    )
    assert window.closes_at < window.opens_at


@pytest.mark.parametrize(
    ("fields", "zones", "problem"),
    [
        ({}, [NEW_YORK], "no service_date"),
        ({"service_date": "  "}, [NEW_YORK], "no service_date"),
        ({"service_date": "13/01/2026"}, [NEW_YORK], "not a date"),
        ({"service_date": "2026-02-29"}, [NEW_YORK], "not a date"),
        ({"service_date": "2026-01-13"}, [], "nobody knows"),
        ({"service_date": "2026-01-13"}, ["America/Gotham"], "unknown time zone"),
        ({"service_date": "9999-12-31"}, [NEW_YORK], "out of range"),
        ({"service_date": "0001-01-01"}, ["Asia/Shanghai"], "out of range"),
    ],
)
def test_what_cannot_be_counted_is_refused(fields: dict[str, str], zones: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        anchors.due_window(REVISIT, fields, zones)


def test_closed_everywhere_is_not_before_it_closes_in_any_zone() -> None:
    fields = {"service_date": "2026-01-13"}
    latest = anchors.closed_everywhere_at(REVISIT, fields)
    assert latest == utc("2026-01-17 12:00")
    for name in ("Pacific/Niue", NEW_YORK, "Pacific/Kiritimati"):
        assert anchors.due_window(REVISIT, fields, [name]).closes_at <= latest
