"""The campaign that benches dial, everything overridable: a plain one, so that its leads are the load."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from campaigns.model import Campaign, CampaignStatus, Purpose

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
_CAMPAIGN = Campaign(
    id=0,
    name="bench",
    template="revisit",
    template_version="0",
    purpose=Purpose.SERVICE,
    status=CampaignStatus.RUNNING,
    company="Bench",
    caller_id="",
    callback_number="",
    flow="revisit",
    hours=(),
    retries={},
    max_attempts=5,
    anchor=None,
    ring_timeout_s=25,
    connect_limit_s=2,
    wrap_up_s=30,
    max_channels=10,
    calls_per_second=10,
    created_at=NOW,
)


def plain_campaign(**changes: Any) -> Campaign:
    """Return a running campaign without hours and without a second try."""
    return replace(_CAMPAIGN, **changes)
