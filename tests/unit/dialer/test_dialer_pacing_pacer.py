"""The one door: modes and bounds, and what predictive pacing does with what it is told."""

import itertools
from dataclasses import replace

import pytest

from campaigns.model import DialMode
from dialer.errors import NotCounted
from dialer.pacing.bounds import Bound
from dialer.pacing.budgets import US_TSR, Budget, BudgetKind, Standing
from dialer.pacing.facts import CallGivenUp, CallMissed, CallReached, LineFailed, TalkEnded
from dialer.pacing.memory import Memory, learn
from dialer.pacing.pacer import ASK_AGAIN_S, NO_HURRY_S, calls_to_start
from dialer.pacing.snapshot import Leaving, OtherCalls, Rules, Snapshot

RULES = Rules()
LAW = replace(RULES, budgets=(US_TSR,))
NOW = 1000.0


def known(calls: int = 500, answered: int = 100) -> Memory:
    """Return a memory past its opening, with so many calls of which so many were answered."""
    memory = calls_to_start(Snapshot(), Memory.fresh(), RULES, 0.0).memory
    for number in range(calls):
        fact = CallReached(9.0) if number * answered % calls < answered else CallMissed(27.0)
        memory = learn(memory, fact, 2.0 * number)
        memory = calls_to_start(Snapshot(), memory, RULES, 2.0 * number).memory
    return memory


MEMORY = known()


def calls(snapshot: Snapshot, memory: Memory = MEMORY, rules: Rules = RULES) -> int:
    return calls_to_start(snapshot, memory, rules, NOW).calls


def test_progressive_reserves_one_agent_for_each_call() -> None:
    rules = replace(RULES, mode=DialMode.PROGRESSIVE)
    decision = calls_to_start(Snapshot(idle=5, waiting=1, inbound_waiting=1), MEMORY, rules, NOW)
    assert (decision.calls, decision.reserved, decision.bound) == (3, True, "no idle agent")
    assert calls(Snapshot(idle=0, talks=[NOW - 300] * 9), rules=rules) == 0


def test_preview_starts_what_agents_asked_for() -> None:
    rules = replace(RULES, mode=DialMode.PREVIEW)
    decision = calls_to_start(Snapshot(idle=5, approved=2), MEMORY, rules, NOW)
    assert (decision.calls, decision.reserved) == (2, True)
    assert calls(Snapshot(approved=2, channels_free=1), rules=rules) == 1


@pytest.mark.parametrize("mode", DialMode)
def test_a_line_that_is_probed_keeps_channels_and_rate(mode: DialMode) -> None:
    memory = Memory.fresh()
    for second in range(12):
        memory = learn(memory, LineFailed(1.0), float(second))
    assert memory.trunk.is_down
    rules = replace(RULES, mode=mode)
    free = Snapshot(idle=1, approved=1, channels_free=1, sends_left=1)
    assert calls_to_start(free, memory, rules, 100.0).calls == 1
    for full in (replace(free, channels_free=0), replace(free, sends_left=0)):
        assert calls_to_start(full, memory, rules, 100.0).calls == 0


def test_agentless_fills_the_channels() -> None:
    rules = replace(RULES, mode=DialMode.AGENTLESS)
    decision = calls_to_start(Snapshot(channels_free=7, sends_left=9), MEMORY, rules, NOW)
    assert (decision.calls, decision.bound) == (7, "channels")
    assert calls(Snapshot(channels_free=7, sends_left=2), rules=rules) == 2


def test_ratio_keeps_so_many_lines_per_idle_agent() -> None:
    rules = replace(RULES, mode=DialMode.RATIO, lines_per_agent=2.5)
    assert calls(Snapshot(idle=4, ringing=[NOW - 5] * 3), rules=rules) == 7
    assert calls(Snapshot(idle=1, waiting=1), rules=rules) == 0


def test_predictive_places_several_calls_for_one_idle_agent_and_none_for_a_fresh_talk() -> None:
    assert calls(Snapshot(idle=10)) > 15
    assert calls(Snapshot(idle=0, talks=[NOW - 1] * 3)) == 0


