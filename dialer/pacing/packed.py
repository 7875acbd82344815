"""Sums of many small vectors in one pass: fixed-point numbers side by side in one long integer.

A decision adds a vector of chances for each agent and each call in flight. Those of one age have the same, so
ages are counted and each row is taken as often; Python multiplies and adds long integers far faster than it
walks lists. Each number is a 64-bit word with ``FRACTION`` bits below the point; the room above it holds the
carries of 2 to the power 24 terms. Pure arithmetic.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import repeat
from operator import mul
from struct import Struct
from typing import Final

FRACTION: Final = 40
ONE: Final = float(1 << FRACTION)
STEP: Final = 1 / ONE

CROWD: Final = 50
"""From so many ages on counting them is cheaper than walking them."""


@cache
def _words(length: int) -> Struct:
    return Struct(f"<{length}Q")


def pack_powers(rows: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """Return rows of numbers between 0 and 1, each packed into one integer with their squares behind them:
    what mean and variance of a sum need. Exact to twelve digits; all rows have the same length.
    """
    if not rows:
        return ()
    values: list[float] = []
    for row in rows:
        values += row
        values += map(mul, row, row)
    words = _words(len(values)).pack(*map(int, map(mul, values, repeat(ONE))))
    size = len(words) // len(rows)
    return tuple([int.from_bytes(words[at : at + size], "little") for at in range(0, len(words), size)])


def unpack(packed: int, length: int) -> list[float]:
    """Return the ``length`` sums that a packed integer holds."""
    words = _words(length)
    return [value * STEP for value in words.unpack(packed.to_bytes(words.size, "little"))]


def total(table: Sequence[int], ages_s: Sequence[float], edges: Sequence[float]) -> int:
    """Return the packed sum of the rows of these ages. ``edges`` are where each row but the first one begins.

    A few ages are walked; of a crowd those in each row are counted. Integers add up to the same either way.
    """
    if len(ages_s) < CROWD:
        return sum(map(table.__getitem__, map(bisect_right, repeat(edges), ages_s)))
    ordered, packed, before = sorted(ages_s), 0, 0
    for row, edge in zip(table, edges, strict=False):
        here = bisect_left(ordered, edge, before)
        packed += row * (here - before)
        before = here
        if before == len(ordered):
            return packed
    return packed + table[-1] * (len(ordered) - before)
