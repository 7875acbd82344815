"""Public holidays and make-up workdays of a country, by calendar day.

Knows the calendars of the ``holidays`` package and the dated exceptions that a pack adds. Must not know
hours or campaigns. A day for which there is no calendar counts as a holiday: a missing calendar places no
call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

import holidays

CUSTOMERS: Final = "customer"
"""A pack's calendar country that means: wherever the customer is."""

JOINED: Final = frozenset({"CN"})
"""Countries whose holidays take in the weekend beside them, by the government's own schedule of days off.

The ``holidays`` package lists only the working days that such a schedule frees. Checked for 2024 to 2026
against the notices of the State Council's general office of 2023-10-25, 2024-11-12 and 2025-11-04.
"""
_DAY: Final = timedelta(days=1)


class Regions(StrEnum):
    """Whether regional holidays count. Of a customer whose region is known only its own ever do."""

    NONE = "none"
    MOST = "most"  # unknown region: the days on which at least half of the regions rest
    ALL = "all"  # unknown region: the holidays of every one


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """What a pack says about its calendar.

    ``country`` is an ISO country, or ``customer``. ``closed`` and ``workdays`` are dated exceptions; a
    workday takes the windows of the weekday it stands for. ``makeup`` opens the days on which a country
    works to make up for a holiday, as Mondays.
    """

    country: str
    regions: Regions = Regions.NONE
    makeup: bool = False
    closed: Mapping[date, str] = field(default_factory=dict)
    workdays: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Area:
    """A country, and its regions of which at least ``least`` must rest to make a day a holiday."""

    country: str
    regions: tuple[str, ...] = ()
    least: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Which days are holidays for one customer. Compared by identity: one object per combination."""

    spec: CalendarSpec
    areas: tuple[Area, ...]
    _weekdays: dict[date, int | None] = field(default_factory=dict, repr=False)
    _names: dict[date, str] = field(default_factory=dict, repr=False)

    def weekday(self, day: date) -> int | None:
        """Return the weekday whose windows hold on ``day`` (Monday is 0), None on a holiday."""
        try:
            return self._weekdays[day]
        except KeyError:
            found = self._weekdays[day] = self._weekday(day)
            return found

    def holiday(self, day: date) -> str:
        """Return the name of the holiday on ``day``, empty on any other day."""
        try:
            return self._names[day]
        except KeyError:
            found = self._names[day] = self._holiday(day)
            return found

    def _holiday(self, day: date) -> str:
        if self.spec.workdays.get(day) is not None:
            return ""
        for area in self.areas:
            name = _day_name(area.country, None, day)
            if name:
                return name
            resting = [name for one in area.regions if (name := _day_name(area.country, one, day))]
            if len(resting) >= area.least:
                return resting[0]
        return self.spec.closed.get(day, "")

    def _weekday(self, day: date) -> int | None:
        if (stands_for := self.spec.workdays.get(day)) is not None:
            return stands_for
        if self.holiday(day):
            return None
        if self.spec.makeup and any(day in _year(area.country, None, day.year)[1] for area in self.areas):
            return 0
        return day.weekday()


def calendar_fault(country: str) -> str | None:
    """Return why there is no calendar of a country, None when there is one."""
    if country == CUSTOMERS or country in holidays.list_supported_countries():
        return None
    return f"there is no holiday calendar for {country!r}"


def subdivisions(country: str) -> tuple[str, ...]:
    """Return the codes of the regions of a country whose holidays are known."""
    return tuple(holidays.list_supported_countries().get(country, ()))


def calendar_for(spec: CalendarSpec, countries: tuple[str, ...], region: str) -> Calendar:
    """Return the calendar of one customer: ``countries`` he may be in, and his ``region`` if known.

    ``region`` is a subdivision code such as ``MD`` or ``FL``; one the calendar does not know counts as
    unknown.
    """
    asked = countries if spec.country == CUSTOMERS else (spec.country,)
    return Calendar(spec, tuple(_area(spec.regions, country, region) for country in asked))


def _area(regions: Regions, country: str, region: str) -> Area:
    known = subdivisions(country)
    if regions is Regions.NONE or not known:
        return Area(country)
    if region in known:
        return Area(country, (region,))
    return Area(country, known, 1 if regions is Regions.ALL else (len(known) + 1) // 2)


def _day_name(country: str, subdivision: str | None, day: date) -> str:
    return _year(country, subdivision, day.year)[0].get(day, "")


class _Unknown(dict[date, str]):
    """A year without a calendar: every day of it is closed."""

    def get(self, day: date, default: str | None = None) -> str:  # type: ignore[override]
        return f"no holiday calendar for {day.year}"


@lru_cache(maxsize=4_096)
def _year(country: str, subdivision: str | None, year: int) -> tuple[Mapping[date, str], frozenset[date]]:
    """Return the holidays of one year by day, and its make-up workdays."""
    days, worked = _listed(country, subdivision, year)
    if country not in JOINED or isinstance(days, _Unknown):
        return days, worked
    around = [_listed(country, subdivision, one) for one in (year - 1, year, year + 1)]
    off = {
        day: name for listed, _ in around if not isinstance(listed, _Unknown) for day, name in listed.items()
    }
    return {**_weekends_beside(year, off, frozenset().union(*(days for _, days in around))), **days}, worked


def _weekends_beside(year: int, off: Mapping[date, str], worked: frozenset[date]) -> Mapping[date, str]:
    """Return the Saturdays and Sundays that run on from a holiday, by its name; worked ones do not."""
    found: dict[date, str] = {}
    day = date(year, 1, 1)
    while day.year == year:
        if day.weekday() >= 5 and day not in worked:
            other = day + _DAY if day.weekday() == 5 else day - _DAY
            reach = [day - _DAY, day + _DAY]
            if other not in worked:
                reach += [other - _DAY, other + _DAY]
            name = next((off[one] for one in reach if one in off), "")
            if name:
                found[day] = name
        day += _DAY
    return found


@lru_cache(maxsize=4_096)
def _listed(country: str, subdivision: str | None, year: int) -> tuple[Mapping[date, str], frozenset[date]]:
    """Return what the ``holidays`` package lists for one year."""
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False)
    except NotImplementedError:
        return _Unknown(), frozenset()
    if not found.start_year <= year <= found.end_year:
        return _Unknown(), frozenset()
    return dict(found.items()), frozenset(getattr(found, "weekend_workdays", ()))
