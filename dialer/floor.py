"""Use cases of agents, and what an agent sees.

Writes down what they record about a talk. How their legs stand at the switch is the business of
``dialer.legs``, that a restart finds them as they were of ``dialer.agent_wishes``.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from campaigns.errors import BooksShut, Fault, InvalidInput
from campaigns.lines import AttemptLine
from campaigns.model import Campaign, Disposition, Template
from campaigns.ports import CampaignBook
from campaigns.rules.retries import callback_fault
from campaigns.script import filled
from dialer.agent_states import STANDS, AgentEvent, AgentState
from dialer.agent_view import AgentView, CallView
from dialer.agent_wishes import AgentWishes
from dialer.agents import AgentBoard, Seat
from dialer.errors import NotAllowedNow
from dialer.inbound import InboundTalk
from dialer.ledger_notes import agent as agent_named
from dialer.legs import AgentLegs
from dialer.live_call import LiveCall, asked_plan, plan_of
from dialer.offer import Offer
from dialer.owed_records import OwedRecords
from dialer.ports import OFFLINE, CallBook, Clock, WrapUp
from dialer.preview import Previews
from dialer.telephony import Telephony

log = structlog.get_logger()

ENDED_WITHIN_S: Final = 3.0
"""So long a record waits for the end of its call to be stored."""

HOTLINE_OUTCOMES: Final[Mapping[str, str]] = {
    "served": "Served",
    "call_back": "To be called back",
    "complaint": "Complaint",
    "wrong_number": "Wrong number",
    "do_not_call": "Never call again",
}
"""What an agent may record about a hotline call, which belongs to no template."""

DO_NOT_CALL: Final = "do_not_call"
"""The outcome of whoever asked an agent never to be called again."""

NOBODYS_NUMBER: Final = (
    "nobody knows the caller's number: say which customer he is, or enter him with the number he names"
)

MAX_NOTE: Final = 4_000
"""The longest note, in characters."""


class AgentFloor:
    """What agents do. Raises ``NotKnown``, ``NotAllowedNow``, and ``NotSettled`` right after a start."""

    def __init__(
        self,
        agents: AgentBoard,
        legs: AgentLegs,
        telephony: Telephony,
        book: CallBook,
        people: CampaignBook,
        clock: Clock,
        template: Callable[[Campaign], Template],
        on_change: Callable[[], None],
        on_record: Callable[[LiveCall], None],
        previews: Previews,
        owed: OwedRecords,
        wishes: AgentWishes,
        opted_out: Callable[[], None] = lambda: None,
    ) -> None:
        self._opted_out = opted_out
        self._agents = agents
        self._legs = legs
        self._telephony = telephony
        self._book = book
        self._people = people
        self._clock = clock
        self._template = template
        self._on_change = on_change
        self._on_record = on_record
        self._previews = previews
        self._owed = owed
        self._wishes = wishes

    def view(self, agent_id: str) -> AgentView:
        """Return what the agent's page shows now; raises as every use case here."""
        return self._view(self._agents.own_seat(agent_id))

    def _view(self, seat: Seat) -> AgentView:
        return AgentView(
            agent_id=seat.agent_id,
            name=seat.name,
            state=seat.state,
            since=seat.since,
            pause_reason=seat.pause_reason,
            wrap_up_ends_at=seat.wrap_up_ends_at,
            call=self._card(seat),
            talks=seat.talks,
            phone_gone=seat.phone_gone,
            leaves_at=seat.leaves_at,
            pause_wanted=seat.pause_wanted,
            stored=not self._wishes.is_late(seat.agent_id),
        )

    def views(self) -> Sequence[AgentView]:
        """Return all agents, by id."""
        return [self._view(seat) for seat in self._agents.seats()]

    async def log_in(self, agent_id: str) -> AgentView:
        """Call the agent's phone and seat him; he is ``connecting`` until his leg is up, then paused.

        Also ends a wrap-up whose talk ended by his phone.
        """
        seat = self._agents.own_seat(agent_id)
        if seat.state is AgentState.WRAP_UP and not seat.phone_gone:
            raise _refusal(seat, "the phone is there")
        if self._agents.move(seat, AgentEvent.LOG_IN):
            seat.pause_reason, seat.wants_ready = "logged in", False
            await self._legs.seat(seat)
            await self._wishes.keep(agent_id, "paused:logged in")
        return self.view(agent_id)

    async def ready(self, agent_id: str) -> AgentView:
        """Take calls from now on."""
        seat = self._agents.own_seat(agent_id)
        if seat.state in (AgentState.OFFLINE, AgentState.CONNECTING):
            raise _refusal(seat, "log in and pick up first")
        seat.wants_ready, seat.pause_wanted = True, None
        if seat.state is AgentState.WRAP_UP:
            self._agents.end_wrap_up(seat)
        elif seat.state is AgentState.PAUSED:
            self._agents.move(seat, AgentEvent.GO_READY)
        await self._wishes.keep(agent_id, "ready")
        return self.view(agent_id)

    async def pause(self, agent_id: str, reason: str) -> AgentView:
        """Take no calls; while a call is under way it takes effect after the wrap-up."""
        seat = self._agents.own_seat(agent_id)
        if seat.state in (AgentState.OFFLINE, AgentState.CONNECTING):
            raise _refusal(seat, "log in and pick up first")
        seat.wants_ready = False
        if seat.phone_gone:
            seat.pause_wanted = reason
            self._agents.end_wrap_up(seat)
        elif seat.state in (AgentState.RESERVED, AgentState.TALKING):
            seat.pause_wanted = reason
            self._on_change()
        else:
            seat.pause_reason, seat.pause_wanted = reason, None
            self._agents.move(seat, AgentEvent.PAUSE)
        await self._wishes.keep(agent_id, f"paused:{reason}")
        return self.view(agent_id)

    async def announce_leave(self, agent_id: str, at: datetime | None) -> AgentView:
        """Say when he will pause or go, so that no call counts on him then; None: not soon.

        Nothing happens to him at that moment: he pauses or logs out as ever.
        """
        seat = self._agents.own_seat(agent_id)
        if seat.state is AgentState.OFFLINE:
            raise _refusal(seat, "log in first")
        if at is not None and at <= self._clock.now():
            raise NotAllowedNow(f"{at:%Y-%m-%d %H:%M %Z} has passed: choose a moment to come")
        seat.leaves_at = at
        await self._book.remember_leave(agent_id, at)
        self._on_change()
        return self.view(agent_id)

    async def call(self, agent_id: str) -> AgentView:
        """Ask for the call of the lead that is laid before the agent."""
        self._agents.own_seat(agent_id)
        self._previews.want(agent_id)
        self._on_change()
        return self.view(agent_id)

    async def skip(self, agent_id: str, reason: str) -> AgentView:
        """Do not call the lead that is laid before the agent; it waits a while."""
        self._agents.own_seat(agent_id)
        await self._previews.skip(agent_id, reason)
        return self.view(agent_id)

    async def end_call(self, agent_id: str) -> AgentView:
        """Leave the talk; the customer goes on to the vote, the agent to wrap-up."""
        seat = self._agents.own_seat(agent_id)
        if seat.state is not AgentState.TALKING:
            raise _refusal(seat, "there is no talk to end")
        if not await self._telephony.release_agent(seat.channel):
            log.warning("leg is gone", agent=agent_id)
            self._agents.lose_phone(seat)
        return self.view(agent_id)

    async def record(
        self,
        agent_id: str,
        attempt_id: str,
        outcome: str,
        note: str,
        callback_at: datetime | None = None,
    ) -> AgentView:
        """Record the outcome of a talk with a code of the template, and a note.

        ``callback_at`` is the moment agreed for a call-back; ``InvalidInput`` when it has passed, is too far
        ahead, or nobody asked to be called back. What the store would not take, or nobody while the service
        was away, may be given again at any time, and twice does no harm.
        """
        seat = self._agents.own_seat(agent_id)
        subject = self._talk_of(seat, attempt_id)
        allowed = self._outcomes(subject)
        if outcome not in allowed:
            raise NotAllowedNow(f"{outcome!r} is no outcome here: choose one of {', '.join(allowed)}")
        now = self._clock.now()
        if callback_at is not None and (problem := callback_fault(outcome, callback_at, now)):
            raise InvalidInput([Fault("callback_at", problem)])
        wrap_up = WrapUp(attempt_id, agent_id, outcome, note[:MAX_NOTE], now, callback_at=callback_at)
        was_owed = self._owed.talk(agent_id, attempt_id) is not None
        self._owed.add(agent_id, attempt_id, subject)
        try:
            await self._store_record(subject, wrap_up, allowed[outcome])
        except InvalidInput:
            if not was_owed:
                self._owed.drop(agent_id, attempt_id)
            raise
        self._owed.drop(agent_id, attempt_id)
        if seat.subject is subject:  # storing may have taken longer than the wrap-up
            seat.recorded_outcome = outcome
        self._on_change()
        return self.view(agent_id)

    def _talk_of(self, seat: Seat, attempt_id: str) -> LiveCall | InboundTalk:
        """Return the talk that an agent may record now; raises ``NotAllowedNow``."""
        subject = seat.subject
        if subject is None or isinstance(subject, Offer) or seat.call_id != attempt_id:
            owed = self._owed.talk(seat.agent_id, attempt_id)
            if owed is None:
                raise NotAllowedNow(f"{seat.name} does not have this call any more: {attempt_id}")
            return owed
        if seat.state not in (AgentState.TALKING, AgentState.WRAP_UP):
            raise _refusal(seat, "there has been no talk yet")
        return subject

    async def _store_record(self, subject: LiveCall | InboundTalk, wrap_up: WrapUp, label: str) -> None:
        if isinstance(subject, LiveCall):
            worth = self._template(subject.campaign).credits.get(wrap_up.outcome)
            about = f"{subject.campaign.name}: {label}"
            await self._record_outbound(subject, replace(wrap_up, credit=worth, subject=about))
        else:
            await self._record_inbound(subject, wrap_up)

    async def end_wrap_up(self, agent_id: str) -> AgentView:
        """End the wrap-up early."""
        seat = self._agents.own_seat(agent_id)
        if seat.state is not AgentState.WRAP_UP:
            raise _refusal(seat, "there is no wrap-up to end")
        self._agents.end_wrap_up(seat)
        return self.view(agent_id)

    async def log_out(self, agent_id: str) -> AgentView:
        """Leave; refused while a call is under way. The phone is hung up."""
        seat = self._agents.own_seat(agent_id)
        if seat.state in (AgentState.RESERVED, AgentState.TALKING):
            raise _refusal(seat, "end the call first")
        leg_id = seat.leg_id
        self._agents.move(seat, AgentEvent.LOG_OUT)
        seat.pause_reason = ""
        await self._wishes.keep(agent_id, OFFLINE)
        if leg_id:
            await self._telephony.unseat_agent(leg_id)
        return self.view(agent_id)

    async def history(self, agent_id: str) -> Sequence[AttemptLine]:
        """Return the earlier contacts with the customer the agent has now; empty without one."""
        seat = self._agents.own_seat(agent_id)
        subject, call_id = seat.subject, seat.call_id
        if subject is None or subject.customer is None:
            return ()
        lines = await self._people.history(subject.customer.id)
        return [line for line in lines if line.attempt_id != call_id]

    async def _record_outbound(self, call: LiveCall, wrap_up: WrapUp) -> None:
        """Store the record; a call that has not been settled yet takes it into its settlement."""
        call.agent_outcome, call.callback_at = wrap_up.outcome, wrap_up.callback_at
        if wrap_up.outcome == DO_NOT_CALL:
            await self._suppress(call.number, wrap_up)
        if call.disposition is None:
            # With the plan, so that it outlives this process; settling takes it over.
            await self._book.record_wrap_up(wrap_up, asked_plan(call, wrap_up.at))
            return
        try:
            async with asyncio.timeout(ENDED_WITHIN_S):
                await call.ended.wait()
        except TimeoutError:  # whoever waits for longer would believe that the page hangs
            raise BooksShut("how the call ended is not stored yet") from None
        self._on_record(call)
        if wrap_up.outcome == Disposition.MACHINE:
            call.disposition = Disposition.MACHINE
            await self._book.record_machine(call.attempt_id, plan_of(call, wrap_up.at))
        await self._book.record_wrap_up(wrap_up, plan_of(call, wrap_up.at))

    async def _record_inbound(self, talk: InboundTalk, wrap_up: WrapUp) -> None:
        """Store the record; raises ``InvalidInput`` for a wish about a number that nobody knows."""
        if wrap_up.outcome == DO_NOT_CALL:
            theirs = () if talk.customer is None else talk.customer.numbers
            numbers = [number for number in dict.fromkeys((talk.call.number, *theirs)) if number]
            if not numbers:
                raise InvalidInput([Fault("outcome", NOBODYS_NUMBER)])
            for number in numbers:
                await self._suppress(number, wrap_up)
        await self._book.record_wrap_up(wrap_up, None)

    async def _suppress(self, number: str, wrap_up: WrapUp) -> None:
        reason = f"asked agent {wrap_up.agent_id}"
        await self._people.suppress(number, reason, agent_named(wrap_up.agent_id), wrap_up.at)
        self._opted_out()

    def _outcomes(self, subject: LiveCall | InboundTalk) -> Mapping[str, str]:
        if isinstance(subject, LiveCall):
            return self._template(subject.campaign).outcomes
        return HOTLINE_OUTCOMES

    def _card(self, seat: Seat) -> CallView | None:
        """Return the file of the call an agent has in hand."""
        subject = seat.subject
        if subject is None:
            return None
        if isinstance(subject, InboundTalk):
            return CallView(
                attempt_id=subject.call.id,
                campaign_id=None,
                campaign_name="Hotline",
                direction="inbound",
                number=subject.call.number,
                customer=subject.customer,
                fields={},
                script=None,
                outcomes=HOTLINE_OUTCOMES,
                placed_at=subject.call.started_at,
                connected_at=subject.facts.bridged_at,
                recorded_outcome=seat.recorded_outcome,
            )
        template = self._template(subject.campaign)
        offer, call = (subject, None) if isinstance(subject, Offer) else (None, subject)
        return CallView(
            attempt_id=subject.id if isinstance(subject, Offer) else subject.attempt_id,
            campaign_id=subject.campaign.id,
            campaign_name=subject.campaign.name,
            direction="outbound",
            number=subject.lead.number,
            customer=subject.customer,
            fields=subject.lead.fields,
            script=filled(template.script, script_values(seat, subject)),
            outcomes={} if offer else template.outcomes,
            placed_at=subject.offered_at if isinstance(subject, Offer) else subject.placed_at,
            connected_at=call.facts.bridged_at if call else None,
            recorded_outcome=seat.recorded_outcome,
            asked=offer is not None and offer.wanted,
            waits_for=offer.waits_for if offer else "",
        )


def _refusal(seat: Seat, why: str) -> NotAllowedNow:
    """Return the refusal of what is not possible now, in words that an agent or a supervisor knows."""
    return NotAllowedNow(f"{seat.name} {STANDS[seat.state]}: {why}")


def script_values(seat: Seat, call: LiveCall | Offer) -> Mapping[str, str]:
    """Return what fills a script: the list's own columns, the customer's names, who speaks for whom."""
    return {
        **call.customer.extras,
        **call.lead.fields,
        "agent_name": seat.name,
        "company": call.campaign.company,
        "customer_name": call.customer.name,
        "customer_title": call.customer.title,
    }
