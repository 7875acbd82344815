"""Lists of campaigns and saved mappings at rest: ``campaigns.books.ListBook`` and ``MappingBook`` over SQL.

Knows the statements over ``lists`` and over leads by list. Must not know who is called next. Long work is cut
into short transactions: each ``some_…`` is one, found by the index over list and status.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    union_all,
    update,
)  # fmt: skip

from campaigns import ledger_notes
from campaigns.books import LIST_DELETED, NEVER_AGAIN, ListedLead
from campaigns.errors import NotFound
from campaigns.ledger import SYSTEM, moment
from campaigns.lists import ColumnMapping, LeadList
from campaigns.model import WAITS, Disposition, LeadStatus
from store import ledger
from store.database import Database
from store.erasing import drop_untried
from store.lead_calls import IS_HIS_NUMBER, IS_LEAVING, NEWEST
from store.people import customers_by_id
from store.rows import AnyRow, disposition_of
from store.tables import attempts, column_mappings, customers, leads, lists, votes, wrap_ups
from store.verdicts import NO_VERDICT, overtake_campaign
from store.writing import insert_or_replace

_OF_LIST = bindparam("of_list", type_=lists.c.id.type)
_LIMIT: Any = bindparam("at_most")
_COUNTS = (
    select(leads.c.list_id, leads.c.status, func.count().label("size"))
    .where(leads.c.list_id.in_(bindparam("list_ids", expanding=True)))
    .group_by(leads.c.list_id, leads.c.status)
)
_LISTS = select(lists).where(lists.c.campaign_id == bindparam("of_campaign")).order_by(lists.c.id)
_LIST = select(lists).where(lists.c.id == _OF_LIST)
_SWITCH = update(lists).where(lists.c.id == _OF_LIST, lists.c.deleted_at.is_(None))
_HAS_LEADS = exists().where(leads.c.list_id == _OF_LIST)
_REMOVE = delete(lists).where(lists.c.id == _OF_LIST, ~_HAS_LEADS)


def _some(status: LeadStatus) -> Select[Any]:
    """A handful of a list's leads in one status."""
    return select(leads.c.id).where(leads.c.list_id == _OF_LIST, leads.c.status == status.value).limit(_LIMIT)


