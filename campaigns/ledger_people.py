"""Holding what the book has of people to the ledger: what they said about calls, and who was erased.

Knows what entries say of them. Must not know where either is kept: entries are fed in, one after the other,
and people are given. Each word is remembered as one figure, so that a million of them need a hundred
megabytes and no more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from campaigns.ledger import KeptEntry, Kind, moment, number_digest, person_digest, text_digest
from campaigns.ledger_barring import ListedPerson, SaidWord
from campaigns.ledger_check import Fault, Reason, told_by


class PeopleCheck:
    """What is known of people by the entries that were fed in.

    Of whom nobody has a key any more nothing is compared but that he stands as erased. Words that were kept
    before the ledger began are passed over, and any that it does not tell where it does not say which.
    """

    def __init__(self) -> None:
        self.told = 0
        self._words: Counter[int] = Counter()
        self._words_of: Counter[int] = Counter()
        self._last_before: int | None = None
        self._digests: set[str] = set()
        self._erased: set[int] = set()
        self._asked: set[int] = set()

    def feed(self, entry: KeptEntry) -> None:
        """Take in the next entry, whatever it is about."""
        if entry.kind not in _ABOUT_PEOPLE:
            return
        told = told_by(entry)
        facts: Mapping[str, Any] = told.get("facts", {})
        if entry.kind == Kind.BEGUN:
            self._last_before = facts.get("last_consent")
            return
        self.told += 1
        customer_id = facts.get("customer")
        if entry.kind == Kind.ERASED:
            self._digests.add(str(told.get("person", "")))
        if entry.kind in _WORDS:
            about = (entry.kind == Kind.CONSENT_GIVEN, facts.get("purpose"), facts.get("said_at"))
            word = (told.get("person"), told.get("number"), *about, facts.get("evidence"))
            if word[0] is not None:
                self._words[hash(word)] += 1
                self._words_of[hash(word[0])] += 1
        elif isinstance(customer_id, int):
            (self._erased if entry.kind == Kind.ERASED else self._asked).add(customer_id)

    def person_fault(self, people: Iterable[ListedPerson]) -> Fault | None:
        """Compare what some people said, and whether they stand as erased; returns the first fault."""
        for person in people:
            who = person_digest(person.key, person.customer_id)
            if who in self._digests and not person.is_erased:
                return _wrong(person.customer_id, _NOT_ERASED)
            if (words := self._words_fault(person, who)) is not None:
                return _wrong(person.customer_id, words)
        return None

    def _words_fault(self, person: ListedPerson, who: str) -> str | None:
        """Say what is wrong with the words of a person: one that is gone, or one that nobody entered."""
        left, found = self._words, Counter[int]()
        for said in person.said:
            one = hash(_word(person, who, said))
            if found[one] < left[one]:
                found[one] += 1
            elif self._last_before is not None and said.id > self._last_before:
                return "has a consent or refusal that no entry tells of"
        missing = self._words_of[hash(who)] - found.total()
        if not missing:
            return None
        gone = "a consent or refusal" if missing == 1 else f"{missing} consents or refusals"
        return f"lacks {gone} that the ledger tells of"

    @property
    def gone(self) -> Sequence[int]:
        """Who must stand as erased, or have his erasing asked for, in order of their ids."""
        return sorted(self._erased | self._asked)

    def standing_fault(self, there: Mapping[int, bool]) -> Fault | None:
        """Compare who is there and does not stand as erased, with whether his erasing is asked for."""
        for customer_id, is_asked in sorted(there.items()):
            if customer_id in self._erased:
                return _wrong(customer_id, _NOT_ERASED)
            if customer_id in self._asked and not is_asked:
                return _wrong(customer_id, "was to be erased after his call by the ledger, and is there")
        return None


_NOT_ERASED = "was erased by the ledger, and does not stand as erased"
_WORDS = frozenset({Kind.CONSENT_GIVEN, Kind.CONSENT_WITHDRAWN})
_ABOUT_PEOPLE = _WORDS | {Kind.BEGUN, Kind.ERASED, Kind.ERASING_ASKED}


def _word(person: ListedPerson, who: str, said: SaidWord) -> tuple[object, ...]:
    """Return a word as its entry tells it."""
    consent = said.consent
    at = None if consent.at is None else moment(consent.at)
    evidence = text_digest(person.key, "evidence", consent.evidence) if consent.evidence else None
    number = number_digest(person.key, said.number)
    return (who, number, consent.given, consent.purpose.value, at, evidence)


def _wrong(customer_id: int, words: str) -> Fault:
    return Fault(0, Reason.DISAGREES, f"customer {customer_id} {words}")
