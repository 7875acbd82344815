"""The day of a forecast: which one, from when to when agents work, and by when all shall be called.

A day is a date on the wall clock of one zone. Must not know leads or rules. All faults of a question are
named at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from campaigns.errors import Fault, InvalidInput
from campaigns.model import LEAST_LINES, MOST_LINES, DialMode, zone

MOST_AGENTS: Final = 2_000
MOST_SEEDS: Final = 200
DAYS_AHEAD: Final = 60
DEFAULT_SEEDS: Final = 10
PLAYED: Final = frozenset({DialMode.PROGRESSIVE, DialMode.RATIO, DialMode.PREDICTIVE})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a campaign's day with so many agents.

    ``day`` None is tomorrow. ``until`` is the deadline, None the end of the calling hours. ``begins`` and
    ``ends`` bound the agents' shift, None is from the first calling minute to the last. All clocks are of
    ``zone``; empty takes the zone of most leads. ``seeds`` is how many days are played. ``mode`` and
    ``lines_per_agent`` None are the campaign's own.
    """

    campaign_id: int
    agents: int
    day: date | None = None
    until: time | None = None
    begins: time | None = None
    ends: time | None = None
    zone: str = ""
    seeds: int = DEFAULT_SEEDS
    mode: DialMode | None = None
    lines_per_agent: float | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day as virtual time sees it: second 0 is ``opens``. Moments in UTC; ``zone`` is for people."""

    day: date
    zone: str
    opens: datetime
    closes: datetime

    @property
    def length_s(self) -> float:
        """How long the day is; 0 when nobody may be called."""
        return max(0.0, (self.closes - self.opens).total_seconds())

    def moment(self, second: float) -> datetime:
        """Return a virtual second as a moment."""
        return self.opens + timedelta(seconds=second)

    def second(self, moment: datetime) -> float:
        """Return a moment as a virtual second."""
        return (moment - self.opens).total_seconds()


def checked(question: Question) -> Question:
    """Return a question that makes sense whatever the campaign; raises ``InvalidInput`` with every fault."""
    faults: list[Fault] = []
    if not 1 <= question.agents <= MOST_AGENTS:
        faults.append(Fault("agents", f"{question.agents} is not from 1 to {MOST_AGENTS}"))
    if not 1 <= question.seeds <= MOST_SEEDS:
        faults.append(Fault("seeds", f"{question.seeds} is not from 1 to {MOST_SEEDS}"))
    if question.begins and question.ends and question.begins >= question.ends:
        faults.append(Fault("shift", f"ends at {question.ends:%H:%M}, before it begins"))
    if question.until and question.begins and question.until <= question.begins:
        faults.append(Fault("until", f"{question.until:%H:%M} is before the shift begins"))
    if question.mode is not None and question.mode not in PLAYED:
        faults.append(Fault("mode", f"{question.mode.value} does not depend on how many agents are free"))
    lines = question.lines_per_agent
    if lines is not None and not LEAST_LINES <= lines <= MOST_LINES:
        faults.append(
            Fault("mode", f"{lines:g} lines for an agent are not from {LEAST_LINES} to {MOST_LINES}")
        )
    if question.zone:
        try:
            zone(question.zone)
        except ValueError as fault:
            faults.append(Fault("zone", str(fault)))
    if faults:
        raise InvalidInput(faults)
    return question


def bounds(question: Question, zone_name: str, now: datetime) -> Day:
    """Return the day with the widest hours that the question allows, none of them in the past.

    Raises ``InvalidInput`` for a day or a deadline that is over, or too far ahead to mean anything.
    """
    where = zone(zone_name)
    today = now.astimezone(where).date()
    day = question.day or today + timedelta(days=1)
    if day < today:
        raise InvalidInput([Fault("day", f"{day} is over: it is {today} in {zone_name}")])
    if day > today + timedelta(days=DAYS_AHEAD):
        raise InvalidInput([Fault("day", f"{day} is more than {DAYS_AHEAD} days ahead")])
    opens = _at(day, question.begins or time(0), zone_name)
    closes = (
        _at(day, question.ends, zone_name)
        if question.ends
        else _at(day + timedelta(days=1), time(0), zone_name)
    )
    last = min(closes, _at(day, question.until, zone_name)) if question.until else closes
    if last <= now:
        place, end = ("until", question.until) if question.until and last < closes else ("day", "the shift")
        raise InvalidInput([Fault(place, f"{end} of {day} is over in {zone_name}")])
    return Day(day, zone_name, max(opens, now), closes)


def deadline(question: Question, day: Day) -> datetime:
    """Return by when all shall be called: the time that was asked for, else the end of the day."""
    if question.until is None:
        return day.closes
    return min(day.closes, _at(day.day, question.until, day.zone))


def zone_of_most(zones: Sequence[tuple[tuple[str, ...], int]]) -> str:
    """Return the zone of most leads, of equals the first by name; UTC when nobody knows any."""
    counts: dict[str, int] = {}
    for names, leads in zones:
        if names:
            counts[names[0]] = counts.get(names[0], 0) + leads
    return min(counts, key=lambda name: (-counts[name], name), default="UTC")


def _at(day: date, clock: time, zone_name: str) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone(zone_name)).astimezone(UTC)
