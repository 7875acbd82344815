"""The calls in flight: events of the switch in, state and stored facts out.

Feeds each call's events to the table in ``dialer.calls`` and carries out its commands. Each move is one log
line. Store writes of one call keep their order; writes of different calls go together into one commit.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from campaigns.model import Disposition, Screened
from campaigns.outage import Outage, Trouble
from campaigns.rules.amd import screening
from dialer.calls import RINGABLE, Command, Event, Fit, Move, State, advance
from dialer.dispositions import disposition
from dialer.kept_soon import until_stored
from dialer.live_call import LiveCall, ending_of, plan_of
from dialer.on_the_line import OnTheLine
from dialer.ports import CallBook, Clock, Settlement
from dialer.telephony import Kind, SwitchEvent

log = structlog.get_logger()

REMEMBERED: Final = 10_000
"""How many ended calls are remembered, so that a look at the store from just before does not revive one."""

GRACE_S: Final = 2.0
"""How long one half of an unanswered call's end waits for the other; they arrive within milliseconds."""

NOTE_AFTER_S: Final = 0.05
"""How long facts wait at most for the next ones, of this call and of all others, to be stored together:
between answer and bridge no write may take the processor. What a crash loses in that time, recovery
asks of the switch, as if the write had failed."""

EVENT_OF: Final = {
    Kind.DIALLING: Event.DIALLING,
    Kind.RINGING: Event.RINGING,
    Kind.UP: Event.UP,
    Kind.BRIDGED: Event.BRIDGED,
    Kind.HUNG_UP: Event.HUNG_UP,
    Kind.ORIGINATE_ANSWERED: Event.ORIGINATE_ANSWERED,
    Kind.ORIGINATE_FAILED: Event.ORIGINATE_FAILED,
}


