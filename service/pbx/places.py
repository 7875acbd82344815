"""Where things lie on this machine: the cache folder, the files of the checkout, and locks between processes.

Knows paths and ``flock``. Must not know Asterisk.
"""

import fcntl
import os
from pathlib import Path

from service.pbx.errors import NoCache

CHECKOUT = Path(__file__).resolve().parents[2]
PRODUCT_CONF = CHECKOUT / "asterisk" / "conf"
NETWORK_CONF = PRODUCT_CONF / "network"
DOCKER = CHECKOUT / "docker"
PACKAGES = DOCKER / "packages.txt"
FENCE = Path(__file__).with_name("fence.py")
_OTHER_CACHE = "set DIALER_CACHE to a directory that this user may write to"
OFFLINE_SCRIPT = CHECKOUT / "ivr" / "offline" / "vote.py"


def cache_dir() -> Path:
    """Return the cache folder: ``DIALER_CACHE``, else ``XDG_CACHE_HOME``/dialer, else ~/.cache/dialer."""
    if own := os.environ.get("DIALER_CACHE"):
        return Path(own).absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared).absolute() if shared else Path.home() / ".cache") / "dialer"


def kept(part: str) -> Path:
    """Return a folder of the cache, made if missing; raises ``NoCache`` where it cannot be written to."""
    folder = cache_dir() / part
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise NoCache(f"{folder}: cannot be made: {fault.strerror}; {_OTHER_CACHE}") from fault
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NoCache(f"{folder}: cannot be written to; {_OTHER_CACHE}")
    return folder


def spoken_dir() -> Path:
    """Return where sounds are kept that were spoken once, for every instance on this machine."""
    return cache_dir() / "prompts"


def try_lock(path: Path) -> int | None:
    """Take the lock file ``path`` for as long as the returned descriptor is open; None when it is taken.

    The kernel gives the lock back when the process ends, however it ends. Descriptors are not
    inherited by programs that we start, so an orphan never keeps a lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    # A sweeper may have removed the file between open and flock: then this lock guards nothing.
    try:
        same = path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        same = False
    if not same:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Whether somebody has the lock file ``path``; makes none, and lets go at once."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
