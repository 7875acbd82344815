"""Calling hours: weekly half-open windows, judged on the wall clock of every zone a person may be in.

Knows windows, zones, holidays and moments, daylight-saving changes included. Must not know campaigns or
leads. Whatever is empty, unknown or malformed is closed: a broken schedule never places a call.

The decision reads the wall clock: in the hour that comes twice in autumn both passages count, the hour
that is missing in spring is never on the clock.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from campaigns.model import HoursWindow, zone

if TYPE_CHECKING:  # the package of holidays takes long to load, and who reads a list asks for none
    from campaigns.rules.calendars import Calendar

HORIZON_DAYS = 371
"""How far ahead an opening is looked for: a year and a week, so that every season's clock is seen."""

_DAY = timedelta(days=1)
_MIDNIGHT = time(0, 0)
_FIRST_MOMENT = datetime.min.replace(tzinfo=UTC) + timedelta(days=3)
_LAST_MOMENT = datetime.max.replace(tzinfo=UTC) - timedelta(days=HORIZON_DAYS + 2)

Interval = tuple[datetime, datetime]


def window_faults(windows: Sequence[HoursWindow]) -> tuple[str, ...]:
    """Return what is wrong with a schedule, in plain language; empty when it is sound."""
    faults = [] if windows else ["no calling hours"]
    for window in windows:
        if not 0 <= window.weekday <= 6:
            faults.append(f"weekday {window.weekday} is not 0 (Monday) to 6 (Sunday)")
        if window.opens.tzinfo is not None or window.closes.tzinfo is not None:
            faults.append("calling hours carry no zone of their own: they are the customer's")
        elif window.closes != _MIDNIGHT and window.closes <= window.opens:
            faults.append(f"{window.opens:%H:%M}-{window.closes:%H:%M} closes before it opens")
    return tuple(faults)


def zone_fault(zones: Sequence[str]) -> str | None:
    """Return why these zones cannot be judged (none known, or no such zone), else None."""
    return _zone_fault(tuple(zones))


@lru_cache(maxsize=8_192)
def _zone_fault(zones: tuple[str, ...]) -> str | None:
    if not zones:
        return "nobody knows the customer's time zone"
    for name in zones:
        try:
            _zone(name)
        except ValueError as fault:
            return str(fault)
    return None


def is_open(windows: Sequence[HoursWindow], zones: Sequence[str], moment: datetime) -> bool:
    """Say whether ``moment`` lies inside a window in every one of ``zones``.

    No windows, a malformed one, no zones or an unknown one: closed.
    """
    if not _sound(tuple(windows)) or zone_fault(zones) is not None:
        return False
    return all(_open_at(windows, _zone(name), moment) for name in zones)


def closed_zone(windows: Sequence[HoursWindow], zones: Sequence[str], moment: datetime) -> str | None:
    """Return the first zone in which ``moment`` is outside the hours, else None. Zones must be known."""
    return next((name for name in zones if not _open_at(windows, _zone(name), moment)), None)


def next_opening(windows: Sequence[HoursWindow], zones: Sequence[str], moment: datetime) -> datetime | None:
    """Return the first moment, ``moment`` included, at which every zone is open, in UTC.

    None when there is none within ``HORIZON_DAYS``: the schedule or a zone is broken, or the zones
    have no common hour.
    """
    hours, names = tuple(windows), tuple(sorted(zones))
    if not _sound(hours) or zone_fault(names) is not None or not _FIRST_MOMENT < moment < _LAST_MOMENT:
        return None
    moment = moment.astimezone(UTC)
    for ahead in range(HORIZON_DAYS + 1):
        for opens, closes in _common(hours, names, moment.date() + ahead * _DAY):
            if closes > moment:
                return max(opens, moment)
    return None


def _open_at(
    windows: Sequence[HoursWindow], where: ZoneInfo, moment: datetime, calendar: "Calendar | None" = None
) -> bool:
    local = moment.astimezone(where)
    weekday = local.weekday() if calendar is None else calendar.weekday(local.date())
    clock = local.time()
    return any(
        window.weekday == weekday
        and window.opens <= clock
        and (clock < window.closes or window.closes == _MIDNIGHT)
        for window in windows
    )


