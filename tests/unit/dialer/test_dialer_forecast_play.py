"""One simulated day: the floor's figures, the campaign's bounds, the product's pacer."""

import pytest
from forecast_cases import SURE, claim, plan_of, roll_of

from campaigns.model import DialMode
from dialer.forecast.play import Bounded, Pacing, play
from dialer.pacing.facts import Fact, TalkEnded
from dialer.pacing.snapshot import Leaving, Snapshot
from dialer.simulator.world import Order


class Wanting:
    """A pacer that always wants the same."""

    on_events = True

    def __init__(self, order: Order) -> None:
        self.order = order
        self.heard: list[Fact] = []

    def decide(self, snapshot: Snapshot, moment: float) -> Order:
        return self.order

    def told(self, fact: Fact, moment: float) -> None:
        self.heard.append(fact)


def test_calls_at_once_are_bounded_by_the_channels_of_the_campaign() -> None:
    bounded = Bounded(Wanting(Order(9, reserved=True)), 6, 1_000.0)
    busy = Snapshot(
        talks=[0.0],
        ringing=[0.0],
        ringing_reserved=[0.0],
        waiting=1,
        leaving=[Leaving(9.0, 1.0), Leaving(9.0)],
    )
    assert bounded.decide(busy, 1.0).calls == 1
    assert bounded.decide(Snapshot(talks=[0.0] * 7), 2.0).calls == 0


def test_calls_a_second_are_spread_and_asked_for_again_in_time() -> None:
    bounded = Bounded(Wanting(Order(9, ask_again_s=5.0)), 100, 4.0)
    sent, moment = 0, 0.0
    while moment < 10.0:
        order = bounded.decide(Snapshot(), moment)
        sent += order.calls
        assert order.ask_again_s <= 5.0
        moment += order.ask_again_s
    assert sent == pytest.approx(40, abs=2)


def test_what_is_within_the_bounds_is_left_as_it_is() -> None:
    order = Order(0, give_up=(1,), ask_again_s=3.0)
    pacer = Wanting(order)
    bounded = Bounded(pacer, 1, 1.0)
    assert bounded.decide(Snapshot(), 0.0) is order
    bounded.told(TalkEnded(3.0), 0.0)
    assert pacer.heard == [TalkEnded(3.0)]


def test_more_agents_are_through_sooner_and_idle_longer() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 201)]))
    few, many = (play(plan, SURE, Pacing(), agents, 1) for agents in (3, 12))
    assert few.caught_up_s is not None
    assert many.caught_up_s is not None
    assert many.caught_up_s < few.caught_up_s / 2
    assert many.idle_share > few.idle_share
    assert few.connected == pytest.approx(many.connected, rel=0.3)


def test_a_ratio_is_paced_by_its_lines() -> None:
    plan = plan_of(roll_of([claim(index) for index in range(1, 1_001)]))
    played = play(plan, SURE, Pacing(DialMode.RATIO, lines_per_agent=3.0), 4, 1, until_s=3600.0)
    plain = play(plan, SURE, Pacing(), 4, 1, until_s=3600.0)
    assert played.attempts > plain.attempts
    assert played.abandoned > 0
