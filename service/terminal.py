"""What all commands share: options that read alike, and how a fault is told.

Knows the terminal. Must not know what a command does.
"""

import asyncio
import contextlib
import json
import select
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from campaigns.text import shown

SettingsOption = Annotated[
    Path | None, typer.Option("--settings", help="Settings file; default DIALER_SETTINGS, then dialer.toml")
]
UrlOption = Annotated[str, typer.Option(help="Where the service listens; default from the settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")]
CampaignArgument = Annotated[int, typer.Argument(help="Number of the campaign.")]


def settings_of(path: Path | None) -> Any:
    """Return the settings of a file; a wrong one ends the command with every fault, a line each."""
    from service.errors import BadSettings
    from service.settings import load_settings

    try:
        return load_settings(path)
    except BadSettings as error:
        fail("the settings are wrong:", *map(str, error.faults))


def run(work: Coroutine[Any, Any, Any], *, as_json: bool = False) -> Any:
    """Run a command to its end."""
    with one_line_errors(as_json=as_json):
        return asyncio.run(work)


@contextlib.contextmanager
def one_line_errors(*, as_json: bool = False) -> Iterator[None]:
    """Show an error that we know, or a file that cannot be had, as one line and not as a traceback.

    A script that asked for JSON gets an object with ``error`` and ``faults`` besides.
    """
    from gateways.console_client import ConsoleRefused
    from service.known_errors import KNOWN

    try:
        yield
    except (ConsoleRefused, *KNOWN, OSError) as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            raise  # whoever read our output has read enough, and typer ends the command without a word
        faults = error.faults if isinstance(error, ConsoleRefused) else ()
        if as_json:
            typer.echo(json.dumps({"error": str(error), "faults": list(faults)}, ensure_ascii=False))
        fail(str(error), *faults)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _nobody_reads() -> bool:
    """Say whether standard output leads to a pipe that nobody reads any more."""
    poll = select.poll()
    try:
        poll.register(sys.stdout, 0)
    except (ValueError, OSError):  # it is closed, or no file of the system
        return False
    return any(event & select.POLLERR for _, event in poll.poll(0))


def fail(*lines: str) -> NoReturn:
    """End the command with what is wrong, on standard error."""
    for line in lines:
        typer.echo(shown(line), err=True)
    raise typer.Exit(1)
