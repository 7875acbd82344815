"""The shipped packs say what their sources say: hours to the minute, holidays, caps, silence, consent.

Every table is one row of docs/rule-packs.md, whose sources stand in the pack itself.
"""

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest
from campaign_cases import lead
from rule_cases import COMPANY, HOMES, PACKS, ask, consent, contact, local

from campaigns.model import Disposition, Purpose
from campaigns.packs_folder import Choices, book_of, load_packs, rule_book
from campaigns.rules.law import AbandonKind, Clock
from campaigns.rules.pack_text import parse_pack

MARKETING, SERVICE, COMPLAINT = Purpose.MARKETING, Purpose.SERVICE, Purpose.COMPLAINT


@pytest.mark.parametrize(
    ("pack", "home", "at", "allowed"),
    [
        # FTC, FCC: not before 08:00, not after 21:00, every day of the week.
        ("us-federal", "US", "2026-03-02 07:59:59", False),
        ("us-federal", "US", "2026-03-02 08:00", True),
        ("us-federal", "US", "2026-03-02 20:59:59", True),
        ("us-federal", "US", "2026-03-02 21:00", False),
        ("us-federal", "US", "2026-03-01 12:00", True),  # a Sunday
        ("us-federal", "US", "2026-07-04 12:00", True),  # a holiday
        # Florida: 08:00 to 20:00.
        ("us-florida", "FL", "2026-03-02 07:59", False),
        ("us-florida", "FL", "2026-03-02 08:00", True),
        ("us-florida", "FL", "2026-03-02 19:59", True),
        ("us-florida", "FL", "2026-03-02 20:00", False),
        # The United Kingdom names no hours.
        ("uk", "GB", "2026-03-02 03:00", True),
        # Spain: weekdays 09:00 to 21:00, no public holidays (12 October; 19 March in some regions).
        ("es", "ES", "2026-03-03 08:59", False),
        ("es", "ES", "2026-03-03 09:00", True),
        ("es", "ES", "2026-03-03 20:59", True),
        ("es", "ES", "2026-03-03 21:00", False),
        ("es", "ES", "2026-03-07 12:00", False),  # a Saturday
        ("es", "ES", "2026-03-08 12:00", False),  # a Sunday
        ("es", "ES", "2026-10-12 12:00", False),
        ("es", "ES", "2026-03-19 12:00", False),
        # India: no commercial communication between 21:00 and 09:00.
        ("in", "IN", "2026-03-01 08:59", False),
        ("in", "IN", "2026-03-01 09:00", True),
        ("in", "IN", "2026-03-01 20:59", True),
        ("in", "IN", "2026-03-01 21:00", False),
        # Life insurance in China: no sales between 21:00 and 09:00.
        ("cn-life-insurance", "CN", "2026-03-01 08:59", False),
        ("cn-life-insurance", "CN", "2026-03-01 09:00", True),
        ("cn-life-insurance", "CN", "2026-03-01 21:00", False),
        ("cn-property-insurance", "CN", "2026-03-01 09:00", True),
        ("cn-property-insurance", "CN", "2026-03-01 21:00", False),
        # Our careful carrier.
        ("carrier", "CN", "2026-03-01 09:00", True),
        ("carrier", "CN", "2026-03-01 20:00", False),
        # The house: weekdays 09-20, Saturdays 10-18, no Sundays, no public holidays where the customer is.
        ("house", "US", "2026-03-02 08:59", False),
        ("house", "US", "2026-03-02 09:00", True),
        ("house", "US", "2026-03-02 20:00", False),
        ("house", "US", "2026-03-07 09:59", False),
        ("house", "US", "2026-03-07 17:59", True),
        ("house", "US", "2026-03-01 12:00", False),
        ("house", "US", "2026-12-25 12:00", False),
        ("house", "GB", "2026-12-28 12:00", False),  # the substitute of Boxing Day
        ("house", "US", "2026-12-28 12:00", True),
        ("house", "CN", "2026-10-01 12:00", False),
        ("house", "CN", "2026-09-20 12:00", True),  # a Sunday worked for the National Day holidays
        ("house", "CN", "2026-09-13 12:00", False),  # an ordinary Sunday
    ],
)  # fmt: skip
def test_hours_of_marketing_calls(pack: str, home: str, at: str, allowed: bool) -> None:
    found = ask(pack, home, at, agreed=True)
    assert found.allowed is allowed, found
    assert found.allowed or (found.pack == pack and found.rule in ("hours", "holiday"))


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("2026-03-03 09:59", False),
        ("2026-03-03 10:00", True),
        ("2026-03-03 12:59", True),
        ("2026-03-03 13:00", False),
        ("2026-03-03 13:59", False),
        ("2026-03-03 14:00", True),
        ("2026-03-03 19:59", True),
        ("2026-03-03 20:00", False),
        ("2026-03-07 11:00", False),  # a Saturday
        ("2026-07-14 11:00", False),  # the national holiday, a Tuesday
        ("2026-04-03 11:00", True),  # Good Friday is a holiday in Alsace and Moselle only
    ],
)
def test_french_hours_bind_who_did_not_agree(at: str, allowed: bool) -> None:
    assert ask("fr", "FR", at).allowed is allowed


