"""Pacing in memory behind the console's port: what a test lays there is shown."""

from datetime import UTC, datetime

from campaigns.model import DialMode
from dialer.pacing.bounds import Bound
from dialer.pacing_view import Ahead, DecisionView, LimitView, PacingView

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

DECISION = DecisionView(
    at=NOON,
    calls=3,
    reserved=False,
    bound=Bound.RISK,
    words="3 calls; bounded by: risk of abandoning; 2 agents idle; 4.2 busy agents free and 2.1 calls "
    "answered within 16 s; risk of one more 4.1%, accepted 3.2%; budget left 13.0 calls",
    given_up=0,
    idle=2,
    talking=21,
    in_wrap_up=5,
    waiting=0,
    ahead=(Ahead(1.0, 0.6, 0.2), Ahead(7.0, 1.9, 0.8), Ahead(16.0, 4.2, 2.1)),
    risk_of_next=0.041,
    accepted_risk=0.032,
    budget_left=13.0,
)

VIEW = PacingView(
    mode=DialMode.PREDICTIVE,
    note="",
    answer_rate=0.31,
    answer_rate_calls=420.0,
    ringing=11,
    agents=28,
    given_up=4,
    limits=(
        LimitView("us-federal: 3 % in 30 days per campaign", "legal", 0.03, 2_592_000, 1000, 19, 1.0, 13.0),
        LimitView("house: alarm at 5 % in 15 minutes per campaign", "alarm", 0.05, 900, 90, 1, 0.0, 6.5),
    ),
    decisions=(DECISION,),
)


class MemoryPacing:
    """Views by campaign; a campaign without one has never dialled."""

    def __init__(self) -> None:
        self.views: dict[int, PacingView] = {}

    def view(self, campaign_id: int) -> PacingView | None:
        """Return what was laid there."""
        return self.views.get(campaign_id)
