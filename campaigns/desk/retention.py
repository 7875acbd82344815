"""Destroying records when their time is over, and not before: deleted lists, old calls, erased people.

Knows the order of work. Must not know a database, a clock or who asked. What must stay and what must go is
``campaigns.rules.retention``'s. Long work goes on in steps, so that calls under way do not wait for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from campaigns.books import OldLead, RetentionBook
from campaigns.model import LeadStatus
from campaigns.rules.packs import RuleBook
from campaigns.rules.retention import Keeping, longest_of, may_be_asked, must_go, must_stay, shortest_bound
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

        def is_due(lead: OldLead) -> bool:
            due = must_go(lead.record, rules)
            return due is not None and due <= now

        gone, after = 0, 0
        while True:
            some, last = await self._book.unused(now - bound, now, after, AT_ONCE)
            gone += await self._destroy([lead.lead_id for lead in some if is_due(lead)])
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
                goes = [lead.lead_id for lead in some if orders.let_go(lead)]
                bare = [lead.lead_id for lead in some if orders.is_counted_only(lead)]
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

    def is_counted_only(self, lead: OldLead) -> bool:
        """Say whether a lead stays for the sake of caps and blocks, and no pack orders to keep its record."""
        order, asked = must_stay(lead.record, self._rules), may_be_asked(lead.record, self._rules)
        return (order is None or order.until <= self._now) and asked is not None and asked.until > self._now

    def let_go(self, lead: OldLead) -> bool:
        """Say whether nothing orders to keep a lead any more."""
        orders = (must_stay(lead.record, self._rules), may_be_asked(lead.record, self._rules))
        order = max((one for one in orders if one is not None), key=lambda one: one.until, default=None)
        if order is None or order.until <= self._now:
            return True
        if self.first is None or order.until < self.first.until:
            self.first = order
        if self.last is None or order.until > self.last.until:
            self.last = order
        return False
