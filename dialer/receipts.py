"""Halting a campaign's calls, and the receipt that proves it.

Shuts the door, waits until everyone is out of it, counts what still rings and cancels that on request. Must
not know campaigns' statuses, nor how a halt comes to be stored.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from campaigns.model import CampaignStatus
from dialer.call_board import GRACE_S, CallBoard
from dialer.calls import UNANSWERED
from dialer.cancelling import cancel_all
from dialer.door import Gate
from dialer.halts import Halt, Halts
from dialer.live_call import count_states
from dialer.ports import Clock
from dialer.telephony import Telephony

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PauseReceipt:
    """Proof of a pause: no originate is written after ``paused_at``.

    ``still_ringing`` calls were unanswered at that moment, or when they were hung up for it; the last of them
    ends by ``last_ends_at`` at the latest, None when all have ended. ``cancelled`` of them were hung up by us
    on request, ``crossed`` were answered before that and go the normal way. ``talking`` talk with an agent,
    and ``voting`` have talked and are still on the line: both go on to their end.

    The pause binds in any case. ``stored`` is false while only this process knows of it: it is offered to the
    store until that takes it, and only a restart before then undoes it.
    """

    campaign_id: int
    paused_at: datetime
    by: str
    reason: str
    still_ringing: int
    last_ends_at: datetime | None
    cancelled: int
    crossed: int
    talking: int
    voting: int
    stored: bool = True


@dataclass(frozen=True, slots=True)
class HaltOrder:
    """What somebody ordered: to which status a campaign goes, and whether calls that ring are hung up."""

    campaign_id: int
    status: CampaignStatus
    by: str
    reason: str
    unanswered_too: bool


async def halted(
    order: HaltOrder, gate: Gate | None, calls: CallBoard, telephony: Telephony, clock: Clock, halts: Halts
) -> PauseReceipt:
    """Halt a campaign whose calls pass ``gate``, None when it does not dial; returns the receipt.

    What rings is cancelled at once: those inside may wait for the store longer than a telephone rings.
    """
    ringing = calls.ringable(order.campaign_id) if order.unanswered_too else []
    early = [one for one in ringing if not one.sending]  # what is being sent is cancelled when it is out
    cancelling = asyncio.create_task(cancel_all(telephony, early), name=f"cancel {order.campaign_id}")
    if gate is not None:
        await gate.close()
    paused_at = clock.now()
    late = [one for one in calls.ringable(order.campaign_id) if one not in early]
    on_line = count_states(calls.all(order.campaign_id))
    stored, *ended = await asyncio.gather(
        halts.keep(Halt(order.campaign_id, order.status, order.by, paused_at, order.reason)),
        cancelling,
        cancel_all(telephony, late if order.unanswered_too else []),
    )
    rang = [*early, *late]
    log.info(
        "campaign halted",
        campaign=order.campaign_id,
        by=order.by,
        reason=order.reason,
        ringing=len(rang),
        stored=stored,
    )
    ends = [
        one.placed_at + timedelta(seconds=one.campaign.ring_timeout_s + GRACE_S)
        for one in rang
        if one.state in UNANSWERED
    ]
    return PauseReceipt(
        campaign_id=order.campaign_id,
        paused_at=paused_at,
        by=order.by,
        reason=order.reason,
        still_ringing=len(rang),
        last_ends_at=max(ends, default=None),
        cancelled=sum(cancelled for cancelled, _ in ended),
        crossed=sum(crossed for _, crossed in ended),
        talking=on_line["talking"],
        voting=on_line["voting"],
        stored=stored,
    )
