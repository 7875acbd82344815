"""Hazards of talks and wrap-ups: the estimate finds the truth, running talks count, change shows early."""

from random import Random

import pytest

from dialer.pacing.lifetimes import EDGES, WIDTHS, Hazards, LifeTable, Lived, bin_of
from dialer.pacing.tempo import Tempo


def filled(mean_s: float, ends: int, seed: int = 1) -> LifeTable:
    source, table = Random(seed), LifeTable(60.0)
    for _ in range(ends):
        table = table.after(source.expovariate(1 / mean_s))
    return table


def test_every_second_falls_into_the_bin_that_holds_it() -> None:
    for second in range(EDGES[-1] + 100):
        index = bin_of(second + 0.5)
        assert EDGES[index] <= second + 0.5
        assert index == len(EDGES) - 1 or second + 0.5 < EDGES[index + 1]
    assert bin_of(-3.0) == 0
    assert len(WIDTHS) == len(EDGES)


def test_constant_hazard_is_found_from_ends() -> None:
    hazards = filled(100.0, 3000).hazards()
    for age in (10.0, 60.0, 150.0):
        assert hazards.rate[bin_of(age)] == pytest.approx(0.01, rel=0.25)
    assert hazards.ended_within(50.0, 20.0) == pytest.approx(1 - 2.718281828 ** (-0.2), rel=0.2)


def test_running_talks_lower_the_hazard_where_they_have_been() -> None:
    table = filled(100.0, 200)
    alone, with_running = table.hazards(), table.hazards(Lived.of([400.0] * 200))
    assert with_running.rate[bin_of(50.0)] < 0.7 * alone.rate[bin_of(50.0)]


def test_a_fixed_wrap_up_shows_as_a_spike_at_its_end() -> None:
    table = LifeTable(20.0)
    for _ in range(100):
        table = table.after(30.5)
    hazards = table.hazards()
    assert hazards.ended_within(4.0, 10.0) < 0.15
    assert hazards.ended_within(25.0, 10.0) > 0.7


def test_old_evidence_fades() -> None:
    table = filled(30.0, 1000)
    source = Random(2)
    for _ in range(3000):
        table = table.after(source.expovariate(1 / 120.0))
    assert table.hazards().rate[bin_of(50.0)] == pytest.approx(1 / 120, rel=0.35)


def test_plain_data_brings_the_table_back() -> None:
    table = filled(80.0, 300)
    again = LifeTable.from_plain(table.to_plain())
    assert again.learned == table.learned
    assert again.hazards().rate == pytest.approx(table.hazards().rate, rel=1e-4)
    with pytest.raises(ValueError, match="other bins"):
        LifeTable.from_plain({**table.to_plain(), "ended": [1.0]})


def test_cumulative_hazard_has_no_jump_between_bins() -> None:
    hazards = Hazards.of([0.01 * (1 + index % 3) for index in range(len(EDGES))])
    for edge in EDGES[1:]:
        assert hazards.up_to(edge) == pytest.approx(hazards.up_to(edge - 1e-9), abs=1e-6)


def test_the_sum_over_many_ages_is_the_sum_of_each() -> None:
    hazards = filled(80.0, 300).hazards()
    for ages in ([], [0.0, 5.5, 99.0, 1700.0], [3.0, 9000.0], [-1.0, 4.0]):
        assert hazards.sum_up_to(Lived.of(ages)) == pytest.approx(sum(map(hazards.up_to, ages)))
    ages = [0.0, 5.5, 99.0, 1700.0, 1800.0, 9000.0]
    assert hazards.all_up_to(ages) == list(map(hazards.up_to, ages))


def test_talks_that_do_not_end_any_more_are_seen_before_the_first_long_one_ends() -> None:
    table, tempo, moment = filled(100.0, 400), Tempo(), 0.0
    began = [0.0] * 40
    _, hazards = (tempo := tempo.rebuilt(table, [], settled=True)[0]), table.hazards()
    steady = hazards.rate[bin_of(50.0)]
    for _ in range(20):
        moment += 5.0
        tempo, hazards = tempo.rebuilt(table, [moment - since for since in began], settled=True)
    assert tempo.factor < 0.4
    assert hazards.rate[bin_of(50.0)] < 0.4 * steady


def test_talks_that_end_as_the_table_says_change_nothing() -> None:
    table, source = filled(100.0, 400), Random(5)
    tempo = Tempo()
    talks = [(-source.uniform(0, 50.0), source.expovariate(0.01)) for _ in range(60)]
    false_alarms = 0
    for step in range(200):
        moment = 5.0 * step
        for place, (since, length) in enumerate(talks):
            if since + length <= moment:
                tempo = tempo.one_ended(length)
                talks[place] = (since + length, source.expovariate(0.01))
        tempo, _ = tempo.rebuilt(table, [moment - since for since, _ in talks], settled=True)
        false_alarms += tempo.factor != 1.0
    assert false_alarms < 20


def test_an_unsettled_team_calls_no_change() -> None:
    tempo = Tempo()
    for step in range(30):
        tempo, _ = tempo.rebuilt(filled(100.0, 400), [5.0 * step] * 40, settled=False)
    assert tempo.factor == 1.0
