"""The simulator's own errors, below the room's.

DialerError
└── NoSuchPacer    a pacer's name that nobody knows
"""

from dialer.errors import DialerError


class NoSuchPacer(DialerError, ValueError):
    """There is no pacer of this name."""
