"""Holds docs/flows.md to the code: every example loads, every kind, field and flow is in it."""

import dataclasses
import re
from pathlib import Path

import pytest

from ivr.flow.library import SHIPPED
from ivr.flow.load import load_flow
from ivr.flow.model import KINDS
from ivr.flow.session import Limits

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "flows.md").read_text()
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
HEAD = """
name = "example"
language = "en"
start = "recording"
variables = ["company"]
"""
PROMPTS = ("recorded", "menu", "wrong", "silent", "number", "question", "thanks", "sorry", "bye")


def section(kind: str) -> str:
    return PAGE.partition(f"\n### {kind}\n")[2].partition("\n### ")[0].partition("\n## ")[0]


def test_the_examples_together_are_one_faultless_flow() -> None:
    prompts, *nodes = EXAMPLES
    assert prompts.startswith("[prompts.en]")
    assert all(example.startswith("[nodes.") for example in nodes)
    words = "".join(f'{name} = "Words."\n' for name in PROMPTS)
    # The page's own prompts say {company}; here one of the nodes' does.
    flow = load_flow(HEAD + "\n".join(nodes) + "[prompts.en]\n" + words.replace("Words", "{company}", 1))
    assert {type(node) for node in flow.nodes.values()} == set(KINDS.values())


def test_the_example_of_prompts_can_be_read() -> None:
    node = '[nodes.recording]\nkind = "say"\nprompt = "welcome"\nnext = "end"\n[nodes.end]\nkind = "end"\n'
    flow = load_flow(HEAD + node + EXAMPLES[0])
    assert flow.prompts.find("welcome", "es-MX") == ("Bienvenido a {company}.", "es")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_documented_with_an_example_of_every_field(kind: str) -> None:
    example = "".join(re.findall(r"^```toml\n(.*?)^```", section(kind), re.DOTALL | re.MULTILINE))
    assert f'kind = "{kind}"' in example
    for field in dataclasses.fields(KINDS[kind]):
        written = {"id": "[nodes.", "exits": "next" if kind == "say" else "exits"}.get(field.name, field.name)
        assert written in example, field.name


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_flow_is_in_the_table(path: Path) -> None:
    assert f"| `{path.stem}` |" in PAGE


def test_the_limit_in_the_page_is_that_of_the_engine() -> None:
    assert f"after {Limits().waits} waits" in PAGE
