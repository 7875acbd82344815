"""What no course of events can break: the excess over a stop, and a limit of nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from dialer.pacing.budgets import Budget, BudgetKind, Ledger
from dialer.pacing.facts import AnswerJudged, CallMissed, CallReached
from dialer.pacing.memory import Memory, learn
from dialer.pacing.pacer import calls_to_start
from dialer.pacing.snapshot import Rules, Snapshot


@dataclass
class Floor:
    """A floor under an adversary: he says what happens next, the pacer is asked after each event."""

    rules: Rules
    ledgers: Sequence[Ledger]
    agents: int
    memory: Memory = field(default_factory=Memory.fresh)
    now: float = 0.0
    idle: int = 0
    talks: list[float] = field(default_factory=list)
    ringing: list[float] = field(default_factory=list)
    reserved: list[float] = field(default_factory=list)
    waiting: int = 0
    in_flight_at_stop: int = 0

    def __post_init__(self) -> None:
        self.idle = self.agents

    def happen(self, what: int) -> None:
        self.now += 0.1 + what % 7
        kind = what % 6
        if kind == 0 and self.ringing:
            sent = self.ringing.pop(what % len(self.ringing))
            self.memory = learn(self.memory, CallReached(self.now - sent), self.now)
            self.waiting += 1
        elif kind == 1 and self.waiting:
            self.waiting -= 1
            self.judge(abandoned=True)
        elif kind == 2 and self.waiting and self.idle:
            self.waiting, self.idle = self.waiting - 1, self.idle - 1
            self.talks.append(self.now)
            self.judge(abandoned=False)
        elif kind == 3 and self.reserved:
            # A reserved call is answered: its agent is there.
            self.reserved.pop()
            self.talks.append(self.now)
            self.judge(abandoned=False)
        elif kind == 4 and self.talks:
            self.talks.pop(0)
            self.idle += 1
        elif kind == 5 and self.ringing:
            self.memory = learn(self.memory, CallMissed(self.now - self.ringing.pop()), self.now)
        self.ask()

    def judge(self, *, abandoned: bool) -> None:
        for ledger in self.ledgers:
            ledger.count(self.now, abandoned=abandoned)
        self.memory = learn(self.memory, AnswerJudged(abandoned), self.now)

    def ask(self) -> None:
        standings = [ledger.standing(self.now) for ledger in self.ledgers]
        snapshot = Snapshot(
            idle=self.idle,
            reserved=len(self.reserved),
            talks=self.talks,
            ringing=self.ringing,
            ringing_reserved=self.reserved,
            waiting=self.waiting,
            standings=standings,
        )
        decision = calls_to_start(snapshot, self.memory, self.rules, self.now)
        self.memory = decision.memory
        self.ringing = [s for place, s in enumerate(self.ringing) if place not in decision.give_up]
        stopped = any(standing.left < 0 for standing in standings)
        if decision.reserved:
            assert decision.calls <= self.idle
            self.idle -= decision.calls
            self.reserved += [self.now] * decision.calls
        else:
            assert not (stopped and decision.calls)
            self.ringing += [self.now] * decision.calls
        if not stopped:
            self.in_flight_at_stop = len(self.ringing) + self.waiting


@examples(60)
@given(
    st.integers(1, 12),
    st.floats(0.01, 0.1),
    st.integers(0, 3),
    st.lists(st.integers(0, 10_000), max_size=150),
)
def test_whatever_happens_the_excess_is_at_most_the_unreserved_calls_in_flight_at_the_stop(
    agents: int, rate: float, allowance: int, events: list[int]
) -> None:
    budgets = (
        Budget("campaign", BudgetKind.LEGAL, rate, 1e9, allowance=allowance),
        Budget("state", BudgetKind.LEGAL, rate / 2, 1e9, allowance=allowance + 2),
    )
    floor = Floor(Rules(budgets=budgets), [Ledger(budget, 0.0) for budget in budgets], agents)
    floor.ask()
    for event in events:
        floor.happen(event)
        for ledger in floor.ledgers:
            assert -ledger.standing(floor.now).left <= floor.in_flight_at_stop


@examples(25)
@given(st.integers(1, 12), st.lists(st.integers(0, 10_000), max_size=100))
def test_with_a_zero_budget_nobody_is_ever_abandoned(agents: int, events: list[int]) -> None:
    zero = Budget("GB", BudgetKind.ZERO, 0.0, 86_400.0)
    floor = Floor(Rules(budgets=(zero,)), [Ledger(zero, 0.0)], agents)
    floor.ask()
    for event in events:
        floor.happen(event)
        assert not floor.ringing
    assert floor.ledgers[0].standing(floor.now).abandoned == 0
