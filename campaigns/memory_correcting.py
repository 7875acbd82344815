"""Customers who are corrected by hand, in memory: the twin of ``store.correcting``.

Knows the dictionaries of ``campaigns.memory.MemoryBook``. Must not know SQL or the rules.
"""

from collections.abc import Collection
from dataclasses import replace

from campaigns import correcting, ledger_notes
from campaigns.correcting import Correction, LeadAt, LeadMoves
from campaigns.errors import NotAllowedNow, NotFound, ref_taken
from campaigns.memory import MemoryBook
from campaigns.memory_newcomers import check_free
from campaigns.model import Customer, LeadStatus
from campaigns.people import NumberConsent


def correct(book: MemoryBook, customer_id: int, correction: Correction) -> Customer:
    """Correct somebody's file; see ``PersonBook.correct`` for what it raises."""
    was = book.customer_rows.get(customer_id)
    if was is None:
        raise NotFound(f"no customer {customer_id}")
    if customer_id in book.erased:
        raise NotAllowedNow(f"customer {customer_id} was erased")
    now = correcting.corrected(was, correction)
    different = correcting.changes(was, now)
    if not different:
        return was
    correcting.check_seen(was, correction)
    removed = set(was.numbers) - set(now.numbers)
    added = [number for number in now.numbers if number not in was.numbers]
    shared = check_free(book, added, correction.may_share)
    his = [lead for lead in book.lead_rows.values() if lead.customer_id == customer_id]
    at = [LeadAt(lead.id, lead.campaign_id, lead.number, lead.status) for lead in his]
    plan = correcting.moves(at, removed, now.numbers[0])
    if now.ref != was.ref and now.ref in book.customer_by_ref:
        raise ref_taken(now.ref)
    del book.customer_by_ref[was.ref]
    book.customer_by_ref[now.ref] = customer_id
    book.customer_rows[customer_id] = now
    _move(book, plan)
    note = replace(correcting.note_of(different, correction), id=book.next_note_id())
    book.contact_notes.setdefault(customer_id, []).append(note)
    book.ledger.append(ledger_notes.customer_corrected(now, different, plan, correction.by, shared))
    book.removed_numbers.setdefault(customer_id, set()).update(removed)
    book.former_names.setdefault(customer_id, set()).update(correcting.former_names(was, now))
    _take_wishes_over(book, removed, now, correction)
    _take_refusals_over(book, removed, now, correction)
    cause = f"corrected by {correction.by}"
    book.judge_again(lambda lead: lead.customer_id == customer_id, cause, correction.at)
    book.park(lambda lead: lead.customer_id == customer_id, correction.at)
    return now


def _move(book: MemoryBook, plan: LeadMoves) -> None:
    for lead_id, number in plan.moved.items():
        lead = book.lead_rows[lead_id]
        del book.lead_by_key[lead.campaign_id, lead.customer_id, lead.number]
        book.lead_by_key[lead.campaign_id, lead.customer_id, number] = lead_id
        book.lead_rows[lead_id] = replace(lead, number=number)
    for lead_id in plan.closed:
        lead = book.lead_rows[lead_id]
        reason = correcting.NUMBER_REMOVED
        book.lead_rows[lead_id] = replace(lead, status=LeadStatus.DONE, closed_reason=reason, verdict=None)
        book.lead_reasons[lead_id] = reason


def _take_wishes_over(
    book: MemoryBook, removed: Collection[str], now: Customer, correction: Correction
) -> None:
    entries = []
    for list_id in sorted(book.suppression_lists):
        if not book.suppression_lists[list_id].whole_person:
            continue
        if any((number, list_id) in book.suppressed for number in now.numbers):
            continue
        wished = [number for number in sorted(removed) if (number, list_id) in book.suppressed]
        if wished:
            wish = book.suppressed[wished[-1], list_id]
            entries.append(correcting.taken_over(wish, now.numbers[0], correction))
    book.put_on_lists(entries)


def _take_refusals_over(
    book: MemoryBook, removed: Collection[str], now: Customer, correction: Correction
) -> None:
    target = now.numbers[0]
    said = [(told.number, told.consent) for told in book.consent_notes.get(now.id, ())]
    for word in correcting.refusals_taken_over(said, removed, target, correction.at):
        book.note_consent(now.id, NumberConsent(target, word, correction.by, correction.at))
        book.ledger.append(ledger_notes.consent_said(now.id, target, word, correction.by))
