"""What is known about people in one campaign, without claiming them: ``campaigns.books.WhyBook`` over SQL.

Knows how a case is put together. Must not know what a rule makes of it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from campaigns.books import LeadCase
from campaigns.model import LeadStatus
from store import verdicts
from store.columns import UtcMoment
from store.database import Database
from store.evidence import evidence_of, evidence_of_many
from store.lead_queue import tried, tried_of_many
from store.people import customers_by_id
from store.rows import RANK, lead_of
from store.tables import customers, leads, numbers

_CASES = (
    select(leads)
    .where(
        leads.c.campaign_id == bindparam("of_campaign"),
        or_(
            leads.c.customer_id.in_(select(customers.c.id).where(customers.c.ref == bindparam("who"))),
            leads.c.customer_id.in_(
                select(numbers.c.customer_id).where(numbers.c.number == bindparam("who"))
            ),
        ),
    )
    .order_by(leads.c.id)
)
# Spread over whatever a list is ordered by: 2654435761 is Knuth's multiplier (2**32 over the golden
# ratio); the prime keeps a list in which every n-th lead is alike from being sampled at one of them only.
_SPREAD = leads.c.id * 2_654_435_761 % 4_294_967_291 % bindparam("one_in", type_=leads.c.id.type)
_DUE_CASES = (
    select(leads)
    .order_by(leads.c.id)
    .where(
        leads.c.id.in_(
            # Class by class in ix_leads_claim, which holds every column asked for: only due ones are seen.
            select(leads.c.id).where(
                leads.c.campaign_id == bindparam("of_campaign"),
                leads.c.status == LeadStatus.WAITING.value,
                leads.c.rank.in_(sorted(RANK.values())),
                leads.c.due_at <= bindparam("moment", type_=UtcMoment()),
                _SPREAD == 0,
            )
        )
    )
)


class SqlWhyBook:
    """``WhyBook`` over one database; its faults come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cases(self, campaign_id: int, who: str, moment: datetime) -> Sequence[LeadCase]:
        """Return the leads of a customer, by reference or number, with all that a verdict needs."""

        def query(connection: Connection) -> Sequence[LeadCase]:
            rows = connection.execute(_CASES, {"of_campaign": campaign_id, "who": who}).all()
            people = customers_by_id(connection, [row.customer_id for row in rows])
            return [
                LeadCase(
                    lead=lead_of(row, tried(connection, row.id)),
                    customer=people[row.customer_id],
                    evidence=evidence_of(connection, row, moment),
                    changes=tuple(verdicts.history(connection, row.id)),
                )
                for row in rows
            ]

        return await self._database.read(query)

    async def due_cases(self, campaign_id: int, moment: datetime, one_in: int) -> Sequence[LeadCase]:
        """Return about one in so many of the leads that wait and are due at a moment."""
        values = {"of_campaign": campaign_id, "moment": moment, "one_in": one_in}

        def query(connection: Connection) -> Sequence[LeadCase]:
            rows = connection.execute(_DUE_CASES, values).all()
            people = customers_by_id(connection, [row.customer_id for row in rows])
            ended = tried_of_many(connection, [row.id for row in rows])
            about = evidence_of_many(connection, campaign_id, rows, moment)
            return [
                LeadCase(lead_of(row, ended.get(row.id, {})), people[row.customer_id], evidence)
                for row, evidence in zip(rows, about, strict=True)
            ]

        return await self._database.read_long(query)
