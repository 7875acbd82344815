"""Loading rows into the book in memory: the same decisions as the store's, one row after the other.

Knows the dictionaries of ``campaigns.memory.MemoryBook``. Must not know SQL or files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from campaigns import ledger_notes, sharing
from campaigns.correcting import former_names
from campaigns.lists import Known, LeadList, ListRow, LoadCount, LoadTerms, Within
from campaigns.model import Customer, Lead, LeadStatus, NumberKind
from campaigns.people import NumberConsent
from campaigns.rules.persons import NOTHING_KEPT, kept_of, person_in, person_of, with_person

if TYPE_CHECKING:
    from campaigns.memory import MemoryBook


def load_rows(book: "MemoryBook", campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms) -> LoadCount:
    """Add or update what the rows say, as ``CampaignBook.load_rows`` promises."""
    newest = list({(row.ref, row.number): row for row in rows}.values())
    last = {row.ref: row for row in rows}
    return _Loading(book, campaign_id, terms, last).load(newest, len(rows) - len(newest))


@dataclass(slots=True)
class _Loading:
    book: "MemoryBook"
    campaign_id: int
    terms: LoadTerms
    last: Mapping[str, ListRow]  # the row that has the last word on each person
    list_id: int | None = None
    active: bool = True
    changed: set[str] = field(default_factory=set)
    spoken: set[int] = field(default_factory=set)
    different: set[str] = field(default_factory=set)  # whose lead in this campaign is

    def load(self, rows: list[ListRow], repeated: int) -> LoadCount:
        self._keep_list()
        numbers_ = sharing.asked_about(rows, self.terms, self)
        sifted = sharing.set_aside(rows, self.terms, self, self._holders(numbers_))
        kept = [row for row in sifted.rows if not self._skipped(row)]
        duplicate = len(rows) - len(kept)
        if not self.terms.dry_run:
            for was, ref in sifted.renamed.items():
                self._rename(was, ref)
        numbers: dict[str, list[str]] = {}
        for row in kept:
            numbers.setdefault(row.ref, []).append(row.number)
        for ref, theirs in numbers.items():
            self._keep_person(self.last[ref], theirs)
        loaded = updated = 0
        for row in kept:
            self._keep_numbers(row)
            self._keep_consent(row)
        for row in kept:
            lead = self._lead_of(row)
            if lead is None:
                loaded += 1
                self._add_lead(row)
            elif self._change_lead(lead, row) or row.ref in self.changed:
                updated += 1
        self._judge_again()
        unchanged = len(kept) - loaded - updated + repeated
        count = LoadCount(loaded, updated, unchanged, duplicate)
        if self.list_id is not None and loaded + updated and not self.terms.dry_run:
            whose = (self.campaign_id, self.list_id)
            self.book.ledger.append(ledger_notes.list_loaded(*whose, count, self.terms))
        return replace(count, left_out=tuple(sifted.left_out))

    def _judge_again(self) -> None:
        """Have the leads of those who are different now judged anew, over all campaigns."""
        ids = {
            self.book.customer_by_ref[ref] for ref in self.changed | self.different if not self.terms.dry_run
        }
        cause = f"changed by a list of {self.terms.by}"
        self.book.judge_again(lambda lead: lead.customer_id in ids, cause, self.terms.at)
        lifted = {lead_id for lead_id, reason in self.book.lead_reasons.items() if reason == cause}
        self.book.park(
            lambda lead: lead.customer_id in self.spoken or (lead.customer_id in ids and lead.id in lifted),
            self.terms.at,
        )

    def _keep_list(self) -> None:
        name = self.terms.list_name
        for kept in self.book.list_rows.values():
            if (kept.campaign_id, kept.name) == (self.campaign_id, name):
                self.list_id, self.active = kept.id, kept.active
                return
        if not self.terms.dry_run:
            self.list_id = max(self.book.list_rows, default=0) + 1
            self.book.list_rows[self.list_id] = LeadList(
                self.list_id, self.campaign_id, name, True, self.terms.by, self.terms.at
            )

    def _lead_of(self, row: ListRow) -> Lead | None:
        customer_id = self.book.customer_by_ref.get(row.ref, 0)
        lead_id = self.book.lead_by_key.get((self.campaign_id, customer_id, row.number))
        return None if lead_id is None else self.book.lead_rows[lead_id]

    def is_there(self, row: ListRow) -> bool:
        """Say whether the row's lead is in the campaign."""
        return self._lead_of(row) is not None

    def is_known(self, ref: str) -> bool:
        """Say whether a customer has this reference."""
        return ref in self.book.customer_by_ref

    def is_told(self, ref: str) -> bool:
        """Say whether a row is about this reference."""
        return ref in self.last

    def numbers_of(self, ref: str) -> Sequence[str]:
        """Return the numbers that a customer is known by."""
        person = self.book.customer_rows.get(self.book.customer_by_ref.get(ref, 0))
        return () if person is None else person.numbers

    def _holders(self, numbers: set[str]) -> sharing.Holders:
        """Return who has one of these numbers, and as far as which of them the terms look."""
        holders: dict[str, list[sharing.Holder]] = {}
        for person in sorted(self.book.customer_rows.values(), key=lambda person: person.id):
            for number in numbers.intersection(person.numbers):
                holder = sharing.Holder(person.ref, self._counts(person.id), self._is_unlisted(person.id))
                holders.setdefault(number, []).append(holder)
        return holders

    def _counts(self, customer_id: int) -> bool:
        """Say whether the terms look as far as a customer."""
        within = self.terms.within
        if within in (Within.FILE, Within.BOOK):
            return within is Within.BOOK
        return any(
            within is Within.CAMPAIGN or lead.list_id == self.list_id
            for lead in self.book.lead_rows.values()
            if (lead.customer_id, lead.campaign_id) == (customer_id, self.campaign_id)
        )

    def _is_unlisted(self, customer_id: int) -> bool:
        """Say whether somebody was entered by hand and is in no list."""
        listed = any(lead.customer_id == customer_id for lead in self.book.lead_rows.values())
        return customer_id in self.book.made and not listed

    def _skipped(self, row: ListRow) -> bool:
        """Say whether a row is left out because the customer or lead is there already."""
        customer_id, within = self.book.customer_by_ref.get(row.ref), self.terms.within
        if self.terms.known is not Known.SKIP or customer_id is None:
            return False
        if within is Within.BOOK or self._is_unlisted(customer_id):
            return True
        lead = self._lead_of(row)
        if within is Within.FILE or lead is None:
            return False
        return within is Within.CAMPAIGN or lead.list_id == self.list_id

    def _rename(self, was: str, ref: str) -> None:
        """Have whoever gave a reference up go by the one that took its place."""
        customer_id = self.book.customer_by_ref.pop(was)
        self.book.customer_by_ref[ref] = customer_id
        self.book.customer_rows[customer_id] = replace(self.book.customer_rows[customer_id], ref=ref)
        self.book.former_names.setdefault(customer_id, set()).add(was)
        note = replace(sharing.renamed_note(ref, was, self.terms), id=self.book.next_note_id())
        self.book.contact_notes.setdefault(customer_id, []).append(note)
        where = (self.campaign_id, self.list_id, self.terms.by)
        self.book.ledger.append(ledger_notes.reference_changed(customer_id, was, ref, *where))

    def _keep_person(self, row: ListRow, told: Sequence[str]) -> None:
        known = self.book.customer_rows.get(self.book.customer_by_ref.get(row.ref, 0))
        numbers = (*told, *(known.numbers if known else ()))
        person = person_of(row, numbers, NOTHING_KEPT if known is None else kept_of(known))
        if known is not None and person_in(known) != person:
            self.changed.add(row.ref)
        if self.terms.dry_run:
            return
        if known is None:
            number = self.book.next_customer_id()
            known = Customer(number, row.ref, "", "", "", person.customer_class, (), ())
            self.book.customer_by_ref[row.ref] = number
        now = self.book.customer_rows[known.id] = with_person(known, person)
        self.book.former_names.setdefault(known.id, set()).update(former_names(known, now))

    def _keep_numbers(self, row: ListRow) -> None:
        if self.terms.dry_run:
            return
        customer_id = self.book.customer_by_ref[row.ref]
        for number, kind in ((row.number, row.kind), *row.others):
            person = self.book.customer_rows[customer_id]
            kinds = dict(person.kinds)
            if kind is not NumberKind.OTHER:
                kinds[number] = kind
            numbers = person.numbers if number in person.numbers else (*person.numbers, number)
            self.book.customer_rows[customer_id] = replace(person, numbers=numbers, kinds=kinds)

    def _keep_consent(self, row: ListRow) -> None:
        if self.terms.dry_run or row.consent is None:
            return
        customer_id = self.book.customer_by_ref[row.ref]
        said = self.book.words_of(customer_id, row.number)
        last = next((word for word in reversed(said) if word.purpose is row.consent.purpose), None)
        if row.consent != last:
            told = NumberConsent(row.number, row.consent, self.terms.by, self.terms.at)
            self.book.note_consent(customer_id, told)
            note = ledger_notes.consent_said(customer_id, row.number, row.consent, self.terms.by)
            self.book.ledger.append(note)
            self.changed.add(row.ref)
            self.spoken.add(customer_id)

    def _add_lead(self, row: ListRow) -> None:
        if self.terms.dry_run:
            return
        lead_id = max(self.book.lead_rows, default=0) + 1
        customer_id = self.book.customer_by_ref[row.ref]
        self.book.lead_rows[lead_id] = Lead(
            id=lead_id,
            campaign_id=self.campaign_id,
            customer_id=customer_id,
            number=row.number,
            status=LeadStatus.WAITING if self.active else LeadStatus.HELD,
            due_at=row.due_at,
            fields=dict(row.fields),
            list_id=self.list_id or 0,
            appointment_at=row.appointment_at,
        )
        self.book.lead_reasons[lead_id] = ""
        self.book.lead_by_key[self.campaign_id, customer_id, row.number] = lead_id
        if self.book.is_leaving(customer_id):
            self.book.close_leaving(self.book.lead_rows[lead_id])

    def _change_lead(self, lead: Lead, row: ListRow) -> bool:
        """Take over changed fields; a lead that was never tried then takes over the due time as well."""
        appointment_at = row.appointment_at or lead.appointment_at
        if dict(lead.fields) == dict(row.fields) and lead.appointment_at == appointment_at:
            return False
        self.different.add(row.ref)
        untouched = lead.status in (LeadStatus.WAITING, LeadStatus.HELD) and lead.last_at is None
        if not self.terms.dry_run:
            self.book.lead_rows[lead.id] = replace(
                lead,
                fields=dict(row.fields),
                due_at=row.due_at if untouched else lead.due_at,
                appointment_at=appointment_at,
            )
        return True
