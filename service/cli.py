"""The ``dialer`` command: running the service and its Asterisk, and all other commands by name."""

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from service import campaign_commands, trial_commands
from service.campaign_life import campaign
from service.ledger_commands import ledger
from service.logs import log_to
from service.pack_commands import packs
from service.suppression_commands import suppression
from service.terminal import Commands, JsonOption, SettingsOption, one_line_errors, run, settings_of

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    help="Outbound dialer and IVR service for Asterisk.",
)


def main() -> None:
    """Run the command line."""
    app()


def _tell_version(asked: bool) -> None:
    if asked:
        from service.version import VERSION

        typer.echo(f"dialer {VERSION}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Outbound dialer and IVR service for Asterisk."""


def demo(
    headless: Annotated[bool, typer.Option(help="No live picture; plain lines.")] = False,
    as_json: JsonOption = False,
    log_file: Annotated[Path | None, typer.Option(help="Where the service logs to.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Keep what was shown as an SVG file.")] = None,
    settings: SettingsOption = None,
) -> None:
    """Run a short revisit campaign against simulated customers on a real Asterisk."""
    from service.demo_run import run_demo
    from service.serve import given_asterisk

    _log_to(log_file)
    given = given_asterisk(settings_of(settings))  # all else of them is the demo's own
    run(run_demo(given, headless=headless, as_json=as_json, picture=picture))


def serve(settings: SettingsOption = None) -> None:
    """Run the service until it is told to stop (SIGTERM, SIGHUP, Ctrl-C)."""
    from service.serve import serve as run_service

    _log_to(None, stream=True)
    run(run_service(settings_of(settings)))


def pbx(settings: SettingsOption = None) -> None:
    """Run the Asterisk of these settings until told to stop; the service may come and go meanwhile."""
    from service.serve import serve_pbx

    _log_to(None, stream=True)
    run(serve_pbx(settings_of(settings)))


def existing(
    directory: Annotated[Path, typer.Argument(help="Where to write the files to be included.")],
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write our dialplan, manager user, trunks and phones for an Asterisk that exists already."""
    from service.existing import write_for_existing

    with one_line_errors():
        written = [str(path) for path in write_for_existing(settings_of(settings), directory)]
    for path in written:
        typer.echo(path)
    if as_json:
        typer.echo(json.dumps({"files": written}))


def doctor(
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check Asterisk, rights, ports, database, settings, files and clock; say what to do about each fault."""
    from service.doctor.examination import examine

    findings = run(examine(settings_of(settings)))
    for finding in findings:
        mark = "ok  " if finding.ok else "BAD "
        typer.echo(f"{mark} {finding.name}: {finding.detail}")
        if not finding.ok:
            typer.echo(f"     what to do: {finding.remedy}")
    if as_json:
        found = [{"name": f.name, "ok": f.ok, "detail": f.detail, "remedy": f.remedy} for f in findings]
        typer.echo(json.dumps({"ok": all(f.ok for f in findings), "findings": found}))
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _log_to(file: Path | None, *, stream: bool = False) -> None:
    """Send the log to a file, to standard error, or nowhere."""
    with one_line_errors():
        out = file.open("a", encoding="utf-8") if file is not None else sys.stderr
    level = logging.INFO if file is not None or stream else logging.CRITICAL
    log_to(out, level)


# In the order in which --help names them.
for _name, _command in (
    ("demo", demo),
    ("serve", serve),
    ("pbx", pbx),
    ("existing", existing),
    ("doctor", doctor),
    ("check", trial_commands.check),
    ("call", campaign_commands.call),
    ("import", campaign_commands.import_list),
    ("report", campaign_commands.report),
    ("explain", campaign_commands.explain),
    ("forecast", campaign_commands.forecast),
    ("verdict", trial_commands.ask_verdict),
    ("simulate", trial_commands.simulate),
):
    app.command(_name)(_command)
app.add_typer(campaign, name="campaign")
app.add_typer(ledger, name="ledger")
app.add_typer(packs, name="packs")
app.add_typer(suppression, name="suppression")
