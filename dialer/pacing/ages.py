"""How long each talk, wrap-up and call in flight has lasted at a moment. Knows the snapshot only.

Clocks are set back and boards run ahead: what begins only later counts as beginning now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dialer.pacing.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Ages:
    """Elapsed seconds of talks, wrap-ups and calls in flight, unreserved and reserved."""

    talks: list[float]
    wrap_ups: list[float]
    calls: list[float]
    reserved_calls: list[float]

    @classmethod
    def of(cls, snapshot: Snapshot, moment: float) -> "Ages":
        """Return the ages at a moment."""
        return cls(
            _ages(snapshot.talks, moment),
            _ages(snapshot.wrap_ups, moment),
            _ages(snapshot.ringing, moment),
            _ages(snapshot.ringing_reserved, moment),
        )


def _ages(since: Sequence[float], moment: float) -> list[float]:
    ages = [moment - began for began in since]
    return ages if not ages or min(ages) >= 0 else [max(0.0, age) for age in ages]
