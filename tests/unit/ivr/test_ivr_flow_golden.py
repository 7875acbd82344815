"""Plays recorded conversations with the shipped flows. ``--rewrite-golden`` writes what they do now."""

import json
from pathlib import Path
from typing import Any

import pytest

from ivr.flow.inputs import CallerGone, Input, KeysGiven, TalkEnd, TalkOver
from ivr.flow.library import FlowLibrary
from ivr.flow.model import Caller, Say
from ivr.flow.session import Status, resume, start

FOLDER = Path(__file__).resolve().parents[2] / "data" / "flows"
CONVERSATIONS = sorted(FOLDER.glob("*.json"))
LIBRARY = FlowLibrary.read()


def spelled(word: str) -> Input:
    match word.split(" "):
        case ["silence"]:
            return KeysGiven("", timed_out=True)
        case ["hash"]:
            return KeysGiven("")
        case ["keys", digits]:
            return KeysGiven(digits)
        case ["talked" | "no_agent" as end]:
            return TalkOver(TalkEnd(end))
        case ["gone"]:
            return CallerGone()
    raise ValueError(f"no such input: {word!r}")


def played(flow_name: str, inputs: list[str], number_known: bool) -> list[dict[str, Any]]:
    flow = LIBRARY.flow(flow_name)
    step = start(flow, number_known=number_known)
    turns = [("start", step)]
    for word in inputs:
        step = resume(flow, step.state, spelled(word))
        turns.append((word, step))
    return [
        {
            "given": word,
            "results": [repr(result) for result in step.results],
            "actions": [repr(action) for action in step.actions],
            "at": f"{step.state.node} {step.state.status}",
        }
        for word, step in turns
    ]


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_conversation_goes_as_recorded(path: Path, rewrite_golden: bool) -> None:
    recorded = json.loads(path.read_text())
    now = {key: recorded[key] for key in ("flow", "number_known", "inputs") if key in recorded}
    now["turns"] = played(recorded["flow"], recorded["inputs"], recorded.get("number_known", True))
    if rewrite_golden:
        path.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n")
    assert json.loads(path.read_text()) == now


def test_the_recorded_conversations_pass_every_node_and_end() -> None:
    visited: dict[str, set[str]] = {flow.name: set() for flow in LIBRARY.flows()}
    for path in CONVERSATIONS:
        recorded = json.loads(path.read_text())
        assert recorded["turns"][-1]["at"].endswith(Status.ENDED), path.name
        visited[recorded["flow"]] |= {turn["at"].split(" ")[0] for turn in recorded["turns"]}
    for flow in LIBRARY.flows():
        waits_and_ends = {node.id for node in flow.nodes.values() if not isinstance(node, Say | Caller)}
        assert waits_and_ends <= visited[flow.name], flow.name
