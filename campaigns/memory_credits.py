"""Crediting agents for what a call won, in memory: the twin of ``store.crediting``.

Knows the dictionaries of ``campaigns.memory.MemoryBook``. Must not know templates, SQL or the clock.
"""

from dataclasses import replace

from campaigns.memory import MemoryBook
from campaigns.model import CreditKind, CustomerClass
from campaigns.people import Credit


def credit_call(book: MemoryBook, customer_id: int, call_id: str, credit: Credit | None) -> None:
    """Give the credit of a call, in place of what it was credited with before; None credits nobody."""
    notes = book.credit_notes.setdefault(customer_id, [])
    notes[:] = [note for note in notes if note.call_id != call_id]
    if credit is None:
        return
    brought = next((note.agent_id for note in notes if note.kind is CreditKind.BROUGHT), "")
    if credit.kind is CreditKind.BROUGHT:
        notes += [] if brought else [credit]
        return
    notes.append(credit)
    if brought:
        notes.append(replace(credit, kind=CreditKind.BROUGHT, agent_id=brought))
    person = book.customer_rows[customer_id]
    if person.customer_class is CustomerClass.POTENTIAL:
        book.customer_rows[customer_id] = replace(person, customer_class=CustomerClass.ORDINARY)
