"""Figures: each from the first source that has evidence, and the less evidence, the further days differ."""

from datetime import timedelta
from random import Random
from statistics import mean, pstdev, stdev

import pytest
from forecast_cases import CAMPAIGN, NOW, SURE

from campaigns.model import Disposition
from dialer.forecast.figures import Rate, Spell
from dialer.forecast.learned import (
    ATTEMPTS,
    SETTING,
    SHELF,
    USUAL,
    knowledge,
    moments_of_delays,
    moments_of_life,
    seen_in,
    shelf_of,
)
from dialer.forecast.ports import SeenAttempt
from dialer.forecast.truth import Truth, drawn_mean, drawn_rate
from dialer.pacing.delays import DelayTable
from dialer.pacing.facts import CallMissed, CallReached, TalkEnded, WrapUpEnded
from dialer.pacing.lifetimes import LifeTable
from dialer.pacing.memory import Memory, learn
from dialer.pacing.shelf import kept
from dialer.simulator.scenario import LogNormal


def attempts(count: int, answered: float, hour: int = 10, list_id: int = 1) -> list[SeenAttempt]:
    """So many attempts within one hour of UTC, the first ones answered: ring 8 s, talk 90 s."""
    at = NOW.replace(hour=hour)
    taken = round(count * answered)
    return [
        SeenAttempt(at, list_id, Disposition.CONNECTED, 8_000, 90_000)
        if number < taken
        else SeenAttempt(at, list_id, Disposition.NO_ANSWER, 25_000, None)
        for number in range(count)
    ]


def learned_memory(rate: float = 0.4, calls: int = 200) -> Memory:
    memory, dice = Memory.fresh(), Random(1)
    for number in range(calls):
        fact = CallReached(9.0) if dice.random() < rate else CallMissed(27.0)
        memory = learn(memory, fact, 10.0 * number)
    for _ in range(60):
        memory = learn(memory, TalkEnded(dice.uniform(40, 80)), 0.0)
        memory = learn(memory, WrapUpEnded(dice.uniform(8, 12)), 0.0)
    return memory


def test_the_less_is_known_of_a_rate_the_further_days_differ() -> None:
    dice = Random(1)
    few, many = Rate(3, 10), Rate(3_000, 10_000)
    drawn_few, drawn_many = ([drawn_rate(rate, dice) for _ in range(2_000)] for rate in (few, many))
    assert stdev(drawn_few) > 10 * stdev(drawn_many)
    assert mean(drawn_many) == pytest.approx(0.3, abs=0.01)
    assert Rate(0, 0).share == 0.0


def test_a_list_with_little_evidence_is_pulled_to_the_campaign() -> None:
    dice = Random(1)
    pulled = mean(drawn_rate(Rate(0, 10), dice, 0.5) for _ in range(2_000))
    convinced = mean(drawn_rate(Rate(0, 10_000), dice, 0.5) for _ in range(2_000))
    assert pulled == pytest.approx(0.5 * 100 / 110, abs=0.02)
    assert convinced < 0.02


def test_the_mean_of_a_spell_is_as_sure_as_it_was_often_seen() -> None:
    dice = Random(1)
    rare, often = Spell(100.0, 0.9, 4.0), Spell(100.0, 0.9, 10_000.0)
    spread_rare, spread_often = (stdev(drawn_mean(one, dice) for _ in range(2_000)) for one in (rare, often))
    assert spread_rare > 20 * spread_often
    assert drawn_mean(Spell(20.0, 0.5, None), dice) == 20.0


def test_a_day_depends_on_its_seed_alone() -> None:
    known = knowledge(CAMPAIGN, attempts(300, 0.3), None)
    assert Truth.drawn(known, Random("7")) == Truth.drawn(known, Random("7"))
    assert Truth.drawn(known, Random("7")) != Truth.drawn(known, Random("8"))


def test_without_anything_the_usual_figures_are_taken_and_named() -> None:
    known = knowledge(CAMPAIGN, [], None)
    assert known.answers.share == pytest.approx(0.3)
    assert (known.talk.mean_s, known.wrap_up.mean_s) == (120.0, CAMPAIGN.wrap_up_s)
    assert {(one.figure, one.source, one.observations) for one in known.origins} == {
        ("answer rate", USUAL, 0),
        ("machines", USUAL, 0),
        ("time to the answer", USUAL, 0),
        ("talk time", USUAL, 0),
        ("wrap-up", SETTING, 0),
    }


