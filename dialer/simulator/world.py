"""A day of calls in virtual time: customers, lines, agents, and a pacer that is asked after every event.

Events are kept by time; nothing here reads a clock or sleeps. The same scenario, pacer, supply and seed give
the same day. It judges answered calls by the connect limit and hands out agents longest idle first; it knows
nothing of how a pacer decides, nor who is called.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Any, NamedTuple, Protocol

from dialer.pacing.budgets import Budget, Ledger
from dialer.pacing.facts import (
    AnswerJudged,
    CallGivenUp,
    CallMissed,
    CallReached,
    Fact,
    InboundArrived,
    InboundServed,
    LineFailed,
    TalkEnded,
    WrapUpEnded,
)
from dialer.pacing.snapshot import Leaving, Snapshot
from dialer.simulator.figures import Tally
from dialer.simulator.scenario import Scenario
from dialer.simulator.supply import Ending, EndlessSupply, LeadSupply


class Order(NamedTuple):
    """What a pacer wants: calls to start, with a reserved agent each or not; places in ``ringing`` to end."""

    calls: int
    reserved: bool = False
    give_up: Sequence[int] = ()
    ask_again_s: float = 1.0


class Pacer(Protocol):
    """What can be put into the world. ``on_events`` false: asked at its own times only."""

    on_events: bool

    def decide(self, snapshot: Snapshot, moment: float) -> Order:
        """Return what to do now."""

    def told(self, fact: Fact, moment: float) -> None:
        """Take notice of a fact."""


@dataclass(slots=True, eq=False)
class Call:
    """One outbound call in flight or waiting."""

    lead: Any
    sent: float
    outcome: str
    human: bool
    agent: int | None
    over: bool = False


class World:
    """One simulated day. It ends early once the supply has nobody left to call and nothing is under way."""

    def __init__(
        self,
        scenario: Scenario,
        pacer: Pacer,
        seed: int,
        budgets: Sequence[Budget] = (),
        stopwatch: Callable[[], float] | None = None,
        watch: Callable[["World"], None] | None = None,
        supply: LeadSupply | None = None,
    ) -> None:
        self.scenario = scenario
        self.pacer = pacer
        self.supply = supply or EndlessSupply(scenario)
        self.now = 0.0
        self.tally = Tally(scenario.length_s)
        self.ledgers = [Ledger(budget, 0.0) for budget in budgets]
        self.idle: dict[int, float] = {}
        self.talks: dict[int, float] = {}
        self.wrap_ups: dict[int, float] = {}
        self.reserved: dict[int, float] = {}
        self.leaving: dict[int, float] = {}
        self.ringing: dict[Call, float] = {}
        self.ringing_reserved: dict[Call, float] = {}
        self.waiting: dict[Call, float] = {}
        self.inbound: dict[int, float] = {}
        self._stopwatch = stopwatch
        self._watch = watch
        # One source for each part of the world: what a pacer does to one leaves the others' draws alone.
        parts = ("calls", "talks", "inbound")
        self._calls, self._talks, self._inbound = (Random(f"{seed} {part}") for part in parts)  # noqa: S311
        self._events: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._number = 0
        self._logged_in: dict[int, float] = {}
        self._asked_for = self._woken_for = -1.0

    def run(self) -> Tally:
        """Live the day to its end and return what it counted."""
        for agent in range(self.scenario.agents):
            self._log_in(agent)
        self._plan_day()
        self._consider()
        events, end = self._events, self.scenario.length_s
        while events and events[0][0] < end and not self._is_over():
            self.now, _, what, about = heappop(events)
            what(about)
            while events and events[0][0] <= self.now:
                _, _, what, about = heappop(events)
                what(about)
            if self.pacer.on_events:
                self._consider()
        self._close(self.now if self._is_over() else end)
        return self.tally

    def _is_over(self) -> bool:
        """Say whether nobody is left to call and nothing is under way."""
        under_way = self.ringing or self.ringing_reserved or self.waiting or self.talks or self.wrap_ups
        return not (under_way or self.scenario.has_inbound) and self.supply.next_at(self.now) is None

    def _plan_day(self) -> None:
        first = 0
        for one in self.scenario.breaks:
            for agent in range(first, first + one.agents):
                self._at(max(0.0, one.at_s - one.notice_s), self._announce, (agent, one.at_s))
                self._at(one.at_s, self._go, agent)
                self._at(one.at_s + one.length_s, self._log_in, agent)
            first = (first + one.agents) % max(1, self.scenario.agents)
        self._at(0.0, self._next_inbound, None)
        if self._watch is not None:
            self._at(60.0, self._minute, None)

    def _at(self, moment: float, what: Callable[[Any], None], about: Any) -> None:
        self._number += 1
        heappush(self._events, (moment, self._number, what, about))

    def _minute(self, _: None) -> None:
        assert self._watch is not None
        self._watch(self)
        self._at(self.now + 60.0, self._minute, None)

    # The pacer

    def _consider(self) -> None:
        """Ask the pacer if there is anybody to call, or a call to give up; else wake when there will be."""
        due = self.supply.next_at(self.now)
        if self.ringing or (due is not None and due <= self.now):
            self._ask()
        elif due is not None and due != self._woken_for:
            self._woken_for = self._asked_for = due
            self._at(due, self._ask_again, due)

    def snapshot(self) -> Snapshot:
        """Return what a pacer is told now."""
        standings = [ledger.standing(self.now) for ledger in self.ledgers]
        if self.leaving:
            return self._snapshot_with_leaving(standings)
        return Snapshot(
            idle=len(self.idle),
            reserved=len(self.reserved),
            talks=list(self.talks.values()),
            wrap_ups=list(self.wrap_ups.values()),
            ringing=list(self.ringing.values()),
            ringing_reserved=list(self.ringing_reserved.values()),
            waiting=len(self.waiting),
            inbound_waiting=len(self.inbound),
            standings=standings,
        )

    def _snapshot_with_leaving(self, standings: Sequence[Any]) -> Snapshot:
        leaving = self.leaving
        return Snapshot(
            idle=sum(agent not in leaving for agent in self.idle),
            reserved=len(self.reserved),
            talks=[since for agent, since in self.talks.items() if agent not in leaving],
            wrap_ups=[since for agent, since in self.wrap_ups.items() if agent not in leaving],
            leaving=[
                Leaving(until, self.talks.get(agent), self.wrap_ups.get(agent))
                for agent, until in leaving.items()
                if agent not in self.reserved
            ],
            ringing=list(self.ringing.values()),
            ringing_reserved=list(self.ringing_reserved.values()),
            waiting=len(self.waiting),
            inbound_waiting=len(self.inbound),
            standings=standings,
        )

    def _ask(self) -> None:
        snapshot = self.snapshot()
        if self._stopwatch is None:
            order = self.pacer.decide(snapshot, self.now)
        else:
            began = self._stopwatch()
            order = self.pacer.decide(snapshot, self.now)
            self.tally.decision_us.append((self._stopwatch() - began) * 1e6)
        self.tally.decisions += 1
        if order.give_up:
            ringing = list(self.ringing)
            for place in order.give_up:
                self._give_up(ringing[place])
        for _ in range(order.calls):
            if not self._place(reserved=order.reserved):
                break
        self._asked_for = self.now + order.ask_again_s
        if not self.pacer.on_events or not self._events or self._events[0][0] > self._asked_for:
            self._at(self._asked_for, self._ask_again, self._asked_for)

    def _ask_again(self, meant: float) -> None:
        if not self.pacer.on_events and meant == self._asked_for:
            self._ask()

    # Calls

    def _place(self, *, reserved: bool) -> bool:
        """Place one call; false when there is no agent for it, or nobody to call."""
        if reserved and not self.idle:
            return False
        lead = self.supply.take(self.now)
        if lead is None:
            return False
        agent = None
        if reserved:
            agent = next(iter(self.idle))
            self.reserved[agent] = self.idle.pop(agent)
        outcome, delay, human = self.supply.fate(lead, self.now, self._calls)
        call = Call(lead, self.now, outcome, human, agent)
        in_flight = self.ringing if agent is None else self.ringing_reserved
        in_flight[call] = self.now
        self.tally.placed += 1
        self.tally.reserved += reserved
        self._at(self.now + delay, self._settle, call)
        return True

    def _settle(self, call: Call) -> None:
        """A call comes to its outcome."""
        if call.over:
            return
        call.over = True
        del (self.ringing if call.agent is None else self.ringing_reserved)[call]
        delay = self.now - call.sent
        if call.outcome == "reached":
            self.pacer.told(CallReached(delay), self.now)
            self._reached(call)
            return
        if call.outcome == "failed":
            self.tally.line_failed += 1
            self.pacer.told(LineFailed(delay), self.now)
            self.supply.ended(call.lead, self.now, Ending.FAILED)
        else:
            self.pacer.told(CallMissed(delay), self.now)
            self.supply.ended(call.lead, self.now, Ending.MISSED)
        if call.agent is not None:
            # He keeps his place in line.
            since = self.reserved.pop(call.agent)
            self.idle = {call.agent: since, **self.idle}
            self._leave_if_due(call.agent)
            self._serve()

    def _give_up(self, call: Call) -> None:
        call.over = True
        del self.ringing[call]
        self.tally.given_up += 1
        self.pacer.told(CallGivenUp(self.now - call.sent), self.now)
        self.supply.ended(call.lead, self.now, Ending.GIVEN_UP)

    def _reached(self, call: Call) -> None:
        if call.agent is not None:
            del self.reserved[call.agent]
            self._connect(call, call.agent)
            return
        self.waiting[call] = self.now
        self._serve()
        if call in self.waiting:
            patience = self.scenario.patience_s
            limit = self.scenario.connect_limit_s
            if patience is not None:
                limit = min(limit, self._talks.expovariate(1 / patience))
            self._at(self.now + limit, self._lose, call)

    def _lose(self, call: Call) -> None:
        """Nobody came inside the connect limit."""
        if self.waiting.pop(call, None) is None:
            return
        self.supply.ended(call.lead, self.now, Ending.ABANDONED)
        if call.human:
            self._judge(abandoned=True)

    def _judge(self, *, abandoned: bool) -> None:
        self.tally.judged(self.now, abandoned=abandoned)
        for ledger in self.ledgers:
            ledger.count(self.now, abandoned=abandoned)
        self.pacer.told(AnswerJudged(abandoned), self.now)

    # Agents

    def _serve(self) -> None:
        """Give idle agents to who waits: outbound first, since their limit is short."""
        while self.idle and (self.waiting or self.inbound):
            agent = next(iter(self.idle))
            del self.idle[agent]
            if self.waiting:
                call = next(iter(self.waiting))
                del self.waiting[call]
                self._connect(call, agent)
            else:
                self._serve_inbound(agent)

    def _connect(self, call: Call, agent: int) -> None:
        self.supply.ended(call.lead, self.now, Ending.CONNECTED if call.human else Ending.MACHINE)
        if call.human:
            self._judge(abandoned=False)
            talk = self.scenario.talk.draw(self.scenario.talk_s.at(self.now), self._talks)
        else:
            self.tally.machines += 1
            talk = self.scenario.machine_s
        self._talk(agent, talk)

    def _talk(self, agent: int, length_s: float) -> None:
        self.talks[agent] = self.now
        self._at(self.now + length_s, self._wrap_up, agent)

    def _wrap_up(self, agent: int) -> None:
        length = self.now - self.talks.pop(agent)
        self.tally.talk_s += length
        self.pacer.told(TalkEnded(length), self.now)
        self.wrap_ups[agent] = self.now
        rest = self.scenario.wrap_up.draw(self.scenario.wrap_up_s, self._talks)
        self._at(self.now + rest, self._free, agent)

    def _free(self, agent: int) -> None:
        length = self.now - self.wrap_ups.pop(agent)
        self.tally.wrap_up_s += length
        self.pacer.told(WrapUpEnded(length), self.now)
        self.idle[agent] = self.now
        self._leave_if_due(agent)
        self._serve()

    def _log_in(self, agent: int) -> None:
        self.leaving.pop(agent, None)
        if agent not in self._logged_in:
            self._logged_in[agent] = self.now
            self.idle[agent] = self.now
            self._serve()

    def _announce(self, who: tuple[int, float]) -> None:
        agent, until = who
        if agent in self._logged_in:
            self.leaving[agent] = until

    def _go(self, agent: int) -> None:
        self.leaving[agent] = self.now
        self._leave_if_due(agent)

    def _leave_if_due(self, agent: int) -> None:
        if agent in self.idle and self.leaving.get(agent, self.now + 1) <= self.now:
            del self.idle[agent]
            del self.leaving[agent]
            self.tally.logged_in_s += self.now - self._logged_in.pop(agent)

    # Inbound

    def _next_inbound(self, _: None) -> None:
        """Draw the next arrival at the highest rate, and keep it by the share the rate has then."""
        if not self.scenario.has_inbound:
            return
        highest = max(value for _, value in self.scenario.inbound_per_hour.points)
        self._at(self.now + self._inbound.expovariate(highest / 3600), self._next_inbound, None)
        if self.now > 0 and self._inbound.random() * highest < self.scenario.inbound_per_hour.at(self.now):
            self._number += 1
            caller = self._number
            self.tally.inbound += 1
            self.inbound[caller] = self.now
            self.pacer.told(InboundArrived(), self.now)
            patience = self._inbound.expovariate(1 / self.scenario.inbound_patience_s)
            self._at(self.now + patience, self._inbound_left, caller)
            self._serve()

    def _serve_inbound(self, agent: int) -> None:
        caller = next(iter(self.inbound))
        late = self.now - self.inbound.pop(caller) > self.scenario.inbound_goal_s
        self.tally.inbound_in_time += not late
        self.pacer.told(InboundServed(late), self.now)
        self._talk(agent, self.scenario.talk.draw(self.scenario.talk_s.at(self.now), self._talks))

    def _inbound_left(self, caller: int) -> None:
        if self.inbound.pop(caller, None) is not None:
            self.pacer.told(InboundServed(True), self.now)

    def _close(self, end: float) -> None:
        """Count what runs at the day's end up to it."""
        self.tally.talk_s += sum(end - since for since in self.talks.values())
        self.tally.wrap_up_s += sum(end - since for since in self.wrap_ups.values())
        self.tally.logged_in_s += sum(end - since for since in self._logged_in.values())
