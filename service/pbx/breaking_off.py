"""Long steps in a thread that whoever waits for them may break off: a program, and waiting for a lock.

Told by an event, since a thread gets no signal. The programs have sessions of their own: Ctrl-C reaches us
alone, and we end them in order. Must not know what they do.
"""

# ruff: noqa: S603 - starting programs is the work of this module

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from service.pbx.errors import BrokenOff
from service.pbx.places import try_lock

_LOOK_S: Final = 0.1
_FOR_EVER_S: Final = 10.0**9


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, as Ctrl-C does, and wait: apt lets a dpkg that runs come to its end."""
    process.send_signal(signal.SIGINT)
    process.wait()


def kill_inside(fence: subprocess.Popen[bytes]) -> None:
    """Kill what runs in a process namespace of its own, through the ``unshare`` in front of it, and wait.

    The first process inside goes first: its end is that of all others, and the fence gathers it in. With the
    fence gone it would be anybody's, and might still write.
    """
    children = Path(f"/proc/{fence.pid}/task/{fence.pid}/children")
    while fence.poll() is None:
        try:
            inside = [int(child) for child in children.read_text().split()]
        except OSError:  # it is gone, or a kernel without that file
            inside = []
        for child in inside or [fence.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        time.sleep(_LOOK_S / 10)


def run(
    command: Sequence[str],
    output: IO[Any],
    stop: threading.Event,
    *,
    limit_s: float = _FOR_EVER_S,
    end: Callable[[subprocess.Popen[bytes]], None] = interrupt,
    env: Mapping[str, str] | None = None,
) -> int:
    """Run a program to its end and return its status; all that it says goes to ``output``.

    Once ``stop`` is set, or after ``limit_s``, ``end`` ends it. Raises ``BrokenOff`` then, or
    ``subprocess.TimeoutExpired``.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=env,
    )
    try:
        last = time.monotonic() + limit_s
        while (status := process.poll()) is None:
            if stop.wait(_LOOK_S):
                raise BrokenOff(f"{command[0]} was broken off")
            if time.monotonic() > last:
                raise subprocess.TimeoutExpired(command, limit_s)
        return status
    finally:
        if process.poll() is None:
            end(process)


@contextlib.contextmanager
def locked(path: Path, stop: threading.Event) -> Iterator[None]:
    """Hold the lock file ``path``; waits for whoever holds it. Raises ``BrokenOff`` once ``stop`` is set."""
    while (lock := try_lock(path)) is None:
        if stop.wait(_LOOK_S):
            raise BrokenOff(f"waiting for {path} was broken off")
    try:
        yield
    finally:
        os.close(lock)
