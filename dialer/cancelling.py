"""Hanging up calls that nobody has answered yet, and remembering that it was us."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from dialer.calls import RINGABLE
from dialer.errors import NotSent, Refused, TelephonyError
from dialer.live_call import LiveCall
from dialer.telephony import Telephony

log = structlog.get_logger()

CROSS_S: Final = 2.0
"""How long a receipt waits to learn whether a cancelled call was answered first."""

CANCEL_AGAIN_S: Final = 0.05
"""How long after a cancel that found no channel it is tried again: the switch may still be making it."""


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


async def cancel_all(telephony: Telephony, ringing: Sequence[LiveCall]) -> tuple[int, int]:
    """Hang up unanswered calls; returns how many we ended, and how many were answered first."""
    done = await asyncio.gather(*(_cancel_surely(telephony, call) for call in ringing))
    return sum(done), sum(call.facts.answered_at is not None for call in ringing)


async def _cancel_surely(telephony: Telephony, call: LiveCall) -> bool:
    """Hang up one unanswered call; true when it ended unanswered by our word."""
    try:
        async with asyncio.timeout(CROSS_S):
            while call.state in RINGABLE and not await cancel(telephony, call):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(CANCEL_AGAIN_S)
            if call.cancelled_by_us:
                await call.ended.wait()
    except TimeoutError:  # or it has ended, and its outcome is not stored yet
        return call.disposition is not None and _ended_by_us(call)
    except TelephonyError as fault:
        log.warning("call not cancelled", attempt=call.attempt_id, fault=str(fault))
        return False
    return _ended_by_us(call)


def _ended_by_us(call: LiveCall) -> bool:
    return call.cancelled_by_us and call.facts.answered_at is None
