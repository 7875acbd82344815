"""The live picture: counters now, and a signal after every change."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from campaigns.model import Disposition, Screened
from campaigns.rules.amd_errors import Misjudged, Screens, misjudged
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard
from dialer.calls import RINGABLE, State
from dialer.live_call import LiveCall, count_states
from dialer.ports import Clock
from dialer.screened_call import final_verdict

CHECKS_KEPT: Final = 1_000
"""How many checked verdicts of detection are looked back on, for what agents recorded about them."""

LIVE: Final = frozenset({Disposition.CONNECTED, Disposition.ABANDONED, Disposition.HUNG_UP_EARLY})
"""Live answers: a person took the call."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts of one campaign, or of all, since the service started; ``in_*`` and agents are now.

    ``answered`` counts machines too, ``screened`` the verdicts of detection on calls that have ended.
    ``misjudged_share`` is how many of its machines were people, by the agents who looked at some of them;
    None before the first.
    """

    at: datetime
    campaign_id: int | None
    placed: int
    answered: int
    connected: int
    abandoned: int
    voted: int
    ended: Mapping[Disposition, int]
    screened: Mapping[Screened, int]
    misjudged_share: float | None
    in_dialling: int
    in_ringing: int
    in_answered: int
    in_talking: int
    in_voting: int
    agents: Mapping[str, int]
    switch_up: bool


K = TypeVar("K")


class LivePicture:
    """Counts what happens. Listeners that are slow skip states, never lag behind."""

    def __init__(self, clock: Clock, switch_up: Callable[[], bool]) -> None:
        self._clock = clock
        self._switch_up = switch_up
        self._counts: dict[int | None, Counter[str]] = defaultdict(Counter)
        self._ended: dict[int | None, Counter[Disposition]] = defaultdict(Counter)
        self._screened: dict[int | None, Counter[Screened]] = defaultdict(Counter)
        self._talked: set[str] = set()  # calls that have not ended; they are counted
        self._checks: deque[LiveCall] = deque(maxlen=CHECKS_KEPT)
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
            self._talked.add(call.attempt_id)
        self.changed()

    def ended(self, call: LiveCall) -> None:
        """A call has been settled."""
        if call.disposition is not None:
            self._ended[call.campaign.id][call.disposition] += 1
        talked = call.attempt_id in self._talked or call.facts.bridged_at is not None
        self._talked.discard(call.attempt_id)
        if call.disposition is Disposition.CONNECTED and not talked:  # by a flow that needs no agent
            self._counts[call.campaign.id]["connected"] += 1
        if call.facts.amd is not None:
            verdict = final_verdict(call.facts.amd, served=call.served)
            self._screened[call.campaign.id][verdict] += 1
            if verdict is Screened.CHECKED:
                self._checks.append(call)
        self.changed()

    def voted(self, campaign_id: int | None) -> None:
        """A vote has been committed, for a campaign or at the hotline (None)."""
        self._counts[campaign_id]["voted"] += 1
        self.changed()

    def misjudged(self, campaign_id: int | None) -> Misjudged | None:
        """Estimate how many people detection has taken for machines; None before an agent checked one.

        Agents record while the call ends or after it, so the checks are looked at anew.
        """
        verdicts, live = self._sum(self._screened, campaign_id), self._sum(self._ended, campaign_id)
        judged = [
            call.agent_outcome
            for call in self._checks
            if call.agent_outcome and campaign_id in (None, call.campaign.id)
        ]
        screens = Screens(
            machine=verdicts[Screened.MACHINE],
            checked=verdicts[Screened.CHECKED],
            judged=len(judged),
            persons=sum(outcome != Disposition.MACHINE for outcome in judged),
        )
        return misjudged(screens, sum(live[one] for one in LIVE))

    @staticmethod
    def _sum(counts: Mapping[int | None, Counter[K]], campaign_id: int | None) -> Counter[K]:
        if campaign_id is not None:
            return counts.get(campaign_id, Counter())
        return sum(counts.values(), Counter())

    def counters(self, campaign_id: int | None) -> Counters:
        """Return the counters now; of one campaign, or of all."""
        assert self.calls is not None
        assert self.agents is not None
        counts, ended = self._sum(self._counts, campaign_id), self._sum(self._ended, campaign_id)
        screened, errors = self._sum(self._screened, campaign_id), self.misjudged(campaign_id)
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
            screened={verdict: screened[verdict] for verdict in Screened},
            misjudged_share=None if errors is None else errors.share.likely,
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
