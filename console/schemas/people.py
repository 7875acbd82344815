"""Customers on the wire: the file, consents, notes, credits, erasing."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from campaigns.correcting import MAX_NUMBERS
from campaigns.model import CreditKind, CustomerClass, InboundDisposition, NumberKind, Purpose
from campaigns.people import NoteKind
from console.schemas.campaigns import AttemptOut
from console.schemas.kinds import E164, AgentId, Line, Moment, Note, Query, Request, RequiredLine, Response


class FindQuery(Query):
    """Whom to look for: by reference, by number, by any piece of the name, or by several of these.

    Capital letters and small ones are the same, but for a reference that somebody has just as it is written.
    """

    ref: Line = ""
    number: Line = ""
    name: Line = ""


class NewCustomerIn(Request):
    """What somebody tells of a new customer. An empty reference is made up; an empty zone leaves every zone
    that his number may lie in. ``country`` and ``region`` are of his address, ``note`` is the first one.
    """

    name: RequiredLine
    ref: Line = ""
    title: Line = ""
    language: Line = ""
    customer_class: CustomerClass = Field(default=CustomerClass.POTENTIAL, strict=False)
    zone: Line = ""
    country: Line = ""
    region: Line = ""
    note: Note = ""


class CustomerIn(NewCustomerIn):
    """A customer whom a manager enters: his number, written anyhow, and who owns him, if anybody.

    ``allow_shared`` enters him although somebody has this number already: they are two, and share it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Jana Novak", "number": "+4930555107", "language": "de", "note": "asked for prices"}
            ]
        }
    )

    number: RequiredLine
    owner: Annotated[str, Field(pattern=r"^([A-Za-z0-9_.-]{1,64})?$")] = ""
    allow_shared: bool = False


class NumberOfHisIn(Request):
    """One number of a customer, written anyhow, and what it rings; without a kind it stays as it is known."""

    number: RequiredLine
    kind: NumberKind | None = Field(default=None, strict=False)


class CustomerChangeIn(Request):
    """What is corrected of a customer; what is left out stays as it is, an empty text takes it away.

    ``numbers`` are all that he has from then on, the one to be called first in front: a number that is not
    among them is his no more and is called no more. ``allow_shared`` takes a number that somebody else has.
    ``ref`` changes a made-up reference only. ``version`` is that of the file which was looked at: where what
    can be corrected has changed since, nothing is, and the answer says what is different now. Without it
    whoever comes last is right.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Jana Nováková", "numbers": [{"number": "+4930555108", "kind": "mobile"}]},
            ]
        }
    )

    ref: RequiredLine | None = None
    name: RequiredLine | None = None
    title: Line | None = None
    language: Line | None = None
    country: Line | None = None
    region: Line | None = None
    zone: Line | None = None
    numbers: list[NumberOfHisIn] | None = Field(default=None, min_length=1, max_length=MAX_NUMBERS)
    version: Line = ""
    allow_shared: bool = False


class CallerIn(NewCustomerIn):
    """An unknown caller who is made a customer: the talk, and a number where that of the call is not his."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"attempt_id": "in-1763637000.12", "name": "Jana Novak", "language": "de"}]
        }
    )

    attempt_id: RequiredLine
    number: Line = ""


class KnownCallerIn(Request):
    """Which customer an unknown caller is: the talk, and the customer's reference."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"attempt_id": "in-1763637000.12", "ref": "C-1001"}]}
    )

    attempt_id: RequiredLine
    ref: RequiredLine


class CustomerOut(Response):
    """A customer's file as far as a call needs it."""

    id: int
    ref: str
    name: str
    title: str
    language: str
    customer_class: CustomerClass
    zones: tuple[str, ...]
    numbers: tuple[str, ...]
    kinds: dict[str, NumberKind]
    own_zone: str
    country: str
    region: str
    owner: str
    extras: dict[str, str]


class CustomersOut(Response):
    """The customers found, the first hundred by id, and how many more there are, counted as far as 900."""

    customers: tuple[CustomerOut, ...]
    more: int


