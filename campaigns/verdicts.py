"""What is said of a lead: whether it may be called, why it was not, and how that changed.

Knows the nouns. Must not know any rule, leads or where verdicts are kept. Moments are aware, in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Verdict(NamedTuple):
    """Whether a lead may be called at a moment, and why.

    ``next_at`` is the next moment at which the answer may change; ``None`` with ``allowed`` false
    means never. ``rule`` names the rule that decided, ``reason`` says it in plain language. ``pack`` and
    ``version`` are of the rule pack it stands in, empty for a rule of our own; an allowed call has those of
    all packs that were asked. ``zones`` are the time zones that were considered, ``zone`` the one in which
    the hours are shut, where they are. A named tuple, because every claim, forecast and report makes many.
    """

    allowed: bool
    rule: str
    reason: str
    next_at: datetime | None = None
    pack: str = ""
    version: str = ""
    zones: tuple[str, ...] = ()
    zone: str = ""


@dataclass(frozen=True, slots=True)
class LastVerdict:
    """Why a lead does not wait to be called at once: the last refusal, or ``due`` after an attempt.

    ``at`` is as of when it holds, ``next_at`` when the lead is due again; None means that no passing of time
    helps. ``zone`` is the time zone in which the hours are shut, where they are. ``book`` is the fingerprint
    of everything beside lead and person that the verdict relied on; empty where only asking again can tell.
    """

    rule: str
    reason: str
    at: datetime | None
    next_at: datetime | None = None
    pack: str = ""
    version: str = ""
    zone: str = ""
    book: str = ""


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One change of a lead's verdict that mattered: another rule, pack or version refused it.

    ``again`` as the rule: something changed that may lift the refusal, and the lead is judged anew.
    """

    lead_id: int
    at: datetime
    rule: str
    reason: str
    next_at: datetime | None = None
    pack: str = ""
    version: str = ""
    zone: str = ""
