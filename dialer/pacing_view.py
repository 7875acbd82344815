"""What an operator reads about a campaign's pacing: the last decisions, what was seen, and how the limits
stand.

Plain data for screens, made from what the desk holds. Decides nothing.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from campaigns.model import DialMode
from campaigns.rules.abandon import AbandonTerms
from dialer.floor_snapshot import FloorView
from dialer.pacing.bounds import Bound
from dialer.pacing.budgets import Standing
from dialer.pacing.memory import Memory
from dialer.pacing.pacer import Decision
from dialer.pacing.snapshot import Rules

REMEMBERED: Final = 50
"""How many decisions the screen goes back. One that repeats the last one without a call is not told again."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """One moment ahead: busy agents who will be free by then, and calls that will be answered."""

    in_s: float
    agents_free: float
    calls_answered: float


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision with the figures behind it. ``budget_left`` is None where no limit is counted."""

    at: datetime
    calls: int
    reserved: bool
    bound: Bound
    words: str
    given_up: int
    idle: int
    talking: int
    in_wrap_up: int
    waiting: int
    ahead: tuple[Ahead, ...]
    risk_of_next: float | None
    accepted_risk: float | None
    budget_left: float | None


@dataclass(frozen=True, slots=True)
class LimitView:
    """One limit on abandoned calls as it stands. ``left``: how many more may be; None when none may.

    ``misjudged``: people taken for machines by estimate, charged as abandoned.
    """

    name: str
    kind: str
    rate: float
    period_s: float
    live: int
    abandoned: int
    misjudged: float
    left: float | None


@dataclass(frozen=True, slots=True)
class PacingView:
    """A campaign's pacing now. ``note`` says why it is not paced as its mode says, else it is empty.

    ``answer_rate`` is what is learned of its calls, weighing as much as ``answer_rate_calls`` calls.
    """

    mode: DialMode
    note: str
    answer_rate: float
    answer_rate_calls: float
    ringing: int
    agents: int
    given_up: int
    limits: tuple[LimitView, ...]
    decisions: tuple[DecisionView, ...]


_NOTHING_LEARNED: Final = Memory.fresh()


class _Noted:
    """One decision as it was noted; what a screen shows of it is made when somebody looks."""

    __slots__ = ("at", "bound", "decision", "given_up", "idle", "is_quiet", "talking", "waiting", "wrap_up")

    def __init__(self, at: datetime, decision: Decision, floor: FloorView, given_up: int) -> None:
        self.at, self.decision, self.given_up = at, decision, given_up
        self.bound, self.is_quiet = decision.bound, not decision.calls and not given_up
        self.idle, self.waiting = floor.idle, floor.waiting
        self.talking, self.wrap_up = len(floor.talks), len(floor.wrap_ups)


class DecisionLog:
    """The last decisions of a campaign, newest first, and how many calls they gave up in all."""

    def __init__(self) -> None:
        self.given_up = 0
        self._kept: deque[_Noted] = deque(maxlen=REMEMBERED)

    def note(self, at: datetime, decision: Decision, floor: FloorView, given_up: int) -> None:
        """Note a decision; one that starts nothing takes the place of one before it that did not either."""
        self.given_up += given_up
        # Without its memory: fifty of those would be fifty sets of tables.
        noted = _Noted(at, replace(decision, memory=_NOTHING_LEARNED), floor, given_up)
        last = self._kept[0] if self._kept else None
        if last is not None and noted.is_quiet and last.is_quiet and last.bound is noted.bound:
            self._kept.popleft()
        self._kept.appendleft(noted)

    @property
    def newest_first(self) -> tuple[DecisionView, ...]:
        """All that are kept."""
        return tuple(_seen(one) for one in self._kept)


def view_of(
    rules: Rules,
    terms: AbandonTerms,
    memory: Memory,
    standings: Sequence[Standing],
    decisions: DecisionLog,
    ringing: int,
    agents: int,
) -> PacingView:
    """Return the screen of one campaign."""
    zero, ahead_of_agents = terms.forbids, rules.mode in (DialMode.RATIO, DialMode.PREDICTIVE)
    note = f"{zero.label}: every call has its agent reserved" if zero and ahead_of_agents else ""
    counted = {standing.budget: standing for standing in standings}
    limits = []
    for budget in rules.budgets:
        standing = counted.get(budget)
        limits.append(
            LimitView(
                budget.name,
                budget.kind,
                budget.rate,
                budget.period_s,
                standing.live if standing else 0,
                standing.abandoned if standing else 0,
                standing.misjudged if standing else 0.0,
                standing.left if standing else None,
            )
        )
    return PacingView(
        mode=rules.mode,
        note=note,
        answer_rate=memory.rate,
        answer_rate_calls=memory.answer_rate.calls,
        ringing=ringing,
        agents=agents,
        given_up=decisions.given_up,
        limits=tuple(limits),
        decisions=decisions.newest_first,
    )


def _seen(noted: _Noted) -> DecisionView:
    decision = noted.decision
    figures = decision.figures
    ahead: tuple[Ahead, ...] = ()
    if figures is not None:
        rows = zip(figures.ahead_s, figures.free_by, figures.answered_by, strict=True)
        ahead = tuple(sorted((Ahead(*row) for row in rows), key=lambda one: one.in_s))
    left = decision.budget_left
    return DecisionView(
        at=noted.at,
        calls=decision.calls,
        reserved=decision.reserved,
        bound=decision.bound,
        words=decision.in_words(),
        given_up=noted.given_up,
        idle=noted.idle,
        talking=noted.talking,
        in_wrap_up=noted.wrap_up,
        waiting=noted.waiting,
        ahead=ahead,
        risk_of_next=figures.risk_of_next if figures else None,
        accepted_risk=figures.accepted if figures else None,
        budget_left=left if left != float("inf") else None,
    )
