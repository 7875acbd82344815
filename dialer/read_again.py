"""Caller IDs that an earlier version kept as they came: read again at a start, with today's settings.

A promise was given to whoever asked by key to be left alone, so what can be read must bar, and what was read
wrongly too once the settings or the release are others: a start with the same ones looks at no caller ID that
bars somebody. Whatever stays unread is listed for a manager
(``SuppressionDesk.unread``). Twice changes nothing. Must not know SQL.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from campaigns.books import SuppressionBook
from campaigns.suppression import SHOWN_AS
from dialer.caller_number import CallerForms
from dialer.ports import CallBook

log = structlog.get_logger()

READER: Final = "service"
"""Who takes a caller ID off the list for which its number was put there."""


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What was done: numbers that bar now, entries that still bar nobody, calls that have a number now."""

    barred: int
    unread: int
    calls: int


async def read_again(
    lists: SuppressionBook,
    calls: CallBook,
    forms: CallerForms,
    now: Callable[[], datetime],
    release: str = "",
) -> ReadAgain:
    """Put numbers in place of caller IDs, on the opt-out list and in calls to the hotline.

    ``release`` names the service, each of which may read the same text otherwise.
    """
    read_with = f"{release} {forms.fingerprint}"
    is_new = await lists.read_with() != read_with
    barred = await _correct(lists, forms) if is_new else 0
    unread = 0
    for entry in await lists.unread_opt_outs():
        number = forms.read_any(entry.number).number
        if not number:
            unread += 1
            continue
        reason = f"{entry.reason}{SHOWN_AS}{entry.number}"
        # On the list first: whatever comes between leaves him barred, and the next start goes on.
        await lists.suppress_numbers([replace(entry, number=number, reason=reason)])
        await lists.unsuppress(entry.list_id, entry.number, READER, now())
        barred += 1
    named = 0
    await calls.keep_as_shown()
    for shown in await calls.unread_callers():
        if number := forms.read_any(shown).number:
            named += await calls.name_caller(shown, number)
    if is_new:
        await lists.note_read_with(read_with)
    done = ReadAgain(barred, unread, named)
    if barred or named:
        log.info("caller ids read again", barred=barred, calls=named)
    if unread:
        log.warning("opt-outs bar nobody: see `dialer suppression unread`", entries=unread)
    return done


async def _correct(lists: SuppressionBook, forms: CallerForms) -> int:
    """Bar what caller IDs mean by today's settings that were read by others before; returns how many are new.

    The number of before stays: whose it is may have asked himself meanwhile, and his word was not kept as
    he stood on the list already. A manager who knows better takes it off.
    """
    told = await lists.read_opt_outs()
    read = [(one, forms.read_any(one.reason.partition(SHOWN_AS)[2]).number) for one in told]
    other = [replace(one, number=number) for one, number in read if number not in ("", one.number)]
    return await lists.suppress_numbers(other)
