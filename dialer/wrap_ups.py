"""Agents' wrap-ups over a restart of the service: kept while a talk lasts and is written down, found again.

Knows what the book of calls has of a talk, and makes of it what the agent had before him. Must not know
legs, phones or pages.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from campaigns.outage import Outage
from campaigns.ports import CampaignBook
from campaigns.rules.retries import uncounted
from dialer.agent_states import AgentState
from dialer.agents import AgentBoard, Seat
from dialer.call_board import CallBoard
from dialer.calls import State
from dialer.inbound import InboundTalk
from dialer.kept_soon import until_stored
from dialer.live_call import LiveCall
from dialer.owed_records import OwedRecords
from dialer.ports import AgentTalk, CallBook, Clock, PastCall

KEEP_AFTER_S: Final = 1.0
"""How long after an agent's state has changed it is stored: between answer and bridge no write may take the
processor, and a talk that never began is over by then."""

_HAS_A_TALK: Final = frozenset({AgentState.TALKING, AgentState.WRAP_UP})


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A wrap-up that a restart cut off: the call, when it ends, and what was recorded so far."""

    subject: LiveCall | InboundTalk
    ends_at: datetime
    recorded_outcome: str | None = None

    @property
    def call_id(self) -> str:
        """The id of the attempt or inbound call."""
        talk = self.subject
        return talk.attempt_id if isinstance(talk, LiveCall) else talk.call.id


class WrapUps:
    """Stores which talk each agent has or wraps up, as a watcher of their seats, and finds it again.

    ``hotline_wrap_up_s`` is the wrap-up after a talk that belongs to no campaign, ``owed`` where those are
    remembered whose wrap-up ended while nobody could record.
    """

    def __init__(
        self,
        agents: AgentBoard,
        calls: CallBoard,
        book: CallBook,
        people: CampaignBook,
        clock: Clock,
        hotline_wrap_up_s: float,
        owed: OwedRecords,
    ) -> None:
        self._agents = agents
        self._calls = calls
        self._book = book
        self._people = people
        self._clock = clock
        self.hotline_wrap_up_s = hotline_wrap_up_s
        self._owed = owed
        self._later: dict[str, asyncio.TimerHandle] = {}
        self._changed: set[str] = set()  # agents whose state the store does not know yet
        self._storing: dict[str, asyncio.Task[None]] = {}
        self._unstored = Outage("wrap-up not stored yet", clock.now, clock.monotonic)

    def seat_moved(self, seat: Seat, was: AgentState, lasted_s: float) -> None:
        """Store what talk an agent has now: soon where it begins, at once where it ends."""
        if not _HAS_A_TALK & {was, seat.state}:
            return
        if (later := self._later.pop(seat.agent_id, None)) is not None:
            later.cancel()
        if seat.state is AgentState.TALKING:
            loop = asyncio.get_running_loop()
            self._later[seat.agent_id] = loop.call_later(KEEP_AFTER_S, self._keep_soon, seat)
        else:
            self._keep_soon(seat)

    async def drain(self) -> None:
        """Store what is to be stored soon now, and wait until everything is."""
        for later in self._later.values():
            later.cancel()
        for agent_id in list(self._later):
            self._keep_soon(self._agents.seat(agent_id))
        while self._storing:
            await asyncio.wait(set(self._storing.values()))

    def _keep_soon(self, seat: Seat) -> None:
        self._later.pop(seat.agent_id, None)
        self._changed.add(seat.agent_id)
        if seat.agent_id not in self._storing:
            store = self._keep(seat)
            self._storing[seat.agent_id] = asyncio.create_task(store, name=f"wrap-up {seat.agent_id}")

    async def _keep(self, seat: Seat) -> None:
        """Store how an agent stands, as often as that changes meanwhile, until the store has taken it."""
        while seat.agent_id in self._changed:
            await until_stored(self._unstored, seat.agent_id, lambda: self._remember(seat))
        del self._storing[seat.agent_id]

    async def _remember(self, seat: Seat) -> None:
        self._changed.discard(seat.agent_id)
        talk = None
        if seat.state is AgentState.WRAP_UP or (seat.state is AgentState.TALKING and seat.met):
            talk = AgentTalk(seat.call_id, seat.wrap_up_ends_at)
        await self._book.remember_talk(seat.agent_id, talk)

    async def unfinished(self) -> Mapping[str, Unfinished]:
        """Return the wrap-ups that are not over, by agent; of talks that still last nobody knows the end.

        One that is over was cut off all the same: nobody could record while the service was away.
        """
        found: dict[str, Unfinished] = {}
        for agent_id, talk in (await self._book.agent_talks()).items():
            past = await self._book.past_call(talk.call_id)
            subject = None if past is None else await self._subject(talk.call_id, past)
            if past is None or subject is None:
                continue
            ends_at = talk.wrap_up_ends_at or self._ends_at(subject, past)
            if ends_at > self._clock.now():
                found[agent_id] = Unfinished(subject, ends_at, past.outcome)
            else:
                self._owed.add(agent_id, talk.call_id, subject)
        return found

    def _ends_at(self, subject: LiveCall | InboundTalk, past: PastCall) -> datetime:
        """Say when the wrap-up ends after a talk whose end nobody of us saw."""
        wrap_up_s, facts = self.hotline_wrap_up_s, past.facts
        if isinstance(subject, LiveCall):
            wrap_up_s, facts = subject.campaign.wrap_up_s, subject.facts
        return (facts.released_at or facts.ended_at or self._clock.now()) + timedelta(seconds=wrap_up_s)

    async def _subject(self, call_id: str, past: PastCall) -> LiveCall | InboundTalk | None:
        """Return what the agent had before him: the call, with whom."""
        call = self._calls.get(call_id)
        if call is not None:
            return call
        if past.attempt is None:
            known = await self._book.inbound_call(call_id)
            return None if known is None else InboundTalk(*known, past.facts, owned=False)
        found = await self._book.lead_of(call_id)
        if found is None:
            return None
        lead, campaign = found
        customer = await self._people.customer(lead.customer_id)
        attempt = past.attempt
        # What is recorded plans as if the attempt was not counted yet; the book counts what is settled.
        lead = uncounted(lead, past.disposition)
        dialled = (attempt.number, attempt.trunk, attempt.committed_at)
        call = LiveCall(call_id, campaign, lead, customer, *dialled)
        call.facts, call.served, call.state = past.facts, True, State.ENDED
        call.disposition, call.agent_outcome = past.disposition, past.outcome or ""
        call.ended.set()
        return call


def take_up(agents: AgentBoard, seat: Seat, wrap_up: Unfinished) -> None:
    """Put an agent back into his wrap-up, with his call before him."""
    talk = wrap_up.subject
    seat.call_id, seat.subject, seat.met = wrap_up.call_id, talk, True
    seat.campaign_id = talk.campaign.id if isinstance(talk, LiveCall) else None
    agents.wrap_up_again(seat, wrap_up.ends_at)
    if talk.facts.released_at is not None:
        agents.has_been(seat, talk.facts.released_at)
    seat.recorded_outcome = wrap_up.recorded_outcome
