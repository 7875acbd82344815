"""The accepted risk: what one answer does to it, its bounds, and what a small team's surplus is."""

from math import inf, log

import pytest

from dialer.pacing.price import EASE, HIGHEST, LOWEST, PULL, RECENT, START, Price, eased, lumpiness

MANY = 1_000


def accepted(price: Price) -> float:
    return price.accepted(MANY, 0.15)


def test_the_price_falls_with_an_abandoned_call_and_climbs_with_served_ones() -> None:
    price = Price()
    assert accepted(price) == pytest.approx(START, rel=0.01)
    fallen = price.after(abandoned=True, aim=0.03, crowd=0.0, agents=1)
    assert accepted(fallen) < accepted(price)
    for _ in range(33):
        fallen = fallen.after(abandoned=False, aim=0.03, crowd=0.0, agents=1)
    assert fallen.log_price == pytest.approx(price.log_price, abs=0.01)


def test_the_price_keeps_its_bounds_and_moves_less_in_a_crowd() -> None:
    price = Price()
    for _ in range(200):
        price = price.after(abandoned=True, aim=0.03, crowd=0.0, agents=1)
    assert price.log_price == pytest.approx(log(LOWEST))
    assert accepted(price) < LOWEST
    for _ in range(5000):
        price = price.after(abandoned=False, aim=0.03, crowd=0.0, agents=1)
    assert accepted(price) == pytest.approx(HIGHEST)
    assert price.accepted(1, 0.9) == pytest.approx(HIGHEST)
    alone = Price().after(abandoned=True, aim=0.03, crowd=0.0, agents=MANY)
    crowded = Price().after(abandoned=True, aim=0.03, crowd=40.0, agents=MANY)
    assert accepted(alone) < accepted(crowded) < accepted(Price())


def test_what_was_abandoned_of_late_pulls_the_risk_down_for_a_while() -> None:
    calm = Price()
    late = calm.after(abandoned=True, aim=0.03, crowd=0.0, agents=1)
    assert log(accepted(late) / accepted(calm)) < -0.9 * PULL
    faded = late
    for _ in range(int(5 * RECENT)):
        faded = faded.after(abandoned=False, aim=0.0, crowd=0.0, agents=1)
    assert faded.pull == pytest.approx(0.0, abs=0.01)
    assert faded.log_price == late.log_price


def test_where_answers_are_many_nothing_pulls() -> None:
    after = [Price().after(abandoned=True, aim=0.03, crowd=0.0, agents=agents) for agents in (1, 5, 30)]
    assert [price.pull for price in after] == sorted(price.pull for price in after)
    assert abs(after[-1].pull) < 0.05 * abs(after[0].pull)
    assert len({price.log_price for price in after}) == 1


def test_small_teams_accept_more_the_likelier_each_call_is_answered() -> None:
    assert lumpiness(0, 0.6) == 1.0
    assert lumpiness(300, 0.6) == pytest.approx(1.0, abs=0.05)
    one = [lumpiness(1, rate) for rate in (0.15, 0.3, 0.6)]
    two = [lumpiness(2, rate) for rate in (0.15, 0.3, 0.6)]
    assert one == sorted(one)
    assert all(small > larger > 1 for small, larger in zip(one, two, strict=True))
    assert START * one[-1] == pytest.approx(0.055, abs=0.002)


def test_the_less_is_left_of_the_budget_the_less_is_accepted_and_a_small_team_hardly_eases() -> None:
    parts = [eased(left, MANY) for left in (-2.0, 0.0, 0.1, 1.0, EASE, 20.0)]
    assert parts == sorted(parts)
    assert parts[:2] == [0.0, 0.0]
    assert parts[2] < 0.05
    assert parts[4] == pytest.approx(0.63, abs=0.01)
    assert parts[5] > 0.99
    assert eased(1.0, 1) > 0.99 > eased(1.0, 5) > eased(1.0, 30) > eased(1.0, 300)


@pytest.mark.parametrize("agents", [0, 1, 300])
def test_without_a_legal_budget_nothing_is_eased(agents: int) -> None:
    assert eased(inf, agents) == 1.0
