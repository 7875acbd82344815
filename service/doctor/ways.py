"""How a fault in an Asterisk is put right: one that we run, ours in a container, or an existing one.

Knows commands and files for people. Must not know what is wrong.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from service.settings import Settings

RESTART: Final = "core restart when convenient"
"""Reads anew what a reload does not take, once no call is left: of the other work of an Asterisk too."""

RESTART_WORDS: Final = (
    "have every agent log out, since a phone that is held keeps it from ever being convenient, "
    f'then `asterisk -rx "{RESTART}"`'
)
"""How to restart somebody's own Asterisk, whose calls are not all ours to end."""


class Ways(Protocol):
    """What to do, in words to be followed to the letter."""

    @property
    def files_are_ours(self) -> bool:
        """Whether all its files are written by us, so that nothing of its own is missing beside them."""

    @property
    def start(self) -> str:
        """Return how to get it up."""

    @property
    def secret(self) -> str:
        """Return what makes the manager's secret."""

    def renew(self, file: str, load: str) -> str:
        """Return how to have it take our part of one of its files; ``load`` is the console's command."""


def ways_of(settings: Settings) -> Ways:
    """Return how the Asterisk of these settings is put right."""
    if settings.pbx.managed:
        return _Managed()
    if (settings.path(settings.pbx.directory) / "etc" / "generated").is_dir():
        return _InContainer()
    return _Existing(settings.pbx.ami_port)


@dataclass(frozen=True, slots=True)
class _Managed:
    files_are_ours: bool = True
    start: str = "start the Asterisk (`dialer pbx`), or correct pbx.ami_host and ami_port"
    secret: str = "`dialer pbx`"  # noqa: S105 - names a command

    def renew(self, file: str, load: str) -> str:
        return "restart the Asterisk, which takes settings at its start (stop `dialer pbx`, start it again)"


@dataclass(frozen=True, slots=True)
class _InContainer:
    """Laid out by ``service.pbx.container``, as compose.yml has it."""

    files_are_ours: bool = True
    start: str = "start the Asterisk (`docker compose up --detach`), or correct pbx.ami_host and ami_port"
    secret: str = "`docker compose up provision`"  # noqa: S105 - names a command

    def renew(self, file: str, load: str) -> str:
        return (
            "lay the Asterisk out anew and restart it: `docker compose up provision`, "
            "then `docker compose restart asterisk`"
        )


@dataclass(frozen=True, slots=True)
class _Existing:
    ami_port: int
    files_are_ours: bool = False
    secret: str = "`dialer existing DIR`"  # noqa: S105 - names a command

    @property
    def start(self) -> str:
        return (
            "start your Asterisk; its manager.conf needs in [general] enabled=yes and "
            f"port={self.ami_port}; or correct pbx.ami_host and ami_port"
        )

    def renew(self, file: str, load: str) -> str:
        return f"run `dialer existing DIR`, have {file} include DIR/dialer-{file} as DIR/README says, " + (
            RESTART_WORDS if load == RESTART else f'then `asterisk -rx "{load}"`'
        )