@pytest.mark.parametrize("day", ["02", "03", "04", "05", "06"])
def test_french_hours_are_the_same_from_monday_to_friday(day: str) -> None:
    clocks = ("09:59", "10:00", "12:59", "13:00", "13:59", "14:00", "19:59", "20:00")
    allowed = [ask("fr", "FR", f"2026-03-{day} {clock}").allowed for clock in clocks]
    assert allowed == [False, True, True, False, False, True, True, False]


def test_a_pack_of_the_operators_own_may_let_a_proven_consent_lift_its_hours() -> None:
    text = files("campaigns").joinpath("packs", "fr.toml").read_text(encoding="utf-8")
    own = parse_pack(text.replace("waived_by_consent = false", "waived_by_consent = true"))
    book = book_of({"fr": own}, ["fr"])
    assert ask(book, "FR", "2026-11-21 23:00", agreed=True).allowed
    assert ask(book, "FR", "2026-08-10 23:00").rule == "hours"


@pytest.mark.parametrize("at", ["2026-03-07 11:00", "2026-11-23 20:30", "2026-11-23 09:59"])
def test_french_hours_bind_who_agreed_to_be_called_too_but_not_an_agreed_hour(at: str) -> None:
    found = ask("fr", "FR", at, agreed=True)
    assert (found.allowed, found.rule) == (False, "hours")
    agreed_hour = local(at, "Europe/Paris")
    assert ask("fr", "FR", at, agreed=True, appointment=agreed_hour).allowed


@pytest.mark.parametrize(
    ("at", "allowed", "rule"),
    [
        ("2026-08-10 19:59", True, "allowed"),
        ("2026-08-11 10:00", False, "consent"),
        ("2026-11-23 11:00", False, "consent"),
    ],
)
def test_french_opt_in_begins_on_11_august_2026(at: str, allowed: bool, rule: str) -> None:
    found = ask("fr", "FR", at)
    assert (found.allowed, found.rule) == (allowed, rule)
    assert ask("fr", "FR", at, agreed=True).allowed


def test_french_opt_in_begins_in_the_first_of_the_zones() -> None:
    """At 15:00 in Paris the eleventh has begun in Auckland, where the customer may be as well."""
    zones = ("Europe/Paris", "Pacific/Auckland")
    assert ask("fr", "FR", "2026-08-10 15:00", zones=zones).rule == "consent"
    assert ask("fr", "FR", "2026-08-10 13:30", zones=zones).rule == "hours"


def test_what_opt_in_ends_is_not_promised_for_later() -> None:
    """On the evening before the opt-in no later moment suits: nobody may be promised one."""
    found = ask("fr", "FR", "2026-08-10 20:00")
    assert (found.allowed, found.rule, found.next_at) == (False, "hours", None)


@pytest.mark.parametrize(
    ("pack", "home", "purpose", "automated", "needed"),
    [
        ("us-federal", "US", MARKETING, False, False),
        ("us-federal", "US", MARKETING, True, True),
        ("us-federal", "US", SERVICE, True, False),
        ("uk", "GB", MARKETING, False, False),
        ("uk", "GB", MARKETING, True, True),
        ("es", "ES", MARKETING, False, True),
        ("es", "ES", SERVICE, False, False),
        ("in", "IN", MARKETING, False, False),
        ("cn", "CN", MARKETING, False, True),
        ("cn-service", "CN", SERVICE, False, True),
        ("cn-service", "CN", COMPLAINT, False, False),
        ("cn-life-insurance", "CN", MARKETING, False, False),
    ],
)
def test_who_needs_consent(pack: str, home: str, purpose: Purpose, automated: bool, needed: bool) -> None:
    noon = "2026-03-03 12:00"
    without = ask(pack, home, noon, purpose, automated=automated)
    assert (without.allowed, without.rule) == ((False, "consent") if needed else (True, "allowed"))
    assert ask(pack, home, noon, purpose, automated=automated, agreed=True).allowed
    said = (consent(purpose, evidence=" "),)
    unproven = ask(pack, home, noon, purpose, automated=automated, consents=said)
    assert (unproven.allowed, unproven.rule) == (without.allowed, without.rule)
    assert unproven.reason.endswith("nothing proves the one on record") is needed


