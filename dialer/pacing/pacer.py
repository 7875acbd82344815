"""How many calls to start right now: the one door for every mode.

The caller asks on every event that matters: an agent came free, a call ended, somebody paused. The decision
says how many calls, whether each needs its own reserved agent, which ringing calls to give up, which bound
decided, and the figures behind it. No clock, no randomness: the same arguments give the same decision.

Method of predictive mode: place one more call while the chance that it is abandoned, given that it is
answered, is at most the accepted risk (``price``), a number that feedback from judged answers finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, isfinite, sqrt
from typing import Final

from campaigns.model import DialMode
from dialer.errors import NotCounted
from dialer.pacing.ages import Ages
from dialer.pacing.bounds import SOON, Bound
from dialer.pacing.budgets import Budget, BudgetKind, Standing, Verdict, judge
from dialer.pacing.curves import Row
from dialer.pacing.lookahead import JUDGED, Lookahead, look_ahead
from dialer.pacing.memory import Memory
from dialer.pacing.price import eased
from dialer.pacing.risk import calls_within
from dialer.pacing.snapshot import Rules, Snapshot
from dialer.pacing.tables import with_curves

ASK_AGAIN_S: Final = 1.0
"""Without an event the chances still move with time: ask again after so long."""

NO_HURRY_S: Final = 5.0
"""Where only events change the answer, asking this often is but a precaution."""

GIVE_UP_RISK: Final = 0.5
"""A call past the minimum ring is given up when one answered now would find no agent with this chance."""

HOPELESS: Final = 0.5
"""With nothing in flight and a first call of so much risk, no call comes into question for some seconds."""

HARDLY_KNOWN: Final = 0.02
"""Above this relative variance of the answer rate, calls are bounded by the highest likely rate too."""

PRUDENT_SIGMA: Final = 2.5
"""How many standard deviations above the estimate the highest likely rate lies."""

WORTH_SAYING: Final = 0.7
"""Below this part of the usual risk the decision says that the budget is near its end."""

MOST_AT_ONCE: Final = 2_000
"""More calls than this are never started by one decision."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What predictive pacing saw, per horizon: the moment ahead, agents free by then, calls answered by then.

    ``risk_of_next`` is the risk of the first call that was not started, ``accepted`` the price.
    """

    ahead_s: Row
    free_by: Row
    answered_by: Row
    risk_of_next: float
    accepted: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, and why.

    ``calls`` to start; ``reserved``: each with an agent reserved first. ``give_up``: places in
    ``Snapshot.ringing`` of calls to end. ``bound`` names what decided, ``why`` the figures of the budget that
    did. ``ask_again_s``: when to ask again if nothing happens. ``memory`` is the one to ask with next.
    ``idle`` agents were ready, unreserved and not ``promised`` to calls that were just being placed;
    ``waiting`` calls and callers were without one. ``idle`` is None where agents do not matter. ``asking``
    calls wait for the outside check, whose answers take ``answers_take_s`` seconds lately.
    """

    calls: int
    reserved: bool
    bound: Bound
    memory: Memory
    why: str = ""
    give_up: tuple[int, ...] = ()
    budget_left: float = float("inf")
    figures: Figures | None = None
    ask_again_s: float = ASK_AGAIN_S
    idle: int | None = None
    waiting: int = 0
    promised: int = 0
    asking: int = 0
    answers_take_s: float = 0.0

    def in_words(self) -> str:
        """Return the decision as one line for the operator's screen."""
        what = f"{self.calls} call{'' if self.calls == 1 else 's'}"
        if self.reserved and self.calls:
            what += ", each with its agent reserved"
        parts = [what, f"bounded by: {self.bound} ({self.why})" if self.why else f"bounded by: {self.bound}"]
        if self.idle is not None:
            waiting = f", {self.waiting} waiting for one" if self.waiting else ""
            idle = self.idle + self.promised
            promised = f", {self.promised} of them for calls just being placed" if self.promised else ""
            parts.append(f"{idle} agent{'' if idle == 1 else 's'} idle{promised}{waiting}")
        if self.asking:
            parts.append(f"{self.asking} waiting for the outside check ({self.answers_take_s:.1f} s lately)")
        if self.figures is not None:
            seen, last = self.figures, JUDGED - 1
            parts.append(
                f"{seen.free_by[last]:.1f} busy agents free and {seen.answered_by[last]:.1f} calls answered "
                f"within {seen.ahead_s[last]:.0f} s"
            )
            parts.append(f"risk of one more {seen.risk_of_next:.1%}, accepted {seen.accepted:.1%}")
        if self.budget_left != float("inf"):
            parts.append(f"budget left {self.budget_left:.1f} calls")
        if self.give_up:
            parts.append(f"{len(self.give_up)} ringing too long with nobody free: given up")
        return "; ".join(parts)


