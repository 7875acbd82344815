"""What passes with time: due windows, retries, wishes, used-up caps, blocks after a refusal.

Knows every rule whose answer ends at a known moment, apart from hours. Must not know their order of weight:
that is the verdict's.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from campaigns.model import Anchor, zone
from campaigns.rules import consents
from campaigns.rules.anchors import due_window
from campaigns.rules.appointment import appointment_window
from campaigns.rules.case import Case, Hold, Waits, refused
from campaigns.rules.history import block_ends, cap_ends
from campaigns.rules.law import After, Block
from campaigns.rules.packs import Pack
from campaigns.verdicts import Verdict

DUE: Final = "due"
"""The rule under which a lead waits for its next attempt."""

APPOINTMENT: Final = "appointment"
"""The rule of a lead whose customer wished to be called later."""

_OTHER_LEAD: Final = After.OTHER_LEAD


def _anchor(case: Case, waits: Waits) -> Verdict | None:
    anchor = case.campaign.anchor
    if anchor is None:
        return None
    return _window(case, waits, anchor, None)


def _pack_anchors(case: Case, waits: Waits) -> Verdict | None:
    """A pack's anchor binds calls about its date: those of a lead that has it."""
    for pack, rule in case.binding.anchors:
        if not case.lead.fields.get(rule.anchor.field, "").strip():
            continue
        refusal = _window(case, waits, rule.anchor, pack)
        if refusal is not None:
            return refusal
    return None


def _window(case: Case, waits: Waits, anchor: Anchor, pack: Pack | None) -> Verdict | None:
    whose = f"{pack.label}: " if pack is not None else ""
    try:
        window = due_window(anchor, case.lead.fields, case.zones)
    except ValueError as fault:
        return refused(case, "anchor", f"{whose}{fault}", pack=pack)
    if window.closes_at <= window.opens_at:
        words = f"no moment suits {anchor.field} in all of the customer's zones"
        return refused(case, "anchor", f"{whose}{words}", pack=pack)
    if case.moment >= window.closes_at:
        return refused(case, "anchor", f"{whose}{_too_late(anchor)}", pack=pack)
    waits.close(window.closes_at, f"within {anchor.latest_days} days of {anchor.field}")
    if case.moment < window.opens_at:
        waits.holds.append(Hold(window.opens_at, "anchor", f"{whose}{_too_early(anchor)}", pack))
    return None


def _too_early(anchor: Anchor) -> str:
    days = anchor.earliest_days
    if days < 0:
        return f"more than {-days} days before {anchor.field}"
    return f"less than {days} days after {anchor.field}"


def _too_late(anchor: Anchor) -> str:
    days = anchor.latest_days
    if days < 0:
        return f"less than {-days} days before {anchor.field}"
    return f"more than {days} days after {anchor.field}"


def _coming_consent(case: Case, waits: Waits) -> Verdict | None:
    """A consent that will be needed from some day on ends what is allowed until then."""
    for pack, rule in case.binding.consents:
        if rule.since is None or (rule.automated_only and not case.evidence.automated):
            continue
        if not consents.satisfies(case.consent, rule):
            waits.close(consents.binds_from(rule, case.zones), f"before {pack.label} asks for consent")
    return None


def _due(case: Case, waits: Waits) -> Verdict | None:
    if case.lead.due_at > case.moment:
        waits.holds.append(_not_due_yet(case))
    return None


def _not_due_yet(case: Case) -> Hold:
    """Say why a lead is due only then: a wish, what it was refused for at its turn, or the plan alone."""
    lead, wish = case.lead, appointment_window(case.evidence.appointment)
    if wish is not None and wish[0] <= lead.due_at <= wish[1]:
        return Hold(lead.due_at, APPOINTMENT, wish_in_words(case))
    last = lead.verdict
    if last is not None and last.rule != DUE and last.next_at == lead.due_at:
        pack = next((one for one in case.binding.packs if one.name == last.pack), None)
        return Hold(lead.due_at, last.rule, last.reason, pack, told_before=True)
    which = "first" if lead.last_at is None and not lead.tried else "next"
    return Hold(lead.due_at, DUE, f"the {which} attempt is not due yet")


def _appointment(case: Case, waits: Waits) -> Verdict | None:
    """A wish holds a call back until it is near. Once it came, called or missed, it holds nothing back."""
    wish = appointment_window(case.evidence.appointment)
    if wish is not None and wish[0] > case.moment:
        waits.holds.append(Hold(wish[0], APPOINTMENT, wish_in_words(case)))
    return None


def wish_in_words(case: Case) -> str:
    """Say when the customer wished to be called, by the clock of his first zone; he did wish."""
    wished, where = case.evidence.appointment, case.zones[0]
    assert wished is not None, "asked of a case with an appointment"
    return f"the customer wished to be called at {wished.astimezone(zone(where)):%Y-%m-%d %H:%M} in {where}"


def _caps(case: Case, waits: Waits) -> Verdict | None:
    past = case.evidence.past
    if not past:
        return None
    number, company = case.lead.number, case.campaign.company
    for pack, cap in case.binding.caps:
        ends = cap_ends(cap, past, number, company, case.zones)
        if ends is not None and ends > case.moment:
            words = f"{cap.count} calls per {cap.scope.value} within {cap.period} are used up"
            waits.holds.append(Hold(ends, "cap", f"{pack.label}: {words}", pack))
    return None


def _blocks(case: Case, waits: Waits) -> Verdict | None:
    if not case.evidence.past:
        return None
    for pack, block, ends in blocks_asked(case):
        if ends is not None and ends > case.moment:
            words = f"no call for {block.period} {AFTER[block.after]}"
            waits.holds.append(Hold(ends, "block", f"{pack.label}: {words}", pack))
    return None


def blocks_asked(case: Case) -> Iterator[tuple[Pack, Block, datetime | None]]:
    """Yield each block that counts for a call like this, and when it ends or ended; None: never began."""
    number, company, evidence = case.lead.number, case.campaign.company, case.evidence
    for pack, block in case.binding.blocks:
        if block.unless_agent and evidence.agent_reserved:
            continue
        if block.after is _OTHER_LEAD and evidence.by_hand:
            continue
        yield pack, block, block_ends(block, evidence.past, number, company, case.zones, case.lead.id)


AFTER: Final = {
    After.REFUSAL: "after a refusal",
    After.ABANDONED: "after an abandoned call",
    After.MACHINE: "after an answering machine",
    After.OTHER_LEAD: "after a call to this number or person for another lead",
}
"""What sets a block off, in words."""

PASSING: Final[tuple[tuple[str, Callable[[Case, Waits], Verdict | None]], ...]] = (
    ("anchor", _anchor),
    ("anchor", _pack_anchors),
    ("consent", _coming_consent),
    (DUE, _due),
    (APPOINTMENT, _appointment),
    ("cap", _caps),
    ("block", _blocks),
)
"""The passing rules, each of which notes its holds or refuses for good."""
