"""Dates in a list: read in one way only, and turned into the moment at which a lead may first be called.

Knows calendar days, due windows, calling hours and wishes. Must not know cells or columns.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from campaigns.errors import Fault
from campaigns.model import Campaign
from campaigns.rules import hours
from campaigns.rules.anchors import due_window
from campaigns.rules.appointment import appointment_window

DAYS_AHEAD: Final = 366
"""A date further in the future than this is a typing error."""
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d{2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}")


@dataclass(frozen=True, slots=True)
class Due:
    """From when on a lead is due, or which column says that it can never be called.

    ``closes_at`` is the end of its due window, if it has one. ``is_shut``: it is the campaign's own hours
    that leave nothing.
    """

    at: datetime
    column: str = ""
    problem: str = ""
    closes_at: datetime | None = None
    is_shut: bool = False


def read_day(text: str, moment: datetime) -> str | Fault:
    """Return a date as ISO, or the fault of a text that is none, or that can be read in two ways."""
    match = _YEAR_FIRST.fullmatch(text)
    parts = (match[1], match[3], match[4]) if match else None
    if parts is None and (match := _COMPACT.fullmatch(text)):
        parts = (match[1], match[2], match[3])
    if parts is None:
        ambiguous = _YEAR_LAST.fullmatch(text) is not None
        words = "can be read in two ways" if ambiguous else "is not a date"
        return Fault("", f"{text[:40]!r} {words}: write it as YYYY-MM-DD")
    try:
        day = date(*map(int, parts))
    except ValueError:
        return Fault("", f"{text[:40]!r}: there is no such day")
    if day > moment.astimezone(UTC).date() + timedelta(days=DAYS_AHEAD):
        return Fault("", f"{text[:40]!r} is more than a year ahead")
    return day.isoformat()


def due_of(campaign: Campaign, day: str, zones: tuple[str, ...], moment: datetime) -> Due:
    """Return when the due window opens; without an anchor, when the campaign was made.

    Hours are not counted in: they may change, and the verdict asks them at the moment of the call. A lead
    for whom they leave nothing by now has a problem, which only a wish takes away (``honouring``).
    """
    anchor, begins, closes_at = campaign.anchor, campaign.created_at, None
    if anchor is not None:
        try:
            window = due_window(anchor, {anchor.field: day}, zones)
        except ValueError as problem:
            return Due(begins, anchor.field, str(problem))
        begins, closes_at = window.opens_at, window.closes_at
        if moment >= closes_at:
            words = (
                f"{day} is older than {anchor.latest_days} days: the {campaign.template} window has closed"
            )
            return Due(begins, anchor.field, words)
        left = hours.next_opening(campaign.hours, zones, max(moment, begins))
        if left is not None and left >= closes_at:
            words = f"{day} leaves no calling hours before the {campaign.template} window closes"
            return Due(begins, anchor.field, words, closes_at, is_shut=True)
    if hours.next_opening(campaign.hours, zones, begins) is None:
        words = f"no hour lies inside the calling hours in all of {', '.join(zones)}"
        return Due(begins, "zone", words, closes_at, is_shut=True)
    return Due(begins, closes_at=closes_at)


def honouring(due: Due, wished: datetime, moment: datetime) -> Due:
    """Return the same for a customer who wished to be called at a moment: a wish opens the hours around it.

    One that is past opens nothing; one after the due window is a problem of its own, since it holds back
    every call there could be.
    """
    wish = appointment_window(wished)
    if wish is None or (due.problem and not due.is_shut):
        return due
    if due.closes_at is not None and wish[0] >= due.closes_at:
        return replace(due, column="appointment", problem="is after the last day on which he may be called")
    opens_at = max(wish[0], due.at, moment)
    if opens_at < wish[1] and (due.closes_at is None or opens_at < due.closes_at):
        return Due(due.at, closes_at=due.closes_at)
    return due
