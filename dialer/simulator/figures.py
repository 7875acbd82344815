"""What a simulated day comes to: the figures that pacers are compared by. Knows no world and no pacer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

QUARTER_S: Final = 900.0
LEAST_ANSWERS: Final = 20
"""A quarter of an hour with fewer live answers says little about its share."""


@dataclass(slots=True)
class Tally:
    """What a day counts while it runs. Times in seconds, summed over agents."""

    length_s: float
    logged_in_s: float = 0.0
    talk_s: float = 0.0
    wrap_up_s: float = 0.0
    placed: int = 0
    reserved: int = 0
    answered: int = 0
    connected: int = 0
    abandoned: int = 0
    machines: int = 0
    given_up: int = 0
    line_failed: int = 0
    inbound: int = 0
    inbound_in_time: int = 0
    decisions: int = 0
    decision_us: list[float] = field(default_factory=list)
    quarters: dict[int, list[int]] = field(default_factory=dict)

    def judged(self, moment: float, *, abandoned: bool) -> None:
        """Count one live answer, served or abandoned."""
        self.answered += 1
        self.abandoned += abandoned
        self.connected += not abandoned
        quarter = self.quarters.setdefault(int(moment / QUARTER_S), [0, 0])
        quarter[0] += 1
        quarter[1] += abandoned

    def to_plain(self) -> dict[str, Any]:
        """Return plain data for JSON, without how long each decision took."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "decision_us"}
        return plain | {"quarters": [[number, *counts] for number, counts in sorted(self.quarters.items())]}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Tally":
        """Return the tally of ``to_plain``; raises ``TypeError``, ``KeyError`` or ``ValueError``."""
        quarters = {number: [live, lost] for number, live, lost in data["quarters"]}
        return cls(**{**data, "quarters": quarters})


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day, or several pooled. Shares are between 0 and 1.

    ``occupancy``: talk and wrap-up over logged-in time. ``abandoned_share``: of live answers.
    ``worst_15min_share``: of the fixed quarters with at least 20 live answers, or of all when none has.
    ``decision_us_p99``: None where nobody measured.
    """

    occupancy: float
    idle_s_per_call: float
    abandoned_share: float
    worst_15min_share: float
    calls_placed: int
    answered: int
    connected: int
    calls_per_agent_hour: float
    decisions: int
    decision_us_p99: float | None
    given_up: int
    inbound_in_time_share: float | None

    def to_plain(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def figures_of(tallies: list[Tally]) -> DayFigures:
    """Return the figures of days pooled: sums over sums."""
    logged_in = sum(tally.logged_in_s for tally in tallies)
    busy = sum(tally.talk_s + tally.wrap_up_s for tally in tallies)
    answered = sum(tally.answered for tally in tallies)
    connected = sum(tally.connected for tally in tallies)
    abandoned = sum(tally.abandoned for tally in tallies)
    inbound = sum(tally.inbound for tally in tallies)
    spent = sorted(us for tally in tallies for us in tally.decision_us)
    return DayFigures(
        occupancy=busy / logged_in if logged_in else 0.0,
        idle_s_per_call=(logged_in - busy) / max(1, connected + inbound),
        abandoned_share=abandoned / answered if answered else 0.0,
        worst_15min_share=worst_quarter(tallies),
        calls_placed=sum(tally.placed for tally in tallies),
        answered=answered,
        connected=connected,
        calls_per_agent_hour=connected / (logged_in / 3600) if logged_in else 0.0,
        decisions=sum(tally.decisions for tally in tallies),
        decision_us_p99=spent[min(len(spent) - 1, len(spent) * 99 // 100)] if spent else None,
        given_up=sum(tally.given_up for tally in tallies),
        inbound_in_time_share=sum(t.inbound_in_time for t in tallies) / inbound if inbound else None,
    )


def worst_quarter(tallies: list[Tally]) -> float:
    """Return the worst share of abandoned calls in any fixed quarter of an hour."""
    quarters = [quarter for tally in tallies for quarter in tally.quarters.values()]
    telling = [quarter for quarter in quarters if quarter[0] >= LEAST_ANSWERS] or quarters
    return max((lost / live for live, lost in telling), default=0.0)
