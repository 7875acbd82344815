"""A campaign's pacing on the wire: what was decided, what was seen, how the limits stand."""

from datetime import datetime

from campaigns.model import DialMode
from console.schemas.kinds import Response
from dialer.pacing.bounds import Bound


class AheadOut(Response):
    """One moment ahead: busy agents who will be free by then, and calls that will be answered."""

    in_s: float
    agents_free: float
    calls_answered: float


class DecisionOut(Response):
    """One decision: how many calls to start, which bound decided, and the figures behind it.

    ``budget_left`` is null where no limit on abandoned calls is counted; the risks are null in modes that do
    not look ahead.
    """

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
    ahead: tuple[AheadOut, ...]
    risk_of_next: float | None
    accepted_risk: float | None
    budget_left: float | None


class LimitOut(Response):
    """One limit on abandoned calls as it stands; ``left`` is null where nobody may be abandoned.

    ``misjudged`` is how many people detection has taken for machines by estimate: charged as abandoned.
    """

    name: str
    kind: str
    rate: float
    period_s: float
    live: int
    abandoned: int
    misjudged: float
    left: float | None


class PacingOut(Response):
    """How a campaign is paced now. ``note`` says why not as its mode says, or why there is nothing to see.

    ``decisions`` are the last ones, newest first.
    """

    mode: DialMode
    note: str
    answer_rate: float | None
    answer_rate_calls: float
    ringing: int
    agents: int
    given_up: int
    limits: tuple[LimitOut, ...]
    decisions: tuple[DecisionOut, ...]