def test_a_service_centre_in_china_makes_no_marketing_calls() -> None:
    found = ask("cn-service", "CN", "2026-03-03 12:00", agreed=True)
    assert (found.rule, found.pack, found.next_at) == ("forbidden", "cn-service", None)


@pytest.mark.parametrize(
    ("pack", "home", "hour"),
    [("us-federal", "US", 23), ("us-florida", "FL", 23), ("es", "ES", 23), ("fr", "FR", 23)],
)
def test_hours_of_sales_calls_do_not_bind_service_calls(pack: str, home: str, hour: int) -> None:
    at = f"2026-03-03 {hour}:00"
    assert not ask(pack, home, at, agreed=True).allowed
    assert ask(pack, home, at, SERVICE).allowed
    assert ask(pack, home, at, COMPLAINT).allowed


@pytest.mark.parametrize(
    ("pack", "home", "count", "hours", "purpose"),
    [
        ("us-florida", "FL", 3, 24, MARKETING),
        ("fr", "FR", 4, 30 * 24, MARKETING),
        ("carrier", "CN", 3, 24, MARKETING),
        ("carrier", "CN", 10, 7 * 24, SERVICE),
        ("house", "US", 12, 7 * 24, SERVICE),
        ("house", "US", 30, 30 * 24, COMPLAINT),
    ],
)
def test_caps_roll_off_to_the_second(pack: str, home: str, count: int, hours: int, purpose: Purpose) -> None:
    number, zone = HOMES[home]
    now = local("2026-03-03 12:00", zone)
    second, span = timedelta(seconds=1), timedelta(hours=hours)
    # The oldest leaves the period at this very moment; the others are spread so that no shorter cap is hit.
    spread = [now - span + second + at * (span - 2 * second) / count for at in range(1, count)]
    for oldest, allowed in ((now - span, True), (now - span + second, False)):
        past = tuple(contact(at, number, purpose=purpose) for at in (*reversed(spread), oldest))
        found = ask(pack, home, now, purpose, past=past)
        assert found.allowed is allowed, found
    assert (found.rule, found.pack, found.next_at) == ("cap", pack, now + second)
    unplaced = (*past[:-1], contact(now, number, purpose=purpose, placed=False))
    assert ask(pack, home, now, purpose, past=unplaced).allowed


def test_more_calls_than_a_cap_allows_wait_until_enough_of_them_are_gone() -> None:
    number, zone = HOMES["CN"]
    now = local("2026-03-03 12:00", zone)
    past = tuple(contact(now - timedelta(minutes=n), number) for n in (10, 20, 30, 160, 170))
    found = ask("carrier", "CN", now, past=past)
    # Three in 24 hours: the third newest must be gone, which was placed at 11:30.
    assert (found.rule, found.next_at) == ("cap", now + timedelta(hours=23, minutes=30))


def test_six_calls_of_the_house_end_with_the_day() -> None:
    number, zone = HOMES["US"]
    morning = local("2026-03-03 09:00", zone)
    past = tuple(contact(morning + timedelta(minutes=n), number) for n in range(6))
    found = ask("house", "US", "2026-03-03 19:59", past=past)
    assert (found.rule, found.next_at) == ("cap", local("2026-03-04 09:00", zone))
    assert ask("house", "US", "2026-03-04 09:00", past=past).allowed


def test_a_cap_counts_within_its_scope() -> None:
    number, zone = HOMES["FR"]
    now = local("2026-03-03 12:00", zone)
    days = [timedelta(days=n) for n in range(1, 5)]
    theirs = tuple(contact(now - d, number, company="Other Ltd") for d in days)
    assert ask("fr", "FR", now, past=theirs).allowed  # four calls per company
    ours = tuple(contact(now - d, "+33142685301", company=COMPANY.upper()) for d in days)
    assert ask("fr", "FR", now, past=ours).rule == "cap"  # to the person, on another number
    assert ask("fr", "FR", now, past=tuple(contact(now - d, number, purpose=SERVICE) for d in days)).allowed
    hours = [timedelta(hours=n) for n in range(1, 4)]
    elsewhere = tuple(contact(now - h, "+13055550199") for h in hours)
    assert ask("us-florida", "FL", "2026-03-03 12:00", past=elsewhere).allowed  # three per number


