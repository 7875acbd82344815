"""Lists, mappings and do-not-call lists in memory: twins of the SQL ones.

Knows the promises of ``campaigns.books`` and the dictionaries of ``campaigns.memory.MemoryBook``, on which
every class here works. Must not know SQL or the clock. No method waits in the middle.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from campaigns import ledger_notes
from campaigns.books import LIST_DELETED, NEVER_AGAIN, ListedLead
from campaigns.errors import Fault, InvalidInput, NotFound
from campaigns.ledger import SYSTEM
from campaigns.ledger import moment as in_words
from campaigns.lines import AttemptLine
from campaigns.lists import ColumnMapping, LeadList
from campaigns.memory import MemoryBook
from campaigns.model import WAITS, Disposition, Lead, LeadStatus
from campaigns.rules.phone import is_e164
from campaigns.suppression import (
    OPT_OUT_ID,
    SHOWN_AS,
    BarringEntry,
    Holder,
    SuppressedNumber,
    SuppressionList,
)


class MemoryListBook:
    """``ListBook`` and ``MappingBook`` over a ``MemoryBook``."""

    def __init__(self, book: MemoryBook) -> None:
        self._book = book
        self._mappings: dict[str, ColumnMapping] = {}

    async def lists(self, campaign_id: int) -> Sequence[LeadList]:
        """Return a campaign's lists with their leads counted, oldest first; deleted ones too."""
        return [
            self._counted(kept) for kept in self._book.list_rows.values() if kept.campaign_id == campaign_id
        ]

    async def lead_list(self, list_id: int) -> LeadList:
        """Return one list with its leads counted; raises ``NotFound``."""
        try:
            return self._counted(self._book.list_rows[list_id])
        except KeyError:
            raise NotFound(f"no list {list_id}") from None

    def _counted(self, kept: LeadList) -> LeadList:
        counts = dict.fromkeys(LeadStatus, 0)
        for lead in self._leads(kept.id):
            counts[lead.status] += 1
        return replace(kept, leads=counts)

    def _leads(self, list_id: int) -> list[Lead]:
        return [lead for lead in self._book.lead_rows.values() if lead.list_id == list_id]

    async def switch_list(self, list_id: int, active: bool, by: str = SYSTEM) -> None:
        """Switch a list on or off; raises ``NotFound`` for one that is not there or deleted."""
        kept = await self.lead_list(list_id)
        if kept.deleted_at is not None:
            raise NotFound(f"no list {list_id}")
        self._book.list_rows[list_id] = replace(self._book.list_rows[list_id], active=active)
        self._book.ledger.append(ledger_notes.list_switched(kept.campaign_id, list_id, active, by))
        self._book.overtake(lambda lead: lead.list_id == list_id)

    async def some_held(self, list_id: int, limit: int) -> int:
        """Hold up to so many waiting leads of a list; returns how many."""
        return self._turn(list_id, LeadStatus.WAITING, LeadStatus.HELD, limit)

    async def some_released(self, list_id: int, limit: int) -> int:
        """Let up to so many held leads of a list wait again; returns how many."""
        return self._turn(list_id, LeadStatus.HELD, LeadStatus.WAITING, limit)

    def _turn(self, list_id: int, was: LeadStatus, becomes: LeadStatus, limit: int) -> int:
        some = [lead for lead in self._leads(list_id) if lead.status is was][:limit]
        for lead in some:
            self._book.lead_rows[lead.id] = replace(lead, status=becomes)
        return len(some)

    async def some_recycled(
        self,
        list_id: int,
        after: int,
        limit: int,
        dispositions: Iterable[Disposition],
        outcomes: Iterable[str],
        moment: datetime,
        reason: str,
        by: str = SYSTEM,
    ) -> tuple[int, int | None]:
        """Let closed leads wait again whose last attempt ended so; see ``ListBook``."""
        listed = await self.lead_list(list_id)
        wanted, recorded = set(dispositions), set(outcomes)
        closed = sorted(
            (
                lead
                for lead in self._leads(list_id)
                if lead.status is LeadStatus.DONE
                and lead.id > after
                and not self._book.is_leaving(lead.customer_id)
                and lead.number in self._book.customer_rows[lead.customer_id].numbers
            ),
            key=lambda lead: lead.id,
        )[:limit]
        count = 0
        for lead in closed:
            last = self._last(lead.id)
            if last is None or last.outcome == NEVER_AGAIN:
                continue
            if last.disposition in wanted or last.outcome in recorded:
                count += 1
                status = LeadStatus.WAITING if listed.active else LeadStatus.HELD
                self._book.lead_rows[lead.id] = replace(
                    lead, status=status, due_at=moment, tried={}, closed_reason=""
                )
                self._book.lead_reasons[lead.id] = reason
        if count:
            whose = (listed.campaign_id, list_id)
            note = ledger_notes.list_recycled(*whose, wanted, recorded, count, by)
            self._book.ledger.append(note)
        return count, closed[-1].id if len(closed) == limit else None

    def _last(self, lead_id: int) -> AttemptLine | None:
        lines = [line for line in self._book.attempt_lines.values() if line.lead_id == lead_id]
        return lines[-1] if lines else None

    async def some_moved(self, from_id: int, into_id: int, limit: int) -> int:
        """Give up to so many leads of one list to another; returns how many."""
        some = self._leads(from_id)[:limit]
        for lead in some:
            self._book.lead_rows[lead.id] = replace(lead, list_id=into_id)
        return len(some)

    async def remove_list(self, list_id: int, into_id: int, by: str = SYSTEM) -> None:
        """Forget a list whose leads all went into another one; one that has leads keeps."""
        kept = await self.lead_list(list_id)
        if not self._leads(list_id):
            del self._book.list_rows[list_id]
            self._book.ledger.append(ledger_notes.list_merged(kept.campaign_id, list_id, into_id, by))

    async def mark_deleted(self, list_id: int, at: datetime, purge_after: datetime, by: str = SYSTEM) -> None:
        """Switch a list off for good and give its name free; raises ``NotFound``."""
        kept = await self.lead_list(list_id)
        name = f"{kept.name} (deleted {list_id})"
        self._book.list_rows[list_id] = replace(
            kept, active=False, deleted_at=at, purge_after=purge_after, name=name, leads={}
        )
        note = ledger_notes.list_deleted(kept.campaign_id, list_id, in_words(purge_after), by)
        self._book.ledger.append(note)
        self._book.overtake(lambda lead: lead.list_id == list_id)

    async def some_deleted(self, list_id: int, limit: int) -> int:
        """Delete leads of a list that were never tried, and close those that were; returns how many."""
        untried = [lead for lead in self._leads(list_id) if self._last(lead.id) is None][:limit]
        for lead in untried:
            self._book.drop(lead)
        tried = [lead for lead in self._leads(list_id) if lead.status in WAITS][:limit]
        for lead in tried:
            self._book.lead_rows[lead.id] = replace(
                lead, status=LeadStatus.DONE, closed_reason=LIST_DELETED, verdict=None
            )
            self._book.lead_reasons[lead.id] = LIST_DELETED
        return len(untried) + len(tried)

    async def page_of(self, list_id: int, after: int, limit: int) -> Sequence[ListedLead]:
        """Return leads of a list with ids above ``after``, by id."""
        leads = sorted((lead for lead in self._leads(list_id) if lead.id > after), key=lambda lead: lead.id)
        return [self._listed(lead) for lead in leads[:limit]]

    def _listed(self, lead: Lead) -> ListedLead:
        lines = [line for line in self._book.attempt_lines.values() if line.lead_id == lead.id]
        last = lines[-1] if lines else None
        return ListedLead(
            lead_id=lead.id,
            customer=self._book.customer_rows[lead.customer_id],
            number=lead.number,
            status=lead.status,
            attempts=sum(1 for line in lines if line.disposition is not None),
            last_disposition=last.disposition if last else None,
            last_at=lead.last_at,
            due_at=lead.due_at,
            outcome=(last.outcome or "") if last else "",
            reason=self._book.lead_reasons[lead.id],
            fields=lead.fields,
            appointment_at=lead.appointment_at,
            agent_id=(last.agent_id or "") if last else "",
            vote=last.vote if last else None,
            note=(last.note or "") if last else "",
        )

    async def some_columns(self, list_id: int, after: int, limit: int) -> tuple[Collection[str], int | None]:
        """Return the columns that up to so many leads have beside the fixed ones; see ``ListBook``."""
        some = await self.page_of(list_id, after, limit)
        names = dict.fromkeys(name for lead in some for name in (*lead.fields, *lead.customer.extras))
        return names, some[-1].lead_id if len(some) == limit else None

    async def save_mapping(self, mapping: ColumnMapping) -> None:
        """Store a mapping, in place of one with the same name."""
        self._mappings[mapping.name] = mapping

    async def mapping(self, name: str) -> ColumnMapping:
        """Return a mapping; raises ``NotFound``."""
        try:
            return self._mappings[name]
        except KeyError:
            raise NotFound(f"no mapping {name!r}") from None

    async def mappings(self) -> Sequence[ColumnMapping]:
        """Return all mappings, by name."""
        return [self._mappings[name] for name in sorted(self._mappings)]

    async def delete_mapping(self, name: str) -> None:
        """Forget a mapping; raises ``NotFound``."""
        await self.mapping(name)
        del self._mappings[name]


