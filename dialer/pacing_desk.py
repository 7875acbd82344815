"""The desk that every running campaign asks how many calls to start: one pool of agents, one desk.

Builds the pacer's snapshot from the boards, keeps each campaign's memory and the counts of its limits, and
gives turns to campaigns that share the agents. It tells and counts; placing is done by ``campaign_run``.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import structlog

from campaigns.model import Campaign, DialMode
from campaigns.rules.abandon import AbandonTerms, terms_of
from campaigns.rules.packs import Binding
from campaigns.rules_in_force import RulesInForce
from dialer.abandon_counts import AbandonCounts
from dialer.agent_states import AgentState
from dialer.agents import AgentBoard, Seat
from dialer.call_board import CallBoard
from dialer.calls import State
from dialer.door import Launched
from dialer.floor_snapshot import FloorView, floor_view
from dialer.judged_calls import JudgedCalls
from dialer.live_call import LiveCall
from dialer.paced import Asked, Order, Paced, Room, rules_of
from dialer.pacer_snapshot import snapshot_of
from dialer.pacing.bounds import OF_THE_POOL, Bound
from dialer.pacing.facts import Fact, InboundArrived, InboundServed
from dialer.pacing.memory import Memory, learn
from dialer.pacing.pacer import Decision, calls_to_start
from dialer.pacing.shelf import kept, started
from dialer.pacing.snapshot import Rules, Snapshot
from dialer.pacing.turns import calls_in_turn
from dialer.pacing_book import PacingBook
from dialer.pacing_facts import fact_of_call, fact_of_seat
from dialer.pacing_view import PacingView, view_of
from dialer.ports import Clock
from dialer.visits import Errand, Visit

log = structlog.get_logger()

TURN_AGAIN_S: Final = 0.25
"""How soon a campaign asks again that was told to wait for another one."""

PLACES_AT_ONCE: Final = 100
"""After so many places of leads the loop does something else: a look at a number's place takes its time."""


