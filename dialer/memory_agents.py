"""What agents want, in memory: the part of ``dialer.memory_book`` that outlives a restart of the service.

Knows the promises of ``dialer.ports.CallBook`` about wishes, announced leaves and wrap-ups. Must not know
calls, SQL, the switch or the clock.
"""

from collections.abc import Mapping
from datetime import datetime

from dialer.ports import OFFLINE, AgentTalk


class MemoryAgents:
    """The last wish of every agent of a ``MemoryCallBook``, and when those who said so will leave."""

    def __init__(self) -> None:
        self.wishes: dict[str, tuple[str, datetime]] = {}
        self.leaves: dict[str, datetime] = {}
        self.talks: dict[str, AgentTalk] = {}

    async def remember_agent(self, agent_id: str, wish: str, at: datetime) -> None:
        """Store what an agent wants last, in place of what he wanted before."""
        self.wishes[agent_id] = (wish, at)
        if wish == OFFLINE:
            self.leaves.pop(agent_id, None)

    async def agent_wishes(self) -> Mapping[str, str]:
        """Return the last wish of every agent that ever had one."""
        return {agent_id: wish for agent_id, (wish, _) in self.wishes.items()}

    async def remember_leave(self, agent_id: str, at: datetime | None) -> None:
        """Store when an agent who is logged in said that he will leave."""
        if at is None:
            self.leaves.pop(agent_id, None)
        elif agent_id in self.wishes:
            self.leaves[agent_id] = at

    async def agent_leaves(self) -> Mapping[str, datetime]:
        """Return when agents said they will leave; whoever said nothing is not in it."""
        return dict(self.leaves)

    async def remember_talk(self, agent_id: str, talk: AgentTalk | None) -> None:
        """Store the talk that an agent has or wraps up, None for none."""
        if talk is None:
            self.talks.pop(agent_id, None)
        elif agent_id in self.wishes:
            self.talks[agent_id] = talk

    async def agent_talks(self) -> Mapping[str, AgentTalk]:
        """Return the talk that each agent has or wraps up; whoever has none is not in it."""
        return dict(self.talks)