def test_the_campaigns_own_attempts_go_before_what_is_usual() -> None:
    found = [*attempts(200, 0.5, hour=9, list_id=1), *attempts(200, 0.1, hour=16, list_id=2)]
    known = knowledge(CAMPAIGN, found, None)
    assert known.answers.share == pytest.approx(0.3)
    assert known.by_hour[9].share == pytest.approx(0.5)
    assert known.by_list[2].share == pytest.approx(0.1)
    assert (known.ring.mean_s, known.talk.mean_s) == (8.0, 90.0)
    origins = {one.figure: (one.source, one.observations) for one in known.origins}
    assert origins["answer rate"] == (ATTEMPTS, 400)
    assert origins["talk time"] == (ATTEMPTS, 120)
    truth = Truth.drawn(known, Random(1))
    assert truth.rate(1, 9) > 2 * truth.rate(2, 16)
    assert 0.0 < truth.rate(3, 12) < 1.0  # neither list nor hour was ever seen


def test_attempts_that_say_nothing_about_customers_are_left_out() -> None:
    silent = [
        SeenAttempt(NOW, 1, disposition, None, None)
        for disposition in (Disposition.TRUNK_FAILED, Disposition.CANCELLED, Disposition.UNKNOWN)
    ]
    seen = seen_in([*silent, *attempts(10, 0.4), SeenAttempt(NOW, 1, Disposition.MACHINE, 5_000, 8_000)])
    assert (seen.answers, seen.machines) == (Rate(5, 11), Rate(1, 5))
    assert seen.talks_s == [90.0] * 4  # an agent's words to a machine are no talk


def test_how_calls_are_missed_is_counted_beside_what_is_usual() -> None:
    busy = [SeenAttempt(NOW, 1, Disposition.BUSY, None, None)] * 1_000
    known = knowledge(CAMPAIGN, busy, None)
    assert known.misses[Disposition.BUSY] == pytest.approx(1_000 + 5 * 0.12)
    assert known.misses[Disposition.NO_ANSWER] == pytest.approx(5 * 0.7)
    truth = Truth.drawn(known, Random(1))
    assert sum(truth.miss(number / 1_000) is Disposition.BUSY for number in range(1_000)) > 950


def test_what_pacing_learned_goes_before_the_attempts() -> None:
    learned = kept({}, learned_memory(0.4), str(CAMPAIGN.id), "1", 9)
    known = knowledge(CAMPAIGN, attempts(200, 0.1), shelf_of(CAMPAIGN.id, learned))
    origins = {one.figure: one for one in known.origins}
    assert {origins[name].source for name in ("answer rate", "talk time", "wrap-up")} == {SHELF}
    assert origins["talk time"].observations == 60
    assert known.answers.share == pytest.approx(0.4, abs=0.1)
    assert set(known.by_hour) == {9}
    assert known.talk.mean_s == pytest.approx(60.0, rel=0.15)
    assert known.wrap_up.mean_s == pytest.approx(10.0, rel=0.3)


def test_an_entry_that_is_none_of_ours_is_passed_over() -> None:
    shelf = shelf_of(1, {"1": {"version": 9}, "1/2/09": {}, "1/2": {"version": 1}})
    assert shelf is None
    assert knowledge(CAMPAIGN, attempts(100, 0.3), shelf).origins[0].source == ATTEMPTS


def test_a_young_memory_is_no_source_yet() -> None:
    shelf = shelf_of(CAMPAIGN.id, kept({}, Memory.fresh(), str(CAMPAIGN.id), "1", 9))
    assert {one.source for one in knowledge(CAMPAIGN, [], shelf).origins} == {USUAL, SETTING}


def test_a_life_table_gives_back_the_mean_and_spread_of_what_it_saw() -> None:
    dice, table = Random(1), LifeTable(100.0)
    values = [LogNormal(0.7).draw(150.0, dice) for _ in range(3_000)]
    for value in values:
        table = table.after(value)
    newest = values[-1_000:]  # older ones have faded
    average, variance = moments_of_life(table)
    assert average == pytest.approx(mean(newest), rel=0.12)
    assert variance**0.5 == pytest.approx(pstdev(newest), rel=0.3)


def test_a_delay_table_gives_the_time_from_the_first_ring() -> None:
    table = DelayTable.believed(25.0, 0.3, calls=0.001)
    for number in range(400):
        table = table.one_reached(6.0 + number % 10, 0.0)
    average, variance = moments_of_delays(table)
    assert average == pytest.approx(6.0 + 4.5 + 0.5 - 2.0, abs=0.1)
    assert variance**0.5 == pytest.approx(2.9, abs=0.2)


def test_the_newest_rates_belong_to_hours_of_utc() -> None:
    at = NOW.replace(hour=23) + timedelta(minutes=30)
    seen = seen_in([SeenAttempt(at, 1, Disposition.CONNECTED, None, None)])
    assert set(seen.by_hour) == {23}


def test_a_truth_says_how_a_call_is_missed() -> None:
    truth = Truth.drawn(SURE, Random(1))
    assert {truth.miss(number / 100) for number in range(101)} == set(SURE.misses)
