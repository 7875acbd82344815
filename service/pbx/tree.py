"""Debian's Asterisk as a plain directory tree, unpacked by mmdebstrap into the cache folder.

A tree is named by the hash of all that decides its content and appears under its name in one rename, so a
half-built one is never used and a changed package list builds a new one. Knows nothing of instances' files.
"""

# ruff: noqa: S603, S607 - starting programs is the work of this module

import hashlib
import os
import platform
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from service.pbx.breaking_off import kill_inside, locked, run
from service.pbx.data_folder import DEBIAN
from service.pbx.errors import BrokenOff, NoAsterisk
from service.pbx.launch import HOME, LocalProcess, in_tree, with_own_mounts
from service.pbx.places import PACKAGES, cache_dir, kept
from service.pbx.version import parse_version

SUITE = "forky"  # the oldest Debian suite with Asterisk 22, a long-term release; 12 and 13 carry none
_RECIPE = "1"  # raise when the commands below change what a tree holds
_STAMP = ".asterisk-version"
_BUILD_LIMIT_S = 900
_HOW = (
    "install an Asterisk of version 18 or newer (Debian 12 and 13 have no package of it), "
    "start a Docker engine, or name one in pbx.asterisk"
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A directory tree that holds Asterisk and what its prompts need. Many instances share one."""

    root: Path
    version: str

    def describe(self) -> str:
        """Return one line for people: which Asterisk and where from."""
        return f"Asterisk {self.version} from the tree {self.root}"

    @property
    def data(self) -> PurePosixPath:
        """Where it sees the data that it came with."""
        return DEBIAN

    @property
    def program(self) -> str:
        """What starts Asterisk."""
        return "asterisk"

    def seen(self, home: Path) -> PurePosixPath:
        """Return where Asterisk sees an instance's directory ``home``."""
        return HOME

    def shows_binds(self) -> bool:
        """Whether host paths can be shown at other paths."""
        return True

    def command(self, home: Path, binds: Mapping[Path, str], argv: Sequence[str]) -> list[str]:
        """Return the command that runs one program beside Asterisk."""
        return in_tree(self.root, home, binds, argv)

    def launch(self, home: Path, binds: Mapping[Path, str], argv: Sequence[str], log: Path) -> LocalProcess:
        """Start Asterisk itself; its output is appended to ``log``."""
        return LocalProcess(self.command(home, binds, argv), log)


def read_packages(listing: Path = PACKAGES) -> tuple[str, ...]:
    """Return the package names of a list: one a line, ``#`` starts a comment."""
    lines = (line.partition("#")[0].strip() for line in listing.read_text().splitlines())
    return tuple(line for line in lines if line)


def tree_name(packages: Sequence[str], suite: str = SUITE) -> str:
    """Return the folder name of the tree that these packages make on this kind of machine."""
    told = "\n".join((_RECIPE, suite, platform.machine(), *sorted(packages)))
    return f"asterisk-{suite}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def open_tree(root: Path) -> Tree | None:
    """Return the tree at ``root`` when an ``asterisk`` lies in it; None otherwise."""
    stamp = root / _STAMP
    if stamp.is_file():
        return Tree(root, stamp.read_text().strip())
    if not (root / "usr/sbin/asterisk").is_file():
        return None
    version = _ask_version(root)
    return Tree(root, version) if version else None


def tree_at_hand() -> Tree | None:
    """Return the built tree, which only root can run; None when it has not been built yet.

    Raises ``NoAsterisk``, with what to do, without root.
    """
    tree = ready_tree()
    if tree is not None:
        _require_root("running the unpacked Asterisk")
    return tree


def where_built() -> str:
    """Say where a tree would be built; raises ``NoAsterisk`` where that is bound to fail."""
    _require_root("unpacking Debian's Asterisk")
    if not (shutil.which("mmdebstrap") or shutil.which("apt-get")):
        raise NoAsterisk(f"no asterisk, no Docker engine, and without apt no way to unpack one; {_HOW}")
    return (
        f"none yet: the first start unpacks Debian's in {cache_dir() / 'trees'} (a minute, 500 MB, network)"
    )


def ready_tree(trees: Path | None = None) -> Tree | None:
    """Return the built tree for today's package list; None when it has not been built yet."""
    root = (trees or cache_dir() / "trees") / tree_name(read_packages())
    return open_tree(root) if (root / _STAMP).is_file() else None


def build_tree(
    say: Callable[[str], None], trees: Path | None = None, stop: threading.Event | None = None
) -> Tree:
    """Return the tree for today's package list; builds it, once for all processes, when it is missing.

    Takes about a minute and 500 MB. Raises ``NoAsterisk``, with what to do, without root, without apt or
    when the packages cannot be fetched; ``BrokenOff`` when ``stop`` was set meanwhile, and nothing is left.
    """
    home, stop = trees or kept("trees"), stop or threading.Event()
    with locked(home / "build.lock", stop):  # a second process waits here and then finds the tree ready
        if tree := ready_tree(home):
            return tree
        _require_root("unpacking Debian's Asterisk")
        _require_mmdebstrap(say, stop)
        for left_over in home.glob("building-*"):
            _remove(left_over)
        return _build(home, say, stop)


def _build(home: Path, say: Callable[[str], None], stop: threading.Event) -> Tree:
    packages = read_packages()
    building = home / f"building-{secrets.token_hex(4)}"
    log = home / "build.log"
    log.write_bytes(b"")
    say(f"unpacking Debian's Asterisk into {home} (once; about a minute, 500 MB)")
    began = time.monotonic()
    try:
        _unpack(building, packages, log, stop)
        version = _ask_version(building)
        if version is None:
            raise NoAsterisk(f"the tree was built but its asterisk does not start; log: {log}")
        (building / _STAMP).write_text(version + "\n")
        root = home / tree_name(packages)
        building.rename(root)
    except BrokenOff:
        say("broken off; what was unpacked is removed")
        raise
    finally:
        _remove(building)
    say(f"Asterisk {version} is ready after {time.monotonic() - began:.0f} s")
    return Tree(root, version)


def _unpack(building: Path, packages: Sequence[str], log: Path, stop: threading.Event) -> None:
    # The machine's own mirror first: it may be the only one that can be reached. "" is mmdebstrap's default.
    for mirror in dict.fromkeys((machine_mirror(), "")):
        if _ran_well(mmdebstrap_command(building, packages, mirror), log, stop):
            return
        _remove(building)
    raise NoAsterisk(f"mmdebstrap could not unpack Asterisk (log: {log}); {_HOW}. It said:\n{_tail(log)}")


def mmdebstrap_command(building: Path, packages: Sequence[str], mirror: str) -> list[str]:
    """Return the command that unpacks ``packages``; ``mirror`` "" leaves the choice to mmdebstrap.

    It runs in process and mount namespaces of its own, whose end kills all that apt and dpkg started and
    takes every mount away: an interrupted build leaves files only.
    """
    own_processes = ["--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--propagation", "unchanged"]
    fence = with_own_mounts(["unshare", *own_processes])
    command = ["mmdebstrap", "--mode=root", "--variant=apt", "--format=directory"]
    # A machine whose clock stands still, or a frozen mirror, must not lose its Asterisk.
    command += ['--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=APT::Install-Recommends "false"']
    command += [f"--dpkgopt=path-exclude={unread}" for unread in ("/usr/share/man/*", "/usr/share/locale/*")]
    command += [f"--include={','.join(packages)}", SUITE, str(building)]
    return [*fence, *command, *([mirror] if mirror else [])]


def machine_mirror() -> str:
    """Return the Debian mirror that this machine's apt uses; "" when there is none to be seen."""
    if shutil.which("apt-get") is None:
        return ""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in told.splitlines():
        address = line.split()[0].rstrip("/") if line.strip() else ""
        if address.endswith("/debian"):  # not the security archive, not a third party's
            return address
    return ""


def _require_root(what: str) -> None:
    if os.geteuid() != 0:
        raise NoAsterisk(f"{what} needs root, and this is not root; run it as root, {_HOW}")


def _require_mmdebstrap(say: Callable[[str], None], stop: threading.Event) -> None:
    if shutil.which("mmdebstrap"):
        return
    if shutil.which("apt-get") is None:
        raise NoAsterisk(f"no asterisk, no Docker engine, and without apt no way to unpack one; {_HOW}")
    say("installing mmdebstrap")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "mmdebstrap"]
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        for command in (install, ["apt-get", "update"], install):
            run(command, said, stop, env=quiet)
            if shutil.which("mmdebstrap"):
                return
        said.seek(0)
        raise NoAsterisk(f"apt-get could not install mmdebstrap; {_HOW}. It said:\n{said.read()[-1000:]}")


def _ran_well(command: Sequence[str], log: Path, stop: threading.Event) -> bool:
    with log.open("ab") as output:
        try:
            return run(command, output, stop, limit_s=_BUILD_LIMIT_S, end=kill_inside) == 0
        except subprocess.TimeoutExpired:
            output.write(f"given up after {_BUILD_LIMIT_S} s\n".encode())
            return False


def _ask_version(root: Path) -> str | None:
    asked = subprocess.run(
        ["chroot", str(root), "asterisk", "-V"], capture_output=True, text=True, check=False
    )
    return parse_version(asked.stdout)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
