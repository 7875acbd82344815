"""A rate of calls spread evenly: thirty a second are one every 33 ms, not thirty at the second's beginning.

Calls that go out together are answered together, and then wait for each other on their way to an agent; a
carrier's gate sees a burst, too. Pure: the moment (seconds on a clock that only goes forward) is an argument.
"""

from typing import Final

CATCH_UP_S: Final = 0.1
"""How late a call may be and still not delay the ones after it; more is forfeited, not made up in a burst."""


def rate_window_s(calls_per_second: float) -> float:
    """Return the time over which a rate is counted: a second, or longer for less than one call a second."""
    return max(1.0, 1.0 / calls_per_second)


class EvenRate:
    """When the next call of one campaign may go out."""

    def __init__(self) -> None:
        self._next_at: float | None = None

    def allowed(self, moment: float, calls_per_second: float) -> int:
        """Return how many calls may start now; 0 before the next one's time."""
        if self._next_at is None:
            return 1
        late_s = min(moment - self._next_at, CATCH_UP_S)
        return int(late_s * calls_per_second) + 1 if late_s >= 0 else 0

    def sent(self, moment: float, calls: int, calls_per_second: float) -> None:
        """Note that ``calls`` were started at ``moment``."""
        if calls:
            earliest = moment if self._next_at is None else max(self._next_at, moment - CATCH_UP_S)
            self._next_at = earliest + calls / calls_per_second

    def wait_s(self, moment: float) -> float:
        """Return how long until the next call may start; 0 when one may now."""
        return 0.0 if self._next_at is None else max(0.0, self._next_at - moment)
