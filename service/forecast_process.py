"""Forecasts in a process of their own, so that minutes of work hold no call up.

Knows processes and pipes. Must not know what a forecast is made of. One is worked out at a time.
"""

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from dialer.forecast.result import Forecast
from dialer.forecast.window import Question
from service.errors import ForecastFailed
from service.forecast_job import ForecastJob, ForecastReply
from service.settings import Settings

log = structlog.get_logger()

MOST_WAITING: Final = 4
"""So many forecasts are asked for at once, the one under way included; more are told to come back."""

PROGRAM: Final = (sys.executable, "-m", "service.forecasting")


class ProcessForecasts:
    """``console.ports.Forecasts`` in child processes; being cancelled ends the child."""

    def __init__(
        self, settings: Settings, now: Callable[[], datetime], program: tuple[str, ...] = PROGRAM
    ) -> None:
        self._settings = settings
        self._now = now
        self._program = program
        self._one = asyncio.Lock()
        self._asked = 0

    async def forecast(self, question: Question) -> Forecast:
        """Forecast a day; raises ``InvalidInput``, ``NotFound`` and ``ForecastFailed``.

        ``NotAllowedNow`` says that too many are asked for at once.
        """
        if self._asked >= MOST_WAITING:
            raise NotAllowedNow(f"{self._asked} forecasts are being worked out; ask again in a minute")
        self._asked += 1
        try:
            async with self._one:
                return _opened(await self._work_out(ForecastJob(self._settings, question, self._now())))
        finally:
            self._asked -= 1

    async def _work_out(self, job: ForecastJob) -> ForecastReply:
        child = await asyncio.create_subprocess_exec(*self._program, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        try:
            answer, errors = await child.communicate(pickle.dumps(job))
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            log.error(
                "forecast died", status=child.returncode, errors=errors.decode(errors="replace")[-4_000:]
            )
            raise ForecastFailed(f"the forecast's process ended with {child.returncode}")
        reply: ForecastReply = pickle.loads(answer)  # noqa: S301 - from our own child
        return reply


def _opened(reply: ForecastReply) -> Forecast:
    if reply.forecast is not None:
        return reply.forecast
    if reply.faults:
        raise InvalidInput([Fault(place, problem) for place, problem in reply.faults])
    if reply.missing:
        raise NotFound(reply.missing)
    raise ForecastFailed(reply.broken)
