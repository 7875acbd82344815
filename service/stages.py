"""What has been opened, and how it is closed again: in reverse order, each stage come what may."""

from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()


class Stages:
    """The stages of stopping, as far as the start has come."""

    def __init__(self) -> None:
        self._stages: list[tuple[str, Callable[[], Awaitable[None]]]] = []

    def then_stop(self, name: str, stage: Callable[[], Awaitable[None]]) -> None:
        """Remember how to close what has just been opened."""
        self._stages.append((name, stage))

    async def close(self) -> None:
        """Close everything, the last opened first; a stage that fails is logged and stops nothing."""
        while self._stages:
            name, stage = self._stages.pop()
            try:
                await stage()
            except Exception:
                log.exception("closing failed", stage=name)
