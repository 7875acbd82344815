"""What becomes of a lead after an attempt: called again at a moment, or done with a reason.

Knows the retry rules of a campaign, the attempt limit and the due window. Must not know who dials, what
time it is, or how a plan is stored.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from campaigns.model import Campaign, Disposition, Lead, LeadPlan, LeadStatus
from campaigns.rules import anchors, hours

NOT_COUNTED: Final = frozenset({Disposition.TRUNK_FAILED})
"""Dispositions that say nothing about the customer: bounded by their own rule, not by ``max_attempts``."""

IN_WORDS: Final[dict[Disposition, str]] = {
    Disposition.CONNECTED: "talked to",
    Disposition.ABANDONED: "answered, and no agent was free in time",
    Disposition.NO_ANSWER: "no answer",
    Disposition.BUSY: "busy",
    Disposition.REJECTED: "declined the call",
    Disposition.BAD_NUMBER: "the number does not exist",
    Disposition.UNREACHABLE: "switched off or out of coverage",
    Disposition.TRUNK_FAILED: "the line to the network failed",
    Disposition.MACHINE: "answering machine",
    Disposition.CANCELLED: "we gave the call up before it was answered",
    Disposition.HUNG_UP_EARLY: "answered and hung up at once",
    Disposition.UNKNOWN: "nothing proves what became of the call",
}
"""Each disposition in plain language, for reasons and reports."""

DEFAULT_CALLBACK_S: Final = 86_400.0
"""A call-back without an agreed moment is due a day later."""

CALLBACK: Final = "callback"
"""The outcome code of a customer who asked to be called back."""

CALLBACK_AHEAD: Final = timedelta(days=366)
"""An agreed moment further in the future than this is a typing error."""

NOT_A_TALK: Final = frozenset({"wrong_person", "machine"})
"""Outcomes by which an agent says that the customer was not on the line."""

_CLOSING_OUTCOMES: Final[dict[str, str]] = {
    "wrong_person": "wrong person at this number",
    "do_not_call": "asked never to be called again",
}


def is_talk(disposition: Disposition | None, outcome: str | None) -> bool:
    """Say whether an attempt came to a talk with the customer himself."""
    return disposition is Disposition.CONNECTED and outcome not in NOT_A_TALK


def counted_attempts(lead: Lead) -> int:
    """Return how many ended attempts count towards ``max_attempts``."""
    return sum(count for disposition, count in lead.tried.items() if disposition not in NOT_COUNTED)


def next_plan(
    lead: Lead,
    campaign: Campaign,
    disposition: Disposition,
    moment: datetime,
    *,
    zones: Sequence[str] = (),
) -> LeadPlan:
    """Return the plan after an attempt that ended at ``moment`` in ``disposition``.

    ``lead.tried`` must not count this attempt yet: settling it does that. With the customer's ``zones``
    the next moment is moved into the calling hours and held against the due window exactly; without
    them the window counts as closed only when it has closed everywhere on Earth, and the verdict at the
    moment of dialing does the rest. Never raises.
    """
    if disposition is Disposition.CONNECTED:
        return _done(IN_WORDS[disposition])
    words = IN_WORDS[disposition]
    rule = campaign.retries.get(disposition)
    if rule is None:
        return _done(f"{words}; not tried again")
    times = lead.tried.get(disposition, 0) + 1
    if times >= rule.attempts:
        return _done(f"{words}, {_times(times)}; not tried again")
    counted = counted_attempts(lead) + (disposition not in NOT_COUNTED)
    if counted >= campaign.max_attempts:
        return _done(f"{words}; all {campaign.max_attempts} attempts are used up")
    return _again(lead, campaign, moment + timedelta(seconds=max(0.0, rule.after_s)), words, zones)


def plan_after_outcome(
    lead: Lead,
    campaign: Campaign,
    outcome: str,
    moment: datetime,
    *,
    callback_at: datetime | None = None,
    settled_as: Disposition | None = None,
    zones: Sequence[str] = (),
) -> LeadPlan | None:
    """Return the plan that an agent's outcome code asks for, or None when it changes nothing.

    ``callback`` makes the lead due at ``callback_at`` (a day later without one; never in the past), whatever
    the retry rules say, but within ``max_attempts`` and the due window. An agreed moment is the lead's
    appointment and opens the campaign's own hours; whether a rule pack lets it be is for the verdict at the
    moment of dialing. ``wrong_person`` and ``do_not_call`` close the lead; ``machine`` follows the retry rule
    of that disposition. Suppressing the number after ``do_not_call`` is the caller's business. ``settled_as``
    names the disposition under which ``lead.tried`` already counts this attempt, None when it does not yet.
    """
    before = uncounted(lead, settled_as)
    if outcome == Disposition.MACHINE:
        return next_plan(before, campaign, Disposition.MACHINE, moment, zones=zones)
    if outcome in _CLOSING_OUTCOMES:
        return _done(_CLOSING_OUTCOMES[outcome])
    if outcome != CALLBACK:
        return None
    if counted_attempts(before) + 1 >= campaign.max_attempts:
        return _done(f"asked to be called back; all {campaign.max_attempts} attempts are used up")
    words = "asked to be called back"
    if callback_at is None:
        due_at = moment + timedelta(seconds=DEFAULT_CALLBACK_S)
        return _again(before, campaign, due_at, words, zones)
    plan = _in_due_window(before, campaign, max(callback_at, moment), words, zones)
    return replace(plan, appointment_at=callback_at)


def callback_fault(outcome: str, callback_at: datetime, moment: datetime) -> str:
    """Say why an agreed moment does not go with what an agent records at ``moment``; nothing when it does."""
    if outcome != CALLBACK:
        return f"goes with the outcome {CALLBACK!r} only"
    if callback_at <= moment:
        return "has passed: choose a moment to come"
    if callback_at > moment + CALLBACK_AHEAD:
        return f"is more than {CALLBACK_AHEAD.days} days ahead"
    return ""


def _again(lead: Lead, campaign: Campaign, due_at: datetime, words: str, zones: Sequence[str]) -> LeadPlan:
    """Plan another attempt at ``due_at`` or at the next opening after it, unless the due window closes."""
    if zones:
        opening = hours.next_opening(campaign.hours, zones, due_at)
        if opening is None:
            return _done(f"{words}; no calling hours follow")
        due_at = opening
    return _in_due_window(lead, campaign, due_at, words, zones)


def _in_due_window(
    lead: Lead, campaign: Campaign, due_at: datetime, words: str, zones: Sequence[str]
) -> LeadPlan:
    """Plan another attempt at ``due_at``, unless the due window has closed by then."""
    if campaign.anchor is not None:
        try:
            if zones:
                closes_at = anchors.due_window(campaign.anchor, lead.fields, zones).closes_at
            else:
                closes_at = anchors.closed_everywhere_at(campaign.anchor, lead.fields)
        except ValueError as fault:
            return _done(f"{words}; {fault}")
        if due_at >= closes_at:
            return _done(f"{words}; the {campaign.anchor.latest_days} days to call again are over")
    return LeadPlan(status=LeadStatus.WAITING, due_at=due_at, reason=words)


def uncounted(lead: Lead, settled_as: Disposition | None) -> Lead:
    """Return the lead as it was before this attempt was counted."""
    if settled_as is None or not lead.tried.get(settled_as):
        return lead
    tried = {**lead.tried, settled_as: lead.tried[settled_as] - 1}
    return replace(lead, tried=tried)


def _done(reason: str) -> LeadPlan:
    return LeadPlan(status=LeadStatus.DONE, due_at=None, reason=reason)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
