"""Finds faults in a flow without running it: exits, targets, dead ends, endless loops, texts. Pure.

A flow without faults always ends or waits: no way through it is endless without a wait, and a caller who
presses nothing gets out. Places read ``node menu, exit 3``. Reading is ``load``'s business, files are
``library``'s.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from ivr.errors import Fault
from ivr.flow.model import (
    KEYS,
    RESERVED_OUTCOMES,
    Agent,
    Caller,
    End,
    Flow,
    Gather,
    Menu,
    Node,
    Prompts,
    Say,
    Vote,
    prompts_of,
)

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")

REQUIRED_EXITS: Mapping[type[Node], tuple[str, ...]] = {
    Say: ("next",),
    Menu: ("no_input", "invalid"),
    Gather: ("done", "no_input", "invalid"),
    Vote: ("voted", "skipped"),
    Agent: ("talked", "no_agent"),
    Caller: ("known", "unknown"),
    End: (),
}

_SILENT_EXIT: Mapping[type[Node], str] = {
    Say: "next",
    Menu: "no_input",
    Gather: "no_input",
    Vote: "skipped",
}
"""The way of a caller who presses nothing. Agents are not in it: their wait ends by itself."""


def check_flow(flow: Flow, unread: frozenset[str] = frozenset()) -> list[Fault]:
    """Return every fault of a flow, in the order of its nodes.

    ``unread`` names nodes that are written down but could not be read: they count as targets, and what
    depends on where they lead is not judged.
    """
    faults: list[Fault] = []
    known = frozenset(flow.nodes) | unread
    if not known:
        faults.append(Fault("nodes", "there is none"))
    elif flow.start and flow.start not in known:
        faults.append(Fault("start", f"there is no node {flow.start!r}"))
    for node in flow.nodes.values():
        faults += _node_faults(node, known)
    if not unread:
        faults += _unreachable(flow)
        faults += _without_end(flow)
    faults += _silent_loops(flow)
    faults += _prompt_faults(flow)
    return faults


def check_texts(prompts: Prompts, variables: Iterable[str]) -> list[Fault]:
    """Return the faults of named texts: languages, missing texts, unknown or unused variables."""
    faults: list[Fault] = []
    declared = frozenset(variables)
    faults += [
        Fault(f"prompts {language}", "is not a language code (en, zh, pt-BR)")
        for language in prompts.texts
        if not _LANGUAGE.fullmatch(language)
    ]
    complete = prompts.texts.get(prompts.language)
    if complete is None:
        faults.append(Fault("prompts", f"there are none in the flow's language {prompts.language!r}"))
    for language, texts in prompts.texts.items():
        for name, text in texts.items():
            place = f"prompt {name} ({language})"
            if complete is not None and name not in complete:
                faults.append(
                    Fault(place, f"is missing in {prompts.language!r}, the language that must have all")
                )
            faults += [Fault(place, problem) for problem in _text_problems(text, declared)]
    said = " ".join(text for texts in prompts.texts.values() for text in texts.values())
    used = frozenset(_PLACEHOLDER.findall(said))
    faults += [Fault("variables", f"{name!r} is never said") for name in sorted(declared - used)]
    return faults


def _text_problems(text: str, declared: frozenset[str]) -> Iterator[str]:
    for name in sorted(frozenset(_PLACEHOLDER.findall(text)) - declared):
        yield f"{{{name}}} is not among the flow's variables"
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        yield "has a brace without its partner"


def _node_faults(node: Node, known: frozenset[str]) -> Iterator[Fault]:
    place = f"node {node.id}"
    for name in REQUIRED_EXITS[type(node)]:
        # A say without ``next`` was reported by the reader, where the field is called so.
        if name not in node.exits and not isinstance(node, Say):
            yield Fault(f"{place}, exit {name}", "is missing")
    for name, target in node.exits.items():
        if name not in REQUIRED_EXITS[type(node)] and not (isinstance(node, Menu) and _is_choice(name)):
            yield Fault(f"{place}, exit {name}", _why_no_exit(node, name))
        if target not in known:
            yield Fault(f"{place}, exit {name}", f"there is no node {target!r}")
    match node:
        case Menu():
            yield from _menu_faults(node, place)
        case Gather() if node.min_digits > node.max_digits:
            yield Fault(
                f"{place}, min_digits", f"{node.min_digits} is more than max_digits {node.max_digits}"
            )
        case Vote() if node.low >= node.high:
            yield Fault(f"{place}, low", f"the scale {node.low} to {node.high} has no two scores")
        case End() if node.outcome in RESERVED_OUTCOMES:
            yield Fault(f"{place}, outcome", f"{node.outcome!r} is the engine's own word")
        case _:
            pass


def _is_choice(name: str) -> bool:
    return len(name) == 1 and name in KEYS


def _why_no_exit(node: Node, name: str) -> str:
    if isinstance(node, Menu):
        ends = "# ends input and " if name == "#" else ""
        return f"{ends}is neither a key (0 to 9, *) nor no_input or invalid"
    return f"is none of {', '.join(REQUIRED_EXITS[type(node)]) or 'its exits: an end has none'}"


def _menu_faults(node: Menu, place: str) -> Iterator[Fault]:
    if not any(_is_choice(name) for name in node.exits):
        yield Fault(place, "has no key to press")
    for key in node.labels:
        if not (_is_choice(key) and key in node.exits):
            yield Fault(f"{place}, label {key}", "there is no such key among the exits")


def _unreachable(flow: Flow) -> Iterator[Fault]:
    if flow.start not in flow.nodes:
        return
    reached = _spread({flow.start}, {node.id: frozenset(node.exits.values()) for node in flow.nodes.values()})
    for node_id in flow.nodes:
        if node_id not in reached:
            yield Fault(f"node {node_id}", "cannot be reached")


def _without_end(flow: Flow) -> Iterator[Fault]:
    into: dict[str, set[str]] = {node_id: set() for node_id in flow.nodes}
    for node in flow.nodes.values():
        for target in node.exits.values():
            into.setdefault(target, set()).add(node.id)
    ending = _spread({node.id for node in flow.nodes.values() if isinstance(node, End)}, into)
    for node_id in flow.nodes:
        if node_id not in ending:
            yield Fault(f"node {node_id}", "leads to no end")


def _spread(start: Iterable[str], ways: Mapping[str, Iterable[str]]) -> frozenset[str]:
    seen = set(start)
    todo = list(seen)
    while todo:
        for target in ways.get(todo.pop(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return frozenset(seen)


def _silent_loops(flow: Flow) -> Iterator[Fault]:
    """Follow the caller who presses nothing from every node, with a known number and with none; report each
    circle once, at its first node.
    """
    reported: set[str] = set()
    for way_on, start in product(REQUIRED_EXITS[Caller], flow.nodes):
        path: list[str] = []
        at = start
        while at in flow.nodes and at not in path and at not in reported:
            path.append(at)
            node = flow.nodes[at]
            at = node.exits.get(way_on if isinstance(node, Caller) else _SILENT_EXIT.get(type(node), ""), "")
        if at in path:
            circle = path[path.index(at) :]
            reported.update(circle)
            yield _loop_fault(flow, circle)


def _loop_fault(flow: Flow, circle: list[str]) -> Fault:
    way = " -> ".join([*circle, circle[0]])
    if all(isinstance(flow.nodes[node_id], Say | Caller) for node_id in circle):
        return Fault(f"node {circle[0]}", f"endless loop without a wait: {way}")
    return Fault(f"node {circle[0]}", f"a caller who presses nothing never gets out: {way}")


def _prompt_faults(flow: Flow) -> Iterator[Fault]:
    names = flow.prompts.names()
    said: set[str] = set()
    for node in flow.nodes.values():
        for prompt in prompts_of(node):
            said.add(prompt)
            if prompt not in names:
                yield Fault(f"node {node.id}, prompt {prompt}", "there is no such prompt")
    for name in sorted(names - said):
        yield Fault(f"prompt {name}", "is never said")
    yield from check_texts(flow.prompts, flow.variables)
