"""Due windows: from a date in the list (``service_date``) to when a lead may be called at all.

Knows calendar days and zones. Must not know hours, attempts or how a list is parsed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from campaigns.model import Anchor, zone


@dataclass(frozen=True, slots=True)
class DueWindow:
    """When a lead may be called as far as its date goes: half open, ``[opens_at, closes_at)``, in UTC."""

    opens_at: datetime
    closes_at: datetime


def anchor_date(anchor: Anchor, fields: Mapping[str, str]) -> date:
    """Return the date the anchor counts from; raises ``ValueError`` when it is missing or not ISO."""
    text = fields.get(anchor.field, "").strip()
    if not text:
        raise ValueError(f"no {anchor.field}")
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise ValueError(f"{anchor.field} {text!r} is not a date like 2026-03-31") from fault


def due_window(anchor: Anchor, fields: Mapping[str, str], zones: Sequence[str]) -> DueWindow:
    """Return the due window that holds in every one of ``zones``.

    It opens when the first day has begun in the last of the zones and closes when the last day ends in
    the first of them, so with zones far apart it may be empty (``closes_at <= opens_at``). Raises
    ``ValueError`` for a missing or malformed date, no zones, or an unknown zone.
    """
    if not zones:
        raise ValueError("nobody knows the customer's time zone")
    day = anchor_date(anchor, fields)
    try:
        first = day + timedelta(days=anchor.earliest_days)
        after = day + timedelta(days=anchor.latest_days + 1)
        return DueWindow(
            opens_at=max(_day_begins(first, name) for name in zones),
            closes_at=min(_day_begins(after, name) for name in zones),
        )
    except OverflowError as fault:
        raise ValueError(f"{anchor.field} {day} is out of range") from fault


def closed_everywhere_at(anchor: Anchor, fields: Mapping[str, str]) -> datetime:
    """Return when the due window has closed wherever on Earth the customer may be.

    For use when the zones are not at hand: it never closes a lead too early. Raises ``ValueError`` as
    ``due_window`` does.
    """
    return due_window(anchor, fields, ("Etc/GMT+12",)).closes_at


def _day_begins(day: date, name: str) -> datetime:
    """Return a day's first moment in a zone: where the clock skips midnight, the moment it skips."""
    return datetime.combine(day, time(0, 0), tzinfo=zone(name)).astimezone(UTC)