def test_with_nothing_in_flight_and_no_agent_near_it_is_asked_again_later() -> None:
    asked = [
        calls_to_start(Snapshot(talks=[NOW - 1], ringing=ringing), MEMORY, RULES, NOW).ask_again_s
        for ringing in ((), (NOW - 3.0,))
    ]
    assert asked == [NO_HURRY_S, ASK_AGAIN_S]
    assert calls_to_start(Snapshot(idle=3), MEMORY, RULES, NOW).ask_again_s == ASK_AGAIN_S


def test_a_small_team_accepts_more_of_the_same_price() -> None:
    risks = []
    for agents in (1, 300):
        figures = calls_to_start(Snapshot(talks=[NOW - 1] * agents), MEMORY, RULES, NOW).figures
        assert figures is not None
        risks.append(figures.accepted)
    assert risks[0] > 1.2 * risks[1]


def test_predictive_dials_ahead_for_agents_about_to_come_free() -> None:
    early = Snapshot(wrap_ups=[NOW - 1] * 12)
    assert calls(early) > 0
    assert calls(replace(early, ringing=[NOW - 6.0] * 40)) == 0


@pytest.mark.parametrize(
    "fewer",
    [
        {"ringing": [NOW - 5.0] * 6},
        {"waiting": 2},
        {"others": [OtherCalls(0.3, [NOW - 5.0] * 6)]},
        {"inbound_waiting": 2},
        {"screening": 4},
        {"channels_free": 3},
        {"sends_left": 3},
        {"idle": 7},
    ],
)
def test_everything_that_takes_agents_or_lines_makes_it_place_fewer(fewer: dict[str, object]) -> None:
    plain = Snapshot(idle=10, talks=[NOW - 50.0] * 10)
    assert calls(replace(plain, **fewer)) < calls(plain)  # type: ignore[arg-type]


def test_agents_who_will_have_left_are_not_counted() -> None:
    stays = Snapshot(idle=6, leaving=[Leaving(NOW + 600)] * 4)
    leaves = Snapshot(idle=6, leaving=[Leaving(NOW + 1)] * 4)
    assert calls(stays) == calls(Snapshot(idle=10))
    assert calls(leaves) < calls(stays)
    busy = Snapshot(idle=3, leaving=[Leaving(NOW + 600, wrap_up_since=NOW - 5)] * 6)
    gone = Snapshot(idle=3, leaving=[Leaving(NOW + 1, wrap_up_since=NOW - 5)] * 6)
    assert calls(gone) < calls(busy)


def test_inbound_arrivals_and_the_reserve_for_them_hold_calls_back() -> None:
    plain = Snapshot(idle=10, talks=[NOW - 50.0] * 10)
    arriving = replace(MEMORY, inbound=replace(MEMORY.inbound, arrivals=100.0, counted_at=NOW))
    kept = replace(MEMORY, inbound=replace(MEMORY.inbound, reserve=2.0))
    assert calls(plain, arriving) < calls(plain)
    assert calls(plain, kept) < calls(plain)


def test_calls_of_another_campaign_weigh_by_its_own_answer_rate() -> None:
    def beside(rate: float, agents: int = 10) -> int:
        others = [OtherCalls(rate, [NOW - 5.0] * 12)]
        return calls(Snapshot(idle=agents, talks=[NOW - 50.0] * 4, others=others))

    ours = calls(Snapshot(idle=10, talks=[NOW - 50.0] * 4, ringing=[NOW - 5.0] * 12))
    assert beside(0.9) < beside(0.2) < beside(0.02)
    assert beside(MEMORY.rate) == pytest.approx(ours, abs=1)


def test_a_reserved_call_leaves_agents_to_the_calls_that_others_have_in_flight() -> None:
    rules = replace(RULES, mode=DialMode.PROGRESSIVE)
    others = [OtherCalls(0.4, [NOW - 5.0] * 5)]
    assert calls(Snapshot(idle=3, others=others), rules=rules) == 1
    ratio = replace(RULES, mode=DialMode.RATIO, lines_per_agent=2.0)
    assert calls(Snapshot(idle=3, others=others), rules=ratio) == 1


