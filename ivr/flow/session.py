"""Runs a flow until it must wait, and again from there: the engine. Pure.

Between two steps a session is a ``SessionState``: small, comparable, storable as JSON. A step is what
the line shall do (``actions``, ending in one wait or the end) and what was found out (``results``, to be
kept before the actions are carried out). Which input a wait accepts is the table ``_ACCEPTS``.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from ivr.errors import FlowError, WrongInput
from ivr.flow.actions import Action, Ask, Connect, Finish, Play
from ivr.flow.inputs import CallerGone, Input, KeysGiven, TalkOver
from ivr.flow.model import (
    GONE,
    LEAVE_ME_ALONE,
    LIMIT,
    Agent,
    Caller,
    End,
    Flow,
    Gather,
    Menu,
    Node,
    Question,
    Say,
    Vote,
)
from ivr.flow.results import Chosen, Declined, Gathered, Result, SkipReason, Voted, VoteSkipped


class Status(StrEnum):
    """What a session waits for."""

    ASKING = "asking"
    CONNECTING = "connecting"
    ENDED = "ended"


_ACCEPTS: Mapping[Status, tuple[type[Input], ...]] = {
    Status.ASKING: (KeysGiven, CallerGone),
    Status.CONNECTING: (TalkOver, CallerGone),
    Status.ENDED: (),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a session may go: nodes without a wait between them, and waits in all.

    A checked flow cannot reach the first; a caller who walks round a menu for ever reaches the second.
    """

    nodes_per_step: int = 100
    waits: int = 100


@dataclass(frozen=True, slots=True)
class SessionState:
    """Where a conversation stands. ``tries`` counts how often the node's question was put.

    ``number_known`` says that the caller's number is known.
    """

    flow: str
    version: str
    node: str
    status: Status
    tries: int = 0
    waits: int = 0
    outcome: str = ""
    number_known: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from an input: the new state, what was found out, what the line shall do."""

    state: SessionState
    results: tuple[Result, ...]
    actions: tuple[Action, ...]


_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Run:
    """What stays the same from the first step to the last."""

    flow: Flow
    limits: Limits
    number_known: bool


def start(flow: Flow, limits: Limits = _DEFAULT_LIMITS, *, number_known: bool = True) -> Step:
    """Begin a conversation; ``number_known`` says that the caller's number is known."""
    return _enter(_Run(flow, limits, number_known), flow.start, 0)


def resume(flow: Flow, state: SessionState, given: Input, limits: Limits = _DEFAULT_LIMITS) -> Step:
    """Go on from a wait. Raises ``WrongInput`` when the wait is not for this kind of input."""
    _same_flow(flow, state)
    if not isinstance(given, _ACCEPTS[state.status]):
        raise WrongInput(f"node {state.node} is {state.status}, not waiting for {type(given).__name__}")
    node, run = flow.nodes[state.node], _Run(flow, limits, state.number_known)
    match given:
        case CallerGone():
            return _gone(run, state, node)
        case TalkOver(end):
            return _enter(run, node.exits[end.value], state.waits)
        case KeysGiven():
            assert isinstance(node, Question)
            return _answer(run, state, node, given)


def dump(state: SessionState) -> str:
    """Return a state as JSON text."""
    return json.dumps(asdict(state), sort_keys=True)


