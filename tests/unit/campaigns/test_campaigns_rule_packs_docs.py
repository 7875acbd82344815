"""docs/rule-packs.md says what the packs say, and names every setting that a pack may have."""

import re
import tomllib
from importlib.resources import files

import pytest
from rule_cases import PACKS
from rule_pack_page import BEGINS, PAGE, pack_sections

from campaigns.rules.law import After, Clock, Scope
from campaigns.rules.message import CONTENTS
from campaigns.rules.pack_text import SURENESS

TEXT = PAGE.read_text(encoding="utf-8")
BY_HAND = TEXT.split(BEGINS)[0]


def rows(heading: str) -> dict[str, str]:
    """Return the rows of the tables below a heading, by the setting in their first cell."""
    section = BY_HAND.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))


def test_the_page_shows_the_packs_as_they_are() -> None:
    assert TEXT.split(BEGINS)[1].strip() == pack_sections().strip()


def test_every_setting_in_use_is_documented() -> None:
    documented = rows("Packs of your own")
    for name in PACKS:
        document = tomllib.loads(
            files("campaigns").joinpath("packs", f"{name}.toml").read_text(encoding="utf-8")
        )
        assert set(document) <= set(documented)
        for purpose in ("marketing", "service", "complaint"):
            rules = set(document[purpose]) - {"unbound", "forbidden", "like", "sources"}
            assert rules <= set(documented), (name, purpose)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("sources", SURENESS),
        ("caps", tuple(Scope)),
        ("blocks", tuple(After)),
        ("connect", tuple(Clock)),
        ("message", CONTENTS),
    ],
)
def test_every_choice_is_documented(row: str, words: tuple[str, ...]) -> None:
    said = rows("Packs of your own")[row]
    assert [word for word in words if f"`{word}`" not in said] == []


@pytest.mark.parametrize("name", sorted(PACKS))
def test_every_pack_has_an_owner_sources_and_an_honest_caveat(name: str) -> None:
    pack = PACKS[name]
    assert pack.owner
    assert pack.caveats
    for key, source in pack.sources.items():
        assert source.url.startswith("http") or source.sure in ("ours", "unconfirmed"), key