class CallBoard:
    """All outbound calls in flight in this process; ``on_the_line`` says to whom."""

    def __init__(
        self,
        book: CallBook,
        clock: Clock,
        on_move: Callable[[LiveCall, State], None],
        on_end: Callable[[LiveCall], None],
        heed: Callable[[LiveCall], Awaitable[None]] | None = None,
    ) -> None:
        """``heed`` is done before a call is settled that was answered and met nobody of ours: while the call
        is listed, nobody else calls its number.
        """
        self._heed = heed
        self._book = book
        self._clock = clock
        self._on_move = on_move
        self._on_end = on_end
        self.on_the_line = OnTheLine()
        self._calls: dict[str, LiveCall] = {}
        self._in_flight: Counter[int] = Counter()  # by campaign
        self._ended: dict[str, None] = {}  # a set in order of ending
        self._noting: dict[LiveCall, None] = {}  # with facts that are not yet on their way to the store
        self._note_timer: asyncio.TimerHandle | None = None  # one for all of them
        self._tasks: set[asyncio.Task[None]] = set()
        self._unstored = Outage("outcome not stored yet", clock.now, clock.monotonic)
        self._unnoted = Outage("facts not stored", clock.now, clock.monotonic)

    def add(self, call: LiveCall) -> None:
        """Follow a call from now on; its attempt must be committed."""
        age_s = (self._clock.now() - call.placed_at).total_seconds()
        call.since_s = self._clock.monotonic() - max(0.0, age_s)
        if call.attempt_id not in self._calls:
            self._in_flight[call.campaign.id] += 1
        self._calls[call.attempt_id] = call
        self.on_the_line.enter(call.attempt_id, call.number, call.customer)

    def get(self, attempt_id: str) -> LiveCall | None:
        """Return a call in flight."""
        return self._calls.get(attempt_id)

    def has_ended(self, attempt_id: str) -> bool:
        """Say whether a call was settled by this process not long ago."""
        return attempt_id in self._ended

    def all(self, campaign_id: int | None = None) -> list[LiveCall]:
        """Return the calls in flight, of one campaign or of all."""
        if campaign_id is None:
            return list(self._calls.values())
        return [call for call in self._calls.values() if call.campaign.id == campaign_id]

    def count(self, campaign_id: int) -> int:
        """Return how many calls of a campaign are in flight."""
        return self._in_flight[campaign_id]

    def unstored(self, campaign_id: int) -> Trouble | None:
        """Return since when outcomes of a campaign's calls cannot be stored, and why; None: all are."""
        waiting = (self._unstored.trouble(call.attempt_id) for call in self.all(campaign_id))
        return min(filter(None, waiting), key=lambda trouble: trouble.since, default=None)

    def ringable(self, campaign_id: int) -> list[LiveCall]:
        """Return the calls of a campaign whose far end may be ringing now."""
        return [call for call in self.all(campaign_id) if call.state in RINGABLE]

    def hear(self, event: SwitchEvent) -> None:
        """Take one event of the switch; events of strangers are ignored."""
        call = self._calls.get(event.action_id or event.channel_id)
        what = EVENT_OF.get(event.kind)
        if call is None or what is None:
            return
        self._learn(call, event)
        self.happen(call, what)

    def happen(self, call: LiveCall, event: Event) -> None:
        """Advance a call by one event and carry out what the table commands."""
        move = advance(call.state, event)
        if isinstance(move, Fit):
            if move is Fit.IMPOSSIBLE:
                log.warning("impossible call event", attempt=call.attempt_id, state=call.state, by=event)
            return
        self._go(call, event, move)

    def accept(self, call: LiveCall) -> None:
        """The switch has acknowledged the originate."""
        call.facts = replace(call.facts, sent_at=call.facts.sent_at or self._clock.now())
        self.happen(call, Event.ACCEPTED)

    def answered(self, call: LiveCall, channel: str) -> None:
        """The dialplan has handed the answered channel over; its own event may be late or lost."""
        call.channel = call.channel or channel
        call.agi_at = call.agi_at or self._clock.now()
        self.happen(call, Event.UP)

    def screened(self, call: LiveCall, verdict: Screened) -> None:
        """Detection has judged who answered; from here on a moved connect limit counts."""
        call.facts = replace(call.facts, amd=verdict)
        screen = screening(call.campaign.amd, call.campaign.connect_limit_s)
        if screen is not None and screen.after_s is not None:
            now = call.agi_at or self._clock.now()
            call.limit_s = (now - (call.facts.answered_at or now)).total_seconds() + screen.after_s
        log.info("call screened", attempt=call.attempt_id, verdict=verdict)
        self._note_soon(call)
        self._on_move(call, call.state)  # who answered is known now

    def talked(self, call: LiveCall, since: datetime | None = None) -> None:
        """There is or was a talk, told by other than its event, which may be late or lost.

        Without ``since`` its beginning stays unknown: a guess would spoil the figures of the report.
        """
        call.served = True
        call.facts = replace(call.facts, bridged_at=call.facts.bridged_at or since)
        self.happen(call, Event.BRIDGED)

    def released(self, call: LiveCall) -> None:
        """The agent has left the talk and the customer is still there."""
        call.facts = replace(call.facts, released_at=call.facts.released_at or self._clock.now())
        self.happen(call, Event.RELEASED)

    async def drain(self) -> None:
        """Wait until everything that has been told to the store is committed."""
        while self._noting or self._tasks:
            self._note_now()
            # Not gather: whoever stops waiting must not stop the writing.
            await asyncio.wait(set(self._tasks))

    def _go(self, call: LiveCall, event: Event, move: Move) -> None:
        before, call.state = call.state, move.state
        if before is not move.state:
            log.info("call", attempt=call.attempt_id, was=before, now=move.state, by=event)
        for command in move.commands:
            if command is Command.NOTE:
                self._note_soon(call)
            elif command is Command.ARM_GRACE:
                loop = asyncio.get_running_loop()
                call.grace = loop.call_later(GRACE_S, self.happen, call, Event.GRACE_OVER)
            else:
                self._settle(call)
        self._on_move(call, before)

    def _learn(self, call: LiveCall, event: SwitchEvent) -> None:
        """Take over what an event proves, by the switch's own time stamps; first proof wins."""
        facts, at = call.facts, event.at
        if event.kind is Kind.DIALLING:
            facts = replace(facts, dialled_at=facts.dialled_at or at)
        elif event.kind is Kind.RINGING:
            facts = replace(facts, ringing_at=facts.ringing_at or at)
        elif event.kind is Kind.UP:
            facts = replace(facts, answered_at=facts.answered_at or at)
        elif event.kind is Kind.BRIDGED:
            facts = replace(facts, answered_at=facts.answered_at or at, bridged_at=facts.bridged_at or at)
            call.served = True
        elif event.kind is Kind.HUNG_UP:
            facts = replace(facts, ended_at=at, hangup_cause=event.cause, tech_cause=event.tech_cause)
        elif event.reason is not None:
            call.reason = event.reason
            if event.kind is Kind.ORIGINATE_ANSWERED and facts.answered_at is None:
                # UP was lost; the answer to the originate may come after the hangup.
                facts = replace(facts, answered_at=min(at, facts.ended_at or at))
        call.channel = call.channel or event.channel
        call.facts = facts

    def _note_soon(self, call: LiveCall) -> None:
        """Store a call's facts in a moment, with all that are learnt until then."""
        self._noting[call] = None
        if self._note_timer is None:
            self._note_timer = asyncio.get_running_loop().call_later(NOTE_AFTER_S, self._note_now)

    def _note_now(self) -> None:
        """Store the facts of all calls that have new ones: at once, so that one commit keeps them."""
        if self._note_timer is not None:
            self._note_timer.cancel()
            self._note_timer = None
        calls = list(self._noting)
        self._noting.clear()
        for call in calls:
            self._write(call, self._note(call))

    async def _note(self, call: LiveCall) -> None:
        await self._book.note_facts(call.attempt_id, call.facts)

    def _settle(self, call: LiveCall) -> None:
        """Decide the disposition and store it with the lead's plan; the call stays listed until stored."""
        if call.grace is not None:
            call.grace.cancel()
        self._noting.pop(call, None)  # the settlement carries all facts
        now = self._clock.now()
        call.facts = replace(call.facts, ended_at=call.facts.ended_at or now)
        call.disposition = disposition(ending_of(call))
        if call.agent_outcome == Disposition.MACHINE:
            call.disposition = Disposition.MACHINE
        plan = plan_of(call, now)
        settlement = Settlement(call.disposition, call.facts, plan)
        log.info("call ended", attempt=call.attempt_id, disposition=call.disposition, plan=plan.reason)
        self._write(call, self._store_end(call, settlement))

    async def _store_end(self, call: LiveCall, settlement: Settlement) -> None:
        """Store the outcome, again and again if need be: an outcome is never lost to a busy store."""
        met_nobody = call.facts.answered_at is not None and not call.served

        async def settle() -> None:
            if self._heed is not None and met_nobody:
                await self._heed(call)
            await self._book.settle(call.attempt_id, settlement)

        await until_stored(self._unstored, call.attempt_id, settle)
        if self._calls.pop(call.attempt_id, None) is not None:
            self._in_flight[call.campaign.id] -= 1
            self.on_the_line.leave(call.attempt_id)
        self._ended[call.attempt_id] = None
        while len(self._ended) > REMEMBERED:
            del self._ended[next(iter(self._ended))]
        call.ended.set()
        self._on_end(call)

    def _write(self, call: LiveCall, write: Awaitable[None]) -> None:
        """Do a store write after this call's earlier ones."""
        before = call.writing

        async def in_order() -> None:
            if before is not None:
                await asyncio.wait({before})
            try:
                await write
                self._unnoted.works(call.attempt_id)
            except Exception as fault:
                self._unnoted.failed(call.attempt_id, fault)

        task = asyncio.create_task(in_order(), name=f"store {call.attempt_id}")
        call.writing = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
