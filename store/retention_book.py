"""Records whose time may be over, at rest: ``campaigns.books.RetentionBook`` over SQL.

Knows the statements that find them and how they go (``store/erasing.py``). Must not know rule packs: whoever
asks decides what goes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, exists, func, or_, select, update

from campaigns import ledger_notes
from campaigns.books import OldLead
from campaigns.ledger import moment as in_words
from campaigns.model import CampaignStatus, Disposition, LeadStatus, Purpose
from campaigns.rules.history import REFUSALS
from campaigns.rules.law import After
from campaigns.rules.retention import CallRecord
from store import erasing, ledger
from store.database import Database
from store.lead_calls import IS_CALLED, NEWEST
from store.rows import AnyRow
from store.tables import attempts, campaigns, customers, leads, lists, wrap_ups

_LIST = bindparam("of_list", type_=lists.c.id.type)
_MOMENT = bindparam("moment", type_=customers.c.kept_until.type)
_OVER = select(lists.c.id).where(lists.c.purge_after <= _MOMENT).order_by(lists.c.id)
_HAS_LEADS = exists().where(leads.c.list_id == _LIST)
_IN_CALLS = exists().where(leads.c.list_id == _LIST, IS_CALLED)


_CALLS = attempts.alias("calls")
_SAID = wrap_ups.alias("said")
_OF_THE_LEAD = _CALLS.c.lead_id == leads.c.id
# Whether any call of a lead was one that a block may follow.
_SET_OFF = {
    After.REFUSAL: exists().where(
        _OF_THE_LEAD, _SAID.c.call_id == _CALLS.c.id, _SAID.c.outcome.in_(sorted(REFUSALS))
    ),
    After.ABANDONED: exists().where(_OF_THE_LEAD, _CALLS.c.disposition == Disposition.ABANDONED.value),
    After.MACHINE: exists().where(_OF_THE_LEAD, _CALLS.c.disposition == Disposition.MACHINE.value),
}


def _old(*which: Any) -> Select[Any]:
    """Some leads in order of their ids that nobody calls and no erased person's rest hangs on."""
    return (
        select(
            leads.c.id,
            campaigns.c.purpose,
            campaigns.c.packs,
            attempts.c.number,
            attempts.c.committed_at,
            customers.c.country,
            customers.c.region,
            *(happened.label(after.value) for after, happened in _SET_OFF.items()),
        )
        .join(campaigns, campaigns.c.id == leads.c.campaign_id)
        .join(customers, customers.c.id == leads.c.customer_id)
        .outerjoin(attempts, attempts.c.seq == NEWEST)
        .where(
            *which,
            leads.c.id > bindparam("after"),
            ~IS_CALLED,
            or_(customers.c.kept_until.is_(None), customers.c.kept_until <= _MOMENT),
        )
        .order_by(leads.c.id)
        .limit(bindparam("at_most"))
    )


# In one status at a time: the index over both then has them in order.
_OF_LIST = _old(leads.c.list_id == _LIST, leads.c.status == bindparam("in_status"))
_WINDOW = (
    select(leads.c.id)
    .where(leads.c.id > bindparam("after"))
    .order_by(leads.c.id)
    .limit(bindparam("at_most"))
    .subquery()
)
_LOOKED_AT = select(func.max(_WINDOW.c.id))
_UNUSED = _old(
    leads.c.id <= bindparam("last"),
    attempts.c.committed_at <= bindparam("called_until", type_=attempts.c.committed_at.type),
    or_(
        leads.c.status.in_((LeadStatus.DONE.value, LeadStatus.REFUSED.value)),
        campaigns.c.status != CampaignStatus.RUNNING.value,
    ),
)
_OF_CUSTOMER = (
    select(
        campaigns.c.purpose,
        campaigns.c.packs,
        attempts.c.number,
        func.max(attempts.c.committed_at).label("committed_at"),
        customers.c.country,
        customers.c.region,
    )
    .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .join(customers, customers.c.id == attempts.c.customer_id)
    .where(attempts.c.customer_id == bindparam("of_customer"))
    .group_by(campaigns.c.id, attempts.c.number, customers.c.id)
)
_PUT_OFF = (
    update(lists)
    .where(lists.c.id == _LIST, ~_IN_CALLS)
    .values(purge_after=bindparam("until"))
    .returning(lists.c.campaign_id)
)
_DROP = delete(lists).where(lists.c.id == _LIST, lists.c.deleted_at.is_not(None), ~_HAS_LEADS)


