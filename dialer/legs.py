"""Agents' legs at the switch: calling a phone, hearing of it, taking it over after a restart.

A leg is an agent's nailed-up call: it waits in the hold bridge between talks. Knows how the switch tells of
it; must not know pages or what an agent wrote.

Who puts his phone down in a talk has his wrap-up. After it his phone is called again if he wants to be ready;
if he asked for a pause meanwhile, or does not take the call, he is offline. Who puts it down at any other
time has left: he is offline, and nobody calls his phone until he logs in. A phone that went because the
switch did is called again when the switch is back, or after the wrap-up, whatever he asked for.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog

from campaigns.model import Screened
from dialer.agent_states import AgentEvent, AgentState
from dialer.agent_wishes import AgentWishes
from dialer.agents import AgentBoard, Seat
from dialer.call_board import CallBoard
from dialer.calls import RINGABLE, State
from dialer.errors import NotAllowedNow, TelephonyError, Unproven
from dialer.inbound import InboundTalk
from dialer.live_call import LiveCall
from dialer.ports import OFFLINE, CallBook, CallFacts, Clock, InboundCall
from dialer.telephony import Kind, LiveChannel, SwitchEvent, Telephony
from dialer.wrap_ups import Unfinished, WrapUps, take_up

log = structlog.get_logger()

UP: Final = "Up"
"""The state of an answered channel, as the switch tells it."""

PHONE_GONE: Final = "the phone was hung up or did not answer"
"""Why an agent is offline who did not log out."""

PHONE_ABSENT: Final = "the phone is not registered, or the switch does not know it"
"""Why an agent is offline whose phone the switch did not even call."""

LEFT_S: Final = 3.0
"""How long after a phone went the link must hold to prove that the agent put it down, and not the switch."""


class AgentLegs:
    """All agents' legs. ``wrap_ups`` finds those that a restart cut off."""

    def __init__(
        self,
        agents: AgentBoard,
        calls: CallBoard,
        telephony: Telephony,
        book: CallBook,
        clock: Clock,
        wrap_ups: WrapUps,
        wishes: AgentWishes,
    ) -> None:
        self._agents = agents
        self._calls = calls
        self._telephony = telephony
        self._book = book
        self._clock = clock
        self._wrap_ups = wrap_ups
        self._wishes = wishes
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._called: dict[str, str] = {}  # agents and legs that the switch told of: it knew where to call
        self._unrecalled: set[str] = (
            set()
        )  # agents whose talk was taken over, and nothing else is known of it
        agents.after_phone_gone = self._after_phone_gone

    def hear(self, seat: Seat, event: SwitchEvent) -> None:
        """Take an event of an agent's leg."""
        absent = event.kind is Kind.ORIGINATE_FAILED and self._called.get(seat.agent_id) != seat.leg_id
        self._called[seat.agent_id] = seat.leg_id
        if event.kind is Kind.HOLDING:
            seat.channel = event.channel or seat.channel
            seat.in_bridge = False
            self._held(seat)
        elif event.kind is Kind.BRIDGED:
            seat.met = seat.in_bridge = True
        elif event.kind in (Kind.HUNG_UP, Kind.ORIGINATE_FAILED):
            log.info("agent's phone is gone", agent=seat.agent_id, cause=event.cause, absent=absent)
            self._lose(seat, PHONE_ABSENT if absent else PHONE_GONE)

    def link_lost(self) -> None:
        """Phones that went in the last moments may have gone with the switch: their agents have not left."""
        while self._leaving:
            self._leaving.popitem()[1].cancel()

    def _lose(self, seat: Seat, why: str = PHONE_GONE) -> None:
        """His phone is gone: out of a talk he has his wrap-up, else he is offline."""
        subject, talked = seat.subject, seat.state is AgentState.TALKING and seat.met
        self._agents.lose_phone(seat)
        if talked and isinstance(subject, LiveCall) and not subject.owned:
            self._calls.released(subject)
        elif talked and isinstance(subject, InboundTalk) and not subject.owned:
            self._caller_released(seat, subject)
        if seat.state is AgentState.OFFLINE:
            self._gone(seat, why)

    def _gone(self, seat: Seat, why: str = PHONE_GONE) -> None:
        """Show why he is offline; once it is sure that he left, his phone is not called at a restart."""
        seat.pause_reason = why
        if (before := self._leaving.pop(seat.agent_id, None)) is not None:
            before.cancel()
        loop = asyncio.get_running_loop()
        self._leaving[seat.agent_id] = loop.call_later(LEFT_S, self._has_left, seat)

    def _has_left(self, seat: Seat) -> None:
        self._leaving.pop(seat.agent_id, None)
        if seat.state is AgentState.OFFLINE:
            seat.wants_ready = False
            self._wishes.note(seat.agent_id, OFFLINE)

    def _after_phone_gone(self, seat: Seat) -> None:
        """His wrap-up without a phone is over: call it if he wants to go on, or never put it down."""
        if (seat.wants_ready and seat.pause_wanted is None) or seat.gone_with_switch:
            self._agents.move(seat, AgentEvent.LOG_IN)
            if seat.pause_wanted is not None:
                seat.pause_reason, seat.pause_wanted = seat.pause_wanted, None
            self._soon(self._call_back(seat), seat)
        else:
            self._agents.move(seat, AgentEvent.LOG_OUT)
            self._gone(seat)

    async def _call_back(self, seat: Seat) -> None:
        try:
            await self.seat(seat)
        except NotAllowedNow as fault:
            log.warning("agent not called again", agent=seat.agent_id, fault=str(fault))

    def _soon(self, work: Coroutine[Any, Any, None], seat: Seat) -> None:
        task = asyncio.create_task(work, name=f"phone {seat.agent_id}")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("phone of an agent not looked after", task=task.get_name(), exc_info=fault)

    async def restore(self) -> None:
        """Bring agents back as the switch and the books have them, after a lost link or a restart.

        From then on they may ask for what they want. Raises the errors of ``Telephony.live``. Calls must have
        been adopted before.
        """
        wishes, leaves = await self._wishes.all(), await self._book.agent_leaves()
        unfinished = await self._wrap_ups.unfinished()
        channels = await self._telephony.live()
        legs = {channel.agent_id: channel for channel in channels if channel.agent_id}
        absent: list[Seat] = []
        # What is there is taken over before anything is waited for: from now on its events are heard.
        for seat in self._agents.seats():
            wish = wishes.get(seat.agent_id, OFFLINE)
            seat.wants_ready = wish == "ready"
            seat.leaves_at = leaves.get(seat.agent_id)
            leg = legs.get(seat.agent_id)
            if leg is None or (seat.state is AgentState.OFFLINE and wish == OFFLINE):
                absent.append(seat)
            elif seat.state is AgentState.OFFLINE:
                self._take_over(seat, leg, wish, channels, unfinished.get(seat.agent_id))
            else:
                self._catch_up(seat, leg)
        for agent_id in list(self._unrecalled):
            await self._recall_talk(self._agents.seat(agent_id))
            self._unrecalled.discard(agent_id)
        for seat in absent:
            leg, wish = legs.get(seat.agent_id), wishes.get(seat.agent_id, OFFLINE)
            if leg is not None:
                await self._hang_up(leg.channel_id)  # he logged out while the switch could not be told
            elif wish != OFFLINE:
                await self._call_again(seat, wish, unfinished.get(seat.agent_id))
        self._reserve_again()
        self._agents.settled()

    def _reserve_again(self) -> None:
        """Keep agents for calls under way that were placed for one: else new calls would take them all."""
        for call in self._calls.all():
            unserved = call.state in RINGABLE or (call.state is State.ANSWERED and not call.owned)
            unserved = unserved and call.facts.amd is not Screened.MACHINE
            if call.with_agent and unserved and self._agents.by_call(call.attempt_id) is None:
                seat = self._agents.reserve(call.attempt_id, call.campaign.id)
                if seat is not None:
                    seat.subject = call

    def _take_over(
        self,
        seat: Seat,
        leg: LiveChannel,
        wish: str,
        channels: Sequence[LiveChannel],
        wrap_up: Unfinished | None,
    ) -> None:
        """Adopt a leg that a former process seated; a talk on it goes on, and so does his wrap-up."""
        seat.leg_id, seat.channel = leg.channel_id, leg.channel
        wraps_up = wrap_up if leg.state == UP and not leg.bridge_peer else None
        if not seat.wants_ready:
            reason, busy = wish.removeprefix("paused:"), leg.bridge_peer or wraps_up
            seat.pause_reason, seat.pause_wanted = ("", reason) if busy else (reason, None)
        if leg.bridge_peer:
            self._take_over_talk(seat, leg, channels)
        elif wraps_up is not None:
            take_up(self._agents, seat, wraps_up)
        elif leg.state == UP:
            self._agents.restore(seat, AgentState.READY if seat.wants_ready else AgentState.PAUSED)
        else:
            self._agents.restore(seat, AgentState.CONNECTING)  # his phone still rings
        log.info("agent taken over", agent=seat.agent_id, state=seat.state)

    def _take_over_talk(self, seat: Seat, leg: LiveChannel, channels: Sequence[LiveChannel]) -> None:
        """Adopt a talk; whoever he talks with, he is not free until his leg is back in the hold bridge."""
        call_id = next((c.attempt_id for c in channels if c.channel == leg.bridge_peer), "")
        call = self._calls.get(call_id)
        if call is not None:
            seat.campaign_id, seat.subject = call.campaign.id, call
            seat.wrap_up_s = call.campaign.wrap_up_s
        else:
            inbound = InboundCall(call_id, "", "", self._clock.now())
            seat.campaign_id, seat.subject = None, InboundTalk(inbound, None, CallFacts(), owned=False)
            seat.wrap_up_s = self._wrap_ups.hotline_wrap_up_s
        seat.call_id, seat.met = call_id, True
        self._unrecalled.add(seat.agent_id)
        self._agents.restore(seat, AgentState.TALKING)

    async def _recall_talk(self, seat: Seat) -> None:
        """Have a talk that was taken over know what the book does: since when, its record, who calls."""
        talk = seat.subject
        past = await self._book.past_call(seat.call_id) if seat.state is AgentState.TALKING else None
        if past is None:
            return
        known = await self._book.inbound_call(seat.call_id) if isinstance(talk, InboundTalk) else None
        if seat.subject is not talk:
            return  # it was over meanwhile
        seat.recorded_outcome = seat.recorded_outcome or past.outcome
        if isinstance(talk, InboundTalk) and known is not None:
            talk.call, by_book = known
            talk.customer, talk.facts = talk.customer or by_book, past.facts
        if past.facts.bridged_at is not None and seat.state is AgentState.TALKING:
            self._agents.has_been(seat, past.facts.bridged_at)

    def _catch_up(self, seat: Seat, leg: LiveChannel) -> None:
        """Do what an event would have done that was lost with the link."""
        seat.channel, seat.in_bridge = leg.channel, bool(leg.bridge_peer)
        if leg.channel_id == seat.leg_id and leg.state == UP and not leg.bridge_peer:
            self._held(seat)

    def _caller_released(self, seat: Seat, talk: InboundTalk) -> None:
        """A hotline talk that a former process began is over: nobody else here writes down when."""
        talk.facts = replace(talk.facts, agent_id=seat.agent_id, released_at=self._clock.now())
        self._soon(self._book.note_facts(talk.call.id, talk.facts), seat)

    async def _hang_up(self, leg_id: str) -> None:
        try:
            await self._telephony.unseat_agent(leg_id)
        except TelephonyError as fault:
            log.warning("leg not hung up", leg=leg_id, fault=str(fault))

    async def _call_again(self, seat: Seat, wish: str, wrap_up: Unfinished | None) -> None:
        """Call the phone of an agent whose leg died with the switch; after his wrap-up, if he has one."""
        if wrap_up is not None and seat.state is AgentState.OFFLINE:
            seat.pause_reason = ""
            seat.pause_wanted = None if seat.wants_ready else wish.removeprefix("paused:")
            take_up(self._agents, seat, wrap_up)
            seat.phone_gone = seat.gone_with_switch = True
            return
        if (seat.state is AgentState.TALKING and seat.met) or seat.state is AgentState.WRAP_UP:
            put_down_before = seat.phone_gone
            self._lose(seat)
            seat.gone_with_switch = not put_down_before
            return
        if seat.state not in (AgentState.OFFLINE, AgentState.CONNECTING):
            self._agents.move(seat, AgentEvent.LEG_GONE)
        if seat.state is AgentState.CONNECTING:
            self._agents.move(seat, AgentEvent.LEG_GONE)
        self._agents.move(seat, AgentEvent.LOG_IN)
        seat.pause_reason = wish.removeprefix("paused:") if not seat.wants_ready else ""
        await self._call_back(seat)

    async def seat(self, seat: Seat) -> None:
        """Call an agent's phone; raises ``NotAllowedNow``, and then he is offline."""
        seat.leg_id = f"agent-{seat.agent_id}-{secrets.token_hex(4)}"
        try:
            await self._telephony.seat_agent(seat.agent_id, seat.phone, seat.leg_id)
        except Unproven as fault:
            # The phone may be ringing: what it does next is heard, and he can log out meanwhile.
            log.warning("agent's phone perhaps called", agent=seat.agent_id, fault=str(fault))
        except TelephonyError as fault:
            self._agents.move(seat, AgentEvent.LEG_GONE)
            seat.pause_reason = PHONE_GONE
            raise NotAllowedNow(f"the phone of {seat.name} cannot be called now: {fault}") from fault

    def _held(self, seat: Seat) -> None:
        """His leg is in the hold bridge: seated, or back from a talk that no coroutine here watches."""
        subject = seat.subject
        if seat.state is AgentState.CONNECTING:
            self._agents.move(seat, AgentEvent.SEATED)
            if seat.wants_ready:
                self._agents.move(seat, AgentEvent.GO_READY)
        elif seat.state is AgentState.TALKING and not (
            isinstance(subject, LiveCall | InboundTalk) and subject.owned
        ):
            if isinstance(subject, LiveCall):
                self._calls.released(subject)
            elif isinstance(subject, InboundTalk):
                self._caller_released(seat, subject)
            self._agents.talk_over(seat, seat.wrap_up_s, talked=True)
