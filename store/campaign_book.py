"""Campaigns, lists and history at rest: ``campaigns.ports.CampaignBook`` over SQL.

Knows the queries behind that port. Must not know calls being made; those are ``store.call_book``'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaigns import ledger_notes
from campaigns.due_now import LeadGroup
from campaigns.errors import Fault, InvalidInput, NotFound
from campaigns.lines import AttemptLine, LeadLine
from campaigns.lists import ListRow, LoadCount, LoadTerms
from campaigns.model import Campaign, CampaignStatus, Customer, HoursWindow, LeadStatus
from campaigns.ports import PAGE, PLAIN, Dialled
from campaigns.reporting import Page, Tally
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber
from store import lead_counting, ledger, reporting, verdicts
from store.database import Database
from store.list_loading import load_rows
from store.parking import put_on_lists
from store.people import customer_by_id
from store.prepared import Prepared
from store.rows import attempt_line_of, campaign_of, campaign_values
from store.suppressing import is_suppressed
from store.tables import (
    attempts,
    campaign_status_changes,
    campaigns,
    customers,
    leads,
)

_CAMPAIGN = Prepared(select(campaigns).where(campaigns.c.id == bindparam("campaign_id")))
_CAMPAIGNS = select(campaigns).order_by(campaigns.c.id)
_HISTORY = (
    reporting.LINES.where(attempts.c.customer_id == bindparam("customer_id"))
    .order_by(attempts.c.committed_at.desc(), attempts.c.seq.desc())
    .limit(bindparam("at_most"))
)
_BEGINS = func.substr(leads.c.number, 1, 7)
_DESTINATION = func.min(leads.c.number).label("number")
_DESTINATIONS = (
    select(_DESTINATION, customers.c.country, customers.c.region)
    .join(customers, customers.c.id == leads.c.customer_id)
    .where(leads.c.campaign_id == bindparam("campaign_id"), leads.c.status != LeadStatus.DONE.value)
    .group_by(_BEGINS, customers.c.country, customers.c.region)
    .order_by(_DESTINATION, customers.c.country, customers.c.region)
)


def campaign_by_id(connection: Connection, campaign_id: int) -> Campaign:
    """Return one campaign; raises ``NotFound``."""
    row = _CAMPAIGN.row(connection, {"campaign_id": campaign_id})
    if row is None:
        raise NotFound(f"no campaign {campaign_id}")
    return campaign_of(row)


class SqlCampaignBook:
    """``CampaignBook`` over one database; faults of the database come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_campaign(self, campaign: Campaign) -> Campaign:
        """Store a new campaign and return it with its id; raises ``InvalidInput`` when the name is taken."""
        return await self._database.write(partial(_add_campaign, campaign=campaign))

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""
        return await self._database.read(lambda connection: campaign_by_id(connection, campaign_id))

    async def campaigns(self) -> Sequence[Campaign]:
        """Return all campaigns, oldest first."""
        return await self._database.read(
            lambda connection: [campaign_of(row) for row in connection.execute(_CAMPAIGNS)]
        )

    async def set_status(
        self, campaign_id: int, status: CampaignStatus, by: str, at: datetime, reason: str = ""
    ) -> Campaign:
        """Store a change of status, and append it to the record of changes; raises ``NotFound``."""

        def unit(connection: Connection) -> Campaign:
            was = campaign_by_id(connection, campaign_id).status
            connection.execute(
                update(campaigns).where(campaigns.c.id == campaign_id),
                {"status": status.value, "status_by": by, "status_at": at, "status_reason": reason},
            )
            changed = campaign_by_id(connection, campaign_id)
            connection.execute(
                insert(campaign_status_changes),
                {
                    "campaign_id": campaign_id,
                    "status": status.value,
                    "changed_by": by,
                    "changed_at": at,
                    "reason": reason,
                },
            )
            ledger.append(connection, ledger_notes.status_changed(was, changed))
            verdicts.overtake_campaign(connection, campaign_id)
            return changed

        return await self._database.write(unit)

    async def load_rows(
        self, campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms = PLAIN
    ) -> LoadCount:
        """Add or update customers and leads in one transaction; raises ``NotFound`` without a campaign."""

        def unit(connection: Connection) -> LoadCount:
            campaign_by_id(connection, campaign_id)
            return load_rows(connection, campaign_id, rows, terms)

        return await (self._database.read_long(unit) if terms.dry_run else self._database.write(unit))

    async def customer(self, customer_id: int) -> Customer:
        """Return one customer; raises ``NotFound``."""
        customer = await self._database.read(lambda connection: customer_by_id(connection, customer_id))
        if customer is None:
            raise NotFound(f"no customer {customer_id}")
        return customer

    async def history(self, customer_id: int, limit: int = 50) -> Sequence[AttemptLine]:
        """Return a customer's attempts over all campaigns, newest first."""
        values = {"customer_id": customer_id, "at_most": limit}
        return await self._database.read(
            lambda connection: [attempt_line_of(row) for row in connection.execute(_HISTORY, values)]
        )

    async def attempts(self, campaign_id: int, after: str = "", limit: int = PAGE) -> Page[AttemptLine]:
        """Return a campaign's attempts, newest first; raises ``NotFound`` for an unknown ``after``."""
        return await self._database.read_long(
            lambda connection: reporting.attempt_page(connection, campaign_id, after, limit)
        )

    async def leads(
        self, campaign_id: int, after: int = 0, limit: int = PAGE, *, reached: bool | None = None
    ) -> Page[LeadLine]:
        """Return a campaign's leads by id, all or those that were, or were not, reached."""
        return await self._database.read_long(
            lambda connection: reporting.lead_page(connection, campaign_id, after, limit, reached)
        )

    async def tally(self, campaign_id: int) -> Tally:
        """Count a campaign's leads and attempts in one snapshot."""
        return await self._database.read_long(lambda connection: reporting.tally(connection, campaign_id))

    async def destinations(self, campaign_id: int) -> Sequence[Dialled]:
        """Return one number for each address and beginning of a number, of the leads that are not done."""
        values = {"campaign_id": campaign_id}
        found = await self._database.read_long(
            lambda connection: connection.execute(_DESTINATIONS, values).all()
        )
        return [Dialled(row.number, row.country, row.region) for row in found]

    async def lead_counts(self, campaign_id: int) -> Mapping[LeadStatus, int]:
        """Return how many leads stand where; every status is a key."""
        return await self._database.read(lambda connection: reporting.lead_counts(connection, campaign_id))

    async def set_rules(
        self, campaign_id: int, hours: tuple[HoursWindow, ...], packs: tuple[str, ...], by: str, at: datetime
    ) -> Campaign:
        """Store other calling hours and rule packs; raises ``NotFound``."""

        def unit(connection: Connection) -> Campaign:
            before = campaign_by_id(connection, campaign_id)
            values = campaign_values(replace(before, hours=hours, packs=packs))
            kept = {name: values[name] for name in ("hours", "packs")}
            connection.execute(update(campaigns).where(campaigns.c.id == campaign_id), kept)
            changed = campaign_by_id(connection, campaign_id)
            ledger.append(connection, ledger_notes.rules_changed(changed, by))
            verdicts.judge_claimed_again(connection, campaign_id, f"rules changed by {by}", at)
            return changed

        return await self._database.write(unit)

    async def set_weight(self, campaign_id: int, weight: int, by: str) -> Campaign:
        """Store a campaign's part of the shared agents; raises ``NotFound``."""

        def unit(connection: Connection) -> Campaign:
            changed = replace(campaign_by_id(connection, campaign_id), weight=weight)
            connection.execute(update(campaigns).where(campaigns.c.id == campaign_id), {"weight": weight})
            ledger.append(connection, ledger_notes.weighed(changed, by))
            return changed

        return await self._database.write(unit)

    async def lead_groups(self, campaign_id: int, moment: datetime) -> Sequence[LeadGroup]:
        """Count a campaign's leads by where they stand and what refused them last; every lead once."""
        return await self._database.read_long(
            lambda connection: lead_counting.groups(connection, campaign_id, moment)
        )

    async def claimed_judged_again(self, campaign_id: int, cause: str, at: datetime) -> None:
        """See to it that no lead that is claimed now is parked by the verdict that is being made on it."""
        await self._database.write(
            lambda connection: verdicts.judge_claimed_again(connection, campaign_id, cause, at)
        )

    async def refused_otherwise(
        self, campaign_id: int, stands: str, at: datetime, limit: int
    ) -> Sequence[int]:
        """Return the ids of up to so many leads whose refusal stood on anything but ``stands``."""
        return await self._database.read_long(
            lambda connection: verdicts.outdated(connection, campaign_id, stands, at, limit)
        )

    async def some_judged_again(
        self, campaign_id: int, lead_ids: Sequence[int], stands: str, cause: str, at: datetime
    ) -> int:
        """Let those of the leads wait again whose refusal stood on anything but ``stands``."""
        return await self._database.write(
            lambda connection: verdicts.lift_outdated(connection, campaign_id, lead_ids, stands, cause, at)
        )

    async def suppress(self, number: str, reason: str, by: str, at: datetime) -> None:
        """Never call this number again; the first word about it is the one that is kept."""
        entry = SuppressedNumber(OPT_OUT_ID, number, reason, by, at)
        await self._database.write(lambda connection: put_on_lists(connection, [entry]))

    async def is_suppressed(self, number: str) -> bool:
        """Say whether this number asked to be left alone."""
        return await self._database.read(lambda connection: is_suppressed(connection, number))


def _add_campaign(connection: Connection, campaign: Campaign) -> Campaign:
    values = campaign_values(campaign)
    try:
        row = connection.execute(insert(campaigns).returning(campaigns), values).one()
    except IntegrityError as fault:
        # The name is the table's only key that a caller can hit: the id is ours.
        problem = Fault("name", f"there is a campaign named {campaign.name!r} already")
        raise InvalidInput([problem]) from fault
    made = campaign_of(row)
    ledger.append(connection, ledger_notes.campaign_made(made))
    return made
