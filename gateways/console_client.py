"""Our own HTTP API from outside: for the command line and the demo. Knows routes, not rooms."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from campaigns.private_files import private_replacement
from console.auth import USER_HEADER
from console.errors import NOT_SETTLED, URN

_PATIENT: Final = aiohttp.ClientTimeout(total=None, sock_read=300)
"""For files, which take as long as they take: only a service that is silent for minutes has failed."""


SETTLES_S: Final = 10.0
"""How long a service that has just started is asked again what an agent has: a second with its Asterisk."""
AGAIN_S: Final = 0.1


class ConsoleRefused(Exception):
    """The service refused, or does not answer; the text is its own, ``faults`` names places if it gave
    any."""

    def __init__(self, text: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.faults = faults


class ConsoleSilent(ConsoleRefused):
    """Nobody answers at that address, or whoever does is not the service."""


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

    async def send_file(self, path: str, file: Path, beside: Mapping[str, str], **query: str | int) -> Any:
        """Return the JSON of an upload of a file, sent as it is read, with text fields beside it.

        Raises ``ConsoleRefused``. It may take as long as it takes.
        """
        try:
            with file.open("rb") as content:
                form = aiohttp.FormData(dict(beside))
                form.add_field("file", content, filename=file.name, content_type="application/octet-stream")
                return await self._ask("POST", path, params=query, data=form, timeout=_PATIENT)
        except OSError as fault:
            raise ConsoleRefused(f"{file}: cannot be read: {fault.strerror}") from fault

    async def download(self, path: str, target: Path) -> None:
        """Write what a GET answers to a file; raises ``ConsoleRefused``, and ``OSError`` for the file.

        It may take as long as it takes. Unless the answer came whole, the file stays as it was.
        """
        try:
            async with self._session.get(path, timeout=_PATIENT) as response:
                if response.status >= 400:
                    raise _refusal(await response.json(content_type=None), path, response.status)
                with private_replacement(target) as out:
                    async for chunk in response.content.iter_chunked(64 * 1024):
                        out.write(chunk)
        except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
            raise ConsoleRefused(f"the service does not answer: {fault or type(fault).__name__}") from fault

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        asked_until = time.monotonic() + SETTLES_S
        answer, status = await self._once(method, path, **request)
        while (
            _is_settling(answer) and time.monotonic() < asked_until
        ):  # nothing was done: it may be asked again
            await asyncio.sleep(AGAIN_S)
            answer, status = await self._once(method, path, **request)
        if status >= 400:
            raise _refusal(answer, path, status)
        return answer

    async def _once(self, method: str, path: str, **request: Any) -> tuple[Any, int]:
        try:
            async with self._session.request(method, path, **request) as response:
                return await response.json(content_type=None), response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as fault:  # ValueError: it speaks no JSON
            raise ConsoleSilent(f"the service does not answer: {fault or type(fault).__name__}") from fault


def _is_settling(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.get("type") == URN + NOT_SETTLED


def _refusal(answer: Any, path: str, status: int) -> ConsoleRefused:
    """Return the service's refusal in its own words, with every place that is wrong."""
    told = answer if isinstance(answer, dict) else {}
    faults = tuple(f"{one['place']}: {one['problem']}" for one in told.get("faults") or ())
    said = told.get("detail") or told.get("title")
    return ConsoleRefused(str(said or f"{path}: the service answered {status}"), faults)


@asynccontextmanager
async def console_at(
    url: str, token: str, user: str = "", timeout_s: float = 60.0
) -> AsyncIterator[ConsoleClient]:
    """Open a client for the service at ``url``; ``user`` is whom it works for, where that can be told."""
    headers = {"Authorization": f"Bearer {token}"}
    if user:
        headers[USER_HEADER] = user
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(url, headers=headers, timeout=timeout) as session:
        yield ConsoleClient(session)
