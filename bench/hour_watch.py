"""What is counted of an hour of dialing: how busy agents are, what is abandoned, and what comes together.

Knows the board of agents, and limits as the operator reads them. Must not know which side it looks at.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, variance

from dialer.agent_states import AgentState
from dialer.agents import AgentBoard, Seat
from dialer.pacing.budgets import BudgetKind

TOGETHER_S = 15
"""Calls abandoned within so long are one mishap, seconds: a call rings and a talk lasts about 10."""
UNEVEN_S = 5
"""Over so long answers are counted to see how unevenly they come, in seconds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was counted up to a moment: talks and wrap-ups in seconds of all agents, how often one came free
    after it, and live answers, as soon as it was known whether they found somebody.
    """

    busy_s: float
    freed: int
    live: int
    abandoned: int

    def share_of(self, since: "Seen", agent_s: float) -> dict[str, float]:
        """Return the figures of the time since an earlier look, in which agents were there so long in all."""
        live = self.live - since.live
        return {
            "occupancy": (self.busy_s - since.busy_s) / agent_s,
            "abandoned_share": (self.abandoned - since.abandoned) / live if live else 0.0,
        }


def gained(looks: Sequence[Seen], each_s: int, name: str) -> list[int]:
    """Return by how much a count grew within each so many seconds, given one look a second."""
    counts = [getattr(look, name) for look in looks]
    return [later - sooner for sooner, later in zip(counts, counts[each_s:], strict=False)]


def together(looks: Sequence[Seen]) -> dict[str, float]:
    """Return what came together: the most abandoned calls, and variance over mean of answers and agents.

    That is 1 for what comes independently, less for what keeps a rhythm, more for what comes in lumps.
    """
    lost = gained(looks, TOGETHER_S, "abandoned")
    worst = lost.index(max(lost))
    figures: dict[str, float] = {"lost_together": lost[worst]}
    for name in ("live", "freed"):
        counts = gained(looks, UNEVEN_S, name)[::UNEVEN_S]
        figures[f"uneven_{name}"] = variance(counts) / mean(counts)
        figures[f"{name}_then"] = gained(looks, TOGETHER_S, name)[worst]
    return figures


class Watch:
    """How long the agents of a board have talked and written up so far."""

    BUSY = (AgentState.TALKING, AgentState.WRAP_UP)

    def __init__(self, agents: AgentBoard, now: Callable[[], datetime]) -> None:
        self._agents, self._now, self._ended_s, self._freed = agents, now, 0.0, 0
        agents.seat_watchers.append(self)

    def seat_moved(self, seat: Seat, was: AgentState, lasted_s: float) -> None:
        """An agent has changed his state."""
        if was in self.BUSY:
            self._ended_s += lasted_s
            self._freed += seat.state not in self.BUSY

    def seen(self, limits: Iterable[tuple[str, int, int]]) -> Seen:
        """Return what there is to see now, given kind, live answers and abandoned calls of each limit.

        Limits count an answer when it is judged; reports count a call at its end, half a minute later.
        """
        now = self._now()
        running = [seat for seat in self._agents.seats() if seat.state in self.BUSY]
        live, abandoned = next((live, lost) for kind, live, lost in limits if kind == BudgetKind.LEGAL)
        running_s = sum((now - seat.since).total_seconds() for seat in running)
        return Seen(self._ended_s + running_s, self._freed, live, abandoned)
