"""Where the switch's events go, and what happens when the link to it comes and goes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from campaigns.outage import told_of
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard
from dialer.errors import TelephonyError
from dialer.legs import AgentLegs
from dialer.recovery import Recovery
from dialer.telephony import Kind, SwitchEvent

log = structlog.get_logger()

AGAIN_S: Final = 1.0
"""How long to wait before a reconciliation that failed is tried again."""

LACKING_S: Final = 5.0
"""How often a switch that lacks what a call needs is asked again."""


async def _nothing() -> Sequence[str]:
    return ()


class Switchboard:
    """Routes events; nothing is dialled between a lost link and the end of the reconciliation after it.

    Nor while the switch is ``lacking`` anything: whoever answered would be hung up on.
    """

    def __init__(
        self,
        agents: AgentBoard,
        calls: CallBoard,
        legs: AgentLegs,
        recovery: Recovery,
        on_ready: Callable[[], None],
        lacking: Callable[[], Awaitable[Sequence[str]]] = _nothing,
    ) -> None:
        self._agents = agents
        self._calls = calls
        self._legs = legs
        self._recovery = recovery
        self._on_ready = on_ready
        self._lacking = lacking
        self._link_is_up = False
        self._task: asyncio.Task[None] | None = None
        self.ready = False
        self.lacks: Sequence[str] = ()

    def hear(self, event: SwitchEvent) -> None:
        """Take one event of the switch."""
        if event.kind is Kind.LINK_UP:
            self._link_is_up = True
            self._stop_task()
            self._task = asyncio.create_task(self._settle(), name="reconcile")
        elif event.kind is Kind.LINK_DOWN:
            log.warning("link to the switch lost")
            self._link_is_up = self.ready = False
            self._legs.link_lost()
            self._stop_task()
            self._on_ready()
        else:
            self._route(event)

    async def stop(self) -> None:
        """End a reconciliation under way."""
        task = self._task
        self._stop_task()
        if task is not None:
            await asyncio.wait({task})

    def _route(self, event: SwitchEvent) -> None:
        key = event.action_id or event.channel_id
        # Calls first: their table answers at once, the seats are walked through.
        leg = None if self._calls.get(key) is not None else self._agents.by_leg(key)
        if leg is not None:
            self._legs.hear(leg, event)
        else:
            self._calls.hear(event)

    async def _settle(self) -> None:
        """Ask the switch what is true until it has answered, then let dialing go on."""
        await self._until_done(self._reconcile, AGAIN_S)
        await self._until_done(self._lacks_nothing, LACKING_S)
        self.ready = self._link_is_up
        if self.ready:
            log.info("switch ready")
        self._on_ready()

    async def _until_done(self, step: Callable[[], Awaitable[bool]], again_s: float) -> None:
        """Take a step of the settling again and again, until it is done or the link is lost."""
        while self._link_is_up:
            try:
                if await step():
                    return
            except TelephonyError as fault:
                log.warning("reconciliation broken off", fault=str(fault))
            except Exception as fault:
                log.error("reconciliation failed", **told_of(fault))
            await asyncio.sleep(again_s)

    async def _reconcile(self) -> bool:
        await self._recovery.reconcile(self._legs.restore)
        return True

    async def _lacks_nothing(self) -> bool:
        known, self.lacks = self.lacks, tuple(await self._lacking())
        if self.lacks and self.lacks != known:
            log.error("the switch lacks what calls need", not_loaded=", ".join(self.lacks))
        return not self.lacks

    def _stop_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
