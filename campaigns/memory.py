"""The book of campaigns in memory: the twin of the SQL one, for tests and the simulator.

Knows the same promises as ``campaigns.ports.CampaignBook`` and keeps them in plain dictionaries, which are
public so that the dialer's twin can work on the same data. Must not know attempts' course, SQL or the clock.
No method waits in the middle, so on one event loop every method is atomic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from campaigns.errors import Fault, InvalidInput, NotFound
from campaigns.lists import LeadList, ListRow, LoadCount, LoadTerms
from campaigns.memory_loading import load_rows
from campaigns.model import Campaign, CampaignStatus, Consent, Customer, Lead, LeadPlan, LeadStatus, Purpose
from campaigns.people import NumberConsent
from campaigns.ports import PLAIN, AttemptLine, Dialled, LeadLine
from campaigns.suppression import (
    OPT_OUT_ID,
    OPT_OUT_NAME,
    SuppressedNumber,
    SuppressionKind,
    SuppressionList,
)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One change of a campaign's status: what it became, by whom, when and why."""

    campaign_id: int
    status: CampaignStatus
    by: str
    at: datetime
    reason: str


class MemoryBook:
    """``CampaignBook`` in dictionaries; ids count from 1. ``attempt_lines`` keeps the order of committing."""

    def __init__(self) -> None:
        self.campaign_rows: dict[int, Campaign] = {}
        self.status_changes: list[StatusChange] = []
        self.customer_rows: dict[int, Customer] = {}
        self.lead_rows: dict[int, Lead] = {}
        self.lead_reasons: dict[int, str] = {}
        self.attempt_lines: dict[str, AttemptLine] = {}
        self.consent_notes: dict[int, list[NumberConsent]] = {}
        self.list_rows: dict[int, LeadList] = {}
        self.suppression_lists: dict[int, SuppressionList] = {OPT_OUT_ID: _OPT_OUT}
        self.suppressed: dict[tuple[str, int], SuppressedNumber] = {}
        self.customer_by_ref: dict[str, int] = {}
        self.lead_by_key: dict[tuple[int, int, str], int] = {}

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

    async def load_rows(
        self, campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms = PLAIN
    ) -> LoadCount:
        """Add or update customers and leads; where rows of one batch contradict, the last one counts.

        Raises ``NotFound`` without such a campaign.
        """
        await self.campaign(campaign_id)
        return load_rows(self, campaign_id, rows, terms)

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

    async def destinations(self, campaign_id: int) -> Sequence[Dialled]:
        """Return one number for each address and beginning of a number, of the leads that are not done."""
        found: dict[tuple[str, str, str], str] = {}
        for lead in self.lead_rows.values():
            if lead.campaign_id != campaign_id or lead.status is LeadStatus.DONE:
                continue
            person = self.customer_rows[lead.customer_id]
            alike = (lead.number[:7], person.country, person.region)
            found[alike] = min(lead.number, found.get(alike, lead.number))
        return sorted(
            (Dialled(number, country, region) for (_, country, region), number in found.items()),
            key=lambda one: (one.number, one.country, one.region),
        )

    async def lead_counts(self, campaign_id: int) -> Mapping[LeadStatus, int]:
        """Return how many leads stand where; every status is a key."""
        counts = dict.fromkeys(LeadStatus, 0)
        for lead in self.lead_rows.values():
            if lead.campaign_id == campaign_id:
                counts[lead.status] += 1
        return counts

    async def suppress(self, number: str, reason: str, by: str, at: datetime) -> None:
        """Never call this number again; the first word about it is the one that is kept."""
        entry = SuppressedNumber(OPT_OUT_ID, number, reason, by, at)
        self.suppressed.setdefault((number, OPT_OUT_ID), entry)

    async def is_suppressed(self, number: str) -> bool:
        """Say whether this number is barred for every purpose and campaign."""
        return any(
            number == barred and kept.purpose is None and kept.campaign_id is None
            for (barred, list_id) in self.suppressed
            for kept in (self.suppression_lists[list_id],)
        )

    def lists_holding(self, campaign: Campaign, customer: Customer, number: str) -> tuple[str, ...]:
        """Return the names of the do-not-call lists that bar a call to this number of this customer."""
        return tuple(
            kept.name
            for kept in self.suppression_lists.values()
            if kept.applies_to(campaign.purpose, campaign.id)
            and any(
                (barred, kept.id) in self.suppressed
                for barred in ({number, *customer.numbers} if kept.whole_person else {number})
            )
        )

    def consents_of(self, customer_id: int, number: str) -> tuple[Consent, ...]:
        """Return the newest word of a customer on each purpose, about calls to one number."""
        newest: dict[Purpose, Consent] = {}
        for told in self.consent_notes.get(customer_id, ()):
            if told.number == number:
                newest[told.consent.purpose] = told.consent
        return tuple(newest.values())

    def note_consent(self, customer_id: int, told: NumberConsent) -> None:
        """Append what a customer said about calls to one of his numbers."""
        self.consent_notes.setdefault(customer_id, []).append(told)


_OPT_OUT = SuppressionList(
    OPT_OUT_ID,
    OPT_OUT_NAME,
    SuppressionKind.OPT_OUT,
    None,
    None,
    True,
    "service",
    datetime(1970, 1, 1, tzinfo=UTC),
)
