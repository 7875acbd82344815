"""Starting, pausing and stopping of campaigns: a pause is a receipt, and it binds."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PauseReceipt:
    """Proof of a pause: no originate is written after ``paused_at``.

    ``still_ringing`` calls were unanswered at that moment, the last of them ends by ``last_ends_at`` at the
    latest. ``cancelled`` were hung up by us on request; ``crossed`` of those were answered first and go the
    normal way. ``talking`` go on to their end.
    """

    campaign_id: int
    paused_at: datetime
    by: str
    reason: str
    still_ringing: int
    last_ends_at: datetime | None
    cancelled: int
    crossed: int
    talking: int


@dataclass(frozen=True, slots=True)
class TestCall:
    """A test call that was placed: its attempt id, by which its course can be followed."""

    attempt_id: str
    number: str
    campaign_id: int
