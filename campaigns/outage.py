"""A fault that repeats, told in few lines: at the first, ever more seldom, and when it is over.

Knows since when whom a fault concerns, and when a line is due. Must not know what fails, or
try anything again.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog

from campaigns.errors import BooksShut

log = structlog.get_logger()

FIRST_GAP_S: Final = 10.0
"""How long after the first line the next one comes; each further gap is twice as long."""
LONGEST_GAP_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Whom a fault concerns: ``since`` when, and ``seen`` last, on the clock that only goes forward."""

    since: datetime
    seen: float
    cause: str
    books_shut: bool


class Outage:
    """One kind of work that fails again and again, for one or for many at once."""

    def __init__(self, what: str, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        """``what`` is the line that the log has of it."""
        self._what = what
        self._now = now
        self._monotonic = monotonic
        self._concerned: dict[str, Trouble] = {}
        self._began = 0.0
        self._tries = 0
        self._kind: type[Exception] | None = None
        self._gap = FIRST_GAP_S
        self._next = 0.0

    def failed(self, who: str, fault: Exception) -> None:
        """Note that it failed for somebody, and tell where a line is due."""
        now, before = self._monotonic(), self._concerned.get(who)
        if not self._concerned:
            self._began, self._tries, self._kind = now, 0, None
        since = self._now() if before is None else before.since
        self._concerned[who] = Trouble(since, now, cause_of(fault), isinstance(fault, BooksShut))
        self._tries += 1
        if type(fault) is not self._kind:  # the first one, or another one than before
            self._kind, self._gap = type(fault), FIRST_GAP_S
            log.error(self._what, of=who, **told_of(fault))
        elif now >= self._next:
            self._gap = min(2 * self._gap, LONGEST_GAP_S)
            log.error(self._what, **self._figures(now), cause=cause_of(fault))
        else:
            return
        self._next = now + self._gap

    def works(self, who: str) -> None:
        """Note that it went well for somebody; tell that it is over when that was the last one."""
        if self._concerned.pop(who, None) is not None and not self._concerned:
            log.info(f"over: {self._what}", **self._figures(self._monotonic()))

    def trouble(self, who: str, within_s: float = math.inf) -> Trouble | None:
        """Return since when it fails for somebody, and why; None where it does not, or not lately."""
        found = self._concerned.get(who)
        return found if found is not None and self._monotonic() - found.seen <= within_s else None

    def _figures(self, now: float) -> Mapping[str, Any]:
        return {"concerned": len(self._concerned), "failures": self._tries, "for_s": round(now - self._began)}


def cause_of(fault: Exception) -> str:
    """Return a fault in words; one that says nothing by its kind."""
    return str(fault) or type(fault).__name__


def told_of(fault: Exception) -> Mapping[str, Any]:
    """Return what the log has of a fault: its words, and its whole way where it is a surprise."""
    known = {"cause": cause_of(fault)}
    return known if isinstance(fault, BooksShut) else {**known, "exc_info": fault}
