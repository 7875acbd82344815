"""What a refusal makes of a lead, and what has to change for another answer."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from campaign_cases import campaign, lead

from campaigns.model import (
    AmdMode,
    HoursWindow,
    LeadStatus,
    Purpose,
)
from campaigns.packs_folder import Choices, load_packs, rule_book
from campaigns.rules.refusals import matters, plan_after_refusal, standing_on
from campaigns.verdicts import LastVerdict, Verdict

NOON = datetime(2026, 1, 14, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=2)
PACKS = load_packs()
RULES = rule_book(PACKS)


def test_a_refusal_that_passes_with_time_waits_until_then_and_says_why() -> None:
    refusal = Verdict(False, "hours", "shut", LATER, "es", "v1", ("Europe/Madrid",), "Europe/Madrid")
    plan = plan_after_refusal(lead(), refusal, NOON, "book")
    assert (plan.status, plan.due_at, plan.reason) == (LeadStatus.WAITING, LATER, "shut")
    assert plan.verdict == LastVerdict("hours", "shut", NOON, LATER, "es", "v1", "Europe/Madrid", "book")


def test_a_refusal_that_no_time_heals_parks_the_lead() -> None:
    plan = plan_after_refusal(lead(), Verdict(False, "suppressed", "on a list"), NOON, "book")
    assert (plan.status, plan.due_at) == (LeadStatus.REFUSED, None)
    assert plan.verdict == LastVerdict("suppressed", "on a list", NOON, book="book")


@pytest.mark.parametrize("rule", ["attempts", "closed"])
def test_used_up_attempts_end_the_lead(rule: str) -> None:
    plan = plan_after_refusal(lead(), Verdict(False, rule, "used up"), NOON, "book")
    assert (plan.status, plan.due_at, plan.verdict) == (LeadStatus.DONE, None, None)


@pytest.mark.parametrize("next_at", [None, NOON])
def test_a_campaign_that_does_not_run_leaves_its_leads_as_they_were(next_at: datetime | None) -> None:
    claimed = lead()
    plan = plan_after_refusal(claimed, Verdict(False, "campaign", "paused", next_at), NOON, "book")
    assert (plan.status, plan.due_at, plan.verdict) == (LeadStatus.WAITING, claimed.due_at, None)


@pytest.mark.parametrize("rule", ["external", "no-carrier", "in-call"])
def test_what_only_asking_again_can_tell_stands_on_no_book(rule: str) -> None:
    plan = plan_after_refusal(lead(), Verdict(False, rule, "no"), NOON, "book")
    assert plan.verdict is not None
    assert plan.verdict.book == ""


def test_a_verdict_stands_on_packs_choices_and_the_campaigns_own_rules() -> None:
    stands = standing_on(campaign(), RULES)
    assert standing_on(campaign(), rule_book(load_packs())) == stands
    changed = replace(PACKS["es"], version="2027-01-01")
    different = [
        standing_on(campaign(), rule_book({**PACKS, "es": changed})),
        standing_on(campaign(), rule_book(PACKS, Choices(added=("carrier",)))),
        standing_on(campaign(), rule_book(PACKS, Choices(trades=("life-insurance",)))),
        standing_on(campaign(), rule_book(PACKS, Choices(house_on_holidays=True))),
        standing_on(campaign(hours=(HoursWindow(0, time(9), time(10)),)), RULES),
        standing_on(campaign(packs=("carrier",)), RULES),
        standing_on(campaign(purpose=Purpose.MARKETING), RULES),
        standing_on(campaign(amd=AmdMode.STRICT), RULES),
    ]
    assert len({stands, *different}) == 1 + len(different)


def test_what_passes_by_itself_and_pace_change_nothing() -> None:
    stands = standing_on(campaign(), RULES)
    assert standing_on(campaign(max_channels=1, calls_per_second=9, status_by="anna"), RULES) == stands


def test_the_same_rule_at_a_later_moment_does_not_matter() -> None:
    before = LastVerdict("hours", "shut", NOON, LATER, "es", "v1")
    assert matters(None, before)
    assert not matters(
        before, replace(before, at=LATER, reason="still shut", next_at=None, zone="Asia/Tokyo")
    )
    assert matters(before, replace(before, rule="holiday"))
    assert matters(before, replace(before, pack="fr"))
    assert matters(before, replace(before, version="v2"))
