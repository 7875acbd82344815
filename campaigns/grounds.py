"""What an allowed call was allowed on: packs, zones, lists, consent. It goes on with the attempt.

Knows verdicts and their evidence. Must not know how a verdict is made or where grounds are kept.
"""

from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Consent, Purpose
from campaigns.rules.consents import is_proven, standing
from campaigns.rules.evidence import Evidence
from campaigns.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a call was allowed at the moment it was placed.

    ``packs`` are the rule packs that were asked, each with its version after a space. ``zones`` are the time
    zones considered, ``lists`` the ids of the do-not-call lists that were looked at. ``consent`` is the
    person's proven word, None when the call relied on none. ``asked_outside`` says that an outside check was
    asked and did not refuse.
    """

    rule: str
    packs: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    lists: tuple[int, ...] = ()
    consent: Consent | None = None
    asked_outside: bool = False


def grounds_of(
    verdict: Verdict, evidence: Evidence, purpose: Purpose, moment: datetime, asked_outside: bool
) -> Grounds:
    """Return the grounds of a verdict that allows a call of ``purpose`` at a moment."""
    said = standing(evidence.consents, purpose, moment)
    return Grounds(
        rule=verdict.rule,
        packs=packs_of(verdict),
        zones=verdict.zones,
        lists=evidence.lists,
        consent=said if is_proven(said) else None,
        asked_outside=asked_outside,
    )


def packs_of(verdict: Verdict) -> tuple[str, ...]:
    """Return the packs of a verdict, each with its version."""
    if not verdict.pack:
        return ()
    names, versions = verdict.pack.split(", "), verdict.version.split(", ")
    return tuple(f"{name} {version}" for name, version in zip(names, versions, strict=True))
