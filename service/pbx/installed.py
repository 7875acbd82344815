"""An Asterisk that is installed on this machine, run as private instances with directories of their own.

It sees the machine's paths as they are, so nothing can be shown elsewhere. Must not know other sources.
"""

# ruff: noqa: S603 - starting programs is the work of this module

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from service.pbx.launch import LocalProcess, alone
from service.pbx.version import OLDEST, major, parse_version

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # where it lies, and where a plain user's PATH does not look


@dataclass(frozen=True, slots=True)
class Installed:
    """An ``asterisk`` program of this machine."""

    binary: Path
    version: str

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


def find_installed() -> Installed | None:
    """Return the ``asterisk`` on PATH when it is new enough; None otherwise."""
    found = shutil.which("asterisk") or shutil.which("asterisk", path=SBIN)
    return open_installed(Path(found)) if found else None


def open_installed(binary: Path) -> Installed | None:
    """Return the Asterisk at ``binary`` when it starts and is of version 18 or newer; None otherwise."""
    try:
        asked = subprocess.run([binary, "-V"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = parse_version(asked.stdout)
    return Installed(binary, version) if version and major(version) >= OLDEST else None
