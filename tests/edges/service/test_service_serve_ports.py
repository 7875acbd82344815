"""`dialer pbx` refuses ports that others have: Asterisk would run without them, out of reach."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from service import serve
from service.errors import CannotStart
from service.pbx.ports import why_not_free
from service.settings import Pbx, Settings


@pytest.fixture(params=[socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["ami", "sip"])
def taken(request: pytest.FixtureRequest) -> Iterator[tuple[socket.SocketKind, int]]:
    with socket.socket(socket.AF_INET, request.param) as other:
        other.bind(("127.0.0.1", 0))
        if request.param == socket.SOCK_STREAM:
            other.listen()
        yield request.param, other.getsockname()[1]


def test_a_taken_port_is_told_with_its_reason(taken: tuple[socket.SocketKind, int]) -> None:
    kind, port = taken
    assert "in use" in why_not_free(kind, "127.0.0.1", port)
    assert why_not_free(kind, "127.0.0.1", 0) == ""  # any free one
    assert why_not_free(kind, "192.0.2.1", 0) != ""  # no address of this machine


async def found(*_: object) -> Any:
    """Stand in for an Asterisk that is found; it is not started here."""
    return SimpleNamespace(version="22.0.0")


async def test_the_pbx_is_not_started_on_a_taken_port(
    taken: tuple[socket.SocketKind, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, port = taken
    name = "ami" if kind == socket.SOCK_STREAM else "sip"
    elsewhere = {"sip_host": "127.0.0.77", "sip_port": port, "ami_host": "127.0.0.77", "ami_port": port}
    given = elsewhere | {f"{name}_host": "127.0.0.1"}
    monkeypatch.setattr(serve, "find_source_apart", found)
    monkeypatch.setattr(serve, "instance_of", lambda *_: None)
    with pytest.raises(CannotStart, match=rf"pbx.{name}_host and {name}_port: 127.0.0.1:{port} cannot"):
        await serve.serve_pbx(Settings(pbx=Pbx.model_validate(given), home=tmp_path))


class PortlessAsterisk:
    """An Asterisk that has come up without its ports: others took them a moment before."""

    directory = Path("/nowhere")
    pid = os.getpid()  # this process listens on none of them
    running = False  # whoever let it run would see it end
    stopped = False

    async def start(self) -> None:
        """Come up."""

    async def stop(self) -> None:
        self.stopped = True


async def test_a_pbx_that_comes_up_without_its_port_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asterisk = PortlessAsterisk()
    monkeypatch.setattr(serve, "find_source_apart", found)
    monkeypatch.setattr(serve, "instance_of", lambda *_: asterisk)
    monkeypatch.setattr(serve, "_refuse_taken_ports", lambda _: None)
    with pytest.raises(CannotStart, match=r"pbx.ami_host and ami_port: another program has just taken"):
        await serve.serve_pbx(Settings(home=tmp_path))
    assert asterisk.stopped


async def test_a_second_service_waits_for_the_first_and_then_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    monkeypatch.setattr(serve, "PREDECESSOR_S", 0.3)
    first = await serve._only_one(settings)
    monkeypatch.setattr(serve, "SAID_EVERY_S", 0.1)
    with capture_logs() as said, pytest.raises(CannotStart, match="another `dialer serve`"):
        await serve._only_one(settings)
    assert len(said) >= 2  # at once, and again
    assert said[0]["event"] == "waiting for another `dialer serve` to stop"
    assert said[0]["held"].endswith("serve.lock")
    waiting = asyncio.create_task(serve._only_one(settings))
    await asyncio.sleep(0)
    os.close(first)  # the first one has stopped
    os.close(await waiting)
