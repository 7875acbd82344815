"""``dialer suppression``: do-not-call lists over the running service.

Knows arguments and what is printed. Decides nothing; the parts are imported when a command runs.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from campaigns.text import shown
from service.terminal import JsonOption, SettingsOption, UrlOption, run, settings_of

suppression = typer.Typer(no_args_is_help=True, help="Do-not-call lists: what there is, and filling them.")


@suppression.callback()
def _common() -> None:
    """Do-not-call lists: what there is, and filling them."""


@suppression.command("lists")
def lists(settings: SettingsOption = None, url: UrlOption = "", as_json: JsonOption = False) -> None:
    """Name all do-not-call lists with what each bars."""
    from service.remote import ask
    from service.suppression_screen import list_lines

    told = run(ask(settings_of(settings), url, "/api/suppressions"))
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else shown("\n".join(list_lines(told))))


@suppression.command("check")
def check_number(
    number: Annotated[str, typer.Argument(help="The number, as +34…")],
    purpose: Annotated[str, typer.Option(help="Only calls of this purpose: marketing, service…")] = "",
    campaign: Annotated[int | None, typer.Option(help="Only calls of this campaign, by number.")] = None,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say which calls to a number do-not-call lists bar, and which entries say so."""
    from service.remote import check_suppression
    from service.suppression_screen import barred_lines

    told = run(check_suppression(settings_of(settings), url, number, purpose, campaign))
    for line in [json.dumps(told, ensure_ascii=False)] if as_json else barred_lines(told):
        typer.echo(shown(line))


@suppression.command("unread")
def unread(settings: SettingsOption = None, url: UrlOption = "", as_json: JsonOption = False) -> None:
    """Name who asked by key to be left alone from a number that nobody can read: they are not barred."""
    from service.remote import ask
    from service.suppression_screen import unread_lines

    told = run(ask(settings_of(settings), url, "/api/suppressions/unread"))
    for line in [json.dumps(told, ensure_ascii=False)] if as_json else unread_lines(told):
        typer.echo(shown(line))


@suppression.command("import")
def import_numbers(
    list_name: Annotated[str, typer.Argument(help="Name or number of the do-not-call list.")],
    file: Annotated[Path, typer.Argument(help="CSV or XLSX file with a column of numbers.")],
    reason: Annotated[str, typer.Option(help="Why; it stands beside each number.")] = "imported registry",
    encoding: Annotated[
        str, typer.Option(help="Encoding of a CSV file, as gb18030 or cp1251; found out unless said.")
    ] = "",
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Put the numbers of a file on a do-not-call list, effective at once; faulty rows are named."""
    from service.remote import load_registry
    from service.suppression_screen import loaded_lines

    told = run(load_registry(settings_of(settings), url, list_name, file, reason, encoding))
    for fault in told["faults"]:
        typer.echo(shown(f"{fault['place']}: {fault['problem']}"), err=True)
    for line in [json.dumps(told, ensure_ascii=False)] if as_json else loaded_lines(told):
        typer.echo(shown(line))
