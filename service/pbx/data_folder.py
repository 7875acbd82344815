"""Where an installed Asterisk keeps the data it came with: documentation, sounds, music.

Its program does not tell, and each way to build one puts them elsewhere. Knows the usual places. Must not
start anything.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

DEBIAN: Final = PurePosixPath("/usr/share/asterisk")
"""Where Debian's package has them: in our trees and images too."""

DOCUMENTATION: Final = "documentation/core-en_US.xml"
"""What Asterisk does not start without (``Stasis initialization failed``), unless it was built to do so."""

SOUNDS: Final = "sounds"
"""What every installation makes, be there sounds in it or not."""

PREFIXES: tuple[Path, ...] = (Path("/"), Path("/usr"), Path("/usr/local"))
"""What builds are usually configured with, besides the folder that the program itself lies in."""

_READS_DOCUMENTATION = b"/documentation"  # not in a program of `./configure --disable-xmldoc`
_PLACE = re.compile(rb"/[\w.+@/-]{0,200}asterisk(?![\w.+@/-])")


def data_folder(binary: Path) -> Path | None:
    """Return the folder with the data of the Asterisk at ``binary``; None when there is none to be found."""
    program = _program(binary)
    proof = DOCUMENTATION if not program or _READS_DOCUMENTATION in program else SOUNDS
    return next((place for place in _places(binary, program) if (place / proof).exists()), None)


def _places(binary: Path, program: bytes) -> Iterator[Path]:
    """Yield where the data may be, the surest place first: the one that is built into the program."""
    for found in dict.fromkeys(_PLACE.findall(program)):
        yield Path(found.decode(errors="replace"))
    for prefix in (binary.resolve().parent.parent, *PREFIXES):
        yield from _configured(prefix / "etc/asterisk/asterisk.conf")
        yield prefix / "var/lib/asterisk"
        yield prefix / "share/asterisk"


def _program(binary: Path) -> bytes:
    """Return the program itself; nothing of one that cannot be read, or of a script that starts another."""
    try:
        program = binary.read_bytes()
    except OSError:  # it may be run and not be read
        return b""
    return program if program.startswith(b"\x7fELF") else b""


def _configured(file: Path) -> Iterator[Path]:
    """Yield what the machine's own Asterisk is told in its file."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    if found := re.search(r"^\s*astdatadir\s*=>?\s*([^\s;]+)", text, re.MULTILINE):
        yield Path(found[1])
