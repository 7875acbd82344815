"""Customers entered by hand, and whose a call to the hotline was, in memory: the twin of ``store.newcomers``.

Knows the dictionaries of ``campaigns.memory.MemoryBook``. Must not know lists, SQL or the clock. No method
waits in the middle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from campaigns import ledger_notes
from campaigns.errors import KnownCustomer, NotAllowedNow, NotFound, ref_taken
from campaigns.memory import MemoryBook
from campaigns.model import Customer
from campaigns.people import ERASED, Entry, HotlineCall
from campaigns.rules.phone import may_show


class MemoryNewcomers:
    """The part of ``MemoryPersonBook`` about who came without a list, and about calls to the hotline."""

    def __init__(self, book: MemoryBook) -> None:
        self._book = book

    async def add_customer(self, new: Customer, entry: Entry) -> Customer:
        """Enter somebody by hand, with the call he came by."""
        shared = check_free(self._book, new.numbers, entry.may_share)
        if any(person.ref == new.ref for person in self._book.customer_rows.values()):
            raise ref_taken(new.ref)
        if entry.call_id:
            self._check_call(entry.call_id)
        made = replace(new, id=self._book.next_customer_id())
        self._book.customer_rows[made.id] = made
        self._book.customer_by_ref[made.ref] = made.id
        self._book.made[made.id] = (entry.by, entry.at)
        if entry.call_id:
            self._book.callers[entry.call_id] = made.id
        if entry.credit is not None:
            self._book.credit_notes[made.id] = [entry.credit]
        if entry.note is not None:
            note = replace(entry.note, id=self._book.next_note_id())
            self._book.contact_notes[made.id] = [note]
        self._book.ledger.append(ledger_notes.customer_made(made, entry.by, entry.call_id, shared))
        return made

    async def know_caller(self, call_id: str, customer_id: int, by: str) -> None:
        """Say whose call to the hotline it was."""
        if customer_id not in self._book.customer_rows:
            raise NotFound(f"no customer {customer_id}")
        if customer_id in self._book.erased:
            raise NotAllowedNow(f"customer {customer_id} was erased")
        self._check_call(call_id)
        self._book.callers[call_id] = customer_id
        self._book.ledger.append(ledger_notes.caller_known(call_id, customer_id, by))

    def _check_call(self, call_id: str) -> None:
        if call_id not in self._book.hotline_rows:
            raise NotFound(f"no call {call_id} to the hotline")
        if (whose := self._book.callers.get(call_id)) is not None:
            raise NotAllowedNow(f"call {call_id} is customer {whose}'s already")

    async def hotline_calls(self, customer_id: int) -> Sequence[HotlineCall]:
        """Return a customer's calls to the hotline, newest first."""
        if customer_id not in self._book.customer_rows:
            return []
        his = [call for call in self._book.hotline_rows.values() if self._is_his(call, customer_id)]
        shared = {call.call_id for call in his if self._is_shared(call)}
        told = [replace(call, shared=True, note=None) if call.call_id in shared else call for call in his]
        return sorted(told, key=lambda call: (call.started_at, call.call_id), reverse=True)

    def _is_his(self, call: HotlineCall, customer_id: int) -> bool:
        numbers = self._book.customer_rows[customer_id].numbers
        whose = self._book.callers.get(call.call_id)
        return call.number in numbers if whose is None else whose == customer_id

    def _is_shared(self, call: HotlineCall) -> bool:
        return call.call_id not in self._book.callers and len(self._book.having(call.number)) > 1

    def _has_nobody_else(self, number: str, person: Customer) -> bool:
        return set(self._book.having(number)) <= {person.id}

    def erase_calls(self, person: Customer) -> None:
        """Destroy what calls to the hotline say of somebody: notes of his, and a number that is his alone.

        It may have been taken away from him since, by hand.
        """
        lines = self._book.attempt_lines.values()
        called = {line.number for line in lines if line.customer_id == person.id}
        ever = called.union(person.numbers, self._book.removed_numbers.get(person.id, ())) - {ERASED}
        for call in list(self._book.hotline_rows.values()):
            whose = self._book.callers.get(call.call_id)
            alone = call.number in ever and self._has_nobody_else(call.number, person)
            his = alone if whose is None else whose == person.id
            if whose is None and call.shown and not call.number:
                alone = any(
                    may_show(call.shown, number) and self._has_nobody_else(number, person) for number in ever
                )
            if his or alone:
                note = "" if his and call.note is not None else call.note
                self._book.hotline_rows[call.call_id] = replace(call, number=ERASED, shown="", note=note)


def check_free(book: MemoryBook, new: Iterable[str], may_share: bool) -> bool:
    """Say whether others have one of these numbers; raises ``KnownCustomer`` unless he may share it."""
    shared = False
    for number in new:
        holders = [book.customer_rows[one] for one in book.having(number)]
        if holders and not may_share:
            raise KnownCustomer(number, [(person.ref, person.name) for person in holders])
        shared = shared or bool(holders)
    return shared
