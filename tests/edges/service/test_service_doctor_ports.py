"""The doctor at a port: the service itself, a service of other settings, a stranger, nobody."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from ivr.agi.server import FastAgiServer
from service import greeting
from service.doctor.ports import agi_port, http_port
from service.pbx.places import try_lock
from service.serve import lock_file
from service.settings import Settings
from service.settings_file import parse_settings
from service.version import VERSION


def settings(home: Path, agi: int, http: int = 0) -> Settings:
    return parse_settings(f"[http]\nport = {http}\n[pbx]\nagi_port = {agi}\n", home, {})


@contextmanager
def running(given: Settings) -> Iterator[None]:
    """Hold what a service of these settings holds while it runs."""
    lock = try_lock(lock_file(given))
    assert lock is not None
    yield
    os.close(lock)


@pytest.fixture
def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def silent() -> Iterator[int]:
    """A program on a port that says nothing to whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@asynccontextmanager
async def stranger(answer: bytes) -> AsyncIterator[int]:
    """A program on a port that says one thing to whoever comes, and waits for him to go."""
    talks: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        with suppress(OSError):
            await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(
        lambda reader, writer: talks.append(asyncio.create_task(talk(reader, writer))), "127.0.0.1", 0
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*talks)


async def test_the_running_service_is_known_by_its_greeting(tmp_path: Path) -> None:
    server = FastAgiServer({greeting.SCRIPT: greeting.greet})
    await server.start()
    given = settings(tmp_path, server.port)
    try:
        other = await agi_port(given)
        with running(given):
            own = await agi_port(given)
    finally:
        await server.stop(0.0)
    assert (own.ok, own.detail.endswith(f"the running service, version {VERSION}")) == (True, True)
    assert (other.ok, "a service of other settings" in other.detail) == (False, True)
    assert "pbx.agi_port" in other.remedy


@pytest.mark.parametrize("says", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b'NOOP "other 1"\n', b"\xff" * 70_000])
async def test_a_stranger_on_the_agi_port_is_none_of_ours(tmp_path: Path, says: bytes) -> None:
    async with stranger(says) as port:
        finding = await agi_port(settings(tmp_path, port))
    assert (finding.ok, "a program that is not the service" in finding.detail) == (False, True)
    assert "pbx.agi_port" in finding.remedy


async def test_one_that_says_nothing_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(greeting, "_WITHIN_S", 0.05)
    with silent() as port:
        assert not (await agi_port(settings(tmp_path, port))).ok


async def test_a_port_that_nobody_has_is_free_while_no_service_runs(tmp_path: Path, free: int) -> None:
    given = settings(tmp_path, free)
    assert (await agi_port(given)).detail == f"127.0.0.1:{free} is free for the service"
    assert os.listdir(tmp_path) == []  # looking makes nothing, the lock's folder included
    with running(given):
        finding = await agi_port(given)
    assert (finding.ok, "the service runs, and does not answer" in finding.detail) == (False, True)


async def test_the_console_s_port_is_looked_at_too(tmp_path: Path, free: int) -> None:
    assert (await http_port(settings(tmp_path, free))).ok
    given = settings(tmp_path, 4573, free)
    assert "free for the service" in (await http_port(given)).detail
    with silent() as port:
        taken = settings(tmp_path, free, port)
        finding = await http_port(taken)
        assert (finding.ok, "held by another program" in finding.detail) == (False, True)
        assert "http.port" in finding.remedy
    with socket.create_server(("127.0.0.1", 0)) as server:
        served = settings(tmp_path, free, server.getsockname()[1])
        with running(served):
            assert (await http_port(served)).ok
