"""Checking a ledger: whether every entry is there, in order, unchanged, and agrees with the calls.

Knows how a chain may be broken and names the first place where it is. Must not know where entries are kept:
they are fed in, one after the other, so that a million of them need no more memory than one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from campaigns.ledger import Fact, Head, KeptEntry, Kind, chained, number_digest, person_digest


class Reason(StrEnum):
    """What is wrong with an entry, or with what should be one."""

    GAP = "gap"  # entries are missing before the next one
    ALTERED = "altered"
    REORDERED = "reordered"  # it stands where another one stood
    TRUNCATED = "truncated"  # the chain ends before the head that was kept elsewhere
    REPLACED = "replaced"  # the head that was kept elsewhere is of another chain
    DISAGREES = "disagrees"  # the record of a call and the ledger tell different things


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: at which entry, of what kind, in words. ``n`` is 0 where none is."""

    n: int
    reason: Reason
    detail: str

    def __str__(self) -> str:
        return f"entry {self.n}: {self.reason}: {self.detail}" if self.n else f"{self.reason}: {self.detail}"


class ChainCheck:
    """Follows a chain entry by entry. ``expected`` is a head that was kept elsewhere; without ``n`` its
    hash may be any entry's."""

    def __init__(self, expected: Head | None = None) -> None:
        self.head = Head()
        self._expected = expected
        self._met = expected in (None, Head())

    def feed(self, entry: KeptEntry) -> Fault | None:
        """Check the next entry; returns what is wrong with it."""
        told = told_by(entry)
        fault = (
            self._gap(entry)
            or self._link(entry, told)
            or _columns(entry, told)
            or self._against_expected(entry)
        )
        if fault is None:
            self.head = Head(entry.n, entry.hash)
        return fault

    def finish(self) -> Fault | None:
        """Say whether the end is where it was when the head was kept."""
        if self._met:
            return None
        assert self._expected is not None
        if self._expected.n > self.head.n:
            missing = f"the chain ends at entry {self.head.n}, the head that was kept is {self._expected.n}"
            return Fault(self.head.n + 1, Reason.TRUNCATED, missing)
        unknown = (
            "the head that was kept is nowhere in the chain: its end was cut off, or it was written anew"
        )
        return Fault(0, Reason.TRUNCATED, unknown)

    def _gap(self, entry: KeptEntry) -> Fault | None:
        due = self.head.n + 1
        if entry.n > due:
            until = f"entries {due} to {entry.n - 1} are" if entry.n - 1 > due else f"entry {due} is"
            return Fault(due, Reason.GAP, f"{until} missing")
        if entry.n < due:
            return Fault(entry.n, Reason.REORDERED, f"it comes after entry {self.head.n}")
        return None

    def _link(self, entry: KeptEntry, told: Mapping[str, Any]) -> Fault | None:
        said = told.get("n")
        if isinstance(said, int) and said != entry.n:
            return Fault(entry.n, Reason.REORDERED, f"what stands here was entry {said}")
        if chained(self.head.hash, entry.body) != entry.hash:
            return Fault(entry.n, Reason.ALTERED, "its text does not give its hash after the entry before it")
        return None

    def _against_expected(self, entry: KeptEntry) -> Fault | None:
        expected = self._expected
        if expected is None or self._met:
            return None
        if entry.hash == expected.hash:
            self._met = expected.n in (0, entry.n)
        if entry.n == expected.n and not self._met:
            return Fault(entry.n, Reason.REPLACED, "its hash is not that of the head that was kept")
        return None


