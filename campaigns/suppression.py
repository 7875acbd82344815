"""Do-not-call lists: whom they hold, for what, and how far each reaches.

Knows the nouns and the one rule by which a list applies to a call. Must not know where lists are kept.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from campaigns.model import Purpose

OPT_OUT_ID: Final = 1
"""The list of everybody who asked us never to be called again; there from the beginning, in every book."""
OPT_OUT_NAME: Final = "opt-out"
SHOWN_AS: Final = ", shown as "
"""Stands in an entry's reason before the caller ID that its number was read from after the call."""


class SuppressionKind(StrEnum):
    """Where a do-not-call list comes from."""

    OPT_OUT = "opt_out"  # people told us
    REGISTRY = "registry"  # imported from an authority or a trade body
    HOUSE = "house"  # our own decision


@dataclass(frozen=True, slots=True)
class SuppressionList:
    """One do-not-call list. ``purpose`` and ``campaign_id`` limit it; None means all of them.

    With ``whole_person`` one number on the list bars every number of the person who has it; a registry of
    numbers bars just the number.
    """

    id: int
    name: str
    kind: SuppressionKind
    purpose: Purpose | None
    campaign_id: int | None
    whole_person: bool
    created_by: str
    created_at: datetime
    size: int = 0

    def applies_to(self, purpose: Purpose, campaign_id: int) -> bool:
        """Say whether the list has a word in calls of this purpose and campaign."""
        return self.purpose in (None, purpose) and self.campaign_id in (None, campaign_id)

    def bars_all(self, purpose: Purpose) -> bool:
        """Say whether the list has a word in every call of this purpose, whatever its campaign."""
        return self.purpose in (None, purpose) and self.campaign_id is None


OPT_OUT_LIST: Final = SuppressionList(
    id=OPT_OUT_ID,
    name=OPT_OUT_NAME,
    kind=SuppressionKind.OPT_OUT,
    purpose=None,
    campaign_id=None,
    whole_person=True,
    created_by="service",
    created_at=datetime(1970, 1, 1, tzinfo=UTC),
)
"""The list of who asked us: every database has it from the start, without an entry in the ledger."""


@dataclass(frozen=True, slots=True)
class SuppressedNumber:
    """One number on one list, with who put it there, when and why."""

    list_id: int
    number: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer who has a number, by his id and his reference."""

    id: int
    ref: str


@dataclass(frozen=True, slots=True)
class BarringEntry:
    """An entry of a list that bars calls to a number, as far as the list has a word in them.

    ``entry.number`` is that number itself, or another one of ``holders``: people who have both, whom the
    list bars as whole persons. For the number itself ``holders`` is empty: it is barred whoever has it.
    """

    listed: SuppressionList
    entry: SuppressedNumber
    holders: tuple[Holder, ...] = ()