_HOLD = update(leads).where(leads.c.id.in_(_some(LeadStatus.WAITING))).values(status=LeadStatus.HELD.value)
_RELEASE = update(leads).where(leads.c.id.in_(_some(LeadStatus.HELD))).values(status=LeadStatus.WAITING.value)
_MOVE = (
    update(leads)
    .where(leads.c.id.in_(select(leads.c.id).where(leads.c.list_id == _OF_LIST).limit(_LIMIT)))
    .values(list_id=bindparam("into"))
)
_CLOSE = (
    update(leads)
    .where(
        leads.c.id.in_(
            select(leads.c.id)
            .where(
                leads.c.list_id == _OF_LIST,
                leads.c.status.in_([status.value for status in WAITS]),
            )
            .limit(_LIMIT)
        )
    )
    .values(status=LeadStatus.DONE.value, reason=LIST_DELETED, **NO_VERDICT)
)
_CLOSED_ONES = (
    select(leads.c.id, NEWEST.label("newest"))
    .where(
        leads.c.list_id == _OF_LIST,
        leads.c.status == LeadStatus.DONE.value,
        leads.c.id > bindparam("after"),
        ~IS_LEAVING,
        IS_HIS_NUMBER,
    )
    .order_by(leads.c.id)
    .limit(_LIMIT)
)
_ENDINGS = (
    select(attempts.c.seq, attempts.c.disposition, wrap_ups.c.outcome)
    .outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id)
    .where(attempts.c.seq.in_(bindparam("seqs", expanding=True)))
)
_RECYCLE = (
    update(leads)
    .where(leads.c.id == bindparam("of_lead"))
    .values(
        status=bindparam("new_status"),
        due_at=bindparam("new_due_at", type_=leads.c.due_at.type),
        reason=bindparam("new_reason"),
        recycled_after=bindparam("new_recycled_after"),
    )
)
# Each status has its leads by id in ix_leads_list, so the page merges them instead of sorting the list.
_NEXT_IDS = (
    union_all(
        *(
            select(leads.c.id).where(
                leads.c.list_id == _OF_LIST, leads.c.status == status.value, leads.c.id > bindparam("after")
            )
            for status in LeadStatus
        )
    )
    .order_by("id")
    .limit(_LIMIT)
)
_NAMES = (
    select(leads.c.id, leads.c.fields, customers.c.extras)
    .join(customers, customers.c.id == leads.c.customer_id)
    .where(leads.c.id.in_(_NEXT_IDS))
    .order_by(leads.c.id)
)
_PAGE = (
    select(
        leads,
        select(func.count())
        .where(attempts.c.lead_id == leads.c.id, attempts.c.disposition.is_not(None))
        .correlate(leads)
        .scalar_subquery()
        .label("ended"),
        attempts.c.disposition.label("last_disposition"),
        # Whoever was reserved has talked, unless somebody else is known to.
        func.coalesce(
            attempts.c.agent_id, case((attempts.c.bridged_at.is_not(None), attempts.c.reserved_agent_id))
        ).label("agent_id"),
        votes.c.score,
        wrap_ups.c.outcome,
        wrap_ups.c.note,
    )
    .outerjoin(attempts, attempts.c.seq == NEWEST)
    .outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id)
    .outerjoin(votes, votes.c.call_id == attempts.c.id)
    .where(leads.c.id.in_(_NEXT_IDS))
    .order_by(leads.c.id)
)
_MAPPINGS = select(column_mappings).order_by(column_mappings.c.name)
_MAPPING = select(column_mappings).where(column_mappings.c.name == bindparam("of_name"))
_FORGET = delete(column_mappings).where(column_mappings.c.name == bindparam("of_name"))