class PacingDesk:
    """All campaigns that share the agents of this process."""

    def __init__(
        self,
        book: PacingBook,
        clock: Clock,
        calls: CallBoard,
        agents: AgentBoard,
        rules: RulesInForce,
        needs_agent: Callable[[Campaign], bool],
        inbound_goal_s: float,
        outside_took_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """``outside_took_s`` says how long answers of the outside check take lately."""
        self._outside_took_s = outside_took_s
        self._book = book
        self._clock = clock
        self._calls = calls
        self._agents = agents
        self._rules = rules
        self._flow_needs_agent = needs_agent
        self._talks_in: dict[str, bool] = {}
        self._inbound_goal_s = inbound_goal_s
        self._judged = JudgedCalls(AbandonCounts(book, clock), calls, self._learn)
        self._paced: dict[int, Paced] = {}

    # Campaigns come and go

    async def open(self, campaign: Campaign, room: Callable[[], Room], wake: Callable[[], None]) -> None:
        """Take a campaign that starts to dial; what it learned and counted before is taken up again."""
        paced = self._paced.get(campaign.id)
        if paced is None:
            places = await self._book.lead_places(campaign.id)
            list_name = "+".join(map(str, sorted({place.list_id for place in places}))) or "none"
            memory = await self._memory(campaign, list_name)
            paced = self._paced.setdefault(campaign.id, Paced(campaign, memory, list_name, room, wake))
        paced.room, paced.wake, paced.is_open, paced.wanting_since = room, wake, True, None
        paced.has_somebody = None
        await self.renew(campaign)
        self._wake_those_who_wait(paced)  # they are not alone any more

    async def renew(self, campaign: Campaign, surprise: Binding | None = None) -> None:
        """Look again where the campaign's leads lie and which limits bind it there.

        ``surprise`` is what binds a lead that had limits nobody knew of: it counts from now on.
        """
        paced = self._paced[campaign.id]
        if surprise is not None:
            paced.surprises[surprise.names] = surprise
        bindings = list(paced.surprises.values())
        for number, place in enumerate(await self._book.lead_places(campaign.id), 1):
            bindings.append(
                self._rules.book.binding(
                    campaign.purpose, place.number, place.country, place.region, campaign.packs
                )
            )
            if not number % PLACES_AT_ONCE:
                await asyncio.sleep(0)
        terms = terms_of(bindings)
        await self._judged.open(campaign.id, terms)
        # Its weight may have changed while all that was looked at.
        paced.campaign, paced.terms = replace(campaign, weight=paced.campaign.weight), terms
        mode = campaign.mode if self._needs_agent(campaign) else DialMode.AGENTLESS
        paced.rules = rules_of(campaign, mode, campaign.lines_per_agent, terms)

    async def packs_changed(self) -> None:
        """Look again which limits bind the campaigns that dial, now that other packs are in force."""
        for paced in [one for one in self._paced.values() if one.is_open]:
            paced.surprises.clear()
            await self.renew(paced.campaign)

    def weighed(self, campaign: Campaign) -> None:
        """A campaign was given another weight among those that share the agents."""
        paced = self._paced.get(campaign.id)
        if paced is not None:
            paced.campaign = campaign

    def reopen(self, campaign_id: int) -> None:
        """A campaign dials again that had only stopped looking for leads."""
        self._paced[campaign_id].is_open = True

    def close(self, campaign_id: int) -> None:
        """A campaign places no more calls; those in flight still count."""
        paced = self._paced.get(campaign_id)
        if paced is not None:
            paced.is_open, paced.wanting_since = False, None

    def terms(self, campaign_id: int) -> AbandonTerms:
        """Return what binds a campaign's calls without a reserved agent."""
        return self._paced[campaign_id].terms

    async def keep(self) -> None:
        """Store what campaigns have learned since the last time."""
        now = self._clock.now()
        for paced in list(self._paced.values()):
            if paced.learned:
                paced.learned = False
                campaign_id = paced.campaign.id
                entries = kept({}, paced.memory, str(campaign_id), paced.list_name, now.hour)
                await self._book.keep_learned(campaign_id, entries, now)

    # Deciding

    def decide(self, campaign_id: int) -> Order:
        """Return what a campaign is to do now."""
        paced, moment = self._paced[campaign_id], self._clock.monotonic()
        floor = self._look()
        room = paced.room()
        decision = self._ask(paced, floor, moment, room)
        if decision.bound is Bound.CHANNELS and room.trunks_free < room.channels_free:
            decision = replace(decision, bound=Bound.TRUNKS)
        in_line = paced.stands_in_line(decision)
        paced.wanting_since = (paced.wanting_since or moment) if in_line else None
        if decision.calls and paced.takes_turns:
            decision = self._in_turn(paced, decision, floor, moment)
        if decision.idle is not None and decision.idle < floor.idle:
            decision = replace(decision, promised=floor.idle - decision.idle)
        if paced.apart:
            decision = replace(decision, asking=paced.asking, answers_take_s=self._outside_took_s())
        # Also one that had nobody to call a moment ago: it asks because something has changed.
        paced.told_to_wait = not decision.calls and decision.bound in OF_THE_POOL
        own = floor.calls[campaign_id]
        ringing = [own.ringing[place] for place in decision.give_up]
        give_up = tuple(call for call in ringing if self._rang_long_enough(call, paced.rules))
        paced.decisions.note(self._clock.now(), decision, floor, len(give_up))
        return Order(decision, give_up)

    def placing(self, campaign_id: int, calls: int, *, reserved: bool) -> None:
        """So many calls are on their way to the door; they count until each is placed or came to nothing."""
        paced = self._paced[campaign_id]
        paced.placing, paced.placing_reserved = paced.placing + calls, reserved

    def placed(self, campaign_id: int, came_to: Launched | None) -> None:
        """One of those is on the board, or came to nothing; None when the visit to the door failed.

        It has had its turn, whatever came of its lead, unless it was an agent that was missing. What came to
        nothing leaves its agent to those who were told to wait, at once: no agent's state changes, so
        nothing else would wake them.
        """
        paced = self._paced[campaign_id]
        paced.placing = max(0, paced.placing - 1)
        if came_to not in (Launched.NO_AGENT, Launched.CLOSED, None):
            paced.wanting_since = paced.has_somebody = None
        if came_to is Launched.NOTHING_DUE:
            self.found(campaign_id, somebody=False)
        if came_to is not Launched.PLACED:
            self._wake_those_who_wait(paced)

    def asks_outside(self, campaign_id: int, visit: Visit) -> None:
        """One of those goes to ask the outside check: it counts until it is on the board, or came to nothing.

        A lead that is to be laid before an agent comes with it.
        """
        paced = self._paced[campaign_id]
        if visit.errand is not Errand.SHOWN:
            paced.placing = max(0, paced.placing - 1)
        paced.apart.add(visit)

    def came_back(self, campaign_id: int, visit: Visit) -> None:
        """A visit is over; one that did not ask outside counts as placing till ``placed``."""
        paced = self._paced[campaign_id]
        if visit in paced.apart:
            paced.apart.discard(visit)
            if visit.errand is not Errand.SHOWN:
                paced.placing += 1  # taken off again by ``placed``

    def asked_about(self, campaign_id: int) -> int:
        """Return how many leads of a campaign the outside check is asked about now."""
        paced = self._paced.get(campaign_id)
        return 0 if paced is None else paced.asking

    def shown_soon(self, campaign_id: int) -> int:
        """Return how many leads of a campaign are asked about that are to be laid before an agent."""
        paced = self._paced.get(campaign_id)
        return 0 if paced is None else paced.shown_soon

    def still_allows(self, campaign_id: int, visit: Visit) -> bool:
        """Say whether a call that waited for the outside check fits what is so now: agents may have gone,
        others been called, a limit been used up.

        Decided as if it had never waited: of its own campaign only what was allowed counts, not who waits.
        Its turn among campaigns it has had.
        """
        paced, moment = self._paced[campaign_id], self._clock.monotonic()
        if visit.errand in (Errand.SHOWN, Errand.ASKED_FOR):
            return True
        room = replace(paced.room(), sends_left=1)  # it has waited for that
        snapshot = self._told(paced, self._look(), moment, room, waiting_count=False)
        decision = calls_to_start(snapshot, paced.memory, paced.rules, moment)
        paced.memory = decision.memory
        return decision.calls > 0 and (visit.errand is Errand.RESERVED or not decision.reserved)

    def wonders(self, campaign_id: int) -> bool:
        """Say whether a campaign is to look now whether it has anybody to call: it waits for agents beside
        others that may have to wait for it, and nobody knows."""
        paced = self._paced[campaign_id]
        others = (one for one in self._paced.values() if one is not paced)
        return paced.wonders(self._clock.monotonic()) and any(one.takes_turns for one in others)

    def found(self, campaign_id: int, *, somebody: bool) -> None:
        """A campaign has looked whether it has anybody to call; who has not stands in nobody's way."""
        self._paced[campaign_id].found(self._clock.monotonic(), somebody=somebody)

    def view(self, campaign_id: int) -> PacingView | None:
        """Return what the operator's screen shows of a campaign's pacing; None for one that never dialled."""
        paced = self._paced.get(campaign_id)
        if paced is None:
            return None
        standings = self._judged.standings(campaign_id)
        own = self._look().calls[campaign_id]
        return view_of(
            paced.rules, paced.terms, paced.memory, standings, paced.decisions, len(own.ringing), own.agents
        )

    # What happens

    def moved(self, call: LiveCall, was: State) -> None:
        """A call has changed its state, or detection has judged who answered: learn from it, and count what
        was a live answer."""
        delay_s = (self._clock.now() - call.placed_at).total_seconds()
        fact = fact_of_call(was, call, delay_s)
        if fact is not None:
            self._learn(call.campaign.id, fact)
        self._judged.moved(call, was)

    def recorded(self, call: LiveCall) -> None:
        """An agent has recorded what an ended call was."""
        self._judged.recorded(call)

    def seat_moved(self, seat: Seat, was: AgentState, lasted_s: float) -> None:
        """An agent has changed his state, in which he had been for so long."""
        fact = fact_of_seat(was, lasted_s)
        if fact is not None:
            self._learn_all(fact)

    def caller_came(self) -> None:
        """A hotline caller asks for an agent."""
        self._learn_all(InboundArrived())

    def caller_gone(self, waited_s: float, *, served: bool) -> None:
        """A hotline caller has got an agent, or has left."""
        self._learn_all(InboundServed(late=not served or waited_s > self._inbound_goal_s))

    # How it does it

    def _wake_those_who_wait(self, but: Paced) -> None:
        for other in self._paced.values():
            if other is not but and other.is_open and other.told_to_wait:
                other.wake()

    def _needs_agent(self, campaign: Campaign) -> bool:
        """Say whether a campaign's calls come to a talk. Flows do not change while the service runs."""
        known = self._talks_in.get(campaign.flow)
        if known is None:
            known = self._talks_in[campaign.flow] = self._flow_needs_agent(campaign)
        return known

    async def _memory(self, campaign: Campaign, list_name: str) -> Memory:
        """Return the memory to begin with: what the shelf has, and of agents what is known already."""
        plain = Memory.fresh(ring_s=campaign.ring_timeout_s, wrap_up_s=max(1.0, campaign.wrap_up_s))
        others = [paced.memory for paced in self._paced.values() if paced.is_open]
        if others:
            plain = replace(plain, talks=others[0].talks, wrap_ups=others[0].wrap_ups)
        shelf = await self._book.learned(campaign.id)
        try:
            return started(shelf, str(campaign.id), list_name, self._clock.now().hour, plain)
        except (KeyError, ValueError) as fault:
            log.warning("what pacing had learned is of no use", campaign=campaign.id, fault=repr(fault))
            return plain

    def _look(self) -> FloorView:
        """Look at the floor, and judge the calls that no agent can reach in time any more."""
        now, moment = self._clock.now(), self._clock.monotonic()
        floor = floor_view(self._agents.seats(), self._calls.all(), self._needs_agent, now, moment)
        for call in floor.late:
            self._judged.late(call)
        return floor

    def _told(
        self, paced: Paced, floor: FloorView, moment: float, room: Room, *, waiting_count: bool = True
    ) -> Snapshot:
        standings, callers = self._judged.standings(paced.campaign.id), self._agents.waiting_inbound
        return snapshot_of(
            paced, self._paced, floor, moment, room, standings, callers, waiting_count=waiting_count
        )

    def _ask(self, paced: Paced, floor: FloorView, moment: float, room: Room) -> Decision:
        asked = Asked(self._told(paced, floor, moment, room), paced.memory, paced.rules, moment)
        if paced.decided is not None and asked.is_still(paced.asked):
            return paced.decided
        paced.asked = asked
        paced.decided = decision = calls_to_start(asked.snapshot, asked.memory, asked.rules, moment)
        paced.memory = decision.memory
        return decision

    def _in_turn(self, paced: Paced, decision: Decision, floor: FloorView, moment: float) -> Decision:
        """Let a campaign with fewer agents for its weight go first, and of equals the one that has waited
        longest."""
        others = [
            one.claimant(floor.calls[one.campaign.id], one.wanting_since)
            for one in self._paced.values()
            if one is not paced and one.is_open and one.wanting_since is not None
        ]
        if not others:
            return decision

        def could(campaign_id: int) -> bool:
            other = self._paced[campaign_id]
            return self._ask(other, floor, moment, other.room()).calls > 0

        asker = paced.claimant(floor.calls[paced.campaign.id], paced.wanting_since or moment)
        calls, whose = calls_in_turn(asker, decision.calls, others, could, moment, floor.agents)
        if whose is None:
            return replace(decision, calls=calls)
        self._paced[whose].wake()
        why = self._paced[whose].campaign.name
        return replace(decision, calls=0, bound=Bound.TURN, why=why, ask_again_s=TURN_AGAIN_S)

    def _rang_long_enough(self, call: LiveCall, rules: Rules) -> bool:
        """Say whether a phone has rung the minimum by what the switch told, not by when the call was sent."""
        rang_at = call.facts.ringing_at
        if rang_at is None or rules.min_ring_s is None:
            return False
        return (self._clock.now() - rang_at).total_seconds() >= rules.min_ring_s

    def _learn(self, campaign_id: int, fact: Fact) -> None:
        paced = self._paced.get(campaign_id)
        if paced is not None:
            paced.memory = learn(paced.memory, fact, self._clock.monotonic())
            paced.learned = True

    def _learn_all(self, fact: Fact) -> None:
        for campaign_id, paced in self._paced.items():
            if paced.is_open:
                self._learn(campaign_id, fact)

    @property
    def modes(self) -> Mapping[int, DialMode]:
        """How the campaigns at the desk are paced, by id."""
        return {campaign_id: paced.rules.mode for campaign_id, paced in self._paced.items()}
