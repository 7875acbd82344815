"""The commands of README: those about a campaign use the number that was printed, and no other."""

import re
from pathlib import Path

from typer.testing import CliRunner

from campaigns.templates import load_templates
from service.cli import app

README = Path(__file__).parents[3] / "README.md"


def commands() -> list[str]:
    return re.findall(r"\.venv/bin/dialer ([^#\n]*?) *(?:#|\n)", README.read_text(encoding="utf-8"))


def test_every_command_of_the_readme_exists() -> None:
    assert len(commands()) > 5
    for command in commands():
        words = [word for word in command.split() if re.fullmatch("[a-z]+", word)]
        known = words[:2] if words[0] == "campaign" else words[:1]
        assert CliRunner().invoke(app, [*known, "--help"]).exit_code == 0, command


def test_no_command_names_a_campaign_that_may_be_another_one() -> None:
    named = [re.search(r"(import|start|explain|report) (\S+)", command) for command in commands()]
    assert {found[2] for found in named if found} == {"N"}


def test_the_hours_it_tells_are_those_of_the_template() -> None:
    hours = load_templates()["revisit"].hours
    assert {window.weekday for window in hours} == set(range(6))
    assert {f"{window.opens:%H:%M}-{window.closes:%H:%M}" for window in hours} == {
        "09:00-12:00",
        "14:00-18:30",
    }
    assert "Monday to Saturday, 9 to 12 and 14 to 18:30" in README.read_text(encoding="utf-8")
