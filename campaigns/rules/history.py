"""What past contacts forbid: caps that are used up and blocks that have not ended.

Knows how contacts are counted and when each stops to count. Must not know hours, packs or why a person is
called. Every answer here is a moment from which on the past forbids nothing any more.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from campaigns.model import Disposition, PastContact
from campaigns.rules.law import After, Block, Cap, Scope

REFUSALS: Final = frozenset({"refused", "not_interested", "do_not_call"})
"""Outcome codes of agents by which a customer said no."""


_NUMBER, _COMPANY = Scope.NUMBER, Scope.COMPANY
_REFUSAL, _ABANDONED, _OTHER_LEAD = After.REFUSAL, After.ABANDONED, After.OTHER_LEAD
_LEFT_ALONE, _MACHINE = Disposition.ABANDONED, Disposition.MACHINE


def cap_ends(
    cap: Cap, past: Sequence[PastContact], number: str, company: str, zones: tuple[str, ...]
) -> datetime | None:
    """Return from when on a cap allows one more call, None when it has never been used up.

    ``past`` may be in any order. Only contacts that were placed count; one whose outcome nobody knows does.
    """
    if len(past) < cap.count:
        return None
    ends = _counted_until(cap, past, number, company, zones)
    if len(ends) < cap.count:
        return None
    # With one more call there must be no more than ``count``: wait until fewer than that many count.
    ends.sort(reverse=True)
    return ends[cap.count - 1]


def cap_used(
    cap: Cap, past: Sequence[PastContact], number: str, company: str, zones: tuple[str, ...], moment: datetime
) -> tuple[int, datetime | None]:
    """Return how many contacts count at a moment, and when one more call is allowed again if none is now."""
    used = sum(end > moment for end in _counted_until(cap, past, number, company, zones))
    if used < cap.count:
        return used, None
    return used, cap_ends(cap, past, number, company, zones)


def _counted_until(
    cap: Cap, past: Iterable[PastContact], number: str, company: str, zones: tuple[str, ...]
) -> list[datetime]:
    """Return of every contact that a cap counts until when it does."""
    return [
        cap.period.ends(contact.at, zones)
        for contact in _within(past, cap.scope, number, company)
        if contact.placed and (not cap.counts or contact.purpose in cap.counts)
    ]


def block_ends(
    block: Block,
    past: Iterable[PastContact],
    number: str,
    company: str,
    zones: tuple[str, ...],
    lead_id: int = 0,
) -> datetime | None:
    """Return when the last block that the past set off ends, None when nothing set it off.

    ``lead_id`` is the lead that asks: its own calls are for its retry rules to space out.
    """
    if block.after is _OTHER_LEAD:
        counted = _within(past, block.scope, number, company)
        began = (contact.ended_at or contact.at for contact in counted if _is_others(contact, lead_id))
        return max((block.period.ends(moment, zones) for moment in began), default=None)
    ends = [
        block.period.ends(contact.at, zones)
        for contact in _within(past, block.scope, number, company)
        if _sets_off(block.after, contact)
    ]
    return max(ends) if ends else None


def _is_others(contact: PastContact, lead_id: int) -> bool:
    return contact.placed and contact.lead_id not in (0, lead_id)


def _within(past: Iterable[PastContact], scope: Scope, number: str, company: str) -> Iterator[PastContact]:
    if scope is _NUMBER:
        return (contact for contact in past if contact.number == number)
    if scope is _COMPANY:
        own = company.casefold()
        return (contact for contact in past if contact.company.casefold() == own)
    return iter(past)


def _sets_off(after: After, contact: PastContact) -> bool:
    if after is _REFUSAL:
        return contact.outcome in REFUSALS
    wanted = _LEFT_ALONE if after is _ABANDONED else _MACHINE
    return contact.disposition is wanted