def test_large_and_small_teams_are_counted_alike() -> None:
    # 13 terms are counted exactly, 16 by moments: the number of calls must not jump between them.
    numbers = [calls(Snapshot(idle=1, talks=[NOW - 50.0] * busy)) for busy in range(6, 22)]
    assert all(abs(after - before) <= 1 for before, after in itertools.pairwise(numbers))


def test_one_who_knows_nothing_never_has_more_calls_in_flight_than_agents_could_take() -> None:
    decision = calls_to_start(Snapshot(idle=300), Memory.fresh(), RULES, 0.0)
    assert decision.calls <= 300
    assert decision.bound == "answer rate hardly known"


def test_calls_that_ring_for_nobody_are_given_up_after_the_minimum_only() -> None:
    busy = Snapshot(talks=[NOW - 1] * 2, ringing=[NOW - 20.0, NOW - 16.0, NOW - 3.0], waiting=1)
    assert calls_to_start(busy, MEMORY, RULES, NOW).give_up == (0,)
    assert calls_to_start(replace(busy, idle=4), MEMORY, RULES, NOW).give_up == ()
    never = replace(RULES, min_ring_s=None)
    assert calls_to_start(busy, MEMORY, never, NOW).give_up == ()


def test_a_dead_line_gets_one_probe_at_a_time() -> None:
    memory = MEMORY
    for number in range(12):
        memory = learn(memory, LineFailed(0.5), NOW - 20 + number)
    decision = calls_to_start(Snapshot(idle=10), memory, RULES, NOW)
    assert (decision.calls, decision.bound) == (1, "line down, probing")
    assert calls(Snapshot(idle=10, ringing=[NOW - 1]), memory) == 0
    assert calls(Snapshot(idle=10, ringing_reserved=[NOW - 1]), memory) == 0
    assert calls(Snapshot(idle=10), learn(memory, CallMissed(27.0), NOW)) > 1


def test_an_alarm_steps_down_and_says_why() -> None:
    alarm = Budget("15 minutes", BudgetKind.ALARM, 0.05, 900.0)
    plain = Snapshot(idle=10, talks=[NOW - 50.0] * 10)
    loud = replace(plain, standings=[Standing(alarm, 40, 9)])
    decision = calls_to_start(loud, MEMORY, RULES, NOW)
    assert decision.calls < calls(plain)
    assert decision.bound is Bound.ALARM
    assert "9 of 40" in decision.why


def test_an_alarm_halves_the_lines_of_an_idle_agent_down_to_one_and_says_why() -> None:
    alarm = Budget("15 minutes", BudgetKind.ALARM, 0.05, 900.0)
    rules = replace(RULES, mode=DialMode.RATIO, lines_per_agent=3.0, budgets=(alarm,))
    calm = calls_to_start(Snapshot(idle=10, standings=[Standing(alarm, 40, 2)]), MEMORY, rules, NOW)
    assert (calm.calls, calm.bound, calm.why) == (30, Bound.LINES_PER_AGENT, "")
    loud = Snapshot(idle=10, standings=[Standing(alarm, 40, 9)])
    decision = calls_to_start(loud, MEMORY, rules, NOW)
    assert (decision.calls, decision.reserved, decision.bound) == (15, False, Bound.ALARM)
    assert "9 of 40" in decision.in_words()
    fewest = [calls_to_start(loud, MEMORY, replace(rules, lines_per_agent=n), NOW) for n in (1.5, 1.0)]
    assert [(one.calls, one.bound) for one in fewest] == [(10, Bound.ALARM), (10, Bound.LINES_PER_AGENT)]


@pytest.mark.parametrize("mode", [DialMode.RATIO, DialMode.PREDICTIVE])
@pytest.mark.parametrize("kind", [BudgetKind.LEGAL, BudgetKind.ALARM])
def test_a_budget_without_its_counts_is_refused_where_it_would_have_to_bind(
    mode: DialMode, kind: BudgetKind
) -> None:
    state = Budget("Florida", kind, 0.03, 86_400.0)
    rules = replace(LAW, mode=mode, budgets=(US_TSR, state))
    law = Standing(US_TSR, 100, 1)
    with pytest.raises(NotCounted, match="Florida"):
        calls_to_start(Snapshot(idle=3, standings=[law]), MEMORY, rules, NOW)
    assert calls(Snapshot(idle=3, standings=[law, Standing(state, 0, 0)]), rules=rules) > 0
    progressive = replace(rules, mode=DialMode.PROGRESSIVE)
    assert calls(Snapshot(idle=3), rules=progressive) == 3


