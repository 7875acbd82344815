"""What the command line asks of the running service, over its HTTP API."""

import asyncio
from pathlib import Path
from typing import Any

from gateways.console_client import ConsoleRefused, console_at
from service.settings import Settings
from service.tokens import manager_token


def _where(settings: Settings, url: str) -> tuple[str, str]:
    """Return where the service listens and the manager's token."""
    token = manager_token(settings.path(settings.http.tokens_file))
    return url or f"http://{settings.http.host}:{settings.http.port}", token


async def test_call(settings: Settings, url: str, number: str) -> dict[str, Any]:
    """Place one test call; returns its attempt id."""
    async with console_at(*_where(settings, url)) as console:
        placed: dict[str, Any] = await console.post("/api/calls", {"number": number})
        return placed


async def upload(settings: Settings, url: str, campaign: int, file: Path, dry_run: bool) -> dict[str, Any]:
    """Load a list; returns the import's report."""
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as fault:
        raise ConsoleRefused(f"{file}: cannot be read: {fault.strerror}") from fault
    path = f"/api/campaigns/{campaign}/import"
    async with console_at(*_where(settings, url)) as console:
        report: dict[str, Any] = await console.upload(path, content, dry_run=str(dry_run).lower())
        return report


async def fetch_report(settings: Settings, url: str, campaign: int) -> dict[str, Any]:
    """Return a campaign's report."""
    async with console_at(*_where(settings, url)) as console:
        report: dict[str, Any] = await console.get(f"/api/campaigns/{campaign}/report")
        return report
