"""Lists of leads: what loading one into a campaign is bound to, and what came of it.

Knows the nouns. Must not know files, columns or where lists are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from campaigns.model import Consent, CustomerClass, LeadStatus, NumberKind

MAIN_LIST: Final = "main"
"""The list that rows go to when nobody names one."""


_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Known(StrEnum):
    """What happens to a row about somebody, or a number, that is there already."""

    UPDATE = "update"  # take over what changed; leave out numbers that are another customer's
    SKIP = "skip"  # leave the row out, whoever's it is
    ALLOW = "allow"  # as update, and two customers may be called at one number


class Within(StrEnum):
    """Where one looks for somebody who is there already. Each holds the ones before it."""

    FILE = "file"
    LIST = "list"
    CAMPAIGN = "campaign"
    BOOK = "book"


@dataclass(frozen=True, slots=True)
class LoadTerms:
    """What loading is bound to. ``dry_run`` counts and writes nothing; ``by`` and ``at`` date new lists."""

    list_name: str = MAIN_LIST
    known: Known = Known.UPDATE
    within: Within = Within.CAMPAIGN
    dry_run: bool = False
    by: str = ""
    at: datetime = _LONG_AGO


class ListRow(NamedTuple):
    """One good row of an uploaded list, normalised. ``number`` is E.164; ``due_at`` from when on it is due.

    ``zones`` are those that ``number`` implies, or ``own_zone`` alone when the row names one. ``others`` are
    further numbers of the same person, in order. ``fields`` holds what belongs to this lead (service,
    service_date); ``extras`` stays with the customer. What is empty of him (a class that is None) leaves
    what is known. ``row`` is where it stood, counted from 1 below the header.

    A named tuple, because a list has millions and frozen dataclasses take six times as long.
    """

    ref: str
    name: str
    title: str
    language: str
    customer_class: CustomerClass | None
    zones: tuple[str, ...]
    number: str
    due_at: datetime
    fields: Mapping[str, str]
    extras: Mapping[str, str]
    own_zone: str = ""
    country: str = ""
    region: str = ""
    owner: str = ""
    kind: NumberKind = NumberKind.OTHER
    others: tuple[tuple[str, NumberKind], ...] = ()
    consent: Consent | None = None
    appointment_at: datetime | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that was not loaded because the number is another customer's; ``owner_ref`` says whose.

    With ``further`` it is not the number to be called, and the row was loaded without it.
    """

    row: int
    ref: str
    number: str
    owner_ref: str
    further: bool = False


@dataclass(frozen=True, slots=True)
class LoadCount:
    """What loading a batch of rows did. The same batch twice gives only ``unchanged`` and ``duplicate``.

    ``left_out`` names those of the duplicates whose number is another customer's, and further numbers of
    rows that were loaded without them for the same reason.
    """

    loaded: int
    updated: int
    unchanged: int
    duplicate: int = 0
    left_out: tuple[LeftOut, ...] = ()

    def plus(self, other: "LoadCount") -> "LoadCount":
        """Return both together, without naming who was left out."""
        return LoadCount(
            self.loaded + other.loaded,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.duplicate + other.duplicate,
        )


@dataclass(frozen=True, slots=True)
class LeadList:
    """One list of a campaign. ``leads`` has every status as a key. A deleted one says when its records go;
    ``kept_by`` tells whoever deletes it what orders to keep them so long, empty where no rule pack does.
    """

    id: int
    campaign_id: int
    name: str
    active: bool
    created_by: str
    created_at: datetime
    deleted_at: datetime | None = None
    purge_after: datetime | None = None
    leads: Mapping[LeadStatus, int] = field(default_factory=dict)
    kept_by: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How files from one source are read, saved under a name: header name by known column.

    ``encoding`` is what a text from there is written in, by a name of ``campaigns.desk.encoding``; empty: it
    is found out for each file. So is ``date_order``, by a name of ``campaigns.desk.dateorder``.
    """

    name: str
    columns: Mapping[str, str]
    by: str
    at: datetime
    encoding: str = ""
    date_order: str = ""