@pytest.mark.parametrize("ahead_s", [0.5, 40.0, 5000.0])
def test_what_begins_only_later_by_the_clock_counts_as_beginning_now(ahead_s: float) -> None:
    def floor(began: float) -> Snapshot:
        return Snapshot(
            idle=12,
            talks=[began, NOW - 50.0],
            wrap_ups=[began],
            ringing=[began, NOW - 3.0],
            ringing_reserved=[began],
            leaving=[Leaving(NOW + 600, talk_since=began)],
            others=[OtherCalls(0.3, [began])],
        )

    memory = replace(MEMORY, looked_at=0.0)
    now = calls_to_start(floor(NOW), memory, RULES, NOW)
    later = calls_to_start(floor(NOW + ahead_s), memory, RULES, NOW)
    assert later == now
    facts = (CallReached(-ahead_s), CallMissed(-ahead_s), CallGivenUp(-ahead_s), TalkEnded(-ahead_s))
    for fact in facts:
        memory = learn(memory, fact, NOW - ahead_s)
        assert memory.answer_rate.calls == pytest.approx(MEMORY.answer_rate.calls, rel=0.05)
        assert memory.delays.weight >= MEMORY.delays.weight
    assert calls(floor(NOW), memory) == pytest.approx(now.calls, abs=5)


def test_what_detection_gets_wrong_is_taken_off_the_share_that_is_steered_for() -> None:
    def aim(misjudged: float) -> float:
        snapshot = Snapshot(idle=3, standings=[Standing(US_TSR, 1000, 0, misjudged)])
        return calls_to_start(snapshot, MEMORY, LAW, NOW).memory.aim

    assert aim(0.0) == pytest.approx(LAW.aim * 0.03)
    # So many abandoned on purpose, and 10 in 1000 by mistake, are the same share of 1010.
    assert (1000 * aim(10.0) + 10) / 1010 == pytest.approx(LAW.aim * 0.03)
    assert aim(500.0) == 0.0


def test_a_zero_budget_in_the_rules_or_the_counts_means_reserved_calls() -> None:
    zero = Budget("GB", BudgetKind.ZERO, 0.0, 86_400.0)
    by_rules = calls_to_start(Snapshot(idle=3), MEMORY, replace(RULES, budgets=(zero,)), NOW)
    by_count = calls_to_start(Snapshot(idle=3, standings=[Standing(zero, 0, 0)]), MEMORY, RULES, NOW)
    assert (by_rules.calls, by_rules.reserved) == (3, True)
    assert (by_count.calls, by_count.reserved) == (3, True)


@pytest.mark.parametrize("mode", [DialMode.RATIO, DialMode.PREDICTIVE])
@pytest.mark.parametrize("uncounted", [US_TSR, Budget("15 minutes", BudgetKind.ALARM, 0.05, 900.0)])
def test_beside_a_zero_budget_the_others_decide_nothing_in_whichever_order(
    mode: DialMode, uncounted: Budget
) -> None:
    zero = Budget("GB", BudgetKind.ZERO, 0.0, 86_400.0)
    for budgets in ((zero, uncounted), (uncounted, zero)):
        rules = replace(RULES, mode=mode, budgets=budgets)
        overdrawn = [Standing(budget, 100, 0 if budget is zero else 60) for budget in budgets]
        for standings in ([], overdrawn[:1], overdrawn[1:], overdrawn):
            decision = calls_to_start(Snapshot(idle=3, standings=standings), MEMORY, rules, NOW)
            assert (decision.calls, decision.reserved) == (3, True)
            assert (decision.bound, decision.why) == (Bound.ZERO_BUDGET, "GB: nobody may be abandoned")


