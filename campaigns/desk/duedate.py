"""Dates in a list: read in one way only, and turned into the moment at which a lead may first be called.

Knows calendar days, due windows and calling hours. Must not know cells or columns.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from campaigns.errors import Fault
from campaigns.model import Anchor, Campaign
from campaigns.rules import hours
from campaigns.rules.anchors import DueWindow, due_window

DAYS_AHEAD: Final = 366
"""A date further in the future than this is a typing error."""
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d{2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}")


@dataclass(frozen=True, slots=True)
class Due:
    """When a lead is first callable, or which column says that it never is."""

    at: datetime
    column: str = ""
    problem: str = ""


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
    """Return the first opening of the due window; without an anchor, of the campaign's own days."""
    anchor, begins = campaign.anchor, campaign.created_at
    if anchor is not None:
        try:
            window = due_window(anchor, {anchor.field: day}, zones)
        except ValueError as problem:
            return Due(begins, anchor.field, str(problem))
        closed = _closed(campaign, anchor, window, zones, moment)
        if closed:
            return Due(begins, anchor.field, f"{day} {closed}")
        begins = window.opens_at
    due_at = hours.next_opening(campaign.hours, zones, begins)
    if due_at is None:
        return Due(begins, "zone", f"no hour lies inside the calling hours in all of {', '.join(zones)}")
    return Due(due_at)


def _closed(
    campaign: Campaign, anchor: Anchor, window: DueWindow, zones: tuple[str, ...], moment: datetime
) -> str:
    """Say why nothing is left of the due window, its days or the calling hours in them; else nothing."""
    if moment >= window.closes_at:
        return f"is older than {anchor.latest_days} days: the {campaign.template} window has closed"
    left = hours.next_opening(campaign.hours, zones, max(moment, window.opens_at))
    if left is not None and left >= window.closes_at:
        return f"leaves no calling hours before the {campaign.template} window closes"
    return ""
