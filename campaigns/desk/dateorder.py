"""Dates as people write them: which of day, month and year is which, told by the date or by its neighbours.

Knows how dates are written. Must not know rows, columns or which dates are still worth a call. A date that
has one reading is read; one that has two takes the order that somebody said, or that all others of the list
settle, and is refused without one: a wrong guess calls people in the wrong week.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Final

from campaigns.errors import Fault


class DateOrder(StrEnum):
    """What comes first in a date whose year is not in front; ``ymd`` says that every year is."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


WORDS: Final = {
    DateOrder.DMY: "day first",
    DateOrder.MDY: "month first",
    DateOrder.YMD: "year first",
}

# A time behind a date is what spreadsheets write for midnight; nobody reads it here.
_TIME: Final = r"(?:,?[T ]\d{1,2}:\d{2}.*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/ ]|\. ?)(\d{{1,2}})\2(\d{{4}}){_TIME}")
_SHORT_YEAR = re.compile(rf"\d{{1,2}}([-/ ]|\. ?)\d{{1,2}}\1\d{{2}}{_TIME}")


def date_order_named(text: str) -> DateOrder | None:
    """Return the order of that name, None for an empty text; raises ``ValueError`` with all there are."""
    word = text.strip().lower()
    if not word:
        return None
    try:
        return DateOrder(word)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is none of {', '.join(DateOrder)}") from None


def date_order_faults(text: str) -> list[Fault]:
    """Return what is wrong with the word for an order: nothing where ``date_order_named`` knows it."""
    try:
        date_order_named(text)
    except ValueError as fault:
        return [Fault("date_order", str(fault))]
    return []


def read_date(text: str, order: DateOrder | None) -> date:
    """Return a date; raises ``ValueError`` with what the text is instead, without it.

    Points put the day in front, unless somebody says that the month is.
    """
    match = _YEAR_FIRST.fullmatch(text)
    parts = (match[1], match[3], match[4]) if match else None
    if parts is None and (match := _COMPACT.fullmatch(text)):
        parts = (match[1], match[2], match[3])
    if parts is not None:
        return _existing(_day(*map(int, parts)))
    if _YEAR_LAST.fullmatch(text) is None:
        short = _SHORT_YEAR.fullmatch(text) is not None
        words = (
            "has a year of two figures: write all four" if short else "is not a date: write it as YYYY-MM-DD"
        )
        raise ValueError(words)
    by_day, by_month = _readings(text)
    if by_day is None or by_month is None or by_day == by_month:
        return _existing(by_day or by_month)
    if order is DateOrder.MDY:
        return by_month
    if order is DateOrder.DMY or "." in text[:3]:
        return by_day
    words = f"may be {by_day} or {by_month}: say what comes first (date_order: dmy or mdy)"
    raise ValueError(f"{words}, or write it as YYYY-MM-DD")


def _readings(text: str) -> tuple[date | None, date | None]:
    """Return a date with its year behind as it is with the day in front, and with the month."""
    match = _YEAR_LAST.fullmatch(text)
    if match is None:
        return None, None
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    return _day(year, second, first), _day(year, first, second)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _existing(day: date | None) -> date:
    if day is None:
        raise ValueError("is no date: there is no such day")
    return day


class OrderGuess:
    """What the dates of a list say about their order, fed one by one.

    ``is_asked``: some date has its year behind. It has an answer where every date that settles it says the
    same, and one does.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self._settled: set[DateOrder] = set()

    def feed(self, text: str) -> None:
        """Take one cell of a column of dates into account, whatever is in it."""
        if text[:4].isdigit() or "." in text[:3]:  # nearly all: the year is in front, or points say it
            return
        by_day, by_month = _readings(text)
        if by_day is None and by_month is None:
            return
        self.is_asked = True
        if by_month is None:
            self._settled.add(DateOrder.DMY)
        elif by_day is None:
            self._settled.add(DateOrder.MDY)

    @property
    def is_over(self) -> bool:
        """Say whether the dates contradict each other, so that no more of them help."""
        return len(self._settled) > 1

    @property
    def order(self) -> DateOrder | None:
        """The order that they settle, if they do."""
        return next(iter(self._settled)) if len(self._settled) == 1 else None
