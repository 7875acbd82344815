"""Leads that are due, page by page, and putting many off at once: ``dialer.shut_leads.DueBook`` over SQL.

Knows the order of claiming. Must not know any rule.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Text, and_, bindparam, cast, exists, or_, select, update

from campaigns import ledger_notes
from campaigns.model import LeadStatus
from campaigns.rules.shut import Whereabouts
from campaigns.verdicts import LastVerdict
from dialer.shut_leads import DueLead, DuePage, Position
from store import ledger
from store.columns import UtcMoment
from store.database import Database
from store.many import is_one_of, values_of
from store.prepared import Prepared
from store.rows import RANK
from store.tables import consents, customers, leads
from store.verdicts import columns_of

_MOMENT = bindparam("moment", type_=UtcMoment())
_AFTER_DUE = bindparam("after_due", type_=UtcMoment())
_SPEAKS = exists().where(consents.c.customer_id == leads.c.customer_id)
# One seek in the claiming index for each class, as a claim does.
_PAGE = Prepared(
    select(
        leads.c.id,
        leads.c.number,
        cast(customers.c.zones, Text).label("zones"),
        customers.c.country,
        customers.c.region,
        _SPEAKS.label("speaks"),
    )
    .join(customers, customers.c.id == leads.c.customer_id)
    .where(
        leads.c.campaign_id == bindparam("of_campaign"),
        leads.c.status == LeadStatus.WAITING.value,
        leads.c.rank == bindparam("of_rank"),
        leads.c.due_at <= _MOMENT,
        leads.c.due_at >= _AFTER_DUE,
        or_(leads.c.due_at > _AFTER_DUE, leads.c.id > bindparam("after_id")),
        leads.c.appointment_at.is_(None),
    )
    .order_by(leads.c.due_at, leads.c.id)
    .limit(bindparam("at_most"))
)
_DUE_AT = select(leads.c.due_at).where(leads.c.id == bindparam("of_lead"))
# As they were read: whoever was claimed, or was given an appointment or a first consent since, stays.
_AS_THEY_WERE = and_(
    is_one_of(leads.c.id, "lead_ids"),
    leads.c.status == LeadStatus.WAITING.value,
    leads.c.due_at <= _MOMENT,
    leads.c.appointment_at.is_(None),
)
_PUT_OFF = update(leads).values(
    due_at=bindparam("until", type_=UtcMoment()),
    reason=bindparam("why"),
    **{name: bindparam(f"new_{name}", type_=leads.c[name].type) for name in columns_of(None)},
)
_OF_WHO_SPEAKS = _PUT_OFF.where(_AS_THEY_WERE)
_OF_WHO_IS_SILENT = _PUT_OFF.where(_AS_THEY_WERE, ~_SPEAKS)
_FIRST = datetime.min.replace(tzinfo=UTC)


class SqlDueBook:
    """``DueBook`` over one database; its faults come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due_leads(
        self, campaign_id: int, moment: datetime, after: Position | None, limit: int
    ) -> DuePage:
        """Return up to so many due leads that come after a position, in the order of claiming."""
        return await self._database.read(
            lambda connection: _due_leads(connection, campaign_id, moment, after, limit)
        )

    async def put_off(
        self, campaign_id: int, refusals: Mapping[LastVerdict, Sequence[DueLead]], moment: datetime
    ) -> int:
        """Let leads wait until the next moment of a refusal; returns how many do."""
        return await self._database.write(
            lambda connection: sum(
                _put_off(connection, campaign_id, refusal, some, moment) for refusal, some in refusals.items()
            )
        )


def _due_leads(
    connection: Connection, campaign_id: int, moment: datetime, after: Position | None, limit: int
) -> DuePage:
    found: list[DueLead] = []
    last_rank = 0
    for rank in sorted(RANK.values()):
        if after is not None and rank < after.rank:
            continue
        begun = after is not None and rank == after.rank
        values = {
            "of_campaign": campaign_id,
            "of_rank": rank,
            "moment": moment,
            "after_due": after.due_at if begun and after else _FIRST,
            "after_id": after.lead_id if begun and after else 0,
            "at_most": limit - len(found),
        }
        for lead_id, number, zones, country, region, speaks in _PAGE.rows(connection, values):
            where = Whereabouts(number, _zones(zones), country, region, bool(speaks))
            found.append(DueLead(lead_id, where))
            last_rank = rank
        if len(found) >= limit:
            break
    if not found:
        return DuePage((), None)
    last_id = found[-1].lead_id
    due_at = connection.scalar(_DUE_AT, {"of_lead": last_id})
    return DuePage(found, Position(last_rank, due_at or moment, last_id))


@lru_cache(maxsize=4_096)
def _zones(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _put_off(
    connection: Connection,
    campaign_id: int,
    refusal: LastVerdict,
    some: Sequence[DueLead],
    moment: datetime,
) -> int:
    values: dict[str, Any] = {"moment": moment, "until": refusal.next_at, "why": refusal.reason}
    values |= {f"new_{name}": value for name, value in columns_of(refusal).items()}
    count = 0
    for statement, speaks in ((_OF_WHO_SPEAKS, True), (_OF_WHO_IS_SILENT, False)):
        ids = [lead.lead_id for lead in some if lead.where.has_consents is speaks]
        if ids:
            count += connection.execute(statement, {**values, "lead_ids": values_of(ids)}).rowcount
    if count:
        ledger.append(connection, ledger_notes.put_off(campaign_id, count, refusal))
    return count
