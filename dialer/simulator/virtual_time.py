"""Time that passes only when everybody waits: a day of an asyncio program in the seconds it takes to compute.

Nothing of the program changes: its loop's clock jumps to the next timer as soon as nothing else is to be
done. Real sockets that are ready are served first, so that a program with threads or sockets still works.
"""

import asyncio
import selectors
from datetime import datetime, timedelta
from typing import Any, Final

BEGINS_AT: Final = 1_000.0
"""The first second of a virtual loop: any, but not 0, which means never in places."""

REAL_WAIT_S: Final = 5.0
"""With no timer at all somebody outside is waited for, such as a thread: so long at once, in real seconds."""


class _Travelling(selectors.BaseSelector):
    """Does not wait: moves the clock to the next timer instead."""

    def __init__(self, real: selectors.BaseSelector) -> None:
        self.now = BEGINS_AT
        self._real = real

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            return self._real.select(REAL_WAIT_S)
        found = self._real.select(0)
        if not found:
            self.now += timeout
        return found

    def register(self, *args: Any) -> Any:
        return self._real.register(*args)

    def unregister(self, *args: Any) -> Any:
        return self._real.unregister(*args)

    def get_key(self, *args: Any) -> Any:
        return self._real.get_key(*args)

    def get_map(self) -> Any:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualClock:
    """The clock of the running loop, from now on virtual. ``now`` begins at ``start``, aware, in UTC."""

    def __init__(self, start: datetime) -> None:
        loop: Any = asyncio.get_running_loop()
        self._travelling = _Travelling(loop._selector)
        loop._selector = self._travelling
        loop.time = self.monotonic
        self._start = start

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return self._start + timedelta(seconds=self._travelling.now - BEGINS_AT)

    def monotonic(self) -> float:
        """Return seconds on the loop's clock."""
        return self._travelling.now
