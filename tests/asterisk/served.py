"""`dialer serve` as a process that can be frozen, killed and waited for, started in two ways.

``program`` runs the installed command. ``served`` runs the same command in a process forked from one that has
loaded the program already, once for each of pytest's workers: loading it is nine tenths of a start. Either
dies with us. Must not know what the service serves; a child loads this module, so it imports little.
"""

import ctypes
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Protocol

from service.pbx.launch import alone

_LOADED = ["service.cli", "service.serve", "alembic.command", "sqlalchemy.ext.asyncio", "asyncpg"]
_PR_SET_PDEATHSIG = 1


class Served(Protocol):
    """A process that was started."""

    @property
    def pid(self) -> int | None:
        """Its process id."""

    @property
    def exitcode(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, at most so many seconds."""

    def kill(self) -> None:
        """End it as a crash would."""


class Program(subprocess.Popen[bytes]):
    """The installed command, with the methods of a process that was forked."""

    @property
    def exitcode(self) -> int | None:
        return self.poll()

    def join(self, timeout: float | None = None) -> None:
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            return


def program(settings: Path, log: Path) -> Served:
    """Start the installed `dialer serve`."""
    command = Path(sys.executable).with_name("dialer")
    with log.open("ab") as out:
        return Program(
            alone([str(command), "serve", "--settings", str(settings)]),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )


def served(settings: Path, log: Path) -> Served:
    """Start what `dialer serve` runs."""
    # A daemon for multiprocessing: ended, and not waited for, when a test forgot it.
    process = _loaded().Process(target=_serve, args=(str(settings), str(log)), daemon=True)
    process.start()
    return process


@cache
def _loaded() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context


def _serve(settings: str, log: str) -> None:
    gc.freeze()  # what was loaded is no garbage: to look through it would copy it, too
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(out, sys.stdout.fileno())
    os.dup2(out, sys.stderr.fileno())
    os.close(out)
    from service.cli import main

    sys.argv = ["dialer", "serve", "--settings", settings]
    main()
