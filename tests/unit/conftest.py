"""A unit test stays inside its process: one that needs a socket, a program or a database is an edge's test.

Breaking this fails the test at once, and again afterwards in case the code under test swallowed the error.
"""

import sys
from collections.abc import Iterator

import pytest

OUTSIDE = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "socket.bind",
        "socket.connect",
        "sqlite3.connect",
        "subprocess.Popen",
    }
)
_watched = False
_went: list[str] = []


def _audit(event: str, _: object) -> None:
    if _watched and event in OUTSIDE:
        _went.append(event)
        raise PermissionError(f"{event} in a unit test: it belongs in tests/edges")


sys.addaudithook(_audit)


@pytest.fixture(autouse=True)
def outside() -> Iterator[list[str]]:
    """What this test tried outside its process; must be empty at its end."""
    global _watched
    _went.clear()
    _watched = True
    yield _went
    _watched = False
    assert _went == [], "a unit test went outside its process: it belongs in tests/edges"
