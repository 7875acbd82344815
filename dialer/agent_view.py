"""What an agent's page shows: the agent, and the call he has.

Knows the nouns. Must not know where they come from, or what is made of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Customer, Script


@dataclass(frozen=True, slots=True)
class CallView:
    """The call an agent has now or is about to have: the file, before the voice.

    A lead that is laid before him has the id of its offer, and no outcomes yet. ``asked``: he has asked for
    its call; ``waits_for``: why it is not placed yet, in plain words.
    """

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
    asked: bool = False
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent now. ``state`` is a value of ``dialer.agents.AgentState``.

    ``phone_gone``: the talk that he wraps up ended by his phone; it is called again after the wrap-up.
    ``leaves_at``: when he will pause or go, as he announced. ``pause_reason`` is of the pause he has, or why
    he is offline; ``pause_wanted`` of one that he asked for and that begins after the wrap-up, else None.
    ``stored``: the store has what he asked for last, or takes it soon; else a restart would undo it.
    """

    agent_id: str
    name: str
    state: str
    since: datetime
    pause_reason: str
    wrap_up_ends_at: datetime | None
    call: CallView | None
    talks: int
    phone_gone: bool = False
    leaves_at: datetime | None = None
    pause_wanted: str | None = None
    stored: bool = True
