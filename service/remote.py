"""What the command line asks of the running service, over its HTTP API."""

from typing import Any

from gateways.console_client import console_at
from service.errors import BadSettings, SettingFault
from service.settings import Settings
from service.tokens import manager_token


def where(settings: Settings, url: str) -> tuple[str, str]:
    """Return where the service listens and the manager's token; raises ``BadSettings``."""
    if url and not url.startswith(("http://", "https://")):
        raise BadSettings([SettingFault("--url", f"{url!r} does not begin with http:// or https://")])
    if not url and settings.http.port == 0:
        raise BadSettings([SettingFault("http.port", "is 0, any free port: name the service's with --url")])
    host = f"[{settings.http.host}]" if ":" in settings.http.host else settings.http.host
    token = manager_token(settings.path(settings.http.tokens_file))
    return url or f"http://{host}:{settings.http.port}", token


async def test_call(settings: Settings, url: str, number: str) -> dict[str, Any]:
    """Place one test call; returns its attempt id."""
    async with console_at(*where(settings, url)) as console:
        placed: dict[str, Any] = await console.post("/api/calls", {"number": number})
        return placed


async def fetch_report(settings: Settings, url: str, campaign: int) -> dict[str, Any]:
    """Return a campaign's report."""
    async with console_at(*where(settings, url)) as console:
        report: dict[str, Any] = await console.get(f"/api/campaigns/{campaign}/report")
        return report
