"""The simulated world: time is accounted for, rules of the floor hold."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from xml.etree import ElementTree

import pytest

from campaigns.model import DialMode
from dialer.pacing.budgets import US_TSR
from dialer.pacing.facts import CallGivenUp, CallMissed, CallReached, Fact, LineFailed, TalkEnded
from dialer.pacing.snapshot import Rules, Snapshot
from dialer.simulator import rivals
from dialer.simulator.comparison import Day, NoSuchPacer, budgets_of, make_pacer, run_day
from dialer.simulator.figures import Tally, figures_of, worst_quarter
from dialer.simulator.picture import Watch, day_svg
from dialer.simulator.scenario import Break, Curve, LogNormal, Scenario
from dialer.simulator.scenarios import all_scenarios, inbound_wave, steady
from dialer.simulator.supply import Ending, EndlessSupply, Fate
from dialer.simulator.world import Order, World

RULES = Rules(budgets=(US_TSR,))


class Watched:
    """A pacer that does what a function says, and keeps what it was told."""

    on_events = True

    def __init__(self, orders: Sequence[Order] = ()) -> None:
        self.orders = list(orders)
        self.facts: list[tuple[float, Fact]] = []
        self.snapshots: list[tuple[float, Snapshot]] = []

    def decide(self, snapshot: Snapshot, moment: float) -> Order:
        self.snapshots.append((moment, snapshot))
        return self.orders.pop(0) if self.orders else Order(0)

    def told(self, fact: Fact, moment: float) -> None:
        self.facts.append((moment, fact))

    def count(self, kind: type) -> int:
        return sum(isinstance(fact, kind) for _, fact in self.facts)


def everybody_answers(agents: int = 1, minutes: float = 10.0, **changes: object) -> Scenario:
    day = Scenario("test", agents, minutes / 60, Curve.flat(1.0))
    return replace(day, **changes)  # type: ignore[arg-type]


def test_an_answered_call_without_agent_is_abandoned_at_the_connect_limit() -> None:
    pacer = Watched([Order(2)])
    tally = World(everybody_answers(answer=LogNormal(0.001)), pacer, 1).run()
    assert (tally.answered, tally.connected, tally.abandoned) == (2, 1, 1)
    reached = [moment for moment, fact in pacer.facts if isinstance(fact, CallReached)]
    judged = next(moment for moment, fact in pacer.facts if getattr(fact, "abandoned", False))
    assert judged == pytest.approx(reached[1] + 2.0)


def test_an_agent_who_comes_free_inside_the_limit_takes_the_waiting_call() -> None:
    slow = everybody_answers(answer=LogNormal(0.001), connect_limit_s=500.0)
    tally = World(slow, Watched([Order(2)]), 1).run()
    assert tally.abandoned == 0
    assert tally.connected == 2


def test_a_reserved_call_keeps_its_agent_from_others() -> None:
    pacer = Watched([Order(1, reserved=True), Order(1)])
    tally = World(everybody_answers(answer=LogNormal(0.001)), pacer, 1).run()
    assert pacer.snapshots[1][1].reserved == 1
    assert len(pacer.snapshots[1][1].ringing_reserved) == 1
    assert (tally.reserved, tally.connected, tally.abandoned) == (1, 1, 1)


def test_a_call_given_up_is_counted_and_never_answered() -> None:
    pacer = Watched([Order(1), Order(0, give_up=(0,))])
    tally = World(everybody_answers(), pacer, 1).run()
    assert (tally.given_up, tally.answered) == (1, 0)
    assert pacer.count(CallGivenUp) == 1
    assert pacer.count(CallReached) == 0


def test_machines_take_agents_but_are_no_live_answers() -> None:
    tally = World(everybody_answers(3, machines=1.0), Watched([Order(2)]), 1).run()
    assert (tally.machines, tally.answered) == (2, 0)
    assert tally.talk_s == pytest.approx(16.0)


def test_impatient_customers_are_lost_before_the_limit() -> None:
    patient = everybody_answers(connect_limit_s=60.0, answer=LogNormal(0.001))
    pacer = Watched([Order(2)])
    World(replace(patient, patience_s=0.5), pacer, 1).run()
    reached = [moment for moment, fact in pacer.facts if isinstance(fact, CallReached)]
    judged = next(moment for moment, fact in pacer.facts if getattr(fact, "abandoned", False))
    assert judged - reached[1] < 10.0


def test_in_an_outage_every_call_fails_as_a_line_failure() -> None:
    pacer = Watched([Order(5)])
    tally = World(everybody_answers(outages=((0.0, 100.0),)), pacer, 1).run()
    assert tally.line_failed == 5
    assert pacer.count(LineFailed) == 5
    assert pacer.count(CallMissed) == 0


def test_announced_breaks_are_told_before_and_taken_after_the_talk() -> None:
    day = everybody_answers(2, 60.0, breaks=(Break(600.0, 1200.0, 1, notice_s=60.0),))
    pacer = Watched()
    tally = World(day, pacer, 1).run()
    by_moment = dict(pacer.snapshots)
    assert by_moment[540.0].idle == 1
    assert by_moment[540.0].leaving[0].until == 600.0
    assert by_moment[600.0].leaving == ()
    assert tally.logged_in_s == pytest.approx(2 * 3600 - 1200)


def test_inbound_callers_are_served_and_judged_by_their_goal() -> None:
    scenario = replace(inbound_wave(10), hours=2.0)
    tally = World(scenario, Watched(), 1).run()
    expected = sum(scenario.inbound_per_hour.at(60.0 * minute) / 60 for minute in range(120))
    assert tally.inbound == pytest.approx(expected, rel=0.2)
    assert tally.inbound_in_time / tally.inbound > 0.95


def test_the_truth_given_to_an_oracle_is_what_the_world_draws() -> None:
    scenario = steady(1, 0.3, 0.1)
    days = [Watched([Order(300)]) for _ in range(20)]
    for seed, pacer in enumerate(days):
        World(scenario, pacer, seed).run()
    facts = [fact for pacer in days for _, fact in pacer.facts]
    delays = sorted(fact.delay_s for fact in facts if isinstance(fact, CallReached))
    truth = scenario.true_reached()
    for second in (6, 9, 12, 16):
        share = sum(delay < second for delay in delays) / len(delays)
        assert share == pytest.approx(truth[second], abs=0.03)
    missed = [fact.delay_s for fact in facts if isinstance(fact, CallMissed)]
    assert sum(delay < 9 for delay in missed) / len(missed) == pytest.approx(
        scenario.true_missed()[9], abs=0.03
    )
    talk = scenario.talk
    assert talk.hazards(120.0).ended_within(0.0, 100.0) == pytest.approx(
        talk.share_by(120.0, 100.0), abs=0.02
    )


def test_talk_times_have_the_mean_that_the_scenario_says() -> None:
    pacer = Watched([Order(1, reserved=True)] * 10_000)
    World(replace(everybody_answers(20, 180.0), wrap_up_s=1.0), pacer, 1).run()
    talks = [fact.duration_s for _, fact in pacer.facts if isinstance(fact, TalkEnded)]
    assert sum(talks) / len(talks) == pytest.approx(120.0, rel=0.08)


def test_curves_run_straight_between_points_and_jump_at_equal_seconds() -> None:
    curve = Curve(((100.0, 0.4), (200.0, 0.2), (200.0, 0.6)))
    assert [curve.at(second) for second in (0.0, 100.0, 150.0, 199.0, 200.0, 900.0)] == pytest.approx(
        [0.4, 0.4, 0.3, 0.202, 0.6, 0.6]
    )


def test_an_unknown_pacer_is_named_with_those_there_are() -> None:
    with pytest.raises(NoSuchPacer, match=r"'genius'.*predictive"):
        make_pacer("genius", steady(1, 0.3), None)


def test_figures_pool_sums_and_find_the_worst_quarter() -> None:
    one, other = Tally(3600.0), Tally(3600.0)
    one.logged_in_s, one.talk_s, one.wrap_up_s = 3600.0, 1000.0, 200.0
    other.logged_in_s, other.talk_s, other.wrap_up_s = 7200.0, 6000.0, 0.0
    for number in range(40):
        one.judged(30.0 * number, abandoned=number < 3)
    figures = figures_of([one, other])
    assert figures.occupancy == pytest.approx(7200 / 10_800)
    assert figures.abandoned_share == pytest.approx(3 / 40)
    assert figures.idle_s_per_call == pytest.approx(3600 / 37)
    assert figures.worst_15min_share == pytest.approx(3 / 30)
    assert worst_quarter([]) == 0.0
    assert figures.decision_us_p99 is None


def test_the_comparison_covers_what_it_promises() -> None:
    days = all_scenarios()
    assert len(days) == 7 * 3 + 6 * 3
    assert {(day.agents, day.answer_rate.at(0.0)) for day in days if day.name.startswith("steady")} == {
        (agents, rate) for agents in (1, 2, 5, 10, 30, 100, 300) for rate in (0.15, 0.3, 0.6)
    }
    assert rivals.progressive(RULES).rules.mode is DialMode.PROGRESSIVE


def test_a_day_is_drawn_with_every_panel_inside_its_frame() -> None:
    watch = Watch()
    run_day(Day(steady(5, 0.3, 1.0), "progressive", None, 1), watch=watch)
    assert len(watch.minutes) == 59
    drawn = ElementTree.fromstring(day_svg("5 agents < 10 & more", watch.minutes))
    lines = [line.attrib["points"] for line in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    assert len(lines) == 4
    for line in lines:
        across = [float(point.split(",")[0]) for point in line.split()]
        assert min(across) >= 60
        assert max(across) <= 940


class FewLeads:
    """So many leads, each due at a moment; keeps what became of them."""

    def __init__(self, *due: float, outcome: str = "reached") -> None:
        self.due = sorted(due)
        self.outcome = outcome
        self.taken: list[float] = []
        self.ends: list[Ending] = []

    def next_at(self, moment: float) -> float | None:
        return max(moment, self.due[0]) if self.due else None

    def take(self, moment: float) -> object:
        if not self.due or self.due[0] > moment:
            return None
        self.taken.append(moment)
        return self.due.pop(0)

    def fate(self, lead: object, moment: float, source: Random) -> Fate:
        return Fate(self.outcome, 5.0, True)

    def ended(self, lead: object, moment: float, ending: Ending) -> None:
        self.ends.append(ending)


def test_the_endless_supply_is_the_default_and_changes_nothing() -> None:
    scenario = steady(5, 0.3, 0.5)
    plain = run_day(Day(scenario, "progressive", None, 1))
    given = World(
        scenario, make_pacer("progressive", scenario, None), 1, (US_TSR,), supply=EndlessSupply(scenario)
    ).run()
    assert given == plain
    assert plain.placed > 50


@pytest.mark.parametrize("pacer", ["progressive", "predictive", "adaptive"])
def test_a_day_ends_with_its_last_lead_and_sleeps_until_the_next_is_due(pacer: str) -> None:
    scenario = everybody_answers(2, 120.0)
    leads = FewLeads(0.0, 0.0, 3600.0)
    world = World(scenario, make_pacer(pacer, scenario, None), 1, budgets_of(pacer), supply=leads)
    tally = world.run()
    assert leads.taken == pytest.approx([0.0, 0.0, 3600.0], abs=5.0 if pacer == "adaptive" else 0.0)
    assert leads.ends == [Ending.CONNECTED] * 3
    assert tally.connected == 3
    assert 3605.0 <= world.now < scenario.length_s
    assert tally.logged_in_s == pytest.approx(2 * world.now)
    assert tally.decisions < 3000 or pacer == "adaptive"


def test_a_lead_due_at_the_very_moment_the_pacer_meant_to_look_is_not_forgotten() -> None:
    leads = FewLeads(0.0, 1.0, outcome="missed")
    World(everybody_answers(1, 10.0), Watched([Order(1)] * 4), 1, supply=leads).run()
    assert leads.taken == [0.0, 1.0]


def test_how_calls_end_is_told_to_the_supply() -> None:
    missed, failed = FewLeads(0.0, outcome="missed"), FewLeads(0.0, outcome="failed")
    given_up, abandoned = FewLeads(0.0), FewLeads(0.0, 0.0)
    for leads, orders in (
        (missed, [Order(1)]),
        (failed, [Order(1)]),
        (given_up, [Order(1), Order(0, give_up=(0,))]),
        (abandoned, [Order(2)]),
    ):
        World(everybody_answers(), Watched(orders), 1, supply=leads).run()
    assert missed.ends == [Ending.MISSED]
    assert failed.ends == [Ending.FAILED]
    assert given_up.ends == [Ending.GIVEN_UP]
    assert abandoned.ends == [Ending.CONNECTED, Ending.ABANDONED]
    machine = FewLeads(0.0)
    machine.fate = lambda lead, moment, source: Fate("reached", 5.0, False)  # type: ignore[method-assign]
    World(everybody_answers(), Watched([Order(1)]), 1, supply=machine).run()
    assert machine.ends == [Ending.MACHINE]


def test_an_order_for_more_calls_than_there_are_leads_places_what_there_is() -> None:
    leads = FewLeads(0.0, 0.0)
    tally = World(everybody_answers(5), Watched([Order(5, reserved=True)]), 1, supply=leads).run()
    assert (tally.placed, tally.connected) == (2, 2)
