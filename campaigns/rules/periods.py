"""Periods as laws count them: rolling hours, whole calendar days, calendar months.

Knows how each kind ends on the wall clock of a zone. Must not know caps, blocks or packs.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from campaigns.model import zone


class Unit(StrEnum):
    """What a period is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"  # of 24 hours each, rolling
    WHOLE_DAYS = "whole days"  # calendar days that must have passed entirely, the first day not counted
    MONTHS = "months"  # to the same clock of the same day of a later month, the day after a missing one


_LENGTHS = {
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
    Unit.DAYS: timedelta(days=1),
}
_TEXT = re.compile(r"(\d{1,4}) (minutes|hours|days|whole days|months)")
_LONGEST = timedelta(days=366)
_MIDNIGHT = time(0, 0)
_ZONES_APART = timedelta(days=2)

SAME_DAY = "same day"
"""How a period that ends with the calendar day is written."""


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in the sense of a law. ``WHOLE_DAYS`` of 0 is the rest of the same day."""

    count: int
    unit: Unit

    @property
    def rolling(self) -> timedelta | None:
        """The fixed length of a rolling period; None where the calendar decides."""
        length = _LENGTHS.get(self.unit)
        return None if length is None else self.count * length

    @property
    def at_most(self) -> timedelta:
        """A length that no such period exceeds, wherever it is counted and whatever its clocks do."""
        days = 31 * self.count if self.unit is Unit.MONTHS else self.count + 1
        return self.rolling or timedelta(days=days) + _ZONES_APART

    def ends(self, began: datetime, zones: tuple[str, ...]) -> datetime:
        """Return when a period that began at ``began`` has ended in every one of ``zones``, in UTC."""
        length = self.rolling
        if length is not None:
            return began + length
        return max(self._ends_in(began, name) for name in zones)

    def _ends_in(self, began: datetime, name: str) -> datetime:
        local = began.astimezone(_zone(name))
        if self.unit is Unit.WHOLE_DAYS:
            after = local.date() + timedelta(days=self.count + 1)
            return datetime.combine(after, _MIDNIGHT, tzinfo=_zone(name)).astimezone(UTC)
        day = _months_later(local.date(), self.count)
        # Of a clock that comes twice the later one: the period is over in either reading.
        return datetime.combine(day, local.time().replace(fold=1), tzinfo=_zone(name)).astimezone(UTC)

    def __str__(self) -> str:
        if self == Period(0, Unit.WHOLE_DAYS):
            return SAME_DAY
        unit = self.unit.value
        return f"{self.count} {unit.removesuffix('s') if self.count == 1 else unit}"


def parse_period(text: str) -> Period:
    """Read ``72 hours``, ``30 days``, ``60 whole days``, ``6 months`` or ``same day``.

    Raises ``ValueError`` with a reason for anything else, for nothing at all and for more than a year.
    """
    if text == SAME_DAY:
        return Period(0, Unit.WHOLE_DAYS)
    match = _TEXT.fullmatch(text if text.endswith("s") else f"{text}s")
    if match is None:
        raise ValueError(f"{text!r} is not a period like 72 hours, 30 days, 60 whole days or {SAME_DAY}")
    period = Period(int(match[1]), Unit(match[2]))
    if period.count == 0:
        raise ValueError(f"{text!r} lasts no time at all")
    if period.count > 12 if period.unit is Unit.MONTHS else _rough(period) > _LONGEST:
        raise ValueError(f"{text!r} is longer than a year")
    return period


def _rough(period: Period) -> timedelta:
    return period.rolling or timedelta(days=period.count)


def _months_later(day: date, months: int) -> date:
    """Return the same day of a later month; where there is none, the first of the month after it."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        year, month = divmod(index + 1, 12)
        return date(year, month + 1, 1)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return zone(name)
