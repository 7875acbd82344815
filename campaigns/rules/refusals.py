"""What becomes of a lead that was refused, and what would have to change for another answer.

Knows refusals and what they rely on. Must not know any rule, who dials, or how a plan is stored.
"""

import hashlib
from datetime import datetime
from typing import Final

from campaigns.model import (
    Campaign,
    Lead,
    LeadPlan,
    LeadStatus,
)
from campaigns.rules.finals import CAMPAIGN
from campaigns.rules.packs import RuleBook
from campaigns.verdicts import LastVerdict, Verdict, VerdictChange

AGAIN: Final = "again"
"""In the history of verdicts: something changed, and the lead is judged anew."""

FOR_GOOD: Final = frozenset({"closed", "attempts"})
"""Rules that end a lead: only recycling its list begins anew."""

ASKED_AGAIN: Final = frozenset({"external", "no-carrier", "in-call"})
"""Rules whose answer lies outside packs and campaign: every start asks anew."""


def plan_after_refusal(lead: Lead, refusal: Verdict, moment: datetime, book: str = "") -> LeadPlan:
    """Return what becomes of a claimed lead that was refused at ``moment``: waiting, parked, or done.

    It waits until ``next_at``. Without a next moment it is parked: a consent, a corrected date or another
    pack may let it wait again; only when its attempts are used up is it done. A refusal about the campaign's
    own status leaves the lead as it was. ``book`` is what the verdict relied on (``standing_on``).
    """
    if refusal.rule == CAMPAIGN:
        return LeadPlan(LeadStatus.WAITING, lead.due_at, refusal.reason)
    if refusal.rule in FOR_GOOD:
        return LeadPlan(LeadStatus.DONE, None, refusal.reason)
    kept = LastVerdict(
        rule=refusal.rule,
        reason=refusal.reason,
        at=moment,
        next_at=refusal.next_at,
        pack=refusal.pack,
        version=refusal.version,
        zone=refusal.zone,
        book="" if refusal.rule in ASKED_AGAIN else book,
    )
    status = LeadStatus.REFUSED if refusal.next_at is None else LeadStatus.WAITING
    return LeadPlan(status, refusal.next_at, refusal.reason, kept)


def word_as_kept(rule: str, reason: str, at: datetime) -> LastVerdict:
    """Return the verdict that parks a lead that waits for a moment, because its person refused meanwhile.

    It stands on no packs and no campaign: only another word of the person's lifts it.
    """
    return LastVerdict(rule, reason, at)


def as_it_was(lead: Lead) -> LeadPlan:
    """Return the plan that leaves a claimed lead as it was, with what was said of it last."""
    return LeadPlan(
        LeadStatus.WAITING, lead.due_at, lead.verdict.reason if lead.verdict else "", lead.verdict
    )


def standing_on(campaign: Campaign, rulebook: RuleBook) -> str:
    """Return a fingerprint of all that verdicts on a campaign's leads rely on beside lead and person.

    A lead whose last refusal stood on another one is judged anew.
    """
    own = (campaign.purpose, campaign.hours, campaign.packs, campaign.anchor, campaign.company)
    machines = (campaign.amd, campaign.machine_message)
    return hashlib.sha256(repr((rulebook.fingerprint, own, machines)).encode()).hexdigest()[:16]


def change_to(lead_id: int, refusal: LastVerdict) -> VerdictChange:
    """Return the entry in a lead's history that a refusal makes."""
    assert refusal.at is not None, "a refusal says as of when"
    return VerdictChange(
        lead_id,
        refusal.at,
        refusal.rule,
        refusal.reason,
        refusal.next_at,
        refusal.pack,
        refusal.version,
        refusal.zone,
    )


def matters(before: LastVerdict | None, now: LastVerdict) -> bool:
    """Say whether a refusal is another one than the last: not merely the same one at a later moment."""
    if before is None:
        return True
    return (before.rule, before.pack, before.version) != (now.rule, now.pack, now.version)
