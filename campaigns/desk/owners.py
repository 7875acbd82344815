"""Sharing customers out between agents, and who stands in for whom.

Knows the order of work. Must not know the rule of sharing (``campaigns.rules.owners``), HTTP or a database.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from campaigns.books import OwnerBook
from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from campaigns.people import Absence
from campaigns.rules.owners import circle, share_out, stand_in

AT_ONCE: Final = 1_000
"""Customers that are given to owners in one transaction."""
ABILITY: Final = 1.0
"""What an agent takes of whom nothing was said: as much as any other of them."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Who looks after how many: abilities, customers by owner, and the absences that are not over."""

    abilities: Mapping[str, float]
    loads: Mapping[str, int]
    absences: tuple[Absence, ...]


class OwnerDesk:
    """Use cases of owners. ``now`` returns the moment; ``agents`` are the ids of all agents."""

    def __init__(self, book: OwnerBook, now: Callable[[], datetime], agents: Collection[str]) -> None:
        self._book = book
        self._now = now
        self._agents = agents

    async def owners(self) -> Owners:
        """Return who looks after how many."""
        return Owners(
            await self._abilities(),
            await self._book.owner_loads(),
            tuple(await self._book.absences(self._now())),
        )

    async def set_ability(self, agent_id: str, ability: float) -> Owners:
        """Say how much an agent takes, 0 to 100, 1 unless said; 0 takes him out of the sharing."""
        faults = self.agent_faults("agent_id", agent_id)
        if not 0 <= ability <= 100:
            faults.append(Fault("ability", f"{ability} is not from 0 to 100"))
        if faults:
            raise InvalidInput(faults)
        await self._book.set_ability(agent_id, ability)
        return await self.owners()

    async def share_out(self) -> int:
        """Give an owner to every customer who has none; returns how many got one.

        Raises ``NotAllowedNow`` when no agent takes any.
        """
        abilities, loads = await self._abilities(), dict(await self._book.owner_loads())
        if not any(abilities.values()):
            raise NotAllowedNow("no agent takes customers: set an ability above 0 first")
        after = shared = 0
        while customers := await self._book.unowned(after, AT_ONCE):
            owners = share_out(customers, abilities, loads)
            await self._book.assign(owners)
            for owner in owners.values():
                loads[owner] = loads.get(owner, 0) + 1
            after, shared = customers[-1], shared + len(owners)
        return shared

    async def hand_over(self, agent_id: str) -> int:
        """Share an owner's customers out between the other agents, for good; returns how many."""
        abilities = {agent: size for agent, size in (await self._abilities()).items() if agent != agent_id}
        loads = dict(await self._book.owner_loads())
        if not any(abilities.values()):
            raise NotAllowedNow("no other agent takes customers: set an ability above 0 first")
        after = handed = 0
        while customers := await self._book.owned_by(agent_id, after, AT_ONCE):
            owners = share_out(customers, abilities, loads)
            await self._book.assign(owners)
            for owner in owners.values():
                loads[owner] = loads.get(owner, 0) + 1
            after, handed = customers[-1], handed + len(owners)
        return handed

    async def stand_in(self, absence: Absence) -> Owners:
        """Name a substitute for the time an owner is away; his customers stay his.

        Refused where substitutes would lead in a circle, so that nobody looked after their customers.
        """
        faults = self.agent_faults("agent_id", absence.agent_id)
        faults += self.agent_faults("substitute_id", absence.substitute_id)
        if absence.agent_id == absence.substitute_id:
            faults.append(Fault("substitute_id", "is the agent himself"))
        if absence.until_at <= absence.from_at:
            faults.append(Fault("until_at", "is not after from_at"))
        if not faults and (way := circle(absence, await self._book.absences(self._now()))):
            faults.append(Fault("substitute_id", f"leads in a circle: {' -> '.join(way)}"))
        if faults:
            raise InvalidInput(faults)
        await self._book.add_absence(absence)
        return await self.owners()

    async def end_absence(self, agent_id: str, from_at: datetime) -> Owners:
        """End an agent's absence that began then, now; one to come is taken back.

        Raises ``NotFound`` when none that is not over begins then.
        """
        if not await self._book.end_absence(agent_id, from_at, self._now()):
            raise NotFound(
                f"agent {agent_id[:40]!r} has no absence from {from_at.isoformat()} that is not over"
            )
        return await self.owners()

    async def takes(self, agent_id: str) -> bool:
        """Say whether an agent takes customers when they are shared out."""
        return (await self._abilities()).get(agent_id, 0) > 0

    async def looks_after(self, owner: str) -> str:
        """Return who looks after an owner's customers now."""
        now = self._now()
        return stand_in(owner, await self._book.absences(now), now) if owner else ""

    async def _abilities(self) -> Mapping[str, float]:
        """Return how much each agent takes; who is no agent any more takes nobody."""
        said = await self._book.abilities()
        return {agent: said.get(agent, ABILITY) for agent in sorted(self._agents)}

    def agent_faults(self, place: str, agent_id: str) -> list[Fault]:
        """Return what is wrong with an agent named at ``place``: nothing for one of the agents."""
        return [] if agent_id in self._agents else [Fault(place, f"there is no agent {agent_id[:40]!r}")]
