"""Consent: what a person's word about calls of one purpose is worth at a moment.

Knows which record counts and what proves it. Must not know hours, caps or who asks.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.model import Consent, Purpose
from campaigns.rules.law import ConsentRule

ANY_EVIDENCE: Final = "any"
"""In a pack's list of evidence: every kind of it, but not none."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def standing(consents: Iterable[Consent], purpose: Purpose, moment: datetime) -> Consent | None:
    """Return the newest word about calls of ``purpose``, None when nothing was said.

    A consent that is dated later than ``moment`` does not count yet, a refusal counts at once. A word
    without a date is older than any other; of two of the same moment the refusal stands. A consent that
    nothing proves stands only where no other word does.
    """
    counted = [
        one
        for one in consents
        if one.purpose is purpose and (not one.given or one.at is None or one.at <= moment)
    ]
    if len(counted) < 2:  # nearly always: the store brings one word on each purpose
        return counted[0] if counted else None
    return max(counted, key=lambda one: (not is_bare(one), one.at or _LONG_AGO, not one.given))


def newest(words: Iterable[Consent]) -> tuple[Consent, ...]:
    """Return of words about one number, in the order of recording, the one on each purpose that counts.

    That is the last, but never a consent that nothing proves in place of a refusal or of a proven one.
    Lists say yes for everybody in them. Nobody who said no is called for the sake of such a column, and
    nobody's signed form is worth less for it.
    """
    counted: dict[Purpose, Consent] = {}
    for word in words:
        before = counted.get(word.purpose)
        if before is None or is_bare(before) or not is_bare(word):
            counted[word.purpose] = word
    return tuple(counted.values())


def is_bare(word: Consent) -> bool:
    """Say whether it is a consent that nothing proves."""
    return word.given and not is_proven(word)


def is_proven(consent: Consent | None) -> bool:
    """Say whether there is a consent that something proves."""
    return consent is not None and consent.given and bool(consent.evidence.strip())


def satisfies(consent: Consent | None, rule: ConsentRule) -> bool:
    """Say whether a consent is what a pack asks for: given, and proven by a kind of evidence it takes."""
    if consent is None or not consent.given:
        return False
    said = consent.evidence.strip().casefold()
    return bool(said) and (ANY_EVIDENCE in rule.evidence or said.startswith(rule.evidence))


def missing(consent: Consent | None) -> str:
    """Say what a consent that does not satisfy a pack lacks."""
    if consent is None:
        return "none is on record"
    return "no evidence that it takes" if is_proven(consent) else "nothing proves the one on record"


def binds_from(rule: ConsentRule, zones: Iterable[str]) -> datetime:
    """Return from when on a rule holds: as its first day begins in the first of the zones."""
    if rule.since is None:
        return _LONG_AGO
    begins = datetime.combine(rule.since, time(0, 0))
    return min(begins.replace(tzinfo=ZoneInfo(name)).astimezone(UTC) for name in zones)
