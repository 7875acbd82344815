"""``dialer ledger``: check it, tell its end, export it. Knows arguments and output; decides nothing."""

import json
import sys
from typing import Annotated

import typer

from service.terminal import JsonOption, SettingsOption, run, settings_of

ledger = typer.Typer(
    no_args_is_help=True, help="What was done and decided, in a chain that shows every later change."
)


@ledger.command("verify")
def verify_ledger(
    head: Annotated[
        str, typer.Option(help="A head that was kept elsewhere, as N:HASH: shows if the end was cut off.")
    ] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every entry, and every call against them; names the first that is wrong, and fails then."""
    from service.ledger import report_line, report_object, verify

    report = run(verify(settings_of(settings), head))
    typer.echo(json.dumps(report_object(report)) if as_json else report_line(report))
    if not report.ok:
        raise typer.Exit(1)


@ledger.command("head")
def show_ledger_head(
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the end of the chain as N:HASH. Keep it where nobody who can change the database comes."""
    from service.ledger import head_object, ledger_head

    head = run(ledger_head(settings_of(settings)))
    typer.echo(json.dumps(head_object(head)) if as_json else str(head))


@ledger.command("export")
def export_ledger(
    begins: Annotated[str, typer.Option("--from", help="From this date or moment on.")] = "",
    ends: Annotated[str, typer.Option("--to", help="Before this date or moment.")] = "",
    campaign: Annotated[int | None, typer.Option(help="Number of the campaign.")] = None,
    customer: Annotated[str, typer.Option(help="Reference of the customer.")] = "",
    settings: SettingsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="A summary object as the last line.")] = False,
) -> None:
    """Print entries as lines of JSON, each with its hash and the one before it."""
    from service.ledger import ExportOptions, export, print_line

    options = ExportOptions(begins, ends, campaign, customer)
    summary = run(export(settings_of(settings), options, print_line))
    if as_json:
        print_line(json.dumps(summary))
    sys.stdout.flush()  # here, and not at the program's end, a reader who has left is no fault
