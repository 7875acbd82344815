"""The log as an operator reads it: one line per event, whoever logs."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from service import connections
from service.connections import listen
from service.logs import log_to
from service.settings import Settings
from service.stages import Stages

NO_HTTP = {
    "version": b"GET / HTTP/9.9.9\r\n\r\n",
    "long": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    "chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
    "header": b"GET / HTTP/1.1\r\nHost: x\r\nX: \x00\xff\r\n\r\n",
    "length": b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
}


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Where everything is logged, with nobody else at the root."""
    written = io.StringIO()
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(connections, "log", structlog.get_logger())  # one that has logged is kept as it was
    log_to(written, logging.INFO)
    return written


@pytest.fixture
async def port(out: io.StringIO) -> AsyncIterator[int]:
    """A console's port, whose one page breaks."""

    async def broken(_: web.Request) -> web.Response:
        raise ZeroDivisionError("two\nlines")

    app, opening = web.Application(), Stages()
    app.router.add_get("/broken", broken)
    url = await listen(app, Settings.model_validate({"http": {"port": 0}}), opening)
    yield int(url.rpartition(":")[2])
    await opening.close()


async def sent(port: int, raw: bytes, *, leaves: bool = True) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    if leaves:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def lines(out: io.StringIO) -> list[str]:
    found = out.getvalue().splitlines()
    assert [line for line in found if not line.startswith("timestamp=20")] == []
    return found


@pytest.mark.parametrize("raw", NO_HTTP.values(), ids=NO_HTTP.keys())
async def test_what_is_no_http_is_one_line_without_a_traceback(
    raw: bytes, port: int, out: io.StringIO
) -> None:
    await sent(port, raw)
    (line,) = lines(out)
    assert 'level=warning event="request not understood" sent_from=127.0.0.1 cause=' in line
    assert "Traceback" not in line


async def test_our_own_fault_keeps_its_traceback_in_one_line(port: int, out: io.StringIO) -> None:
    asks = b"GET /broken HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert b" 500 " in await sent(port, asks, leaves=False)
    (line,) = lines(out)
    assert "level=error" in line
    assert "logger=aiohttp.server" in line
    assert "\\nZeroDivisionError: two\\nlines" in line


async def test_the_clockwork_logs_as_we_do(out: io.StringIO) -> None:
    scheduler = AsyncIOScheduler(timezone="UTC")
    late = datetime.now(UTC) - timedelta(hours=1)
    scheduler.add_job(print, "interval", hours=24, next_run_time=late, misfire_grace_time=1)
    scheduler.start()
    await asyncio.sleep(0)
    while not out.getvalue():  # noqa: ASYNC110 - the clockwork tells nobody
        await asyncio.sleep(0.01)
    scheduler.shutdown(wait=False)
    (line,) = lines(out)
    assert 'level=warning event="Run time of job' in line
    assert "logger=apscheduler.executors.default" in line


async def test_the_event_loop_logs_as_we_do(out: io.StringIO) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "two\nlines", "exception": OSError("gone")})
    (line,) = lines(out)
    assert "level=error event=two\\nlines" in line
    assert "logger=asyncio" in line
    assert "OSError: gone" in line


def test_our_own_lines_are_as_ever(out: io.StringIO) -> None:
    structlog.get_logger("one").info("told", to="nobody in\nparticular")
    (line,) = lines(out)
    assert line.endswith('level=info event=told to="nobody in\\nparticular"')