class SqlListBook:
    """``ListBook`` and ``MappingBook`` over one database; its faults come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lists(self, campaign_id: int) -> Sequence[LeadList]:
        """Return a campaign's lists with their leads counted, oldest first; deleted ones too."""

        def query(connection: Connection) -> Sequence[LeadList]:
            rows = connection.execute(_LISTS, {"of_campaign": campaign_id}).all()
            return _counted(connection, rows)

        return await self._database.read_long(query)

    async def lead_list(self, list_id: int) -> LeadList:
        """Return one list with its leads counted; raises ``NotFound``."""

        def query(connection: Connection) -> LeadList:
            return _counted(connection, [_found(connection, list_id)])[0]

        return await self._database.read_long(query)

    async def switch_list(self, list_id: int, active: bool, by: str = SYSTEM) -> None:
        """Switch a list on or off; raises ``NotFound`` for one that is not there or deleted."""

        def unit(connection: Connection) -> None:
            kept = _found(connection, list_id)
            if connection.execute(_SWITCH.values(active=active), {"of_list": list_id}).rowcount == 0:
                raise NotFound(f"no list {list_id}")
            note = ledger_notes.list_switched(kept.campaign_id, list_id, active, by)
            ledger.append(connection, note)
            overtake_campaign(connection, kept.campaign_id)

        await self._database.write(unit)

    async def some_held(self, list_id: int, limit: int) -> int:
        """Hold up to so many waiting leads of a list; returns how many."""
        return await self._changed(_HOLD, of_list=list_id, at_most=limit)

    async def some_released(self, list_id: int, limit: int) -> int:
        """Let up to so many held leads of a list wait again; returns how many."""
        return await self._changed(_RELEASE, of_list=list_id, at_most=limit)

    async def some_recycled(
        self,
        list_id: int,
        after: int,
        limit: int,
        dispositions: Iterable[Disposition],
        outcomes: Iterable[str],
        moment: datetime,
        reason: str,
        by: str = SYSTEM,
    ) -> tuple[int, int | None]:
        """Let closed leads wait again whose last attempt ended so; see ``ListBook``."""
        wanted = {each.value for each in dispositions}
        recorded = set(outcomes) - {NEVER_AGAIN}

        def unit(connection: Connection) -> tuple[int, int | None]:
            listed = _found(connection, list_id)
            values = {"of_list": list_id, "after": after, "at_most": limit}
            closed = connection.execute(_CLOSED_ONES, values).all()
            endings = _endings(connection, [lead.newest for lead in closed if lead.newest is not None])
            status = LeadStatus.WAITING if listed.active else LeadStatus.HELD
            changes = [
                {
                    "of_lead": lead.id,
                    "new_status": status.value,
                    "new_due_at": moment,
                    "new_reason": reason,
                    "new_recycled_after": lead.newest,
                }
                for lead in closed
                if (ending := endings.get(lead.newest)) is not None
                and ending.outcome != NEVER_AGAIN
                and (ending.disposition in wanted or ending.outcome in recorded)
            ]
            if changes:
                connection.execute(_RECYCLE, changes)
                whose = (listed.campaign_id, list_id)
                note = ledger_notes.list_recycled(*whose, wanted, recorded, len(changes), by)
                ledger.append(connection, note)
            return len(changes), closed[-1].id if len(closed) == limit else None

        return await self._database.write(unit)

    async def some_moved(self, from_id: int, into_id: int, limit: int) -> int:
        """Give up to so many leads of one list to another; returns how many."""
        return await self._changed(_MOVE, of_list=from_id, into=into_id, at_most=limit)

    async def remove_list(self, list_id: int, into_id: int, by: str = SYSTEM) -> None:
        """Forget a list whose leads all went into another one; one that has leads keeps."""

        def unit(connection: Connection) -> None:
            kept = _found(connection, list_id)
            if connection.execute(_REMOVE, {"of_list": list_id}).rowcount:
                ledger.append(connection, ledger_notes.list_merged(kept.campaign_id, list_id, into_id, by))

        await self._database.write(unit)

    async def mark_deleted(self, list_id: int, at: datetime, purge_after: datetime, by: str = SYSTEM) -> None:
        """Switch a list off for good and give its name free; raises ``NotFound``."""

        def unit(connection: Connection) -> None:
            kept = _found(connection, list_id)
            name = f"{kept.name} (deleted {list_id})"
            values = {"active": False, "deleted_at": at, "purge_after": purge_after, "name": name}
            connection.execute(_SWITCH.values(**values), {"of_list": list_id})
            note = ledger_notes.list_deleted(kept.campaign_id, list_id, moment(purge_after), by)
            ledger.append(connection, note)
            overtake_campaign(connection, kept.campaign_id)

        await self._database.write(unit)

    async def some_deleted(self, list_id: int, limit: int) -> int:
        """Delete leads of a list that were never tried, and close those that were; returns how many."""

        def unit(connection: Connection) -> int:
            values = {"of_list": list_id, "at_most": limit}
            dropped = drop_untried(connection, list_id, limit)
            return dropped + connection.execute(_CLOSE, values).rowcount

        count = await self._database.write(unit)
        if not count:
            await self._database.forget()
        return count

    async def page_of(self, list_id: int, after: int, limit: int) -> Sequence[ListedLead]:
        """Return leads of a list with ids above ``after``, by id."""

        def query(connection: Connection) -> Sequence[ListedLead]:
            values = {"of_list": list_id, "after": after, "at_most": limit}
            rows = connection.execute(_PAGE, values).all()
            people = customers_by_id(connection, [row.customer_id for row in rows])
            return [
                ListedLead(
                    lead_id=row.id,
                    customer=people[row.customer_id],
                    number=row.number,
                    status=LeadStatus(row.status),
                    attempts=row.ended,
                    last_disposition=disposition_of(row.last_disposition),
                    last_at=row.last_at,
                    due_at=row.due_at,
                    outcome=row.outcome or "",
                    reason=row.reason,
                    fields=row.fields,
                    appointment_at=row.appointment_at,
                    agent_id=row.agent_id or "",
                    vote=row.score,
                    note=row.note or "",
                )
                for row in rows
            ]

        return await self._database.read_long(query)

    async def some_columns(self, list_id: int, after: int, limit: int) -> tuple[Collection[str], int | None]:
        """Return the columns that up to so many leads have beside the fixed ones; see ``ListBook``."""

        def query(connection: Connection) -> tuple[Collection[str], int | None]:
            rows = connection.execute(_NAMES, {"of_list": list_id, "after": after, "at_most": limit}).all()
            names = dict.fromkeys(name for row in rows for name in (*row.fields, *row.extras))
            return names, rows[-1].id if len(rows) == limit else None

        return await self._database.read_long(query)

    async def save_mapping(self, mapping: ColumnMapping) -> None:
        """Store a mapping, in place of one with the same name."""
        values = {
            "name": mapping.name,
            "columns": dict(mapping.columns),
            "saved_by": mapping.by,
            "saved_at": mapping.at,
            "encoding": mapping.encoding,
            "date_order": mapping.date_order,
        }
        await self._database.write(lambda connection: insert_or_replace(connection, column_mappings, values))

    async def mapping(self, name: str) -> ColumnMapping:
        """Return a mapping; raises ``NotFound``."""
        values = {"of_name": name}
        row = await self._database.read(lambda connection: connection.execute(_MAPPING, values).one_or_none())
        if row is None:
            raise NotFound(f"no mapping {name!r}")
        return _mapping_of(row)

    async def mappings(self) -> Sequence[ColumnMapping]:
        """Return all mappings, by name."""
        return await self._database.read(
            lambda connection: [_mapping_of(row) for row in connection.execute(_MAPPINGS)]
        )

    async def delete_mapping(self, name: str) -> None:
        """Forget a mapping; raises ``NotFound``."""
        if await self._changed(_FORGET, of_name=name) == 0:
            raise NotFound(f"no mapping {name!r}")

    async def _changed(self, statement: Any, **values: Any) -> int:
        return await self._database.write(
            lambda connection: int(connection.execute(statement, values).rowcount)
        )


