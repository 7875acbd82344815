"""Forecasts over many played days: whether the truth lies in the ranges, and how many agents are enough."""

from dataclasses import replace
from datetime import time
from random import Random

import pytest
from forecast_cases import CAMPAIGN, MADRID, NOW, SURE, claim, plan_of, plays, roll_of

from campaigns.model import DialMode, Disposition
from dialer.forecast.figures import Knowledge, Rate, Spell
from dialer.forecast.learned import knowledge
from dialer.forecast.need import needed
from dialer.forecast.plan import DayPlan
from dialer.forecast.play import Pacing, Played, play
from dialer.forecast.ports import SeenAttempt
from dialer.forecast.result import Range
from dialer.forecast.truth import Truth
from dialer.forecast.window import Question
from dialer.pacing.budgets import US_TSR
from dialer.simulator.scenario import LogNormal


def test_agents_who_cannot_get_through_leave_leads() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 1_001)]))
    played = play(plan, SURE, Pacing(), 2, 1)
    assert played.caught_up_s is None
    assert played.idle_share == pytest.approx(0.37, abs=0.1)  # progressive at 30 % answers
    assert {why.code: count for why, count in played.left.items()}["agent-time"] > 300


def test_predictive_pacing_keeps_agents_busier_and_abandons_within_the_budget() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 1_001)]), ends=None)
    plain = play(plan, SURE, Pacing(), 3, 1, until_s=1800.0)
    ahead = play(plan, SURE, Pacing(DialMode.PREDICTIVE, budgets=(US_TSR,)), 3, 1, until_s=1800.0)
    assert ahead.idle_share < plain.idle_share - 0.05
    assert plain.abandoned == 0
    assert ahead.abandoned <= 0.03 * ahead.answered + US_TSR.allowance


def test_ranges_are_wider_the_less_was_seen() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 61)]), ends=time(10))

    def spread(history: int) -> float:
        seen = [
            SeenAttempt(NOW.replace(hour=10), 1, Disposition.CONNECTED, 8_000, 120_000)
            if number % 10 < 3
            else SeenAttempt(NOW.replace(hour=10), 1, Disposition.NO_ANSWER, 25_000, None)
            for number in range(history)
        ]
        known = knowledge(CAMPAIGN, seen, None)
        days = [play(plan, known, Pacing(), 4, seed) for seed in range(12)]
        told = Range.of(one.connected for one in days)
        return told.high - told.low

    assert spread(0) > 1.5 * spread(5_000)


def history(truth: Knowledge, dice: Random, calls: int) -> list[SeenAttempt]:
    """Draw past attempts from a truth, as a store would have kept them."""
    drawn, at, made = Truth.drawn(truth, dice), NOW.replace(hour=10), []
    talk, ring = LogNormal(truth.talk.variation), LogNormal(truth.ring.variation)
    for _ in range(calls):
        if dice.random() >= drawn.answer_rate:
            made.append(SeenAttempt(at, 1, drawn.miss(dice.random()), None, None))
            continue
        rang = round(1000 * ring.draw(drawn.ring.mean_s, dice))
        if dice.random() < drawn.machines:
            made.append(SeenAttempt(at, 1, Disposition.MACHINE, rang, 8_000))
        else:
            lasted = round(1000 * talk.draw(drawn.talk.mean_s, dice))
            made.append(SeenAttempt(at, 1, Disposition.CONNECTED, rang, lasted))
    return made


@pytest.mark.timeout(
    600
)  # the longest of all: seconds on a quiet machine, which make test's other half is not
def test_the_truth_lies_inside_the_range_as_often_as_it_should() -> None:
    """Many campaigns with a truth of their own, of which the forecast knows only some past attempts."""
    campaigns = 60
    dice = Random(12)
    plan = plan_of(roll_of([claim(index) for index in range(1, 41)]), ends=time(9, 45))
    connected = idle = 0
    for number in range(campaigns):
        rate, talk_s = dice.uniform(0.15, 0.55), dice.uniform(60.0, 200.0)
        truth = replace(SURE, answers=Rate(rate * 1e6, 1e6), talk=Spell(talk_s, 0.8, None))
        known = knowledge(CAMPAIGN, history(truth, dice, 150), None)
        days = [play(plan, known, Pacing(), 3, 100 * number + seed) for seed in range(1, 12)]
        real = play(plan, truth, Pacing(), 3, 100 * number + 99)
        told = Range.of(one.connected for one in days)
        connected += told.low <= real.connected <= told.high
        told = Range.of(one.idle_share for one in days)
        idle += told.low <= real.idle_share <= told.high
    least = 40  # 80 % are meant: fewer than 40 of 60 come once in two hundred times
    assert connected >= least
    assert idle >= least
    assert connected + idle < 2 * campaigns  # ranges so wide that nothing escapes them would say nothing


def test_a_nearer_deadline_takes_more_agents_and_the_numbers_keep_their_word() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 81)]))
    days = [plays(plan, 3, seed, None) for seed in range(1, 4)]

    def need(hour: int) -> int:
        question = Question(1, 3, until=time(hour), zone=MADRID)
        found = needed(question, plan, DialMode.PROGRESSIVE, days, plays)
        assert found.low is not None
        assert found.mid is not None
        assert found.high is not None
        assert found.low <= found.mid <= found.high
        return found.mid

    early, late = need(10), need(14)
    assert early > late
    until_s = 3600.0
    kept = [plays(plan, early, seed, until_s).caught_up_s is not None for seed in range(20, 30)]
    missed = [
        plays(plan, max(1, early // 2), seed, until_s).caught_up_s is not None for seed in range(20, 30)
    ]
    assert sum(kept) >= 4
    assert sum(missed) == 0


def test_many_agents_are_looked_for_on_a_sample() -> None:
    played: list[tuple[int, int]] = []

    def watched(plan: DayPlan, agents: int, seed: int, until_s: float | None) -> Played:
        played.append((plan.one_in, agents))
        return plays(plan, agents, seed, until_s)

    plan = plan_of(
        roll_of([claim(index) for index in range(1, 601)], max_channels=500, calls_per_second=50.0)
    )
    days = [plays(plan, 10, seed, None) for seed in range(1, 4)]
    found = needed(Question(1, 10, until=time(9, 10)), plan, DialMode.PROGRESSIVE, days, watched)
    assert found.mid is not None
    assert found.mid > 48
    assert {one_in for one_in, _ in played} == {max(one_in for one_in, _ in played)}
    assert max(one_in for one_in, _ in played) > 1
    assert max(agents for _, agents in played) < 60
    until_s = 600.0
    assert plays(plan, round(1.25 * found.mid), days[0].seed, until_s).caught_up_s is not None
    assert plays(plan, round(0.75 * found.mid), days[0].seed, until_s).caught_up_s is None


def test_where_channels_bind_no_number_is_enough() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 101)], max_channels=1))
    days = [plays(plan, 3, seed, None) for seed in range(1, 4)]
    found = needed(Question(1, 3, until=time(10)), plan, DialMode.PROGRESSIVE, days, plays)
    assert (found.low, found.mid, found.high) == (None, None, None)
