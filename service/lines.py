"""What Asterisk says of each trunk and each agent's phone, in words for people.

Pure: Asterisk's answers and the settings in, words out. Must not know how it was asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dialer.ami.reach import REGISTERED, UNAVAILABLE, Reach
from service.pbx.provision import registration_name
from service.settings import AgentPart, TrunkPart


@dataclass(frozen=True, slots=True)
class Line:
    """One trunk, what is known of it, and whether that keeps calls from it."""

    name: str
    detail: str
    fault: bool


def trunk_lines(trunks: Sequence[TrunkPart], reach: Reach) -> list[Line]:
    """Say of each trunk whether we are registered there and whether it answers."""
    return [_line(trunk, reach) for trunk in trunks]


def _line(trunk: TrunkPart, reach: Reach) -> Line:
    state = reach.endpoints.get(trunk.name)
    if state is None:
        return Line(trunk.name, "is not in this Asterisk", True)
    fault = state == UNAVAILABLE
    answers = "answers" if trunk.qualify_s else "is not asked whether it answers"
    said = "does not answer" if fault else answers
    if trunk.register_:
        word = reach.registrations.get(registration_name(trunk.name), "not in this Asterisk")
        registered = word == REGISTERED
        said += ", registered" if registered else f", not registered ({word})"
        fault = fault or not registered
    return Line(trunk.name, said, fault)


def trunks_unknown(trunks: Sequence[TrunkPart], reach: Reach) -> list[str]:
    """Return the trunks of which Asterisk has never heard, or not that we are to register there."""
    return [
        trunk.name
        for trunk in trunks
        if trunk.name not in reach.endpoints
        or (trunk.register_ and registration_name(trunk.name) not in reach.registrations)
    ]


def phones_unknown(agents: Sequence[AgentPart], reach: Reach) -> list[str]:
    """Return the agents whose phones Asterisk has never heard of, among those that are ours to set up."""
    return [agent.id for agent in agents if not agent.phone and agent.id not in reach.endpoints]


def phones_not_found(agents: Sequence[AgentPart], reach: Reach) -> list[str]:
    """Return the agents whose phones can not be called now, among those that are ours to set up."""
    ours = [agent.id for agent in agents if not agent.phone]
    return [agent for agent in ours if reach.endpoints.get(agent, UNAVAILABLE) == UNAVAILABLE]
