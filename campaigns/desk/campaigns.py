"""Create and look up campaigns."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """What a manager gives to create a campaign; None takes the template's default."""

    name: str
    template: str
    company: str
    caller_id: str
    callback_number: str
    hours: Mapping[str, str] | None = None
    max_attempts: int | None = None
    ring_timeout_s: float | None = None
    wrap_up_s: float | None = None
    max_channels: int | None = None
    calls_per_second: float | None = None