class ConsentOut(Response):
    """What was said about calls for one purpose, and what proves it."""

    purpose: Purpose
    given: bool
    at: datetime | None
    evidence: str


class NumberConsentOut(Response):
    """What was said about calls to one number, with who wrote it down and when."""

    number: str
    consent: ConsentOut
    by: str
    at: datetime


class NoteOut(Response):
    """A note or a promise."""

    id: int
    kind: NoteKind
    note: str
    by: str
    at: datetime
    due_at: datetime | None
    kept_at: datetime | None


class CreditOut(Response):
    """One credit to an agent."""

    kind: CreditKind
    agent_id: str
    subject: str
    at: datetime


class HotlineOut(Response):
    """One call to the hotline. ``shared``: others have the number too, so nobody knows whose call it was.

    ``number`` is E.164, empty where it could not be read; ``shown`` is the caller ID as it came.
    """

    call_id: str
    number: str
    dialled: str
    started_at: datetime
    talked_at: datetime | None
    ended_at: datetime | None
    disposition: InboundDisposition | None
    agent_id: str | None
    vote: int | None
    voted_at: datetime | None
    outcome: str | None
    note: str | None
    shared: bool
    shown: str


class FileOut(Response):
    """A customer's file, with the newest contacts and who looks after him now.

    ``hotline`` are his calls to us; ``made_by`` and ``made_at`` tell who entered him by hand, and when. With
    ``erasing_asked_at`` he is erased as soon as the call under way is over. ``version`` goes with a
    correction of what is seen here.
    """

    customer: CustomerOut
    version: str
    consents: tuple[NumberConsentOut, ...]
    notes: tuple[NoteOut, ...]
    credits: tuple[CreditOut, ...]
    suppressed: tuple[str, ...]
    history: tuple[AttemptOut, ...]
    hotline: tuple[HotlineOut, ...]
    looked_after_by: str
    made_by: str
    made_at: datetime | None
    erasing_asked_at: datetime | None


class ConsentIn(Request):
    """What a customer said about calls to one of his numbers. A consent needs what proves it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": "+4930555107",
                    "purpose": "marketing",
                    "given": True,
                    "at": "2026-11-20T09:30:00Z",
                    "evidence": "order form 2026-118, page 2",
                }
            ]
        }
    )

    number: E164
    purpose: Purpose = Field(strict=False)
    given: bool
    at: Moment | None = None
    evidence: Line = ""


class ClassIn(Request):
    """The class of a customer; a potential one becomes a customer by any other."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_class": "ordinary"}]})

    customer_class: CustomerClass = Field(strict=False)


class NoteIn(Request):
    """A note, or something that was promised and until when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "promise", "text": "Send the invoice", "due_at": "2026-11-23T12:00:00Z"}]
        }
    )

    kind: NoteKind = Field(default=NoteKind.NOTE, strict=False)
    text: Note = Field(min_length=1)
    due_at: Moment | None = None


class PromiseIn(Request):
    """The promise that was kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note_id": 7}]})

    note_id: int = Field(ge=1, le=10**15)


class CreditIn(Request):
    """Whom to credit, and for what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "closed", "agent_id": "1001", "subject": "renewal of the service contract"}]
        }
    )

    kind: CreditKind = Field(strict=False)
    agent_id: AgentId
    subject: RequiredLine


class EraseIn(Request):
    """Erasing cannot be undone: the customer's reference has to be repeated."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ref": "C-1001"}]})

    ref: RequiredLine


class ErasedOut(Response):
    """Whose data was destroyed. Until ``kept_until`` the numbers that were called and his consents stay,
    because a rule pack orders it (``kept_by``); null and empty where none does. With ``asked_at`` he is being
    called: he is not erased yet, and will be as soon as the call is over.
    """

    customer_id: int
    kept_until: datetime | None = None
    kept_by: str = ""
    asked_at: datetime | None = None
