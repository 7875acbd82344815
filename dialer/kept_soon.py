"""Writes that nobody may lose and no caller waits for: each is offered to the store until it takes it.

Knows for how long a call may wait for the store. Must not know what is written, but that twice is as good as
once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from campaigns.outage import Outage
from dialer.ports import Clock

STORE_RETRY_S: Final = 1.0
"""How long after a write that failed it is tried again, in seconds."""

PATIENCE_S: Final = 1.0
"""How long a caller waits for the store, in seconds: longer is silence, and the switch steps in."""


async def until_stored(failing: Outage, of: str, write: Callable[[], Awaitable[object]]) -> None:
    """Write, again and again if need be, until the store takes it; ``failing`` tells the log of whom."""
    while True:
        try:
            await write()
            break
        except Exception as fault:
            failing.failed(of, fault)
            await asyncio.sleep(STORE_RETRY_S)
    failing.works(of)


class KeptSoon:
    """What calls have to store and do not stand still for. Nothing of it outlives this process."""

    def __init__(self, what: str, clock: Clock) -> None:
        """``what`` is the line that the log has while the store does not take it."""
        self._failing = Outage(what, clock.now, clock.monotonic)
        self._under_way: set[asyncio.Task[None]] = set()

    async def offer(self, of: str, write: Callable[[], Awaitable[object]]) -> asyncio.Task[None]:
        """Begin to store something of a call; return when that is done, or ``PATIENCE_S`` later.

        The task ends when it is stored. A store that refuses is asked again until it does not.
        """
        task = asyncio.create_task(until_stored(self._failing, of, write), name=f"store {of}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.wait({task}, timeout=PATIENCE_S)
        return task
