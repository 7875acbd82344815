"""What is known of a campaign's calls: rates and times, each with how much evidence stands behind it.

Must not know where they come from, nor what chance makes of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from campaigns.model import Disposition

SETUP_S: Final = 2.0
"""From sending a call to its first ring."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many calls; fractions are evidence that has faded."""

    hits: float
    calls: float

    @property
    def share(self) -> float:
        """The rate itself; 0 without a call."""
        return self.hits / self.calls if self.calls > 0 else 0.0

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