class MemorySuppressionBook:
    """``SuppressionBook`` over a ``MemoryBook``."""

    def __init__(self, book: MemoryBook) -> None:
        self._book = book

    async def suppression_lists(self) -> Sequence[SuppressionList]:
        """Return every list with its size, oldest first."""
        sizes = dict.fromkeys(self._book.suppression_lists, 0)
        for _, list_id in self._book.suppressed:
            sizes[list_id] += 1
        return [replace(kept, size=sizes[kept.id]) for kept in self._book.suppression_lists.values()]

    async def add_suppression_list(self, new: SuppressionList) -> SuppressionList:
        """Store a new list; raises ``InvalidInput`` when the name is taken, ``NotFound`` without campaign."""
        lists = self._book.suppression_lists
        if any(kept.name == new.name for kept in lists.values()):
            raise InvalidInput([Fault("name", f"there is a do-not-call list named {new.name!r} already")])
        if new.campaign_id is not None and new.campaign_id not in self._book.campaign_rows:
            raise NotFound(f"no campaign {new.campaign_id}")
        kept = replace(new, id=max(lists) + 1, size=0)
        lists[kept.id] = kept
        self._book.ledger.append(ledger_notes.suppression_made(kept))
        return kept

    async def suppress_numbers(self, entries: Sequence[SuppressedNumber]) -> int:
        """Put numbers on lists, effective at once; returns how many are new."""
        for entry in entries:
            if entry.list_id not in self._book.suppression_lists:
                raise NotFound(f"no do-not-call list {entry.list_id}")
        return self._book.put_on_lists(entries)

    async def unsuppress(self, list_id: int, number: str, by: str, at: datetime) -> bool:
        """Take a number off a list; false when it was not on it."""
        if self._book.suppressed.pop((number, list_id), None) is None:
            return False
        self._book.judge_again_by_list(list_id, [number], f"taken off a do-not-call list by {by}", at)
        having = self._book.having(number)
        self._book.ledger.append(*ledger_notes.unsuppressed(list_id, number, having, by))
        return True

    async def unread_opt_outs(self) -> Sequence[SuppressedNumber]:
        """Return the entries of the opt-out list that bar nobody, oldest first."""
        return [one for one in self._opt_outs() if not is_e164(one.number)]

    async def read_opt_outs(self) -> Sequence[SuppressedNumber]:
        """Return the entries of the opt-out list that were read from a caller ID, oldest first."""
        return [one for one in self._opt_outs() if SHOWN_AS in one.reason]

    async def read_with(self) -> str:
        """Return with what caller IDs on the opt-out list were read last."""
        return self._book.read_with

    async def note_read_with(self, what: str) -> None:
        """Note with what all caller IDs on the opt-out list have been read."""
        self._book.read_with = what

    def _opt_outs(self) -> Sequence[SuppressedNumber]:
        mine = (one for (_, list_id), one in self._book.suppressed.items() if list_id == OPT_OUT_ID)
        return sorted(mine, key=lambda one: (one.at, one.number))

    async def barring_entries(self, number: str) -> Sequence[BarringEntry]:
        """Return every list entry that bars calls to a number: about itself, and about people who have it."""
        found: list[BarringEntry] = []
        people = [self._book.customer_rows[one] for one in self._book.having(number)]
        for (barred, list_id), entry in self._book.suppressed.items():
            listed = self._book.suppression_lists[list_id]
            holders = tuple(Holder(one.id, one.ref) for one in people if barred in one.numbers)
            if barred == number:
                found.append(BarringEntry(listed, entry))
            elif holders and listed.whole_person:
                found.append(BarringEntry(listed, entry, holders))
        found.sort(key=lambda one: (one.listed.id, bool(one.holders), one.entry.number))
        return found
