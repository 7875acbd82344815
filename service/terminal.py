"""What all commands share: options that read alike, and how a fault is told.

Knows the terminal. Must not know what a command does.
"""

import contextlib
import json
import select
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

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
    from service.settings_file import load_settings

    try:
        return load_settings(path)
    except BadSettings as error:
        fail("the settings are wrong:", *map(str, error.faults))


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a command to its end."""
    from service import event_loop

    with one_line_errors():
        return event_loop.run(work)


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Show an error that we know, or a file that cannot be had, as one line and not as a traceback."""
    from gateways.console_client import ConsoleRefused
    from service.errors import CannotWrite
    from service.known_errors import KNOWN

    try:
        yield
    except (ConsoleRefused, *KNOWN, OSError) as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            raise  # whoever read our output has read enough, and typer ends the command without a word
        fail(str(error), *(error.faults if isinstance(error, ConsoleRefused | CannotWrite) else ()))
    except KeyboardInterrupt:
        tell_script("interrupted")
        raise typer.Exit(130) from None


def _nobody_reads() -> bool:
    """Say whether standard output leads to a pipe that nobody reads any more."""
    poll = select.poll()
    try:
        poll.register(sys.stdout, 0)
    except (ValueError, OSError):  # it is closed, or no file of the system
        return False
    return any(event & select.POLLERR for _, event in poll.poll(0))


def fail(error: str, *faults: str) -> NoReturn:
    """End the command with what is wrong on standard error, and as an object for a script."""
    for line in (error, *faults):
        typer.echo(shown(line), err=True)
    tell_script(error.removesuffix(":"), faults)
    raise typer.Exit(1)


def tell_script(error: str, faults: Sequence[str] = ()) -> None:
    """Print what is wrong as the one object that a script reads, when it asked for JSON."""
    if _for_script.get():
        typer.echo(json.dumps({"error": error, "faults": list(faults)}, ensure_ascii=False))


_for_script: ContextVar[bool] = ContextVar("whether --json was given", default=False)


class Commands(TyperGroup):
    """All commands. Where ``--json`` was given, what was typed wrong is told as an object too."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run the command that was typed."""
        words = list(sys.argv[1:] if args is None else args)
        options_given = words[: words.index("--")] if "--" in words else words
        token = _for_script.set("--json" in options_given)
        try:
            return super().main(words, *rest, **options)
        finally:
            _for_script.reset(token)

    def make_context(self, *about: Any, **extra: Any) -> Any:
        """Read what stands before the name of the command."""
        with _typed_wrong():
            return super().make_context(*about, **extra)

    def invoke(self, context: Any) -> Any:
        """Read what stands behind it, and run it."""
        with _typed_wrong():
            return super().invoke(context)


@contextlib.contextmanager
def _typed_wrong() -> Iterator[None]:
    """Let typer tell people what was typed wrong; a script is told here."""
    try:
        yield
    except TyperException as error:
        if say := getattr(error, "format_message", None):
            tell_script(say())
        raise
