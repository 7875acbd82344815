"""Any flow that passes the check, with any inputs, ends or waits inside its limits.

Flows and inputs are read from drawn bytes: a hundred times cheaper than a strategy for each node.
"""

from collections.abc import Iterator

from hypothesis import assume, given
from hypothesis import strategies as st
from properties import examples

from ivr.flow.actions import Ask, Connect, Finish, Play
from ivr.flow.check import check_flow
from ivr.flow.inputs import CallerGone, Input, KeysGiven, TalkEnd, TalkOver
from ivr.flow.model import LIMIT, Agent, Caller, End, Flow, Gather, Menu, Node, Prompts, Say, Vote
from ivr.flow.session import Limits, Status, Step, dump, restore, resume, start

LIMITS = Limits(nodes_per_step=12, waits=20)
NODES = 6
BYTES_PER_NODE = 6
PROMPTS = Prompts("en", {"en": {"q": "Which?", "w": "Wrong."}})
KEYS = ("1", "*", "4", "12", "123*", "")


def node(number: int, told: Iterator[int]) -> Node:
    """A node whose way out mostly leads on, so that many flows pass; its other exits lead anywhere."""
    node_id, kind, tries = f"n{number}", next(told) % 6, 1 + next(told) % 3
    aim = next(told)
    way_out = aim % (NODES + 1) if aim > 224 else number + 1 + aim % (NODES - number)
    onward, one, two, three = (_name(target) for target in (way_out, next(told), next(told), next(told)))
    match kind:
        case 0:
            return Say(node_id, "q", {"next": onward}, skippable=tries > 1)
        case 1:
            exits = {"no_input": onward, "invalid": one, "1": two, "*": three}
            return Menu(node_id, "q", exits, tries=tries, invalid_prompt="w")
        case 2:
            return Gather(
                node_id, "q", {"no_input": onward, "invalid": one, "done": two}, "d", 1, 4, 5.0, tries
            )
        case 3:
            return Vote(node_id, "q", {"skipped": onward, "voted": one}, tries=tries)
        case 4:
            return Caller(node_id, {"known": onward, "unknown": one})
        case _:
            return Agent(node_id, "x", {"no_agent": onward, "talked": one})


def _name(target: int) -> str:
    place = target % (NODES + 1)
    return "end" if place == NODES else f"n{place}"


def checked_flow(told: bytes) -> Flow:
    """The flow that these bytes describe, without nodes out of reach; given up when it has faults."""
    numbers = iter(told)
    nodes: dict[str, Node] = {f"n{number}": node(number, numbers) for number in range(NODES)}
    nodes["end"] = End("end")
    seen: set[str] = set()
    todo = ["n0"]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += nodes[at].exits.values()
    flow = Flow(
        "f", "", "v", "n0", (), PROMPTS, {node_id: nodes[node_id] for node_id in nodes if node_id in seen}
    )
    assume(not [fault for fault in check_flow(flow) if fault.problem != "is never said"])
    return flow


FLOWS = st.binary(min_size=NODES * BYTES_PER_NODE, max_size=NODES * BYTES_PER_NODE).map(checked_flow)


def fitting(status: Status, told: int) -> Input:
    """An input of a kind that the wait takes."""
    if told == 255:
        return CallerGone()
    if status is Status.CONNECTING:
        return TalkOver(TalkEnd.TALKED if told % 2 else TalkEnd.NO_AGENT)
    return KeysGiven(KEYS[told % len(KEYS)], timed_out=told % 2 == 1)


def is_well_formed(step: Step) -> bool:
    *plays, last = step.actions
    waits_for = {Status.ASKING: Ask, Status.CONNECTING: Connect, Status.ENDED: Finish}[step.state.status]
    return isinstance(last, waits_for) and all(isinstance(play, Play) for play in plays)


@examples(100)
@given(flow=FLOWS, inputs=st.binary(min_size=21, max_size=21), known=st.booleans())
def test_a_checked_flow_ends_or_waits_inside_its_limits(flow: Flow, inputs: bytes, known: bool) -> None:
    step = start(flow, LIMITS, number_known=known)
    for told in inputs:
        assert is_well_formed(step)
        assert len(step.actions) <= LIMITS.nodes_per_step
        assert step.state.waits <= LIMITS.waits
        assert restore(flow, dump(step.state)) == step.state
        if step.state.status is Status.ENDED:
            assert step.state.outcome != LIMIT or step.state.waits == LIMITS.waits
            return
        step = resume(flow, step.state, fitting(step.state.status, told), LIMITS)
    assert step.state.status is Status.ENDED, f"{len(inputs)} inputs, and a limit of {LIMITS.waits} waits"


@examples(100)
@given(flow=FLOWS, known=st.booleans())
def test_a_caller_who_presses_nothing_gets_out(flow: Flow, known: bool) -> None:
    """The promise of the check. A loop through an agent is left out: his wait ends by itself."""
    step = start(flow, Limits(nodes_per_step=12, waits=1000), number_known=known)
    agents: set[str] = set()
    while step.state.status is not Status.ENDED and step.state.node not in agents:
        if step.state.status is Status.CONNECTING:
            agents.add(step.state.node)
            step = resume(flow, step.state, TalkOver(TalkEnd.NO_AGENT))
        else:
            step = resume(flow, step.state, KeysGiven("", timed_out=True))
    assert step.state.outcome != LIMIT
    assert step.state.waits < 50
