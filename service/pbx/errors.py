"""The error tree of this package.

PbxError
├── NoAsterisk      none can be had here; the text says how to get one
├── BrokenOff       whoever waited for a long step does not want it any more
├── StartFailed     an instance did not come up; the text ends with the tail of its log
│   └── PortTaken   another program has a port that it needs; the text names it
├── CommandFailed   the console did not answer, or a program beside Asterisk ended badly
│   └── NoProgram   there is no program of that name beside Asterisk
├── NoCache         the cache folder cannot be written to; the text says what to do
├── NoPorts         no free block of ports on this machine
└── BadSite         settings that cannot be written into Asterisk's files; carries every fault
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HOW_TO_HAVE_MODULES: Final = (
    "where its log says that the file is not there, the build lacks it: select it by `make menuselect` in "
    "the folder that Asterisk was built in, then `make install` (Debian: `apt-get install asterisk-modules`)"
)
"""What to do about a module that cannot be loaded."""


class PbxError(Exception):
    """Root of this package's errors."""


class NoAsterisk(PbxError):
    """No Asterisk can be had on this machine."""


class BrokenOff(PbxError):
    """A long step was broken off."""


class StartFailed(PbxError):
    """An instance did not become ready."""


class PortTaken(StartFailed):
    """Another program has a port of an instance, or of what belongs to it."""


class CommandFailed(PbxError):
    """A console command or a program beside Asterisk did not do its work."""


class NoProgram(CommandFailed):
    """A program is not installed beside Asterisk."""


class NoCache(PbxError):
    """The cache folder cannot be written to."""


class NoPorts(PbxError):
    """No free block of ports is left."""


@dataclass(frozen=True, slots=True)
class SiteFault:
    """One value that cannot be used: ``setting`` names it (``trunks[0].host``), ``problem`` says why."""

    setting: str
    problem: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.problem}"


class BadSite(PbxError):
    """Settings of the PBX are wrong; ``faults`` holds all of them."""

    def __init__(self, faults: Sequence[SiteFault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)
