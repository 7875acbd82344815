"""Start a program that cannot outlive us, alone or inside a directory tree.

The parent-death signal belongs to the *thread* that starts the program: start instances from the main thread
(the event loop), not from a pool. Knows processes and mounts; must not know Asterisk's files.
"""

# ruff: noqa: S603 - starting programs is the work of this module

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

HOME = PurePosixPath("/srv/instance")  # where a private root shows an instance's own directory
_BINDS_BELOW = PurePosixPath("/srv")

# Every step replaces the one before by exec, so the process id that we start is the program's own. A parent
# that died before setpriv asked for the signal is seen by the changed parent id. Mounts are private to it.
_ALONE = """
[ "$PPID" = "$1" ] || exit 70; shift
ulimit -S -n 32768 2>/dev/null || ulimit -S -n "$(ulimit -H -n)"
exec "$@"
"""
# A plain chroot's root is no mount point and cannot be made private; the namespace's own root can, and there
# nsenter goes. Without this a mount of ours could show up on the whole machine.
_OWN_MOUNTS = """
mount --make-rprivate / 2>/dev/null || nsenter --mount=/proc/self/ns/mnt mount --make-rprivate / || exit 70
exec "$@"
"""
_IN_TREE = """
set -e
[ "$PPID" = "$1" ] || exit 70
tree=$2; home=$3; binds=$4; shift 4
ulimit -S -n 32768 2>/dev/null || ulimit -S -n "$(ulimit -H -n)"
mount -t tmpfs -o mode=755 tmpfs "$tree/srv"
mkdir "$tree/srv/instance"
mount --bind "$home" "$tree/srv/instance"
while [ "$binds" -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p "$tree$2"; else mkdir -p "$(dirname "$tree$2")"; : > "$tree$2"; fi
  mount --bind "$1" "$tree$2"
  binds=$((binds - 1)); shift 2
done
mount --bind "$home/hosts" "$tree/etc/hosts"
if [ -e /etc/resolv.conf ] && [ -e "$tree/etc/resolv.conf" ]; then
  mount --bind /etc/resolv.conf "$tree/etc/resolv.conf"
fi
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
exec chroot "$tree" "$@"
"""
PRIORITY = 10
"""The real-time priority (1 to 99) of who goes first: what Asterisk takes for itself as root with ``-p``."""

_FIRST = f'chrt --rr --pid {PRIORITY} "$$" >/dev/null 2>&1; exec "$@"'
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "HOME": "/tmp",  # noqa: S108 - nothing is kept there; programs want one to exist
}


class Running(Protocol):
    """A program that was started. ``pid`` is its own process id on this machine."""

    @property
    def pid(self) -> int:
        """The process id."""

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while it runs."""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; one that comes too late does nothing."""

    def left_children(self) -> bool:
        """Whether something that the program started still runs. Only after it has ended."""

    def reap_children(self) -> None:
        """Kill what the program started and left behind. Only after it has ended."""


def alone(argv: Sequence[str]) -> list[str]:
    """Return the command that runs ``argv`` on this machine and dies with the calling thread."""
    return [*_guard(), "sh", "-c", _ALONE, "sh", str(os.getpid()), *argv]


def in_tree(tree: Path, home: Path, binds: Mapping[Path, str], argv: Sequence[str]) -> list[str]:
    """Return the command that runs ``argv`` with ``tree`` as its root and ``home`` at ``/srv/instance``.

    ``binds`` shows further host paths at paths below ``/srv``. Raises ``ValueError`` for any other place:
    the tree is shared and stays as it is. ``home/hosts`` becomes ``/etc/hosts``. Needs root.
    """
    pairs: list[str] = []
    for host, inside in binds.items():
        target = PurePosixPath(inside)
        if _BINDS_BELOW not in target.parents or target == HOME or ".." in target.parts:
            raise ValueError(f"bind {inside}: must lie below {_BINDS_BELOW} and not at {HOME}")
        pairs += [str(host), str(target)]
    places = [str(os.getpid()), str(tree), str(home), str(len(binds)), *pairs]
    return with_own_mounts(["sh", "-c", _IN_TREE, "sh", *places, *argv])


def with_own_mounts(argv: Sequence[str]) -> list[str]:
    """Return the command that runs ``argv`` with mounts that nobody else sees.

    It dies with the calling thread. Its status is 70 where that cannot be had. Needs root.
    """
    fence = [*_guard(), "unshare", "--mount", "--propagation", "unchanged"]
    return [*fence, "sh", "-c", _OWN_MOUNTS, "sh", *argv]


def first(argv: Sequence[str]) -> list[str]:
    """Return the command that runs ``argv`` before all ordinary work, where that is allowed; else as it is.

    Allowed are root and whoever has ``LimitRTPRIO=10``. What the program starts inherits it; Asterisk sees to
    that itself.
    """
    return ["sh", "-c", _FIRST, "sh", *argv]


def _guard() -> list[str]:
    return ["setpriv", "--pdeathsig", "KILL", "--"]


class LocalProcess:
    """A program on this machine, in a session of its own: Ctrl-C reaches us, and we stop it in order."""

    def __init__(self, argv: Sequence[str], output: Path, *, hold_stdin: bool = False) -> None:
        with output.open("ab") as log:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if hold_stdin else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=environment(),
            )

    @property
    def pid(self) -> int:
        """The process id: the program's own, since every wrapper replaced itself."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while it runs."""
        status = self._process.poll()
        if status is not None:
            self.let_go()
        return status

    def let_go(self) -> None:
        """Close the program's input, where we hold it; a second time does nothing."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; one that comes too late does nothing."""
        self._process.send_signal(number)

    def left_children(self) -> bool:
        """Whether something of the program's session still runs: an AGI script, a sound being made."""
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def reap_children(self) -> None:
        """Kill what is left of the program's session: its process group carries its process id."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def environment() -> dict[str, str]:
    """Return what a started program sees: our path and the usual one, UTF-8, zone, engine's address."""
    kept = {key: value for key, value in os.environ.items() if key.startswith("DOCKER_") or key == "TZ"}
    ours = os.environ.get("PATH", "")
    # The engine may be one that the user chose once and for all (docker context use).
    chosen = {"DOCKER_CONFIG": f"{home}/.docker"} if (home := os.environ.get("HOME")) else {}
    return _ENVIRONMENT | chosen | {"PATH": f"{ours}:{_PATH}" if ours else _PATH} | kept
