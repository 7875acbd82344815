"""An appointment: the moment at which a customer wished to be called, and the stretch that honours it.

Knows how near a call must come to the wish. Must not know leads, packs or hours, nor what a wish outweighs.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from campaigns.rules.hours import Interval

WISH_TOLERANCE: Final = timedelta(minutes=15)
"""How far from an agreed appointment a call still honours it (Cisco's default for call-backs)."""

# A date nobody means opens nothing and holds nothing back; any other can be told by every clock on earth.
_FIRST: Final = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
_LAST: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)


def appointment_window(appointment: datetime | None) -> Interval | None:
    """Return the stretch around an agreed appointment in which a call still honours it."""
    if appointment is None:
        return None
    try:
        agreed = appointment.astimezone(UTC)
    except OverflowError:
        return None
    if not _FIRST <= agreed <= _LAST:
        return None
    return agreed - WISH_TOLERANCE, agreed + WISH_TOLERANCE
