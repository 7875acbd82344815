"""What a day begins with: from when on each lead may be called, who may not be all day, and why.

Every lead's answer is the real verdict at the day's opening. Leads that may be called are put into cohorts:
the same group, class and first moment, by due time. Nothing here is drawn: all simulated days share a plan.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from campaigns.errors import Fault, InvalidInput
from campaigns.model import zone
from campaigns.rules.passing import DUE
from campaigns.rules.refusals import FOR_GOOD
from campaigns.verdicts import Verdict
from campaigns.why_lines import rule_in_words
from dialer.forecast.roll import LONG_AGO, Group, LeadRoll
from dialer.forecast.window import Day, zone_of_most

STEP: Final = timedelta(minutes=15)
MINUTE: Final = timedelta(minutes=1)


class Why(NamedTuple):
    """Why leads are left at the day's end: a code, and words that follow their number.

    The code is that of the rule that holds them, or one of ours.
    """

    code: str
    text: str


NO_TIME: Final = Why("agent-time", "for whom no agent has time")
RETRY: Final = Why("retry", "waiting for an attempt after the day")
CLOSED: Final = Why("closed", "given up by the retry rules")
HELD: Final = Why("held", "of lists that are switched off")
ON_LINE: Final = Why("on-line", "on the line as the day ends")

HOURS: Final = frozenset({"hours", "holiday"})
"""Rules by which a day ends: who could be called before was left for want of agents."""


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Leads of one group and class that may be called from the same second on, by due time, then id."""

    from_s: float
    rank: int
    group: Group
    members: "array[int]"


@dataclass(frozen=True, slots=True, eq=False)
class DayPlan:
    """What all simulated days begin with. ``left`` counts those who may not be called at all.

    ``one_in`` says that only one lead in so many is in the cohorts.
    """

    roll: LeadRoll
    day: Day
    cohorts: Sequence[Cohort]
    left: Mapping[Why, int]
    one_in: int = 1

    def sample(self, one_in: int) -> "DayPlan":
        """Return a plan with one lead in so many, and of no other use than to be played with fewer agents."""
        cohorts = []
        for cohort in self.cohorts:
            members = array("l", (place for place in cohort.members if place % one_in == 0))
            if members:
                cohorts.append(replace(cohort, members=members))
        return replace(self, cohorts=cohorts, one_in=one_in)

    @property
    def callable(self) -> int:
        """How many leads may be called at some moment of the day."""
        return sum(len(cohort.members) for cohort in self.cohorts)


def zone_of(roll: LeadRoll) -> str:
    """Return the zone that most leads are in."""
    sizes = Counter(roll.group_of)
    return zone_of_most([(group.customer.zones, sizes[group.number]) for group in roll.groups])


def trimmed(roll: LeadRoll, day: Day) -> Day:
    """Return the day from the first minute that some group may be called in to the last one."""
    first = [(at, group) for group in roll.groups if (at := _first(roll, group, day)) is not None]
    if not first:
        return replace(day, closes=day.opens)
    opens = min(at for at, _ in first)
    # Dates open and close whole days: among groups that open at all, the clock is that of packs and zones.
    clocks = {(id(g.binding), g.customer.zones, bool(g.evidence.consents)): g for _, g in first}.values()
    closes = day.closes
    while closes > opens and not _open_before(roll, clocks, closes):
        closes = max(opens, closes - STEP)
    while closes < day.closes and _open_before(roll, clocks, closes + MINUTE):
        closes += MINUTE
    return replace(day, opens=opens, closes=closes)


def _first(roll: LeadRoll, group: Group, day: Day) -> datetime | None:
    judged = roll.group_verdict(group, day.opens)
    at = day.opens if judged.allowed else judged.next_at
    return at if at is not None and at < day.closes else None


def _open_before(roll: LeadRoll, groups: Iterable[Group], moment: datetime) -> bool:
    """Say whether some group may be called in the minute before ``moment``."""
    return any(roll.group_verdict(group, moment - MINUTE).allowed for group in groups)


def plan_day(roll: LeadRoll, day: Day) -> DayPlan:
    """Judge every lead at the day's opening; raises ``InvalidInput`` when the campaign has no open lead."""
    if not len(roll) and not roll.held:
        raise InvalidInput([Fault("campaign", f"{roll.campaign.name} has no lead left to call")])
    left: Counter[Why] = Counter({HELD: roll.held} if roll.held else {})
    found: dict[tuple[float, int, int], list[int]] = {}
    plain: dict[tuple[int, float], tuple[float, Why | None]] = {}
    opens_s = day.opens.timestamp()
    for place in range(len(roll)):
        due_s = max(0.0, roll.due[place] - opens_s)
        number = roll.group_of[place]
        if place in roll.special:
            first, why = _judged(roll, place, day)
        else:
            known = plain.get((number, due_s))
            if known is None:
                known = plain[number, due_s] = _judged(roll, place, day)
            first, why = known
        if why is not None:
            left[why] += 1
        else:
            found.setdefault((first, roll.ranks[place], number), []).append(place)
    return DayPlan(roll, day, _cohorts(roll, found), left)


def _judged(roll: LeadRoll, place: int, day: Day) -> tuple[float, Why | None]:
    """Return the first second a lead may be called at, or why there is none."""
    due_at = max(LONG_AGO, roll.due_at(place))
    judged = roll.verdict(place, day.opens, due_at=due_at)
    if judged.allowed:
        return 0.0, None
    if judged.next_at is None or judged.next_at >= day.closes:
        return 0.0, why_refused(judged, roll.group(place))
    return max(0.0, day.second(judged.next_at)), None


def why_refused(judged: Verdict, group: Group) -> Why:
    """Return why a lead is left that a verdict refuses for the rest of the day."""
    if judged.rule == DUE:
        return RETRY
    if judged.rule in FOR_GOOD:
        return CLOSED
    zone_name = judged.zone or next(iter(group.customer.zones), "")
    return Why(judged.rule, rule_in_words(judged.rule, judged.pack, zone_name))


def _cohorts(roll: LeadRoll, found: Mapping[tuple[float, int, int], list[int]]) -> list[Cohort]:
    cohorts = []
    for (first, rank, number), places in sorted(found.items()):
        places.sort(key=roll.due.__getitem__)
        cohorts.append(Cohort(first, rank, roll.groups[number], array("l", places)))
    return cohorts


def on_the_clock(moment: datetime, day: Day) -> str:
    """Return a moment as the clock of the day's zone shows it."""
    return f"{moment.astimezone(zone(day.zone)):%H:%M}"
