"""What pacing reads of leads and attempts, and what it learned: ``dialer.pacing_book.PacingBook`` over SQL.

Knows the queries behind that port. Must not know how calls are paced.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, func, or_, select

from campaigns.model import Disposition, LeadStatus, Screened
from campaigns.rules.amd_errors import Screens
from dialer.pacing_book import AnswerCount, LeadPlace
from store.columns import UtcMoment
from store.database import Database
from store.tables import attempts, campaigns, customers, leads, learned_pacing, wrap_ups
from store.writing import insert_or_replace

_CAMPAIGN = bindparam("of_campaign", type_=leads.c.campaign_id.type)

# So many digits tell the place of a number: the area code in North America, and more than any country code.
_PREFIX = case(
    (leads.c.number.like("+1%"), func.substr(leads.c.number, 1, 5)), else_=func.substr(leads.c.number, 1, 7)
)
_PLACES = (
    select(func.min(leads.c.number), customers.c.country, customers.c.region, leads.c.list_id)
    .join(customers, customers.c.id == leads.c.customer_id)
    .where(leads.c.campaign_id == _CAMPAIGN, leads.c.status != LeadStatus.DONE.value)
    .group_by(_PREFIX, customers.c.country, customers.c.region, leads.c.list_id)
)
_FIRST_ATTEMPT = select(func.min(attempts.c.committed_at)).where(attempts.c.campaign_id == _CAMPAIGN)
_LEARNED = select(learned_pacing.c.name, learned_pacing.c.learned).where(
    learned_pacing.c.campaign_id == _CAMPAIGN
)


def _counting() -> Select[Any]:
    """Count live answers and machines in a window, in the order of ``AnswerCount`` and its ``Screens``.

    Naming the campaigns lets the index on them and the moment serve.
    """
    abandoned = attempts.c.disposition == Disposition.ABANDONED.value
    checked = and_(attempts.c.amd == Screened.CHECKED.value, attempts.c.bridged_at.is_not(None))
    machine = and_(attempts.c.amd.in_((Screened.MACHINE.value, Screened.CHECKED.value)), ~checked)
    judged = and_(checked, wrap_ups.c.outcome != "")
    counted = (
        or_(abandoned, attempts.c.disposition == Disposition.CONNECTED.value),
        abandoned,
        machine,
        checked,
        judged,
        and_(judged, wrap_ups.c.outcome != Disposition.MACHINE.value),
    )
    return (
        select(*[func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in counted])
        .select_from(attempts.outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id))
        .where(
            attempts.c.disposition.is_not(None),
            attempts.c.committed_at >= bindparam("since", type_=UtcMoment()),
            attempts.c.committed_at < bindparam("until", type_=UtcMoment()),
        )
    )


_COUNT_ALL = _counting().where(attempts.c.campaign_id.in_(select(campaigns.c.id)))
_COUNT_ONE = _counting().where(attempts.c.campaign_id == _CAMPAIGN)


class SqlPacingBook:
    """``PacingBook`` over one database; faults of the database come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lead_places(self, campaign_id: int) -> Sequence[LeadPlace]:
        """Return where a campaign's open leads lie: one line for each place and list."""
        values = {"of_campaign": campaign_id}
        rows = await self._database.read(lambda connection: connection.execute(_PLACES, values).all())
        return [LeadPlace(number, country, region, list_id or 0) for number, country, region, list_id in rows]

    async def first_attempt_at(self, campaign_id: int) -> datetime | None:
        """Return when the campaign's first attempt was committed; None before it."""
        values = {"of_campaign": campaign_id}
        return await self._database.read(lambda connection: connection.scalar(_FIRST_ATTEMPT, values))

    async def answer_counts(
        self, campaign_id: int | None, windows: Sequence[tuple[datetime, datetime]]
    ) -> Sequence[AnswerCount]:
        """Count settled attempts committed in each half-open window, of one campaign or of all."""
        return await self._database.read(lambda connection: _counts(connection, campaign_id, windows))

    async def learned(self, campaign_id: int) -> Mapping[str, Mapping[str, Any]]:
        """Return what pacing learned in a campaign, by name."""
        values = {"of_campaign": campaign_id}
        rows = await self._database.read(lambda connection: connection.execute(_LEARNED, values).all())
        return {row.name: row.learned for row in rows}

    async def keep_learned(
        self, campaign_id: int, entries: Mapping[str, Mapping[str, Any]], at: datetime
    ) -> None:
        """Store learned entries under their names, each in place of what was there."""

        def unit(connection: Connection) -> None:
            for name, learned in entries.items():
                row = {"campaign_id": campaign_id, "name": name, "learned": learned, "learned_at": at}
                insert_or_replace(connection, learned_pacing, row)

        await self._database.write(unit)


def _counts(
    connection: Connection, campaign_id: int | None, windows: Sequence[tuple[datetime, datetime]]
) -> list[AnswerCount]:
    statement = _COUNT_ALL if campaign_id is None else _COUNT_ONE
    scope = {} if campaign_id is None else {"of_campaign": campaign_id}
    counts = []
    for since, until in windows:
        row = connection.execute(statement, {**scope, "since": since, "until": until}).one()
        live, abandoned, machine, checked, judged, persons = row
        screens = Screens(machine=machine, checked=checked, judged=judged, persons=persons)
        counts.append(AnswerCount(live, abandoned, screens))
    return counts
