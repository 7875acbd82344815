"""The customer file: everything that is kept about one person beyond what a call needs.

Knows the nouns. Must not know where they are kept or who may see them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from campaigns.model import (
    Consent,
    CreditKind,
    Customer,
    InboundDisposition,
    LeadStatus,
    Purpose,
)
from campaigns.suppression import SuppressionKind
from campaigns.verdicts import LastVerdict


class NoteKind(StrEnum):
    """What an entry in the contact history is."""

    NOTE = "note"
    PROMISE = "promise"


@dataclass(frozen=True, slots=True)
class NumberConsent:
    """What was said about calls to one number, with who wrote it down and when."""

    number: str
    consent: Consent
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactNote:
    """A note, or something that was promised: then ``due_at`` may say until when, ``kept_at`` since when."""

    id: int
    kind: NoteKind
    note: str
    by: str
    at: datetime
    due_at: datetime | None = None
    kept_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit to an agent for one customer; ``subject`` says for which purchase or renewal.

    ``call_id`` is the call whose record brought it, empty for one that was given by hand.
    """

    kind: CreditKind
    agent_id: str
    subject: str
    at: datetime
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """An owner is away in ``[from_at, until_at)``, and somebody stands in for him."""

    agent_id: str
    substitute_id: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class FiledLead:
    """What one campaign has of a customer: the list it came with, what that said, where it stands and why.

    ``due_at`` is None for a lead that no passing of time brings up: done, or refused for good. ``verdict`` is
    why it was not called when it was last looked at.
    """

    lead_id: int
    campaign_id: int
    campaign: str
    list_name: str
    number: str
    status: LeadStatus
    reason: str
    due_at: datetime | None
    appointment_at: datetime | None
    fields: Mapping[str, str]
    verdict: LastVerdict | None


@dataclass(frozen=True, slots=True)
class BarredNumber:
    """One of a customer's numbers on one do-not-call list: which list, why, by whom and since when.

    ``purpose`` and ``campaign_id`` limit the list; None means all of them.
    """

    list_name: str
    kind: SuppressionKind
    purpose: Purpose | None
    campaign_id: int | None
    number: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HotlineCall:
    """One call from a customer's number to the hotline, what he voted and what the agent recorded.

    ``talked_at`` is when an agent took it, None when none did. ``shared`` says that others have this number
    too and no agent said whose call it was, so that nobody knows: then ``note`` is left out. ``number`` is
    E.164, empty where it could not be read; ``shown`` is the caller ID as it came.
    """

    call_id: str
    number: str
    dialled: str
    started_at: datetime
    talked_at: datetime | None = None
    ended_at: datetime | None = None
    disposition: InboundDisposition | None = None
    agent_id: str | None = None
    vote: int | None = None
    voted_at: datetime | None = None
    outcome: str | None = None
    note: str | None = None
    shared: bool = False
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody came into the book by hand: by whom, when, and by which call to the hotline, if by one.

    ``credit`` is for whoever brought him, ``note`` the first words about him. ``may_share`` says that he is
    another one than those who have his number already.
    """

    by: str
    at: datetime
    call_id: str = ""
    credit: Credit | None = None
    note: ContactNote | None = None
    may_share: bool = False


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """One customer with everything told about him, oldest first. ``erased``: his data was destroyed.

    ``made_by`` and ``made_at`` tell who entered him by hand, and when; of whom a list brought they do not.
    ``erasing_asked_at``: since then he is to be erased as soon as his call is over. ``removed_numbers`` were
    taken away by hand, and ``former_names`` are names and references he went by: both are kept so that
    erasing finds them.
    """

    customer: Customer
    consents: tuple[NumberConsent, ...] = ()
    notes: tuple[ContactNote, ...] = ()
    credits: tuple[Credit, ...] = field(default=())
    barred: tuple[BarredNumber, ...] = ()
    leads: tuple[FiledLead, ...] = ()
    erased: bool = False
    made_by: str = ""
    made_at: datetime | None = None
    erasing_asked_at: datetime | None = None
    removed_numbers: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()

    @property
    def suppressed(self) -> tuple[str, ...]:
        """The names of the do-not-call lists that hold one of his numbers, each once."""
        return tuple(dict.fromkeys(one.list_name for one in self.barred))


MAX_REF: Final = 64
"""The longest reference of a customer, in characters."""

ERASED: Final = "erased"
"""What stands in place of a number that was destroyed; a lead's has its own id behind it."""

DATA_ERASED: Final = "the customer's data was erased"
"""Why the leads of whoever was erased are closed."""

REF_SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What a made-up reference consists of: no sign of it is taken for another one when it is read aloud."""

MADE_UP_SIGNS: Final = 8
"""How many signs a made-up reference takes."""

_MADE_UP_REF = re.compile(f"N-[{REF_SIGNS}]{{4}}-[{REF_SIGNS}]{{4}}")

ERASING_ASKED: Final = "his data is to be erased"
"""Why the leads of somebody are closed who is to be erased as soon as his call is over."""


@dataclass(frozen=True, slots=True)
class EraseWish:
    """That a customer be erased as soon as his call is over: who asked, and when."""

    customer_id: int
    by: str
    at: datetime


_ERASED_REF = re.compile(r"erased-[0-9]+(-[0-9]+)?")


def made_up_ref(signs: str) -> str:
    """Return the reference of somebody who is entered without one, of so many signs: ``N-7KQ4-2MXB``."""
    return f"N-{signs[:4]}-{signs[4:]}"


def is_made_up(ref: str) -> bool:
    """Say whether a reference looks like one that was made up, so that nobody's own records go by it."""
    return _MADE_UP_REF.fullmatch(ref) is not None


def erased_ref(customer_id: int, taken: bool = False) -> str:
    """Return the reference that stands for a customer from the moment his data is destroyed.

    ``taken``: somebody else has it, from a list that was loaded before such references were refused.
    """
    return f"erased-{customer_id}-{customer_id}" if taken else f"erased-{customer_id}"


def stands_for_erased(ref: str) -> bool:
    """Say whether a reference is one of those that stand for erased people: no list may bring it."""
    return _ERASED_REF.fullmatch(ref) is not None
