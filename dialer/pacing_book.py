"""What pacing needs of what is at rest: where leads lie, how calls were answered, what was learned before.

``PacingBook`` is implemented by ``store`` and by its twin ``dialer/memory_pacing.py``; one contract suite
runs over both. Must not know what pacing makes of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from campaigns.rules.amd_errors import Screens


@dataclass(frozen=True, slots=True)
class LeadPlace:
    """Where some leads of a campaign lie: one number of theirs, the address, and the list they are of."""

    number: str
    country: str
    region: str
    list_id: int


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many calls were answered by a person, and how many of those found no agent in time.

    ``screens``: of detection, machines that nobody checked, and what agents recorded of those they checked.
    """

    live: int
    abandoned: int
    screens: Screens = field(default_factory=Screens)


class PacingBook(Protocol):
    """What pacing needs from what is at rest, and what it leaves there."""

    async def lead_places(self, campaign_id: int) -> Sequence[LeadPlace]:
        """Return where a campaign's open leads (not done) lie: one line for each place and list."""

    async def first_attempt_at(self, campaign_id: int) -> datetime | None:
        """Return when the campaign's first attempt was committed; None before it."""

    async def answer_counts(
        self, campaign_id: int | None, windows: Sequence[tuple[datetime, datetime]]
    ) -> Sequence[AnswerCount]:
        """Count settled attempts committed in each half-open window, of one campaign or of all.

        Live are ``connected`` and ``abandoned`` ones; machines and who hung up early are not. Of the verdicts
        of detection only machines are counted, checked and not.
        """

    async def learned(self, campaign_id: int) -> Mapping[str, Mapping[str, Any]]:
        """Return what pacing learned in a campaign, by the names of ``dialer.pacing.shelf``."""

    async def keep_learned(
        self, campaign_id: int, entries: Mapping[str, Mapping[str, Any]], at: datetime
    ) -> None:
        """Store learned entries under their names, each in place of what was there."""
