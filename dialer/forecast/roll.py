"""Every open lead of a campaign, packed: a hundred bytes each, so that a million of them can be forecast.

Leads whose rules speak alike form a group: the same packs, zones, dates, consent and do-not-call lists. A
group's verdict is the real one, given to a lead of it that was never tried; it is kept by the minute, since
no rule's edge lies between two minutes. What is special about a lead (attempts, past contacts) stays with it.
Knows campaigns' rules. Must not know a day, agents or chance.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from campaigns.model import (
    Campaign,
    CampaignStatus,
    Consent,
    Customer,
    CustomerClass,
    Disposition,
    Lead,
    LeadStatus,
    PastContact,
)
from campaigns.rules import consents
from campaigns.rules.eligibility import verdict
from campaigns.rules.evidence import Evidence
from campaigns.rules.packs import Binding, RuleBook
from campaigns.verdicts import Verdict
from dialer.ports import Claim

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Due so long ago that it says nothing about when a call may be placed."""

MINUTE: Final = timedelta(minutes=1)
RANK: Final = {each: rank for rank, each in enumerate(CustomerClass)}
NEVER_TRIED: Final[tuple[tuple[Disposition, int], ...]] = ()


@dataclass(slots=True, eq=False)
class Group:
    """Leads about which the rules say the same: one of them stands for all."""

    number: int
    binding: Binding
    lead: Lead
    customer: Customer
    evidence: Evidence
    verdicts: dict[datetime, Verdict] = field(default_factory=dict)


