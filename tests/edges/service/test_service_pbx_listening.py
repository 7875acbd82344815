"""Who has a port: a process itself, another one, or nobody."""

import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from service.pbx.listening import listens

US = os.getpid()


@pytest.fixture
def another() -> Iterator[int]:
    """A process that has no port."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        yield process.pid
        process.kill()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_port_is_its_who_listens_on_it(
    family: socket.AddressFamily, host: str, kind: socket.SocketKind, another: int
) -> None:
    with socket.socket(family, kind) as server:
        server.bind((host, 0))
        port = server.getsockname()[1]
        if kind == socket.SOCK_STREAM:
            assert not listens(US, kind, port)  # bound, and deaf
            server.listen()
        assert listens(US, kind, port)
        assert not listens(another, kind, port)
    assert not listens(US, kind, port)


def test_a_client_does_not_listen_on_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
        assert not listens(US, socket.SOCK_STREAM, client.getsockname()[1])


def test_of_whom_nothing_can_be_seen_nothing_is_said() -> None:
    no_process = 2**22 + 1  # beyond the highest number that Linux gives
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert listens(no_process, socket.SOCK_STREAM, server.getsockname()[1])
