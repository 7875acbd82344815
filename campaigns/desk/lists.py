"""Lists of a campaign after they are loaded: on and off, recycled, merged, exported, deleted.

Knows the order of work. Must not know how a list came in, HTTP or a database. Long work goes on in steps that
each take milliseconds, so that calls under way do not wait for it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from campaigns.books import NEVER_AGAIN, ListBook, ListedLead
from campaigns.desk.rejects import safe
from campaigns.desk.retention import RetentionDesk
from campaigns.errors import Fault, InvalidInput, NotAllowedNow
from campaigns.ledger import SYSTEM
from campaigns.lists import LeadList
from campaigns.model import Disposition

AT_ONCE: Final = 1_000
"""Leads that are changed in one transaction."""
RETENTION_DAYS: Final = 400
"""How long the records of a deleted list are kept unless somebody says otherwise; caps look back as far."""
MAX_RETENTION_DAYS: Final = 3_660

EXPORT_COLUMNS: Final = (
    "lead", "list", "ref", "name", "title", "phone", "phones", "language", "class", "zone", "country",
    "state", "owner", "status", "attempts", "last_disposition", "agent", "vote", "outcome", "note", "last_at",
    "due_at", "appointment", "reason",
)  # fmt: skip


async def _nobody_knows(_campaign_id: int) -> Collection[str]:
    return ()


async def _nothing_beside(_campaign_id: int, _name: str) -> None:
    """Where no list is kept beside the book."""


class ListDesk:
    """Use cases of lists.

    ``now`` returns the moment; ``changed`` is told which campaign's leads changed. ``outcomes`` returns the
    codes that agents may record in a campaign, nothing when nobody knows them any more. ``deleted`` is told
    the campaign and the name of a list that is gone, for whatever is kept of it beside the book.
    """

    def __init__(
        self,
        book: ListBook,
        retention: RetentionDesk,
        now: Callable[[], datetime],
        changed: Callable[[int], None] = lambda _: None,
        outcomes: Callable[[int], Awaitable[Collection[str]]] = _nobody_knows,
        deleted: Callable[[int, str], Awaitable[None]] = _nothing_beside,
    ) -> None:
        self._book = book
        self._retention = retention
        self._now = now
        self._changed = changed
        self._outcomes = outcomes
        self._deleted = deleted

    async def lists(self, campaign_id: int) -> list[LeadList]:
        """Return a campaign's lists with their leads counted, oldest first, without deleted ones."""
        return [kept for kept in await self._book.lists(campaign_id) if kept.deleted_at is None]

    async def activate(self, list_id: int, by: str = SYSTEM) -> LeadList:
        """Let a list be called."""
        await self._living(list_id)
        await self._book.switch_list(list_id, True, by)
        await self._all(lambda: self._book.some_released(list_id, AT_ONCE))
        return await self._told(list_id)

    async def deactivate(self, list_id: int, by: str = SYSTEM) -> LeadList:
        """Let no lead of a list be called any more; effective at once, calls under way go on."""
        await self._living(list_id)
        await self._book.switch_list(list_id, False, by)
        await self._all(lambda: self._book.some_held(list_id, AT_ONCE))
        return await self._told(list_id)

    async def recycle(
        self, list_id: int, dispositions: Iterable[Disposition], outcomes: Iterable[str], by: str
    ) -> int:
        """Let closed leads wait again whose last attempt ended or was recorded so; returns how many.

        They are due now and start anew, with all their attempts before them; the caps of the rules still
        count the old ones.
        Nobody who asked never to be called again comes back.
        """
        wanted, recorded = tuple(dispositions), tuple(outcomes)
        if not wanted and not recorded:
            raise InvalidInput([Fault("dispositions", "name at least one disposition or outcome")])
        known = await self._outcomes((await self._living(list_id)).campaign_id)
        faults = [_never_recycled(outcome, known) for outcome in recorded]
        if any(faults):
            raise InvalidInput([Fault("outcomes", problem) for problem in faults if problem])
        now, total, after = self._now(), 0, 0
        while True:
            count, last = await self._book.some_recycled(
                list_id, after, AT_ONCE, wanted, recorded, now, f"recycled by {by}", by
            )
            total += count
            if last is None:
                break
            after = last
        await self._told(list_id)
        return total

    async def merge(self, list_id: int, into_id: int, by: str = SYSTEM) -> LeadList:
        """Give all leads of a list to another one of the same campaign and forget the empty one."""
        source, target = await self._living(list_id), await self._living(into_id)
        if source.id == target.id:
            raise InvalidInput([Fault("into", "is the list itself")])
        if source.campaign_id != target.campaign_id:
            raise InvalidInput([Fault("into", "is a list of another campaign")])
        await self._all(lambda: self._book.some_moved(list_id, into_id, AT_ONCE))
        await self._book.remove_list(list_id, into_id, by)
        follow = self._book.some_released if target.active else self._book.some_held
        await self._all(lambda: follow(into_id, AT_ONCE))
        return await self._told(into_id)

    async def delete(self, list_id: int, retention_days: int | None = None, by: str = SYSTEM) -> LeadList:
        """Delete a list: leads never tried go at once, the records of the others when their time is over.

        Without retention that is now, but for leads that are being called, which go an hour later, and for
        what a rule pack orders to keep: ``purge_after`` says until when, ``kept_by`` what orders it.
        """
        days = RETENTION_DAYS if retention_days is None else retention_days
        if not 0 <= days <= MAX_RETENTION_DAYS:
            raise InvalidInput([Fault("retention_days", f"{days} is not from 0 to {MAX_RETENTION_DAYS}")])
        living = await self._living(list_id)
        await self._deleted(living.campaign_id, living.name)
        now = self._now()
        await self._book.mark_deleted(list_id, now, now + timedelta(days=days), by)
        await self._all(lambda: self._book.some_deleted(list_id, AT_ONCE))
        deleted = await self._told(list_id)
        if days:
            return deleted
        order = (await self._retention.purge()).kept.get(list_id)
        return deleted if order is None else replace(deleted, purge_after=order.until, kept_by=str(order))

    async def export(self, list_id: int) -> AsyncIterator[list[str]]:
        """Yield a list as rows of text, the header first; no cell is a formula to a spreadsheet."""
        kept = await self._living(list_id)
        async for row in self._rows([kept]):
            yield row

    async def export_campaign(self, campaign_id: int) -> AsyncIterator[list[str]]:
        """Yield every list of a campaign that is not deleted as rows of text, as ``export`` does one."""
        kept = [one for one in await self._book.lists(campaign_id) if one.deleted_at is None]
        async for row in self._rows(kept):
            yield row

    async def _rows(self, kept: Sequence[LeadList]) -> AsyncIterator[list[str]]:
        names: dict[str, None] = {}
        for one in kept:
            names.update(dict.fromkeys(await self._columns(one.id)))
        yield [*EXPORT_COLUMNS, *map(safe, names)]
        for one in kept:
            after = 0
            while page := await self._book.page_of(one.id, after, AT_ONCE):
                for lead in page:
                    told = {**lead.customer.extras, **lead.fields}
                    yield [*map(safe, _cells(lead, one.name)), *(safe(told.get(name, "")) for name in names)]
                after = page[-1].lead_id

    async def _columns(self, list_id: int) -> Collection[str]:
        """Return the free columns and fields of all leads of a list: what was appended has its own."""
        names: dict[str, None] = {}
        after: int | None = 0
        while after is not None:
            some, after = await self._book.some_columns(list_id, after, AT_ONCE)
            names.update(dict.fromkeys(some))
        return names

    async def _living(self, list_id: int) -> LeadList:
        kept = await self._book.lead_list(list_id)
        if kept.deleted_at is not None:
            raise NotAllowedNow(f"list {list_id} is deleted")
        return kept

    async def _all(self, step: Callable[[], Awaitable[int]]) -> int:
        """Do a step until it finds nothing left to do; returns what it did in all."""
        total = 0
        while count := await step():
            total += count
        return total

    async def _told(self, list_id: int) -> LeadList:
        kept = await self._book.lead_list(list_id)
        self._changed(kept.campaign_id)
        return kept


def _never_recycled(outcome: str, known: Collection[str]) -> str:
    """Say why leads are never recycled by an outcome; nothing when they are."""
    if outcome == NEVER_AGAIN:
        return f"{NEVER_AGAIN}: whoever said so never comes back"
    if known and outcome not in known:
        return f"{outcome[:40]!r} is none of {', '.join(sorted(known))}"
    return ""


def _cells(lead: ListedLead, list_name: str) -> tuple[str, ...]:
    person = lead.customer
    return (
        str(lead.lead_id), list_name, person.ref, person.name, person.title, lead.number,
        " ".join(person.numbers), person.language, person.customer_class.value, person.own_zone,
        person.country, person.region, person.owner, lead.status.value, str(lead.attempts),
        lead.last_disposition.value if lead.last_disposition else "", lead.agent_id,
        "" if lead.vote is None else str(lead.vote), lead.outcome, lead.note, _when(lead.last_at),
        _when(lead.due_at), _when(lead.appointment_at), lead.reason,
    )  # fmt: skip


def _when(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")
