"""One campaign at the pacing desk: what bounds it, what it has learned, and what it is told to do.

Plain data. Must not know the desk, nor how many calls are right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from campaigns.model import Campaign, DialMode
from campaigns.rules.abandon import AbandonTerms
from campaigns.rules.packs import Binding
from dialer.abandon_counts import budget_of
from dialer.call_board import LiveCall
from dialer.pacing.memory import Memory
from dialer.pacing.pacer import Decision
from dialer.pacing.snapshot import Rules
from dialer.pacing_view import DecisionLog


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


@dataclass(slots=True, eq=False)
class Paced:
    """One campaign at the desk. ``placing``: calls granted that are not on the call board yet."""

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
    wanting_since: float | None = None
    content_until: float = 0.0
    learned: bool = False
    decisions: DecisionLog = field(default_factory=DecisionLog)


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
