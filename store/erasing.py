"""Destroying personal data: of one person who asks for it, and of lists whose time is over.

Knows every place where a name, a number or a note about a person is kept. Must not know who asked. Every
function runs inside the caller's transaction, so that nothing is half erased.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.types import Text

from campaigns import ledger_notes
from campaigns.errors import NotAllowedNow, NotFound
from campaigns.model import LeadStatus
from campaigns.people import DATA_ERASED, ERASED, erased_ref
from campaigns.rules.phone import may_show
from store import ledger
from store.lead_calls import IS_CALLED
from store.rows import AnyRow
from store.tables import (
    attempts,
    consents,
    contact_notes,
    credit_notes,
    customers,
    former_names,
    inbound_calls,
    leads,
    lists,
    numbers,
    removed_numbers,
    verdict_changes,
    votes,
    wrap_ups,
)
from store.tables.call import HAS_NO_NUMBER
from store.verdicts import NO_VERDICT

_WHO = bindparam("of_customer", type_=customers.c.id.type)
_OTHER_NUMBERS = numbers.alias("others")
_HIS_EVER = union(
    select(numbers.c.number).where(numbers.c.customer_id == _WHO),
    select(removed_numbers.c.number).where(removed_numbers.c.customer_id == _WHO),
    select(attempts.c.number).where(attempts.c.customer_id == _WHO, attempts.c.number != ERASED),
).subquery("his_ever")
# Calls from a number that only this person has or had; one that others have stays theirs.
_HIS_ALONE = select(_HIS_EVER.c.number).where(
    ~exists().where(_OTHER_NUMBERS.c.number == _HIS_EVER.c.number, _OTHER_NUMBERS.c.customer_id != _WHO)
)
_SAID_TO_BE_HIS = inbound_calls.c.customer_id == _WHO
_FROM_HIS_NUMBER = inbound_calls.c.number.in_(_HIS_ALONE)
# Calls of nobody whose caller ID could not be read may be his all the same.
_UNREAD = and_(HAS_NO_NUMBER, inbound_calls.c.customer_id.is_(None))
_SHOWN_UNREAD = select(inbound_calls.c.shown).where(_UNREAD, inbound_calls.c.shown != "").distinct()
_FORGET_SHOWN = (
    update(inbound_calls)
    .where(_UNREAD, inbound_calls.c.shown == bindparam("shown_as"))
    .values(number=ERASED, shown="")
)
# What was noted of a call from his number stays where an agent said that it was somebody else's.
_HIS_CALLS = (
    select(attempts.c.id)
    .where(attempts.c.customer_id == _WHO)
    .union_all(
        select(inbound_calls.c.id).where(
            or_(_SAID_TO_BE_HIS, and_(inbound_calls.c.customer_id.is_(None), _FROM_HIS_NUMBER))
        )
    )
)
_ERASING: Sequence[Any] = (
    update(wrap_ups).where(wrap_ups.c.call_id.in_(_HIS_CALLS)).values(note="", callback_at=None),
    update(inbound_calls).where(or_(_SAID_TO_BE_HIS, _FROM_HIS_NUMBER)).values(number=ERASED, shown=""),
    update(leads)
    .where(leads.c.customer_id == _WHO)
    .values(
        number=ERASED + ":" + cast(leads.c.id, Text()),
        fields={},
        status=LeadStatus.DONE.value,
        reason=DATA_ERASED,
        appointment_at=None,
        **NO_VERDICT,
    ),
    delete(verdict_changes).where(
        verdict_changes.c.lead_id.in_(select(leads.c.id).where(leads.c.customer_id == _WHO))
    ),
    delete(contact_notes).where(contact_notes.c.customer_id == _WHO),
    # What an agent was credited for is his: kind and moment stay, without what it was about.
    update(credit_notes).where(credit_notes.c.customer_id == _WHO).values(subject=""),
    delete(numbers).where(numbers.c.customer_id == _WHO),
    delete(removed_numbers).where(removed_numbers.c.customer_id == _WHO),
    delete(former_names).where(former_names.c.customer_id == _WHO),
)
# What a rule pack may order to keep for a while: which number was called, and what proves that it might be.
_ERASING_LAST: Sequence[Any] = (
    update(attempts).where(attempts.c.customer_id == _WHO).values(number=ERASED),
    delete(consents).where(consents.c.customer_id == _WHO),
)
# Locked, so that two nodes on PostgreSQL do not both find him there and enter his erasing twice.
_ERASED_AT = select(customers.c.erased_at).where(customers.c.id == _WHO).with_for_update()
_IS_BEING_CALLED = select(exists().where(attempts.c.customer_id == _WHO, attempts.c.disposition.is_(None)))
_HAS_REF = select(exists().where(customers.c.ref == bindparam("of_ref"), customers.c.id != _WHO))
_BLANK = update(customers).where(customers.c.id == _WHO, customers.c.erased_at.is_(None))

_KEEP = update(customers).where(customers.c.id == _WHO).values(kept_until=bindparam("until"))
_KEPT_NO_LONGER = (
    select(customers.c.id)
    .where(customers.c.kept_until <= bindparam("moment", type_=customers.c.kept_until.type))
    .limit(bindparam("at_most"))
)

_LEADS: Any = bindparam("lead_ids", expanding=True)
_THEIR_LEADS = leads.alias("their_leads")
_TO_DESTROY = select(leads.c.id, leads.c.customer_id).where(leads.c.id.in_(_LEADS), ~IS_CALLED)
_PURGED_CALLS = select(attempts.c.id).where(attempts.c.lead_id.in_(_LEADS))
_PURGED = (
    select(attempts.c.campaign_id, attempts.c.id)
    .where(attempts.c.lead_id.in_(_LEADS))
    .order_by(attempts.c.seq)
)
_PURGING: Sequence[Any] = (
    delete(votes).where(votes.c.call_id.in_(_PURGED_CALLS)),
    delete(wrap_ups).where(wrap_ups.c.call_id.in_(_PURGED_CALLS)),
    delete(attempts).where(attempts.c.lead_id.in_(_LEADS)),
    delete(leads).where(leads.c.id.in_(_LEADS)),
)
# Whoever was entered by hand came without a list, and stays without one.
_LEFT_ALONE = select(customers.c.id).where(
    customers.c.id.in_(bindparam("customer_ids", expanding=True)),
    customers.c.made_at.is_(None),
    ~exists().where(leads.c.customer_id == customers.c.id),
    ~exists().where(attempts.c.customer_id == customers.c.id),
)
_KEPT_WITH_CUSTOMERS = (consents, contact_notes, credit_notes, former_names, numbers, removed_numbers)
_GONE: Any = bindparam("gone", expanding=True)
_WITH_THEM: Sequence[Any] = (
    update(inbound_calls).where(inbound_calls.c.customer_id.in_(_GONE)).values(customer_id=None),
    *(delete(table).where(table.c.customer_id.in_(_GONE)) for table in _KEPT_WITH_CUSTOMERS),
    delete(customers).where(customers.c.id.in_(_GONE)),
)


def _is_filled(mapping: Column[Any]) -> ColumnElement[bool]:
    """Say whether a JSON object has any key; as text, for ``json`` of PostgreSQL knows no equality."""
    return cast(mapping, Text()) != "{}"


# Of whom nobody works on any lead: what is kept of him is kept for the limits on calls alone.
_IN_NO_LIST = select(leads.c.customer_id).where(
    leads.c.id.in_(_LEADS),
    ~exists().where(customers.c.id == leads.c.customer_id, customers.c.made_at.is_not(None)),
    ~exists().where(
        _THEIR_LEADS.c.customer_id == leads.c.customer_id,
        _THEIR_LEADS.c.list_id == lists.c.id,
        lists.c.deleted_at.is_(None),
    ),
)
# A list that keeps something is looked at again and again: what is bare already is not written each time.
_BARING: Sequence[Any] = (
    update(wrap_ups).where(wrap_ups.c.call_id.in_(_PURGED_CALLS), wrap_ups.c.note != "").values(note=""),
    update(leads).where(leads.c.id.in_(_LEADS), _is_filled(leads.c.fields)).values(fields={}),
    delete(contact_notes).where(contact_notes.c.customer_id.in_(_IN_NO_LIST)),
    delete(former_names).where(former_names.c.customer_id.in_(_IN_NO_LIST)),
    update(credit_notes)
    .where(credit_notes.c.customer_id.in_(_IN_NO_LIST), credit_notes.c.subject != "")
    .values(subject=""),
    update(customers)
    .where(
        customers.c.id.in_(_IN_NO_LIST),
        or_(
            customers.c.name != "",
            customers.c.title != "",
            customers.c.owner != "",
            _is_filled(customers.c.extras),
        ),
    )
    .values(name="", title="", extras={}, owner=""),
)
_UNTRIED = (
    select(leads.c.id, leads.c.customer_id)
    .where(
        leads.c.list_id == bindparam("of_list", type_=lists.c.id.type),
        ~exists().where(attempts.c.lead_id == leads.c.id),
    )
    .limit(bindparam("at_most"))
)


def erase(connection: Connection, customer_id: int, at: datetime, keep_until: datetime | None) -> bool:
    """Destroy what identifies a customer; raises ``NotFound``, and ``NotAllowedNow`` while he is called.
    Twice is harmless.

    With ``keep_until`` the numbers of his calls and his consents stay until then. Returns whether he was
    there until now.
    """
    who = {"of_customer": customer_id}
    known = connection.execute(_ERASED_AT, who).one_or_none()
    if known is None:
        raise NotFound(f"no customer {customer_id}")
    if connection.scalar(_IS_BEING_CALLED, who):
        raise NotAllowedNow("this customer is being called right now")
    _forget_unread(connection, who)
    for statement in (*_ERASING, *(() if keep_until else _ERASING_LAST)):
        connection.execute(statement, who)
    taken = connection.scalar(_HAS_REF, {**who, "of_ref": erased_ref(customer_id)})
    blank: dict[str, Any] = {
        "ref": erased_ref(customer_id, bool(taken)),
        "name": "",
        "title": "",
        "zones": [],
        "extras": {},
        "own_zone": "",
        "country": "",
        "region": "",
        "owner": "",
        "made_by": "",
        "made_at": None,
        "erasing_asked_by": "",
        "erasing_asked_at": None,
        "erased_at": at,
    }
    connection.execute(_BLANK.values(**blank), who)
    connection.execute(_KEEP, {**who, "until": keep_until})
    return known.erased_at is None


def _forget_unread(connection: Connection, who: dict[str, Any]) -> None:
    """Destroy caller IDs that could not be read and may be a number that only this person has."""
    his = connection.scalars(_HIS_ALONE, who).all()
    shown = connection.scalars(_SHOWN_UNREAD).all() if his else ()
    for text in shown:
        if any(may_show(text, number) for number in his):
            connection.execute(_FORGET_SHOWN, {"shown_as": text})


def finish_erasing(connection: Connection, moment: datetime, limit: int) -> int:
    """Destroy what was still kept about erased customers until ``moment``; returns of how many."""
    over = connection.scalars(_KEPT_NO_LONGER, {"moment": moment, "at_most": limit}).all()
    for customer_id in over:
        for statement in _ERASING_LAST:
            connection.execute(statement, {"of_customer": customer_id})
        connection.execute(_KEEP, {"of_customer": customer_id, "until": None})
    ledger.forget(connection, over)
    return len(over)


def leave_bare(connection: Connection, lead_ids: Sequence[int]) -> int:
    """Destroy what no limit on calls asks about of leads of deleted lists and of their customers.

    Returns how many rows it changed or deleted.
    """
    whose = {"lead_ids": list(lead_ids)}
    return sum(connection.execute(statement, whose).rowcount for statement in _BARING)


def destroy(connection: Connection, lead_ids: Sequence[int]) -> int:
    """Delete leads with all that came of them, but for those that are being called; returns how many.

    Customers who have no other lead go with them.
    """
    found = connection.execute(_TO_DESTROY, {"lead_ids": list(lead_ids)}).all()
    if found:
        _drop(connection, found)
    return len(found)


def drop_untried(connection: Connection, list_id: int, limit: int) -> int:
    """Delete leads of a list that were never tried, and customers without another; returns how many leads."""
    found = connection.execute(_UNTRIED, {"of_list": list_id, "at_most": limit}).all()
    if found:
        _drop(connection, found)
    return len(found)


def _drop(connection: Connection, found: Sequence[AnyRow]) -> None:
    """Delete leads with all that came of them, and those of their customers who have no other lead."""
    lead_ids = {"lead_ids": [lead.id for lead in found]}
    calls = connection.execute(_PURGED, lead_ids).all()
    ledger.append(connection, *(ledger_notes.attempt_purged(call.campaign_id, call.id) for call in calls))
    for statement in _PURGING:
        connection.execute(statement, lead_ids)
    people = {"customer_ids": list({lead.customer_id for lead in found})}
    if gone := connection.scalars(_LEFT_ALONE, people).all():
        ledger.forget(connection, gone)
        for statement in _WITH_THEM:
            connection.execute(statement, {"gone": list(gone)})
