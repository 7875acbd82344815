"""One verdict in the making: what is judged, and how an answer is written down.

Knows the pieces that every rule is given. Must not know any rule.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from campaigns.model import (
    Campaign,
    Consent,
    Customer,
    Lead,
)
from campaigns.rules.evidence import Evidence
from campaigns.rules.packs import Binding, BoundHours, Pack
from campaigns.verdicts import Verdict

_END: Final = datetime.max.replace(tzinfo=UTC)


class Case(NamedTuple):
    """One lead at one moment (in UTC), what binds the call, and the person's standing word on it.

    A named tuple, as holds are: one is made for every verdict, and frozen dataclasses take four times as
    long.
    """

    lead: Lead
    customer: Customer
    evidence: Evidence
    campaign: Campaign
    moment: datetime
    binding: Binding
    zones: tuple[str, ...]
    consent: Consent | None


class Hold(NamedTuple):
    """One passing refusal: until when it lasts (None: never ends), and whose it is.

    ``shut`` are the hours that are closed, when it is those of a pack. An empty ``reason`` is yet to be
    put into words. ``told_before``: it repeats a refusal of an earlier moment, and whatever refuses as long
    by what is so now is told instead.
    """

    until: datetime | None
    rule: str
    reason: str
    pack: Pack | None = None
    shut: BoundHours | None = None
    told_before: bool = False


@dataclass(slots=True)
class Waits:
    """The passing refusals of one case. Nothing is allowed from ``closes_at`` on, whatever else passes."""

    holds: list[Hold] = field(default_factory=list)
    closes_at: datetime = _END
    closing: str = ""

    def close(self, at: datetime, why: str) -> None:
        """Note that something ends for good; the earliest end counts."""
        if at < self.closes_at:
            self.closes_at, self.closing = at, why


def refused(
    case: Case,
    rule: str,
    reason: str,
    next_at: datetime | None = None,
    pack: Pack | None = None,
    shut_in: str = "",
) -> Verdict:
    """Return the refusal of a case; ``pack`` is the one whose rule decided, None for a rule of our own.

    ``shut_in`` is the zone in which the hours are shut, where they are.
    """
    name, version = (pack.name, pack.version) if pack is not None else ("", "")
    return Verdict(False, rule, reason, next_at, name, version, case.zones, shut_in)
