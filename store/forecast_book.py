"""Open leads and past attempts in bulk: ``dialer.forecast.ports.ForecastBook`` over SQL.

Knows the statements that walk a campaign along the index of claiming, a page to a transaction: reading a
million leads holds nobody up. Must not know what is made of them.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Final

from sqlalchemy import Connection, bindparam, select, tuple_

from campaigns.model import Campaign, Disposition, LeadStatus
from dialer.call_facts import ring_ms, talk_ms
from dialer.forecast.ports import SeenAttempt
from dialer.ports import Claim
from store.campaign_book import campaign_by_id
from store.columns import UtcMoment
from store.database import Database
from store.evidence import evidence_of_many
from store.lead_queue import tried_of_many
from store.people import customers_by_id
from store.rows import RANK, AnyRow, facts_of, lead_of
from store.tables import attempts, leads, lists

PAGE: Final = 1_000
FIRST: Final = (datetime(1, 1, 1, tzinfo=UTC), 0)
OPEN: Final = tuple(status for status in LeadStatus if status is not LeadStatus.DONE)

_NEXT_PAGE = (
    select(leads, lists.c.active)
    .outerjoin(lists, lists.c.id == leads.c.list_id)
    .where(
        leads.c.campaign_id == bindparam("of_campaign"),
        leads.c.status == bindparam("of_status"),
        leads.c.rank == bindparam("of_rank"),
        tuple_(leads.c.due_at, leads.c.id)
        > tuple_(bindparam("after_due", type_=UtcMoment()), bindparam("after_id", type_=leads.c.id.type)),
    )
    .order_by(leads.c.due_at, leads.c.id)
    .limit(bindparam("at_most"))
)
_NEWEST = (
    select(attempts, leads.c.list_id)
    .join(leads, leads.c.id == attempts.c.lead_id)
    .where(attempts.c.campaign_id == bindparam("of_campaign"), attempts.c.disposition.is_not(None))
    .order_by(attempts.c.committed_at.desc(), attempts.c.seq.desc())
    .limit(bindparam("at_most"))
)


class SqlForecastBook:
    """``ForecastBook`` over one database; faults of the database come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""
        return await self._database.read(lambda connection: campaign_by_id(connection, campaign_id))

    async def open_leads(self, campaign_id: int, moment: datetime) -> AsyncIterator[Sequence[Claim]]:
        """Yield all leads that are not done, in pages of one snapshot each."""
        for status, rank in product(OPEN, sorted(RANK.values())):
            after: tuple[datetime, int] | None = FIRST
            while after is not None:
                place = (campaign_id, status, rank, after)
                page, after = await self._database.read_long(partial(_page, place=place, moment=moment))
                if page:
                    yield page

    async def newest_attempts(self, campaign_id: int, limit: int) -> Sequence[SeenAttempt]:
        """Return the newest settled attempts of a campaign, newest first."""
        values = {"of_campaign": campaign_id, "at_most": limit}
        return await self._database.read_long(
            lambda connection: [_seen(row) for row in connection.execute(_NEWEST, values)]
        )


def _page(
    connection: Connection, place: tuple[int, LeadStatus, int, tuple[datetime, int]], moment: datetime
) -> tuple[list[Claim], tuple[datetime, int] | None]:
    """Return the claims after a place in the index, and the place to go on from; None at the end."""
    campaign_id, status, rank, (after_due, after_id) = place
    values = {
        "of_campaign": campaign_id,
        "of_status": status.value,
        "of_rank": rank,
        "after_due": after_due,
        "after_id": after_id,
        "at_most": PAGE,
    }
    rows = connection.execute(_NEXT_PAGE, values).all()
    if not rows:
        return [], None
    people = customers_by_id(connection, [row.customer_id for row in rows])
    tried = tried_of_many(connection, [row.id for row in rows])
    evidence = evidence_of_many(connection, campaign_id, rows, moment)
    page = []
    for row, known in zip(rows, evidence, strict=True):
        lead = lead_of(row, tried.get(row.id, {}))
        if row.active is False and lead.status is LeadStatus.WAITING:
            lead = replace(lead, status=LeadStatus.HELD)
        page.append(Claim(lead, people[row.customer_id], known))
    return page, (rows[-1].due_at, rows[-1].id) if len(rows) == PAGE else None


def _seen(row: AnyRow) -> SeenAttempt:
    facts = facts_of(row)
    return SeenAttempt(
        row.committed_at, row.list_id or 0, Disposition(row.disposition), ring_ms(facts), talk_ms(facts)
    )