def calls_to_start(snapshot: Snapshot, memory: Memory, rules: Rules, moment: float) -> Decision:
    """Return what to do now. ``moment`` is in seconds, on the same clock as the snapshot's moments.

    Raises ``NotCounted`` when agents may be dialled ahead of, and the snapshot lacks the counts of a budget.
    """
    most, bound = _trunk_bound(snapshot, memory, moment)
    if rules.mode is DialMode.AGENTLESS:
        return Decision(max(0, most), False, bound, memory, ask_again_s=_patience(bound))
    if rules.mode is DialMode.PREVIEW:
        if snapshot.approved <= most:
            most, bound = snapshot.approved, Bound.ASKED
        return Decision(max(0, most), True, bound, memory, ask_again_s=_patience(bound))
    verdict = judge(_counts(rules, snapshot))
    if rules.mode is DialMode.PROGRESSIVE:
        owed = ceil(sum(other.answer_rate * len(other.sent) for other in snapshot.others))
        calm = Verdict(False, 1.0, verdict.left)
        return _reserved(snapshot, memory, most, bound, calm, owed)
    if rules.mode is DialMode.RATIO and not verdict.reserved_only:
        return _ratio(snapshot, memory, rules, most, bound, verdict)
    return _predictive(snapshot, memory, rules, moment, most, bound, verdict)


def _counts(rules: Rules, snapshot: Snapshot) -> Sequence[Standing]:
    """Return how all budgets stand. A zero budget binds without counts, and agents who are reserved for
    their calls need none.

    Raises ``NotCounted`` for one that could not stop anything for want of them.
    """
    counted = [one.budget for one in snapshot.standings]
    missing = [budget for budget in rules.budgets if budget not in counted]
    zeros = [Standing(budget, 0, 0) for budget in missing if budget.kind is BudgetKind.ZERO]
    all_reserved = bool(zeros) or any(budget.kind is BudgetKind.ZERO for budget in counted)
    if missing and not all_reserved and rules.mode is not DialMode.PROGRESSIVE:
        raise NotCounted(f"the snapshot has no Standing of {missing[0].name}: without counts it cannot bind")
    return [*zeros, *snapshot.standings]


def _trunk_bound(snapshot: Snapshot, memory: Memory, moment: float) -> tuple[int, Bound]:
    """Return the most calls that channels, calls per second and the line's health allow."""
    if memory.trunk.is_down:
        in_flight = len(snapshot.ringing) + len(snapshot.ringing_reserved)
        probe = int(memory.trunk.may_probe(in_flight, moment))
        return min(probe, snapshot.sends_left, snapshot.channels_free), Bound.LINE_DOWN
    if snapshot.sends_left < snapshot.channels_free:
        return min(MOST_AT_ONCE, snapshot.sends_left), Bound.RATE
    return min(MOST_AT_ONCE, snapshot.channels_free), Bound.CHANNELS


def _reserved(
    snapshot: Snapshot, memory: Memory, most: int, bound: Bound, verdict: Verdict, owed: int
) -> Decision:
    """One call for each idle agent whom no waiting caller will take, and no call in flight (``owed``)."""
    agents = snapshot.idle - snapshot.in_line - owed
    if agents <= most:
        most, bound = agents, verdict.bound or Bound.NO_IDLE_AGENT
    return Decision(
        max(0, most),
        True,
        bound,
        memory,
        why=verdict.why,
        budget_left=verdict.left,
        ask_again_s=ASK_AGAIN_S if owed else _patience(bound),
        idle=snapshot.idle,
        waiting=snapshot.in_line,
    )


def _patience(bound: Bound) -> float:
    """Return when to ask again: soon where the passing of time alone lifts the bound."""
    return ASK_AGAIN_S if bound in SOON else NO_HURRY_S


def _ratio(
    snapshot: Snapshot, memory: Memory, rules: Rules, most: int, bound: Bound, verdict: Verdict
) -> Decision:
    """So many lines for each idle agent; half of them, but one, while an alarm is loud."""
    lines, why = rules.lines_per_agent, ""
    if verdict.step_down < 1.0 < lines:
        lines, why = max(1.0, lines * verdict.step_down), verdict.why
    idle = max(0, snapshot.idle - snapshot.in_line)
    in_flight = len(snapshot.ringing) + sum(len(other.sent) for other in snapshot.others)
    wanted = int(idle * lines + 0.5) - in_flight
    if wanted <= most:
        most, bound = wanted, Bound.ALARM if why else Bound.LINES_PER_AGENT
    return Decision(
        max(0, most),
        False,
        bound,
        memory,
        why=why,
        budget_left=verdict.left,
        ask_again_s=_patience(bound),
        idle=snapshot.idle,
        waiting=snapshot.in_line,
    )


