"""What can decide how many calls start, each by its one name.

Screens, logs and the answer to "why is nobody called" all read these names; their values are the words that
the operator reads.
"""

from enum import StrEnum


class Bound(StrEnum):
    """The bound that decided."""

    NO_IDLE_AGENT = "no idle agent"
    ASKED = "agents who asked"
    LINES_PER_AGENT = "lines per idle agent"
    RISK = "risk of abandoning"
    HARDLY_KNOWN = "answer rate hardly known"
    BUDGET = "abandon budget used up"
    ZERO_BUDGET = "no call without a reserved agent"
    ALARM = "abandon alarm"
    CHANNELS = "channels"
    TRUNKS = "all trunks full"
    RATE = "calls per second"
    LINE_DOWN = "line down, probing"
    TURN = "another campaign's turn"


SOON: frozenset[Bound] = frozenset({Bound.RATE, Bound.LINE_DOWN})
"""Bounds that the passing of time alone lifts."""

OF_THE_POOL: frozenset[Bound] = frozenset(
    {
        Bound.NO_IDLE_AGENT,
        Bound.LINES_PER_AGENT,
        Bound.RISK,
        Bound.HARDLY_KNOWN,
        Bound.BUDGET,
        Bound.ZERO_BUDGET,
        Bound.ALARM,
        Bound.TURN,
    }
)
"""Bounds that agents decide: with more of them free, the campaign would place more calls."""