class SqlRetentionBook:
    """``RetentionBook`` over one database; its faults come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lists_over(self, moment: datetime) -> Sequence[int]:
        """Return the ids of deleted lists whose records may go by the word of whoever deleted them."""
        values = {"moment": moment}
        return await self._database.read(lambda connection: connection.scalars(_OVER, values).all())

    async def leads_of(
        self, list_id: int, status: LeadStatus, moment: datetime, after: int, limit: int
    ) -> Sequence[OldLead]:
        """Return leads of a list in one status with ids above ``after``, by id."""
        values = {
            "of_list": list_id,
            "in_status": status.value,
            "moment": moment,
            "after": after,
            "at_most": limit,
        }

        def query(connection: Connection) -> Sequence[OldLead]:
            found = connection.execute(_OF_LIST, values).all()
            return [OldLead(row.id, _record_of(row, _set_off(row))) for row in found]

        return await self._database.read(query)

    async def unused(
        self, called_until: datetime, moment: datetime, after: int, limit: int
    ) -> tuple[Sequence[OldLead], int | None]:
        """Return leads that nobody works on and whose newest call is that old; see ``RetentionBook``."""
        values = {"called_until": called_until, "moment": moment, "after": after, "at_most": limit}

        def query(connection: Connection) -> tuple[Sequence[OldLead], int | None]:
            last = connection.scalar(_LOOKED_AT, {"after": after, "at_most": limit})
            if last is None:
                return [], None
            found = connection.execute(_UNUSED, {**values, "last": last}).all()
            return [OldLead(row.id, _record_of(row, _set_off(row))) for row in found], last

        return await self._database.read(query)

    async def destroy(self, lead_ids: Sequence[int]) -> int:
        """Destroy leads with their calls, votes and notes, and customers who have no lead left."""
        return await self._database.write(lambda connection: erasing.destroy(connection, lead_ids))

    async def leave_bare(self, lead_ids: Sequence[int]) -> int:
        """Destroy what no limit on calls asks about; see ``RetentionBook``."""
        return await self._database.write(lambda connection: erasing.leave_bare(connection, lead_ids))

    async def put_off(self, list_id: int, until: datetime, pack: str, version: str) -> None:
        """Look at the records of a deleted list again at ``until``, unless it has calls under way."""

        def unit(connection: Connection) -> None:
            campaign_id = connection.scalar(_PUT_OFF, {"of_list": list_id, "until": until})
            if campaign_id is not None:
                note = ledger_notes.list_kept(campaign_id, list_id, in_words(until), pack, version)
                ledger.append(connection, note)

        await self._database.write(unit)

    async def drop_list(self, list_id: int) -> None:
        """Forget a deleted list that has no lead left; one that has keeps."""
        await self._database.write(lambda connection: connection.execute(_DROP, {"of_list": list_id}))

    async def records_of(self, customer_id: int) -> Sequence[CallRecord]:
        """Return what is kept of calls to a customer: the newest for each campaign and number."""
        values = {"of_customer": customer_id}
        found = await self._database.read(lambda connection: connection.execute(_OF_CUSTOMER, values).all())
        return [_record_of(row) for row in found]

    async def finish_erasing(self, moment: datetime, limit: int) -> int:
        """Destroy what was still kept about erased people whose time is over; returns of how many."""
        return await self._database.write(
            lambda connection: erasing.finish_erasing(connection, moment, limit)
        )

    async def leave_no_trace(self) -> None:
        """Empty the log beside the file of what was destroyed."""
        await self._database.forget()


def _set_off(row: AnyRow) -> frozenset[After]:
    return frozenset(after for after in _SET_OFF if getattr(row, after.value))


def _record_of(row: AnyRow, after: frozenset[After] = frozenset()) -> CallRecord:
    return CallRecord(
        Purpose(row.purpose),
        tuple(row.packs),
        row.number or "",
        row.country,
        row.region,
        row.committed_at,
        after,
    )