@pytest.mark.parametrize(
    ("pack", "home", "refused_at", "last", "first"),
    [
        # 60 calendar days elapsed: the 61st day is the first, a Monday here.
        ("fr", "FR", "2026-01-14 11:00", "2026-03-13 19:59", "2026-03-16 10:00"),
        ("fr", "FR", "2026-01-22 11:00", "2026-03-23 19:59", "2026-03-24 10:00"),
        ("cn-life-insurance", "CN", "2026-03-02 10:00", "2026-09-02 09:59", "2026-09-02 10:00"),
        ("cn-life-insurance", "CN", "2026-08-31 10:00", "2027-02-28 20:59", "2027-03-01 10:00"),
        ("cn-property-insurance", "CN", "2026-03-02 10:00", "2026-09-02 09:59", "2026-09-02 10:00"),
        ("cn", "CN", "2026-03-02 10:00", "2027-03-02 09:59", "2027-03-02 10:00"),
    ],
)
def test_silence_after_a_refusal(pack: str, home: str, refused_at: str, last: str, first: str) -> None:
    number, zone = HOMES[home]
    past = (contact(local(refused_at, zone), number, disposition=Disposition.CONNECTED, outcome="refused"),)
    agreed = pack == "cn"
    found = ask(pack, home, last, past=past, agreed=agreed)
    assert (found.rule, found.pack, found.next_at) == ("block", pack, local(first, zone))
    assert not ask(pack, home, last, past=past, agreed=agreed, agent_reserved=True).allowed
    assert ask(pack, home, first, past=past, agreed=agreed).allowed


def test_silence_after_an_abandoned_call_in_the_united_kingdom() -> None:
    number, zone = HOMES["GB"]
    was = local("2026-03-02 10:00", zone)
    past = (contact(was, number, disposition=Disposition.ABANDONED),)
    for purpose in Purpose:
        found = ask("uk", "GB", was + timedelta(hours=72, seconds=-1), purpose, past=past)
        assert (found.rule, found.next_at) == ("block", was + timedelta(hours=72))
        assert ask("uk", "GB", was + timedelta(hours=72), purpose, past=past).allowed
        assert ask("uk", "GB", was + timedelta(hours=1), purpose, past=past, agent_reserved=True).allowed


def test_the_house_lets_time_pass_between_calls_to_one_number_for_different_leads() -> None:
    number, zone = HOMES["GB"]
    began, ended = local("2026-03-02 10:00", zone), local("2026-03-02 10:07", zone)
    others = contact(began, number, lead_id=7, ended_at=ended)
    for purpose in Purpose:
        found = ask("house", "GB", ended + timedelta(seconds=1), purpose, past=(others,))
        assert (found.rule, found.pack, found.next_at) == ("block", "house", ended + timedelta(minutes=5))
        assert (
            found.reason
            == "House rules: no call for 5 minutes after a call to this number or person for another lead"
        )
        assert ask("house", "GB", ended + timedelta(minutes=5), purpose, past=(others,)).allowed
    late = ended + timedelta(seconds=1)
    still_open = replace(others, ended_at=None)
    assert ask("house", "GB", began + timedelta(minutes=4), past=(still_open,)).next_at == (
        began + timedelta(minutes=5)
    )
    not_bound = (
        contact(began, number, lead_id=lead().id, ended_at=ended),  # its own: the retry rules space those out
        contact(began, number, ended_at=ended),  # nobody knows whose
        contact(began, number, lead_id=7, ended_at=ended, placed=False),
    )
    his_other_number = contact(began, "+442079460999", lead_id=7, ended_at=ended)
    assert not ask("house", "GB", late, past=(his_other_number,)).allowed
    for past in not_bound:
        assert ask("house", "GB", late, past=(past,)).allowed
    assert not ask("house", "GB", late, past=(others,), agent_reserved=True).allowed
    assert ask("house", "GB", late, past=(others,), by_hand=True).allowed


