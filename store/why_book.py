"""What is known about one person in one campaign: ``campaigns.books.WhyBook`` over SQL.

Knows how a case is put together without claiming anything. Must not know what a rule makes of it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from campaigns.books import LeadCase
from store import verdicts
from store.database import Database
from store.evidence import evidence_of
from store.lead_queue import tried
from store.people import customers_by_id
from store.rows import lead_of
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
