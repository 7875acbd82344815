"""The door to a call: who may pass, and what came of a visit.

Closing it waits until everyone inside is out: then nothing can still be written. Must not know how calls are
placed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from campaigns.rules.packs import Binding


class Launched(StrEnum):
    """What came of one visit to the door."""

    PLACED = "placed"
    OFFERED = "laid before an agent"
    NOTHING_DUE = "nothing due"
    REFUSED = "refused by a rule"
    NO_AGENT = "no ready agent"
    NO_TRUNK = "no trunk with room"
    NO_CARRIER = "no trunk carries this number"
    IN_CALL = "a call to this number is under way"
    WITH_PERSON = "a call to this person on another number is under way"
    GONE = "the lead is not there to be called any more"
    SWITCH = "the switch did not take it"
    UNKNOWN_LIMIT = "an abandon limit of the lead is not among those of its campaign"
    CLOSED = "dialing is paused"


@dataclass(frozen=True, slots=True)
class Launch:
    """What came of it; ``attempt_id`` once an attempt was committed, ``reason`` of a refusal.

    ``binding`` holds the limits that were not known of the campaign, where they kept the call from starting.
    """

    what: Launched
    attempt_id: str = ""
    reason: str = ""
    binding: Binding | None = field(default=None, repr=False)


class Gate:
    """Who may pass the door. Closing waits until everyone inside is out: then nothing can still be
    written."""

    def __init__(self) -> None:
        self._open = True
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def is_open(self) -> bool:
        """Say whether anyone may enter."""
        return self._open

    def open(self) -> None:
        """Let calls be placed."""
        self._open = True

    async def close(self) -> None:
        """Let nobody in any more, and return once everyone is out."""
        self._open = False
        await self._empty.wait()

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[bool]:
        """Pass the door if it is open; yields whether it was."""
        if not self._open:
            yield False
            return
        self._inside += 1
        self._empty.clear()
        try:
            yield True
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()
