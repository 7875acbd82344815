"""What the last writes say about whether the database can be written.

Pure: moments are seconds on a clock that only goes forward. Must not know units or connections.
"""

from dataclasses import dataclass
from typing import Final

SLOW_S: Final = 2.0
"""From when on a write that has not come to its end is a fault of its own: the file is locked, or hangs."""

QUIET_S: Final = 60.0
"""How long a write that went well speaks for the next one."""


RECENT_S: Final = 10.0
"""How long a refusal counts although something was written since: a full disk still takes small writes."""


@dataclass(slots=True)
class WriteRecord:
    """How the last commits ended and when, and since when one is under way."""

    ended_s: float
    began_s: float | None = None
    failed: bool = False  # the last one
    refused: str = ""  # what the last one that failed was refused for
    refused_s: float = 0.0

    def begin(self, now_s: float) -> None:
        """A commit is under way."""
        self.began_s = now_s

    def end(self, now_s: float, refused: str) -> None:
        """It is over; ``refused`` says what the database refused it for, empty when it went well."""
        self.began_s, self.ended_s, self.failed = None, now_s, bool(refused)
        if refused:
            self.refused, self.refused_s = refused, now_s

    def must_be_tried(self, now_s: float) -> bool:
        """Say whether only another write can tell: the last one failed some time ago, or was long ago."""
        if self.began_s is not None:
            return False  # one more would only wait behind it
        if self.failed:
            return now_s - self.refused_s >= RECENT_S
        return now_s - self.ended_s >= QUIET_S

    def fault(self, now_s: float) -> str:
        """Say why nothing can be written, empty when that is not known."""
        if self.failed or (self.refused and now_s - self.refused_s < RECENT_S):
            return self.refused
        if self.began_s is not None and now_s - self.began_s >= SLOW_S:
            return f"a write has been waiting for {now_s - self.began_s:.0f} s"
        return ""
