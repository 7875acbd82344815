"""A file that is fetched comes whole or changes nothing; a service that has just started is asked again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from console.app import problem_response
from console.errors import Problem
from gateways import console_client
from gateways.console_client import ConsoleClient, ConsoleRefused, console_at

PIECES = [f"{at},C-{at}\r\n".encode() for at in range(6)]
TIMEOUT_S = 0.2  # what the client waits for any other answer in all


@asynccontextmanager
async def service(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], timeout_s: float = TIMEOUT_S
) -> AsyncIterator[ConsoleClient]:
    app = web.Application()
    app.router.add_get("/export", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with console_at(url, "token", timeout_s=timeout_s) as console:
            yield console
    finally:
        await runner.cleanup()


async def slowly(request: web.Request) -> web.StreamResponse:
    """Answer as long as a big list takes: piece by piece, in twice the time that other answers have."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    for piece in PIECES:
        await asyncio.sleep(2 * TIMEOUT_S / len(PIECES))
        await answer.write(piece)
    await answer.write_eof()
    return answer


async def half(request: web.Request) -> web.StreamResponse:
    """Break off in the middle."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(b"".join(PIECES[:3]))
    assert request.transport is not None
    request.transport.close()
    return answer


async def refused(_: web.Request) -> web.StreamResponse:
    return web.json_response({"detail": "no list 7"}, status=404)


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_long_answer_comes_whole_in_place_of_an_earlier_file(tmp_path: Path) -> None:
    target = tmp_path / "leads.csv"
    target.write_bytes(b"earlier")
    target.chmod(0o644)
    async with service(slowly) as console:
        await console.download("/export", target)
    assert target.read_bytes() == b"".join(PIECES)
    assert target.stat().st_mode & 0o777 == 0o600
    assert files_in(tmp_path) == ["leads.csv"]


@pytest.mark.parametrize(("handler", "words"), [(half, "does not answer"), (refused, "no list 7")])
async def test_an_answer_that_breaks_off_leaves_the_earlier_file(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], words: str, tmp_path: Path
) -> None:
    target = tmp_path / "leads.csv"
    target.write_bytes(b"earlier")
    async with service(handler) as console:
        with pytest.raises(ConsoleRefused, match=words):
            await console.download("/export", target)
    assert target.read_bytes() == b"earlier"
    assert files_in(tmp_path) == ["leads.csv"]


async def test_an_answer_that_breaks_off_leaves_no_half_file_where_none_was(tmp_path: Path) -> None:
    async with service(half) as console:
        with pytest.raises(ConsoleRefused):
            await console.download("/export", tmp_path / "leads.csv")
    assert files_in(tmp_path) == []


async def test_a_service_that_has_just_started_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def settling(_: web.Request) -> web.StreamResponse:
        asked.append(1)
        if len(asked) < 3:
            problem = Problem("not-settled-yet", "being found again")
            return problem_response(problem)
        return web.json_response({"state": "paused"})

    async with service(settling, timeout_s=10) as console:
        assert await console.get("/export") == {"state": "paused"}
        asked.clear()
        monkeypatch.setattr(console_client, "SETTLES_S", 0.0)
        with pytest.raises(ConsoleRefused, match="being found again"):
            await console.get("/export")
    assert len(asked) == 1
