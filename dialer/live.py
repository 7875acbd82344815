"""The live picture: counters now, and a signal after every change."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Disposition
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard, LiveCall, count_states
from dialer.calls import RINGABLE, State
from dialer.ports import Clock


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts of one campaign, or of all, since the service started; ``in_*`` and agents are now."""

    at: datetime
    campaign_id: int | None
    placed: int
    answered: int
    connected: int
    abandoned: int
    voted: int
    ended: Mapping[Disposition, int]
    in_dialling: int
    in_ringing: int
    in_answered: int
    in_talking: int
    in_voting: int
    agents: Mapping[str, int]
    switch_up: bool


class LivePicture:
    """Counts what happens. Listeners that are slow skip states, never lag behind."""

    def __init__(self, clock: Clock, switch_up: Callable[[], bool]) -> None:
        self._clock = clock
        self._switch_up = switch_up
        self._counts: dict[int | None, Counter[str]] = defaultdict(Counter)
        self._ended: dict[int | None, Counter[Disposition]] = defaultdict(Counter)
        self._listeners: set[asyncio.Event] = set()
        self._closed = False
        self.calls: CallBoard | None = None
        self.agents: AgentBoard | None = None

    def changed(self) -> None:
        """Tell every listener to look again."""
        for listener in self._listeners:
            listener.set()

    def close(self) -> None:
        """End every stream of changes."""
        self._closed = True
        self.changed()

    def moved(self, call: LiveCall, was: State) -> None:
        """A call has changed its state."""
        counts = self._counts[call.campaign.id]
        # An acknowledgement may be overtaken by what it announces; only an end says that nothing was sent.
        if was is State.COMMITTED and call.state is not State.ENDED:
            counts["placed"] += 1
        if was in RINGABLE and call.state in (State.ANSWERED, State.TALKING):
            counts["answered"] += 1
        if call.state is State.TALKING and was is not State.AFTER_TALK:  # a second talk is no second call
            counts["connected"] += 1
        self.changed()

    def ended(self, call: LiveCall) -> None:
        """A call has been settled."""
        if call.disposition is not None:
            self._ended[call.campaign.id][call.disposition] += 1
        self.changed()

    def voted(self, campaign_id: int | None) -> None:
        """A vote has been committed, for a campaign or at the hotline (None)."""
        self._counts[campaign_id]["voted"] += 1
        self.changed()

    def counters(self, campaign_id: int | None) -> Counters:
        """Return the counters now; of one campaign, or of all."""
        assert self.calls is not None
        assert self.agents is not None
        counts: Counter[str] = Counter()
        ended: Counter[Disposition] = Counter()
        wanted = [campaign_id] if campaign_id is not None else [*self._counts.keys() | self._ended.keys()]
        for one in wanted:
            counts.update(self._counts.get(one, {}))
            ended.update(self._ended.get(one, {}))
        now = count_states(self.calls.all(campaign_id))
        return Counters(
            at=self._clock.now(),
            campaign_id=campaign_id,
            placed=counts["placed"],
            answered=counts["answered"],
            connected=counts["connected"],
            abandoned=ended[Disposition.ABANDONED],
            voted=counts["voted"],
            ended={disposition: ended[disposition] for disposition in Disposition},
            in_dialling=now["dialling"],
            in_ringing=now["ringing"],
            in_answered=now["answered"],
            in_talking=now["talking"],
            in_voting=now["voting"],
            agents=self.agents.counts(),
            switch_up=self._switch_up(),
        )

    async def changes(self) -> AsyncIterator[None]:
        """Yield at once and then after every change, merged, until the picture is closed."""
        listener = asyncio.Event()
        listener.set()
        self._listeners.add(listener)
        try:
            while not self._closed:
                await listener.wait()
                listener.clear()
                yield
        finally:
            self._listeners.discard(listener)
