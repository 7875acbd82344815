"""How often detection takes a person for a machine: estimated from the verdicts that agents have checked.

A share of the calls that detection takes for machines goes to an agent all the same, and his record says who
was right. Knows counts and intervals only. Must not know calls, agents or where the counts come from.
"""

from dataclasses import astuple, dataclass, replace
from math import sqrt
from typing import Final

CONFIDENCE_Z: Final = 1.96
"""Standard deviations of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Screens:
    """Verdicts on answered calls. Counts.

    ``human``, ``not_sure``: passed on to agent or flow; ``passed_machines`` of them were machines, by an
    agent's word. ``machine``: taken for machines and ended. ``checked``: taken for machines and given to an
    agent; ``judged`` of them were recorded as one or the other, ``persons`` as people.
    """

    human: int = 0
    not_sure: int = 0
    passed_machines: int = 0
    machine: int = 0
    checked: int = 0
    judged: int = 0
    persons: int = 0

    @property
    def total(self) -> int:
        """How many calls were screened."""
        return self.human + self.not_sure + self.machine + self.checked

    def plus(self, more: "Screens") -> "Screens":
        """Return both counts together."""
        return Screens(*map(sum, zip(astuple(self), astuple(more), strict=True)))

    def sound(self) -> "Screens":
        """Return them with none below 0: what is taken back may have been counted before these began."""
        kept = Screens(*(max(0, count) for count in astuple(self)))
        return replace(kept, persons=min(kept.persons, kept.judged))


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate with its 95 % interval."""

    low: float
    likely: float
    high: float

    def times(self, factor: float) -> "Range":
        """Return the range of a multiple."""
        return Range(self.low * factor, self.likely * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Misjudged:
    """People taken for machines: ``share`` of machine verdicts; ``rate`` of all people who answered.

    ``people`` is how many were hung up on, those whom an agent took not among them: what an abandon budget is
    charged with.
    """

    share: Range
    rate: Range
    people: Range


def misjudged(screens: Screens, live: int) -> Misjudged | None:
    """Estimate the errors of detection; None while no agent has judged one of its machines.

    ``live`` counts live answers as a report does: machines are out, people whom an agent took after a check
    are in.
    """
    share = wilson(screens.persons, screens.judged)
    if share is None:
        return None
    people = share.times(screens.machine)
    verdicts = screens.machine + screens.checked
    return Misjudged(
        share=share,
        rate=Range(
            *(
                min(1.0, one * verdicts / (live + one * screens.machine)) if one else 0.0
                for one in (share.low, share.likely, share.high)
            )
        ),
        people=people,
    )


def charged_share(abandoned: int, live: int, errors: Misjudged | None) -> float | None:
    """Return the share of live answers abandoned with the errors of detection charged; None without any.

    Each person taken for a machine is a live answer that was abandoned.
    """
    people = 0.0 if errors is None else errors.people.likely
    return (abandoned + people) / (live + people) if live + people else None


def wilson(hits: int, of: int) -> Range | None:
    """Return the share ``hits`` of ``of`` with Wilson's score interval; None of nothing.

    E. B. Wilson, 1927: unlike the plain interval it says something of 0 in 20.
    """
    if not of:
        return None
    share, z2 = hits / of, CONFIDENCE_Z**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = CONFIDENCE_Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Range(max(0.0, middle - half), share, min(1.0, middle + half))
