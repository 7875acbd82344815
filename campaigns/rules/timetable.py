"""Several schedules at once: when all of them are open in every zone a person may be in.

Knows windows with their calendar, and a wish that widens some of them. Must not know packs or campaigns.
Every answer for a day is worked out once and kept: the next million people in that zone ask the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from campaigns.model import HoursWindow
from campaigns.rules.calendars import Calendar
from campaigns.rules.hours import HORIZON_DAYS, Interval, meet, stretches

_DAY = timedelta(days=1)
_MIDNIGHT = time(0, 0)
_LAST_DAY = date.max.toordinal() - HORIZON_DAYS - 3
_FIRST_DAY = date.min.toordinal() + 3


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """One schedule: sound windows, the calendar that closes holidays (None: they make no difference).

    ``wish`` says whether an agreed appointment may widen it. Compared by identity, so that a look-up in
    the kept answers costs nothing.
    """

    windows: tuple[HoursWindow, ...]
    calendar: Calendar | None
    wish: bool


Tables = tuple[Timetable, ...]


def is_open(tables: Tables, zones: tuple[str, ...], moment: datetime, wish: Interval | None = None) -> bool:
    """Say whether every table is open in every zone at ``moment``, which is in UTC; zones are known.

    ``wish`` is the stretch around an appointment, in which tables that permit it count as open.
    """
    day = moment.toordinal()
    if not _FIRST_DAY < day < _LAST_DAY:
        return False
    for opens, closes in _joint(tables, zones, day, wish):
        if opens <= moment:
            if moment < closes:
                return True
        else:
            break
    return False


def next_opening(
    tables: Tables, zones: tuple[str, ...], moment: datetime, wish: Interval | None = None
) -> datetime | None:
    """Return the first moment from ``moment`` on at which ``is_open`` holds, None if not within a year."""
    first = moment.toordinal()
    if not _FIRST_DAY < first < _LAST_DAY:
        return None
    for day in range(first, first + HORIZON_DAYS + 1):
        for opens, closes in _joint(tables, zones, day, wish):
            if opens > moment:
                return opens
            if closes > moment:
                return moment
    return None


@lru_cache(maxsize=32_768)
def _joint(
    tables: Tables, zones: tuple[str, ...], ordinal: int, wish: Interval | None
) -> tuple[Interval, ...]:
    """Return the stretches of one UTC day in which everything is open, in order."""
    day = date.fromordinal(ordinal)
    begins = datetime.combine(day, _MIDNIGHT, tzinfo=UTC)
    shared: tuple[Interval, ...] = ((begins, begins + _DAY),)
    for table in tables:
        widened = _within(wish, begins) if wish is not None and table.wish else None
        for name in zones:
            one = _of_table(table, name, ordinal)
            shared = tuple(meet(shared, one if widened is None else tuple(_joined(one, widened))))
            if not shared:
                return ()
    return shared


@lru_cache(maxsize=65_536)
def _of_table(table: Timetable, name: str, ordinal: int) -> tuple[Interval, ...]:
    return stretches(table.windows, name, date.fromordinal(ordinal), table.calendar)


def _within(wish: Interval, begins: datetime) -> Interval | None:
    opens, closes = max(wish[0], begins), min(wish[1], begins + _DAY)
    return (opens, closes) if opens < closes else None


def _joined(stretched: tuple[Interval, ...], more: Interval) -> Iterator[Interval]:
    """Yield a list of stretches with one more, joined where they touch."""
    ordered = sorted((*stretched, more))
    opens, closes = ordered[0]
    for next_opens, next_closes in ordered[1:]:
        if next_opens <= closes:
            closes = max(closes, next_closes)
        else:
            yield opens, closes
            opens, closes = next_opens, next_closes
    yield opens, closes
