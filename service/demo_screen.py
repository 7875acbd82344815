"""What the demo shows in the terminal: the campaign live, then its report."""

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

from service.demo import DemoResult, Stage
from service.report_screen import report_tables

_BAR = 30


class DemoScreen:
    """Shows counters as they change; without a terminal, a plain line now and then."""

    def __init__(self, headless: bool, as_json: bool, picture: Path | None = None) -> None:
        self._console = Console(stderr=as_json, force_terminal=False if headless else None)
        self._headless = headless or not self._console.is_terminal
        self._as_json = as_json
        self._picture_file = picture
        self._busiest: Mapping[str, Any] | None = None
        self._live: Live | None = None
        self._last = ""

    def say(self, text: str) -> None:
        """Show one line."""
        self._console.print(text, highlight=False)

    def open(self, stage: Stage) -> None:
        """Say where the API listens, then begin to show."""
        self.say(f"Asterisk {stage.service.switch_version} is up, and a second one plays the public network.")
        self.say(f"Console: {stage.service.url}/manager  token: {stage.token}")
        if not self._headless:
            self._live = Live(console=self._console, refresh_per_second=8)
            self._live.start()

    def show(self, counters: Mapping[str, Any]) -> None:
        """Show the counters."""
        if self._busiest is None or counters["in_talking"] > self._busiest["in_talking"]:
            self._busiest = counters
        if self._live is not None:
            self._live.update(_picture(counters))
            return
        line = (
            f"placed {counters['placed']:3}  ringing {counters['in_ringing']:2}  talking "
            f"{counters['in_talking']:2}  voted {counters['voted']:3}  abandoned {counters['abandoned']:2}"
        )
        if line != self._last:
            self._last = line
            self.say(line)

    def close(self) -> None:
        """End the live picture."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def result(self, result: DemoResult) -> None:
        """Show the report, and the figures as the last line when asked for JSON."""
        for table in report_tables(result.report):
            self._console.print(table)
        self.say(f"Beside the campaign, callers to the hotline gave {result.hotline_votes} votes.")
        if self._picture_file is not None and self._busiest is not None:
            _save(self._picture_file, self._busiest, result)
        if self._as_json:
            sys.stdout.write(json.dumps(result.as_json()) + "\n")
            sys.stdout.flush()


def _save(file: Path, counters: Mapping[str, Any], result: DemoResult) -> None:
    """Keep the busiest moment and the report as an SVG picture."""
    paper = Console(record=True, width=98, file=io.StringIO(), force_terminal=True)
    paper.print(_picture(counters))
    for table in report_tables(result.report):
        paper.print(table)
    file.write_text(paper.export_svg(title="make demo"), encoding="utf-8")


def _picture(counters: Mapping[str, Any]) -> Panel:
    """Return the live picture: where calls are now, what has come of them, what agents do."""
    now = Table.grid(padding=(0, 2))
    rows = (
        ("placed", counters["placed"], "cyan"),
        ("dialling", counters["in_dialling"], "blue"),
        ("ringing", counters["in_ringing"], "yellow"),
        ("talking", counters["in_talking"], "green"),
        ("voting", counters["in_voting"], "magenta"),
        ("voted", counters["voted"], "magenta"),
        ("abandoned", counters["abandoned"], "red"),
    )
    for name, count, colour in rows:
        now.add_row(name, f"{count:3}", f"[{colour}]{'█' * min(count, _BAR)}[/]")
    states = counters["agents"].items()
    agents = Columns(
        [f"{state.replace('_', '-')} [bold]{count}[/]" for state, count in states], padding=(0, 3)
    )
    return Panel(Group(now, "", agents), title="Revisit campaign", width=96)
