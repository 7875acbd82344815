"""How log lines look and where they go. Knows structlog; must not know what is logged."""

import logging
from typing import TextIO

import structlog
from structlog.typing import Processor


def log_to(out: TextIO, level: int) -> None:
    """Write every line of ``level`` and above to ``out``, one per event, as ``key=value``.

    Libraries that log by ``logging`` (APScheduler, aiohttp, asyncio) are heard from WARNING on, in the same
    form, with their ``logger``. Call it before the first line is logged: loggers are kept from their first
    use on, since making one anew for each line costs more than the line.
    """
    told_first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    written: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
    ]
    structlog.configure(
        processors=[*told_first, *written],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(out)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*told_first, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    logging.basicConfig(handlers=[libraries], level=max(level, logging.WARNING))


def quiet() -> None:
    """Log warnings and worse only: a simulated day has a line for each move of a hundred thousand calls."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
