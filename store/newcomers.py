"""Customers who are entered by hand, and callers of the hotline who turn out to be one.

Knows the statements over ``customers``, ``numbers`` and the calls they came by. Must not know lists or leads.
Every function runs inside the caller's transaction.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaigns import ledger_notes
from campaigns.errors import KnownCustomer, NotAllowedNow, NotFound, ref_taken
from campaigns.model import Customer, NumberKind
from campaigns.people import Entry
from store import ledger
from store.people import customer_by_id
from store.tables import contact_notes, credit_notes, customers, inbound_calls, numbers
from store.writing import insert_row

_HOLDERS = (
    select(customers.c.ref, customers.c.name)
    .join(numbers, numbers.c.customer_id == customers.c.id)
    .where(numbers.c.number == bindparam("of_number"))
    .order_by(numbers.c.customer_id)
)
_REF_IS_TAKEN = select(exists().where(customers.c.ref == bindparam("of_ref")))
_ADD = insert(customers).returning(customers.c.id)
_ERASED_AT = select(customers.c.erased_at).where(customers.c.id == bindparam("of_customer"))
# Locked on PostgreSQL, so that a call is given to one customer only.
_WHOSE = (
    select(inbound_calls.c.customer_id).where(inbound_calls.c.id == bindparam("of_call")).with_for_update()
)
_GIVE = update(inbound_calls).where(inbound_calls.c.id == bindparam("of_call"))


def add(connection: Connection, new: Customer, entry: Entry) -> Customer:
    """Enter somebody by hand; see ``PersonBook.add_customer`` for what it raises."""
    shared = check_free(connection, new.numbers, entry.may_share)
    check_ref(connection, new.ref)
    customer_id = _insert(connection, new, entry)
    if entry.call_id:
        _give(connection, entry.call_id, customer_id)
    made = customer_by_id(connection, customer_id)
    assert made is not None, "it was inserted just now"
    ledger.append(connection, ledger_notes.customer_made(made, entry.by, entry.call_id, shared))
    return made


def check_free(connection: Connection, new: Sequence[str], may_share: bool) -> bool:
    """Say whether others have one of these numbers; raises ``KnownCustomer`` unless he may share it."""
    shared = False
    for number in new:
        holders = [(ref, name) for ref, name in connection.execute(_HOLDERS, {"of_number": number})]
        if holders and not may_share:
            raise KnownCustomer(number, holders)
        shared = shared or bool(holders)
    return shared


def check_ref(connection: Connection, ref: str) -> None:
    """Refuse a reference that somebody has."""
    if connection.scalar(_REF_IS_TAKEN, {"of_ref": ref}):
        raise ref_taken(ref)


def _insert(connection: Connection, new: Customer, entry: Entry) -> int:
    values = {
        "ref": new.ref,
        "name": new.name,
        "title": new.title,
        "language": new.language,
        "customer_class": new.customer_class.value,
        "zones": list(new.zones),
        "extras": dict(new.extras),
        "own_zone": new.own_zone,
        "country": new.country,
        "region": new.region,
        "owner": new.owner,
        "made_by": entry.by,
        "made_at": entry.at,
    }
    try:
        customer_id = int(connection.execute(_ADD, values).scalar_one())
    except IntegrityError as fault:  # by a list that came in at the same moment
        raise ref_taken(new.ref) from fault
    whose = {"customer_id": customer_id}
    for position, number in enumerate(new.numbers):
        kind = new.kinds.get(number, NumberKind.OTHER).value
        insert_row(connection, numbers, {**whose, "number": number, "position": position, "kind": kind})
    if (note := entry.note) is not None:
        said = {"kind": note.kind.value, "note": note.note, "written_by": note.by, "written_at": note.at}
        connection.execute(insert(contact_notes), {**whose, **said, "due_at": note.due_at})
    if (credit := entry.credit) is not None:
        worth = {"kind": credit.kind.value, "agent_id": credit.agent_id, "subject": credit.subject}
        given = {**whose, **worth, "credited_at": credit.at, "call_id": credit.call_id}
        connection.execute(insert(credit_notes), given)
    return customer_id


def know_caller(connection: Connection, call_id: str, customer_id: int, by: str) -> None:
    """Say whose call to the hotline it was; see ``PersonBook.know_caller`` for what it raises."""
    known = connection.execute(_ERASED_AT, {"of_customer": customer_id}).one_or_none()
    if known is None:
        raise NotFound(f"no customer {customer_id}")
    if known.erased_at is not None:
        raise NotAllowedNow(f"customer {customer_id} was erased")
    _give(connection, call_id, customer_id)
    ledger.append(connection, ledger_notes.caller_known(call_id, customer_id, by))


def _give(connection: Connection, call_id: str, customer_id: int) -> None:
    call = connection.execute(_WHOSE, {"of_call": call_id}).one_or_none()
    if call is None:
        raise NotFound(f"no call {call_id} to the hotline")
    if call.customer_id is not None:
        raise NotAllowedNow(f"call {call_id} is customer {call.customer_id}'s already")
    connection.execute(_GIVE.values(customer_id=customer_id), {"of_call": call_id})
