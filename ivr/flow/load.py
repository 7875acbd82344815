"""From TOML text to a ``Flow`` or ``Messages``, or to a list of every fault with its place. Pure.

Knows how a flow is written (``docs/flows.md``). What makes a well-written flow a bad one is judged by
``check``, which this module asks, so that a loaded flow is a checked one. Files are ``library``'s.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from ivr.errors import Fault, FlowFaults
from ivr.flow.check import check_flow, check_texts
from ivr.flow.fields import Fields, is_name
from ivr.flow.model import KINDS, Agent, Caller, End, Flow, Gather, Menu, Messages, Node, Prompts, Say, Vote

LONGEST_WAIT_S = 30.0
LONGEST_AGENT_WAIT_S = 3600.0
MOST_TRIES = 10
MOST_DIGITS = 30


def load_flow(text: str) -> Flow:
    """Return the flow written in ``text``; raises ``FlowFaults`` with every fault."""
    flow, faults = read_flow(text)
    if flow is None or faults:
        raise FlowFaults(faults)
    return flow


def load_messages(text: str) -> Messages:
    """Return the messages written in ``text``; raises ``FlowFaults`` with every fault."""
    messages, faults = read_messages(text)
    if messages is None or faults:
        raise FlowFaults(faults)
    return messages


def read_flow(text: str) -> tuple[Flow | None, list[Fault]]:
    """Return the flow as far as it can be read, and all faults; no flow when the text is not TOML."""
    faults: list[Fault] = []
    data = _toml(text, faults)
    if data is None:
        return None, faults
    top = Fields(data, "", faults)
    name, title, start = top.name("name"), top.text("title", ""), top.name("start")
    variables, prompts = top.names("variables"), _prompts(top, faults)
    raw_nodes = top.table("nodes")
    top.close()
    nodes = {}
    for node_id, table in raw_nodes.items():
        node = _node(node_id, table, faults)
        if node is not None:
            nodes[node_id] = node
    flow = Flow(name, title, version_of(data), start, variables, prompts, nodes)
    faults += check_flow(flow, unread=frozenset(raw_nodes) - frozenset(nodes))
    return flow, faults


def read_messages(text: str) -> tuple[Messages | None, list[Fault]]:
    """Return a file of messages as far as it can be read, and all faults."""
    faults: list[Fault] = []
    data = _toml(text, faults)
    if data is None:
        return None, faults
    top = Fields(data, "", faults)
    name, variables, prompts = top.name("name"), top.names("variables"), _prompts(top, faults)
    top.close()
    faults += check_texts(prompts, variables)
    return Messages(name, version_of(data), variables, prompts), faults


def version_of(data: Mapping[str, Any]) -> str:
    """Return the version hash of a definition: over its content, not over comments and white space."""
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _toml(text: str, faults: list[Fault]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        # A key written twice ends up here too: TOML itself forbids it, and the message has the line.
        faults.append(Fault("file", f"is not TOML: {fault}"))
        return None


def _prompts(top: Fields, faults: list[Fault]) -> Prompts:
    language = top.text("language")
    languages = Fields(top.table("prompts"), "prompts", faults)
    texts = {}
    for code in languages.unread():
        texts[code] = languages.texts(code)
        for name in texts[code]:
            if not is_name(name):
                languages.fault(f"{code} {name}", "is not a name (small letters, digits, - and _)")
    return Prompts(language, texts)


def _node(node_id: str, table: Any, faults: list[Fault]) -> Node | None:
    fields = Fields(table, f"node {node_id}", faults)
    if not isinstance(table, dict):
        return None
    if not is_name(node_id):
        fields.fault("", "is not a name (small letters, digits, - and _)")
    kind = fields.text("kind")
    read = _READERS.get(kind)
    if read is None:
        if kind:
            fields.fault("kind", f"{kind!r} is none of {', '.join(KINDS)}")
        return None
    node = read(node_id, fields)
    fields.close()
    return node


def _say(node_id: str, fields: Fields) -> Say:
    target = fields.text("next")
    return Say(
        node_id, fields.name("prompt"), {"next": target} if target else {}, fields.flag("skippable", True)
    )


def _menu(node_id: str, fields: Fields) -> Menu:
    return Menu(
        node_id,
        fields.name("prompt"),
        exits=fields.texts("exits"),
        labels=fields.texts("labels"),
        timeout_s=fields.number("timeout_s", 0.5, LONGEST_WAIT_S, 5.0),
        tries=fields.whole("tries", 1, MOST_TRIES, 3),
        invalid_prompt=fields.name("invalid_prompt", ""),
        silent_prompt=fields.name("silent_prompt", ""),
    )


def _gather(node_id: str, fields: Fields) -> Gather:
    return Gather(
        node_id,
        fields.name("prompt"),
        exits=fields.texts("exits"),
        name=fields.name("name"),
        min_digits=fields.whole("min_digits", 1, MOST_DIGITS, 1),
        max_digits=fields.whole("max_digits", 1, MOST_DIGITS, MOST_DIGITS),
        timeout_s=fields.number("timeout_s", 0.5, LONGEST_WAIT_S, 5.0),
        tries=fields.whole("tries", 1, MOST_TRIES, 3),
        invalid_prompt=fields.name("invalid_prompt", ""),
        silent_prompt=fields.name("silent_prompt", ""),
    )


def _vote(node_id: str, fields: Fields) -> Vote:
    return Vote(
        node_id,
        fields.name("prompt"),
        exits=fields.texts("exits"),
        low=fields.whole("low", 0, 9, 1),
        high=fields.whole("high", 0, 9, 5),
        timeout_s=fields.number("timeout_s", 0.5, LONGEST_WAIT_S, 5.0),
        tries=fields.whole("tries", 1, MOST_TRIES, 2),
        invalid_prompt=fields.name("invalid_prompt", ""),
        silent_prompt=fields.name("silent_prompt", ""),
        thanks=fields.name("thanks", ""),
    )


def _agent(node_id: str, fields: Fields) -> Agent:
    return Agent(
        node_id,
        fields.name("queue"),
        exits=fields.texts("exits"),
        wait_s=fields.number("wait_s", 0.1, LONGEST_AGENT_WAIT_S, 60.0),
    )


def _caller(node_id: str, fields: Fields) -> Caller:
    return Caller(node_id, exits=fields.texts("exits"))


def _end(node_id: str, fields: Fields) -> End:
    return End(node_id, fields.name("outcome", "finished"))


_READERS: Mapping[str, Callable[[str, Fields], Node]] = {
    "say": _say,
    "menu": _menu,
    "gather": _gather,
    "vote": _vote,
    "agent": _agent,
    "caller": _caller,
    "end": _end,
}
