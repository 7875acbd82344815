"""Taking changed rule packs while the service runs: all of them or none.

Knows the order of work. Must not know files, campaigns that dial, or a database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from campaigns.desk.ledger import LedgerDesk
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce


@dataclass(frozen=True, slots=True)
class PacksInForce:
    """The packs in force, version by name, and which of them a reload brought, changed or took away."""

    packs: Mapping[str, str]
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


class PackDesk:
    """Use cases of rule packs.

    ``read`` reads all packs anew, in a thread; ``program`` is the version that the ledger names beside them.
    ``judged_anew`` is awaited once others are in force: leads that the old ones refused wait again.
    """

    def __init__(
        self,
        in_force: RulesInForce,
        read: Callable[[], RuleBook],
        ledger: LedgerDesk,
        program: str,
        judged_anew: Callable[[], Awaitable[None]],
    ) -> None:
        self._in_force = in_force
        self._read = read
        self._ledger = ledger
        self._program = program
        self._judged_anew = judged_anew
        self._one_at_a_time = asyncio.Lock()

    def packs(self) -> PacksInForce:
        """Return the packs in force."""
        return PacksInForce(_versions(self._in_force.book))

    async def reload(self, by: str) -> PacksInForce:
        """Read the packs anew and put them in force if they are others; it counts from the next call on.

        Raises ``InvalidInput`` with every fault of every file: those in force stay then.
        """
        async with self._one_at_a_time:
            fresh, old = await asyncio.to_thread(self._read), self._in_force.book
            if fresh.fingerprint == old.fingerprint:
                return self.packs()
            # Entered first: no call may be judged by what the ledger does not know.
            await self._ledger.enter_rules(fresh, self._program, by)
            self._in_force.book = fresh
            await self._judged_anew()
        before, now = _versions(old), _versions(fresh)
        return PacksInForce(
            packs=now,
            added=tuple(name for name in now if name not in before),
            changed=tuple(name for name in now if name in before and now[name] != before[name]),
            gone=tuple(name for name in before if name not in now),
        )


def _versions(book: RuleBook) -> Mapping[str, str]:
    return {name: book.packs[name].version for name in sorted(book.packs)}
