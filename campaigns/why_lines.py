"""How many of a campaign's leads stand where, and why they are not being called: one line for each reason.

Knows the words of each reason and which line is told first. Must not know what a campaign or the service is
doing, nor where counts come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from campaigns.due_now import LeadGroup
from campaigns.model import LeadStatus
from campaigns.rules.passing import DUE


@dataclass(frozen=True, slots=True)
class Line:
    """So many leads and why they are not being called; ``next_at`` is when the first of them may be.

    ``zone`` is the zone whose hours are meant, where they are; ``example`` is what one of them was refused
    with. ``estimated``: not every lead of them was judged, and ``leads`` is the figure of a sample, scaled.
    """

    code: str
    text: str
    leads: int
    next_at: datetime | None = None
    zone: str = ""
    pack: str = ""
    example: str = ""
    estimated: bool = False

    @property
    def in_words(self) -> str:
        """How many, and what holds them."""
        return f"{'about ' if self.estimated else ''}{self.leads} {self.text}"


BY_RULE: Final[Mapping[str, str]] = {
    "suppressed": "on a do-not-call list",
    "talked": "who were talked to on another number",
    "zone": "whose time zone nobody knows",
    "no-pack": "without a rule pack for their country",
    "forbidden": "whom {pack} forbids to call",
    "consent": "without consent",
    "amd": "for whom {pack} does not allow to detect machines so",
    "message": "for whom {pack} wants the information message to say more",
    "external": "refused by the outside check",
    "anchor": "outside the days around their date",
    "due": "waiting for the next attempt",
    "appointment": "who wished to be called later",
    "cap": "called as often as {pack} allows",
    "block": "left in peace for a while after an earlier call ({pack})",
    "holiday": "on a public holiday in {zone}",
    "hours": "outside the calling hours in {zone}",
    "in-call": "whose number is being called for another lead",
    "no-carrier": "whose number no trunk carries",
}
"""Each rule that can hold a lead, in plain words."""


def rule_in_words(rule: str, pack: str = "", zone: str = "") -> str:
    """Say of leads which rule holds them, in words that follow their number."""
    whose = f"the pack {pack}" if pack else "a rule"
    return BY_RULE.get(rule, rule).format(pack=whose, zone=zone or "their zones")


CALLING: Final = "calling"
"""The code of leads that are claimed."""

_PLACE: Final[Mapping[LeadStatus, tuple[str, str]]] = {
    LeadStatus.CLAIMED: (CALLING, "being called now"),
    LeadStatus.HELD: ("held", "held: their list is switched off"),
    LeadStatus.DONE: ("done", "done"),
}
_NOW: Final = ("due-now", "due now, judged at the moment of the call")
LATER: Final = ("not-due", "not due yet")
"""Code and words of leads that wait for a moment, and that no rule holds."""


def lines_of(groups: Sequence[LeadGroup]) -> tuple[Line, ...]:
    """Return one line for each reason, those that can be called first, those that are done last."""
    plain: dict[tuple[str, ...], Line] = {}
    held: dict[tuple[str, ...], Line] = {}
    for group in groups:
        if group.status in _PLACE:
            _add(plain, Line(*_PLACE[group.status], group.leads))
            continue
        if group.status is LeadStatus.WAITING and group.due:
            _add(plain, Line(*_NOW, group.due, estimated=group.estimated))
        if group.rule:
            _add(held, _line(group), str(group.status))
        else:
            _add(plain, Line(*LATER, group.leads - group.due, group.next_at))
    ordered = [
        *plain.values(),
        *sorted(held.values(), key=lambda line: (line.next_at is None, -line.leads, line.code)),
    ]
    return tuple(sorted((line for line in ordered if line.leads), key=lambda line: _RANK.get(line.code, 2)))


_RANK: Final[Mapping[str, int]] = {CALLING: 0, "due-now": 1, "held": 3, "done": 4}


def _add(lines: dict[tuple[str, ...], Line], line: Line, *apart: str) -> None:
    """Put leads to those that the same thing holds, where there are some; an empty line changes nothing."""
    if not line.leads:
        return
    key = (line.code, line.pack, line.zone, *apart)
    before = lines.get(key)
    if before is None:
        lines[key] = line
        return
    moments = [moment for moment in (before.next_at, line.next_at) if moment is not None]
    lines[key] = replace(
        before,
        leads=before.leads + line.leads,
        next_at=min(moments, default=None),
        estimated=before.estimated or line.estimated,
    )


def _line(group: LeadGroup) -> Line:
    """Return the line of leads that a rule holds."""
    text = rule_in_words(group.rule, group.pack, group.zone)
    leads = group.leads if group.status is LeadStatus.REFUSED else group.leads - group.due
    next_at = None if group.status is LeadStatus.REFUSED else group.next_at
    code = "retry" if group.rule == DUE else group.rule
    return Line(code, text, leads, next_at, group.zone, group.pack, group.example, group.estimated)


def remaining_in_words(groups: Sequence[LeadGroup]) -> str:
    """Say with what a campaign finishes: no leads, every lead done, or so many refused and by what."""
    lines = lines_of([group for group in groups if group.status is LeadStatus.REFUSED])
    if not lines:
        return "every lead is done" if groups else "its lists are empty"
    said = ", ".join(f"{line.leads} {line.text}" for line in lines)
    return f"{sum(line.leads for line in lines)} refused: {said}"
