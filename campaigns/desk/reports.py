"""A campaign's figures, and by name who was not reached and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Campaign, Disposition, LeadStatus
from campaigns.ports import AttemptLine, LeadLine


@dataclass(frozen=True, slots=True)
class Spread:
    """Order statistics over measured values, in ms; None when nothing was measured."""

    p50: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """One campaign, summed up. Shares are 0..1, None when the denominator is 0.

    ``answered`` counts live answers: connected, abandoned, hung_up_early. ``abandoned_share`` is abandoned of
    answered. ``not_reached`` names every lead that no talk was had with, and the reason.
    """

    campaign: Campaign
    at: datetime
    leads: Mapping[LeadStatus, int]
    attempts: int
    open_attempts: int
    dispositions: Mapping[Disposition, int]
    answered: int
    abandoned_share: float | None
    votes: Mapping[int, int]
    vote_average: float | None
    outcomes: Mapping[str, int]
    answer_to_agent_ms: Spread
    talk_s_average: float | None
    not_reached: tuple[LeadLine, ...]
    records: tuple[AttemptLine, ...]
