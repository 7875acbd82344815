"""The risk of one more call: exact counts against enumeration, the normal against the exact ones."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.packed import CROWD, pack_powers, total, unpack
from dialer.pacing.risk import (
    ExactOutlook,
    NormalOutlook,
    Spread,
    calls_within,
    counts_of,
    none_left,
    tail_at_zero,
)

chances = st.lists(st.floats(0, 1), max_size=5)


def enumerated(available: int, free: list[float], answered: list[float]) -> float:
    risk = 0.0
    for outcome in product((0, 1), repeat=len(free) + len(answered)):
        weight = 1.0
        for came, chance in zip(outcome, free + answered, strict=True):
            weight *= chance if came else 1 - chance
        left = available + sum(outcome[: len(free)]) - sum(outcome[len(free) :])
        risk += weight if left <= 0 else 0.0
    return risk


@given(st.integers(-2, 4), chances, chances)
def test_exact_risk_is_what_enumeration_says(
    available: int, free: list[float], answered: list[float]
) -> None:
    risk = none_left(available, counts_of(free), counts_of(answered))
    assert risk == pytest.approx(enumerated(available, free, answered), abs=1e-9)


def test_the_normal_with_skew_is_near_the_exact_risk() -> None:
    free, answered = [0.1] * 30 + [0.5] * 6, [0.12] * 40
    for available in range(8):
        exact = none_left(available, counts_of(free), counts_of(answered))
        mean = available + sum(free) - sum(answered)
        variance = sum(q - q * q for q in free + answered)
        third = sum(q - 3 * q**2 + 2 * q**3 for q in free) - sum(q - 3 * q**2 + 2 * q**3 for q in answered)
        assert tail_at_zero(mean, variance, third) == pytest.approx(exact, abs=0.006)


def test_the_correction_for_skew_halves_the_error_of_the_plain_normal() -> None:
    answered, with_skew, plain = [0.06] * 60, 0.0, 0.0
    for available in range(3, 10):
        exact = none_left(available, [1.0], counts_of(answered))
        mean, variance = available - sum(answered), sum(q - q * q for q in answered)
        third = -sum(q - 3 * q**2 + 2 * q**3 for q in answered)
        with_skew += abs(tail_at_zero(mean, variance, third) - exact)
        plain += abs(tail_at_zero(mean, variance, 0.0) - exact)
    assert with_skew < plain / 2


def test_without_any_chance_the_risk_is_certain() -> None:
    assert tail_at_zero(0.0, 0.0, 0.0) == 1.0
    assert tail_at_zero(1.0, 0.0, 0.0) == 0.0


def exact(idle: int, busy: list[float], ringing: list[float]) -> ExactOutlook:
    return ExactOutlook([idle] * 2, [busy] * 2, [ringing] * 2, [0.05, 0.15])


@given(st.integers(0, 3), chances, chances, st.floats(0.001, 0.3), st.integers(0, 30))
def test_calls_within_is_the_largest_number_whose_risk_is_accepted(
    idle: int, busy: list[float], ringing: list[float], accepted: float, most: int
) -> None:
    outlook = exact(idle, busy, ringing)
    by_one = 0
    while by_one < most and outlook.risk(by_one) <= accepted:
        by_one += 1
    assert calls_within(outlook, accepted, most) == by_one


@given(st.integers(1, 3), chances, chances)
def test_risk_grows_with_calls_and_falls_with_agents(
    idle: int, busy: list[float], ringing: list[float]
) -> None:
    fewer, more = exact(idle, busy, ringing), exact(idle + 1, busy, ringing)
    for extra in range(6):
        assert fewer.risk(extra + 1) >= fewer.risk(extra) - 1e-12
        assert more.risk(extra) <= fewer.risk(extra) + 1e-12


def test_an_uncertain_answer_rate_makes_large_teams_careful() -> None:
    spread = Spread(30.0, 20.0, 5.0, 20.0, 0.15)
    sure, unsure = NormalOutlook([spread], 0.0), NormalOutlook([spread], 0.1)
    assert unsure.risk(50) > sure.risk(50)
    assert calls_within(unsure, 0.03, 1000) < calls_within(sure, 0.03, 1000)


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=40))
def test_packed_sums_are_the_sums(rows: list[list[float]]) -> None:
    # Row 0 has the ages below 1, row 1 those below 2, …; the last one all that are older.
    table, edges = pack_powers(rows), range(1, len(rows))
    ages = [0.0, *(len(rows) - row - 0.5 for row in range(len(rows))), 1.0, len(rows) + 7.0]
    of_ages = [rows[min(int(age), len(rows) - 1)] for age in ages]
    sums = unpack(total(table, ages, edges), 6)
    # A crowd is counted, a few are walked: to the last bit the same.
    assert total(table, ages * CROWD, edges) == CROWD * total(table, ages, edges)
    columns = list(zip(*of_ages, strict=True))
    squares = [sum(one * one for one in column) for column in columns]
    assert sums == pytest.approx([*map(sum, columns), *squares], abs=1e-9)


def test_packed_sums_hold_a_crowd() -> None:
    table = pack_powers([[1.0, 0.5]])
    crowd = [100_000.0, 50_000.0, 100_000.0, 25_000.0]
    assert unpack(total(table, [0.0] * 100_000, ()), 4) == pytest.approx(crowd)
    assert unpack(total(table, [], ()), 4) == [0.0] * 4
