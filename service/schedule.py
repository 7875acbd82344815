"""What runs by the wall clock. Calls never wait for it: their times are columns and events."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from dialer.errors import TelephonyError
from dialer.ports import Clock
from dialer.recovery import Recovery

log = structlog.get_logger()

SWEEP_S: Final = 5
"""How often journals of the dialplan are collected, in seconds."""


class Schedule:
    """The static jobs of the service, rebuilt at every start."""

    def __init__(self, clock: Clock, recovery: Recovery, switch_ready: Callable[[], bool]) -> None:
        self._recovery = recovery
        self._switch_ready = switch_ready
        # Without a grace time of None a loop that was busy for a second would skip the job.
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        first = clock.now() + timedelta(seconds=SWEEP_S)
        self._scheduler.add_job(
            self._sweep, "interval", seconds=SWEEP_S, next_run_time=first, id="sweep journals"
        )

    def start(self) -> None:
        """Start the clockwork."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop it; a job under way ends by itself."""
        self._scheduler.shutdown(wait=False)

    async def _sweep(self) -> None:
        """Collect what the dialplan wrote alone."""
        if not self._switch_ready():
            return
        try:
            await self._recovery.sweep()
        except TelephonyError as fault:
            log.warning("journals not collected", fault=str(fault))
        except Exception:
            log.exception("journals not collected")
