"""The door to a call: who may pass, and what came of a visit.

Closing it waits until everyone inside is out: then nothing can still be written. Who stepped aside meanwhile
is not waited for, and does not come in again. Must not know how calls are placed.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from campaigns.rules.packs import Binding

T = TypeVar("T")


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
    LAPSED = "no room for it any more when the outside check had answered"
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
        self._inside: set[Entry] = set()
        self._aside: set[asyncio.Task[Any]] = set()
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
        """Let nobody in any more, and return once everyone is out; what is done aside is cut off."""
        self._open = False
        for task in self._aside:
            task.cancel()
        await self._empty.wait()

    @asynccontextmanager
    async def enter(self) -> AsyncIterator["Entry | None"]:
        """Pass the door if it is open; yields None when it was not."""
        if not self._open:
            yield None
            return
        entry = Entry(self)
        self._let_in(entry)
        try:
            yield entry
        finally:
            self._let_out(entry)

    def _let_in(self, entry: "Entry") -> None:
        self._inside.add(entry)
        self._empty.clear()

    def _let_out(self, entry: "Entry") -> None:
        self._inside.discard(entry)
        if not self._inside:
            self._empty.set()


class Entry:
    """Somebody who has passed a door."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    @property
    def is_open(self) -> bool:
        """Say whether the door is open still."""
        return self._gate.is_open

    async def aside(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do outside the door what takes long and writes nothing.

        None when the door closed meanwhile: then the work was cut off, and whoever did it stays outside. He
        may give back what he took, and must place nothing.
        """
        gate, task = self._gate, asyncio.create_task(work, name="aside of the door")
        gate._aside.add(task)
        gate._let_out(self)
        try:
            await asyncio.wait({task})
        finally:
            gate._aside.discard(task)
            task.cancel()  # nothing but this visit waits for it
        fault = asyncio.CancelledError() if task.cancelled() else task.exception()
        if not gate.is_open:
            return None
        gate._let_in(self)
        if fault is not None:
            raise fault
        return task.result()