def _found(connection: Connection, list_id: int) -> AnyRow:
    row = connection.execute(_LIST, {"of_list": list_id}).one_or_none()
    if row is None:
        raise NotFound(f"no list {list_id}")
    return row


def _counted(connection: Connection, rows: Sequence[AnyRow]) -> Sequence[LeadList]:
    """Return the lists in rows with their leads counted: a walk over their part of one index."""
    counts = {row.id: dict.fromkeys(LeadStatus, 0) for row in rows}
    if counts:
        for list_id, status, size in connection.execute(_COUNTS, {"list_ids": list(counts)}):
            counts[list_id][LeadStatus(status)] = size
    return [
        LeadList(
            id=row.id,
            campaign_id=row.campaign_id,
            name=row.name,
            active=row.active,
            created_by=row.created_by,
            created_at=row.created_at,
            deleted_at=row.deleted_at,
            purge_after=row.purge_after,
            leads=counts[row.id],
        )
        for row in rows
    ]


def _endings(connection: Connection, seqs: Sequence[int]) -> dict[int, AnyRow]:
    if not seqs:
        return {}
    return {row.seq: row for row in connection.execute(_ENDINGS, {"seqs": list(seqs)})}


def _mapping_of(row: AnyRow) -> ColumnMapping:
    return ColumnMapping(row.name, row.columns, row.saved_by, row.saved_at, row.encoding, row.date_order)
