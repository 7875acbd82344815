"""The figures of one simulated day, drawn from what is known: the less was seen, the further days differ.

Knows figures and chance; the source of chance is an argument. Must not know a campaign or its leads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, sqrt
from random import Random
from typing import Final

from campaigns.model import Disposition
from dialer.forecast.figures import Knowledge, Rate, Spell

PULL: Final = 100.0
"""A list's or an hour's own rate is pulled towards the campaign's with the weight of so many calls."""

WIDEST: Final = 0.5
"""The standard deviation of a mean's logarithm is never above this, however little is known."""


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
        rate = drawn_rate(known.answers, source)
        lists, hours = (
            _factors(parts, known.answers.share, source) for parts in (known.by_list, known.by_hour)
        )
        spells = (known.ring, known.talk, known.wrap_up)
        ring, talk, wrap_up = (Spell(drawn_mean(spell, source), spell.variation, None) for spell in spells)
        total, misses = 0.0, []
        for disposition, count in sorted(known.misses.items()):
            total += source.gammavariate(count, 1.0) if count > 0 else 0.0
            misses.append((total, disposition))
        return cls(rate, drawn_rate(known.machines, source), tuple(misses), ring, talk, wrap_up, lists, hours)

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
    return {name: drawn_rate(seen, source, share) / share for name, seen in sorted(parts.items())}


def drawn_rate(rate: Rate, source: Random, around: float | None = None) -> float:
    """Return a rate that this evidence leaves possible; ``around`` is what is believed beforehand."""
    believed = 1.0 if around is None else PULL
    hits = rate.hits + believed * (0.5 if around is None else around)
    return source.betavariate(max(1e-3, hits), max(1e-3, rate.calls + believed - hits))


def drawn_mean(spell: Spell, source: Random) -> float:
    """Return a mean in seconds that this evidence leaves possible."""
    if spell.seen is None:
        return spell.mean_s
    doubt = min(WIDEST, max(0.1, spell.variation) / sqrt(max(1.0, spell.seen)))
    return spell.mean_s * exp(source.gauss(0.0, doubt))
