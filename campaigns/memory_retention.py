"""Records whose time may be over, in memory: the twin of the SQL one.

Knows the promises of ``campaigns.books.RetentionBook`` and the dictionaries of
``campaigns.memory.MemoryBook``, on which it works. Must not know SQL, rule packs or the clock.
No method waits in the middle.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from campaigns import ledger_notes
from campaigns.books import OldLead
from campaigns.ledger import moment as in_words
from campaigns.lines import AttemptLine
from campaigns.memory import MemoryBook
from campaigns.model import CampaignStatus, Customer, Disposition, Lead, LeadStatus
from campaigns.rules.history import REFUSALS
from campaigns.rules.law import After
from campaigns.rules.retention import CallRecord

_CLOSED = (LeadStatus.DONE, LeadStatus.REFUSED)


class MemoryRetentionBook:
    """``RetentionBook`` over a ``MemoryBook``."""

    def __init__(self, book: MemoryBook) -> None:
        self._book = book

    async def lists_over(self, moment: datetime) -> Sequence[int]:
        """Return the ids of deleted lists whose records may go."""
        return [
            kept.id
            for kept in self._book.list_rows.values()
            if kept.purge_after is not None and kept.purge_after <= moment
        ]

    async def leads_of(
        self, list_id: int, status: LeadStatus, moment: datetime, after: int, limit: int
    ) -> Sequence[OldLead]:
        """Return leads of a list in one status with ids above ``after``, by id."""
        whose = (list_id, status)
        return self._old(lambda lead: (lead.list_id, lead.status) == whose, moment, after, limit)

    async def unused(
        self, called_until: datetime, moment: datetime, after: int, limit: int
    ) -> tuple[Sequence[OldLead], int | None]:
        """Return leads that nobody works on and whose newest call is that old; see ``RetentionBook``."""
        looked_at = sorted(lead_id for lead_id in self._book.lead_rows if lead_id > after)[:limit]

        def is_unused(lead: Lead) -> bool:
            last = self._last(lead.id)
            if lead.id not in looked_at or last is None or last.started_at > called_until:
                return False
            runs = self._book.campaign_rows[lead.campaign_id].status is CampaignStatus.RUNNING
            return lead.status in _CLOSED or not runs

        return self._old(is_unused, moment, after, limit), looked_at[-1] if looked_at else None

    def _old(
        self, which: Callable[[Lead], bool], moment: datetime, after: int, limit: int
    ) -> Sequence[OldLead]:
        kept = self._book.kept_until
        some = [
            lead
            for lead in sorted(self._book.lead_rows.values(), key=lambda one: one.id)
            if lead.id > after
            and which(lead)
            and not self._is_called(lead.id)
            and (lead.customer_id not in kept or kept[lead.customer_id] <= moment)
        ]
        return [
            OldLead(lead.id, self._record(lead, self._last(lead.id), self._set_off(lead.id)))
            for lead in some[:limit]
        ]

    def _set_off(self, lead_id: int) -> frozenset[After]:
        """Return what the calls of a lead were that a block may follow."""
        lines = [line for line in self._book.attempt_lines.values() if line.lead_id == lead_id]
        ends = {line.disposition for line in lines}
        happened = {
            After.REFUSAL: any(line.outcome in REFUSALS for line in lines),
            After.ABANDONED: Disposition.ABANDONED in ends,
            After.MACHINE: Disposition.MACHINE in ends,
        }
        return frozenset(after for after, is_so in happened.items() if is_so)

    def _record(
        self, lead: Lead, last: AttemptLine | None, after: frozenset[After] = frozenset()
    ) -> CallRecord:
        campaign = self._book.campaign_rows[lead.campaign_id]
        person = self._book.customer_rows[lead.customer_id]
        return CallRecord(
            campaign.purpose,
            campaign.packs,
            last.number if last else "",
            person.country,
            person.region,
            last.started_at if last else None,
            after,
        )

    def _last(self, lead_id: int) -> AttemptLine | None:
        lines = [line for line in self._book.attempt_lines.values() if line.lead_id == lead_id]
        return lines[-1] if lines else None

    def _is_called(self, lead_id: int) -> bool:
        last = self._last(lead_id)
        return last is not None and last.disposition is None

    async def destroy(self, lead_ids: Sequence[int]) -> int:
        """Destroy leads with all that came of them; a lead that is being called by now stays."""
        going = [self._book.lead_rows[one] for one in lead_ids if not self._is_called(one)]
        lines = self._book.attempt_lines
        for lead in going:
            for attempt_id in [key for key, line in lines.items() if line.lead_id == lead.id]:
                del lines[attempt_id]
                self._book.ledger.purged(lead.campaign_id, attempt_id)
            self._book.drop(lead)
        return len(going)

    async def leave_bare(self, lead_ids: Sequence[int]) -> int:
        """Destroy what no limit on calls asks about; see ``RetentionBook``."""
        book, written = self._book, 0
        living = {
            lead.customer_id
            for lead in book.lead_rows.values()
            if lead.list_id in book.list_rows and book.list_rows[lead.list_id].deleted_at is None
        }
        for lead in [book.lead_rows[one] for one in lead_ids]:
            written += bool(lead.fields)
            book.lead_rows[lead.id] = replace(lead, fields={})
            if lead.customer_id not in living and lead.customer_id not in book.made:
                written += self._bare(book.customer_rows[lead.customer_id])
        for key, line in list(book.attempt_lines.items()):
            if line.lead_id in lead_ids and line.note:
                written += 1
                book.attempt_lines[key] = replace(line, note="")
        return written

    def _bare(self, person: Customer) -> int:
        """Forget who a customer is and what was noted of him; returns how many records that were."""
        bare = replace(person, name="", title="", extras={}, owner="")
        self._book.customer_rows[person.id] = bare
        notes = self._book.contact_notes.pop(person.id, [])
        former = self._book.former_names.pop(person.id, ())
        credited = self._book.credit_notes.get(person.id, [])
        told = sum(credit.subject != "" for credit in credited)
        credited[:] = [replace(credit, subject="") for credit in credited]
        return (bare != person) + len(notes) + len(former) + told

    async def put_off(self, list_id: int, until: datetime, pack: str, version: str) -> None:
        """Look at the records of a deleted list again at ``until``."""
        listed = [lead.id for lead in self._book.lead_rows.values() if lead.list_id == list_id]
        if any(map(self._is_called, listed)):
            return
        kept = self._book.list_rows[list_id]
        self._book.list_rows[list_id] = replace(kept, purge_after=until)
        note = ledger_notes.list_kept(kept.campaign_id, list_id, in_words(until), pack, version)
        self._book.ledger.append(note)

    async def drop_list(self, list_id: int) -> None:
        """Forget a deleted list that has no lead left."""
        if all(lead.list_id != list_id for lead in self._book.lead_rows.values()):
            self._book.list_rows.pop(list_id, None)

    async def records_of(self, customer_id: int) -> Sequence[CallRecord]:
        """Return what is kept of calls to a customer: the newest for each campaign and number."""
        newest: dict[tuple[int, str], CallRecord] = {}
        for line in self._book.attempt_lines.values():
            if line.customer_id == customer_id:
                lead = self._book.lead_rows[line.lead_id]
                newest[lead.campaign_id, line.number] = self._record(lead, line)
        return list(newest.values())

    async def finish_erasing(self, moment: datetime, limit: int) -> int:
        """Destroy what was still kept about erased people whose time is over; returns of how many."""
        over = [who for who, until in self._book.kept_until.items() if until <= moment][:limit]
        for customer_id in over:
            self._book.erase_last(customer_id)
        return len(over)

    async def leave_no_trace(self) -> None:
        """There are no files."""
