"""Whether talks (or wrap-ups) end as fast as the life table says: change seen before the first long one ends.

Between two looks, the ends that the table expects are the growth of the cumulative hazard over all who ended
or still run. Compared with the ends that came, over a short memory, that is a test for change: when talks
have become longer, the missing ends show at once. The factor scales the hazards until the table has learned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from dialer.pacing.lifetimes import Hazards, LifeTable, Lived

FAST_ENDS: Final = 40.0
"""How many expected ends the comparison remembers."""

LEAST_LEARNED: Final = 40
"""Before so many ends their pace against the table means nothing."""

CHANGE_SIGMA: Final = 3.0
"""So many standard deviations off, the recent pace is believed."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Ends that came against ends that were expected, both fading.

    ``due`` is what the last table expected up to the last look of those who ran then; ``ended_s`` are the
    durations of those who ended since.
    """

    came: float = 0.0
    expected: float = 0.0
    due: float = 0.0
    ended_s: tuple[float, ...] = ()
    hazards: Hazards | None = None

    def one_ended(self, duration_s: float) -> "Tempo":
        """Return the tempo with one more end, to be weighed at the next look.

        Before the first look there is nothing to weigh it against: that there was one is all that is kept.
        """
        kept = () if self.hazards is None else self.ended_s
        return Tempo(self.came, self.expected, self.due, (*kept, duration_s), self.hazards)

    @property
    def factor(self) -> float:
        """How much faster ends come than the table says; 1 while chance explains the difference."""
        if self.expected < 3.0:
            return 1.0
        if abs(self.came - self.expected) <= CHANGE_SIGMA * sqrt(self.expected / 2 + 0.5):
            return 1.0
        return (self.came + 2.0) / (self.expected + 2.0)

    def rebuilt(
        self, table: LifeTable, running_s: Sequence[float], *, settled: bool
    ) -> tuple["Tempo", Hazards]:
        """Return the tempo after a look, and the hazards to act on.

        ``settled``: the opening burst, in which all began at once, is over.
        """
        came, expected, running = self.came, self.expected, Lived.of(running_s)
        if self.hazards is not None:
            old = self.hazards
            grown = old.sum_up_to(Lived.of(self.ended_s)) + old.sum_up_to(running) - self.due
            fade = max(0.0, 1 - max(0.0, grown) / FAST_ENDS)
            came = came * fade + len(self.ended_s)
            expected = expected * fade + max(0.0, grown)
        plain = table.hazards()
        due = plain.sum_up_to(running)
        if not settled or table.learned < LEAST_LEARNED:
            # With the table hardly filled, its wrong shape would pass for a change of pace.
            return Tempo(due=due, hazards=plain), table.hazards(running)
        tempo = Tempo(came, expected, due, (), plain)
        return tempo, table.hazards(running, tempo.factor)
