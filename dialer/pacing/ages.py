"""How long each talk, wrap-up and call in flight has lasted at a moment. Knows the snapshot only."""

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
            [moment - since for since in snapshot.talks],
            [moment - since for since in snapshot.wrap_ups],
            [moment - sent for sent in snapshot.ringing],
            [moment - sent for sent in snapshot.ringing_reserved],
        )
