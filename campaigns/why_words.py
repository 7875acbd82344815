"""What bounds the pacer or kept the last call back, in plain words.

Knows the names that pacing and the door give. Must not know which of several things is told first.
"""

from collections.abc import Mapping
from typing import Final

from campaigns.model import Campaign

SWITCH_DOWN: Final = "the link to the switch is down"
ALL_TRUNKS_FULL: Final = "all trunks full"
AGENTS_WHO_ASKED: Final = "agents who asked"

BY_BOUND: Final[Mapping[str, str]] = {
    "channels": "all {channels} channels of the campaign are in use",
    "calls per second": "the campaign places {rate:g} calls a second and no more",
    "risk of abandoning": "one more answered call would find no agent with too high a chance",
    "answer rate hardly known": "how many people answer is hardly known yet, so calls start carefully",
    "abandon budget used up": "a limit on abandoned calls is used up: every call waits for its own agent",
    "line down, probing": "most calls failed on the line, so one at a time tries whether it works again",
    "another campaign's turn": "another campaign has fewer of the agents, and it is its turn",
    AGENTS_WHO_ASKED: "no agent has asked for the call of the lead before him",
    ALL_TRUNKS_FULL: "every trunk is full",
}
"""What bounds the pacer, in plain words; agents have words of their own, others speak for themselves."""

NO_AGENT: Final = frozenset({"no idle agent", "lines per idle agent", "no call without a reserved agent"})
"""The bounds of a pacer that waits for an agent."""

BY_OUTCOME: Final[Mapping[str, tuple[str, str]]] = {
    "no trunk with room": ("trunk-limit", "every trunk that carries these numbers is full or at its rate"),
    "the switch did not take it": ("switch-refused", "the switch did not take the last call"),
}
"""What the last visit to the door came to, where that keeps the next call back: code and plain words."""


def bound_in_words(campaign: Campaign, bound: str) -> str:
    """Say in plain words what bounds a campaign's calls."""
    words = BY_BOUND.get(bound, bound)
    return words.format(channels=campaign.max_channels, rate=campaign.calls_per_second)
