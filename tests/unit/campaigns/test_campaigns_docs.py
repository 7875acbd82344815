"""The page about campaigns names every column, setting, rule and outcome that there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from campaign_cases import SOUND

from campaigns.desk.columns import SPELLINGS, spelling_key
from campaigns.model import CustomerClass
from campaigns.rules import eligibility
from campaigns.templates import parse_template

PAGE = (Path(__file__).parents[3] / "docs" / "campaigns.md").read_text(encoding="utf-8")


def table_below(heading: str) -> Iterator[str]:
    """Yield the first cells of the table below a heading, without back quotes and brackets."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    for line in section.splitlines():
        if match := re.match(r"\| `\[?([\w-]+)\]?` \|", line):
            yield match[1]


def test_every_column_is_documented() -> None:
    assert list(table_below("Lists")) == list(SPELLINGS)
    rows = PAGE.split("\n## Templates\n")[0].splitlines()
    for column, spellings in SPELLINGS.items():
        (row,) = [line for line in rows if line.startswith(f"| `{column}` |")]
        others = re.findall(r"`(\w+)`", row.split("|")[2])
        assert set(map(spelling_key, others)) <= set(spellings)
        if column == "class":
            assert all(f"`{each}`" in row for each in CustomerClass)


def test_every_setting_of_a_template_is_documented() -> None:
    assert parse_template(SOUND)  # SOUND holds every setting there is, or it would not be sound
    settings = re.findall(r"^(\w+) =", SOUND.split("[hours]")[0], re.MULTILINE)
    assert set(table_below("Templates")) == {*settings, *re.findall(r"^\[(\w+)\]", SOUND, re.MULTILINE)}


def test_the_rules_are_documented_in_their_order() -> None:
    asked = re.findall(r"^\d+\. ``([\w-]+)``", eligibility.__doc__ or "", re.MULTILINE)
    assert list(table_below("The verdict")) == asked


@pytest.mark.parametrize("outcome", ["callback", "machine", "wrong_person", "do_not_call"])
def test_outcomes_that_decide_are_documented(outcome: str) -> None:
    assert f"`{outcome}`" in PAGE.split("outcome codes decide")[1]
