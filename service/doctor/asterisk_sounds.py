"""Whether Asterisk has the sounds of its own that our dialplan falls back to, the agents' tone, and music.

A build from source brings them only where they could be fetched. Knows their names and where Asterisk looks.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from service.doctor.asterisk_files import Lines, value_of
from service.doctor.finding import Finding
from service.pbx.data_folder import DEBIAN
from service.pbx.errors import PbxError
from service.pbx.installed import Installed
from service.pbx.source import source_at_hand
from service.serve import given_asterisk
from service.settings import Settings

NAME: Final = "asterisk's sounds"
TONE: Final = "beep"
"""What our features.conf names."""

FALLBACKS: Final = ("vm-press", "vm-goodbye", "tt-allbusy", "tt-somethingwrong")
"""What the dialplan says where one of our prompts cannot be played."""

_NO_TONE: Final = "agents hear no tone when a customer joins"
_NO_WORDS: Final = "customers hear nothing where one of our prompts cannot be played"
_NO_MUSIC: Final = "callers of the hotline wait in silence"


class Told(Lines, Protocol):
    """Tells the lines of an Asterisk's configuration, and its global variables."""

    async def variable(self, name: str) -> str:
        """Return a variable, empty when it is not set."""


async def installed_sounds(settings: Settings) -> Finding:
    """Look at the sounds of the Asterisk that these settings would start."""
    try:
        source = await asyncio.to_thread(source_at_hand, given_asterisk(settings))
    except PbxError:
        return Finding(NAME, False, "cannot be known without an Asterisk", "see to it first, as said above")
    if not isinstance(source, Installed):
        return Finding(NAME, True, "come with it")
    return sounds_in(Path(source.data), TONE, music=True)


async def existing_sounds(asterisk: Told) -> Finding:
    """Look at the sounds of an existing Asterisk, where this machine sees them; its music is its own."""
    data = Path(await asterisk.variable("ASTDATADIR"))
    if not await asyncio.to_thread(data.is_dir):
        return Finding(NAME, True, f"in its {data}, which cannot be seen from here")
    tone = value_of(await asterisk.lines_of("features.conf", "general") or [], "xfersound")
    return sounds_in(data, tone or TONE, music=False)


def sounds_in(data: Path, tone: str, *, music: bool) -> Finding:
    """Look for a tone, the words, and music where it is wanted, in a folder of Asterisk's data."""
    lacks = dict(_lacks(data, tone, music=music))
    if not lacks:
        return Finding(NAME, True, f"all that we use of them are in {data}")
    detail = "; ".join(f"{why}: no {what}" for what, why in lacks.items())
    return Finding(NAME, False, f"{detail} in {data}", _remedy(data))


def _lacks(data: Path, tone: str, *, music: bool) -> Iterator[tuple[str, str]]:
    """Yield what is not there, and what comes of that."""
    if not _is_there(data, tone):
        yield f"sound {tone}", _NO_TONE
    if words := [name for name in FALLBACKS if not _is_there(data, name)]:
        yield f"sound {', '.join(words)}", _NO_WORDS
    if music and not any((data / "moh").glob("*.*")):
        yield "music in moh", _NO_MUSIC


def _is_there(data: Path, name: str) -> bool:
    """Whether there is a sound of that name, in any form and in any language or none."""
    sounds = data / "sounds"
    return any(sounds.glob(f"{name}.*")) or any(sounds.glob(f"*/{name}.*"))


def _remedy(data: Path) -> str:
    if data == Path(DEBIAN):
        packages = "asterisk-core-sounds-en-gsm asterisk-moh-opsound-gsm"
        return f"`apt-get install {packages}`, then restart the Asterisk"
    return (
        "in the folder it was built in: `make menuselect` (Core Sound Packages: CORE-SOUNDS-EN-GSM; "
        "Music On Hold File Packages: MOH-OPSOUND-GSM), then `make install`; or put wav files (8000 Hz, "
        f"mono) of these names into {data}/sounds/en, and music into {data}/moh; then restart the Asterisk"
    )
