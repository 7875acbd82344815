"""Which do-not-call lists hold a number, and putting numbers on them.

Knows the statements over ``suppression_lists`` and ``suppressed_numbers``. Must not know calls or leads.
Every function runs inside the caller's transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from campaigns import ledger_notes
from campaigns.errors import Fault, InvalidInput, NotFound
from campaigns.model import Purpose
from campaigns.suppression import (
    OPT_OUT_ID,
    BarringEntry,
    Holder,
    SuppressedNumber,
    SuppressionKind,
    SuppressionList,
)
from store import ledger
from store.many import chunks, is_one_of
from store.prepared import Prepared
from store.rows import AnyRow
from store.tables import campaigns, customers, leads, numbers, suppressed_numbers, suppression_lists
from store.tables.suppression import IS_UNREAD, WAS_READ
from store.verdicts import judge_again
from store.writing import insert_many_new

_HOLDS = suppressed_numbers.join(suppression_lists, suppression_lists.c.id == suppressed_numbers.c.list_id)
_APPLIES = and_(
    or_(
        suppression_lists.c.purpose.is_(None),
        suppression_lists.c.purpose
        == select(campaigns.c.purpose).where(campaigns.c.id == bindparam("of_campaign")).scalar_subquery(),
    ),
    or_(
        suppression_lists.c.campaign_id.is_(None),
        suppression_lists.c.campaign_id == bindparam("of_campaign"),
    ),
)
_HOLDERS = numbers.alias("holders")
# Everybody whom a call to a number may reach: whose lead it is, and whoever else has the number too.
_REACHED = select(bindparam("customer_id", type_=numbers.c.customer_id.type)).union_all(
    select(_HOLDERS.c.customer_id).where(_HOLDERS.c.number == bindparam("number"))
)
# Seeks by number: the one to be called, and all of those who may be reached by it.
_HOLDING = Prepared(
    select(suppression_lists.c.id, suppression_lists.c.name)
    .select_from(_HOLDS)
    .where(suppressed_numbers.c.number == bindparam("number"), _APPLIES)
    .union(
        select(suppression_lists.c.id, suppression_lists.c.name)
        .select_from(numbers.join(_HOLDS, suppressed_numbers.c.number == numbers.c.number))
        .where(
            numbers.c.customer_id.in_(_REACHED),
            suppression_lists.c.whole_person,
            _APPLIES,
        )
    )
)
_LOOKED_AT = Prepared(select(suppression_lists.c.id).where(_APPLIES).order_by(suppression_lists.c.id))
_NUMBERS_HELD = (
    select(suppressed_numbers.c.number, suppression_lists.c.id, suppression_lists.c.name)
    .select_from(_HOLDS)
    .where(is_one_of(suppressed_numbers.c.number, "numbers"), _APPLIES)
    .union(
        select(_HOLDERS.c.number, suppression_lists.c.id, suppression_lists.c.name)
        .select_from(
            _HOLDERS.join(numbers, numbers.c.customer_id == _HOLDERS.c.customer_id).join(
                _HOLDS, suppressed_numbers.c.number == numbers.c.number
            )
        )
        .where(is_one_of(_HOLDERS.c.number, "numbers"), suppression_lists.c.whole_person, _APPLIES)
    )
)
_PEOPLE_HELD = (
    select(numbers.c.customer_id, suppression_lists.c.id, suppression_lists.c.name)
    .select_from(numbers.join(_HOLDS, suppressed_numbers.c.number == numbers.c.number))
    .where(
        is_one_of(numbers.c.customer_id, "customer_ids"),
        suppression_lists.c.whole_person,
        _APPLIES,
    )
)
_EVERYWHERE = select(
    exists()
    .select_from(_HOLDS)
    .where(
        suppressed_numbers.c.number == bindparam("number"),
        suppression_lists.c.purpose.is_(None),
        suppression_lists.c.campaign_id.is_(None),
    )
)
_SIZES = (
    select(suppressed_numbers.c.list_id, func.count().label("size"))
    .group_by(suppressed_numbers.c.list_id)
    .subquery()
)
_LISTS = (
    select(suppression_lists, func.coalesce(_SIZES.c.size, 0).label("size"))
    .outerjoin(_SIZES, _SIZES.c.list_id == suppression_lists.c.id)
    .order_by(suppression_lists.c.id)
)
_KNOWN = select(suppression_lists.c.id).where(suppression_lists.c.id == bindparam("list_id"))
_SAID = (*suppression_lists.c, *(column for column in suppressed_numbers.c if column.name != "list_id"))
# As ``_HOLDING``, whatever the campaign, with what each entry says and the people for whose sake it bars.
_OWN_ENTRIES = select(*_SAID).select_from(_HOLDS).where(suppressed_numbers.c.number == bindparam("number"))
_ENTRIES_OF_HOLDERS = (
    select(*_SAID, customers.c.id.label("customer_id"), customers.c.ref)
    .select_from(
        _HOLDERS.join(numbers, numbers.c.customer_id == _HOLDERS.c.customer_id)
        .join(_HOLDS, suppressed_numbers.c.number == numbers.c.number)
        .join(customers, customers.c.id == _HOLDERS.c.customer_id)
    )
    .where(
        _HOLDERS.c.number == bindparam("number"),
        numbers.c.number != bindparam("number"),
        suppression_lists.c.whole_person,
    )
)
_ON_LIST = select(suppressed_numbers.c.number).where(
    suppressed_numbers.c.list_id == bindparam("list_id"),
    suppressed_numbers.c.number.in_(bindparam("some_numbers", expanding=True)),
)
_THEIRS = numbers.alias("theirs")
# Who has one of these numbers, and who shares any number with one of those.
_SHARING = (
    select(numbers.c.customer_id)
    .select_from(
        _HOLDERS.join(_THEIRS, _THEIRS.c.customer_id == _HOLDERS.c.customer_id).join(
            numbers, numbers.c.number == _THEIRS.c.number
        )
    )
    .where(_HOLDERS.c.number.in_(bindparam("some_numbers", expanding=True)))
)
# The leads that a list may bar for the sake of these numbers: those of its purpose and campaign.
BARRED_BY = and_(
    leads.c.customer_id.in_(_SHARING),
    leads.c.campaign_id.in_(
        select(campaigns.c.id)
        .join(suppression_lists, suppression_lists.c.id == bindparam("list_id"))
        .where(
            or_(suppression_lists.c.purpose.is_(None), suppression_lists.c.purpose == campaigns.c.purpose),
            or_(suppression_lists.c.campaign_id.is_(None), suppression_lists.c.campaign_id == campaigns.c.id),
        )
    ),
)
_REMOVE = delete(suppressed_numbers).where(
    suppressed_numbers.c.list_id == bindparam("of_list"),
    suppressed_numbers.c.number == bindparam("of_number"),
)
_OPT_OUTS = (
    select(suppressed_numbers)
    .where(suppressed_numbers.c.list_id == OPT_OUT_ID)
    .order_by(suppressed_numbers.c.suppressed_at, suppressed_numbers.c.number)
)
_UNREAD = _OPT_OUTS.where(IS_UNREAD)
_READ = _OPT_OUTS.where(WAS_READ)
_READ_WITH = select(suppression_lists.c.read_with).where(suppression_lists.c.id == OPT_OUT_ID)
_NOTE_READ_WITH = (
    update(suppression_lists).where(suppression_lists.c.id == OPT_OUT_ID).values(read_with=bindparam("what"))
)
_HAVING = (
    select(numbers.c.number, numbers.c.customer_id)
    .where(numbers.c.number.in_(bindparam("numbers", expanding=True)))
    .order_by(numbers.c.number, numbers.c.customer_id)
)
_COLUMNS = ("number", "list_id", "reason", "suppressed_by", "suppressed_at")


def holding(connection: Connection, campaign_id: int, customer_id: int, number: str) -> tuple[str, ...]:
    """Return the names of the lists that bar a call of a campaign to this number of this customer.

    A list of whole persons bars it for the sake of anybody who has the number, on whichever of his numbers he
    asked: whoever picks up there may be the one who did.
    """
    values = {"of_campaign": campaign_id, "customer_id": customer_id, "number": number}
    return tuple(name for _, name in sorted(_HOLDING.rows(connection, values)))


def looked_at(connection: Connection, campaign_id: int) -> tuple[int, ...]:
    """Return the ids of the lists that have a word in calls of a campaign."""
    return tuple(list_id for (list_id,) in _LOOKED_AT.rows(connection, {"of_campaign": campaign_id}))


def holding_many(
    connection: Connection, campaign_id: int, customer_ids: str, called: str
) -> Callable[[int, str], tuple[str, ...]]:
    """Return what ``holding`` would say of any of these customers and numbers (``store.many.values_of``)."""
    held: dict[int | str, set[tuple[int, str]]] = {}
    values = {"of_campaign": campaign_id}
    for who, list_id, name in (
        *connection.execute(_NUMBERS_HELD, {**values, "numbers": called}),
        *connection.execute(_PEOPLE_HELD, {**values, "customer_ids": customer_ids}),
    ):
        held.setdefault(who, set()).add((list_id, name))

    def lists_of(customer_id: int, number: str) -> tuple[str, ...]:
        found = held.get(number, set()) | held.get(customer_id, set())
        return tuple(name for _, name in sorted(found))

    return lists_of


def is_suppressed(connection: Connection, number: str) -> bool:
    """Say whether a number is barred for every purpose and campaign."""
    return bool(connection.scalar(_EVERYWHERE, {"number": number}))


def suppress(connection: Connection, entries: Sequence[SuppressedNumber]) -> int:
    """Put numbers on lists; the first word about a number is kept. Returns how many are new.

    Leads of those who are new on a list are judged anew.
    """
    for list_id in {entry.list_id for entry in entries}:
        if connection.scalar(_KNOWN, {"list_id": list_id}) is None:
            raise NotFound(f"no do-not-call list {list_id}")
    new = _new_on_lists(connection, entries)
    rows = [(entry.number, entry.list_id, entry.reason, entry.by, entry.at) for entry in entries]
    added = insert_many_new(connection, suppressed_numbers, _COLUMNS, rows)
    entered = [entry for told in new.values() for entry in told]
    having = _having(connection, [entry.number for entry in entered])
    ledger.append(connection, *ledger_notes.suppressed(entered, having))
    for list_id, told in new.items():
        first = told[0]
        values = {"list_id": list_id, "some_numbers": [entry.number for entry in told]}
        judge_again(connection, BARRED_BY, f"put on a do-not-call list by {first.by}", first.at, values)
    return added


def _new_on_lists(
    connection: Connection, entries: Sequence[SuppressedNumber]
) -> Mapping[int, Sequence[SuppressedNumber]]:
    """Return the entries whose numbers are not on their list yet, by list, a thousand at most at once."""
    by_list: dict[int, dict[str, SuppressedNumber]] = {}
    for entry in entries:
        by_list.setdefault(entry.list_id, {}).setdefault(entry.number, entry)
    new: dict[int, list[SuppressedNumber]] = {}
    for list_id, told in by_list.items():
        values = {"list_id": list_id, "some_numbers": list(told)}
        known = set(connection.scalars(_ON_LIST, values))
        if fresh := [entry for number, entry in told.items() if number not in known]:
            new[list_id] = fresh
    return new


def _having(connection: Connection, numbers_: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """Return the customers who have these numbers, by number."""
    having: dict[str, list[int]] = {}
    for some in chunks(numbers_):
        for number, customer_id in connection.execute(_HAVING, {"numbers": some}):
            having.setdefault(number, []).append(customer_id)
    return having


def remove(connection: Connection, list_id: int, number: str, by: str, at: datetime) -> bool:
    """Take a number off a list; false when it was not on it. Leads it barred are judged anew."""
    if connection.execute(_REMOVE, {"of_list": list_id, "of_number": number}).rowcount == 0:
        return False
    having = _having(connection, [number]).get(number, ())
    ledger.append(connection, *ledger_notes.unsuppressed(list_id, number, having, by))
    values = {"list_id": list_id, "some_numbers": [number]}
    judge_again(connection, BARRED_BY, f"taken off a do-not-call list by {by}", at, values)
    return True


def all_lists(connection: Connection) -> Sequence[SuppressionList]:
    """Return every list with its size, oldest first."""
    return [list_of(row) for row in connection.execute(_LISTS)]


def add_list(connection: Connection, new: SuppressionList) -> SuppressionList:
    """Store a new list under its own id; raises ``InvalidInput`` when the name is taken."""
    values = {
        "name": new.name,
        "kind": new.kind.value,
        "purpose": None if new.purpose is None else new.purpose.value,
        "campaign_id": new.campaign_id,
        "whole_person": new.whole_person,
        "created_by": new.created_by,
        "created_at": new.created_at,
    }
    taken = select(suppression_lists.c.id).where(suppression_lists.c.name == new.name)
    if connection.scalar(taken) is not None:
        raise InvalidInput([Fault("name", f"there is a do-not-call list named {new.name!r} already")])
    try:
        row = connection.execute(insert(suppression_lists).returning(suppression_lists), values).one()
    except IntegrityError as fault:
        raise NotFound(f"no campaign {new.campaign_id}") from fault
    made = list_of(row)
    ledger.append(connection, ledger_notes.suppression_made(made))
    return made


def barring(connection: Connection, number: str) -> Sequence[BarringEntry]:
    """Return every list entry that bars calls to a number: about itself, and about people who have it."""
    values = {"number": number}
    found = [BarringEntry(list_of(row), _entry_of(row)) for row in connection.execute(_OWN_ENTRIES, values)]
    holders: dict[tuple[int, str], list[Holder]] = {}
    rows = sorted(connection.execute(_ENTRIES_OF_HOLDERS, values), key=lambda row: int(row.customer_id))
    for row in rows:
        holders.setdefault((row.id, row.number), []).append(Holder(row.customer_id, row.ref))
    found += [
        BarringEntry(list_of(row), _entry_of(row), tuple(holders[row.id, row.number]))
        for row in {(row.id, row.number): row for row in rows}.values()
    ]
    return sorted(found, key=lambda one: (one.listed.id, bool(one.holders), one.entry.number))


def unread_opt_outs(connection: Connection) -> Sequence[SuppressedNumber]:
    """Return the entries of the opt-out list that bar nobody, oldest first: not E.164, but a caller ID."""
    return [_told(row) for row in connection.execute(_UNREAD)]


def read_opt_outs(connection: Connection) -> Sequence[SuppressedNumber]:
    """Return the entries of the opt-out list that were read from a caller ID, oldest first."""
    return [_told(row) for row in connection.execute(_READ)]


def read_with(connection: Connection) -> str:
    """Return with what caller IDs on the opt-out list were read last."""
    return str(connection.scalar(_READ_WITH) or "")


def note_read_with(connection: Connection, what: str) -> None:
    """Note with what all caller IDs on the opt-out list have been read."""
    connection.execute(_NOTE_READ_WITH, {"what": what})


def _told(row: AnyRow) -> SuppressedNumber:
    return SuppressedNumber(row.list_id, row.number, row.reason, row.suppressed_by, row.suppressed_at)


def _entry_of(row: AnyRow) -> SuppressedNumber:
    return SuppressedNumber(row.id, row.number, row.reason, row.suppressed_by, row.suppressed_at)


def list_of(row: AnyRow) -> SuppressionList:
    """Return the list in a row of ``suppression_lists``, with its size when the row has one."""
    return SuppressionList(
        id=row.id,
        name=row.name,
        kind=SuppressionKind(row.kind),
        purpose=None if row.purpose is None else Purpose(row.purpose),
        campaign_id=row.campaign_id,
        whole_person=row.whole_person,
        created_by=row.created_by,
        created_at=row.created_at,
        size=row._mapping.get("size", 0),
    )
