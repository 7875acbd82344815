"""What becomes of a lead after an attempt, and after an agent's word."""

from datetime import timedelta

import pytest
from campaign_cases import LONDON, NEW_YORK, REVISIT, WEDNESDAY_TEN, campaign, lead, utc

from campaigns.model import Disposition, LeadStatus
from campaigns.rules import retries

D = Disposition
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("disposition", "tried", "after", "reason"),
    [
        (D.CONNECTED, {}, None, "talked to"),
        (D.NO_ANSWER, {}, HOUR, "no answer"),
        (D.NO_ANSWER, {D.NO_ANSWER: 1}, HOUR, "no answer"),
        (D.NO_ANSWER, {D.NO_ANSWER: 2}, None, "no answer, 3 times; not tried again"),
        (D.NO_ANSWER, {D.BUSY: 2}, HOUR, "no answer"),
        (D.NO_ANSWER, {D.BUSY: 3}, None, "no answer; all 4 attempts are used up"),
        (D.BUSY, {D.UNKNOWN: 3}, None, "busy; all 4 attempts are used up"),  # unknown counts
        (D.UNKNOWN, {}, 2 * HOUR, "nothing proves what became of the call"),
        (D.BUSY, {D.TRUNK_FAILED: 9}, HOUR / 6, "busy"),  # our own failures do not use up attempts
        (D.TRUNK_FAILED, {D.BUSY: 3}, HOUR / 60, "the line to the network failed"),
        (
            D.TRUNK_FAILED,
            {D.TRUNK_FAILED: 19},
            None,
            "the line to the network failed, 20 times; not tried again",
        ),
        (D.BAD_NUMBER, {}, None, "the number does not exist; not tried again"),  # no rule for it
    ],
)
def test_a_retry_rule_decides(
    disposition: Disposition, tried: dict[Disposition, int], after: timedelta | None, reason: str
) -> None:
    plan = retries.next_plan(lead(tried=tried), campaign(), disposition, WEDNESDAY_TEN)
    assert plan.reason == reason
    if after is None:
        assert (plan.status, plan.due_at) == (LeadStatus.DONE, None)
    else:
        assert (plan.status, plan.due_at) == (LeadStatus.WAITING, WEDNESDAY_TEN + after)


def test_every_disposition_has_a_plan_and_words() -> None:
    assert set(retries.IN_WORDS) == set(Disposition)
    for disposition in Disposition:
        plan = retries.next_plan(lead(), campaign(), disposition, WEDNESDAY_TEN)
        assert plan.reason.startswith(retries.IN_WORDS[disposition])
        assert (plan.due_at is None) == (plan.status is LeadStatus.DONE)


def test_with_zones_the_next_attempt_falls_into_the_hours() -> None:
    late = utc("2026-01-14 16:30")  # 11:30 in New York; an hour later is rest
    plan = retries.next_plan(lead(), campaign(), D.NO_ANSWER, late, zones=[NEW_YORK])
    assert plan.due_at == utc("2026-01-14 19:00")


def test_without_any_hours_left_the_lead_is_done() -> None:
    plan = retries.next_plan(lead(), campaign(hours=()), D.BUSY, WEDNESDAY_TEN, zones=[NEW_YORK])
    assert (plan.status, plan.reason) == (LeadStatus.DONE, "busy; no calling hours follow")


@pytest.mark.parametrize(
    ("moment", "zones", "status"),
    [
        ("2026-01-16 22:00", [NEW_YORK], LeadStatus.WAITING),  # 17:00 on the last day
        ("2026-01-16 22:45", [NEW_YORK], LeadStatus.DONE),  # the next opening is on the fourth day
        ("2026-01-16 22:45", [], LeadStatus.WAITING),  # zones unknown: somewhere the window is open
        ("2026-01-17 10:59", [], LeadStatus.WAITING),
        ("2026-01-17 11:00", [], LeadStatus.DONE),  # an hour later it has closed everywhere
    ],
)
def test_the_due_window_ends_the_retries(moment: str, zones: list[str], status: LeadStatus) -> None:
    plan = retries.next_plan(lead(), campaign(anchor=REVISIT), D.NO_ANSWER, utc(moment), zones=zones)
    assert plan.status is status
    if status is LeadStatus.DONE:
        assert plan.reason == "no answer; the 3 days to call again are over"


