"""A campaign's report as tables for a terminal, from the API's own JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from campaigns.text import shown


def report_tables(report: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the tables: outcomes, votes, speed, and by name who was not reached and why."""
    yield _outcomes(report)
    yield _votes(report)
    if report["not_reached"]:
        yield _not_reached(report)


def _outcomes(report: Mapping[str, Any]) -> Table:
    title = plain(f"{report['campaign']['name']}: {report['attempts']} attempts")
    table = Table(title=title, title_justify="left")
    table.add_column("Disposition")
    table.add_column("Calls", justify="right")
    for name, count in report["dispositions"].items():
        if count:
            table.add_row(name.replace("_", " "), str(count))
    share = report["abandoned_share"]
    table.add_section()
    table.add_row("abandoned of answered", "-" if share is None else f"{share:.1%}")
    speed = report["answer_to_agent_ms"]
    if speed["p50"] is not None:
        table.add_row("answer to agent", f"p50 {speed['p50']:.1f} ms, worst {speed['max']:.1f} ms")
    if report["talk_s_average"] is not None:
        table.add_row("average talk", f"{report['talk_s_average']:.1f} s")
    return table


def _votes(report: Mapping[str, Any]) -> Table:
    average = report["vote_average"]
    title = "Votes by key" + (f": average {average:.2f}" if average is not None else "")
    table = Table(title=title, title_justify="left")
    table.add_column("Score")
    table.add_column("Votes", justify="right")
    table.add_column("", min_width=20)
    for score, count in sorted(report["votes"].items(), key=lambda one: int(one[0])):
        table.add_row(str(score), str(count), "■" * count)
    return table


def _not_reached(report: Mapping[str, Any]) -> Table:
    first, total = len(report["not_reached"]), report["not_reached_total"]
    title = "Not reached" if first == total else f"Not reached: the first {first} of {total}, all with --json"
    table = Table(title=title, title_justify="left")
    for column in ("Customer", "Name", "Tries", "Why", "Next"):
        table.add_column(column)
    for lead in report["not_reached"]:
        due = (lead["due_at"] or "")[:16].replace("T", " ") if lead["status"] == "waiting" else ""
        told = (lead["customer_ref"], lead["customer_name"], str(lead["attempts"]), lead["reason"], due)
        table.add_row(*map(plain, told))
    return table


def plain(text: str) -> Text:
    """Return what somebody else wrote as it is: no markup, and no sign that moves the cursor."""
    return Text(shown(text))
