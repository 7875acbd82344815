"""What agents want, and how it comes to be stored, so that a restart of the service finds them as they were.

What an agent asked for holds from then on, whatever the store does: until the store has it, it is kept here
and offered again and again. Only a restart before that loses it. Must not know seats, legs or pages.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from campaigns.outage import Outage
from dialer.halts import PATIENCE_S
from dialer.kept_soon import until_stored
from dialer.ports import CallBook, Clock

log = structlog.get_logger()


class AgentWishes:
    """The last wish of each agent (``CallBook.remember_agent``) on its way to the store.

    ``on_change`` is told when somebody's wish is late, and when it is not any more.
    """

    def __init__(self, book: CallBook, clock: Clock, on_change: Callable[[], None]) -> None:
        self._book = book
        self._clock = clock
        self._on_change = on_change
        self._failing = Outage("agent's wish not stored yet", clock.now, clock.monotonic)
        self._unstored: dict[str, tuple[str, datetime]] = {}
        self._storing: dict[str, asyncio.Task[None]] = {}
        self._late: set[str] = set()

    def is_late(self, agent_id: str) -> bool:
        """Say whether the store has not taken an agent's last wish for so long that he should know."""
        return agent_id in self._late

    async def all(self) -> Mapping[str, str]:
        """Return the last wish of every agent that ever had one, stored or not."""
        stored = await self._book.agent_wishes()
        return {**stored, **{agent_id: wish for agent_id, (wish, _) in self._unstored.items()}}

    def note(self, agent_id: str, wish: str) -> None:
        """Let a wish be stored, in place of one that was not stored yet."""
        self._unstored[agent_id] = wish, self._clock.now()
        if agent_id not in self._storing:
            self._storing[agent_id] = asyncio.create_task(self._store(agent_id), name=f"wish {agent_id}")

    async def keep(self, agent_id: str, wish: str) -> None:
        """Store a wish; a store that does not take it soon is offered it on."""
        self.note(agent_id, wish)
        # Not awaited itself: whoever stops waiting must not stop the storing.
        await asyncio.wait({self._storing[agent_id]}, timeout=PATIENCE_S)
        if agent_id in self._storing:
            self._late.add(agent_id)
            self._on_change()

    async def close(self) -> None:
        """Give the store a last moment, then say what is lost with this process."""
        if self._storing:
            await asyncio.wait(set(self._storing.values()), timeout=PATIENCE_S)
        for storing in list(self._storing.values()):
            storing.cancel()
        for agent_id, (wish, _) in self._unstored.items():
            log.error("agent's wish lost: it was never stored", agent=agent_id, wish=wish)

    async def _store(self, agent_id: str) -> None:
        """Store the last wish of an agent, and what he wishes meanwhile, until the store has taken it."""
        while agent_id in self._unstored:
            await until_stored(self._failing, agent_id, lambda: self._remember(agent_id))
        del self._storing[agent_id]
        if agent_id in self._late:
            self._late.discard(agent_id)
            self._on_change()

    async def _remember(self, agent_id: str) -> None:
        noted = self._unstored[agent_id]
        await self._book.remember_agent(agent_id, *noted)
        if self._unstored[agent_id] is noted:
            del self._unstored[agent_id]
