"""Finished days of the simulator, kept in a file, so that a long comparison can be stopped and gone on with.

One line of JSON a day. It knows no world and no pacer: whoever changes those begins a new file.
"""

import json
from pathlib import Path

from dialer.simulator.comparison import Day
from dialer.simulator.figures import Tally
from service.errors import BadQuestion


class KeptDays:
    """The days in one file, or nowhere (None). Raises ``BadQuestion`` where the file holds something else."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._tallies: dict[str, Tally] = {}
        if path is not None and path.exists():
            text = path.read_text(encoding="utf-8")
            # What follows the last line end was being written when somebody stopped it.
            whole = text[: text.rfind("\n") + 1]
            if whole != text:
                path.write_text(whole, encoding="utf-8")
            for number, line in enumerate(whole.splitlines(), 1):
                self._enter(number, line)

    def _enter(self, number: int, line: str) -> None:
        try:
            kept = json.loads(line)
            self._tallies[json.dumps(kept["day"])] = Tally.from_plain(kept["tally"])
        except (ValueError, KeyError, TypeError):
            raise BadQuestion(f"{self._path}, line {number}: not a simulated day") from None

    def __contains__(self, day: Day) -> bool:
        return json.dumps(_name_of(day)) in self._tallies

    def __getitem__(self, day: Day) -> Tally:
        return self._tallies[json.dumps(_name_of(day))]

    def keep(self, day: Day, tally: Tally) -> None:
        """Write a finished day behind the others."""
        self._tallies[json.dumps(_name_of(day))] = tally
        if self._path is not None:
            line = json.dumps({"day": _name_of(day), "tally": tally.to_plain()})
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def _name_of(day: Day) -> list[str | int | float | None]:
    scenario = day.scenario
    return [scenario.name, scenario.agents, scenario.hours, day.pacer, day.knob, day.seed]
