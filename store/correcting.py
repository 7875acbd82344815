"""Customers who are corrected by hand: ``campaigns.correcting`` over SQL.

Knows the statements over customers, numbers, leads and do-not-call lists that one correction needs. Must not
know the rules. Everything runs inside the caller's transaction.
"""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaigns import correcting, ledger_notes
from campaigns.correcting import Correction, LeadAt
from campaigns.errors import NotAllowedNow, NotFound, ref_taken
from campaigns.model import Customer, LeadStatus, NumberKind
from campaigns.people import NumberConsent
from campaigns.suppression import SuppressedNumber
from store import consent_words, ledger, newcomers
from store.parking import park, put_on_lists
from store.people import customer_by_id
from store.tables import (
    contact_notes,
    customers,
    former_names,
    leads,
    numbers,
    removed_numbers,
    suppressed_numbers,
    suppression_lists,
)
from store.verdicts import NO_VERDICT, judge_again
from store.writing import insert_many_new

_WHO = bindparam("of_customer", type_=customers.c.id.type)
# Locked on PostgreSQL: of two who correct at once the second one sees what the first has done.
_CUSTOMER = select(customers.c.erased_at).where(customers.c.id == _WHO).with_for_update()
_LEADS = (
    select(leads.c.id, leads.c.campaign_id, leads.c.number, leads.c.status)
    .where(leads.c.customer_id == _WHO)
    .order_by(leads.c.id)
    .with_for_update()
)
_HIS_LEADS = leads.c.customer_id == _WHO
_CHANGE = update(customers).where(customers.c.id == _WHO)
_FORGET_REMOVED = delete(removed_numbers).where(
    removed_numbers.c.customer_id == _WHO,
    removed_numbers.c.number.in_(bindparam("some_numbers", expanding=True)),
)
_FORGET_NUMBERS = delete(numbers).where(numbers.c.customer_id == _WHO)
_MOVE = update(leads).where(leads.c.id == bindparam("of_lead")).values(number=bindparam("new_number"))
_CLOSE = (
    update(leads)
    .where(leads.c.id == bindparam("of_lead"))
    .values(status=LeadStatus.DONE.value, reason=correcting.NUMBER_REMOVED, **NO_VERDICT)
)
# Lists of whole persons that hold one of these numbers, with what each entry says.
_WISHES = (
    select(suppressed_numbers)
    .join(suppression_lists, suppression_lists.c.id == suppressed_numbers.c.list_id)
    .where(
        suppression_lists.c.whole_person,
        suppressed_numbers.c.number.in_(bindparam("some_numbers", expanding=True)),
    )
    .order_by(suppressed_numbers.c.list_id, suppressed_numbers.c.number)
)


def correct(connection: Connection, customer_id: int, correction: Correction) -> Customer:
    """Correct somebody's file; see ``PersonBook.correct`` for what it raises."""
    who = {"of_customer": customer_id}
    known = connection.execute(_CUSTOMER, who).one_or_none()
    was = customer_by_id(connection, customer_id)
    if known is None or was is None:
        raise NotFound(f"no customer {customer_id}")
    if known.erased_at is not None:
        raise NotAllowedNow(f"customer {customer_id} was erased")
    now = correcting.corrected(was, correction)
    different = correcting.changes(was, now)
    if not different:
        return was
    correcting.check_seen(was, correction)
    removed = set(was.numbers) - set(now.numbers)
    added = [number for number in now.numbers if number not in was.numbers]
    shared = newcomers.check_free(connection, added, correction.may_share)
    his = [
        LeadAt(row.id, row.campaign_id, row.number, LeadStatus(row.status))
        for row in connection.execute(_LEADS, who)
    ]
    plan = correcting.moves(his, removed, now.numbers[0])
    _change(connection, was, now)
    if plan.moved:
        connection.execute(_MOVE, [{"of_lead": one, "new_number": to} for one, to in plan.moved.items()])
    if plan.closed:
        connection.execute(_CLOSE, [{"of_lead": one} for one in plan.closed])
    note = correcting.note_of(different, correction)
    said = {"kind": note.kind.value, "note": note.note, "written_by": note.by, "written_at": note.at}
    connection.execute(insert(contact_notes), {"customer_id": customer_id, **said})
    ledger.append(connection, ledger_notes.customer_corrected(now, different, plan, correction.by, shared))
    if removed:
        _keep_findable(connection, customer_id, removed)
        _take_wishes_over(connection, removed, now, correction)
        _take_refusals_over(connection, removed, now, correction)
    if former := correcting.former_names(was, now):
        insert_many_new(connection, former_names, ("customer_id", "name"), [(now.id, one) for one in former])
    cause = f"corrected by {correction.by}"
    judge_again(connection, _HIS_LEADS, cause, correction.at, who)
    park(connection, _HIS_LEADS, correction.at, who)
    return now


def _change(connection: Connection, was: Customer, now: Customer) -> None:
    values = {
        "ref": now.ref,
        "name": now.name,
        "title": now.title,
        "language": now.language,
        "country": now.country,
        "region": now.region,
        "own_zone": now.own_zone,
        "zones": list(now.zones),
    }
    if now.ref != was.ref:
        newcomers.check_ref(connection, now.ref)
    try:
        connection.execute(_CHANGE.values(values), {"of_customer": now.id})
    except IntegrityError as fault:  # by a list that came in at the same moment
        raise ref_taken(now.ref) from fault
    connection.execute(_FORGET_NUMBERS, {"of_customer": now.id})
    rows = [
        {
            "customer_id": now.id,
            "number": number,
            "position": position,
            "kind": now.kinds.get(number, NumberKind.OTHER).value,
        }
        for position, number in enumerate(now.numbers)
    ]
    connection.execute(insert(numbers), rows)


def _keep_findable(connection: Connection, customer_id: int, removed: Collection[str]) -> None:
    """Keep what he has no more until he is erased; a list may have brought back what was removed before."""
    connection.execute(_FORGET_REMOVED, {"of_customer": customer_id, "some_numbers": list(removed)})
    rows = [{"customer_id": customer_id, "number": number} for number in sorted(removed)]
    connection.execute(insert(removed_numbers), rows)


def _take_wishes_over(
    connection: Connection, removed: Collection[str], now: Customer, correction: Correction
) -> None:
    """Have whoever asked not to be called stay barred, though the number by which he asked is his no more."""
    held = {
        row.list_id for row in connection.execute(_WISHES, {"some_numbers": list(now.numbers)})
    }  # what bars him as it is
    wishes = {
        row.list_id: SuppressedNumber(
            row.list_id, row.number, row.reason, row.suppressed_by, row.suppressed_at
        )
        for row in connection.execute(_WISHES, {"some_numbers": list(removed)})
        if row.list_id not in held
    }
    entries = [correcting.taken_over(wish, now.numbers[0], correction) for wish in wishes.values()]
    if entries:
        put_on_lists(connection, entries)


def _take_refusals_over(
    connection: Connection, removed: Collection[str], now: Customer, correction: Correction
) -> None:
    """Have what he refused of calls to a removed number hold for the one that is called in its place."""
    said = ((one.number, one.consent) for one in consent_words.said_by(connection, now.id))
    for word in correcting.refusals_taken_over(said, removed, now.numbers[0], correction.at):
        told = NumberConsent(now.numbers[0], word, correction.by, correction.at)
        consent_words.write_down(connection, now.id, told)
