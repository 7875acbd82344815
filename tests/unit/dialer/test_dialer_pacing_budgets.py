"""Abandon budgets: what each kind does, periods that follow each other, times that slide."""

from dataclasses import replace
from math import inf, nan

import pytest

from campaigns.rules.amd_errors import Screens, charged_share, misjudged
from dialer.pacing.budgets import Budget, BudgetKind, Ledger, Standing, judge

LEGAL = Budget("law", BudgetKind.LEGAL, 0.03, 30 * 86_400.0, allowance=3.0)
ZERO = Budget("none", BudgetKind.ZERO, 0.0, 86_400.0)
ALARM = Budget("quarter", BudgetKind.ALARM, 0.05, 900.0, allowance=2.0)


def test_a_legal_budget_stops_unreserved_calls_only_while_it_is_overdrawn() -> None:
    assert not judge([Standing(LEGAL, 0, 3)]).reserved_only
    assert judge([Standing(LEGAL, 0, 4)]).reserved_only
    assert judge([Standing(LEGAL, 33, 4)]).reserved_only
    assert not judge([Standing(LEGAL, 34, 4)]).reserved_only
    assert judge([Standing(LEGAL, 100, 2)]).left == pytest.approx(4.0)


def test_the_strictest_of_several_decides_and_says_who() -> None:
    state = Budget("state", BudgetKind.LEGAL, 0.01, 30 * 86_400.0, allowance=1.0)
    verdict = judge([Standing(LEGAL, 200, 5), Standing(state, 200, 5)])
    assert verdict.reserved_only
    assert verdict.why.startswith("state: 5 of 200")


def test_people_taken_for_machines_are_live_answers_that_were_abandoned() -> None:
    assert judge([Standing(LEGAL, 100, 2, misjudged=4.2)]).reserved_only
    assert not judge([Standing(LEGAL, 100, 2, misjudged=4.1)]).reserved_only
    verdict = judge([Standing(LEGAL, 100, 5, misjudged=7.25)])
    assert verdict.why == "law: 5 of 100 abandoned and about 7.2 taken for machines"
    # The very share that a report shows: 3 + 0.03 x (100 + 7.25) - 12.25 are left.
    assert verdict.left == pytest.approx(3 + 0.03 * 107.25 - 12.25)


def test_a_ledger_charges_what_a_report_would_and_begins_anew_with_its_period() -> None:
    ledger = Ledger(LEGAL, 0.0, live=375, abandoned=3)
    ledger.screen(1.0, Screens(machine=170))
    assert ledger.standing(2.0).misjudged == 0.0  # nobody has checked a machine
    ledger.screen(2.0, Screens(machine=10, checked=20, judged=20, persons=5))
    standing = ledger.standing(3.0)
    assert standing.misjudged == 45.0
    screens = Screens(machine=180, checked=20, judged=20, persons=5)
    share = (standing.abandoned + standing.misjudged) / (standing.live + standing.misjudged)
    assert share == charged_share(3, 375, misjudged(screens, 375))
    assert ledger.standing(30 * 86_400.0).misjudged == 0.0


def test_an_alarm_goes_without_estimates() -> None:
    ledger = Ledger(ALARM, 0.0, live=10)
    ledger.screen(1.0, Screens(machine=10, checked=1, judged=1, persons=1))
    assert ledger.standing(2.0) == Standing(ALARM, 10, 0)


@pytest.mark.parametrize("nonsense", [nan, inf, -1.0])
def test_counts_and_rates_that_nothing_could_overdraw_are_refused(nonsense: float) -> None:
    for counts in ((100, 50, nonsense), (-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="law"):
            Standing(LEGAL, *counts)
    for figures in ({"rate": nonsense}, {"period_s": min(nonsense, 0.0)}, {"allowance": nonsense}):
        with pytest.raises(ValueError, match="law"):
            replace(LEGAL, **figures)


def test_a_zero_budget_never_lets_an_unreserved_call_start() -> None:
    verdict = judge([Standing(ZERO, 1000, 0)])
    assert verdict.reserved_only
    assert verdict.left == 0.0
    overdrawn = Standing(LEGAL, 100, 60)
    assert (
        judge([overdrawn, Standing(ZERO, 1000, 0)]) == judge([Standing(ZERO, 1000, 0), overdrawn]) == verdict
    )


def test_every_alarm_steps_down_once_and_says_why() -> None:
    day = Budget("day", BudgetKind.ALARM, 0.03, 86_400.0, allowance=2.0)
    calm = judge([Standing(ALARM, 100, 7)])
    assert calm.step_down == 1.0
    loud = judge([Standing(ALARM, 100, 8), Standing(day, 100, 8)])
    assert loud.step_down == 0.25
    assert not loud.reserved_only
    assert "8 of 100" in loud.why


def test_a_legal_period_begins_anew_at_its_end() -> None:
    ledger = Ledger(LEGAL, 0.0)
    for _ in range(5):
        ledger.count(100.0, abandoned=True)
    assert ledger.standing(30 * 86_400.0 - 1).abandoned == 5
    fresh = ledger.standing(30 * 86_400.0)
    assert (fresh.live, fresh.abandoned) == (0, 0)
    ledger.count(95 * 86_400.0, abandoned=False)
    assert ledger.began == 90 * 86_400.0


def test_what_is_taken_back_of_a_period_before_counts_for_nothing() -> None:
    ledger = Ledger(LEGAL, 0.0, live=50)
    ledger.screen(1.0, Screens(checked=1, judged=1, persons=1))
    later = LEGAL.period_s + 1.0
    ledger.screen(later, Screens(persons=-1))
    ledger.screen(later, Screens(machine=10, checked=2, judged=2, persons=1))
    assert ledger.screens == Screens(machine=10, checked=2, judged=2, persons=1)
    assert ledger.standing(later).misjudged >= 0


def test_an_alarm_forgets_what_is_older_than_its_time() -> None:
    ledger = Ledger(ALARM, 0.0)
    for moment in range(0, 600, 10):
        ledger.count(float(moment), abandoned=moment < 100)
    assert ledger.standing(600.0) == Standing(ALARM, 60, 10)
    later = ledger.standing(1100.0)
    assert later.abandoned == 0
    assert 40 <= later.live < 60
    assert ledger.standing(3000.0).live == 0


def test_a_ledger_goes_on_from_stored_counts() -> None:
    for budget in (LEGAL, ALARM):
        ledger = Ledger(budget, 0.0, live=50, abandoned=2)
        ledger.count(1.0, abandoned=False)
        assert ledger.standing(2.0) == Standing(budget, 51, 2)
    assert Ledger(ALARM, 0.0, 50, 2).standing(2000.0).live == 0
