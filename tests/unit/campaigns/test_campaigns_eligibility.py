"""The one verdict: every rule refuses by name, in order, and never sends anybody back in time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from campaign_cases import (
    LAW,
    LONDON,
    NEW_YORK,
    REVISIT,
    WEDNESDAY_TEN,
    campaign,
    customer,
    lead,
    utc,
    windows,
)
from hypothesis import given
from hypothesis import strategies as st

from campaigns.model import (
    CampaignStatus,
    Disposition,
    LeadStatus,
    Purpose,
)
from campaigns.packs_folder import Choices, load_packs, rule_book
from campaigns.rules import eligibility
from campaigns.rules.evidence import Evidence
from campaigns.verdicts import Verdict

MORNINGS = windows(range(7), "09:00-12:00")
# Nothing but our own rules: service calls to New York, and a house that never closes.
RULES = rule_book(load_packs(), Choices(house_hours=windows(range(7), "00:00-00:00"), house_on_holidays=True))
BOTH = {"zones": (NEW_YORK, LONDON)}
FULL = {Disposition.NO_ANSWER: 3, Disposition.UNKNOWN: 1}


def judge(moment: datetime = WEDNESDAY_TEN, suppressed: bool = False, **case) -> Verdict:  # type: ignore[no-untyped-def]
    return eligibility.verdict(
        lead(**case.get("lead", {})),
        customer(**case.get("customer", {})),
        Evidence(suppressed=("opt-out",) if suppressed else ()),
        campaign(**case.get("campaign", {})),
        moment,
        RULES,
    )


def wished(moment: datetime, wish: datetime, **changes: Any) -> Verdict:
    about = (lead(), customer(), Evidence(appointment=wish), campaign(**changes))
    return eligibility.verdict(*about, moment, RULES)


def test_a_wish_holds_a_call_back_until_it_is_near_and_afterwards_no_more() -> None:
    wish, lead_in = utc("2026-01-14 20:00"), timedelta(minutes=15)
    early = wished(WEDNESDAY_TEN, wish)
    assert (early.allowed, early.rule, early.next_at) == (False, "appointment", wish - lead_in)
    assert early.reason == f"the customer wished to be called at 2026-01-14 15:00 in {NEW_YORK}"
    moments = (wish - lead_in, wish, wish + lead_in, wish + timedelta(hours=1))
    assert [wished(moment, wish).allowed for moment in moments] == [True] * 4
    assert wished(WEDNESDAY_TEN, WEDNESDAY_TEN - timedelta(days=1)).allowed


def test_a_wish_outside_the_campaigns_hours_is_honoured_and_one_after_the_due_window_is_not() -> None:
    never = {"hours": windows(range(1), "09:00-10:00")}  # Mondays
    evening = utc("2026-01-15 02:30")
    assert wished(WEDNESDAY_TEN, evening, **never).next_at == evening - timedelta(minutes=15)
    assert wished(evening, evening, **never).allowed
    late = wished(WEDNESDAY_TEN, WEDNESDAY_TEN + timedelta(days=30), anchor=REVISIT)
    assert (late.allowed, late.rule, late.next_at) == (False, "appointment", None)
    assert "no calling hours are left within 3 days" in late.reason


def test_a_due_lead_inside_the_hours_may_be_called() -> None:
    found = judge()
    assert (found.allowed, found.rule, found.zones) == (True, eligibility.ALLOWED, (NEW_YORK,))
    assert found.pack == "us-federal, house"
    assert judge(campaign={"anchor": REVISIT}).allowed


@pytest.mark.parametrize(
    ("case", "rule", "words", "next_at"),
    [
        ({"suppressed": True}, "suppressed", "do-not-call list opt-out", None),
        ({"campaign": {"status": CampaignStatus.PAUSED}}, "campaign", "is paused", WEDNESDAY_TEN),
        ({"campaign": {"status": CampaignStatus.DRAFT}}, "campaign", "is draft", WEDNESDAY_TEN),
        ({"campaign": {"status": CampaignStatus.STOPPED}}, "campaign", "is stopped", None),
        ({"campaign": {"status": CampaignStatus.FINISHED}}, "campaign", "is finished", WEDNESDAY_TEN),
        ({"lead": {"status": LeadStatus.DONE, "closed_reason": "talked to"}}, "closed", "talked to", None),
        ({"lead": {"tried": FULL}}, "attempts", "4 of 4 attempts", None),
        ({"customer": {"zones": ()}}, "zone", "nobody knows", None),
        ({"customer": {"zones": (NEW_YORK, "America/Gotham")}}, "zone", "unknown time zone", None),
        ({"lead": {"due_at": utc("2026-01-14 15:01")}}, "due", "not due", utc("2026-01-14 15:01")),
        ({"moment": utc("2026-01-14 17:00")}, "hours", NEW_YORK, utc("2026-01-14 19:00")),
        ({"campaign": {"hours": ()}}, "hours", "no calling hours", None),
        ({"campaign": {"hours": windows(range(1), "12:00-09:00")}}, "hours", "broken", None),
        (
            {"customer": {"zones": (NEW_YORK, "Asia/Shanghai")}, "campaign": {"hours": MORNINGS}},
            "hours",
            "no hour",
            None,
        ),
        ({"customer": BOTH, "moment": utc("2026-01-14 18:30")}, "hours", NEW_YORK, utc("2026-01-15 14:00")),
    ],
)  # fmt: skip
def test_each_rule_refuses_by_name(case, rule: str, words: str, next_at: datetime | None) -> None:  # type: ignore[no-untyped-def]
    refusal = judge(**case)
    assert (refusal.allowed, refusal.rule, refusal.next_at) == (False, rule, next_at)
    assert words in refusal.reason


@pytest.mark.parametrize(
    ("moment", "fields", "rule", "next_at"),
    [
        ("2026-01-12 15:00", {"service_date": "2026-01-13"}, "anchor", utc("2026-01-13 14:00")),
        ("2026-01-16 22:00", {"service_date": "2026-01-13"}, "allowed", None),
        ("2026-01-16 23:45", {"service_date": "2026-01-13"}, "hours", None),  # opens again too late
        ("2026-01-17 15:00", {"service_date": "2026-01-13"}, "anchor", None),
        ("2026-01-14 15:00", {}, "anchor", None),
        ("2026-01-14 15:00", {"service_date": "soon"}, "anchor", None),
    ],
)
def test_the_due_window_binds(
    moment: str, fields: dict[str, str], rule: str, next_at: datetime | None
) -> None:
    due = utc("2026-01-10 00:00")
    found = judge(utc(moment), lead={"fields": fields, "due_at": due}, campaign={"anchor": REVISIT})
    assert (found.rule, found.next_at) == (rule, next_at)


def test_the_due_window_is_half_open_where_the_hours_never_close() -> None:
    always = {"anchor": REVISIT, "hours": windows(range(7), "00:00-00:00")}
    closes_at = utc("2026-01-17 05:00")
    assert judge(closes_at - timedelta(microseconds=1), campaign=always).allowed
    assert judge(closes_at, campaign=always).rule == "anchor"


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        ({"suppressed": True, "campaign": {"status": CampaignStatus.PAUSED}}, "suppressed"),
        ({"lead": {"tried": FULL}, "moment": utc("2026-01-14 17:00")}, "attempts"),
        ({"customer": {"zones": ()}, "lead": {"due_at": utc("2027-01-01 00:00")}}, "zone"),
    ],
)
def test_a_final_answer_stands_before_a_passing_one(case, rule: str) -> None:  # type: ignore[no-untyped-def]
    refusal = judge(**case)
    assert (refusal.rule, refusal.next_at) == (rule, None)


@pytest.mark.parametrize(
    ("moment", "changes", "rule", "next_at"),
    [
        ("2026-01-14 15:00", {}, "campaign", "2026-01-14 15:00"),
        ("2026-01-14 05:00", {}, "campaign", "2026-01-14 14:00"),
        ("2026-01-14 15:00", {"lead": {"due_at": utc("2026-01-15 02:00")}}, "campaign", "2026-01-15 14:00"),
        ("2026-03-14 15:00", {}, "anchor", None),
    ],
)
def test_a_draft_may_be_called_from_when_all_else_allows_it(
    moment: str, changes: dict[str, Any], rule: str, next_at: str | None
) -> None:
    own = {"status": CampaignStatus.DRAFT, "anchor": REVISIT, "hours": windows(range(7), "09:00-12:00")}
    refusal = judge(moment=utc(moment), campaign=own, **changes)
    assert (refusal.rule, refusal.next_at) == (rule, None if next_at is None else utc(next_at))
    assert rule == "anchor" or refusal.reason == "the campaign is draft; once it runs, the call may be placed"


def test_failures_of_our_own_line_use_up_no_attempts() -> None:
    assert judge(lead={"tried": {Disposition.TRUNK_FAILED: 50, Disposition.BUSY: 3}}).allowed


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        judge(WEDNESDAY_TEN.replace(tzinfo=None))


CASES = st.fixed_dictionaries(
    {
        "moment": st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
        "suppressed": st.booleans(),
        "lead": st.fixed_dictionaries(
            {
                "due_at": st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
                "tried": st.dictionaries(st.sampled_from(Disposition), st.integers(0, 2), max_size=2),
                "fields": st.dates(datetime(2026, 1, 1).date(), datetime(2026, 12, 31).date()).map(  # noqa: DTZ001
                    lambda day: {"service_date": day.isoformat()}
                ),
            }
        ),
        "customer": st.fixed_dictionaries(
            {
                "zones": st.lists(
                    st.sampled_from([NEW_YORK, LONDON, "Africa/Cairo", "Asia/Kathmandu", "Nowhere/Land"]),
                    max_size=2,
                ).map(tuple)
            }
        ),
        "campaign": st.fixed_dictionaries(
            {
                "status": st.sampled_from(CampaignStatus),
                "anchor": st.sampled_from([None, REVISIT]),
                "hours": st.sampled_from(
                    [(), windows(range(7), "09:00-12:00", "20:00-00:00"), windows(range(7), "00:30-03:30")]
                ),
            }
        ),
    }
)


def running(case):  # type: ignore[no-untyped-def]
    """Take away what refuses most cases, so that many verdicts are about hours and dates."""
    setting = {**case["campaign"], "status": CampaignStatus.RUNNING}
    return {**case, "campaign": setting, "suppressed": False}


RUNNING = CASES.map(running)


@LAW
@given(CASES | RUNNING)
def test_no_call_that_a_naive_reading_forbids(case) -> None:  # type: ignore[no-untyped-def]
    found = judge(**case)
    if not found.allowed:
        return
    moment, setting = case["moment"], campaign(**case["campaign"])
    assert not case["suppressed"]
    assert setting.status is CampaignStatus.RUNNING
    assert case["customer"]["zones"]
    assert case["lead"]["due_at"] <= moment
    for name in case["customer"]["zones"]:
        local = moment.astimezone(ZoneInfo(name))
        clock = local.strftime("%H:%M")
        assert any(
            w.weekday == local.weekday()
            and f"{w.opens:%H:%M}" <= clock < (f"{w.closes:%H:%M}" if w.closes.hour else "24:00")
            for w in setting.hours
        )
        if setting.anchor is not None:
            day = datetime.fromisoformat(case["lead"]["fields"]["service_date"]).date()
            assert day <= local.date() <= day + timedelta(days=3)


@LAW
@given(CASES | RUNNING)
def test_the_next_moment_is_not_in_the_past_and_leads_on(case) -> None:  # type: ignore[no-untyped-def]
    """Following ``next_at`` ends in a call or in a final refusal; it never goes back or round in circles."""
    case = {**running(case), "suppressed": case["suppressed"]}
    moment = case["moment"]
    for _ in range(8):
        found = judge(**{**case, "moment": moment})
        if found.allowed or found.next_at is None:
            return
        assert found.next_at > moment
        moment = found.next_at
    pytest.fail("eight refusals in a row")


def test_what_the_information_message_leaves_out_refuses_until_it_is_said() -> None:
    packs = load_packs()
    house = Choices(house_hours=windows(range(7), "00:00-00:00"), house_on_holidays=True)

    def asked(*told: str) -> Verdict:
        book = rule_book(packs, house, dict.fromkeys(Purpose, frozenset(told)))
        person = customer(zones=(LONDON,), numbers=("+442079460123",))
        return eligibility.verdict(
            lead(number="+442079460123"), person, Evidence(), campaign(), WEDNESDAY_TEN, book
        )

    assert asked("company", "callback_number").allowed
    found = asked("company", "key_opt_out")
    assert (found.allowed, found.rule, found.pack, found.next_at) == (False, "message", "uk", None)
    assert found.version == packs["uk"].version
    assert found.reason.endswith(
        "wants the information message to say a number to call back ({callback_number})"
    )
