"""The ``dialer`` command: parses arguments, calls the parts, prints. Decides nothing."""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from campaigns.text import shown
from service.logs import log_to

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Outbound dialer and IVR service for Asterisk."
)

ledger = typer.Typer(
    no_args_is_help=True, help="What was done and decided, in a chain that shows every later change."
)
app.add_typer(ledger, name="ledger")

SettingsOption = Annotated[
    Path | None, typer.Option("--settings", help="Settings file; default DIALER_SETTINGS, then dialer.toml")
]


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

    with _one_line_errors():
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
    file: Annotated[Path, typer.Argument(help="CSV or XLSX file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check.")] = False,
    mapping: Annotated[
        Path | None, typer.Option(help="JSON file that says which column is which: header name by column.")
    ] = None,
    list_name: Annotated[str, typer.Option("--list", help="List that the rows go to.")] = "main",
    known: Annotated[str, typer.Option(help="Rows about somebody known: update, skip or allow.")] = "update",
    within: Annotated[
        str, typer.Option(help="Where to look for somebody known: file, list, campaign or book.")
    ] = "campaign",
    settings: SettingsOption = None,
    url: Annotated[str, typer.Option(help="Where the service listens; default from the settings.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Load a list into a campaign of the running service; faulty rows are named and left out."""
    from service.list_import import Sending, send_list

    def follow(share: float, rows: int) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\r{share:4.0%}, {rows} rows", err=True, nl=share >= 1)

    sending = Sending(campaign, file, dry_run, mapping, list_name, known, within)
    report = _run(send_list(_settings(settings), url, sending, follow), as_json=as_json)
    for fault in report.pop("faults"):
        typer.echo(shown(f"{fault['place']}: {fault['problem']}"), err=True)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in report.items() if value is not None))


