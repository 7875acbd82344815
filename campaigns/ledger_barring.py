"""Holding do-not-call lists to the ledger: who was put on one is on it, until he was taken off.

Knows what entries say of lists. Must not know where either is kept: entries are fed in, one after the other,
and people and sizes of lists are given. What stands of a number that a customer has is remembered as one
figure, so that a million of them need a hundred megabytes and no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.ledger import KeptEntry, Kind, number_digest, person_digest
from campaigns.ledger_check import Fault, Reason, told_by
from campaigns.model import Consent
from campaigns.suppression import OPT_OUT_ID, OPT_OUT_LIST, SuppressionList


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A consent, or its opposite, as it is kept under an id."""

    id: int
    number: str
    consent: Consent


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Somebody who has a key: his numbers, each with the ids of the do-not-call lists that it is on.

    ``said`` is what he said about calls, ``is_erased`` whether he stands as erased.
    """

    customer_id: int
    key: bytes
    numbers: Mapping[str, frozenset[int]]
    said: tuple[SaidWord, ...] = ()
    is_erased: bool = False


class ListsCheck:
    """What do-not-call lists must hold by the entries that were fed in.

    Of a list whose beginning no entry tells of, and where older entries do not tell how many numbers they are
    about, the size is not compared. Of whom nobody has a key any more nothing is.
    """

    def __init__(self) -> None:
        self.told = 0
        self._sizes: dict[int, int] = {}
        self._reaches: dict[int, Reach] = {OPT_OUT_ID: _reach_of(OPT_OUT_LIST)}
        self._unsure: set[int] = set()
        self._on: set[int] = set()
        self._off: set[int] = set()
        self._counted: tuple[object, ...] = ()

    def feed(self, entry: KeptEntry) -> None:
        """Take in the next entry, whatever it is about."""
        if entry.kind not in _ABOUT_LISTS:
            return
        told = told_by(entry)
        facts: Mapping[str, Any] = told.get("facts", {})
        if entry.kind == Kind.BEGUN:
            self._sizes |= {int(one): size for one, size in facts.get("on_lists", {}).items()}
            return
        listed = facts.get("list")
        if not isinstance(listed, int):
            return
        if entry.kind == Kind.SUPPRESSION_MADE:
            self._sizes[listed] = 0
            self._reaches[listed] = (*(facts.get(name) for name in _REACH), told.get("campaign"))
            return
        self.told += 1
        is_put_on = entry.kind == Kind.SUPPRESSED
        self._count(listed, is_put_on, told, facts)
        if "person" in told and "number" in told:
            one = hash((told["person"], told["number"], listed))
            (self._on if is_put_on else self._off).add(one)
            (self._off if is_put_on else self._on).discard(one)

    def _count(self, listed: int, is_put_on: bool, told: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Count the numbers that an entry is about; those of one moment that follow a count belong to it."""
        if listed not in self._sizes:
            return
        which = (told.get("at"), listed, is_put_on)
        if (count := facts.get("numbers")) is None:
            if self._counted == (*which, True):
                return
            if self._counted == (*which, False):  # another number, or another customer who has it
                self._unsure.add(listed)
                return
        self._counted = (*which, count is not None)
        self._sizes[listed] += (count or 1) * (1 if is_put_on else -1)

    def reach_fault(self, lists: Iterable[SuppressionList]) -> Fault | None:
        """Compare whom each list bars from which calls."""
        there = {one.id: _reach_of(one) for one in lists}
        for listed, due in sorted(self._reaches.items()):
            if (stands := there.get(listed)) is None:
                return Fault(0, Reason.DISAGREES, f"do-not-call list {listed} is gone")
            if stands != due:
                words = f"do-not-call list {listed} bars other calls than it was made for"
                return Fault(0, Reason.DISAGREES, words)
        return None

    def size_fault(self, sizes: Mapping[int, int]) -> Fault | None:
        """Compare how many numbers each list has."""
        for listed, due in sorted(self._sizes.items()):
            if listed not in self._unsure and sizes.get(listed, 0) != due:
                words = f"do-not-call list {listed} has {sizes.get(listed, 0)} numbers, by the ledger {due}"
                return Fault(0, Reason.DISAGREES, words)
        return None

    def person_fault(self, people: Iterable[ListedPerson], lists: Iterable[int]) -> Fault | None:
        """Compare what lists have of some people; returns the first fault."""
        for person in people:
            who = person_digest(person.key, person.customer_id)
            for number, on in person.numbers.items():
                digest = number_digest(person.key, number)
                for listed in lists:
                    one = hash((who, digest, listed))
                    if one in self._on and listed not in on:
                        return _wrong(person, listed, "is not on it, and no entry says that it was taken off")
                    if one in self._off and listed in on:
                        return _wrong(person, listed, "is on it, and was taken off by the ledger")
        return None


Reach = tuple[object, ...]
"""Whom a list bars, from which calls: what ``_REACH`` names, and the campaign."""
_REACH = ("kind", "purpose", "whole_person")


def _reach_of(one: SuppressionList) -> Reach:
    return (one.kind.value, one.purpose and one.purpose.value, one.whole_person, one.campaign_id)


_ABOUT_LISTS = frozenset({Kind.BEGUN, Kind.SUPPRESSION_MADE, Kind.SUPPRESSED, Kind.UNSUPPRESSED})


def _wrong(person: ListedPerson, listed: int, words: str) -> Fault:
    about = f"a number of customer {person.customer_id} {words}"
    return Fault(0, Reason.DISAGREES, f"do-not-call list {listed}: {about}")