def near_the_stop(left: float, agents: int = 30, **state: object) -> Snapshot:
    """Return the state of a team that may abandon so many more calls."""
    budget = replace(US_TSR, rate=0.0276, allowance=left)
    plain = Snapshot(talks=[NOW - 50.0] * (agents - 4), idle=4, standings=[Standing(budget, 0, 0)])
    return replace(plain, **state)  # type: ignore[arg-type]


def test_the_nearer_the_stop_the_fewer_calls_are_placed_and_the_decision_says_so() -> None:
    decisions = [
        calls_to_start(near_the_stop(left), MEMORY, RULES, NOW) for left in (0.0, 0.1, 0.5, 1.0, 3.0, 30.0)
    ]
    placed = [decision.calls for decision in decisions]
    assert placed == sorted(placed)
    assert placed[1] < 0.7 * placed[-1]
    assert not any(decision.reserved for decision in decisions)
    for decision, told in zip(decisions, (True, True, True, True, True, False), strict=True):
        assert (decision.bound, "usual risk" in decision.why) == (Bound.RISK, told)
    assert "64% of the usual risk: little is left of the budget" in decisions[4].in_words()
    alone = [calls(near_the_stop(left, agents=1, idle=1, talks=())) for left in (1.0, 30.0)]
    assert alone[0] == alone[1]


@pytest.mark.parametrize("agents", [1, 8, 30, 300])
def test_however_near_the_stop_as_many_calls_start_as_with_reserved_agents(agents: int) -> None:
    idle = (agents + 1) // 2
    state = near_the_stop(0.0, agents, idle=idle, talks=[NOW - 50.0] * (agents - idle))
    assert calls(state) >= idle
    assert calls(replace(state, waiting=1)) >= idle - 1
    assert calls(replace(state, ringing=[NOW - 5.0] * idle)) == 0
    for taken in ({"inbound_waiting": idle}, {"others": [OtherCalls(0.3, [NOW - 5.0] * idle)]}):
        assert calls(replace(state, **taken)) == 0  # type: ignore[arg-type]
    assert calls(replace(state, screening=idle)) == 0
    assert calls(replace(state, channels_free=0)) == 0
    kept = replace(MEMORY, inbound=replace(MEMORY.inbound, reserve=float(idle)))
    arriving = replace(MEMORY, inbound=replace(MEMORY.inbound, arrivals=60.0 * idle, counted_at=NOW))
    assert calls(state, kept) == calls(state, arriving) == 0


def test_the_decision_tells_its_figures_in_words() -> None:
    standing = Standing(US_TSR, 1000, 20)
    snapshot = Snapshot(idle=2, talks=[NOW - 50.0] * 20, ringing=[NOW - 3.0] * 4, standings=[standing])
    decision = calls_to_start(snapshot, MEMORY, LAW, NOW)
    words = decision.in_words()
    assert decision.figures is not None
    assert decision.figures.risk_of_next > decision.figures.accepted
    told = ("risk of abandoning", "2 agents idle", "busy agents free", "risk of one more", "left 13.0 calls")
    for part in told:
        assert part in words


@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.RATIO, DialMode.PREDICTIVE])
def test_idle_agents_and_who_waits_for_one_are_in_the_words_of_every_mode_that_uses_them(
    mode: DialMode,
) -> None:
    rules = replace(RULES, mode=mode)
    one = calls_to_start(Snapshot(idle=1, waiting=1, inbound_waiting=2), MEMORY, rules, NOW)
    assert "; 1 agent idle, 3 waiting for one" in one.in_words()
    assert "; 0 agents idle" in calls_to_start(Snapshot(), MEMORY, rules, NOW).in_words()
    agentless = replace(RULES, mode=DialMode.AGENTLESS)
    assert "idle" not in calls_to_start(Snapshot(idle=1), MEMORY, agentless, NOW).in_words()


def test_the_same_arguments_give_the_same_decision() -> None:
    snapshot = Snapshot(idle=3, talks=[NOW - 50.0] * 20, ringing=[NOW - 3.0] * 4)
    one, other = (calls_to_start(snapshot, MEMORY, RULES, NOW) for _ in range(2))
    assert one == other
