"""Destroying records when their time is over, and not before: deleted lists, old calls, erased people.

Knows the order of work. Must not know a database, a clock or who asked. What must stay and what must go is
``campaigns.rules.retention``'s. Long work goes on in steps, and each step is judged in a thread, so that
calls under way do not wait for it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from campaigns.books import OldLead, RetentionBook
from campaigns.model import LeadStatus
from campaigns.rules.packs import RuleBook
from campaigns.rules.retention import (
    Fate,
    Keeping,
    LongestLimits,
    fate_of,
    longest_of,
    must_go,
    shortest_bound,
)
from campaigns.rules_in_force import RulesInForce

AT_ONCE: Final = 1_000
"""Leads that are looked at in one step."""

LOOK_AGAIN: Final = timedelta(days=1)
"""How long a list that keeps something is left alone at least: its leads fall due one by one, for weeks."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did: how many leads went, of how many erased people the rest, and which deleted lists,
    by id, keep records for the sake of a rule pack (the longest of its orders).
    """

    leads: int = 0
    people: int = 0
    kept: Mapping[int, Keeping] = field(default_factory=dict)


class RetentionDesk:
    """Use cases of retention. ``now`` returns the moment."""

    def __init__(self, book: RetentionBook, rules: RulesInForce, now: Callable[[], datetime]) -> None:
        self._book = book
        self._rules = rules
        self._now = now

    async def purge(self) -> Purged:
        """Destroy the records of deleted lists, and the rest of erased people, whose time is over.

        What a rule pack orders to keep longer, or its limits may ask about, stays lead by lead, and the list
        is looked at again when the first of it may go, though not before a day has passed.
        """
        now = self._now()
        people = gone = bared = 0
        while some := await self._book.finish_erasing(now, AT_ONCE):
            people += some
        kept: dict[int, Keeping] = {}
        for list_id in await self._book.lists_over(now):
            orders = _Orders(self._rules.book, now)
            went, changed = await self._purge_list(list_id, now, orders)
            gone += went
            bared += changed
            if orders.first is None or orders.last is None:
                await self._book.drop_list(list_id)
                continue
            again = max(orders.first.until, now + LOOK_AGAIN)
            await self._book.put_off(list_id, again, orders.last.pack.name, orders.last.pack.version)
            kept[list_id] = orders.last
        if gone or people or bared:
            await self._book.leave_no_trace()
        return Purged(gone, people, kept)

    async def expire(self) -> int:
        """Destroy leads that nobody works on and whose calls are older than a rule pack lets them be kept.

        Returns how many went. Without a pack that sets a maximum nothing is looked at.
        """
        now, rules = self._now(), self._rules.book
        bound = shortest_bound(rules)
        if bound is None:
            return 0

        gone, after = 0, 0
        while True:
            some, last = await self._book.unused(now - bound, now, after, AT_ONCE)
            gone += await self._destroy(await asyncio.to_thread(_due, some, rules, now))
            if last is None:
                break
            after = last
        if gone:
            await self._book.leave_no_trace()
        return gone

    async def kept_of(self, customer_id: int) -> Keeping | None:
        """Return what orders longest to keep records of a customer; None when nothing does any more."""
        longest = longest_of(await self._book.records_of(customer_id), self._rules.book)
        return longest if longest is not None and longest.until > self._now() else None

    async def _purge_list(self, list_id: int, now: datetime, orders: "_Orders") -> tuple[int, int]:
        """Destroy what nothing orders to keep of a list, and of what limits count all else; returns how many
        leads went and how many records of others were left bare.
        """
        gone = bared = 0
        for status in LeadStatus:
            after = 0
            while some := await self._book.leads_of(list_id, status, now, after, AT_ONCE):
                goes, bare = await asyncio.to_thread(orders.judge, some)
                gone += await self._destroy(goes)
                bared += await self._book.leave_bare(bare) if bare else 0
                after = some[-1].lead_id
        return gone, bared

    async def _destroy(self, lead_ids: Sequence[int]) -> int:
        return await self._book.destroy(lead_ids) if lead_ids else 0


class _Orders:
    """What keeps leads of one list beyond a moment: of all orders the first to end and the last."""

    def __init__(self, rules: RuleBook, now: datetime) -> None:
        self.first: Keeping | None = None
        self.last: Keeping | None = None
        self._rules = rules
        self._now = now

    def judge(self, leads: Sequence[OldLead]) -> tuple[list[int], list[int]]:
        """Return which leads go and which are left bare, by id; remember what keeps them and the rest."""
        limits = LongestLimits(self._rules)
        of_fate: dict[Fate, list[int]] = {fate: [] for fate in Fate}
        for lead in leads:
            fate, order = fate_of(lead.record, limits, self._now)
            of_fate[fate].append(lead.lead_id)
            if order is not None:
                self._remember(order)
        return of_fate[Fate.GO], of_fate[Fate.BARE]

    def _remember(self, order: Keeping) -> None:
        if self.first is None or order.until < self.first.until:
            self.first = order
        if self.last is None or order.until > self.last.until:
            self.last = order


def _due(leads: Sequence[OldLead], rules: RuleBook, now: datetime) -> list[int]:
    """Return which leads may be kept no longer, by id."""
    limits = LongestLimits(rules)
    ends = ((lead.lead_id, must_go(lead.record, limits)) for lead in leads)
    return [lead_id for lead_id, end in ends if end is not None and end <= now]
