"""Which agent looks after which customer, at rest: ``campaigns.books.OwnerBook`` over SQL.

Knows owners, abilities and absences. Must not know the rule of sharing, nor anything else about a customer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from campaigns.people import Absence
from store.database import Database
from store.tables import absences, agent_shares, customers
from store.writing import insert_or_replace

_WHO = bindparam("of_customer", type_=customers.c.id.type)
_ABILITIES = select(agent_shares).order_by(agent_shares.c.agent_id)
_LOADS = select(customers.c.owner, func.count()).where(customers.c.owner != "").group_by(customers.c.owner)
_OWNED = (
    select(customers.c.id)
    .where(
        customers.c.owner == bindparam("of_owner"),
        customers.c.id > bindparam("after"),
        customers.c.erased_at.is_(None),
    )
    .order_by(customers.c.id)
    .limit(bindparam("at_most"))
)
_ASSIGN = update(customers).where(customers.c.id == _WHO).values(owner=bindparam("new_owner"))
_ABSENCES = (
    select(absences)
    .where(absences.c.until_at > bindparam("moment", type_=absences.c.until_at.type))
    .order_by(absences.c.id)
)


class SqlOwnerBook:
    """``OwnerBook`` over one database; its faults come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def abilities(self) -> Mapping[str, float]:
        """Return how much each agent takes, of those of whom it was said."""
        return await self._database.read(
            lambda connection: {row.agent_id: row.ability for row in connection.execute(_ABILITIES)}
        )

    async def set_ability(self, agent_id: str, ability: float) -> None:
        """Store how much an agent takes; 0 takes him out."""

        def unit(connection: Connection) -> None:
            insert_or_replace(connection, agent_shares, {"agent_id": agent_id, "ability": ability})

        await self._database.write(unit)

    async def owner_loads(self) -> Mapping[str, int]:
        """Return how many customers each owner has."""
        return await self._database.read(
            lambda connection: {owner: size for owner, size in connection.execute(_LOADS)}  # noqa: C416
        )

    async def unowned(self, after: int, limit: int) -> Sequence[int]:
        """Return the ids above ``after`` of customers without an owner, in order."""
        return await self.owned_by("", after, limit)

    async def owned_by(self, agent_id: str, after: int, limit: int) -> Sequence[int]:
        """Return the ids above ``after`` of an owner's customers, in order."""
        values = {"of_owner": agent_id, "after": after, "at_most": limit}
        return await self._database.read(lambda connection: connection.scalars(_OWNED, values).all())

    async def assign(self, owners: Mapping[int, str]) -> None:
        """Give customers, by id, to owners."""
        values = [{"of_customer": customer_id, "new_owner": owner} for customer_id, owner in owners.items()]
        if values:
            await self._database.write(lambda connection: connection.execute(_ASSIGN, values))

    async def absences(self, moment: datetime) -> Sequence[Absence]:
        """Return the absences that are not over at a moment."""
        return await self._database.read(
            lambda connection: [
                Absence(row.agent_id, row.substitute_id, row.from_at, row.until_at)
                for row in connection.execute(_ABSENCES, {"moment": moment})
            ]
        )

    async def add_absence(self, absence: Absence) -> None:
        """Store an absence."""
        values = {
            "agent_id": absence.agent_id,
            "substitute_id": absence.substitute_id,
            "from_at": absence.from_at,
            "until_at": absence.until_at,
        }
        await self._database.write(lambda connection: connection.execute(insert(absences), values))

    async def end_absence(self, agent_id: str, from_at: datetime, moment: datetime) -> bool:
        """End an agent's absences from ``from_at`` at a moment, and drop what had not begun."""
        his = and_(
            absences.c.agent_id == agent_id, absences.c.from_at == from_at, absences.c.until_at > moment
        )
        begun = absences.c.from_at < moment
        ended = await self._database.write(
            lambda connection: (
                connection.execute(delete(absences).where(his, ~begun)).rowcount
                + connection.execute(update(absences).where(his, begun).values(until_at=moment)).rowcount
            )
        )
        return ended > 0
