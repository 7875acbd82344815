"""The one verdict: may this lead be called at this moment, and if not, why and when next.

Knows every rule that speaks on it and their order. Must not know a clock, a store or a telephone. There is
no other way to a call: the launcher asks here at the very moment of dialing.

Final answers come first, and the first of them decides:

1. ``suppressed``  a do-not-call list holds the number or the person
2. ``closed``      the lead is done
3. ``attempts``    all attempts are used up
4. ``talked``      the person was talked to in this campaign, on another of his numbers
5. ``zone``        no zone is known, or one is unknown
6. ``no-pack``     no rule pack for the country, or a named pack is missing
7. ``forbidden``   a pack forbids calls of this purpose altogether
8. ``consent``     the person said no, or a pack asks for a consent that is not there
9. ``amd``         the campaign detects machines in a way that a pack does not allow
10. ``message``     the information message leaves out what a pack wants it to say
11. ``external``   the outside check said no (when it only failed to answer: asked again later)
12. ``campaign``   the campaign is not running. Unless it was stopped for good, that may change at any time,
                   so the next moment is the first at which all else allows; where nothing ever will,
                   whatever refuses for good decides

Then whatever passes with time. Of several that refuse now the strictest decides, which is the one that
lasts longest; of equals the first:

13. ``anchor``     before the due window, of the campaign or of a pack; after it: never
14. ``due``        a retry or a call-back is not due yet. Where a wish or an earlier refusal has put the
                   lead off, that rule is named instead, unless another one now lasts as long
15. ``appointment``  the customer wished to be called later
16. ``cap``        as many calls as a pack allows within a period have been placed
17. ``block``      silence after a refusal, an abandoned call, an answering machine, another lead's call
18. ``holiday``    a public holiday where the customer is
19. ``hours``      outside the calling hours, of the campaign or of a pack, in one of the zones

The next moment is the first at which all of them allow, everything else being equal; never, when the due
window or what else ends closes before. Whatever is broken (schedule, zone, date, calendar) refuses.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from campaigns.model import (
    Campaign,
    Customer,
    HoursWindow,
    Lead,
    zone,
)
from campaigns.rules import consents, hours, timetable
from campaigns.rules.appointment import appointment_window
from campaigns.rules.case import Case, Hold, Waits, refused
from campaigns.rules.evidence import Evidence
from campaigns.rules.finals import CAMPAIGN, FINAL, OWN_WISH
from campaigns.rules.hours import Interval
from campaigns.rules.packs import BoundHours, RuleBook
from campaigns.rules.passing import PASSING
from campaigns.rules.timetable import Tables, Timetable
from campaigns.verdicts import Verdict

ALLOWED: Final = "allowed"
"""The rule of a verdict that allows the call."""


def verdict(
    lead: Lead,
    customer: Customer,
    evidence: Evidence,
    campaign: Campaign,
    moment: datetime,
    rulebook: RuleBook,
) -> Verdict:
    """Judge one lead at one moment. Never raises for bad data: what is broken refuses.

    ``moment`` is aware (``ValueError`` otherwise). ``next_at`` of a refusal is never before ``moment``, and
    a call at ``next_at`` would be allowed if nothing else changed until then.
    """
    case = case_of(lead, customer, evidence, campaign, moment, rulebook)
    for name, rule in FINAL:
        refusal = rule(case)
        if refusal is not None:
            may_run = name == CAMPAIGN and refusal.next_at is not None
            return _once_it_runs(refusal, _while_time_passes(case)) if may_run else refusal
    return _while_time_passes(case)


def opted_out(
    lead: Lead,
    customer: Customer,
    evidence: Evidence,
    campaign: Campaign,
    moment: datetime,
    rulebook: RuleBook,
) -> bool:
    """Say whether a call that is under way must not ring on: a do-not-call list or the person forbids it.

    Nothing else calls off what was allowed: the call itself is among the past ones by now.
    """
    case = case_of(lead, customer, evidence, campaign, moment, rulebook)
    return any(rule(case) is not None for name, rule in FINAL if name in OWN_WISH)


def _once_it_runs(standing: Verdict, then: Verdict) -> Verdict:
    """Refuse what a campaign that does not run holds back; ``then`` is what would be said if it ran."""
    if not then.allowed and then.next_at is None:
        return then
    next_at = standing.next_at if then.allowed else then.next_at
    return standing._replace(
        reason=f"{standing.reason}; once it runs, the call may be placed", next_at=next_at
    )


def _while_time_passes(case: Case) -> Verdict:
    """Judge a case that nothing final refuses."""
    waits = Waits()
    for _, wait in PASSING:
        refusal = wait(case, waits)
        if refusal is not None:
            return refusal
    return _by_the_clock(case, waits)


def case_of(
    lead: Lead,
    customer: Customer,
    evidence: Evidence,
    campaign: Campaign,
    moment: datetime,
    rulebook: RuleBook,
) -> Case:
    """Put together what every rule is given. ``moment`` is aware (``ValueError`` otherwise)."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError("the moment of a verdict must be aware")
        moment = moment.astimezone(UTC)
    return Case(
        lead,
        customer,
        evidence,
        campaign,
        moment,
        rulebook.binding(campaign.purpose, lead.number, customer.country, customer.region, campaign.packs),
        customer.zones,
        consents.standing(evidence.consents, campaign.purpose, moment) if evidence.consents else None,
    )


