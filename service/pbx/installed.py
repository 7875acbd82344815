"""An Asterisk that is installed on this machine, run as private instances with directories of their own.

It sees the machine's paths as they are, so nothing can be shown elsewhere. Must not know other sources.
"""

# ruff: noqa: S603 - starting programs is the work of this module

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from service.pbx.data_folder import DEBIAN, DOCUMENTATION, data_folder
from service.pbx.launch import LocalProcess, alone
from service.pbx.version import OLDEST, major, parse_version

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # where it lies, and where a plain user's PATH does not look
ASKED_S = 10.0
"""How long a program may take to tell its version."""

_SHOWN = 200  # characters of what a program said instead


@dataclass(frozen=True, slots=True)
class Installed:
    """An ``asterisk`` program of this machine, and where it has the data that it came with."""

    binary: Path
    version: str
    data: PurePosixPath = DEBIAN

    def describe(self) -> str:
        """Return one line for people: which Asterisk and where from."""
        return f"Asterisk {self.version} at {self.binary}"

    @property
    def program(self) -> str:
        """What starts Asterisk."""
        return str(self.binary)

    def seen(self, home: Path) -> PurePosixPath:
        """Return where Asterisk sees an instance's directory ``home``: where it is."""
        return PurePosixPath(home)

    def shows_binds(self) -> bool:
        """Whether host paths can be shown at other paths."""
        return False

    def command(self, home: Path, binds: Mapping[Path, str], argv: Sequence[str]) -> list[str]:
        """Return the command that runs one program beside Asterisk; ``binds`` change nothing here."""
        return alone(argv)

    def launch(self, home: Path, binds: Mapping[Path, str], argv: Sequence[str], log: Path) -> LocalProcess:
        """Start Asterisk itself; its output is appended to ``log``."""
        return LocalProcess(self.command(home, binds, argv), log)


@dataclass(frozen=True, slots=True)
class Unfit:
    """An ``asterisk`` program of this machine that cannot serve here, and why."""

    binary: Path
    why: str

    def __str__(self) -> str:
        return f"{self.binary}: {self.why}"


def find_installed() -> Installed | Unfit | None:
    """Return the first ``asterisk`` on PATH, or where administrators' programs lie, that can serve.

    Where there is one but none can, what is wrong with the first; None without any.
    """
    unfit: Unfit | None = None
    for places in (None, SBIN):
        if found := shutil.which("asterisk", path=places):
            opened = open_installed(Path(found))
            if isinstance(opened, Installed):
                return opened
            unfit = unfit or opened
    return unfit


def open_installed(binary: Path) -> Installed | Unfit:
    """Return the Asterisk at ``binary``, or why it can not serve: it starts, is new enough, has its data."""
    try:
        asked = subprocess.run([binary, "-V"], capture_output=True, text=True, timeout=ASKED_S, check=False)
    except OSError as fault:
        return Unfit(binary, f"cannot be started: {fault.strerror}")
    except subprocess.TimeoutExpired:
        return Unfit(binary, f"did not tell its version (-V) in {ASKED_S:g} s")
    version = parse_version(asked.stdout)
    if version is None:
        said = (asked.stdout + asked.stderr).strip()[:_SHOWN] or "nothing"
        return Unfit(binary, f"tells no version of a release (-V): status {asked.returncode}, {said!r}")
    if major(version) < OLDEST:
        return Unfit(binary, f"Asterisk {version} is too old, {OLDEST} or newer is needed")
    data = data_folder(binary)
    if data is None:
        return Unfit(binary, f"Asterisk {version} without its data: {DOCUMENTATION} is nowhere to be found")
    return Installed(binary, version, PurePosixPath(data))