def restore(flow: Flow, text: str) -> SessionState:
    """Read a state back. Raises ``FlowError`` when it is damaged or belongs to another flow or version."""
    try:
        data = json.loads(text)
        state = SessionState(
            flow=str(data["flow"]),
            version=str(data["version"]),
            node=str(data["node"]),
            status=Status(data["status"]),
            tries=int(data["tries"]),
            waits=int(data["waits"]),
            outcome=str(data["outcome"]),
            number_known=bool(data["number_known"]),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise FlowError(f"stored session cannot be read: {fault!r}") from fault
    _same_flow(flow, state)
    if (
        _status_at(flow.nodes.get(state.node)) not in {state.status, None}
        and state.status is not Status.ENDED
    ):
        raise FlowError(f"stored session is {state.status} at node {state.node}, which cannot be")
    return state


def _same_flow(flow: Flow, state: SessionState) -> None:
    if (state.flow, state.version) != (flow.name, flow.version):
        raise FlowError(
            f"session of flow {state.flow} {state.version} cannot go on in {flow.name} {flow.version}"
        )
    if state.node not in flow.nodes:
        raise FlowError(f"session stands at node {state.node}, which flow {flow.name} does not have")


def _status_at(node: Node | None) -> Status | None:
    match node:
        case Menu() | Gather() | Vote():
            return Status.ASKING
        case Agent():
            return Status.CONNECTING
        case _:
            return Status.ENDED


def _enter(
    run: _Run,
    target: str,
    waits: int,
    results: tuple[Result, ...] = (),
    plays: tuple[Play, ...] = (),
) -> Step:
    """Walk from ``target`` to the next wait or end, gathering what is said on the way."""
    for _ in range(run.limits.nodes_per_step):
        node = run.flow.nodes[target]
        match node:
            case Say():
                plays = (*plays, Play(node.prompt, node.skippable))
                target = node.exits["next"]
            case Caller():
                target = node.exits["known" if run.number_known else "unknown"]
            case End():
                return _end(run, node.id, waits, node.outcome, results, plays)
            case _ if waits >= run.limits.waits:
                break
            case Agent():
                return _wait(run, node, 0, waits, results, (*plays, Connect(node.queue, node.wait_s)))
            case Menu() | Gather() | Vote():
                return _wait(run, node, 1, waits, results, (*plays, _ask(node)))
    return _end(run, target, waits, LIMIT, results, plays)


def _wait(
    run: _Run,
    node: Question | Agent,
    tries: int,
    waits: int,
    results: tuple[Result, ...],
    actions: tuple[Action, ...],
) -> Step:
    status = Status.CONNECTING if isinstance(node, Agent) else Status.ASKING
    flow = run.flow
    state = SessionState(
        flow.name, flow.version, node.id, status, tries, waits + 1, number_known=run.number_known
    )
    return Step(state, results, actions)


def _end(
    run: _Run, at: str, waits: int, outcome: str, results: tuple[Result, ...], plays: tuple[Play, ...] = ()
) -> Step:
    flow = run.flow
    state = SessionState(flow.name, flow.version, at, Status.ENDED, 0, waits, outcome, run.number_known)
    return Step(state, results, (*plays, Finish(outcome)))


def _gone(run: _Run, state: SessionState, node: Node) -> Step:
    results = (VoteSkipped(node.id, "gone"),) if isinstance(node, Vote) else ()
    return _end(run, node.id, state.waits, GONE, results)


def _ask(node: Question) -> Ask:
    return Ask(node.prompt, node.timeout_s, node.max_digits if isinstance(node, Gather) else 1)


def _answer(run: _Run, state: SessionState, node: Question, given: KeysGiven) -> Step:
    """Take a good answer's exit; ask again after a wrong one; take the wrong one's exit at last."""
    if _accepts(node, given.digits):
        return _take(run, state, node, given.digits)
    why: SkipReason = "no_input" if given.timed_out and not given.digits else "invalid"
    if state.tries < node.tries and state.waits < run.limits.waits:
        said = node.silent_prompt if why == "no_input" else node.invalid_prompt
        plays = (Play(said, skippable=True),) if said else ()
        return _wait(run, node, state.tries + 1, state.waits, (), (*plays, _ask(node)))
    if isinstance(node, Vote):
        return _enter(run, node.exits["skipped"], state.waits, (VoteSkipped(node.id, why),))
    return _enter(run, node.exits[why], state.waits)


def _accepts(node: Question, digits: str) -> bool:
    match node:
        case Menu():
            return len(digits) == 1 and digits in node.exits
        case Gather():
            return node.min_digits <= len(digits) <= node.max_digits and _is_number(digits)
        case Vote():
            return len(digits) == 1 and _is_number(digits) and node.low <= int(digits) <= node.high


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit()


def _take(run: _Run, state: SessionState, node: Question, digits: str) -> Step:
    match node:
        case Menu():
            label = node.labels.get(digits, "")
            if label == LEAVE_ME_ALONE and not run.number_known:
                # Whatever the exit of this key says would be a promise that nobody can keep.
                declined = Declined(node.id, digits, label)
                return _enter(run, node.exits["invalid"], state.waits, (declined,))
            chosen = Chosen(node.id, digits, label)
            return _enter(run, node.exits[digits], state.waits, (chosen,))
        case Gather():
            gathered = Gathered(node.id, node.name, digits)
            return _enter(run, node.exits["done"], state.waits, (gathered,))
        case Vote():
            thanks = (Play(node.thanks, skippable=True),) if node.thanks else ()
            voted = Voted(node.id, int(digits))
            return _enter(run, node.exits["voted"], state.waits, (voted,), thanks)
