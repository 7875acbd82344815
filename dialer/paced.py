"""One campaign at the pacing desk: what bounds it, what it has learned, and what it is told to do.

Plain data. Must not know the desk, nor how many calls are right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from campaigns.model import Campaign, DialMode
from campaigns.rules.abandon import AbandonTerms
from campaigns.rules.packs import Binding
from dialer.abandon_counts import budget_of
from dialer.floor_snapshot import CampaignCalls
from dialer.live_call import LiveCall
from dialer.pacing.bounds import OF_THE_POOL
from dialer.pacing.memory import Memory
from dialer.pacing.pacer import Decision
from dialer.pacing.snapshot import Rules, Snapshot
from dialer.pacing.turns import Claimant
from dialer.pacing_view import DecisionLog
from dialer.visits import Errand, Stage, Visit


@dataclass(frozen=True, slots=True)
class Room:
    """What bounds a campaign besides agents: its own channels and those of all trunks, and its originates.

    ``approved``: previewed leads that agents asked for.
    """

    channels_free: int
    trunks_free: int
    sends_left: int
    approved: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """What a campaign is to do now: the decision, and the ringing calls to give up."""

    decision: Decision
    give_up: tuple[LiveCall, ...]


STILL_S: Final = 0.05
"""For so long a decision holds where nothing that it rests on has changed but the moment."""


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a decision rests on. Agents, calls, callers, limits and room are in the snapshot; every fact
    that is learned, and every table that a decision has brought up to date, makes another memory."""

    snapshot: Snapshot
    memory: Memory
    rules: Rules
    moment: float

    def is_still(self, before: "Asked | None") -> bool:
        """Say whether nothing that matters has changed since."""
        return (
            before is not None
            and self.moment - before.moment < STILL_S
            and self.memory is before.memory
            and self.rules is before.rules
            and self.snapshot == before.snapshot
        )


FOUND_S: Final = 5.0
"""For so long it is taken as known whether a campaign has somebody to call: hours shut, and lists come."""


@dataclass(slots=True, eq=False)
class Paced:
    """One campaign at the desk. ``placing``: calls granted that are not on the call board yet; ``apart``:
    those of them that went to ask the outside check, and leads asked about to be laid before an agent.

    ``told_to_wait``: its last decision was to start nothing, for want of an agent or of its turn.
    ``has_somebody``: whether it was found to have a lead that may be called, at ``found_at``; None while
    nobody knows, as after a call that was placed.
    """

    campaign: Campaign
    memory: Memory
    list_name: str
    room: Callable[[], Room]
    wake: Callable[[], None]
    rules: Rules = field(default_factory=Rules)
    terms: AbandonTerms = field(default_factory=AbandonTerms)
    surprises: dict[str, Binding] = field(default_factory=dict)
    is_open: bool = True
    placing: int = 0
    placing_reserved: bool = False
    apart: set[Visit] = field(default_factory=set)
    wanting_since: float | None = None
    told_to_wait: bool = False
    has_somebody: bool | None = None
    found_at: float = 0.0
    learned: bool = False
    decisions: DecisionLog = field(default_factory=DecisionLog)
    asked: Asked | None = None
    decided: Decision | None = None

    def found(self, moment: float, *, somebody: bool) -> None:
        """It was looked whether it has anybody to call; who has not waits for nothing."""
        self.has_somebody, self.found_at = somebody, moment
        self.wanting_since = (self.wanting_since or moment) if somebody else None

    def claimant(self, calls: CampaignCalls, wanting_since: float) -> Claimant:
        """Return it as one that wants agents, with its part of the floor."""
        rate = self.memory.rate
        expected = rate * (len(calls.ringing) + self.placing + self.lines_apart)
        return Claimant(self.campaign.id, calls.agents + expected, rate, wanting_since, self.campaign.weight)

    @property
    def takes_turns(self) -> bool:
        """Say whether its calls take agents that others could have. Those of other modes need none, or have
        the one who asked for the call."""
        return self.is_open and self.rules.mode not in (DialMode.AGENTLESS, DialMode.PREVIEW)

    @property
    def takes_idle_agents(self) -> bool:
        """Say whether its calls being placed reserve agents who are idle till then."""
        return self.placing_reserved and self.rules.mode is not DialMode.PREVIEW

    @property
    def asking(self) -> int:
        """How many of its leads the outside check is asked about now."""
        return self._count(lambda one: one.stage is Stage.ASKING)

    @property
    def shown_soon(self) -> int:
        """How many of its leads are asked about that are to be laid before an agent."""
        return self._count(lambda one: one.errand is Errand.SHOWN)

    @property
    def lines_apart(self) -> int:
        """How many calls come of those who ask outside, as far as they are not on the call board."""
        return self._count(lambda one: one.stage is not Stage.ON_THE_BOARD and one.errand is not Errand.SHOWN)

    @property
    def lines_allowed(self) -> int:
        """How many of those have been allowed since."""
        return self._count(lambda one: one.stage is Stage.ALLOWED and one.errand is not Errand.SHOWN)

    @property
    def ahead_apart(self) -> int:
        """How many calls without a reserved agent come of those who ask outside."""
        return self._count(lambda one: one.stage is not Stage.ON_THE_BOARD and one.errand is Errand.AHEAD)

    @property
    def ahead_allowed(self) -> int:
        """How many of those have been allowed since."""
        return self._count(lambda one: one.stage is Stage.ALLOWED and one.errand is Errand.AHEAD)

    @property
    def agents_promised(self) -> int:
        """How many idle agents those who ask outside will reserve; who is reserved is not idle any more."""
        takes = (Errand.RESERVED, Errand.SHOWN)
        return self._count(lambda one: one.stage is Stage.ASKING and one.errand in takes)

    def _count(self, is_one: Callable[[Visit], bool]) -> int:
        return sum(map(is_one, self.apart)) if self.apart else 0

    def stands_in_line(self, decision: Decision) -> bool:
        """Say whether others are to give it a turn: it wants an agent, and has somebody to call for him.

        Where nobody knows that, it has its turn when it can find out at once, and holds nobody up till then.
        """
        tries = decision.calls > 0 if self.has_somebody is None else self.has_somebody
        return decision.bound in OF_THE_POOL and tries

    def wonders(self, moment: float) -> bool:
        """Say whether it waits for agents and does not know whether it has anybody to call for them."""
        waits = self.decided is not None and not self.decided.calls and self.decided.bound in OF_THE_POOL
        return waits and (self.has_somebody is None or moment - self.found_at >= FOUND_S)


def rules_of(campaign: Campaign, mode: DialMode, lines_per_agent: float, terms: AbandonTerms) -> Rules:
    """Return what the pacer heeds of a campaign in a mode, where its rule packs say ``terms`` together."""
    own = campaign.connect_limit_s
    return Rules(
        mode=mode,
        budgets=tuple(map(budget_of, terms.limits)),
        connect_limit_s=min(own, terms.connect_limit_s or own),
        min_ring_s=terms.min_ring_s if mode is DialMode.PREDICTIVE else None,
        lines_per_agent=lines_per_agent,
    )
