"""Every rule's finding about one lead at one moment: the whole picture behind a verdict.

Knows how each rule answers on its own. Must not know which of them decides: that is the verdict's. A verdict
stops at what decides; here nothing stops, so that a person can read what else stands in the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from campaigns.rules import hours, timetable
from campaigns.rules.appointment import appointment_window
from campaigns.rules.case import Case, Waits
from campaigns.rules.eligibility import own_table, tables_asked, why_shut
from campaigns.rules.finals import CAMPAIGN, FINAL
from campaigns.rules.history import cap_used
from campaigns.rules.packs import BoundHours
from campaigns.rules.passing import AFTER, PASSING, blocks_asked, wish_in_words
from campaigns.rules.retries import counted_attempts


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says. ``until`` is when it stops to refuse, None where no time changes it.

    ``pack`` and ``version`` are of the pack it stands in, empty for a rule of our own.
    """

    rule: str
    allows: bool
    text: str
    pack: str = ""
    version: str = ""
    until: datetime | None = None


def findings(case: Case) -> tuple[Finding, ...]:
    """Return what every rule says about a case: the final ones first, then what passes with time."""
    found = [*_finals(case)]
    if hours.zone_fault(case.zones) is None and not case.binding.fault:
        found += [*_passing(case), *_caps(case), *_blocks(case), *_hours(case)]
    return tuple(found)


def _finals(case: Case) -> Iterator[Finding]:
    nowhere = hours.zone_fault(case.zones) is not None
    for name, rule in FINAL:
        if nowhere and name == "consent":
            continue  # from when on a pack asks for it depends on where the customer is
        refusal = rule(case)
        if refusal is None:
            yield Finding(name, True, _passed(case, name))
        else:
            # That a campaign does not run ends when somebody starts it: no clock says when.
            until = None if name == CAMPAIGN else refusal.next_at
            yield Finding(name, False, refusal.reason, refusal.pack, refusal.version, until)


def _passed(case: Case, rule: str) -> str:
    """Say what a final rule saw when it had nothing against the call."""
    if rule == "attempts":
        return f"{counted_attempts(case.lead)} of {case.campaign.max_attempts} attempts are used"
    if rule == "zone":
        return f"judged in {', '.join(case.zones)}"
    if rule == "no-pack":
        return f"bound by {case.binding.names}"
    if rule == "consent":
        said = "nothing was said" if case.consent is None else "consent was given"
        return f"no pack that binds asks for more: {said} about {case.campaign.purpose.value} calls"
    return {
        "suppressed": "on no do-not-call list",
        "closed": "the lead is not done",
        "talked": "not talked to on another number",
        "forbidden": "no pack forbids calls of this purpose",
        "amd": "no pack objects to how the campaign detects machines",
        "message": "the information message says all that packs want it to say",
        "external": "the outside check, where there is one, is asked at the call",
        "campaign": "the campaign is running",
    }[rule]


def _passing(case: Case) -> Iterator[Finding]:
    """Tell of due windows and retries; caps and blocks are told one by one."""
    for name, rule in PASSING:
        if name in ("cap", "block"):
            continue
        waits = Waits()
        refusal = rule(case, waits)
        if refusal is not None:
            yield Finding(name, False, refusal.reason, refusal.pack, refusal.version)
        for hold in waits.holds:
            pack = hold.pack
            named = (pack.name, pack.version) if pack is not None else ("", "")
            text = hold.reason if hold.rule == name else f"put off until then: {hold.reason}"
            yield Finding(name, False, text, *named, hold.until)
        if refusal is None and not waits.holds and waits.closing:
            yield Finding(name, True, f"only {waits.closing}", until=waits.closes_at)
        if name == "appointment" and appointment_window(case.evidence.appointment) and not waits.holds:
            yield Finding(name, True, f"{wish_in_words(case)}: it holds no call back any more")


def _caps(case: Case) -> Iterator[Finding]:
    past, number, company = case.evidence.past, case.lead.number, case.campaign.company
    for pack, cap in case.binding.caps:
        used, ends = cap_used(cap, past, number, company, case.zones, case.moment)
        words = f"{used} of {cap.count} calls per {cap.scope.value} within {cap.period} are used"
        yield Finding("cap", used < cap.count, words, pack.name, pack.version, ends)


def _blocks(case: Case) -> Iterator[Finding]:
    for pack, block, ends in blocks_asked(case):
        words = f"no call for {block.period} {AFTER[block.after]}"
        holds = ends is not None and ends > case.moment
        if not holds:
            words += ": there was none" if ends is None else ": that is over"
        yield Finding("block", not holds, words, pack.name, pack.version, ends if holds else None)


def _hours(case: Case) -> Iterator[Finding]:
    for bound in case.binding.hours:
        if bound.table in tables_asked(case):
            yield _schedule(case, bound)
        else:
            words = "the hours are lifted by a proven consent"
            yield Finding("hours", True, words, bound.pack.name, bound.pack.version)
    yield _schedule(case, None)


def _schedule(case: Case, bound: BoundHours | None) -> Finding:
    """Tell of one schedule: a pack's, or the campaign's own."""
    named = (bound.pack.name, bound.pack.version) if bound is not None else ("", "")
    table = bound.table if bound is not None else own_table(case.campaign.hours)
    if table is None:
        return Finding("hours", False, "the campaign's calling hours are broken")
    wish = appointment_window(case.evidence.appointment)
    if timetable.is_open((table,), case.zones, case.moment, wish):
        return Finding("hours", True, "inside the hours", *named)
    until = timetable.next_opening((table,), case.zones, case.moment, wish)
    rule, reason, _ = why_shut(case, bound, until, wish)
    return Finding(rule, False, reason, *named, until)
