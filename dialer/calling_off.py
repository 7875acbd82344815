"""Calling off what rings or lies before an agent: calls to people who asked meanwhile not to be called.

Knows which calls nobody has answered, and what their people say now. Must not know who asked whom, nor how a
call is ended or an offer taken back. Who has answered is talked to: an agent is there, and can write down
what he wants.
"""

import asyncio
from collections.abc import Sequence

import structlog

from campaigns.outage import told_of
from campaigns.rules.eligibility import opted_out
from campaigns.rules_in_force import RulesInForce
from dialer.call_board import CallBoard
from dialer.calls import RINGABLE
from dialer.cancelling import cancel_all
from dialer.live_call import LiveCall
from dialer.ports import CallBook, Clock
from dialer.preview import Previews
from dialer.telephony import Telephony

log = structlog.get_logger()


class CallingOff:
    """Hangs up unanswered calls to whoever was barred, took his consent back, or is to be erased.

    ``previews`` are looked through as well: a call that has not begun is not asked for any more.
    """

    def __init__(
        self,
        book: CallBook,
        telephony: Telephony,
        clock: Clock,
        calls: CallBoard,
        rules: RulesInForce,
        previews: Previews,
    ) -> None:
        self._book = book
        self._telephony = telephony
        self._clock = clock
        self._calls = calls
        self._rules = rules
        self._previews = previews
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Somebody may have asked not to be called: look at all that rings, once for all who asked."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="calling off")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        while self._asked:
            self._asked = False
            try:
                unwanted = [call for call in self._ringing() if await self._is_unwanted(call)]
                for call in unwanted:
                    log.info("call off: must not be called any more", attempt=call.attempt_id)
                await cancel_all(self._telephony, unwanted)
                await self._previews.take_back_unwanted()
            except Exception as fault:
                log.error("ringing calls not looked at", **told_of(fault))

    def _ringing(self) -> Sequence[LiveCall]:
        return [one for one in self._calls.all() if one.state in RINGABLE and not one.cancelled_by_us]

    async def _is_unwanted(self, call: LiveCall) -> bool:
        now = self._clock.now()
        known = await self._book.called(call.attempt_id, now)
        if known is None:
            return True
        return opted_out(known.lead, known.customer, known.evidence, call.campaign, now, self._rules.book)
