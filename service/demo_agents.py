"""Simulated agents of the demo: they do what an agent does on his page, through the same API."""

import asyncio
import contextlib
from typing import Any, Final

from dialer.simulator.numbers import NotSimulated, behaviour_of
from gateways.console_client import ConsoleClient, ConsoleRefused

LOOK_S: Final = 0.1
"""How often an agent looks at his page, in seconds."""

MACHINE_S: Final = 1.5
"""How long an agent listens to a machine before he knows."""

PERSON_S: Final = 2.0
"""How long a talk with a caller of unknown habits takes."""


class SimulatedAgent:
    """One agent from log-in to log-out."""

    def __init__(self, console: ConsoleClient, agent_id: str) -> None:
        self._console = console
        self._path = f"/api/agents/{agent_id}"

    async def work(self) -> None:
        """Log in, take calls until cancelled."""
        await self._do("login")
        await self._until("paused", "ready")
        await self._do("ready")
        while True:
            page = await self._until("talking")
            await self._talk(page["call"])

    async def _talk(self, call: dict[str, Any]) -> None:
        """Talk as long as the customer does, leave him to the vote, write down what came of it."""
        machine, talk_s = _habits(call["number"])
        await asyncio.sleep(talk_s)
        with contextlib.suppress(ConsoleRefused):  # the customer may have hung up first
            await self._do("end-call")
        page = await self._until("wrap_up", "ready", "paused")
        if page["state"] != "wrap_up":
            return
        outcome = "machine" if machine else _outcome(call)
        body = {"attempt_id": call["attempt_id"], "outcome": outcome, "note": f"demo: talked {talk_s:g} s"}
        with contextlib.suppress(ConsoleRefused):  # the wrap-up may have ended by itself meanwhile
            await self._do("record", body)
            await self._do("end-wrap-up")

    async def _until(self, *states: str) -> dict[str, Any]:
        """Look at the page until the agent is in one of the states."""
        while True:
            page: dict[str, Any] = await self._console.get(self._path)
            if page["state"] in states:
                return page
            await asyncio.sleep(LOOK_S)

    async def _do(self, what: str, body: dict[str, Any] | None = None) -> None:
        await self._console.post(f"{self._path}/{what}", body)


def _habits(number: str) -> tuple[bool, float]:
    """Return whether a number belongs to a machine, and how long the person talks (seconds)."""
    try:
        behaviour = behaviour_of(number)
    except NotSimulated:
        return False, PERSON_S
    if behaviour.is_machine:
        return True, MACHINE_S
    return False, behaviour.talk_s


def _outcome(call: dict[str, Any]) -> str:
    """Return a plain outcome that this call knows."""
    known: dict[str, str] = call["outcomes"]
    return next(code for code in ("satisfied", "served", *known) if code in known)