@app.command()
def report(
    campaign: Annotated[int, typer.Argument(help="Number of the campaign.")],
    settings: SettingsOption = None,
    url: Annotated[str, typer.Option(help="Where the service listens; default from the settings.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Print a campaign's report from the running service; with --json, every line of its lists."""
    from rich.console import Console

    from service.remote import fetch_report
    from service.report_screen import report_tables

    figures = _run(fetch_report(_settings(settings), url, campaign, whole=as_json))
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for table in report_tables(figures):
        Console().print(table)


@app.command()
def explain(
    campaign: Annotated[int, typer.Argument(help="Number of the campaign.")],
    customer: Annotated[str, typer.Argument(help="Reference or number of one customer.")] = "",
    settings: SettingsOption = None,
    url: Annotated[str, typer.Option(help="Where the service listens; default from the settings.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Say why a campaign is or is not dialing now, or what stands in the way of one customer."""
    from service.explain import explain_campaign, explain_customer
    from service.why_screen import campaign_lines, customer_lines

    chosen = _settings(settings)
    if customer:
        told = _run(explain_customer(chosen, url, campaign, customer))
        lines = customer_lines(told)
    else:
        told = _run(explain_campaign(chosen, url, campaign))
        lines = campaign_lines(told)
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(lines))


@app.command()
def forecast(
    campaign: Annotated[int, typer.Argument(help="Number of the campaign.")],
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
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Forecast a campaign's day: when it is done, how many agents it needs, who will be left and why."""
    from service.forecast_screen import forecast_lines
    from service.forecast_words import forecast_in_json, question_of

    with _one_line_errors():
        question = question_of(campaign, agents, day, until, shift, zone, seeds, mode)
    told = _run(forecast_in_json(_settings(settings), question))
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(forecast_lines(told)))


@app.command("verdict")
def ask_verdict(
    number: Annotated[str, typer.Option(help="The number to call, as +34…")] = "",
    purpose: Annotated[str, typer.Option(help="marketing, service or complaint")] = "",
    pack: Annotated[str, typer.Option(help="Rule packs to ask, separated by commas")] = "",
    at: Annotated[str, typer.Option(help="The moment with its offset, as 2026-03-31T09:30:00+02:00")] = "",
    zone: Annotated[
        str, typer.Option(help="The customer's time zone, or several; default those of the number")
    ] = "",
    consent: Annotated[str, typer.Option(help="given, refused or none")] = "none",
    history: Annotated[
        Path | None, typer.Option(help="JSON list of past contacts, see docs/rule-packs.md")
    ] = None,
    appointment: Annotated[str, typer.Option(help="The moment the customer asked for")] = "",
    country: Annotated[str, typer.Option(help="Country of the customer's address, as US")] = "",
    region: Annotated[str, typer.Option(help="State or region of the address, as FL")] = "",
    date: Annotated[list[str] | None, typer.Option(help="A date of the file, as expiry=2026-12-31")] = None,
    automated: Annotated[bool, typer.Option("--automated", help="Nobody of ours will speak.")] = False,
    agent_ready: Annotated[bool, typer.Option("--agent-ready", help="An agent is kept free for it.")] = False,
    packs_dir: Annotated[Path | None, typer.Option(help="Directory of your own rule packs")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Ask rule packs whether a call would be allowed at a moment, and if not, when next; no database."""
    from service.errors import BadQuestion
    from service.verdict import Question, answer, as_json_object, in_words

    question = Question(
        number=number,
        purpose=purpose,
        packs=pack,
        at=at,
        zone=zone,
        consent=consent,
        history=history,
        appointment=appointment,
        country=country,
        region=region,
        dates=tuple(date or ()),
        automated=automated,
        agent_ready=agent_ready,
        packs_dir=packs_dir,
    )
    try:
        found = answer(question)
    except BadQuestion as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(as_json_object(found), ensure_ascii=False) if as_json else in_words(found))


@ledger.command("verify")
def verify_ledger(
    head: Annotated[
        str, typer.Option(help="A head that was kept elsewhere, as N:HASH: shows if the end was cut off.")
    ] = "",
    settings: SettingsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Check every entry, and every call against them; names the first that is wrong, and fails then."""
    from service.ledger import report_line, report_object, verify

    report = _run(verify(_settings(settings), head))
    typer.echo(json.dumps(report_object(report)) if as_json else report_line(report))
    if not report.ok:
        raise typer.Exit(1)


@ledger.command("head")
def show_ledger_head(
    settings: SettingsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> None:
    """Print the end of the chain as N:HASH. Keep it where nobody who can change the database comes."""
    from service.ledger import head_object, ledger_head

    head = _run(ledger_head(_settings(settings)))
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
    summary = _run(export(_settings(settings), options, print_line))
    if as_json:
        print_line(json.dumps(summary))


@app.command()
def simulate(
    agents: Annotated[int | None, typer.Option(min=1, help="One steady day with so many agents.")] = None,
    answer_rate: Annotated[float, typer.Option(min=0.01, max=1.0, help="Share of calls answered.")] = 0.3,
    pacer: Annotated[str, typer.Option(help="progressive, ratio[:x], adaptive, predictive, oracle…")] = (
        "predictive"
    ),
    hours: Annotated[float, typer.Option(min=0.01, help="Length of the day.")] = 8.0,
    seed: Annotated[int, typer.Option(help="The day's seed; in a comparison the first one.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="Days per pacer and scenario in a comparison.")] = 3,
    only: Annotated[str, typer.Option(help="Only scenarios whose name has this in it.")] = "",
    sizes: Annotated[str, typer.Option(help="Only these numbers of agents, as 10,30.")] = "",
    jobs: Annotated[int, typer.Option(min=1, help="Days to run at once.")] = 1,
    product: Annotated[bool, typer.Option("--product", help="With --agents: run the whole dialer.")] = False,
    picture: Annotated[Path | None, typer.Option(help="With --agents: keep the day as SVG.")] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="A Markdown table.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object (one a line if compared).")
    ] = False,
) -> None:
    """Simulate a day of one pacer (with --agents), or compare all pacers over all scenarios."""
    from rich.console import Console

    from dialer.errors import DialerError
    from dialer.simulator.comparison import PACERS
    from dialer.simulator.scenarios import all_scenarios, steady
    from service import simulate as simulation
    from service.logs import quiet

    if agents is not None:
        try:
            run = simulation.simulate_product if product else simulation.simulate_day
            if product:
                quiet()
            figures = run(agents, answer_rate, pacer, hours, seed)
        except DialerError as error:
            _fail(str(error))
        if picture is not None and not product:
            day = steady(agents, answer_rate, hours)
            svg = simulation.draw_day(day, figures["pacer"], figures["knob"], seed)
            picture.write_text(svg, encoding="utf-8")
        lines = (f"{name} {value}" for name, value in figures.items())
        typer.echo(json.dumps(figures) if as_json else "\n".join(lines))
        return
    wanted = {int(size) for size in sizes.split(",") if size}
    scenarios = [s for s in all_scenarios() if only in s.name and (not wanted or s.agents in wanted)]
    rows = []
    for row in simulation.compare(scenarios, PACERS, range(seed, seed + seeds), jobs):
        rows.append(row)
        if as_json:
            typer.echo(simulation.as_json(row))
    if as_markdown:
        typer.echo("\n".join(simulation.markdown(rows)))
    elif not as_json:
        Console().print(simulation.comparison_table(rows))


def _settings(path: Path | None) -> Any:
    from service.errors import BadSettings
    from service.settings import load_settings

    try:
        return load_settings(path)
    except BadSettings as error:
        _fail("the settings are wrong:", *map(str, error.faults))


def _run(work: Coroutine[Any, Any, Any], *, as_json: bool = False) -> Any:
    """Run a command to its end."""
    with _one_line_errors(as_json=as_json):
        return asyncio.run(work)


@contextlib.contextmanager
def _one_line_errors(*, as_json: bool = False) -> Iterator[None]:
    """Show an error that we know, or a file that cannot be had, as one line and not as a traceback.

    A script that asked for JSON gets an object with ``error`` and ``faults`` besides.
    """
    from gateways.console_client import ConsoleRefused
    from service.known_errors import KNOWN

    try:
        yield
    except (ConsoleRefused, *KNOWN, OSError) as error:
        faults = error.faults if isinstance(error, ConsoleRefused) else ()
        if as_json:
            typer.echo(json.dumps({"error": str(error), "faults": list(faults)}, ensure_ascii=False))
        _fail(str(error), *faults)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _fail(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(shown(line), err=True)
    raise typer.Exit(1)


def _log_to(file: Path | None, *, stream: bool = False) -> None:
    """Send the log to a file, to standard error, or nowhere."""
    with _one_line_errors():
        out = file.open("a", encoding="utf-8") if file is not None else sys.stderr
    level = logging.INFO if file is not None or stream else logging.CRITICAL
    log_to(out, level)
