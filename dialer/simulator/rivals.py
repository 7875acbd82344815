"""Pacers for the world: ours through its one door, an oracle that knows the truth, and the simple ones."""

from dataclasses import replace
from typing import Final

from campaigns.model import DialMode
from dialer.pacing.adaptive import SAMPLE_EVERY_S, AdaptiveLoops, AdaptiveSettings, lines_to_place
from dialer.pacing.delays import age_index
from dialer.pacing.facts import AnswerJudged, Fact
from dialer.pacing.lifetimes import bin_of
from dialer.pacing.memory import Memory, Truth, learn
from dialer.pacing.pacer import calls_to_start
from dialer.pacing.snapshot import Rules, Snapshot
from dialer.pacing.tables import knowing
from dialer.simulator.scenario import Scenario
from dialer.simulator.world import Order


class Ours:
    """The product's pacer, asked through the same door as in the product."""

    on_events = True

    def __init__(self, rules: Rules, memory: Memory | None = None) -> None:
        self.rules = rules
        self.memory = memory or Memory.fresh()

    def decide(self, snapshot: Snapshot, moment: float) -> Order:
        """Return what the pacer decides."""
        decision = calls_to_start(snapshot, self.memory, self.rules, moment)
        self.memory = decision.memory
        return Order(decision.calls, decision.reserved, decision.give_up, decision.ask_again_s)

    def told(self, fact: Fact, moment: float) -> None:
        """Learn."""
        self.memory = learn(self.memory, fact, moment)


class Simple(Ours):
    """Progressive or a fixed ratio: the same door, and nothing to learn but the line's health."""

    def told(self, fact: Fact, moment: float) -> None:
        """Learn nothing: only how the line is matters here."""


def progressive(rules: Rules) -> Simple:
    """Return the pacer that reserves an agent for each call."""
    return Simple(replace(rules, mode=DialMode.PROGRESSIVE))


def ratio(rules: Rules, lines_per_agent: float) -> Simple:
    """Return the pacer with so many lines per idle agent."""
    return Simple(replace(rules, mode=DialMode.RATIO, lines_per_agent=lines_per_agent, min_ring_s=None))


RECALLED_AGENTS: Final = 2
"""Up to so many agents the same states come again and again, and an oracle recalls what it decided."""

State = tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""Idle less waiting, bins of talks and of wrap-ups, ages of calls: all that the tables are looked up by."""


class Oracle(Ours):
    """Knows the true distributions at every moment and accepts a fixed risk, chosen in hindsight."""

    def __init__(self, rules: Rules, scenario: Scenario, accepted_risk: float) -> None:
        super().__init__(rules)
        self._scenario = scenario
        self._accepted = accepted_risk
        self._known: tuple[float, float] = (-1.0, -1.0)
        self._reached, self._missed = scenario.true_reached(), scenario.true_missed()
        others = scenario.breaks or scenario.outages or scenario.has_inbound
        self._recalls = scenario.agents <= RECALLED_AGENTS and not others
        self._recalled: dict[State, Order] = {}

    def decide(self, snapshot: Snapshot, moment: float) -> Order:
        """Return what the pacer decides with the truth of this moment."""
        scenario = self._scenario
        now = (round(scenario.answer_rate.at(moment), 3), round(scenario.talk_s.at(moment), 1))
        if now != self._known:
            self._known = now
            truth = Truth(
                scenario.talk.hazards(now[1]),
                scenario.wrap_up.hazards(scenario.wrap_up_s),
                self._reached,
                self._missed,
                now[0],
                self._accepted,
            )
            self.memory = knowing(self.memory, truth, scenario.connect_limit_s)
            self._recalled = {}
        return self._recall(snapshot, moment) if self._recalls else super().decide(snapshot, moment)

    def _recall(self, snapshot: Snapshot, moment: float) -> Order:
        """Return what was decided in the same state, which is what would be decided again."""
        state = (
            snapshot.idle - snapshot.waiting,
            tuple(sorted([bin_of(moment - since) for since in snapshot.talks])),
            tuple(sorted([bin_of(moment - since) for since in snapshot.wrap_ups])),
            tuple([age_index(moment - sent) for sent in snapshot.ringing]),
        )
        order = self._recalled.get(state)
        if order is None:
            order = self._recalled[state] = super().decide(snapshot, moment)
        return order


class Adaptive:
    """The field's adaptive baseline, on its own loops: nothing wakes it between two of them."""

    on_events = False

    def __init__(self, settings: AdaptiveSettings) -> None:
        self._loops = AdaptiveLoops(settings)
        self._dial_at = 0.0

    def decide(self, snapshot: Snapshot, moment: float) -> Order:
        """Sample each second; place calls when the dialler's cycle is due."""
        talking = len(snapshot.talks)
        wrapping = len(snapshot.wrap_ups) + len(snapshot.leaving)
        loops = self._loops
        loops.sample(snapshot.idle, snapshot.waiting, snapshot.idle + talking + wrapping, moment)
        if moment < self._dial_at:
            return Order(0, ask_again_s=min(SAMPLE_EVERY_S, self._dial_at - moment))
        active = len(snapshot.ringing) + snapshot.waiting + talking
        calls = lines_to_place(loops.level, snapshot.idle, talking, active, loops.settings, talking=talking)
        loops.placed(calls)
        self._dial_at = moment + loops.cycle_s(calls)
        return Order(calls, ask_again_s=SAMPLE_EVERY_S)

    def told(self, fact: Fact, moment: float) -> None:
        """Count answers and drops; it listens to nothing else."""
        if isinstance(fact, AnswerJudged):
            self._loops.judged(dropped=fact.abandoned)
