"""Hanging up a call that nobody has answered yet, and remembering that it was us."""

from dialer.call_board import LiveCall
from dialer.errors import NotSent, Refused
from dialer.ports import Telephony


async def cancel(telephony: Telephony, call: LiveCall) -> bool:
    """Cancel a call; false when the switch has no such unanswered call. Errors of ``Telephony.cancel``.

    Set before the switch is told: its event may come before its answer.
    """
    call.cancelled_by_us = True
    try:
        there = await telephony.cancel(call.attempt_id)
    except (NotSent, Refused):
        call.cancelled_by_us = False
        raise
    call.cancelled_by_us = there
    return there
