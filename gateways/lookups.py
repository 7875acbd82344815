"""Look-ups by HTTP: the check of a number before it is rung. Fails closed.

Knows one question and its answer. Must not know rules: what a refusal means for a call is theirs.

The question is a POST of ``{"number": "+34…", "purpose": "marketing", "campaign": 7}``; the answer is
``{"allowed": true}``, or ``{"allowed": false, "reason": "…"}``. Everything else is no answer, and no answer
is a refusal for now.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import structlog

from campaigns.model import Purpose
from campaigns.screening import Screened

log = structlog.get_logger()

RETRY_AFTER_S: Final = 600.0
"""When a number is asked about again after the check gave no answer."""

MAX_ANSWER: Final = 64 * 1024
MAX_REASON: Final = 200

SIDE_BY_SIDE: Final = 100
"""How many questions are open at once; more wait in line, and that is no part of an answer's time."""


class HttpCheck:
    """Asks one address about every call; ``timeout_s`` bounds the whole exchange."""

    def __init__(self, session: aiohttp.ClientSession, url: str, timeout_s: float) -> None:
        self._session = session
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._line = asyncio.Semaphore(SIDE_BY_SIDE)

    async def ask(self, number: str, purpose: Purpose, campaign_id: int) -> Screened:
        """Ask about one call; whatever is not a clear answer refuses, and is asked again later."""
        question = {"number": number, "purpose": purpose.value, "campaign": campaign_id}
        async with self._line:
            return await self._ask(question)

    async def _ask(self, question: Mapping[str, str | int]) -> Screened:
        try:
            async with self._session.post(
                self._url, json=question, timeout=self._timeout, allow_redirects=False
            ) as response:
                if response.status != 200:
                    return _no_answer(f"answered with status {response.status}")
                return await _read(response)
        except TimeoutError:
            return _no_answer(f"did not answer within {self._timeout.total:g} s")
        except (aiohttp.ClientError, OSError, ValueError, RecursionError) as fault:
            return _no_answer(f"cannot be asked: {fault or type(fault).__name__}")


@asynccontextmanager
async def http_check(url: str, timeout_s: float) -> AsyncIterator[HttpCheck]:
    """Open a check at ``url`` for as long as it is used."""
    connector = aiohttp.TCPConnector(limit=SIDE_BY_SIDE)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield HttpCheck(session, url, timeout_s)


async def _read(response: aiohttp.ClientResponse) -> Screened:
    """Take an answer apart; one that is too long to be an answer is none."""
    body = await response.content.read(MAX_ANSWER + 1)
    while len(body) <= MAX_ANSWER and (more := await response.content.read(MAX_ANSWER + 1 - len(body))):
        body += more
    if len(body) > MAX_ANSWER:
        return _no_answer("gave an answer without end")
    answer = json.loads(body)
    allowed = answer.get("allowed") if isinstance(answer, dict) else None
    if allowed is True:
        return Screened()
    if allowed is not False:
        return _no_answer("gave an answer without a clear word")
    reason = answer.get("reason")
    words = " ".join(reason.split())[:MAX_REASON] if isinstance(reason, str) else ""
    return Screened(f"the outside check refused: {words or 'it gave no reason'}")


def _no_answer(what: str) -> Screened:
    log.warning("outside check gave no answer", what=what)
    return Screened(f"the outside check {what}", RETRY_AFTER_S)
