"""Directories that live as long as the process: made under the cache folder, removed at the end.

Each has a lock file beside it that its owner holds. A process killed with -9 removes nothing, so every new
directory first sweeps those whose lock is free. Must not know what is put into them.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from service.pbx.places import kept, try_lock

_LOCK = ".lock"


@contextlib.contextmanager
def workdir(parent: Path | None = None) -> Iterator[Path]:
    """Make a private directory (mode 700), hand it out and remove it at the end.

    ``parent`` is where it is made, default ``run`` in the cache folder. Stop what runs in it first:
    the directory is removed whatever is left inside.
    """
    home = parent or kept("run")
    home.mkdir(parents=True, exist_ok=True)
    sweep(home)
    while True:
        path = home / secrets.token_hex(4)
        lock = try_lock(home / f"{path.name}{_LOCK}")
        if lock is not None:
            break
    try:
        path.mkdir(mode=0o700)
        yield path
    finally:
        _remove(path)
        os.close(lock)


def sweep(home: Path) -> list[Path]:
    """Remove the directories under ``home`` whose owner is gone; returns them."""
    swept = []
    for lock_file in sorted(home.glob(f"*{_LOCK}")):
        lock = try_lock(lock_file)
        if lock is None:
            continue
        path = lock_file.with_name(lock_file.name.removesuffix(_LOCK))
        _remove(path)
        os.close(lock)
        swept.append(path)
    return swept


def _remove(path: Path) -> None:
    # The lock file goes last, while it is held: as long as it exists somebody will sweep the rest.
    shutil.rmtree(path, ignore_errors=True)
    path.with_name(path.name + _LOCK).unlink(missing_ok=True)
