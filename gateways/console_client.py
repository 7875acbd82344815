"""Our own HTTP API from outside: for the command line and the demo. Knows routes, not rooms."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp


class ConsoleRefused(Exception):
    """The service refused, or does not answer; the text is its own, ``faults`` names places if it gave
    any."""

    def __init__(self, text: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.faults = faults


class ConsoleClient:
    """Calls the API with one bearer token."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str, **query: str | int) -> Any:
        """Return the JSON of a GET; raises ``ConsoleRefused``."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, body: Mapping[str, Any] | None = None, **query: str | int) -> Any:
        """Return the JSON of a POST with a JSON body; raises ``ConsoleRefused``."""
        return await self._ask("POST", path, params=query, json=dict(body or {}))

    async def upload(self, path: str, content: bytes, **query: str | int) -> Any:
        """Return the JSON of an upload of CSV text; raises ``ConsoleRefused``."""
        headers = {"Content-Type": "text/csv"}
        return await self._ask("POST", path, params=query, data=content, headers=headers)

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        try:
            async with self._session.request(method, path, **request) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise ConsoleRefused(f"the service does not answer: {fault or type(fault).__name__}") from fault
        if response.status >= 400:
            faults = tuple(f"{one['place']}: {one['problem']}" for one in answer.get("faults") or ())
            raise ConsoleRefused(str(answer.get("detail") or answer.get("title")), faults)
        return answer


@asynccontextmanager
async def console_at(url: str, token: str, timeout_s: float = 60.0) -> AsyncIterator[ConsoleClient]:
    """Open a client for the service at ``url``."""
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(url, headers=headers, timeout=timeout) as session:
        yield ConsoleClient(session)