def test_a_lead_without_its_date_is_done() -> None:
    plan = retries.next_plan(lead(fields={}), campaign(anchor=REVISIT), D.BUSY, WEDNESDAY_TEN)
    assert (plan.status, plan.reason) == (LeadStatus.DONE, "busy; no service_date")


def test_a_call_back_is_due_when_agreed() -> None:
    agreed = utc("2026-01-15 15:00")
    plan = retries.plan_after_outcome(lead(), campaign(), "callback", WEDNESDAY_TEN, callback_at=agreed)
    assert plan is not None
    assert (plan.status, plan.due_at) == (LeadStatus.WAITING, agreed)


@pytest.mark.parametrize(
    ("agreed", "due"),
    [
        (None, WEDNESDAY_TEN + 24 * HOUR),
        (WEDNESDAY_TEN - HOUR, WEDNESDAY_TEN),  # never in the past
        (utc("2026-01-15 02:00"), utc("2026-01-15 02:00")),  # 21:00: an appointment opens our own hours
    ],
)
def test_a_call_back_is_moved_into_what_is_allowed(agreed, due) -> None:  # type: ignore[no-untyped-def]
    plan = retries.plan_after_outcome(
        lead(), campaign(), "callback", WEDNESDAY_TEN, callback_at=agreed, zones=[NEW_YORK]
    )
    assert plan is not None
    assert (plan.due_at, plan.appointment_at) == (due, agreed)


def test_a_call_back_after_the_due_window_is_not_made() -> None:
    plan = retries.plan_after_outcome(
        lead(),
        campaign(anchor=REVISIT),
        "callback",
        WEDNESDAY_TEN,
        callback_at=WEDNESDAY_TEN + 20 * 24 * HOUR,
        zones=[NEW_YORK],
    )
    assert plan is not None
    assert (plan.status, plan.reason) == (
        LeadStatus.DONE,
        "asked to be called back; the 3 days to call again are over",
    )


@pytest.mark.parametrize(
    ("outcome", "after", "problem"),
    [
        ("callback", HOUR, ""),
        ("callback", 366 * 24 * HOUR, ""),
        ("callback", 367 * 24 * HOUR, "is more than 366 days ahead"),
        ("callback", 0 * HOUR, "has passed: choose a moment to come"),
        ("satisfied", HOUR, "goes with the outcome 'callback' only"),
    ],
)
def test_an_agreed_moment_lies_ahead_and_goes_with_a_call_back(
    outcome: str, after: timedelta, problem: str
) -> None:
    assert retries.callback_fault(outcome, WEDNESDAY_TEN + after, WEDNESDAY_TEN) == problem


def test_a_call_back_does_not_pass_the_limit_of_attempts() -> None:
    used = lead(tried={D.NO_ANSWER: 3})
    plan = retries.plan_after_outcome(used, campaign(), "callback", WEDNESDAY_TEN)
    assert plan is not None
    assert plan.status is LeadStatus.DONE
    counted = lead(tried={D.NO_ANSWER: 2, D.CONNECTED: 1})
    plan = retries.plan_after_outcome(counted, campaign(), "callback", WEDNESDAY_TEN, settled_as=D.CONNECTED)
    assert plan is not None
    assert plan.status is LeadStatus.WAITING


def test_a_machine_is_retried_by_its_own_rule() -> None:
    plan = retries.plan_after_outcome(lead(), campaign(), "machine", WEDNESDAY_TEN)
    assert plan is not None
    assert plan.due_at == WEDNESDAY_TEN + 2 * HOUR
    again = retries.plan_after_outcome(
        lead(tried={D.MACHINE: 1}), campaign(), "machine", WEDNESDAY_TEN, zones=[LONDON]
    )
    assert again is not None
    assert again.status is LeadStatus.DONE


@pytest.mark.parametrize("outcome", ["wrong_person", "do_not_call"])
def test_some_outcomes_close_the_lead(outcome: str) -> None:
    plan = retries.plan_after_outcome(lead(), campaign(), outcome, WEDNESDAY_TEN)
    assert plan is not None
    assert (plan.status, plan.due_at) == (LeadStatus.DONE, None)


@pytest.mark.parametrize("outcome", ["satisfied", "not_satisfied", "", "anything else"])
def test_other_outcomes_change_nothing(outcome: str) -> None:
    assert retries.plan_after_outcome(lead(), campaign(), outcome, WEDNESDAY_TEN) is None
