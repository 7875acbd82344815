"""Order statistics over what was measured. Knows numbers only."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Order statistics over measured values, in ms; None when nothing was measured."""

    p50: float | None
    p99: float | None
    max: float | None


def spread(values: Iterable[float]) -> Spread:
    """Return p50, p99 and max by nearest rank: each is a value that was measured, none is made up."""
    ordered = sorted(values)
    if not ordered:
        return Spread(None, None, None)
    return Spread(_rank(ordered, 50), _rank(ordered, 99), ordered[-1])


def _rank(ordered: Sequence[float], percent: int) -> float:
    return ordered[max(1, math.ceil(len(ordered) * percent / 100)) - 1]