@pytest.mark.parametrize(("minutes", "gap"), [(0, 0), (1, 60), (30, 1800)])
def test_the_operator_sets_the_gap_of_the_house(minutes: int, gap: int) -> None:
    book = rule_book(load_packs(), Choices(house_gap_minutes=minutes))
    number, zone = HOMES["GB"]
    began, ended = local("2026-03-02 10:00", zone), local("2026-03-02 10:07", zone)
    past = (contact(began, number, lead_id=7, ended_at=ended, purpose=Purpose.SERVICE),)
    first = ended + timedelta(seconds=gap)
    assert ask(book, "GB", first, Purpose.SERVICE, past=past).allowed
    if gap:
        assert not ask(book, "GB", first - timedelta(seconds=1), Purpose.SERVICE, past=past).allowed
    plain = rule_book(load_packs())
    assert book.packs["house"].version != plain.packs["house"].version


def test_silence_after_a_machine_lasts_the_day() -> None:
    number, zone = HOMES["GB"]
    past = (contact(local("2026-03-02 10:00", zone), number, disposition=Disposition.MACHINE),)
    found = ask("uk", "GB", "2026-03-02 23:59", past=past)
    assert (found.rule, found.next_at) == ("block", local("2026-03-03 00:00", zone))
    assert ask("uk", "GB", "2026-03-03 00:00", past=past).allowed
    assert ask("uk", "GB", "2026-03-02 11:00", past=past, agent_reserved=True).allowed


@pytest.mark.parametrize(
    ("at", "allowed", "next_at"),
    [
        ("2026-11-20 20:59", False, "2026-11-21 09:00"),
        ("2026-11-21 09:00", True, None),  # 40 days before 31 December
        ("2026-12-31 20:59", True, None),
        ("2027-01-01 09:00", False, None),
    ],
)
def test_renewal_calls_begin_40_days_before_expiry(at: str, allowed: bool, next_at: str | None) -> None:
    found = ask("cn-property-insurance", "CN", at, fields={"expiry": "2026-12-31"})
    assert found.allowed is allowed
    assert found.next_at == (None if next_at is None else local(next_at, HOMES["CN"][1]))
    assert allowed or found.rule == "anchor"


def test_a_renewal_date_nobody_can_read_is_no_call() -> None:
    assert ask("cn-property-insurance", "CN", "2026-12-01 10:00", fields={"expiry": "soon"}).rule == "anchor"


@pytest.mark.parametrize(
    ("pack", "home", "widened"),
    [
        ("house", "US", True),
        ("cn-life-insurance", "CN", True),
        ("fr", "FR", True),
        ("us-federal", "US", False),
        ("us-florida", "FL", False),
        ("es", "ES", False),
        ("in", "IN", False),
        ("carrier", "CN", False),
        ("cn-property-insurance", "CN", False),
    ],
)
def test_an_appointment_at_half_past_nine_widens_only_what_permits_it(
    pack: str, home: str, widened: bool
) -> None:
    agreed = local("2026-03-03 21:30", HOMES[home][1])
    asked = {"agreed": pack == "es", "appointment": agreed}
    quarter, second = timedelta(minutes=15), timedelta(seconds=1)
    moments = (agreed - quarter, agreed, agreed + quarter - second)
    assert [ask(pack, home, at, **asked).allowed for at in moments] == [widened] * 3
    assert not ask(pack, home, agreed - quarter - second, **asked).allowed
    assert not ask(pack, home, agreed + quarter, **asked).allowed
    if widened:
        assert ask(pack, home, agreed - timedelta(minutes=20), **asked).next_at == agreed - quarter


def test_conduct_of_the_united_states() -> None:
    conduct = PACKS["us-federal"].purposes[MARKETING].conduct
    assert conduct.min_ring_s == 15
    assert conduct.connect is not None
    assert (conduct.connect.seconds, conduct.connect.clock) == (2, Clock.GREETING_ENDS)
    (limit,) = conduct.abandon
    assert (limit.rate, str(limit.period), limit.per, limit.kind) == (
        0.03,
        "30 days",
        "campaign",
        AbandonKind.LEGAL,
    )
    assert conduct.message is not None
    assert "key_opt_out" in conduct.message.contents


def test_conduct_of_the_united_kingdom_has_no_safe_rate() -> None:
    for purpose in Purpose:
        limits = PACKS["uk"].purposes[purpose].conduct.abandon
        assert {limit.kind for limit in limits} == {AbandonKind.ZERO, AbandonKind.ALARM}


def test_recordings_are_kept() -> None:
    service = PACKS["cn-service"].purposes[SERVICE].conduct.retention
    life = PACKS["cn-life-insurance"].purposes[MARKETING].conduct.retention
    assert [one.days for one in service] == [30]
    assert [one.days >= 5 * 365 + 1 for one in life] == [True]
