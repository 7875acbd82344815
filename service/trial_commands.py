"""Commands that need neither database nor switch: check flows, ask rule packs, simulate pacers.

Knows arguments and what is printed. Decides nothing; the parts are imported when a command runs.
"""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from service.terminal import JsonOption, fail, tell_script


def check(
    files: Annotated[list[Path], typer.Argument(help="Flow files to check.")], as_json: JsonOption = False
) -> None:
    """Check flow files; every fault is listed with its place."""
    from ivr.flow.library import check_file

    faults = [f"{file}: {fault}" for file in files for fault in check_file(file)]
    if faults:
        for fault in faults:
            typer.echo(fault, err=True)
        tell_script("a flow cannot be used", faults)
        raise typer.Exit(1)
    typer.echo(json.dumps({"flows": len(files)}) if as_json else f"{len(files)} flow(s), no fault")


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
    as_json: JsonOption = False,
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
        faults = str(error).splitlines()
        for line in faults:
            typer.echo(line, err=True)
        tell_script("the question cannot be read", faults)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(as_json_object(found), ensure_ascii=False) if as_json else in_words(found))


def simulate(
    agents: Annotated[int | None, typer.Option(min=1, help="One steady day with so many agents.")] = None,
    answer_rate: Annotated[float, typer.Option(min=0.01, max=1.0, help="Share of calls answered.")] = 0.3,
    pacer: Annotated[str, typer.Option(help="progressive, ratio[:x], adaptive, predictive, oracle…")] = (
        "predictive"
    ),
    hours: Annotated[float, typer.Option(min=0.01, help="Length of the day.")] = 8.0,
    seed: Annotated[int, typer.Option(help="The day's seed; in a comparison the first one.")] = 1,
    seeds: Annotated[
        str,
        typer.Option(help="Days per pacer and scenario in a comparison; by agents as 1:12,2:6,3."),
    ] = "3",
    rival_seed: Annotated[
        int | None, typer.Option(help="The first seed of pacers but predictive and oracle, if another.")
    ] = None,
    rival_seeds: Annotated[
        int | None, typer.Option(min=1, help="Days of pacers but predictive and oracle, if others.")
    ] = None,
    only: Annotated[str, typer.Option(help="Only scenarios whose name has this in it.")] = "",
    sizes: Annotated[str, typer.Option(help="Only these numbers of agents, as 10,30.")] = "",
    jobs: Annotated[int, typer.Option(min=1, help="Days to run at once.")] = 1,
    days: Annotated[Path | None, typer.Option(help="In a comparison: keep its finished days here.")] = None,
    product: Annotated[bool, typer.Option("--product", help="With --agents: run the whole dialer.")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="With --agents: draw the day into this .svg file.")
    ] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="A Markdown table.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object (one a line if compared).")
    ] = False,
) -> None:
    """Simulate a day of one pacer (with --agents), or compare all pacers over all scenarios."""
    from rich.console import Console

    from dialer.errors import DialerError
    from dialer.simulator.comparison import PACERS, Days
    from dialer.simulator.scenarios import all_scenarios, steady
    from service import comparison_table as table
    from service import simulate as simulation
    from service.errors import BadQuestion
    from service.logs import quiet

    if not math.isfinite(hours):
        fail(f"--hours {hours}: is no length of a day")
    if picture is not None:
        refusal = _no_picture(picture, product)
        if refusal:
            fail(refusal)
    if agents is not None:
        try:
            run = simulation.simulate_product if product else simulation.simulate_day
            if product:
                quiet()
            figures = run(agents, answer_rate, pacer, hours, seed)
        except DialerError as error:
            fail(str(error))
        if picture is not None and not product:
            day = steady(agents, answer_rate, hours)
            svg = simulation.draw_day(day, figures["pacer"], figures["knob"], seed)
            picture.write_text(svg, encoding="utf-8")
        lines = (f"{name} {value}" for name, value in figures.items())
        typer.echo(json.dumps(figures) if as_json else "\n".join(lines))
        return
    wanted = {size.strip() for size in sizes.split(",") if size.strip()}
    scenarios = [s for s in all_scenarios() if only in s.name and (not wanted or str(s.agents) in wanted)]
    if not scenarios:
        there = ", ".join(sorted({s.name for s in all_scenarios()}))
        numbers = ", ".join(map(str, sorted({s.agents for s in all_scenarios()})))
        fail(f"no scenario is left; there are {there}, with {numbers} agents")
    rows = []
    try:
        asked = Days(seed, *simulation.numbers_of_days(seeds), rival_seed, rival_seeds)
        for row in simulation.compare(scenarios, PACERS, asked, jobs, days):
            rows.append(row)
            if as_json:
                typer.echo(table.as_json(row))
    except BadQuestion as error:
        fail(str(error))
    if as_markdown:
        typer.echo("\n".join(table.markdown(rows)))
    elif not as_json:
        Console().print(table.on_screen(rows))


def _no_picture(file: Path, product: bool) -> str:
    """Say why a day could not be drawn into a file; empty when it can."""
    if product:
        return "--picture: a day of the whole dialer (--product) is not drawn"
    if file.suffix != ".svg":
        return f"--picture {file}: must end in .svg"
    return "" if file.parent.is_dir() else f"--picture {file}: there is no directory {file.parent}"
