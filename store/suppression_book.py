"""Do-not-call lists at rest: ``campaigns.books.SuppressionBook`` over SQL.

Knows units of work; the statements are in ``store.suppressing``. Must not know calls.
"""

from collections.abc import Sequence
from datetime import datetime

from campaigns.suppression import BarringEntry, SuppressedNumber, SuppressionList
from store import parking, suppressing
from store.database import Database


class SqlSuppressionBook:
    """``SuppressionBook`` over one database; its faults come out as ``StoreError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def suppression_lists(self) -> Sequence[SuppressionList]:
        """Return every list with its size, oldest first."""
        return await self._database.read(suppressing.all_lists)

    async def add_suppression_list(self, new: SuppressionList) -> SuppressionList:
        """Store a new list; raises ``InvalidInput`` when the name is taken, ``NotFound`` without campaign."""
        return await self._database.write(lambda connection: suppressing.add_list(connection, new))

    async def suppress_numbers(self, entries: Sequence[SuppressedNumber]) -> int:
        """Put numbers on lists, effective at once; returns how many are new."""
        return await self._database.write(lambda connection: parking.put_on_lists(connection, entries))

    async def unsuppress(self, list_id: int, number: str, by: str, at: datetime) -> bool:
        """Take a number off a list; false when it was not on it."""
        return await self._database.write(
            lambda connection: parking.take_off_list(connection, list_id, number, by, at)
        )

    async def unread_opt_outs(self) -> Sequence[SuppressedNumber]:
        """Return the entries of the opt-out list that bar nobody, oldest first."""
        return await self._database.read_long(suppressing.unread_opt_outs)

    async def read_opt_outs(self) -> Sequence[SuppressedNumber]:
        """Return the entries of the opt-out list that were read from a caller ID, oldest first."""
        return await self._database.read_long(suppressing.read_opt_outs)

    async def read_with(self) -> str:
        """Return with what caller IDs on the opt-out list were read last."""
        return await self._database.read(suppressing.read_with)

    async def note_read_with(self, what: str) -> None:
        """Note with what all caller IDs on the opt-out list have been read."""
        await self._database.write(lambda connection: suppressing.note_read_with(connection, what))

    async def barring_entries(self, number: str) -> Sequence[BarringEntry]:
        """Return every list entry that bars calls to a number: about itself, and about people who have it."""
        return await self._database.read(lambda connection: suppressing.barring(connection, number))
