"""In-memory twins of this room's ports: agents that answer as told, results kept in a list."""

from collections.abc import Sequence

from ivr.flow.results import Chosen, Declined, Gathered, Result, SkipReason, Voted, VoteSkipped
from ivr.ports import CallLine, TalkEnd


class ScriptedAgents:
    """Ends each talk as told, in order; an exception in the script is raised instead."""

    def __init__(self, ends: Sequence[TalkEnd | Exception] = ()) -> None:
        self._ends = list(ends)
        self.asked: list[tuple[str, float]] = []

    async def talk(self, line: CallLine, queue: str, wait_s: float) -> TalkEnd:
        """Return or raise the next end of the script; without one there is no agent."""
        self.asked.append((queue, wait_s))
        end = self._ends.pop(0) if self._ends else TalkEnd.NO_AGENT
        if isinstance(end, Exception):
            raise end
        return end


class KeptResults:
    """Keeps results in ``results``; ``node`` of a vote is unknown here and empty."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    async def vote(self, score: int) -> None:
        """Keep a score."""
        self.results.append(Voted("", score))

    async def vote_skipped(self, why: SkipReason) -> None:
        """Keep that there was no score."""
        self.results.append(VoteSkipped("", why))

    async def choice(self, node: str, key: str, label: str) -> None:
        """Keep a choice."""
        self.results.append(Chosen(node, key, label))

    async def declined(self, node: str, key: str, label: str) -> None:
        """Keep a wish that was not taken."""
        self.results.append(Declined(node, key, label))

    async def gathered(self, node: str, name: str, digits: str) -> None:
        """Keep digits."""
        self.results.append(Gathered(node, name, digits))
