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
"""What Asterisk does not start without (``Stasis initialization failed``)."""

PREFIXES: tuple[Path, ...] = (Path("/"), Path("/usr"), Path("/usr/local"))
"""What builds are usually configured with, besides the folder that the program itself lies in."""

_PLACE = re.compile(rb"/[\w.+@/-]{0,200}asterisk(?![\w.+@/-])")


def data_folder(binary: Path) -> Path | None:
    """Return the folder with the data of the Asterisk at ``binary``; None when there is none to be found."""
    return next((place for place in _places(binary) if (place / DOCUMENTATION).is_file()), None)


def _places(binary: Path) -> Iterator[Path]:
    """Yield where the data may be, the surest place first: the one that is built into the program."""
    yield from _built_in(binary)
    for prefix in (binary.resolve().parent.parent, *PREFIXES):
        yield from _configured(prefix / "etc/asterisk/asterisk.conf")
        yield prefix / "var/lib/asterisk"
        yield prefix / "share/asterisk"


def _built_in(binary: Path) -> Iterator[Path]:
    try:
        program = binary.read_bytes()
    except OSError:  # it may be run and not be read
        return
    if not program.startswith(b"\x7fELF"):  # a script that starts one elsewhere
        return
    for found in dict.fromkeys(_PLACE.findall(program)):
        yield Path(found.decode(errors="replace"))


def _configured(file: Path) -> Iterator[Path]:
    """Yield what the machine's own Asterisk is told in its file."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    if found := re.search(r"^\s*astdatadir\s*=>?\s*([^\s;]+)", text, re.MULTILINE):
        yield Path(found[1])
