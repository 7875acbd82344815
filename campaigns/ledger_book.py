"""What checking and handing out the ledger needs from the outside: the book it is kept in.

Implemented by ``store.ledger_book`` (SQL) and ``campaigns.memory_ledger`` (in memory); one contract suite
runs over both. Entries about calls, lists and people are not written through this port: whoever stores the
fact enters it in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from campaigns.ledger import Head, KeptEntry, Kind, Note
from campaigns.ledger_barring import ListedPerson
from campaigns.ledger_check import Trail
from campaigns.suppression import SuppressionList


@dataclass(frozen=True, slots=True)
class PersonKey:
    """The key of one person, and the digest that stands for him. With it his entries can be proven his."""

    customer_id: int
    key: bytes
    digest: str


class LedgerBook(Protocol):
    """The ledger at rest. Pages are short, so that calls under way do not wait for them."""

    async def head(self) -> Head:
        """Return the end of the chain."""

    async def page(self, after: int, limit: int) -> Sequence[KeptEntry]:
        """Return up to so many entries after entry ``after``, in order."""

    async def trails(self, after: int, limit: int) -> Sequence[Trail]:
        """Return up to so many calls after record ``after`` (its ``seq``), oldest first, each with its
        entries.
        """

    async def strays(self, limit: int) -> Sequence[KeptEntry]:
        """Return up to so many openings of calls that have no record, though nothing destroyed it."""

    async def barring_lists(self) -> Sequence[SuppressionList]:
        """Return every do-not-call list with its size."""

    async def listed(self, after: int, limit: int) -> Sequence[ListedPerson]:
        """Return up to so many people after customer ``after``, by id, who have a key."""

    async def not_erased(self, customer_ids: Sequence[int]) -> Mapping[int, bool]:
        """Return which of these customers are there and do not stand as erased, each with whether his
        erasing is asked for.
        """

    async def newest(self, kind: Kind) -> KeptEntry | None:
        """Return the newest entry of a kind; None when there is none."""

    async def person(self, ref: str) -> PersonKey | None:
        """Return the key of the customer with this reference; None for one without any entry, or erased.

        Raises ``NotFound`` when there is no such customer.
        """

    async def enter(self, note: Note) -> Head:
        """Enter a note that belongs to nothing else that is stored; returns the new end of the chain."""
