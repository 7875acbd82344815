"""Why a campaign is or is not dialing, on the wire."""

from datetime import datetime
from typing import Self

from pydantic import Field

from campaigns.desk.why import LeadWhy, PersonWhy
from campaigns.model import CampaignStatus, LeadStatus
from campaigns.why import Why
from console.schemas.campaigns import AttemptOut
from console.schemas.kinds import Query, RequiredLine, Response
from console.schemas.people import ConsentOut


class WhoQuery(Query):
    """Whom to explain: a reference or a number in E.164."""

    who: RequiredLine = Field(description="The customer's reference, or a number like +34912345678")


class WhyReasonOut(Response):
    """One thing that keeps calls from being placed, or lets them; ``since`` and ``until`` where they are
    known. ``zone`` is the zone whose clock ``until`` is about."""

    code: str
    text: str
    since: datetime | None
    until: datetime | None
    zone: str


class WhyLineOut(Response):
    """So many leads and why; ``next_at`` is when the first of them may be called, null where only a change
    helps. ``zone`` is the zone whose hours are meant, ``example`` what one of them was refused with.
    ``estimated``: a sample of them was judged, and the figure is the sample's, scaled."""

    code: str
    text: str
    leads: int
    next_at: datetime | None
    zone: str
    pack: str
    example: str
    estimated: bool


class WhyOut(Response):
    """Why a campaign is or is not dialing now. The lines add up to ``total``; ``due`` leads may be called.
    Where many are due by the clock a sample of them was judged (``due_estimated``)."""

    campaign_id: int
    campaign: str
    status: CampaignStatus
    at: datetime
    headline: WhyReasonOut
    reasons: tuple[WhyReasonOut, ...]
    lines: tuple[WhyLineOut, ...]
    total: int
    due: int
    next_at: datetime | None
    due_estimated: bool

    @classmethod
    def of(cls, why: Why) -> Self:
        """Return the answer on the wire."""
        given = {name: getattr(why, name) for name in cls.model_fields if hasattr(why, name)}
        campaign = why.campaign
        named = {"campaign_id": campaign.id, "campaign": campaign.name, "status": campaign.status}
        return cls.model_validate({**given, **named})


class VerdictOut(Response):
    """Whether a lead may be called at a moment, and why not."""

    allowed: bool
    rule: str
    reason: str
    next_at: datetime | None
    pack: str
    version: str
    zones: tuple[str, ...]


class LastVerdictOut(Response):
    """The refusal a lead stands under, as of when."""

    rule: str
    reason: str
    at: datetime | None
    next_at: datetime | None
    pack: str
    version: str
    zone: str


class FindingOut(Response):
    """What one rule says about a lead, whatever the others say."""

    rule: str
    allows: bool
    text: str
    pack: str
    version: str
    until: datetime | None


class VerdictChangeOut(Response):
    """One change of a lead's verdict; ``again`` as the rule: something changed, and it is judged anew."""

    at: datetime
    rule: str
    reason: str
    next_at: datetime | None
    pack: str
    version: str
    zone: str


class LeadWhyOut(Response):
    """One lead: the verdict now, every rule's finding, what it relied on, how the verdict changed."""

    lead_id: int
    number: str
    status: LeadStatus
    due_at: datetime
    verdict: VerdictOut
    last_verdict: LastVerdictOut | None
    findings: tuple[FindingOut, ...]
    suppressed: tuple[str, ...]
    consents: tuple[ConsentOut, ...]
    changes: tuple[VerdictChangeOut, ...]

    @classmethod
    def of(cls, why: LeadWhy) -> Self:
        """Return a lead's part of the answer on the wire."""
        lead = why.lead
        return cls.model_validate(
            {
                "lead_id": lead.id,
                "number": lead.number,
                "status": lead.status,
                "due_at": lead.due_at,
                "verdict": why.verdict,
                "last_verdict": lead.verdict,
                "findings": why.findings,
                "suppressed": why.evidence.suppressed,
                "consents": why.evidence.consents,
                "changes": why.changes,
            }
        )


class PersonWhyOut(Response):
    """What stands in the way of one customer in a campaign, and his contacts over all campaigns."""

    campaign_id: int
    campaign: str
    at: datetime
    customer_id: int
    ref: str
    name: str
    zones: tuple[str, ...]
    leads: tuple[LeadWhyOut, ...]
    history: tuple[AttemptOut, ...]

    @classmethod
    def of(cls, why: PersonWhy) -> Self:
        """Return the answer on the wire."""
        return cls.model_validate(
            {
                "campaign_id": why.campaign.id,
                "campaign": why.campaign.name,
                "at": why.at,
                "customer_id": why.customer.id,
                "ref": why.customer.ref,
                "name": why.customer.name,
                "zones": why.customer.zones,
                "leads": tuple(LeadWhyOut.of(lead) for lead in why.leads),
                "history": tuple(why.history),
            }
        )
