"""Whether the line works: too many failed calls mean one probe at a time. No evidence about customers.

A failure here is the trunk's or the carrier's, never the customer's (TechCause 408 and 5xx).
"""

from dataclasses import dataclass
from typing import Final

FADE_CALLS: Final = 10.0
"""How many calls the share of failures remembers."""

DOWN_SHARE: Final = 0.4
"""Above this share of failures the line counts as down."""

PROBE_EVERY_S: Final = 2.0
"""The least time between the end of a failed probe and the next one."""


@dataclass(frozen=True, slots=True)
class TrunkHealth:
    """The recent share of failures, and when the last one was."""

    failures: float = 0.0
    failed_at: float = float("-inf")

    @property
    def is_down(self) -> bool:
        """True while only probes make sense."""
        return self.failures > DOWN_SHARE

    def after(self, *, failed: bool, moment: float) -> "TrunkHealth":
        """Return the health after one more call; one that got through proves that the line is back."""
        if not failed:
            if not self.failures:
                return self
            kept = 0.0 if self.is_down else self.failures * (1 - 1 / FADE_CALLS)
            return TrunkHealth(kept if kept > 1e-3 else 0.0, self.failed_at)
        return TrunkHealth(self.failures + (1 - self.failures) / FADE_CALLS, moment)

    def may_probe(self, in_flight: int, moment: float) -> bool:
        """Return whether the next probe may go out: alone, and some time after the last failure."""
        return in_flight == 0 and moment - self.failed_at >= PROBE_EVERY_S
