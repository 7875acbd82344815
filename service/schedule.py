"""What runs by the wall clock. Calls never wait for it: their times are columns and events."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from campaigns.desk.retention import RetentionDesk
from campaigns.ledger import Head
from campaigns.outage import told_of
from dialer.errors import TelephonyError
from dialer.ports import Clock
from dialer.recovery import Recovery

log = structlog.get_logger()

SWEEP_S: Final = 5
"""How often journals of the dialplan are collected, and whoever asked for it erased, in seconds."""

KEEP_S: Final = 60
"""How often what pacing has learned is stored, in seconds."""

PURGE_H: Final = 1
"""How often deleted lists and uploads are looked at, whose time may be over, in hours."""

EXPIRE_H: Final = 24
"""How often records are looked for that rule packs let nobody keep so long, in hours."""

HEAD_H: Final = 24
"""How often the ledger's head is logged, in hours: whoever keeps the log can tell if its end was cut off."""


class Schedule:
    """The static jobs of the service, rebuilt at every start."""

    def __init__(
        self,
        clock: Clock,
        recovery: Recovery,
        switch_ready: Callable[[], bool],
        retention: RetentionDesk,
        head: Callable[[], Awaitable[Head]],
        keep: Callable[[], Awaitable[None]],
        forget_uploads: Callable[[], Awaitable[int]],
        erase_who_asked: Callable[[], Awaitable[int]],
    ) -> None:
        self._recovery = recovery
        self._retention = retention
        self._head = head
        self._keep_learned = keep
        self._forget_uploads = forget_uploads
        self._erase_who_asked = erase_who_asked
        self._switch_ready = switch_ready
        # Without a grace time of None a loop that was busy for a second would skip the job.
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        first = clock.now() + timedelta(seconds=SWEEP_S)
        self._scheduler.add_job(
            self._sweep, "interval", seconds=SWEEP_S, next_run_time=first, id="sweep journals"
        )
        self._scheduler.add_job(
            self._erase, "interval", seconds=SWEEP_S, next_run_time=first, id="erase who asked"
        )
        self._scheduler.add_job(self._purge, "interval", hours=PURGE_H, next_run_time=first, id="purge lists")
        self._scheduler.add_job(
            self._expire, "interval", hours=EXPIRE_H, next_run_time=first, id="expire records"
        )
        self._scheduler.add_job(
            self._tell_head, "interval", hours=HEAD_H, next_run_time=first, id="tell ledger head"
        )
        self._scheduler.add_job(
            self._keep, "interval", seconds=KEEP_S, next_run_time=first, id="keep what pacing learned"
        )

    def start(self) -> None:
        """Start the clockwork."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop it; a job under way is broken off, and the next start repeats it."""
        self._scheduler.shutdown(wait=False)

    async def _sweep(self) -> None:
        """Collect what the dialplan wrote alone."""
        if not self._switch_ready():
            return
        try:
            await self._recovery.sweep()
        except TelephonyError as fault:
            log.warning("journals not collected", fault=str(fault))
        except Exception as fault:
            log.error("journals not collected", **told_of(fault))

    async def _erase(self) -> None:
        """Erase people who were being called when it was asked."""
        try:
            if people := await self._erase_who_asked():
                log.info("people erased after their calls", people=people)
        except Exception as fault:
            log.error("people not erased after their calls", **told_of(fault))

    async def _keep(self) -> None:
        """Store what pacing has learned."""
        try:
            await self._keep_learned()
        except Exception as fault:
            log.error("what pacing learned was not stored", **told_of(fault))

    async def _purge(self) -> None:
        """Destroy the records of deleted lists, and the rest of erased people, whose time is over.

        Old uploads go with their reject files as well.
        """
        try:
            if uploads := await self._forget_uploads():
                log.info("uploads forgotten", uploads=uploads)
        except Exception as fault:
            log.error("old uploads not forgotten", **told_of(fault))
        try:
            done = await self._retention.purge()
        except Exception as fault:
            log.error("deleted lists not purged", **told_of(fault))
            return
        if done.leads or done.people:
            log.info("records purged", leads=done.leads, people=done.people)
        for list_id, order in done.kept.items():
            log.info("deleted list kept", list=list_id, until=order.until.isoformat(), by=str(order))

    async def _expire(self) -> None:
        """Destroy records that a rule pack lets nobody keep so long."""
        try:
            gone = await self._retention.expire()
        except Exception as fault:
            log.error("records not expired", **told_of(fault))
        else:
            if gone:
                log.info("records expired", leads=gone)

    async def _tell_head(self) -> None:
        """Log where the ledger ends."""
        try:
            head = await self._head()
        except Exception as fault:
            log.error("ledger head not told", **told_of(fault))
        else:
            log.info("ledger head", head=str(head))
