"""What the pacer is told at a moment: agents, calls, callers and limits, as plain counts and moments.

Moments are seconds on any clock that only goes forward, the same one for all. Nothing here knows where the
figures come from: the service builds them from its boards, a simulator from its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from campaigns.model import DialMode
from dialer.pacing.budgets import Budget, Standing


@dataclass(frozen=True, slots=True)
class Leaving:
    """An agent who has announced a pause or the end of his shift at ``until``.

    ``talk_since`` or ``wrap_up_since`` say what he does now; neither is set while he is idle. He is in none
    of the other counts.
    """

    until: float
    talk_since: float | None = None
    wrap_up_since: float | None = None


@dataclass(frozen=True, slots=True)
class OtherCalls:
    """Unreserved calls in flight of another campaign that shares the agents, with its own answer rate."""

    answer_rate: float
    sent: Sequence[float]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of one pool of agents, and of one campaign's calls placed for it.

    ``idle``: ready and unreserved. ``reserved``: held for a call in flight. ``talks``, ``wrap_ups``: when
    each began. ``ringing``: when each unreserved call in flight was sent, oldest first. ``others``: those of
    other campaigns for the same agents.
    ``ringing_reserved``: when those were sent that have their agent. ``waiting``: answered and without an
    agent as yet. ``screening``: answered and with answering machine detection. ``inbound_waiting``: callers
    in the queue. ``approved``: previewed leads whose agent asks for the call now. ``channels_free`` and
    ``sends_left`` (calls per second) bound the trunk. ``standings``: the budgets' counts now.
    """

    idle: int = 0
    reserved: int = 0
    talks: Sequence[float] = ()
    wrap_ups: Sequence[float] = ()
    leaving: Sequence[Leaving] = ()
    ringing: Sequence[float] = ()
    others: Sequence[OtherCalls] = ()
    ringing_reserved: Sequence[float] = ()
    waiting: int = 0
    screening: int = 0
    inbound_waiting: int = 0
    approved: int = 0
    channels_free: int = 1_000_000
    sends_left: int = 1_000_000
    standings: Sequence[Standing] = ()

    @property
    def in_line(self) -> int:
        """How many calls and callers wait for an agent now."""
        return self.waiting + self.inbound_waiting

    @property
    def agents(self) -> int:
        """How many agents there are, whatever they do."""
        return self.idle + self.reserved + len(self.talks) + len(self.wrap_ups) + len(self.leaving)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a campaign and its rule pack say about pacing.

    ``connect_limit_s`` counts from the answer (packs that count from the greeting's end add its mean).
    ``min_ring_s``: a call may be given up after ringing so long, None never. ``setup_s`` is the part of a
    call before it rings. ``lines_per_agent`` belongs to ratio mode. ``aim`` is the share of the strictest
    legal rate that predictive pacing steers for. ``human_share``: screened answers that turn out a person.
    """

    mode: DialMode = DialMode.PREDICTIVE
    budgets: tuple[Budget, ...] = field(default=())
    connect_limit_s: float = 2.0
    min_ring_s: float | None = 15.0
    setup_s: float = 2.0
    lines_per_agent: float = 1.0
    aim: float = 0.92
    human_share: float = 0.6
