"""The ``dialer`` command: parses arguments, calls the parts, prints. Decides nothing."""

import asyncio
import json
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Outbound dialer and IVR service for Asterisk."
)

SettingsOption = Annotated[
    Path | None, typer.Option("--settings", help="Settings file; default DIALER_SETTINGS, then dialer.toml")
]


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def demo(
    headless: Annotated[bool, typer.Option(help="No live picture; plain lines.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
    log_file: Annotated[Path | None, typer.Option(help="Where the service logs to.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Keep what was shown as an SVG file.")] = None,
) -> None:
    """Run a short revisit campaign against simulated customers on a real Asterisk."""
    from service.demo_run import run_demo

    _log_to(log_file)
    _run(run_demo(headless=headless, as_json=as_json, picture=picture))


@app.command()
def serve(settings: SettingsOption = None) -> None:
    """Run the service until it is told to stop (SIGTERM, Ctrl-C)."""
    from service.serve import serve as run_service

    _log_to(None, stream=True)
    _run(run_service(_settings(settings)))


@app.command()
def pbx(settings: SettingsOption = None) -> None:
    """Run the Asterisk of these settings until told to stop; the service may come and go meanwhile."""
    from service.serve import serve_pbx

    _log_to(None, stream=True)
    _run(serve_pbx(_settings(settings)))


@app.command()
def existing(
    directory: Annotated[Path, typer.Argument(help="Where to write the files to be included.")],
    settings: SettingsOption = None,
) -> None:
    """Write our dialplan, manager user, trunks and phones for an Asterisk that exists already."""
    from service.serve import write_for_existing

    for path in write_for_existing(_settings(settings), directory):
        typer.echo(path)


@app.command()
def doctor(
    settings: SettingsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Check PBX, manager login and rights, AGI port, database, sounds, clock and zones; say what to do."""
    from service.doctor import examine

    findings = _run(examine(_settings(settings)))
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


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Flow files to check.")]) -> None:
    """Check flow files; every fault is listed with its place."""
    from ivr.flow.library import check_file

    faults = [(file, fault) for file in files for fault in check_file(file)]
    for file, fault in faults:
        typer.echo(f"{file}: {fault}", err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{len(files)} flow(s), no fault")


@app.command()
def call(
    number: Annotated[str, typer.Argument(help="The number to call, as +34…")],
    settings: SettingsOption = None,
    url: Annotated[str, typer.Option(help="Where the service listens; default from the settings.")] = "",
) -> None:
    """Place one test call through the running service, by the same door as every other call."""
    from service.remote import test_call

    placed = _run(test_call(_settings(settings), url, number))
    typer.echo(f"calling {placed['number']}: attempt {placed['attempt_id']}")


@app.command("import")
def import_list(
    campaign: Annotated[int, typer.Argument(help="Number of the campaign.")],
    file: Annotated[Path, typer.Argument(help="CSV file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check.")] = False,
    settings: SettingsOption = None,
    url: Annotated[str, typer.Option(help="Where the service listens; default from the settings.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Load a list into a campaign of the running service; faulty rows are named and left out."""
    from service.remote import upload

    report = _run(upload(_settings(settings), url, campaign, file, dry_run))
    for fault in report["faults"]:
        typer.echo(f"{fault['place']}: {fault['problem']}", err=True)
    counts = {name: value for name, value in report.items() if name != "faults"}
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in counts.items()))


@app.command()
def report(
    campaign: Annotated[int, typer.Argument(help="Number of the campaign.")],
    settings: SettingsOption = None,
    url: Annotated[str, typer.Option(help="Where the service listens; default from the settings.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Print a campaign's report from the running service."""
    from rich.console import Console

    from service.remote import fetch_report
    from service.report_screen import report_tables

    figures = _run(fetch_report(_settings(settings), url, campaign))
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for table in report_tables(figures):
        Console().print(table)


def _settings(path: Path | None) -> Any:
    from service.errors import BadSettings
    from service.settings import load_settings

    try:
        return load_settings(path)
    except BadSettings as error:
        _fail("the settings are wrong:", *map(str, error.faults))


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a command to its end; an error that we know is one line, not a traceback."""
    from gateways.console_client import ConsoleRefused
    from service.known_errors import KNOWN

    try:
        return asyncio.run(work)
    except ConsoleRefused as error:
        _fail(str(error), *error.faults)
    except KNOWN as error:
        _fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _fail(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(1)


def _log_to(file: Path | None, *, stream: bool = False) -> None:
    """Send the log to a file, to standard error, or nowhere."""
    out = file.open("a", encoding="utf-8") if file is not None else sys.stderr
    level = logging.INFO if file is not None or stream else logging.CRITICAL
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
    )
    logging.basicConfig(stream=out, level=max(level, logging.WARNING))