def told_by(entry: KeptEntry) -> Mapping[str, Any]:
    """Return what the text of an entry says; nothing when it cannot be read."""
    try:
        told = json.loads(entry.body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _columns(entry: KeptEntry, told: Mapping[str, Any]) -> Fault | None:
    """Hold what is sought by to what the text says: else an entry could be hidden from a search."""
    for name, stands in (("kind", entry.kind), ("attempt", entry.attempt_id)):
        if told.get(name) != stands:
            return Fault(entry.n, Reason.ALTERED, f"its column for the {name} is not what its text says")
    return None


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a call's record names. ``key`` is None once it was destroyed, which only erasing does."""

    customer_id: int
    number: str
    key: bytes | None
    is_erased: bool


@dataclass(frozen=True, slots=True)
class Trail:
    """One call as its record has it, with every entry about it in order. ``seq`` orders the records.

    ``opening`` and ``course`` are what entries say of such a call when it is opened, and of its moments and
    causes when it is settled. ``outcome`` is what an agent recorded, None where nobody did.
    """

    seq: int
    attempt_id: str
    campaign_id: int
    person: Person
    opening: Mapping[str, Fact]
    course: Mapping[str, Fact]
    disposition: str | None
    outcome: str | None = None
    entries: tuple[KeptEntry, ...] = ()


_OF_THE_LEAD: Final = frozenset({"disposition", "lead_is", "due_at"})
"""What an entry of a settled call says beside its course."""


def trail_fault(trail: Trail) -> Fault | None:
    """Hold the record of a call to the ledger: opened once, settled once, all of it as the ledger says."""
    told = {entry.n: told_by(entry) for entry in trail.entries}
    opened = _of(trail, Kind.ATTEMPT_OPENED)
    settled = _of(trail, Kind.ATTEMPT_SETTLED)
    wanted = 0 if trail.disposition is None else 1
    for name, entries, due in (("opened", opened, 1), ("settled", settled, wanted)):
        if len(entries) != due:
            n = entries[-1].n if entries else 0
            return Fault(n, Reason.DISAGREES, _count(trail.attempt_id, name, len(entries), due))
    if purged := _of(trail, Kind.ATTEMPT_PURGED):
        gone = f"attempt {trail.attempt_id} was destroyed, and its record is there"
        return Fault(purged[0].n, Reason.DISAGREES, gone)
    return (
        _opening(trail, opened[0], told[opened[0].n])
        or (_course(trail, settled[0], told[settled[0].n]) if settled else None)
        or _ending(trail, told)
        or _outcome(trail, told)
    )


def _of(trail: Trail, kind: Kind) -> list[KeptEntry]:
    return [entry for entry in trail.entries if entry.kind == kind]


def _count(attempt_id: str, name: str, count: int, due: int) -> str:
    return f"attempt {attempt_id} is {name} {count} times in the ledger, {due} would be right"


def _facts(told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = told.get("facts")
    return facts if isinstance(facts, dict) else {}


def _another(trail: Trail, n: int, name: str) -> Fault:
    return Fault(n, Reason.DISAGREES, f"attempt {trail.attempt_id} has another {name} in its record")


def _opening(trail: Trail, entry: KeptEntry, told: Mapping[str, Any]) -> Fault | None:
    if told.get("campaign") != trail.campaign_id:
        return _another(trail, entry.n, "campaign")
    facts = _facts(told)
    other = next((name for name, stands in trail.opening.items() if facts.get(name) != stands), None)
    if other is not None:
        return _another(trail, entry.n, other)
    if (said := told.get("person")) is None:
        return None
    person = trail.person
    if person.key is None:
        # Of whoever was erased nothing can be compared any more; of anybody else the key must be there.
        return None if person.is_erased else _another(trail, entry.n, "customer, or his key is gone")
    if person_digest(person.key, person.customer_id) != said:
        return _another(trail, entry.n, "customer")
    if number_digest(person.key, person.number) != told.get("number"):
        return _another(trail, entry.n, "number")
    return None


def _course(trail: Trail, entry: KeptEntry, told: Mapping[str, Any]) -> Fault | None:
    said = {name: fact for name, fact in _facts(told).items() if name not in _OF_THE_LEAD}
    if said == trail.course:
        return None
    names = sorted(name for name in {*said, *trail.course} if said.get(name) != trail.course.get(name))
    return _another(trail, entry.n, names[0])


def _ending(trail: Trail, told: Mapping[int, Mapping[str, Any]]) -> Fault | None:
    ends = [one for one in trail.entries if one.kind in (Kind.ATTEMPT_SETTLED, Kind.ATTEMPT_CORRECTED)]
    if not ends:
        return None
    said = _facts(told[ends[-1].n]).get("disposition")
    if said == trail.disposition:
        return None
    other = f"attempt {trail.attempt_id} ended {said!r}, its record says {trail.disposition!r}"
    return Fault(ends[-1].n, Reason.DISAGREES, other)


def _outcome(trail: Trail, told: Mapping[int, Mapping[str, Any]]) -> Fault | None:
    recorded = _of(trail, Kind.OUTCOME)
    said = _facts(told[recorded[-1].n]).get("outcome") if recorded else None
    if said == trail.outcome:
        return None
    other = f"attempt {trail.attempt_id} has the outcome {said!r}, its record says {trail.outcome!r}"
    return Fault(recorded[-1].n if recorded else 0, Reason.DISAGREES, other)


def stray_fault(entry: KeptEntry) -> Fault:
    """Return what is wrong with an entry about a call that has no record and was not destroyed in order."""
    gone = f"attempt {entry.attempt_id} has no record any more, and no entry says that it was destroyed"
    return Fault(entry.n, Reason.DISAGREES, gone)
