"""The live picture: counters now, and a signal after every change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Disposition


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts of one campaign, or of all, since the service started; ``in_*`` and agents are now."""

    at: datetime
    campaign_id: int | None
    placed: int
    answered: int
    connected: int
    abandoned: int
    voted: int
    ended: Mapping[Disposition, int]
    in_dialling: int
    in_ringing: int
    in_answered: int
    in_talking: int
    in_voting: int
    agents: Mapping[str, int]
    switch_up: bool
