"""The one verdict: may this lead be called at this moment, and if not, why and when next.

Knows every rule that speaks on it and their order. Must not know a clock, a store or a telephone. There is
no other way to a call: the launcher asks here at the very moment of dialing.

Rules are asked in this order, and the first that refuses decides:

1. ``suppressed``   the number asked to be left alone: never
2. ``campaign``     the campaign is not running: the answer may change at any time, after *finished* never
3. ``closed``       the lead is done: never
4. ``attempts``     all attempts are used up: never
5. ``zone``         no zone is known, or one is unknown: never
6. ``anchor``       before the due window: when it opens; after it, or without its date: never
7. ``due``          a retry or a call-back is not due yet
8. ``hours``        outside the calling hours in one of the customer's zones: the next opening, or never
                    when there is none before the due window closes

Final answers stand before passing ones, so that nobody is told "tomorrow at nine" about a lead that will
never be called. Whatever is broken (schedule, zone, date) refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from campaigns.model import (
    Campaign,
    CampaignStatus,
    Customer,
    Lead,
    LeadPlan,
    LeadStatus,
    Verdict,
)
from campaigns.rules import anchors, hours, retries

ALLOWED = Verdict(allowed=True, rule="allowed", reason="may be called now")


@dataclass(frozen=True, slots=True)
class _Case:
    lead: Lead
    customer: Customer
    suppressed: bool
    campaign: Campaign
    moment: datetime


def verdict(
    lead: Lead, customer: Customer, suppressed: bool, campaign: Campaign, moment: datetime
) -> Verdict:
    """Judge one lead at one moment. Never raises for bad data: what is broken refuses.

    ``moment`` is aware (``ValueError`` otherwise). ``next_at`` of a refusal is never before ``moment``.
    """
    if moment.tzinfo is None:
        raise ValueError("the moment of a verdict must be aware")
    case = _Case(lead, customer, suppressed, campaign, moment.astimezone(UTC))
    for rule in _RULES:
        refusal = rule(case)
        if refusal is not None:
            return refusal
    return ALLOWED


def plan_after_refusal(lead: Lead, refusal: Verdict) -> LeadPlan:
    """Return what becomes of a claimed lead that was refused: waiting until ``next_at``, or done.

    A refusal that can end at any moment (the campaign is paused) leaves the lead's own due time.
    """
    if refusal.next_at is None:
        return LeadPlan(status=LeadStatus.DONE, due_at=None, reason=refusal.reason)
    due_at = lead.due_at if refusal.rule == "campaign" else refusal.next_at
    return LeadPlan(status=LeadStatus.WAITING, due_at=due_at, reason=refusal.reason)


def _refused(rule: str, reason: str, next_at: datetime | None = None) -> Verdict:
    return Verdict(allowed=False, rule=rule, reason=reason, next_at=next_at)


def _suppressed(case: _Case) -> Verdict | None:
    return _refused("suppressed", "asked never to be called again") if case.suppressed else None


def _campaign(case: _Case) -> Verdict | None:
    status = case.campaign.status
    if status is CampaignStatus.RUNNING:
        return None
    final = status is CampaignStatus.FINISHED
    return _refused("campaign", f"the campaign is {status.value}", None if final else case.moment)


def _closed(case: _Case) -> Verdict | None:
    if case.lead.status is not LeadStatus.DONE:
        return None
    return _refused("closed", case.lead.closed_reason or "the lead is closed")


def _attempts(case: _Case) -> Verdict | None:
    made, most = retries.counted_attempts(case.lead), case.campaign.max_attempts
    return _refused("attempts", f"{made} of {most} attempts are used up") if made >= most else None


def _zone(case: _Case) -> Verdict | None:
    fault = hours.zone_fault(case.customer.zones)
    return None if fault is None else _refused("zone", fault)


def _anchor(case: _Case) -> Verdict | None:
    anchor = case.campaign.anchor
    if anchor is None:
        return None
    try:
        window = anchors.due_window(anchor, case.lead.fields, case.customer.zones)
    except ValueError as fault:
        return _refused("anchor", str(fault))
    if window.closes_at <= window.opens_at:
        return _refused("anchor", f"no moment suits {anchor.field} in all of the customer's zones")
    if case.moment >= window.closes_at:
        return _refused("anchor", f"more than {anchor.latest_days} days after {anchor.field}")
    if case.moment < window.opens_at:
        reason = f"less than {anchor.earliest_days} days after {anchor.field}"
        return _refused("anchor", reason, window.opens_at)
    return None


def _due(case: _Case) -> Verdict | None:
    due_at = case.lead.due_at
    return _refused("due", "the next attempt is not due yet", due_at) if due_at > case.moment else None


def _hours(case: _Case) -> Verdict | None:
    windows, zones = case.campaign.hours, case.customer.zones
    if hours.is_open(windows, zones, case.moment):
        return None
    faults = hours.window_faults(windows)
    if faults:
        return _refused("hours", f"the calling hours are broken: {'; '.join(faults)}")
    next_at = hours.next_opening(windows, zones, case.moment)
    if next_at is None:
        return _refused("hours", "no hour lies inside the calling hours in all of the customer's zones")
    anchor = case.campaign.anchor
    if anchor is not None:
        closes_at = anchors.due_window(anchor, case.lead.fields, zones).closes_at
        if next_at >= closes_at:
            words = f"no calling hours are left within {anchor.latest_days} days of {anchor.field}"
            return _refused("hours", words)
    where = hours.closed_zone(windows, zones, case.moment)
    return _refused("hours", f"outside the calling hours in {where}", next_at)


_RULES: tuple[Callable[[_Case], Verdict | None], ...] = (
    _suppressed,
    _campaign,
    _closed,
    _attempts,
    _zone,
    _anchor,
    _due,
    _hours,
)
