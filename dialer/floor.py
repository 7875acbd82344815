"""Use cases of agents, and what an agent sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Customer, Script


@dataclass(frozen=True, slots=True)
class CallView:
    """The call an agent has now or is about to have: the file, before the voice."""

    attempt_id: str
    campaign_id: int | None
    campaign_name: str
    direction: str  # outbound or inbound
    number: str
    customer: Customer | None
    fields: Mapping[str, str]
    script: Script | None
    outcomes: Mapping[str, str]
    placed_at: datetime
    connected_at: datetime | None
    recorded_outcome: str | None


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent now. ``state`` is offline, connecting, ready, reserved, talking, wrap_up or paused."""

    agent_id: str
    name: str
    state: str
    since: datetime
    pause_reason: str
    wrap_up_ends_at: datetime | None
    call: CallView | None
    talks: int
