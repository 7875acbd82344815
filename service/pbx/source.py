"""Where an Asterisk comes from: given, installed, in Docker, or Debian's package in a tree; in this order.

Knows the order and what all sources have in common. Must not know what an instance is configured for.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from service.pbx.engine import engine_at_hand, engine_works, find_engine
from service.pbx.errors import NoAsterisk
from service.pbx.installed import Installed, Unfit, find_installed, open_installed
from service.pbx.launch import Running
from service.pbx.tree import build_tree, open_tree, tree_at_hand, where_built


class Source(Protocol):
    """An Asterisk that can be started as many instances as wanted."""

    @property
    def version(self) -> str:
        """Its version, like ``22.10.1``."""

    @property
    def program(self) -> str:
        """What starts Asterisk, as a first argument."""

    @property
    def data(self) -> PurePosixPath:
        """Where it sees the data that it came with: documentation, sounds, music."""

    def describe(self) -> str:
        """Return one line for people: which Asterisk and where from."""

    def seen(self, home: Path) -> PurePosixPath:
        """Return where Asterisk sees an instance's directory ``home``."""

    def shows_binds(self) -> bool:
        """Whether host paths can be shown at other paths."""

    def command(self, home: Path, binds: Mapping[Path, str], argv: Sequence[str]) -> list[str]:
        """Return the command that runs one program beside Asterisk."""

    def launch(self, home: Path, binds: Mapping[Path, str], argv: Sequence[str], log: Path) -> Running:
        """Start Asterisk itself; its output is appended to ``log``."""


def _silent(line: str) -> None:
    """Say nothing."""


async def find_source_apart(given: Path | None = None, say: Callable[[str], None] = _silent) -> Source:
    """Find one in a thread beside the loop; raises what ``find_source`` does.

    Cancelled, it breaks off what is being built. The end of the loop waits until nothing is left of that.
    """
    stop = threading.Event()
    try:
        return await asyncio.to_thread(find_source, given, say, stop)
    finally:
        stop.set()


def find_source(
    given: Path | None = None, say: Callable[[str], None] = _silent, stop: threading.Event | None = None
) -> Source:
    """Return the first Asterisk that can be had; may build a tree or an image, which takes minutes.

    ``given`` is the path of an ``asterisk`` program or of a tree that holds one, and then nothing else is
    tried. ``say`` gets a line before each long step, and one of an ``asterisk`` that is passed over. Blocks:
    from a loop call ``find_source_apart``. Raises ``NoAsterisk``, whose text says how to get one, and
    ``BrokenOff`` when ``stop`` was set while something was built.
    """
    if given is not None:
        return _open_given(given)
    stop = stop or threading.Event()
    return _installed(say) or find_engine(say, stop) or tree_at_hand() or build_tree(say, stop=stop)


def source_at_hand(given: Path | None = None, say: Callable[[str], None] = _silent) -> Source | None:
    """Return what ``find_source`` would, without building anything; None where it would have to.

    ``say`` gets a line of an ``asterisk`` that is passed over. Blocks too. Raises ``NoAsterisk`` where there
    is one that cannot be run.
    """
    if given is not None:
        return _open_given(given)
    return _installed(say) or engine_at_hand() or tree_at_hand()


def _installed(say: Callable[[str], None]) -> Installed | None:
    found = find_installed()
    if isinstance(found, Unfit):
        say(f"passed over {found}")
        return None
    return found


def how_to_have_one() -> str:
    """Say what ``find_source`` would build; raises ``NoAsterisk``, with what to do, where it could not."""
    if engine_works():
        return "none yet: the first start builds an image in Docker (some minutes, network)"
    return where_built()


def _open_given(path: Path) -> Source:
    if path.is_dir():
        if tree := open_tree(path.absolute()):
            return tree
        raise NoAsterisk(f"{path}: a directory, but no tree whose usr/sbin/asterisk starts")
    found = open_installed(path.absolute())
    if isinstance(found, Unfit):
        raise NoAsterisk(str(found))
    return found
