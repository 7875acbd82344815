"""Time under the rules: clock changes, midnight, leap days, far zones, calendars, periods, consent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from campaign_cases import LONDON, NEW_YORK, windows
from rule_cases import ALWAYS, PACKS, ask, consent, contact, local

from campaigns.model import Consent, Purpose
from campaigns.packs_folder import Choices, rule_book
from campaigns.rules import consents
from campaigns.rules.calendars import CalendarSpec, Regions, calendar_for
from campaigns.rules.evidence import Evidence
from campaigns.rules.law import ConsentRule, Note
from campaigns.rules.periods import Period, Unit, parse_period
from campaigns.rules.timetable import Timetable, is_open, next_opening

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "allowed", "next_at"),
    [
        # New York springs forward on 8 March 2026 at 02:00 and falls back on 1 November 2026 at 02:00.
        ("2026-03-08T11:59:00+00:00", False, "2026-03-08T12:00:00+00:00"),  # 08:00 summer time
        ("2026-03-07T12:59:00+00:00", False, "2026-03-07T13:00:00+00:00"),  # 08:00 winter time
        ("2026-11-01T12:30:00+00:00", False, "2026-11-01T13:00:00+00:00"),
        ("2026-11-01T00:59:00+00:00", True, None),  # 20:59 on the last summer evening
        ("2026-11-02T01:59:00+00:00", True, None),  # 20:59 on the first winter evening
        ("2026-11-02T02:00:00+00:00", False, "2026-11-02T13:00:00+00:00"),
        # A leap day is a day.
        ("2028-02-29T12:59:00+00:00", False, "2028-02-29T13:00:00+00:00"),
        ("2028-02-29T13:00:00+00:00", True, None),
        ("2028-03-01T01:59:59+00:00", True, None),
    ],
)
def test_clock_changes_and_leap_days(at: str, allowed: bool, next_at: str | None) -> None:
    found = ask("us-federal", "US", datetime.fromisoformat(at))
    assert (found.allowed, found.next_at) == (allowed, next_at and datetime.fromisoformat(next_at))


def test_every_zone_a_number_may_lie_in_must_be_open() -> None:
    everywhere = (NEW_YORK, "America/Los_Angeles", "Pacific/Honolulu")
    assert not ask("us-federal", "US", "2026-03-03 12:59", zones=everywhere).allowed  # 07:59 in Honolulu
    found = ask("us-federal", "US", "2026-03-03 13:00", zones=everywhere)
    assert (found.allowed, found.zones) == (True, everywhere)
    assert not ask("us-federal", "US", "2026-03-03 21:00", zones=everywhere).allowed  # 21:00 in New York


def test_zones_without_a_common_hour_are_never_called() -> None:
    found = ask("us-florida", "US", "2026-03-03 12:00", zones=("America/Puerto_Rico", "Asia/Shanghai"))
    assert (found.allowed, found.rule, found.next_at) == (False, "hours", None)


def test_packs_without_a_common_hour_are_never_called() -> None:
    book = rule_book(PACKS, Choices(house_hours=windows(range(7), "21:00-00:00")))
    found = ask(book, "US", "2026-03-03 12:00")
    assert (found.allowed, found.next_at) == (False, None)
    assert "no moment in common" in found.reason


def test_a_window_over_midnight_is_open_across_it() -> None:
    night = windows(range(7), "22:00-00:00", "00:00-02:00")
    book = rule_book(PACKS, Choices(house_hours=night, house_on_holidays=True))
    clocks = ("03 21:59", "03 22:00", "03 23:59", "04 00:00", "04 01:59", "04 02:00")
    moments = [local(f"2026-03-{clock}", NEW_YORK) for clock in clocks]
    allowed = [ask(book, "US", moment, Purpose.SERVICE).allowed for moment in moments]
    assert allowed == [False, True, True, True, True, False]


def test_moments_at_the_ends_of_time_are_no_crash() -> None:
    for moment in (datetime.min.replace(tzinfo=UTC) + timedelta(days=1), datetime.max.replace(tzinfo=UTC)):
        book = rule_book(PACKS)
        assert not ask(book, "US", max(moment, datetime(12, 1, 1, tzinfo=UTC))).allowed
    far = Evidence(appointment=datetime.max.replace(tzinfo=UTC)).appointment
    assert ask("us-federal", "US", "2026-03-03 12:00", appointment=far).allowed


# Calendars.


def calendar(country: str = "CN", **spec: object):  # type: ignore[no-untyped-def]
    return calendar_for(CalendarSpec(country, **spec), (), "")  # type: ignore[arg-type]


def test_makeup_workdays_and_dated_exceptions() -> None:
    plain, makeup = calendar(), calendar(makeup=True)
    sunday = date(2026, 9, 20)  # worked for the National Day holidays
    assert (plain.weekday(sunday), makeup.weekday(sunday)) == (6, 0)
    assert makeup.weekday(date(2026, 10, 1)) is None
    own = calendar(closed={date(2026, 3, 4): "Founders' day"}, workdays={date(2026, 10, 1): 4})
    assert own.holiday(date(2026, 3, 4)) == "Founders' day"
    assert own.weekday(date(2026, 10, 1)) == 4
    assert own.holiday(date(2026, 10, 1)) == ""


# The days off of the notices of the State Council's general office; weekends that "run together" included.
CHINA = (
    "2023-12-30 2024-01-01, 2024-02-10 2024-02-17, 2024-04-04 2024-04-06, 2024-05-01 2024-05-05, "
    "2024-06-08 2024-06-10, 2024-09-15 2024-09-17, 2024-10-01 2024-10-07, "
    "2025-01-01 2025-01-01, 2025-01-28 2025-02-04, 2025-04-04 2025-04-06, 2025-05-01 2025-05-05, "
    "2025-05-31 2025-06-02, 2025-10-01 2025-10-08, "
    "2026-01-01 2026-01-03, 2026-02-15 2026-02-23, 2026-04-04 2026-04-06, 2026-05-01 2026-05-05, "
    "2026-06-19 2026-06-21, 2026-09-25 2026-09-27, 2026-10-01 2026-10-07"
)


def test_chinese_holidays_are_the_whole_days_off_weekends_included() -> None:
    china, day, closed = calendar(makeup=True), date(2023, 12, 25), set()
    while day.year < 2027:
        if china.weekday(day) is None:
            closed.add(day)
        day += timedelta(days=1)
    told = set()
    for span in CHINA.split(", "):
        first, last = (date.fromisoformat(one) for one in span.split())
        told |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    assert closed == told


def test_a_weekend_beside_a_holiday_of_other_countries_is_none() -> None:
    for country, friday in (("GB", "2026-12-25"), ("US", "2027-01-01"), ("FR", "2026-05-01")):
        where = calendar(country)
        day = date.fromisoformat(friday)
        assert where.weekday(day) is None
        assert where.weekday(day - timedelta(days=5)) == 6
        assert where.holiday(day + timedelta(days=2)) == ""
    assert calendar("GB").holiday(date(2026, 12, 26)) == "Boxing Day"


@pytest.mark.parametrize("day", ["01-03", "02-21", "04-04", "06-20", "09-26"])
def test_the_house_calls_nobody_on_a_saturday_in_a_chinese_holiday(day: str) -> None:
    found = ask("house", "CN", f"2026-{day} 11:00")
    assert (found.allowed, found.rule) == (False, "holiday")
    assert ask("house", "CN", "2026-01-10 11:00").allowed  # any other Saturday


def test_a_missing_calendar_is_no_call() -> None:
    for lost in (calendar("XX"), calendar("CN")):
        day = date(2026, 3, 4) if lost.areas[0].country == "XX" else date(2150, 3, 4)
        assert lost.weekday(day) is None
        assert "no holiday calendar" in lost.holiday(day)
        table = Timetable(ALWAYS, lost, wish=False)
        begin = datetime(day.year, 3, 4, 12, tzinfo=UTC)
        assert not is_open((table,), ("UTC",), begin)
        assert next_opening((table,), ("UTC",), begin) is None


def test_regions_that_nobody_knows() -> None:
    summer = date(2026, 8, 31)  # a bank holiday in three of the four parts of the United Kingdom
    patrick = date(2026, 3, 17)  # in one of them
    closed = {
        regions: [calendar("GB", regions=regions).weekday(day) is None for day in (summer, patrick)]
        for regions in Regions
    }
    assert closed == {Regions.NONE: [False, False], Regions.MOST: [True, False], Regions.ALL: [True, True]}
    scotland = calendar_for(CalendarSpec("GB", regions=Regions.ALL), (), "SCT")
    assert [scotland.weekday(day) is None for day in (summer, patrick)] == [False, False]


# Periods.


@pytest.mark.parametrize(
    ("text", "began", "ends"),
    [
        ("90 minutes", "2026-03-01 10:00", "2026-03-01 11:30"),
        ("72 hours", "2026-03-27 10:00", "2026-03-30 11:00"),  # over the change to summer time in London
        ("1 day", "2026-02-28 10:00", "2026-03-01 10:00"),
        ("same day", "2026-03-01 00:00", "2026-03-02 00:00"),
        ("60 whole days", "2026-01-01 23:59", "2026-03-03 00:00"),
        ("6 months", "2026-01-15 10:00", "2026-07-15 10:00"),
        ("6 months", "2026-08-31 10:00", "2027-03-01 10:00"),  # there is no 31 February
        ("12 months", "2028-02-29 10:00", "2029-03-01 10:00"),
        ("1 month", "2026-12-31 10:00", "2027-01-31 10:00"),
    ],
)
def test_when_periods_end(text: str, began: str, ends: str) -> None:
    assert parse_period(text).ends(local(began, LONDON), (LONDON,)) == local(ends, LONDON)
    assert str(parse_period(text)) == text


def test_calendar_periods_end_in_the_last_of_the_zones() -> None:
    both = (LONDON, NEW_YORK)
    assert parse_period("same day").ends(local("2026-03-01 12:00", LONDON), both) == local(
        "2026-03-02 00:00", NEW_YORK
    )


@pytest.mark.parametrize(
    "text", ["", "72", "hours", "72 weeks", "-1 hours", "0 days", "13 months", "367 days", "1.5 days"]
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"period|no time|longer"):
        parse_period(text)


def test_a_period_knows_whether_it_rolls() -> None:
    assert Period(2, Unit.DAYS).rolling == timedelta(days=2)
    assert Period(2, Unit.WHOLE_DAYS).rolling is None


# Consent.

RULE = ConsentRule(automated_only=False, evidence=("recording", "form"), since=None, note=Note(("law",)))
LATER = NOW + timedelta(seconds=1)


def said(*words: Consent) -> Consent | None:
    return consents.standing(words, Purpose.MARKETING, NOW)


def test_the_newest_word_on_the_purpose_stands() -> None:
    yes, no = (
        consent(Purpose.MARKETING, at=NOW - timedelta(days=2)),
        consent(Purpose.MARKETING, False, NOW - timedelta(days=1)),
    )
    assert said() is None
    assert said(yes, no) is no
    assert said(no, consent(Purpose.MARKETING, at=NOW)) == consent(Purpose.MARKETING, at=NOW)
    assert said(consent(Purpose.SERVICE)) is None
    assert said(consent(Purpose.MARKETING, at=LATER)) is None  # not given yet
    assert said(yes, consent(Purpose.MARKETING, False, LATER)) == consent(Purpose.MARKETING, False, LATER)
    undated = consent(Purpose.MARKETING, False)
    assert said(undated, yes) is yes
    same = (consent(Purpose.MARKETING, at=NOW), consent(Purpose.MARKETING, False, NOW))
    assert said(*same) == said(*reversed(same)) == same[1]


def test_a_consent_that_nothing_proves_stands_only_where_there_is_no_other_word() -> None:
    bare = consent(Purpose.MARKETING, at=NOW, evidence=" ")
    older = NOW - timedelta(days=300)
    no, proven = consent(Purpose.MARKETING, False, older), consent(Purpose.MARKETING, at=older)
    assert said(bare) is bare
    for word in (no, proven):
        assert said(word, bare) is said(bare, word) is word
        assert consents.newest([word, bare]) == consents.newest([bare, word]) == (word,)
    later = consent(Purpose.MARKETING, at=older, evidence="")
    assert consents.newest([bare, later]) == (later,)
    assert consents.newest([no, proven]) == (proven,)
    assert consents.newest([proven, no, bare]) == (no,)
    other = consent(Purpose.SERVICE, evidence="")
    assert consents.newest([no, other]) == (no, other)


@pytest.mark.parametrize(
    ("evidence", "satisfies"),
    [("recording 17", True), ("Form, signed", True), ("my word", False), ("", False), ("  ", False)],
)
def test_evidence_must_be_of_a_kind_that_the_pack_takes(evidence: str, satisfies: bool) -> None:
    word = consent(Purpose.MARKETING, evidence=evidence)
    assert consents.satisfies(word, RULE) is satisfies
    assert consents.is_proven(word) is bool(evidence.strip())


@pytest.mark.parametrize("pack", ["us-federal", "uk", "fr", "house"])
def test_who_said_no_is_not_called_whatever_the_pack(pack: str) -> None:
    found = ask(pack, "US", "2026-03-03 12:00", consents=(consent(Purpose.MARKETING, False),))
    assert (found.rule, found.next_at, found.pack) == ("consent", None, "")
    assert ask(
        "us-federal", "US", "2026-03-03 12:00", Purpose.SERVICE, consents=(consent(Purpose.MARKETING, False),)
    ).allowed


def test_a_consent_without_proof_is_none() -> None:
    bare = (consent(Purpose.MARKETING, evidence=" "),)
    assert ask("es", "ES", "2026-03-03 12:00", consents=bare).rule == "consent"
    assert ask("fr", "FR", "2026-03-07 12:00", consents=bare).rule == "hours"


# What comes from outside the rules.


def test_the_lists_that_hold_a_number_are_named() -> None:
    found = ask("us-federal", "US", "2026-03-03 12:00", suppressed=("opt-out", "national registry"))
    assert (found.rule, found.next_at) == ("suppressed", None)
    assert "opt-out, national registry" in found.reason


def test_an_outside_refusal_is_final_and_an_outside_silence_is_not() -> None:
    at = local("2026-03-03 12:00", NEW_YORK)
    final = ask("us-federal", "US", at, external_block="litigator")
    assert (final.rule, final.reason, final.next_at) == ("external", "litigator", None)
    again = at + timedelta(minutes=10)
    assert ask("us-federal", "US", at, external_block="no answer", external_retry_at=again).next_at == again


def test_the_strictest_of_several_holds_is_named_with_the_first_moment_for_all() -> None:
    at = local("2026-03-03 20:30", NEW_YORK)
    past = tuple(contact(at - timedelta(hours=n), "+13055550123") for n in (1, 2, 3))
    found = ask("us-federal,us-florida", "FL", at, past=past)
    # Florida's night ends at 08:00; the third call leaves the 24 hours at 17:30.
    assert (found.rule, found.pack) == ("cap", "us-florida")
    assert found.next_at == local("2026-03-04 17:30", NEW_YORK)
