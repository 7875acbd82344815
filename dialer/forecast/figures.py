"""What is known of a campaign's calls: rates and times, each with how much evidence stands behind it.

``Truth.drawn`` makes one day's figures from them: the less was seen, the further days differ. Must not know
where the figures come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, sqrt
from random import Random
from typing import Final

from campaigns.model import Disposition

PULL: Final = 100.0
"""A list's or an hour's own rate is pulled towards the campaign's with the weight of so many calls."""

SETUP_S: Final = 2.0
"""From sending a call to its first ring."""

WIDEST: Final = 0.5
"""The standard deviation of a mean's logarithm is never above this, however little is known."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many calls; fractions are evidence that has faded."""

    hits: float
    calls: float

    @property
    def share(self) -> float:
        """The rate itself; 0 without a call."""
        return self.hits / self.calls if self.calls > 0 else 0.0

    def drawn(self, source: Random, around: float | None = None) -> float:
        """Return a rate that this evidence leaves possible; ``around`` is what is believed beforehand."""
        believed = 1.0 if around is None else PULL
        hits = self.hits + believed * (0.5 if around is None else around)
        return source.betavariate(max(1e-3, hits), max(1e-3, self.calls + believed - hits))

    def plus(self, other: "Rate") -> "Rate":
        """Return both together."""
        return Rate(self.hits + other.hits, self.calls + other.calls)


@dataclass(frozen=True, slots=True)
class Spell:
    """How long something lasts: mean in seconds, coefficient of variation, and how often it was seen.

    ``seen`` None: it is not in doubt.
    """

    mean_s: float
    variation: float
    seen: float | None

    def drawn(self, source: Random) -> float:
        """Return a mean that this evidence leaves possible, in seconds."""
        if self.seen is None:
            return self.mean_s
        doubt = min(WIDEST, max(0.1, self.variation) / sqrt(max(1.0, self.seen)))
        return self.mean_s * exp(source.gauss(0.0, doubt))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a figure comes from, and how many observations stand behind it."""

    figure: str
    source: str
    observations: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything known. ``answers`` counts calls that came to need an agent, persons and machines.

    ``misses`` counts those that did not, by how they ended. Hours are those of UTC.
    """

    answers: Rate
    machines: Rate
    misses: Mapping[Disposition, float]
    ring: Spell
    talk: Spell
    wrap_up: Spell
    by_list: Mapping[int, Rate] = field(default_factory=dict)
    by_hour: Mapping[int, Rate] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """The figures of one simulated day. ``lists`` and ``hours`` are factors of the answer rate."""

    answer_rate: float
    machines: float
    misses: tuple[tuple[float, Disposition], ...]
    ring: Spell
    talk: Spell
    wrap_up: Spell
    lists: Mapping[int, float]
    hours: Mapping[int, float]

    @classmethod
    def drawn(cls, known: Knowledge, source: Random) -> "Truth":
        """Draw a day that everything known leaves possible."""
        rate = known.answers.drawn(source)
        lists, hours = (
            _factors(parts, known.answers.share, source) for parts in (known.by_list, known.by_hour)
        )
        spells = (known.ring, known.talk, known.wrap_up)
        ring, talk, wrap_up = (Spell(spell.drawn(source), spell.variation, None) for spell in spells)
        total, misses = 0.0, []
        for disposition, count in sorted(known.misses.items()):
            total += source.gammavariate(count, 1.0) if count > 0 else 0.0
            misses.append((total, disposition))
        return cls(rate, known.machines.drawn(source), tuple(misses), ring, talk, wrap_up, lists, hours)

    def rate(self, list_id: int, hour: int) -> float:
        """Return the share of calls to a list's leads that are answered in an hour of UTC."""
        factor = self.lists.get(list_id, 1.0) * self.hours.get(hour, 1.0)
        return min(0.98, max(0.002, self.answer_rate * factor))

    def miss(self, chance: float) -> Disposition:
        """Return how a call ends that nobody answers, by a number from 0 to 1."""
        last = self.misses[-1]
        return next((disposition for sum_, disposition in self.misses if chance * last[0] < sum_), last[1])


def _factors(parts: Mapping[int, Rate], share: float, source: Random) -> dict[int, float]:
    """Return by how much each part's rate differs from the whole; a single part is the whole."""
    if len(parts) < 2 or share <= 0:
        return {}
    return {name: seen.drawn(source, share) / share for name, seen in sorted(parts.items())}
