"""The connections of the running service: to its switch, to the outside check, and the console's own.

Knows what to say of one that cannot be made. Must not know what goes over it.
"""

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.log import server_logger

from campaigns.screening import ExternalCheck
from dialer.ami.config import AmiConfig
from dialer.ami.telephony import AmiTelephony
from dialer.errors import TelephonyError
from gateways.lookups import http_check
from ivr.prompts.speaker import Speaker
from service.errors import CannotStart
from service.settings import Settings
from service.stages import Stages

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Switch:
    """How this process reaches its Asterisk, and where sounds and vote files are shared with it.

    ``spoken`` is where spoken sounds are kept between runs, whatever Asterisk they are for. ``ours_runs``
    says whether the Asterisk that we run ourselves is up; None where it is not ours to run.
    """

    ami: AmiConfig
    agi_host: str
    agi_port: int
    prompts: Path
    prompts_seen_as: str
    votes: Path
    speaker: Speaker
    spoken: Path | None = None
    ours_runs: Callable[[], bool] | None = None


async def outside_check(settings: Settings, opening: Stages) -> ExternalCheck | None:
    """Open the outside check, if there is one; closed after the last call could ask it."""
    url = settings.rules.external_check_url
    if not url:
        return None
    opened = AsyncExitStack()
    opening.then_stop("outside check", opened.aclose)
    return await opened.enter_async_context(http_check(url, settings.rules.external_check_timeout_s))


async def log_in(telephony: AmiTelephony, switch: Switch) -> None:
    """Log in to the switch; one that is not there yet is waited for in the background.

    Raises ``CannotStart`` where it refuses us.
    """
    ami = switch.ami
    try:
        await telephony.start(patient=True)
    except TelephonyError as fault:
        told = f"pbx: manager user {ami.username!r} at {ami.host}:{ami.port}: {fault}"
        if switch.ours_runs is not None and not switch.ours_runs():
            told += "; whoever answers there is not our Asterisk, which does not run (`dialer pbx` starts it)"
        raise CannotStart(told) from fault
    if not telephony.up:
        log.warning("waiting for Asterisk; nothing is dialled until it answers", reason=telephony.last_loss)


class ServerLog(logging.LoggerAdapter[logging.Logger]):
    """What the HTTP server logs. What strangers send that is no HTTP is their fault, told in one line."""

    def exception(self, msg: object, *args: object, exc_info: Any = True, **options: Any) -> None:
        """Log what went wrong with a request; ``args`` begin with the address that it came from."""
        if isinstance(exc_info, HttpProcessingError):
            log.warning("request not understood", sent_from=args[0], cause=" ".join(exc_info.message.split()))
        else:
            super().exception(msg, *args, exc_info=exc_info, **options)


async def listen(app: web.Application, settings: Settings, opening: Stages) -> str:
    """Open the console's port; returns its address, with the port that was free where the settings say 0.

    Raises ``CannotStart``.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0, logger=ServerLog(server_logger))
    await runner.setup()
    opening.then_stop("http", runner.cleanup)
    site = web.TCPSite(runner, settings.http.host, settings.http.port)
    try:
        await site.start()
    except OSError as fault:
        raise CannotStart(
            f"http: cannot listen on {settings.http.host}:{settings.http.port}: {fault}"
        ) from fault
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"
