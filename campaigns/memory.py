"""The book of campaigns in memory: the twin of the SQL one, for tests and the simulator.

Knows the same promises as ``campaigns.ports.CampaignBook`` and keeps them in plain dictionaries, which are
public so that the dialer's twin can work on the same data. Must not know attempts' course, SQL or the clock.
No method waits in the middle, so on one event loop every method is atomic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.errors import Fault, InvalidInput, NotFound
from campaigns.model import Campaign, CampaignStatus, Customer, Lead, LeadPlan, LeadStatus
from campaigns.ports import AttemptLine, LeadLine, ListRow, LoadCount


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One change of a campaign's status: what it became, by whom, when and why."""

    campaign_id: int
    status: CampaignStatus
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """One number that must never be called again, with who said so, when and why."""

    number: str
    reason: str
    by: str
    at: datetime


class MemoryBook:
    """``CampaignBook`` in dictionaries; ids count from 1. ``attempt_lines`` keeps the order of committing."""

    def __init__(self) -> None:
        self.campaign_rows: dict[int, Campaign] = {}
        self.status_changes: list[StatusChange] = []
        self.customer_rows: dict[int, Customer] = {}
        self.lead_rows: dict[int, Lead] = {}
        self.lead_reasons: dict[int, str] = {}
        self.attempt_lines: dict[str, AttemptLine] = {}
        self.suppressions: dict[str, Suppression] = {}
        self._customer_by_ref: dict[str, int] = {}
        self._lead_by_key: dict[tuple[int, int, str], int] = {}

    async def add_campaign(self, campaign: Campaign) -> Campaign:
        """Store a new campaign under the next id; raises ``InvalidInput`` when the name is taken."""
        if any(kept.name == campaign.name for kept in self.campaign_rows.values()):
            raise InvalidInput([Fault("name", f"there is a campaign named {campaign.name!r} already")])
        kept = replace(campaign, id=len(self.campaign_rows) + 1)
        self.campaign_rows[kept.id] = kept
        return kept

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""
        try:
            return self.campaign_rows[campaign_id]
        except KeyError:
            raise NotFound(f"no campaign {campaign_id}") from None

    async def campaigns(self) -> Sequence[Campaign]:
        """Return all campaigns, oldest first."""
        return tuple(self.campaign_rows.values())

    async def set_status(
        self, campaign_id: int, status: CampaignStatus, by: str, at: datetime, reason: str = ""
    ) -> Campaign:
        """Store a change of status and append it to ``status_changes``; raises ``NotFound``."""
        changed = replace(
            await self.campaign(campaign_id), status=status, status_by=by, status_at=at, status_reason=reason
        )
        self.campaign_rows[campaign_id] = changed
        self.status_changes.append(StatusChange(campaign_id, status, by, at, reason))
        return changed

    async def load_rows(self, campaign_id: int, rows: Sequence[ListRow]) -> LoadCount:
        """Add or update customers and leads; where rows of one batch contradict, the last one counts.

        Raises ``NotFound`` without such a campaign.
        """
        await self.campaign(campaign_id)
        changed_refs = {row.ref for row in {row.ref: row for row in rows}.values() if self._keep_person(row)}
        newest = {(row.ref, row.number): row for row in rows}
        loaded = updated = 0
        for row in newest.values():
            customer_id = self._keep_number(row)
            lead_id = self._lead_by_key.get((campaign_id, customer_id, row.number))
            if lead_id is None:
                self._add_lead(campaign_id, customer_id, row)
                loaded += 1
            elif self._change_fields(lead_id, row) or row.ref in changed_refs:
                updated += 1
        return LoadCount(loaded, updated, len(rows) - loaded - updated)

    def _keep_person(self, row: ListRow) -> bool:
        """Add or update who the row is about; true when somebody known was changed."""
        customer_id = self._customer_by_ref.get(row.ref)
        numbers = () if customer_id is None else self.customer_rows[customer_id].numbers
        person = Customer(
            id=len(self.customer_rows) + 1 if customer_id is None else customer_id,
            ref=row.ref,
            name=row.name,
            title=row.title,
            language=row.language,
            customer_class=row.customer_class,
            zones=tuple(row.zones),
            numbers=numbers,
            extras=dict(row.extras),
        )
        known = self.customer_rows.get(person.id)
        self.customer_rows[person.id] = person
        self._customer_by_ref[row.ref] = person.id
        return known is not None and known != person

    def _keep_number(self, row: ListRow) -> int:
        customer_id = self._customer_by_ref[row.ref]
        person = self.customer_rows[customer_id]
        if row.number not in person.numbers:
            self.customer_rows[customer_id] = replace(person, numbers=(*person.numbers, row.number))
        return customer_id

    def _add_lead(self, campaign_id: int, customer_id: int, row: ListRow) -> None:
        lead_id = len(self.lead_rows) + 1
        self.lead_rows[lead_id] = Lead(
            id=lead_id,
            campaign_id=campaign_id,
            customer_id=customer_id,
            number=row.number,
            status=LeadStatus.WAITING,
            due_at=row.due_at,
            fields=dict(row.fields),
        )
        self.lead_reasons[lead_id] = ""
        self._lead_by_key[campaign_id, customer_id, row.number] = lead_id

    def _change_fields(self, lead_id: int, row: ListRow) -> bool:
        """Take over changed fields; a lead that was never tried then takes over the due time as well."""
        lead = self.lead_rows[lead_id]
        if dict(lead.fields) == dict(row.fields):
            return False
        untouched = lead.status is LeadStatus.WAITING and lead.last_at is None
        due_at = row.due_at if untouched else lead.due_at
        self.lead_rows[lead_id] = replace(lead, fields=dict(row.fields), due_at=due_at)
        return True

    def apply_plan(self, lead_id: int, plan: LeadPlan) -> None:
        """Put a lead where a plan says; the dialer's twin calls it when an attempt or a refusal is over."""
        lead = self.lead_rows[lead_id]
        done = plan.status is LeadStatus.DONE
        self.lead_reasons[lead_id] = plan.reason
        self.lead_rows[lead_id] = replace(
            lead,
            status=plan.status,
            due_at=plan.due_at or lead.due_at,
            closed_reason=plan.reason if done else "",
        )

    async def customer(self, customer_id: int) -> Customer:
        """Return one customer; raises ``NotFound``."""
        try:
            return self.customer_rows[customer_id]
        except KeyError:
            raise NotFound(f"no customer {customer_id}") from None

    async def history(self, customer_id: int, limit: int = 50) -> Sequence[AttemptLine]:
        """Return a customer's attempts over all campaigns, newest first."""
        lines = [line for line in self._lines() if line.customer_id == customer_id]
        return tuple(lines[::-1][:limit])

    async def attempts(self, campaign_id: int) -> Sequence[AttemptLine]:
        """Return every attempt of a campaign, oldest first."""
        return tuple(
            line for line in self._lines() if self.lead_rows[line.lead_id].campaign_id == campaign_id
        )

    def _lines(self) -> list[AttemptLine]:
        """All attempts, oldest first, with their customers as they are called now."""
        lines = []
        for line in self.attempt_lines.values():
            person = self.customer_rows[line.customer_id]
            lines.append(replace(line, customer_ref=person.ref, customer_name=person.name))
        return sorted(lines, key=lambda line: line.started_at)

    async def leads(self, campaign_id: int) -> Sequence[LeadLine]:
        """Return every lead of a campaign, by id."""
        last = {line.lead_id: line.disposition for line in self.attempt_lines.values() if line.disposition}
        lines = []
        for lead in self.lead_rows.values():
            if lead.campaign_id != campaign_id:
                continue
            person = self.customer_rows[lead.customer_id]
            lines.append(
                LeadLine(
                    lead_id=lead.id,
                    customer_ref=person.ref,
                    customer_name=person.name,
                    number=lead.number,
                    status=lead.status,
                    attempts=lead.attempts,
                    last_disposition=last.get(lead.id),
                    due_at=None if lead.status is LeadStatus.DONE else lead.due_at,
                    reason=self.lead_reasons[lead.id],
                )
            )
        return tuple(lines)

    async def lead_counts(self, campaign_id: int) -> Mapping[LeadStatus, int]:
        """Return how many leads stand where; every status is a key."""
        counts = dict.fromkeys(LeadStatus, 0)
        for lead in self.lead_rows.values():
            if lead.campaign_id == campaign_id:
                counts[lead.status] += 1
        return counts

    async def suppress(self, number: str, reason: str, by: str, at: datetime) -> None:
        """Never call this number again; the first word about it is the one that is kept."""
        self.suppressions.setdefault(number, Suppression(number, reason, by, at))

    async def is_suppressed(self, number: str) -> bool:
        """Say whether this number asked to be left alone."""
        return number in self.suppressions
