"""No moment, zone, calendar or past yields a call that a naive reading of the laws forbids.

The reading here knows nothing of packs: it is written from the same sources a second time, as plainly as can
be, on the wall clock.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from campaign_cases import LAW
from hypothesis import assume, given
from hypothesis import strategies as st
from rule_cases import COMPANY, HOMES, ask, contact

from campaigns.model import Disposition, PastContact, Purpose
from campaigns.rules.history import REFUSALS

NUMBER = "+12125550123"
WEEK, WEEKDAYS = range(7), range(5)
HOURS: dict[str, tuple[range, list[tuple[str, str]]]] = {
    "us-federal": (WEEK, [("08:00", "21:00")]),
    "us-florida": (WEEK, [("08:00", "20:00")]),
    "es": (WEEKDAYS, [("09:00", "21:00")]),
    "fr": (WEEKDAYS, [("10:00", "13:00"), ("14:00", "20:00")]),
    "in": (WEEK, [("09:00", "21:00")]),
    "cn-life-insurance": (WEEK, [("09:00", "21:00")]),
    "cn-property-insurance": (WEEK, [("09:00", "21:00")]),
    "carrier": (WEEK, [("09:00", "20:00")]),
}
CAPS = {
    "us-florida": [(3, timedelta(hours=24), "number")],
    "fr": [(4, timedelta(days=30), "company")],
    "carrier": [(3, timedelta(hours=24), "number"), (10, timedelta(days=7), "number")],
}
ZONES = (
    "America/New_York", "America/Los_Angeles", "Europe/London", "Europe/Madrid", "Atlantic/Canary",
    "Europe/Paris", "Asia/Kolkata", "Asia/Shanghai", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Apia", "Africa/Cairo", "Pacific/Chatham",
)  # fmt: skip
SPANISH = [holidays.country_holidays("ES", subdiv=one) for one in holidays.list_supported_countries()["ES"]]
FRENCH = holidays.country_holidays("FR")


def forbidden(
    packs: list[str], moment: datetime, zones: list[str], agreed: bool, past: list[PastContact]
) -> bool:
    """Say whether any reading of any of the laws forbids a marketing call by a live agent."""
    for pack in packs:
        if pack in ("es", "cn") and not agreed:
            return True
        for name in zones:
            here = moment.astimezone(ZoneInfo(name))
            if pack == "fr" and not agreed and f"{here:%Y-%m-%d}" >= "2026-08-11":
                return True
            if pack in HOURS and shut(pack, here):
                return True
        if any(used_up(cap, moment, past) for cap in CAPS.get(pack, [])):
            return True
        if any(silent(pack, one, moment, zones) for one in past):
            return True
    return False


def shut(pack: str, here: datetime) -> bool:
    days, spans = HOURS[pack]
    if here.weekday() not in days:
        return True
    if pack == "es" and any(here.date() in region for region in SPANISH):
        return True
    if pack == "fr" and here.date() in FRENCH:
        return True
    return not any(opens <= f"{here:%H:%M}" < closes for opens, closes in spans)


def used_up(cap: tuple[int, timedelta, str], moment: datetime, past: list[PastContact]) -> bool:
    count, period, scope = cap
    counted = [
        one
        for one in past
        if one.placed
        and one.at > moment - period
        and (one.number == NUMBER if scope == "number" else one.company == COMPANY)
    ]
    return len(counted) >= count


def silent(pack: str, one: PastContact, moment: datetime, zones: list[str]) -> bool:
    if pack == "uk" and one.number == NUMBER:
        if one.disposition is Disposition.ABANDONED and moment < one.at + timedelta(hours=72):
            return True
        if one.disposition is Disposition.MACHINE:
            days = [
                (moment.astimezone(ZoneInfo(z)).date(), one.at.astimezone(ZoneInfo(z)).date()) for z in zones
            ]
            return any(now <= then for now, then in days)
    if one.outcome not in REFUSALS:
        return False
    if pack == "fr" and one.company == COMPANY:
        return any(
            (moment.astimezone(ZoneInfo(z)).date() - one.at.astimezone(ZoneInfo(z)).date()).days <= 60
            for z in zones
        )
    # Six months are never less than 181 days.
    return pack.endswith("insurance") and moment < one.at + timedelta(days=181)


MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2028, 3, 10), timezones=st.just(UTC))  # noqa: DTZ001
PACKS_ASKED = st.lists(st.sampled_from([*HOURS, "uk", "cn"]), min_size=1, max_size=3, unique=True)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    moment = draw(MOMENTS)
    past = [
        contact(
            moment - draw(st.timedeltas(timedelta(0), timedelta(days=70))),
            draw(st.sampled_from([NUMBER, "+12125550199"])),
            company=draw(st.sampled_from([COMPANY, "Other Ltd"])),
            disposition=draw(st.sampled_from([*Disposition, None])),
            outcome=draw(st.sampled_from(["", "", "", "satisfied", "refused"])),
            placed=draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, 6)))
    ]
    return {
        "packs": draw(PACKS_ASKED),
        "moment": moment,
        "zones": draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)),
        "agreed": draw(st.booleans()),
        "past": sorted(past, key=lambda one: one.at, reverse=True),
    }


def judge(case: dict[str, Any], **changes: Any) -> Any:
    one = {**case, **changes}
    return ask(
        ",".join(one["packs"]),
        "US",
        one["moment"],
        zones=tuple(one["zones"]),
        number=NUMBER,
        agreed=one["agreed"],
        past=tuple(one["past"]),
    )


@LAW
@given(cases())
def test_no_call_that_a_naive_reading_forbids(case: dict[str, Any]) -> None:
    found = judge(case)
    if found.allowed:
        assert not forbidden(**case)
    elif not any(pack.endswith("insurance") or pack == "cn" for pack in case["packs"]):
        # And no refusal without a reason in the law, where the naive reading is exact.
        assert forbidden(**case), found


@LAW
@given(cases())
def test_the_next_moment_is_allowed_and_nothing_before_it_is(case: dict[str, Any]) -> None:
    found = judge(case)
    assume(not found.allowed)
    if found.next_at is None:
        tried = [case["moment"] + timedelta(minutes=977 * n) for n in range(100)]
    else:
        assert found.next_at > case["moment"]
        assert judge(case, moment=found.next_at).allowed
        minutes = int((found.next_at - case["moment"]) / timedelta(minutes=1))
        step = max(1, minutes // 120)
        tried = [case["moment"] + timedelta(minutes=n) for n in range(0, minutes + 1, step)]
        tried += [found.next_at - timedelta(seconds=n) for n in (1, 60, 1800)]
    for moment in tried:
        if case["moment"] <= moment and (found.next_at is None or moment < found.next_at):
            assert not judge(case, moment=moment).allowed, moment


@LAW
@given(cases(), st.sampled_from(sorted({*HOURS, "uk", "cn", "cn-service", "house"})))
def test_a_further_pack_never_allows_what_was_refused(case: dict[str, Any], more: str) -> None:
    alone, both = judge(case), judge(case, packs=[*case["packs"], more])
    if not alone.allowed:
        assert not both.allowed
        if alone.next_at is None:
            assert both.next_at is None
        elif both.next_at is not None:
            assert both.next_at >= alone.next_at


@LAW
@given(cases(), st.sampled_from(ZONES))
def test_a_further_zone_never_allows_what_was_refused(case: dict[str, Any], more: str) -> None:
    if not judge(case).allowed:
        assert not judge(case, zones=[*case["zones"], more]).allowed


@LAW
@given(cases())
def test_the_strictest_is_named(case: dict[str, Any]) -> None:
    """The named pack refuses on its own, and no other of them lasts longer on its own."""
    found = judge(case)
    assume(not found.allowed)
    alone = {pack: judge(case, packs=[pack]) for pack in case["packs"]}
    assert not alone[found.pack].allowed
    assert alone[found.pack].rule == found.rule
    if found.next_at is not None:
        assert max(one.next_at for one in alone.values() if not one.allowed) == alone[found.pack].next_at


@LAW
@given(MOMENTS, st.sampled_from(sorted(HOMES)), st.sampled_from(Purpose))
def test_broken_zones_and_calendars_place_no_call(moment: datetime, home: str, purpose: Purpose) -> None:
    for pack in ("us-federal", "house", "uk"):
        assert ask(pack, home, moment, purpose, zones=("Mars/Olympus",)).rule == "zone"
        assert ask(pack, home, moment, purpose, zones=("Europe/Paris", "")).rule == "zone"
    nowhere = ask("house", home, moment, purpose, number="+999123456")  # no country, so no calendar
    assert not nowhere.allowed
