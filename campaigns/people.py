"""The customer file: everything that is kept about one person beyond what a call needs.

Knows the nouns. Must not know where they are kept or who may see them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from campaigns.model import Consent, Customer, LastVerdict, LeadStatus


class NoteKind(StrEnum):
    """What an entry in the contact history is."""

    NOTE = "note"
    PROMISE = "promise"


class CreditKind(StrEnum):
    """What an agent is credited for, at a first purchase and again at each later one."""

    BROUGHT = "brought"  # brought the information about the customer
    CLOSED = "closed"


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
    """One credit to an agent for one customer; ``subject`` says for which purchase or renewal."""

    kind: CreditKind
    agent_id: str
    subject: str
    at: datetime


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
class CustomerFile:
    """One customer with everything told about him, oldest first."""

    customer: Customer
    consents: tuple[NumberConsent, ...] = ()
    notes: tuple[ContactNote, ...] = ()
    credits: tuple[Credit, ...] = field(default=())
    suppressed: tuple[str, ...] = ()  # names of the do-not-call lists that hold one of his numbers
    leads: tuple[FiledLead, ...] = ()


def erased_ref(customer_id: int) -> str:
    """Return the reference that stands for a customer from the moment his data is destroyed."""
    return f"erased-{customer_id}"
