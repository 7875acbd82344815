"""The guard of this part: sockets, programs and databases are refused to unit tests."""

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable

import pytest


def bind() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))


def connect() -> None:
    with socket.socket() as one:
        one.connect(("127.0.0.1", 9))


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (bind, "socket.bind"),
        (connect, "socket.connect"),
        (lambda: subprocess.run([sys.executable, "-c", ""], check=True), "subprocess.Popen"),
        (lambda: sqlite3.connect(":memory:"), "sqlite3.connect"),
    ],
)
def test_going_outside_is_refused_and_remembered(
    outside: list[str], act: Callable[[], object], named: str
) -> None:
    with pytest.raises(PermissionError, match=f"{named} in a unit test: it belongs in tests/edges"):
        act()
    assert outside == [named]
    outside.clear()
