"""The outside check: a clear word passes or bars, everything else fails closed and is asked again."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from campaigns.model import Purpose
from campaigns.screening import Screened
from gateways.lookups import RETRY_AFTER_S, http_check

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/check", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/check"
    finally:
        await runner.cleanup()


async def asked(handler: Handler, timeout_s: float = 5.0) -> Screened:
    async with server(handler) as url, http_check(url, timeout_s) as check:
        return await check.ask("+34912345678", Purpose.MARKETING, 7)


def answering(body: Any, status: int = 200) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(text=text, status=status, content_type="application/json")

    return handler


async def test_the_question_names_number_purpose_and_campaign() -> None:
    heard: list[Any] = []

    async def handler(request: web.Request) -> web.Response:
        heard.append((request.method, await request.json()))
        return web.json_response({"allowed": True})

    assert await asked(handler) == Screened()
    assert heard == [("POST", {"number": "+34912345678", "purpose": "marketing", "campaign": 7})]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"allowed": False, "reason": "on the\n national   registry"}, "refused: on the national registry"),
        ({"allowed": False}, "gave no reason"),
        ({"allowed": False, "reason": 7}, "gave no reason"),
    ],
)
async def test_a_refusal_is_final_and_says_why(answer: Any, words: str) -> None:
    found = await asked(answering(answer))
    assert words in found.refusal
    assert found.retry_after_s is None


async def test_a_long_reason_is_cut() -> None:
    found = await asked(answering({"allowed": False, "reason": "x" * 5000}))
    assert len(found.refusal) < 300


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"allowed": True}, 500),
        ({"allowed": True}, 204),
        ({"allowed": True}, 302),
        ("not json", 200),
        ("", 200),
        ([True], 200),
        ({"allowed": "yes"}, 200),
        ({"allowed": 1}, 200),
        ({}, 200),
        ("\x00\xff", 200),
        ("[" * 60_000, 200),
        (json.dumps({"allowed": True, "padding": "x" * 70_000}), 200),
    ],
)
async def test_what_is_no_clear_answer_refuses_for_now(body: Any, status: int) -> None:
    found = await asked(answering(body, status))
    assert found.refusal.startswith("the outside check ")
    assert found.retry_after_s == RETRY_AFTER_S


async def test_another_address_is_not_asked_instead() -> None:
    heard: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        heard.append(request.query_string)
        if not request.query_string:
            raise web.HTTPTemporaryRedirect("/check?elsewhere")
        return web.json_response({"allowed": True})

    assert (await asked(handler)).retry_after_s == RETRY_AFTER_S
    assert heard == [""]


async def test_silence_refuses_for_now() -> None:
    release = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        await release.wait()
        return web.json_response({"allowed": True})

    found = await asked(handler, timeout_s=0.05)
    assert "did not answer within 0.05 s" in found.refusal
    assert found.retry_after_s == RETRY_AFTER_S


async def test_an_answer_that_trickles_is_no_answer() -> None:
    release = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"allowed":')
        await release.wait()
        return response

    assert (await asked(handler, timeout_s=0.1)).retry_after_s == RETRY_AFTER_S


async def test_nobody_listening_refuses_for_now() -> None:
    async with server(answering({"allowed": True})) as url:
        gone = url
    async with http_check(gone, 1.0) as check:
        found = await check.ask("+34912345678", Purpose.SERVICE, 1)
    assert "cannot be asked" in found.refusal
    assert found.retry_after_s == RETRY_AFTER_S
