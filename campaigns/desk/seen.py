"""Which rows of a file came before: how repeats inside one file are found without keeping the file in memory.

Knows the port and its twin in memory. ``store.seen_rows`` implements it over a file of its own, so that a
list of millions needs no more memory than one of a hundred. One contract suite runs over both.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol


class SeenRow(NamedTuple):
    """One good row that came before: whose, where, and what repeats are compared with.

    ``name`` is folded for comparing; ``fields`` is a digest of what belongs to the lead; ``cells`` is
    the row itself, its cells put together by ``\\x1f``, which no good row has in it. A row stands here once
    for each of its numbers: for those that are not to be called with ``further``, and nothing to compare.
    """

    ref: str
    number: str
    row: int
    name: str
    fields: int
    cells: str
    further: bool = False


class SeenRows(Protocol):
    """Rows that came before. Not safe for several threads at once."""

    def known(self, refs: Sequence[str], numbers: Sequence[str]) -> Sequence[SeenRow]:
        """Return every row with one of these references or one of these numbers, in file order."""

    def add(self, rows: Iterable[SeenRow]) -> None:
        """Remember rows; each pair of reference and number to be called comes once."""

    def close(self) -> None:
        """Forget everything."""


class MemorySeenRows:
    """``SeenRows`` in dictionaries: for tests, and for lists that are short anyway."""

    def __init__(self) -> None:
        self._rows: list[SeenRow] = []
        self._by_ref: dict[str, list[int]] = {}
        self._by_number: dict[str, list[int]] = {}

    def known(self, refs: Sequence[str], numbers: Sequence[str]) -> Sequence[SeenRow]:
        """Return every row with one of these references or one of these numbers, in file order."""
        places = {place for ref in refs for place in self._by_ref.get(ref, ())}
        places |= {place for number in numbers for place in self._by_number.get(number, ())}
        return [self._rows[place] for place in sorted(places)]

    def add(self, rows: Iterable[SeenRow]) -> None:
        """Remember rows; each pair of reference and number to be called comes once."""
        for row in rows:
            self._by_ref.setdefault(row.ref, []).append(len(self._rows))
            self._by_number.setdefault(row.number, []).append(len(self._rows))
            self._rows.append(row)

    def close(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]
