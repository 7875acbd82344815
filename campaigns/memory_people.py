"""Customer files and owners in memory: the twin of the SQL ones.

Knows the promises of ``campaigns.books`` and the dictionaries of ``campaigns.memory.MemoryBook``, on which it
works. Must not know SQL or the clock. No method waits in the middle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from campaigns import ledger_notes, memory_correcting
from campaigns.correcting import Correction
from campaigns.errors import NotAllowedNow, NotFound
from campaigns.finding import COUNTED, Found, Sought, is_sought
from campaigns.ledger import SYSTEM
from campaigns.lines import AttemptLine
from campaigns.memory import MemoryBook
from campaigns.memory_newcomers import MemoryNewcomers
from campaigns.model import WAITS, Consent, Customer, CustomerClass, Lead, LeadStatus
from campaigns.people import (
    DATA_ERASED,
    ERASED,
    Absence,
    BarredNumber,
    ContactNote,
    Credit,
    CustomerFile,
    EraseWish,
    FiledLead,
    NoteKind,
    NumberConsent,
    erased_ref,
)
from campaigns.suppression import SuppressedNumber


class MemoryPersonBook(MemoryNewcomers):
    """``PersonBook`` and ``OwnerBook`` over a ``MemoryBook``."""

    def __init__(self, book: MemoryBook) -> None:
        super().__init__(book)
        self._abilities: dict[str, float] = {}
        self._absences: list[Absence] = []

    def _person(self, customer_id: int) -> Customer:
        try:
            return self._book.customer_rows[customer_id]
        except KeyError:
            raise NotFound(f"no customer {customer_id}") from None

    async def customer_file(self, customer_id: int) -> CustomerFile:
        """Return everything known about a customer but the history of calls; raises ``NotFound``."""
        person = self._person(customer_id)
        told = self._book.consent_notes.get(customer_id, ())
        made_by, made_at = self._book.made.get(customer_id, ("", None))
        return CustomerFile(
            customer=person,
            consents=tuple(told),
            notes=tuple(self._book.contact_notes.get(customer_id, ())),
            credits=tuple(self._book.credit_notes.get(customer_id, ())),
            barred=tuple(
                self._barred(self._book.suppressed[number, list_id])
                for list_id in sorted(self._book.suppression_lists)
                for number in person.numbers
                if (number, list_id) in self._book.suppressed
            ),
            leads=tuple(
                self._filed(lead) for lead in self._book.lead_rows.values() if lead.customer_id == customer_id
            ),
            erased=customer_id in self._book.erased,
            made_by=made_by,
            made_at=made_at,
            erasing_asked_at=wish.at if (wish := self._book.erase_wishes.get(customer_id)) else None,
            removed_numbers=tuple(
                sorted(self._book.removed_numbers.get(customer_id, set()).difference(person.numbers))
            ),
            former_names=tuple(
                sorted(self._book.former_names.get(customer_id, set()).difference((person.name, person.ref)))
            ),
        )

    def _barred(self, entry: SuppressedNumber) -> BarredNumber:
        held = self._book.suppression_lists[entry.list_id]
        limits = (held.purpose, held.campaign_id)
        return BarredNumber(held.name, held.kind, *limits, entry.number, entry.reason, entry.by, entry.at)

    def _filed(self, lead: Lead) -> FiledLead:
        listed = self._book.list_rows.get(lead.list_id)
        return FiledLead(
            lead_id=lead.id,
            campaign_id=lead.campaign_id,
            campaign=self._book.campaign_rows[lead.campaign_id].name,
            list_name=listed.name if listed else "",
            number=lead.number,
            status=lead.status,
            reason=self._book.lead_reasons[lead.id],
            due_at=None if lead.status in (LeadStatus.DONE, LeadStatus.REFUSED) else lead.due_at,
            appointment_at=lead.appointment_at,
            fields=lead.fields,
            verdict=lead.verdict,
        )

    async def find_customers(self, ref: str, number: str, limit: int) -> Sequence[Customer]:
        """Return the customers with this reference or this number; empty texts match nobody."""
        found = [
            person
            for person in self._book.customer_rows.values()
            if (ref and person.ref == ref) or (number and number in person.numbers)
        ]
        return sorted(found, key=lambda person: person.id)[:limit]

    async def correct(self, customer_id: int, correction: Correction) -> Customer:
        """Correct somebody's file by hand."""
        return memory_correcting.correct(self._book, customer_id, correction)

    async def search(self, sought: Sought, limit: int) -> Found:
        """Return the first customers who are sought, by id."""
        if any(sought.ref and person.ref == sought.ref for person in self._book.customer_rows.values()):
            exact = [one for one in self._book.customer_rows.values() if one.ref == sought.ref]
            rest = replace(sought, ref="")
        else:
            exact, rest = [], sought
        found = [one for one in self._book.customer_rows.values() if one in exact or is_sought(one, rest)]
        found.sort(key=lambda person: person.id)
        return Found(found[:limit], max(0, min(len(found), COUNTED) - limit))

    async def record_consent(
        self, customer_id: int, number: str, consent: Consent, by: str, at: datetime
    ) -> None:
        """Append a word about calls to a number; raises ``NotFound`` for a number that is not his."""
        person = self._book.customer_rows.get(customer_id)
        if person is None or number not in person.numbers:
            raise NotFound(f"no customer {customer_id} with the number {number}")
        self._book.note_consent(customer_id, NumberConsent(number, consent, by, at))
        self._book.ledger.append(ledger_notes.consent_said(customer_id, number, consent, by))
        word = "consent" if consent.given else "refusal"
        self._book.judge_again(lambda lead: lead.customer_id == customer_id, f"{word} recorded by {by}", at)
        self._book.park(lambda lead: lead.customer_id == customer_id, at)

    async def set_class(self, customer_id: int, customer_class: CustomerClass) -> None:
        """Rank a customer anew, with all his leads; raises ``NotFound``."""
        person = self._person(customer_id)
        self._book.customer_rows[customer_id] = replace(person, customer_class=customer_class)

    async def add_note(self, customer_id: int, note: ContactNote) -> ContactNote:
        """Append a note or a promise; raises ``NotFound``."""
        self._person(customer_id)
        kept = replace(note, id=self._book.next_note_id())
        self._book.contact_notes.setdefault(customer_id, []).append(kept)
        return kept

    async def keep_promise(self, note_id: int, at: datetime) -> None:
        """Say that a promise was kept; raises ``NotFound``."""
        for notes in self._book.contact_notes.values():
            for place, note in enumerate(notes):
                if note.id == note_id and note.kind is NoteKind.PROMISE:
                    notes[place] = replace(note, kept_at=at)
                    return
        raise NotFound(f"no promise {note_id}")

    async def add_credit(self, customer_id: int, credit: Credit) -> None:
        """Credit an agent; raises ``NotFound``."""
        self._person(customer_id)
        self._book.credit_notes.setdefault(customer_id, []).append(credit)

    async def ask_erasing(self, customer_id: int, at: datetime, by: str) -> datetime:
        """Remember that a customer is to be erased, and close what waits of him; raises ``NotFound``."""
        self._person(customer_id)
        called = {one.lead_id for one in self._being_called()}
        for lead in list(self._book.lead_rows.values()):
            claimed = lead.status is LeadStatus.CLAIMED and lead.id not in called
            if lead.customer_id == customer_id and (lead.status in WAITS or claimed):
                self._book.close_leaving(lead)
        if customer_id not in self._book.erase_wishes:
            self._book.erase_wishes[customer_id] = EraseWish(customer_id, by, at)
            self._book.ledger.append(ledger_notes.erasing_asked(customer_id, by))
        return self._book.erase_wishes[customer_id].at

    def _being_called(self) -> Sequence[AttemptLine]:
        return [one for one in self._book.attempt_lines.values() if one.disposition is None]

    async def erase_wishes(self) -> Sequence[EraseWish]:
        """Return the wishes about customers whom nobody calls any more."""
        called = {one.customer_id for one in self._being_called()}
        return [wish for who, wish in sorted(self._book.erase_wishes.items()) if who not in called]

    async def erase(
        self, customer_id: int, at: datetime, by: str = SYSTEM, keep_until: datetime | None = None
    ) -> None:
        """Destroy what identifies a customer; raises ``NotFound``, and ``NotAllowedNow`` in a call."""
        person = self._person(customer_id)
        if any(one.customer_id == customer_id for one in self._being_called()):
            raise NotAllowedNow("this customer is being called right now")
        if customer_id not in self._book.erased:
            self._book.ledger.tell_erased(customer_id, by)
            self._book.erased.add(customer_id)
        self._book.erase_wishes.pop(customer_id, None)
        self.erase_calls(person)
        self._book.made.pop(customer_id, None)
        self._book.removed_numbers.pop(customer_id, None)
        self._book.former_names.pop(customer_id, None)
        self._book.customer_by_ref.pop(person.ref, None)
        ref = erased_ref(customer_id, erased_ref(customer_id) in self._book.customer_by_ref)
        self._book.customer_rows[customer_id] = Customer(
            customer_id,
            ref,
            "",
            "",
            person.language,
            person.customer_class,
            (),
            (),
        )
        self._book.contact_notes.pop(customer_id, None)
        credited = self._book.credit_notes.get(customer_id, [])
        credited[:] = [replace(credit, subject="") for credit in credited]
        for lead in list(self._book.lead_rows.values()):
            if lead.customer_id == customer_id:
                self._book.lead_by_key.pop((lead.campaign_id, customer_id, lead.number), None)
                self._book.lead_reasons[lead.id] = DATA_ERASED
                self._book.lead_rows[lead.id] = replace(
                    lead,
                    number=f"{ERASED}:{lead.id}",
                    fields={},
                    status=LeadStatus.DONE,
                    closed_reason=DATA_ERASED,
                    appointment_at=None,
                    verdict=None,
                )
                changes = self._book.verdict_changes
                changes[:] = [change for change in changes if change.lead_id != lead.id]
        for key, line in list(self._book.attempt_lines.items()):
            if line.customer_id == customer_id:
                bare = replace(line, note=None if line.note is None else "", callback_at=None)
                self._book.attempt_lines[key] = bare
        if keep_until is None:
            self._book.erase_last(customer_id)
        else:
            self._book.kept_until[customer_id] = keep_until

    async def abilities(self) -> Mapping[str, float]:
        """Return how much each agent takes, of those of whom it was said."""
        return dict(sorted(self._abilities.items()))

    async def set_ability(self, agent_id: str, ability: float) -> None:
        """Store how much an agent takes; 0 takes him out."""
        self._abilities[agent_id] = ability

    async def owner_loads(self) -> Mapping[str, int]:
        """Return how many customers each owner has."""
        loads: dict[str, int] = {}
        for person in self._book.customer_rows.values():
            if person.owner:
                loads[person.owner] = loads.get(person.owner, 0) + 1
        return loads

    async def unowned(self, after: int, limit: int) -> Sequence[int]:
        """Return the ids above ``after`` of customers without an owner, in order."""
        return await self.owned_by("", after, limit)

    async def owned_by(self, agent_id: str, after: int, limit: int) -> Sequence[int]:
        """Return the ids above ``after`` of an owner's customers, in order."""
        people = self._book.customer_rows.values()
        found = [
            person.id
            for person in people
            if person.owner == agent_id and person.id > after and person.id not in self._book.erased
        ]
        return sorted(found)[:limit]

    async def assign(self, owners: Mapping[int, str]) -> None:
        """Give customers, by id, to owners."""
        for customer_id, owner in owners.items():
            person = self._book.customer_rows[customer_id]
            self._book.customer_rows[customer_id] = replace(person, owner=owner)

    async def absences(self, moment: datetime) -> Sequence[Absence]:
        """Return the absences that are not over at a moment."""
        return [absence for absence in self._absences if absence.until_at > moment]

    async def add_absence(self, absence: Absence) -> None:
        """Store an absence."""
        self._absences.append(absence)

    async def end_absence(self, agent_id: str, from_at: datetime, moment: datetime) -> bool:
        """End an agent's absences from ``from_at`` at a moment, and drop what had not begun."""
        ended = [
            one
            for one in self._absences
            if (one.agent_id, one.from_at) == (agent_id, from_at) and one.until_at > moment
        ]
        self._absences = [
            replace(one, until_at=moment) if one in ended else one
            for one in self._absences
            if one not in ended or one.from_at < moment
        ]
        return bool(ended)
