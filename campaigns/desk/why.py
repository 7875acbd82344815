"""Why a campaign is or is not dialing, and what stands in the way of one person: for whoever asks.

Knows the order of work. Must not know HTTP, a database, or what a rule says.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.books import LeadCase, WhyBook
from campaigns.due_now import as_judged, due_of, one_in
from campaigns.errors import NotFound
from campaigns.lines import AttemptLine
from campaigns.model import (
    Campaign,
    CampaignStatus,
    Customer,
    Lead,
)
from campaigns.ports import CampaignBook
from campaigns.rules.eligibility import case_of, verdict
from campaigns.rules.evidence import Evidence
from campaigns.rules.findings import Finding, findings
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from campaigns.verdicts import Verdict, VerdictChange
from campaigns.why import Why, explain
from campaigns.why_facts import Live


@dataclass(frozen=True, slots=True)
class LeadWhy:
    """One lead of a person: the verdict now, every rule's finding, and how the verdict changed so far."""

    lead: Lead
    verdict: Verdict
    findings: tuple[Finding, ...]
    evidence: Evidence
    changes: tuple[VerdictChange, ...]


@dataclass(frozen=True, slots=True)
class PersonWhy:
    """A person in a campaign: his leads, and his contacts over all campaigns, newest first."""

    campaign: Campaign
    at: datetime
    customer: Customer
    leads: tuple[LeadWhy, ...]
    history: Sequence[AttemptLine]


_Asked = tuple[Lead, Customer, Evidence, Campaign, datetime, RuleBook]


class WhyDesk:
    """Answers why. ``live`` tells what only the running service knows about a campaign.

    ``needs_agent`` says whether somebody of ours speaks in a campaign's calls.
    """

    def __init__(
        self,
        book: CampaignBook,
        cases: WhyBook,
        rules: RulesInForce,
        now: Callable[[], datetime],
        live: Callable[[Campaign], Awaitable[Live]],
        needs_agent: Callable[[Campaign], bool],
        as_it_stands: Callable[[Campaign], Campaign] = lambda campaign: campaign,
    ) -> None:
        self._book = book
        self._cases = cases
        self._rules = rules
        self._now = now
        self._live = live
        self._needs_agent = needs_agent
        self._as_it_stands = as_it_stands

    async def campaign(self, campaign_id: int) -> Why:
        """Return why a campaign is or is not dialing now; raises ``NotFound``.

        Leads that are due are judged for it, a sample where they are many, because nobody else may have done
        so: nothing is claimed and nothing kept. The outside check is not asked.
        """
        campaign = self._as_it_stands(await self._book.campaign(campaign_id))
        now = self._now()
        groups = await self._book.lead_groups(campaign_id, now)
        verdicts = await self._verdicts(campaign, now, due_of(groups))
        return explain(campaign, now, as_judged(groups, verdicts), await self._live(campaign))

    async def _verdicts(self, campaign: Campaign, now: datetime, due: int) -> Sequence[Verdict]:
        """Judge the leads that are due, or a sample of them, as if the campaign ran."""
        if not due:
            return ()
        running = replace(campaign, status=CampaignStatus.RUNNING)
        cases = await self._cases.due_cases(campaign.id, now, one_in(due))
        return await asyncio.to_thread(lambda: [verdict(*self._about(case, running, now)) for case in cases])

    async def customer(self, campaign_id: int, who: str) -> PersonWhy:
        """Judge a person's leads in a campaign now, by reference or number; raises ``NotFound``.

        Nothing is claimed and nothing kept. The outside check is not asked.
        """
        campaign = self._as_it_stands(await self._book.campaign(campaign_id))
        now = self._now()
        found = await self._cases.cases(campaign_id, who, now)
        if not found:
            raise NotFound(f"nobody with the reference or number {who} is in campaign {campaign_id}")
        customer = found[0].customer
        return PersonWhy(
            campaign=campaign,
            at=now,
            customer=customer,
            leads=tuple(self._judged(case, campaign, now) for case in found if case.customer == customer),
            history=await self._book.history(customer.id),
        )

    def _judged(self, case: LeadCase, campaign: Campaign, now: datetime) -> LeadWhy:
        about = self._about(case, campaign, now)
        return LeadWhy(case.lead, verdict(*about), findings(case_of(*about)), about[2], case.changes)

    def _about(self, case: LeadCase, campaign: Campaign, now: datetime) -> _Asked:
        """Put together what a verdict is asked about: with an agent ready, where an agent speaks."""
        spoken = self._needs_agent(campaign)
        evidence = replace(case.evidence, agent_reserved=spoken, automated=not spoken)
        return case.lead, case.customer, evidence, campaign, now, self._rules.book
