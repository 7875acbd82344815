"""From what the switch said to one disposition.

The originate's own answer knows three values only (4 answered, 3 our time-out, 0 all else), so the truth is
Hangup's ``Cause`` (Q.850) and ``TechCause`` (the SIP status), as observed on Asterisk 22. A SIP status
decides before a Q.850 cause: several statuses share one cause. 408 and 5xx are the trunk's doing and say
nothing about the customer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.model import Disposition

OUR_TIMEOUT = 3
"""The originate's reason when our own ring time ran out."""

BY_SIP_STATUS: Mapping[int, Disposition] = {
    302: Disposition.UNREACHABLE,
    403: Disposition.REJECTED,
    404: Disposition.BAD_NUMBER,
    410: Disposition.BAD_NUMBER,
    480: Disposition.UNREACHABLE,
    484: Disposition.BAD_NUMBER,
    485: Disposition.BAD_NUMBER,
    486: Disposition.BUSY,
    600: Disposition.BUSY,
    603: Disposition.REJECTED,
    604: Disposition.BAD_NUMBER,
    607: Disposition.REJECTED,
    608: Disposition.REJECTED,
}
"""Statuses that speak of the customer; any other status is the trunk's."""

BY_CAUSE: Mapping[int, Disposition] = {
    1: Disposition.BAD_NUMBER,
    17: Disposition.BUSY,
    18: Disposition.NO_ANSWER,
    19: Disposition.NO_ANSWER,
    20: Disposition.UNREACHABLE,
    21: Disposition.REJECTED,
    22: Disposition.BAD_NUMBER,
    28: Disposition.BAD_NUMBER,
}
"""Q.850 causes without a SIP status; any other cause is the trunk's."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended, as far as the switch and we ourselves know.

    ``on_line_s`` is the time from answer to hangup in seconds, None when never answered. ``served`` means
    the person got what the call was for: an agent, or a whole self-service flow. ``message_played`` means
    that the dialplan is known to have played the information message. ``machine``: detection took the one who
    answered for a machine, and no agent was connected all the same. ``proven_unanswered``: only the
    dialplan's journal tells of the call, and it tells that nobody answered. ``lost``: nothing tells of its
    end.
    """

    on_line_s: float | None = None
    served: bool = False
    message_played: bool = False
    machine: bool = False
    connect_limit_s: float = 2.0
    cause: int | None = None
    tech_cause: int | None = None
    reason: int | None = None
    cancelled_by_us: bool = False
    proven_unanswered: bool = False
    lost: bool = False


def disposition(ending: Ending) -> Disposition:
    """Decide the one disposition of an ended call."""
    if ending.served:
        return Disposition.CONNECTED
    if ending.machine:
        return Disposition.MACHINE
    if ending.message_played:
        return Disposition.ABANDONED
    if ending.on_line_s is not None:
        return _unserved_answer(ending)
    if ending.lost:
        return Disposition.UNKNOWN
    return _unanswered(ending)


def _unserved_answer(ending: Ending) -> Disposition:
    """Answered without service: past the connect limit the dialplan has played the message."""
    if ending.lost:
        return Disposition.UNKNOWN
    if ending.cancelled_by_us:  # our cancel crossed the answer: a person was left with silence, by us
        return Disposition.ABANDONED
    assert ending.on_line_s is not None
    if ending.on_line_s >= ending.connect_limit_s:
        return Disposition.ABANDONED
    return Disposition.HUNG_UP_EARLY


def _unanswered(ending: Ending) -> Disposition:
    if ending.reason == OUR_TIMEOUT:  # the switch makes a 480 up for it; our cancel runs the same timer out
        return Disposition.CANCELLED if ending.cancelled_by_us else Disposition.NO_ANSWER
    if ending.tech_cause is not None:
        return BY_SIP_STATUS.get(ending.tech_cause, Disposition.TRUNK_FAILED)
    if ending.cancelled_by_us:
        return Disposition.CANCELLED
    if ending.proven_unanswered:
        return Disposition.NO_ANSWER
    return BY_CAUSE.get(ending.cause or 0, Disposition.TRUNK_FAILED)
