"""Dates in a list: the moment at which each lets a lead be called first, or that it does so no more.

Knows calendar days, due windows and wishes. Must not know calling hours, which may change (the verdict asks
them at the moment of the call), nor cells or columns.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from campaigns.desk.dateorder import DateOrder, read_date
from campaigns.errors import Fault
from campaigns.model import Campaign
from campaigns.rules.anchors import due_window
from campaigns.rules.appointment import appointment_window

DAYS_AHEAD: Final = 366
"""A date further in the future than this is a typing error."""


@dataclass(frozen=True, slots=True)
class Due:
    """From when on a lead is due, or which column says that it can never be called.

    ``closes_at`` is the end of its due window, if it has one.
    """

    at: datetime
    column: str = ""
    problem: str = ""
    closes_at: datetime | None = None


def read_day(text: str, moment: datetime, order: DateOrder | None = None) -> str | Fault:
    """Return a date as ISO, or the fault of a text that is none, or that can be read in two ways."""
    try:
        day = read_date(text, order)
    except ValueError as problem:
        return Fault("", f"{text[:40]!r} {problem}")
    if day > moment.astimezone(UTC).date() + timedelta(days=DAYS_AHEAD):
        return Fault("", f"{text[:40]!r} is more than a year ahead")
    return day.isoformat()


def due_of(campaign: Campaign, day: str, zones: tuple[str, ...], moment: datetime) -> Due:
    """Return when the due window opens; without an anchor, when the campaign was made.

    A lead whose window is over, or holds no moment in all of its zones, has a problem: nothing lets it be
    called any more. One whom hours leave nothing in it has none, for hours may be widened.
    """
    anchor = campaign.anchor
    if anchor is None:
        return Due(campaign.created_at)
    try:
        window = due_window(anchor, {anchor.field: day}, zones)
    except ValueError as problem:
        return Due(campaign.created_at, anchor.field, str(problem))
    begins, closes_at = window.opens_at, window.closes_at
    if moment >= closes_at:
        words = f"{day} is older than {anchor.latest_days} days: the {campaign.template} window has closed"
        return Due(begins, anchor.field, words)
    if closes_at <= begins:
        return Due(begins, anchor.field, f"{day} begins nowhere in {', '.join(zones)} before it is over")
    return Due(begins, closes_at=closes_at)


def honouring(due: Due, wished: datetime) -> Due:
    """Return the same for a customer who wished to be called at a moment.

    A wish after the due window is a problem: it holds back every call there could be.
    """
    wish = appointment_window(wished)
    if wish is None or due.problem or due.closes_at is None or wish[0] < due.closes_at:
        return due
    return replace(due, column="appointment", problem="is after the last day on which he may be called")
