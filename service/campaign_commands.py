"""Commands about a campaign: a test call, a list, the report, why it is (not) dialing, a forecast of its day.

Knows arguments and what is printed. Decides nothing; the parts are imported when a command runs.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from campaigns.text import shown
from service.terminal import (
    CampaignArgument,
    JsonOption,
    SettingsOption,
    UrlOption,
    one_line_errors,
    run,
    settings_of,
)


def call(
    number: Annotated[str, typer.Argument(help="The number to call, as +34…")],
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Place one test call through the running service, by the same door as every other call."""
    from service.remote import test_call

    placed = run(test_call(settings_of(settings), url, number))
    calling = (
        f"calling {placed['number']}: attempt {placed['attempt_id']}; what comes of it: "
        f"dialer report {placed['campaign_id']}"
    )
    typer.echo(json.dumps(placed) if as_json else calling)


def import_list(
    campaign: CampaignArgument,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check.")] = False,
    mapping: Annotated[
        str,
        typer.Option(
            help="Which column is which: a JSON file of header name by column, or a saved mapping's name."
        ),
    ] = "",
    list_name: Annotated[str, typer.Option("--list", help="List that the rows go to.")] = "main",
    known: Annotated[str, typer.Option(help="Rows about somebody known: update, skip or allow.")] = "update",
    within: Annotated[
        str, typer.Option(help="Where to look for somebody known: file, list, campaign or book.")
    ] = "campaign",
    encoding: Annotated[
        str,
        typer.Option(
            help="Encoding of a CSV file, as gb18030 or cp1251; else the saved mapping's, or found out."
        ),
    ] = "",
    date_order: Annotated[
        str,
        typer.Option(
            help="What comes first in dates with two readings: dmy, mdy; else the mapping's, or found out."
        ),
    ] = "",
    save_mapping: Annotated[
        str,
        typer.Option(
            help="Save mapping, encoding and order of dates under this name, once the list was taken."
        ),
    ] = "",
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Load a list into a campaign of the running service; faulty rows are named and left out.

    Ends with 1 when every row is faulty.
    """
    from service.list_import import Sending, nothing_taken, send_list

    waited_for = ""

    def follow(share: float, rows: int, waits_for: str) -> None:
        nonlocal waited_for
        if waits_for and waits_for != waited_for:
            typer.echo(shown(waits_for), err=True)
        waited_for = waits_for
        if sys.stderr.isatty():
            typer.echo(f"\r{share:4.0%}, {rows} rows", err=True, nl=share >= 1)

    sending = Sending(
        campaign, file, dry_run, mapping, list_name, known, within, encoding, save_mapping, date_order
    )
    report = run(send_list(settings_of(settings), url, sending, follow))
    for fault in report.pop("faults"):
        typer.echo(shown(f"{fault['place']}: {fault['problem']}"), err=True)
    if other := report.pop("other_rejects"):
        typer.echo(shown(f"{other} is not of this upload and stays as it is"), err=True)
    error = nothing_taken(report)
    if as_json:
        typer.echo(json.dumps({"error": error, **report} if error else report))
    else:
        if form := report.pop("form"):
            typer.echo(shown(f"Read as {form}."))
        typer.echo(", ".join(f"{name} {value}" for name, value in report.items() if value is not None))
    if error:
        typer.echo(error, err=True)
        raise typer.Exit(1)


def report(
    campaign: CampaignArgument,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print a campaign's report from the running service; with --json, every line of its lists."""
    from rich.console import Console

    from service.remote import fetch_report
    from service.report_screen import report_tables

    figures = run(fetch_report(settings_of(settings), url, campaign, whole=as_json))
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for table in report_tables(figures):
        Console().print(table)


def explain(
    campaign: CampaignArgument,
    customer: Annotated[str, typer.Argument(help="Reference or number of one customer.")] = "",
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say why a campaign is or is not dialing now, or what stands in the way of one customer."""
    from service.explain import explain_campaign, explain_customer
    from service.why_screen import campaign_lines, customer_lines

    chosen = settings_of(settings)
    if customer:
        told = run(explain_customer(chosen, url, campaign, customer))
        lines = customer_lines(told)
    else:
        told = run(explain_campaign(chosen, url, campaign))
        lines = campaign_lines(told)
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(lines))


def forecast(
    campaign: CampaignArgument,
    agents: Annotated[int, typer.Option(help="Agents at work all day.")],
    day: Annotated[str, typer.Option(help="The day as 2026-11-30; default tomorrow.")] = "",
    until: Annotated[str, typer.Option(help="By when all shall be called, as 15:00.")] = "",
    shift: Annotated[str, typer.Option(help="The agents' shift, as 09:00-17:00; default all day.")] = "",
    zone: Annotated[str, typer.Option(help="Zone of these clocks; default that of most leads.")] = "",
    seeds: Annotated[int, typer.Option(help="How many days are played.")] = 10,
    mode: Annotated[
        str, typer.Option(help="progressive, ratio[:lines] or predictive; default the campaign's.")
    ] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast a campaign's day: when it is done, how many agents it needs, who will be left and why."""
    from service.forecast_screen import forecast_lines
    from service.forecast_words import forecast_in_json, question_of

    with one_line_errors():
        question = question_of(campaign, agents, day, until, shift, zone, seeds, mode)
    told = run(forecast_in_json(settings_of(settings), question))
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(forecast_lines(told)))