def _predictive(
    snapshot: Snapshot,
    memory: Memory,
    rules: Rules,
    moment: float,
    most: int,
    bound: Bound,
    verdict: Verdict,
) -> Decision:
    """Add calls while the risk of the next one is accepted; give up those that ring for nobody."""
    ages = Ages.of(snapshot, moment)
    memory = steering(memory, rules, snapshot)
    memory = with_curves(memory, ages, rules.connect_limit_s, moment)
    curves = memory.curves
    assert curves is not None
    ahead = look_ahead(
        snapshot,
        ages,
        curves,
        moment=moment,
        human_share=rules.human_share,
        inbound_rate=memory.inbound.rate(moment),
        kept=int(memory.inbound.reserve + 0.5),
        rate_variance=memory.rate_variance,
    )
    give_up = _given_up(snapshot, ages, ahead, rules)
    if verdict.reserved_only:
        owed = ceil(ahead.answered_by[JUDGED - 1])
        reserved = _reserved(snapshot, memory, most, bound, verdict, owed)
        return replace(reserved, give_up=give_up, ask_again_s=ASK_AGAIN_S)
    ease = eased(verdict.left, memory.agents)
    accepted = memory.accepted_risk * verdict.step_down * ease
    prudent = _prudent(snapshot, memory, ahead, verdict, moment)
    if prudent < most:
        most, bound = prudent, Bound.HARDLY_KNOWN
    calls = calls_within(ahead.outlook, accepted, most)
    if ease < 1.0:
        calls = max(calls, min(most, _riskless(snapshot, memory, moment)))
    why = verdict.why
    if calls < most:
        bound = verdict.bound or Bound.RISK
        if not why and ease < WORTH_SAYING:
            why = f"{ease:.0%} of the usual risk: little is left of the budget"
    figures = Figures(
        curves.shape.moments_s, ahead.free_by, ahead.answered_by, ahead.outlook.risk(calls), accepted
    )
    hopeless = not ages.calls and figures.risk_of_next > HOPELESS
    patience_s = NO_HURRY_S if hopeless else ASK_AGAIN_S
    return Decision(
        calls,
        False,
        bound,
        memory,
        why,
        give_up,
        verdict.left,
        figures,
        patience_s,
        idle=snapshot.idle,
        waiting=snapshot.in_line,
    )


def _riskless(snapshot: Snapshot, memory: Memory, moment: float) -> int:
    """Return how many calls may start however little is accepted: one for each idle agent whom nobody needs.

    So dialling ahead never starts fewer calls than reserving agents would. Counts all who may yet need one.
    """
    assert memory.curves is not None
    arriving = memory.inbound.rate(moment) * memory.curves.shape.moments_s[JUDGED - 1]
    kept = max(ceil(arriving), int(memory.inbound.reserve + 0.5))
    taken = snapshot.in_line + kept + len(snapshot.ringing) + snapshot.screening
    return snapshot.idle - taken - sum(len(other.sent) for other in snapshot.others)


def steering(memory: Memory, rules: Rules, snapshot: Snapshot) -> Memory:
    """Return the memory with the team's size, and the share of live answers that the rules steer for.

    A little under the strictest legal rate, less what is charged to it for people taken for machines.
    """
    if snapshot.agents != memory.agents:
        memory = replace(memory, agents=snapshot.agents)
    aims = [_aim(budget, rules, snapshot) for budget in rules.budgets if budget.kind is BudgetKind.LEGAL]
    if not aims:
        return memory
    aim = max(0.0, min(aims))
    return memory if aim == memory.aim else replace(memory, aim=aim)


def _aim(budget: Budget, rules: Rules, snapshot: Snapshot) -> float:
    """Return the share of answers to abandon, where so many people for each of them are charged besides."""
    share, misjudged = rules.aim * budget.rate, 0.0
    for one in snapshot.standings:
        if one.misjudged and one.budget == budget:
            misjudged = one.misjudged / max(1, one.live)
    return share - (1 - share) * misjudged


def _prudent(snapshot: Snapshot, memory: Memory, ahead: Lookahead, verdict: Verdict, moment: float) -> int:
    """Return how many calls may start should the answer rate be as high as it well may be.

    Errors of the rate move all answers together: while it is hardly known, a burst that is right on average
    could use up the budget of a day.
    """
    highest = memory.rate * (1 + PRUDENT_SIGMA * sqrt(memory.rate_variance))
    if memory.is_opening(moment):
        highest = 1.0
    elif memory.rate_variance < HARDLY_KNOWN:
        return MOST_AT_ONCE
    agents = snapshot.idle - snapshot.in_line + ahead.free_by[JUDGED - 1]
    agents -= sum(other.answer_rate * len(other.sent) for other in snapshot.others)
    spare = max(0.0, verdict.left) if isfinite(verdict.left) else 0.0
    return max(0, int((agents + spare) / min(1.0, highest)) - len(snapshot.ringing))


def _given_up(snapshot: Snapshot, ages: Ages, ahead: Lookahead, rules: Rules) -> tuple[int, ...]:
    """Return the calls to give up: rung the minimum, and one answered now would hardly find anybody."""
    if rules.min_ring_s is None or not ages.calls or snapshot.idle > snapshot.waiting:
        return ()
    least = rules.min_ring_s + rules.setup_s
    old = tuple(place for place, age in enumerate(ages.calls) if age >= least)
    return old if old and ahead.soon_risk() > GIVE_UP_RISK else ()