def by_the_clock(case: Case) -> Verdict:
    """Judge by hours and holidays alone."""
    return _by_the_clock(case, Waits())


def _by_the_clock(case: Case, waits: Waits) -> Verdict:
    """Put the hours to what else passes with time, and look for the first moment that suits all."""
    own = own_table(case.campaign.hours)
    if own is None:
        faults = "; ".join(hours.window_faults(case.campaign.hours))
        return refused(case, "hours", f"the calling hours are broken: {faults}")
    tables = (*tables_asked(case), own)
    wish = appointment_window(case.evidence.appointment)
    if timetable.is_open(tables, case.zones, case.moment, wish):
        if not waits.holds:
            packs, versions = case.binding.names, case.binding.versions
            return Verdict(True, ALLOWED, "may be called now", None, packs, versions, case.zones)
    else:
        waits.holds += _shut(case, tables, own, wish)
    return _strictest(case, waits, tables, wish)


def tables_asked(case: Case) -> Tables:
    """Return the hours of packs that bind a call: a proven consent lifts some."""
    proven = consents.is_proven(case.consent)
    return case.binding.tables_with_consent if proven else case.binding.tables


def _shut(case: Case, tables: Tables, own: Timetable, wish: Interval | None) -> list[Hold]:
    """Return a hold for every schedule that is closed now, with its own next opening.

    Their words are found later, for the one that decides: most are never read.
    """
    found: list[Hold] = []
    zones, moment = case.zones, case.moment
    for bound in case.binding.hours:
        if bound.table in tables:
            until = timetable.next_opening((bound.table,), zones, moment, wish)
            if until != moment:
                found.append(Hold(until, "hours", "", bound.pack, bound))
    until = timetable.next_opening((own,), zones, moment, wish)
    if until != moment:
        found.append(Hold(until, "hours", ""))
    return found


def _strictest(case: Case, waits: Waits, tables: Tables, wish: Interval | None) -> Verdict:
    """Name what lasts longest, and the first moment that suits everything."""
    lasting, earliest = waits.holds[0], case.moment
    for hold in waits.holds:
        if _lasts_longer(hold, lasting):
            lasting = hold
        if hold.until is not None and hold.until > earliest:
            earliest = hold.until
    rule, reason, where = lasting.rule, lasting.reason, ""
    if not reason:
        rule, reason, where = why_shut(case, lasting.shut, lasting.until, wish)
    next_at = None
    if lasting.until is not None:
        next_at = timetable.next_opening(tables, case.zones, earliest, wish)
        if next_at is None:
            reason = f"{reason}; the hours of all rules have no moment in common within a year"
        elif next_at >= waits.closes_at:
            next_at, reason = None, f"{reason}; no calling hours are left {waits.closing}"
    return refused(case, rule, reason, next_at, lasting.pack, where)


def _lasts_longer(hold: Hold, lasting: Hold) -> bool:
    """Say whether a later hold decides in place of one that was asked before."""
    if lasting.until is None or hold.until is None:
        return lasting.until is not None
    return hold.until > lasting.until or (lasting.told_before and hold.until == lasting.until)


def why_shut(
    case: Case, shut: BoundHours | None, until: datetime | None, wish: Interval | None
) -> tuple[str, str, str]:
    """Name rule, reason and the first zone in which a schedule is closed, and the holiday if it is one.

    ``shut`` are the hours of a pack, None the campaign's own; they open at ``until``, if ever.
    """
    if shut is None:
        if until is None:
            return "hours", "no hour lies inside the calling hours in all of the customer's zones", ""
        where = hours.closed_zone(case.campaign.hours, case.zones, case.moment) or ""
        return "hours", f"outside the calling hours in {where}", where
    label, table = shut.pack.label, shut.table
    several = len(case.zones) > 1  # in the only one it is closed
    for name in case.zones:
        if several and timetable.is_open((table,), (name,), case.moment, wish):
            continue
        local = case.moment.astimezone(zone(name))
        holiday = table.calendar.holiday(local.date()) if table.calendar is not None else ""
        if holiday:
            return "holiday", f"{label}: {holiday} on {local.date()} in {name}", name
        clock = f"{local.hour:02}:{local.minute:02}"
        words = f"{label}: {clock} on a {_DAYS[local.weekday()]} is outside the hours in {name}"
        return "hours", words, name
    return "hours", f"{label}: no hour suits all of the customer's zones", ""


_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_OWN: Final[dict[int, tuple[tuple[HoursWindow, ...], Timetable | None]]] = {}
_MOST_OWN: Final = 256


def own_table(windows: tuple[HoursWindow, ...]) -> Timetable | None:
    """Return a campaign's own hours as a timetable, None when they are broken.

    The same windows give the same object, so that its answers are kept; an appointment widens them, since
    they are the operator's own choice.
    """
    kept = _OWN.get(id(windows))
    if kept is not None and kept[0] is windows:
        return kept[1]
    if len(_OWN) >= _MOST_OWN:
        _OWN.clear()
    table = _equal_table(windows)
    _OWN[id(windows)] = (windows, table)
    return table


@lru_cache(maxsize=1_024)
def _equal_table(windows: tuple[HoursWindow, ...]) -> Timetable | None:
    return None if hours.window_faults(windows) else Timetable(windows, None, wish=True)
