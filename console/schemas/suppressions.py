"""Do-not-call lists on the wire: made, filled, and asked about a number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field

from campaigns.desk.suppression import Barred
from campaigns.model import Purpose
from campaigns.suppression import SuppressedNumber, SuppressionKind
from console.schemas.campaigns import FaultOut
from console.schemas.kinds import Line, Query, Request, RequiredLine, Response


class SuppressionListIn(Request):
    """A do-not-call list to make; without purpose and campaign it counts for everything."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "National registry", "kind": "registry", "purpose": "marketing"}]
        }
    )

    name: RequiredLine
    kind: SuppressionKind = Field(default=SuppressionKind.HOUSE, strict=False)
    purpose: Purpose | None = Field(default=None, strict=False)
    campaign_id: int | None = Field(default=None, ge=1, le=10**15)


class SuppressionListOut(Response):
    """One do-not-call list. With ``whole_person`` one number bars every number of the person who has it."""

    id: int
    name: str
    kind: SuppressionKind
    purpose: Purpose | None
    campaign_id: int | None
    whole_person: bool
    created_by: str
    created_at: datetime
    size: int


class SuppressionListsOut(Response):
    """All do-not-call lists, oldest first."""

    lists: tuple[SuppressionListOut, ...]


class UnreadEntryOut(Response):
    """Somebody who asked by key to be left alone: what his telephone company showed, and when he asked."""

    shown: str
    reason: str
    by: str
    at: datetime


class UnreadOut(Response):
    """Opt-outs that bar nobody, since nobody can read the number they are about, oldest first."""

    entries: tuple[UnreadEntryOut, ...]

    @classmethod
    def of(cls, entries: Sequence[SuppressedNumber]) -> Self:
        """Return the answer about entries of the opt-out list."""
        return cls(
            entries=tuple(
                UnreadEntryOut(shown=one.number, reason=one.reason, by=one.by, at=one.at) for one in entries
            )
        )


class NumbersIn(Request):
    """Lines of numbers to put on a list, and why. What is no number is named by its line, from 1; the others
    are taken.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"numbers": ["+4930555123"], "reason": "asked by letter"}]}
    )

    numbers: list[Annotated[str, Field(max_length=4_000)]] = Field(min_length=1, max_length=1000)
    reason: RequiredLine


class NumberIn(Request):
    """A number to take off a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "+4930555123"}]})

    number: RequiredLine


class RegistryQuery(Query):
    """Why the numbers of a file are put on a list, and the encoding of a text; not said it is found out."""

    reason: RequiredLine = "imported registry"
    encoding: Line = ""


class RegistryOut(Response):
    """What loading numbers did: ``rows`` is added + known + faulty; the first faults are named.

    Of a file ``form`` says how it was read and ``column`` which of its columns the numbers were.
    """

    rows: int
    added: int
    known: int
    faulty: int
    faults: tuple[FaultOut, ...]
    form: str
    column: str


class NumberQuery(Query):
    """The number that is asked about, and calls of which purpose or campaign; of all unless said."""

    number: RequiredLine
    purpose: Purpose | None = None
    campaign_id: int | None = Field(default=None, ge=1, le=10**15)


class HolderOut(Response):
    """A customer who has a number."""

    id: int
    ref: str


class BarredEntryOut(Response):
    """One entry that bars calls to the number, and what it says.

    ``number`` is the number asked about, or another one of ``holders``, who have both: whoever is on a list
    of whole persons is not called at any of his numbers.
    """

    list_id: int
    list_name: str
    kind: SuppressionKind
    purpose: Purpose | None
    campaign_id: int | None
    number: str
    holders: tuple[HolderOut, ...]
    reason: str
    by: str
    at: datetime


class BarredCallsOut(Response):
    """Whether lists bar every call of a purpose, or with a campaign its calls; ``by`` names them."""

    purpose: Purpose
    campaign_id: int | None
    campaign: str
    barred: bool
    by: tuple[str, ...]


class BarredOut(Response):
    """What do-not-call lists say to calls to a number, as the launcher sees it at this moment.

    ``calls`` are those of each purpose, whatever the campaign, and those of each campaign that is not stopped
    for good; ``entries`` are those that have a word in them.
    """

    number: str
    entries: tuple[BarredEntryOut, ...]
    calls: tuple[BarredCallsOut, ...]

    @classmethod
    def of(cls, barred: Barred) -> Self:
        """Return the answer about a number."""
        entries = tuple(
            BarredEntryOut(
                list_id=one.listed.id,
                list_name=one.listed.name,
                kind=one.listed.kind,
                purpose=one.listed.purpose,
                campaign_id=one.listed.campaign_id,
                number=one.entry.number,
                holders=tuple(HolderOut.model_validate(holder) for holder in one.holders),
                reason=one.entry.reason,
                by=one.entry.by,
                at=one.entry.at,
            )
            for one in barred.entries
        )
        calls = tuple(
            BarredCallsOut(
                purpose=one.purpose,
                campaign_id=one.campaign.id if one.campaign else None,
                campaign=one.campaign.name if one.campaign else "",
                barred=bool(one.by),
                by=one.by,
            )
            for one in barred.calls
        )
        return cls(number=barred.number, entries=entries, calls=calls)
