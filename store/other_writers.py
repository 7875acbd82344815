"""Whether another program keeps a SQLite file from being written, and which one. Changes nothing in it."""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 3.0
"""Whoever holds the file for longer, in seconds, keeps the service from its work; ours never does."""

_LOCKS = Path("/proc/locks")


def is_locked(file: Path, patience_s: float = PATIENCE_S) -> bool:
    """Say whether another program holds the file against writers, all the while. Raises ``sqlite3.Error``."""
    uri = f"{file.absolute().as_uri()}?mode=rw"
    with contextlib.closing(
        sqlite3.connect(uri, uri=True, timeout=patience_s, isolation_level=None)
    ) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return True
            raise
        connection.execute("ROLLBACK")
        return False


def holders(file: Path) -> list[str]:
    """Return who holds a lock to write, as ``name (pid)``, so far as Linux tells this user; else nothing."""
    places = [place for place in (file, file.with_name(f"{file.name}-shm")) if place.exists()]
    nodes = {place.stat().st_ino for place in places}
    try:
        locks = [line.split() for line in _LOCKS.read_text().splitlines()]
    except OSError:
        return []
    pids = {
        int(words[4]) for words in locks if words[3] == "WRITE" and int(words[5].rpartition(":")[2]) in nodes
    }
    return [f"{_name(pid)} ({pid})" for pid in sorted(pids - {os.getpid()}) if pid > 0]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "a program"
