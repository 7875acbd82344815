"""The wish to be left alone, pressed as a key in the information message.

The message is the dialplan's, and so is its journal: the service need not live when the key is pressed. Knows
that journal and the do-not-call list. Must not know what else becomes of the call.
"""

from collections.abc import Callable, Iterable
from typing import Final

import structlog

from campaigns.ports import CampaignBook
from dialer.errors import TelephonyError
from dialer.live_call import LiveCall
from dialer.ports import CallBook, Clock
from dialer.telephony import JournalEntry, Telephony

log = structlog.get_logger()

ABANDONED: Final = "aband"
"""The journal of information messages: EPOCH, and the key once one was pressed."""

LEAVE_ME_ALONE_KEY: Final = "9"
"""The key of the information message that asks never to be called again."""


class Wishes:
    """Keeps the wishes that the dialplan wrote down; ``opted_out`` is told of each: it may ring elsewhere."""

    def __init__(
        self,
        book: CallBook,
        people: CampaignBook,
        telephony: Telephony,
        clock: Clock,
        opted_out: Callable[[], None],
    ) -> None:
        self._book = book
        self._people = people
        self._telephony = telephony
        self._clock = clock
        self._opted_out = opted_out

    async def heed(self, call: LiveCall) -> None:
        """Keep what a customer pressed whose call is about to be settled.

        The dialplan wrote it before the call ended; kept before the settlement, it is kept before anybody
        else may call this number. A switch that cannot be asked now is asked before anything is dialled
        again. Raises the errors of the store.
        """
        try:
            entries = await self._telephony.journal([ABANDONED])
        except TelephonyError as fault:
            log.warning("journal not asked yet", attempt=call.attempt_id, fault=str(fault))
            return
        await self.keep(one for one in entries if one.key == call.attempt_id)

    async def keep(self, entries: Iterable[JournalEntry]) -> None:
        """Put the numbers of those who pressed the key on the list; twice is harmless."""
        for entry in entries:
            if entry.family != ABANDONED or entry.fields[1:2] != (LEAVE_ME_ALONE_KEY,):
                continue
            found = await self._book.lead_of(entry.key)
            if found is not None:
                reason = f"by key in the information message of call {entry.key}"
                await self._people.suppress(found[0].number, reason, "customer", self._clock.now())
                self._opted_out()
                log.info("number suppressed by key", call=entry.key)
