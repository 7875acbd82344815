"""Loading rows into the book in memory: the same decisions as the store's, one row after the other.

Knows the dictionaries of ``campaigns.memory.MemoryBook``. Must not know SQL or files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from campaigns import ledger_notes, sharing
from campaigns.lists import Known, LeadList, LeftOut, ListRow, LoadCount, LoadTerms, Within
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
    different: set[str] = field(default_factory=set)  # whose lead in this campaign is

    def load(self, rows: list[ListRow], repeated: int) -> LoadCount:
        self._keep_list()
        good, left_out = self._set_aside(rows)
        kept = [row for row in good if not self._skipped(row)]
        duplicate = len(rows) - len(kept)
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
        return replace(count, left_out=tuple(left_out))

    def _judge_again(self) -> None:
        """Have the leads of those who are different now judged anew, over all campaigns."""
        ids = {
            self.book.customer_by_ref[ref] for ref in self.changed | self.different if not self.terms.dry_run
        }
        cause = f"changed by a list of {self.terms.by}"
        self.book.judge_again(lambda lead: lead.customer_id in ids, cause, self.terms.at)

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

    def _set_aside(self, rows: Sequence[ListRow]) -> tuple[list[ListRow], list[LeftOut]]:
        """Take out every number that is another customer's, where the terms say so."""

        def is_there(row: ListRow) -> bool:
            return self._lead_of(row) is not None

        numbers = sharing.asked_about(rows, self.terms, is_there, self._numbers_of)
        return sharing.set_aside(rows, self.terms, is_there, self._numbers_of, self._holders(numbers))

    def _numbers_of(self, ref: str) -> Sequence[str]:
        person = self.book.customer_rows.get(self.book.customer_by_ref.get(ref, 0))
        return () if person is None else person.numbers

    def _holders(self, numbers: set[str]) -> sharing.Holders:
        """Return the references of the customers who have one of these numbers, as far as the terms look."""
        within = self.terms.within
        if within is Within.FILE or not numbers:
            return {}
        people = sorted(self.book.customer_rows.values(), key=lambda person: person.id)
        if within is not Within.BOOK:
            called = {
                lead.customer_id
                for lead in self.book.lead_rows.values()
                if lead.campaign_id == self.campaign_id
                and (within is Within.CAMPAIGN or lead.list_id == self.list_id)
            }
            people = [person for person in people if person.id in called]
        holders: dict[str, list[str]] = {}
        for person in people:
            for number in numbers.intersection(person.numbers):
                holders.setdefault(number, []).append(person.ref)
        return holders

    def _skipped(self, row: ListRow) -> bool:
        """Say whether a row is left out because the customer or lead is there already."""
        if self.terms.known is not Known.SKIP or self.terms.within is Within.FILE:
            return False
        if self.terms.within is Within.BOOK:
            return row.ref in self.book.customer_by_ref
        lead = self._lead_of(row)
        return lead is not None and (self.terms.within is Within.CAMPAIGN or lead.list_id == self.list_id)

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
        self.book.customer_rows[known.id] = with_person(known, person)

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
