"""Files and directories that only their owner reads: lists, reject files, the database, secrets.

Knows modes. Must not know what is kept. A file that an earlier version left open to the whole machine is
closed; one that somebody opened to a group on purpose stays so.
"""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Final

FILE: Final = 0o600
DIRECTORY: Final = 0o700


def private_file(path: str, flags: int) -> int:
    """Open for the owner alone when this makes the file: the ``opener`` of ``open``."""
    return os.open(path, flags, FILE)


def private_writer(path: Path) -> BinaryIO:
    """Return a file opened for writing anew, for the owner alone when this makes it."""
    return open(path, "wb", opener=private_file)


@contextlib.contextmanager
def private_replacement(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of ``path`` when the block ends, whole and for the owner alone.

    It is written beside it; when the block fails it is taken away, and what was at ``path`` stays.
    """
    real = path.resolve()
    with tempfile.NamedTemporaryFile(dir=real.parent, prefix=f".{real.name[:100]}.", delete=False) as beside:
        try:
            yield beside
            beside.flush()
            os.fsync(beside.fileno())
            os.replace(beside.name, real)
        except BaseException:
            Path(beside.name).unlink(missing_ok=True)
            raise


def make_private(directory: Path) -> None:
    """Make a directory for the owner alone, parents as usual; one that is there is closed to the world."""
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=DIRECTORY)
    except FileExistsError:
        if not directory.is_dir():
            raise
        close_to_world(directory)


def make_private_file(path: Path) -> None:
    """Make an empty file for the owner alone; one that is there keeps its content."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE))
    close_to_world(path)


def close_to_world(path: Path) -> None:
    """Take everybody's right away where everybody has one; nothing happens to what is another user's."""
    if open_to_world(path):
        with contextlib.suppress(PermissionError):
            path.chmod(DIRECTORY if path.is_dir() else FILE)


def open_to_world(path: Path) -> bool:
    """Whether any user of this machine may read, write or enter it; false when it is not there."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o007)
    except OSError:
        return False