class LeadRoll:
    """The open leads of one campaign, judged as if it were running, by their places in the roll.

    ``as_of`` is when they were read. ``automated`` and ``agent_reserved`` say how calls will be placed.
    Leads of lists that are switched off are only counted.
    """

    def __init__(
        self,
        campaign: Campaign,
        rules: RuleBook,
        as_of: datetime,
        *,
        automated: bool = False,
        agent_reserved: bool = True,
    ) -> None:
        self.campaign = replace(campaign, status=CampaignStatus.RUNNING)
        self.as_of = as_of
        self.held = 0
        self.groups: list[Group] = []
        self.numbers: list[str] = []
        self.ids = array("q")
        self.customers = array("q")
        self.lists = array("q")
        self.ranks = array("b")
        self.due = array("d")
        self.group_of = array("l")
        self.special: dict[int, tuple[dict[Disposition, int], tuple[PastContact, ...]]] = {}
        self._rules = rules
        self._spoken = Evidence(agent_reserved=agent_reserved, automated=automated)
        self._groups: dict[Any, Group] = {}
        self._last_matter: dict[int, timedelta] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, claim: Claim) -> None:
        """Enter one open lead with its evidence."""
        lead, customer, evidence = claim.lead, claim.customer, claim.evidence
        if lead.status is LeadStatus.HELD:
            self.held += 1
            return
        group = self._group(lead, customer, evidence)
        past = tuple(contact for contact in evidence.past if self._matters(group, contact))
        if lead.tried or past:
            self.special[len(self.numbers)] = (dict(lead.tried), past)
        self.numbers.append(lead.number)
        self.ids.append(lead.id)
        self.customers.append(customer.id)
        self.lists.append(lead.list_id)
        self.ranks.append(RANK[customer.customer_class])
        self.due.append(lead.due_at.timestamp())
        self.group_of.append(group.number)

    def group(self, place: int) -> Group:
        """Return the group of a lead."""
        return self.groups[self.group_of[place]]

    def due_at(self, place: int) -> datetime:
        """Return when a lead is due by what is stored."""
        return datetime.fromtimestamp(self.due[place], UTC)

    def group_verdict(self, group: Group, moment: datetime) -> Verdict:
        """Return what the rules say at ``moment`` of a lead of this group that is due and was never tried."""
        minute = moment.replace(second=0, microsecond=0)
        found = group.verdicts.get(minute)
        if found is None:
            judged = self._judge(group.lead, group.customer, group.evidence, minute)
            found = group.verdicts[minute] = judged
        return found

    def verdict(
        self,
        place: int,
        moment: datetime,
        tried: Mapping[Disposition, int] | None = None,
        past: Sequence[PastContact] = (),
        due_at: datetime = LONG_AGO,
    ) -> Verdict:
        """Return what the rules say of one lead, with all that is known of it and ``past`` besides.

        ``tried`` None takes what is stored.
        """
        group = self.group(place)
        stored, before = self.special.get(place, ({}, ()))
        lead = self._lead(group, place, stored if tried is None else tried, due_at)
        evidence = replace(group.evidence, past=(*past, *before))
        return self._judge(lead, group.customer, evidence, moment)

    def lead(self, place: int, tried: Mapping[Disposition, int]) -> Lead:
        """Return a lead as the retry rules want it, tried so often."""
        return self._lead(self.group(place), place, tried, LONG_AGO)

    def _lead(self, group: Group, place: int, tried: Mapping[Disposition, int], due_at: datetime) -> Lead:
        one = group.lead
        return Lead(
            id=self.ids[place],
            campaign_id=one.campaign_id,
            customer_id=self.customers[place],
            number=self.numbers[place],
            status=one.status,
            due_at=due_at,
            fields=one.fields,
            tried=tried,
        )

    def tried(self, place: int) -> dict[Disposition, int]:
        """Return how often a lead was tried by what is stored, by disposition."""
        return self.special[place][0] if place in self.special else {}

    def _judge(self, lead: Lead, customer: Customer, evidence: Evidence, moment: datetime) -> Verdict:
        return verdict(lead, customer, evidence, self.campaign, moment, self._rules)

    def _group(self, lead: Lead, customer: Customer, evidence: Evidence) -> Group:
        campaign = self.campaign
        binding = self._rules.binding(
            campaign.purpose, lead.number, customer.country, customer.region, campaign.packs
        )
        said = self._consent(binding, evidence.consents)
        dates = [rule.anchor.field for _, rule in binding.anchors]
        if campaign.anchor is not None:
            dates.append(campaign.anchor.field)
        fields = {name: lead.fields.get(name, "") for name in dates}
        key = (
            id(binding),
            customer.zones,
            said[0],
            tuple(fields.items()),
            evidence.suppressed,
            evidence.appointment,
        )
        found = self._groups.get(key)
        if found is None:
            found = Group(
                len(self.groups),
                binding,
                replace(lead, status=LeadStatus.CLAIMED, due_at=LONG_AGO, tried={}, fields=fields),
                replace(customer, extras={}, kinds={}, numbers=()),
                replace(
                    self._spoken,
                    suppressed=evidence.suppressed,
                    consents=said[1],
                    appointment=evidence.appointment,
                ),
            )
            self._groups[key] = found
            self.groups.append(found)
            self._last_matter[found.number] = _longest(binding)
        return found

    def _consent(self, binding: Binding, told: Sequence[Consent]) -> tuple[Any, tuple[Consent, ...]]:
        """Return what a person's word on this purpose comes to, and the words; their texts make no group."""
        words = tuple(word for word in told if word.purpose is self.campaign.purpose)
        if any(word.at is not None and word.at > self.as_of for word in words):
            return words, words
        word = consents.standing(words, self.campaign.purpose, self.as_of)
        if word is None:
            return None, ()
        worth = tuple(consents.satisfies(word, rule) for _, rule in binding.consents)
        return (word.given, consents.is_proven(word), worth), (word,)

    def _matters(self, group: Group, contact: PastContact) -> bool:
        """Say whether a past contact can still hold a call up."""
        return contact.at + self._last_matter[group.number] > self.as_of


def _longest(binding: Binding) -> timedelta:
    """Return the longest that any cap or block of these packs looks back; months and zones differ by days."""
    periods = [cap.period for _, cap in binding.caps] + [block.period for _, block in binding.blocks]
    lengths = [period.ends(LONG_AGO, ("UTC",)) - LONG_AGO for period in periods]
    return max(lengths, default=timedelta(0)) + timedelta(days=3)
