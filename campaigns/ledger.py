"""The ledger: what was done and decided, in order, so that nobody can change it unseen afterwards.

Knows what an entry is, its bytes, how each is chained to the one before it, and how a person is kept out of
them: as digests under a key of his own, which dies when he is erased. Must not know where entries are kept,
who writes them, a clock or randomness. How a chain is checked is ``campaigns.ledger_check``'s.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

Fact = str | int | None | Sequence["Fact"] | Mapping[str, "Fact"]
"""What an entry may tell. No floating-point numbers: their text differs between programs."""

FORMAT: Final = 1
"""The format of entries; in every one of them, so that a later format can be told apart."""

NO_HASH: Final = "0" * 64
"""What stands before the first entry."""

KEY_BYTES: Final = 32
"""The length of a person's key."""

_PLAIN: Final = frozenset({str, int, bool, type(None)})

_encode: Final = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
).encode


class Kind(StrEnum):
    """What an entry tells."""

    BEGUN = "ledger begun"
    RULES = "rules in force"  # at a start or a reload, whenever they are others than before
    CAMPAIGN_MADE = "campaign made"
    CAMPAIGN_CHANGED = "campaign changed"
    CAMPAIGN_STARTED = "campaign started"
    CAMPAIGN_PAUSED = "campaign paused"
    CAMPAIGN_RESUMED = "campaign resumed"
    CAMPAIGN_STOPPED = "campaign stopped"
    CAMPAIGN_FINISHED = "campaign finished"
    LIST_LOADED = "list loaded"
    LIST_SWITCHED = "list switched"
    LIST_RECYCLED = "list recycled"
    LIST_MERGED = "list merged"
    LIST_DELETED = "list deleted"
    LIST_KEPT = "list kept"  # its records may go, and a rule pack orders to keep some of them
    SUPPRESSION_MADE = "suppression list made"
    SUPPRESSED = "suppression added"
    UNSUPPRESSED = "suppression removed"
    CUSTOMER_MADE = "customer made"  # by hand; those that a list brings are counted with it
    CUSTOMER_CORRECTED = "customer corrected"  # by hand
    REFERENCE_CHANGED = "reference changed"  # of somebody entered by hand, when a list brought his own
    CALLER_KNOWN = "caller known"  # an agent said which customer had called the hotline
    CONSENT_GIVEN = "consent given"
    CONSENT_WITHDRAWN = "consent withdrawn"
    REFUSED = "call refused"  # by another rule, pack or version than the last time
    PUT_OFF = "leads put off"  # many at once, because the hours of their places are shut
    LIFTED = "refusal lifted"  # something changed, and the lead is judged anew
    LIFTED_MANY = "refusals lifted"  # rules or lists changed, and all that they touch is judged anew
    ATTEMPT_OPENED = "attempt opened"
    ATTEMPT_SETTLED = "attempt settled"
    ATTEMPT_CORRECTED = "attempt corrected"
    ATTEMPT_PURGED = "attempt purged"  # its record was destroyed when its time was over
    OUTCOME = "outcome recorded"
    ERASING_ASKED = "erasing asked"  # in the middle of a call: he is erased as soon as it is over
    ERASED = "person erased"


SYSTEM: Final = "system"
KEY_PRESS: Final = "key press"

_ACTORS: Final = {"": SYSTEM, "service": SYSTEM, "customer": KEY_PRESS}


def actor(by: str) -> str:
    """Return who did it as the ledger names him: a manager or agent by name, else the service or a key."""
    return _ACTORS.get(by, by)


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be entered, in the words of whoever did it; it may name a person.

    ``customer_id``, ``number`` and the texts in ``private`` never enter the ledger themselves: only their
    digests do, under the person's key. A number or a private text without a customer is left out.
    """

    kind: Kind
    by: str = SYSTEM
    campaign_id: int | None = None
    attempt_id: str = ""
    customer_id: int | None = None
    number: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    private: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``person`` and ``number`` are digests, empty where there is no person or no key any more.

    ``n`` counts from 1 without a gap; ``at`` is the moment of writing, aware.
    """

    n: int
    at: datetime
    kind: Kind
    by: str
    campaign_id: int | None = None
    attempt_id: str = ""
    person: str = ""
    number: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """One entry as it is kept: its text and its hash, and beside them what is sought by.

    Whoever checks trusts none of it: ``kind`` and ``attempt_id`` must be what the text says.
    """

    n: int
    kind: str
    attempt_id: str | None
    body: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain. Whoever keeps it elsewhere can tell later whether anything up to it was changed."""

    n: int = 0
    hash: str = NO_HASH

    def __str__(self) -> str:
        return f"{self.n}:{self.hash}"


def sealed(note: Note, n: int, at: datetime, key: bytes | None) -> Entry:
    """Return the entry of a note; without a key of the person nothing about him enters."""
    facts = dict(note.facts)
    person = number = ""
    if key is not None and note.customer_id is not None:
        person = person_digest(key, note.customer_id)
        number = number_digest(key, note.number) if note.number else ""
        facts |= {name: text_digest(key, name, text) for name, text in note.private.items() if text}
    return Entry(n, at, note.kind, actor(note.by), note.campaign_id, note.attempt_id, person, number, facts)


def body_of(entry: Entry) -> str:
    """Return the text of an entry, the same for the same entry.

    Raises ``ValueError`` for a moment without a zone, ``TypeError`` for facts that are not plain.
    """
    given: dict[str, Fact] = {
        "attempt": entry.attempt_id,
        "campaign": entry.campaign_id,
        "number": entry.number,
        "person": entry.person,
    }
    always: dict[str, Fact] = {
        "at": moment(entry.at),
        "by": entry.by,
        "facts": entry.facts,
        "kind": entry.kind.value,
        "n": entry.n,
        "v": FORMAT,
    }
    return canonical(always | {name: value for name, value in given.items() if value})


def canonical(facts: Mapping[str, Fact]) -> str:
    """Return facts as JSON with its keys in order and nothing between; raises ``TypeError`` if not plain."""
    _refuse_floats(facts)
    return _encode(facts)


def chained(previous: str, body: str) -> str:
    """Return the hash of an entry: SHA-256 over the hash before it, a line feed and its text, as UTF-8."""
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def kept(entry: Entry, previous: str) -> KeptEntry:
    """Return an entry as it is kept after the one whose hash is ``previous``."""
    body = body_of(entry)
    return KeptEntry(entry.n, entry.kind.value, entry.attempt_id or None, body, chained(previous, body))


def person_digest(key: bytes, customer_id: int) -> str:
    """Return what stands for a person."""
    return _digest(key, f"person:{customer_id}")


def number_digest(key: bytes, number: str) -> str:
    """Return what stands for a number of a person: the same number of another one has another digest."""
    return _digest(key, f"number:{number}")


def text_digest(key: bytes, name: str, text: str) -> str:
    """Return what stands for a text about a person, such as the evidence of a consent."""
    return _digest(key, f"{name}:{text}")


def moment(at: datetime) -> str:
    """Return a moment as entries have it: in UTC, to the microsecond."""
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise ValueError(f"{at.isoformat()} has no time zone")
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _digest(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


def _refuse_floats(value: Any) -> None:
    """Raise ``TypeError`` for a floating-point number anywhere in the facts."""
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is float:
        raise TypeError(f"{value!r} is a floating-point number: an entry has none")
    for one in value.values() if isinstance(value, Mapping) else value:
        if type(one) not in _PLAIN:
            _refuse_floats(one)