@lru_cache(maxsize=8_192)
def _common(windows: tuple[HoursWindow, ...], zones: tuple[str, ...], day: date) -> tuple[Interval, ...]:
    """Return the stretches of one UTC day in which every zone is open, in order."""
    shared = stretches(windows, zones[0], day)
    for name in zones[1:]:
        if not shared:
            break
        shared = tuple(meet(shared, stretches(windows, name, day)))
    return shared


def meet(left: Sequence[Interval], right: Sequence[Interval]) -> Iterator[Interval]:
    """Yield the stretches that two ordered lists of stretches share, in order."""
    for a_opens, a_closes in left:
        for b_opens, b_closes in right:
            opens, closes = max(a_opens, b_opens), min(a_closes, b_closes)
            if opens < closes:
                yield opens, closes


@lru_cache(maxsize=32_768)
def stretches(
    windows: tuple[HoursWindow, ...], name: str, day: date, calendar: "Calendar | None" = None
) -> tuple[Interval, ...]:
    """Return the stretches of one UTC day in which one zone is open; ``windows`` and zone must be sound.

    With a ``calendar`` holidays are closed and make-up workdays take the windows it says. The wall clock only
    changes its answer at an edge of a window or at a change of the offset, so the day is cut there and each
    piece is asked once, at its start.
    """
    where = _zone(name)
    begin = datetime.combine(day, _MIDNIGHT, tzinfo=UTC)
    change = tuple(_offset_change(where, begin))
    edges = (_edges if change else _steady_edges)(windows, where, begin, calendar)
    cuts = {begin, begin + _DAY, *edges, *change}
    ordered = sorted(cut for cut in cuts if begin <= cut <= begin + _DAY)
    found: list[Interval] = []
    for opens, closes in pairwise(ordered):
        if not _open_at(windows, where, opens, calendar):
            continue
        if found and found[-1][1] == opens:
            found[-1] = (found[-1][0], closes)
        else:
            found.append((opens, closes))
    return tuple(found)


def _edges(
    windows: tuple[HoursWindow, ...], where: ZoneInfo, begin: datetime, calendar: "Calendar | None"
) -> Iterator[datetime]:
    """Yield every edge of a window near a UTC day, both passages of a double hour included."""
    for ahead in (-1, 0, 1, 2):
        day = begin.date() + ahead * _DAY
        for clock in _clocks(windows, day, calendar):
            for fold in (0, 1):
                yield datetime.combine(day, clock.replace(fold=fold), tzinfo=where).astimezone(UTC)


def _steady_edges(
    windows: tuple[HoursWindow, ...], where: ZoneInfo, begin: datetime, calendar: "Calendar | None"
) -> Iterator[datetime]:
    """Yield every edge of a window near a UTC day at whose end the offset is that of its begin.

    All days but two of a year are such, and the general way takes several times as long.
    """
    local = begin.astimezone(where)
    ahead = local.utcoffset() or timedelta(0)
    for day in (local.date(), local.date() + _DAY):
        for clock in _clocks(windows, day, calendar):
            yield datetime.combine(day, clock, tzinfo=UTC) - ahead


def _clocks(windows: tuple[HoursWindow, ...], day: date, calendar: "Calendar | None") -> set[time]:
    """Return the edges of one day's windows, and midnight: there a window may end, and a weekday begins."""
    weekday = day.weekday() if calendar is None else calendar.weekday(day)
    clocks = {_MIDNIGHT}
    for window in windows:
        if window.weekday == weekday:
            clocks |= {window.opens, window.closes}
    return clocks


def _offset_change(where: ZoneInfo, begin: datetime) -> Iterator[datetime]:
    """Yield the second within a UTC day at which the zone's offset changes, if it does."""
    low, high = begin, begin + _DAY
    before = low.astimezone(where).utcoffset()
    if before == high.astimezone(where).utcoffset():
        return
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(where).utcoffset() == before:
            low = middle
        else:
            high = middle
    yield high


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return zone(name)


@lru_cache(maxsize=512)
def _sound(windows: tuple[HoursWindow, ...]) -> bool:
    return not window_faults(windows)
