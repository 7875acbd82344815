"""``dialer packs``: the rule packs of the running service. Knows arguments and output; decides nothing."""

import json

import typer

from service.terminal import JsonOption, SettingsOption, UrlOption, run, settings_of

packs = typer.Typer(no_args_is_help=True, help="The rule packs that bind calls.")


@packs.callback()
def _common() -> None:
    """The rule packs that bind calls."""


@packs.command("reload")
def take_changed_packs(
    settings: SettingsOption = None, url: UrlOption = "", as_json: JsonOption = False
) -> None:
    """Have the running service take changed rule packs; with a fault in any, those in force stay."""
    from service.remote import packs_line, reload_packs

    told = run(reload_packs(settings_of(settings), url))
    typer.echo(json.dumps(told) if as_json else packs_line(told))
