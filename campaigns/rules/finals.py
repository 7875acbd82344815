"""What no time heals: do-not-call lists, closed leads, missing packs, missing consent.

Knows the final answers of a verdict and their order. Must not know hours or what passes with time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from campaigns.model import AmdMode, CampaignStatus, LeadStatus, Purpose
from campaigns.rules import amd, consents, hours, message, retries
from campaigns.rules.case import Case, refused
from campaigns.rules.evidence import Evidence
from campaigns.verdicts import Verdict

TALKED: Final = "talked"
"""The rule of a refusal because the person was talked to for another lead of his in the campaign."""

CAMPAIGN: Final = "campaign"
"""The rule of a refusal because the campaign itself does not run."""


OWN_WISH: Final = frozenset({"suppressed", "consent"})
"""The rules by which the person himself, or a list that he is on, forbids a call."""

_DONE: Final = LeadStatus.DONE
_OFF: Final = AmdMode.OFF
_RUNNING: Final = CampaignStatus.RUNNING


def refused_by_person(evidence: Evidence, purpose: Purpose, moment: datetime) -> tuple[str, str] | None:
    """Return the rule and the reason of a refusal that stands on the person's own word alone, whatever packs
    bind the call: a do-not-call list, or that he said no. None without one."""
    if evidence.suppressed:
        return "suppressed", _listed(evidence)
    said = consents.standing(evidence.consents, purpose, moment)
    return None if said is None or said.given else ("consent", _said_no(purpose))


def _listed(evidence: Evidence) -> str:
    return f"on the do-not-call list {', '.join(evidence.suppressed)}"


def _said_no(purpose: Purpose) -> str:
    return f"does not want {purpose.value} calls"


def _suppressed(case: Case) -> Verdict | None:
    return refused(case, "suppressed", _listed(case.evidence)) if case.evidence.suppressed else None


def _closed(case: Case) -> Verdict | None:
    if case.lead.status is not _DONE:
        return None
    return refused(case, "closed", case.lead.closed_reason or "the lead is closed")


def _attempts(case: Case) -> Verdict | None:
    if not case.lead.tried:
        return None
    made, most = retries.counted_attempts(case.lead), case.campaign.max_attempts
    return refused(case, "attempts", f"{made} of {most} attempts are used up") if made >= most else None


def _talked(case: Case) -> Verdict | None:
    """Whoever was talked to is not called on another of his numbers for the same campaign."""
    lead, campaign_id = case.lead, case.campaign.id
    for contact in case.evidence.past:
        his_other = contact.customer_id == lead.customer_id and contact.lead_id not in (0, lead.id)
        if (
            his_other
            and contact.campaign_id == campaign_id
            and retries.is_talk(contact.disposition, contact.outcome)
        ):
            return refused(case, TALKED, "was talked to on another number")
    return None


def _zone(case: Case) -> Verdict | None:
    fault = hours.zone_fault(case.zones)
    return None if fault is None else refused(case, "zone", fault)


def _no_pack(case: Case) -> Verdict | None:
    fault = case.binding.fault
    return refused(case, "no-pack", fault) if fault else None


def _forbidden(case: Case) -> Verdict | None:
    for pack, reason in case.binding.forbidden:
        return refused(case, "forbidden", f"{pack.label}: {reason}", pack=pack)
    return None


def _consent(case: Case) -> Verdict | None:
    if case.consent is not None and not case.consent.given:
        return refused(case, "consent", _said_no(case.campaign.purpose))
    for pack, rule in case.binding.consents:
        if rule.automated_only and not case.evidence.automated:
            continue
        if not consents.satisfies(case.consent, rule) and case.moment >= consents.binds_from(
            rule, case.zones
        ):
            kind = "automated calls" if rule.automated_only else f"{case.campaign.purpose.value} calls"
            what = consents.missing(case.consent)
            return refused(case, "consent", f"{pack.label}: {kind} need prior consent, and {what}", pack=pack)
    return None


def _amd(case: Case) -> Verdict | None:
    """A campaign's detection of machines is asked of the packs that bind this very call."""
    if case.campaign.amd is _OFF:
        return None
    no = amd.objection(case.campaign, case.binding)
    if no is None:
        return None
    reason = f"{case.campaign.amd.value} detection of machines: {no.reason}"
    return refused(case, "amd", reason, pack=no.pack)


def _message(case: Case) -> Verdict | None:
    """What the information message leaves out would be heard by whom no agent takes in time."""
    if not case.binding.untold:
        return None
    no = message.objection(case.binding)
    return None if no is None else refused(case, "message", no.reason, pack=no.pack)


def _external(case: Case) -> Verdict | None:
    block = case.evidence.external_block
    if not block:
        return None
    again = case.evidence.external_retry_at
    return refused(case, "external", block, None if again is None else max(again, case.moment))


def _campaign(case: Case) -> Verdict | None:
    status = case.campaign.status
    if status is _RUNNING:
        return None
    ever = None if status is CampaignStatus.STOPPED else case.moment
    return refused(case, CAMPAIGN, f"the campaign is {status.value}", ever)


FINAL: Final[tuple[tuple[str, Callable[[Case], Verdict | None]], ...]] = (
    ("suppressed", _suppressed),
    ("closed", _closed),
    ("attempts", _attempts),
    (TALKED, _talked),
    ("zone", _zone),
    ("no-pack", _no_pack),
    ("forbidden", _forbidden),
    ("consent", _consent),
    ("amd", _amd),
    ("message", _message),
    ("external", _external),
    (CAMPAIGN, _campaign),
)
"""The final answers by the rule they give, in the order in which they are asked."""
