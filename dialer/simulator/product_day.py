"""A day of the whole dialer in virtual time: its own pacer, launcher, router, rules and boards, unchanged.

Only what is outside is made up: customers, agents' hands, switch and dialplan, book and clock. The same
scenario, mode and seed give the same day. Knows how the parts are put together for it; decides nothing.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from campaigns.memory import MemoryBook
from campaigns.model import Campaign, DialMode, Disposition
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules_in_force import RulesInForce
from dialer.agent_states import AgentState
from dialer.agent_wishes import AgentWishes
from dialer.agents import AgentBoard, Seat
from dialer.answered_call import AnsweredCalls
from dialer.call_board import CallBoard
from dialer.caller_number import CallerForm, CallerForms
from dialer.calls import State
from dialer.campaign_run import CampaignRun
from dialer.cancelling import cancel
from dialer.floor import AgentFloor
from dialer.launcher import Launcher
from dialer.legs import AgentLegs
from dialer.live_call import LiveCall, rings_no_more
from dialer.memory_pacing import MemoryPacingBook
from dialer.owed_records import OwedRecords
from dialer.paced import Order
from dialer.pacing_desk import PacingDesk
from dialer.preview import Previews
from dialer.simulator.day_book import DayBook
from dialer.simulator.day_campaign import (
    BEGINS,
    LINES,
    LONGEST_WRAP_UP_S,
    DayWords,
    campaign_of,
    customers_of,
)
from dialer.simulator.day_switch import DayDialplan, DaySwitch
from dialer.simulator.figures import Tally
from dialer.simulator.scenario import Scenario
from dialer.simulator.virtual_time import VirtualClock
from dialer.telephony import Kind, SwitchEvent
from dialer.trunks import Trunk, TrunkBoard
from dialer.wrap_ups import WrapUps


@dataclass(frozen=True, slots=True)
class Plan:
    """What a day is run with. ``stopwatch`` returns seconds of processor time; None times nothing.

    ``learned`` is what the campaign knows from days before, by the names of ``dialer.pacing.shelf``.
    """

    scenario: Scenario
    mode: DialMode
    seed: int
    lines_per_agent: float = 1.0
    stopwatch: Callable[[], float] | None = None
    learned: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


async def product_day(plan: Plan) -> Tally:
    """Live one day and return what it counted. To be run in an event loop of its own: its time is taken."""
    day = ProductDay(plan, VirtualClock(BEGINS))
    try:
        await day.live()
    finally:
        await day.close()
    return day.tally


class _TimedDesk(PacingDesk):
    """The desk with its decisions counted and timed."""

    tally: Tally
    stopwatch: Callable[[], float] | None

    def decide(self, campaign_id: int) -> Order:
        """Return what a campaign is to do now."""
        self.tally.decisions += 1
        if self.stopwatch is None:
            return super().decide(campaign_id)
        began = self.stopwatch()
        order = super().decide(campaign_id)
        self.tally.decision_us.append((self.stopwatch() - began) * 1e6)
        return order


class ProductDay:
    """One day's parts, put together. ``live`` it, then ``close`` it; ``tally`` is what it counted."""

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        scenario, seed = plan.scenario, plan.seed
        self.plan, self.clock, self.tally = plan, clock, Tally(scenario.length_s)
        self._talks = Random(f"{seed} talks")  # noqa: S311 - a simulation wants the same draws again
        self._machines = Random(f"{seed} machines")  # noqa: S311
        self._with_machines: set[str] = set()
        self._presence: dict[str, float] = {}
        self._hands: set[asyncio.Task[None]] = set()
        self.people = MemoryBook()
        self.book = DayBook(self.people)
        words, rules = DayWords(), RulesInForce(rule_book(load_packs()))
        self.run: CampaignRun | None = None
        self.agents = AgentBoard(clock, self._changed)
        self.agents.settled()
        self.calls = CallBoard(self.book, clock, self._moved, self._ended)
        self.switch = DaySwitch(clock, self._hear, scenario, seed)
        self.trunks = TrunkBoard([Trunk("simulated", LINES, LINES)], clock)
        self.shelf = MemoryPacingBook(self.book)
        self.desk = _TimedDesk(self.shelf, clock, self.calls, self.agents, rules, lambda _: True, 10.0)
        self.desk.tally, self.desk.stopwatch = self.tally, plan.stopwatch
        self.launcher = Launcher(
            self.book, self.switch, clock, self.calls, self.agents, self.trunks, words, rules
        )
        self.previews = Previews(self.launcher, self.agents, clock)
        self.agents.seat_watchers += [self, self.desk, self.previews]
        owed = OwedRecords()
        wrap_ups = WrapUps(self.agents, self.calls, self.book, self.people, clock, LONGEST_WRAP_UP_S, owed)
        wishes = AgentWishes(self.book, clock, self._changed)
        self.legs = AgentLegs(self.agents, self.calls, self.switch, self.book, clock, wrap_ups, wishes)
        self.floor = AgentFloor(
            self.agents,
            self.legs,
            self.switch,
            self.book,
            self.people,
            clock,
            words.template,
            self._changed,
            self.desk.recorded,
            self.previews,
            owed,
            wishes,
        )
        self.answered = AnsweredCalls(
            self.book,
            self.people,
            clock,
            self.calls,
            self.agents,
            words,
            self._find,
            LONGEST_WRAP_UP_S,
            lambda call_id, score: None,
            Random(f"{seed} checks").random,  # noqa: S311
            CallerForms({}, CallerForm()),
        )
        self.dialplan = DayDialplan(clock, self.switch, self.answered.outbound, self._talk, self._patience_s)

    async def live(self) -> None:
        """Live the day to its end."""
        scenario = self.plan.scenario
        campaign = await self.stock()
        for number in range(scenario.agents):
            await self._log_in(f"agent-{number:03}")
        self._plan_breaks()
        self.run = CampaignRun(
            campaign.id,
            self.book,
            self.clock,
            self.launcher,
            self.calls,
            self.agents,
            self.trunks,
            self.desk,
            self.previews,
            cancel=partial(cancel, self.switch),
            switch_ready=lambda: True,
        )
        work = asyncio.create_task(self.run.work(), name="campaign")
        await asyncio.wait({work}, timeout=scenario.length_s)
        assert not work.done() or work.exception() is None, work.exception()
        await self.run.gate.close()
        work.cancel()
        self._close_counts()

    async def stock(self) -> Campaign:
        """Enter what the books hold before the first call: the campaign, its customers, what it has learned.

        A day with more behind it enters that too.
        """
        scenario = self.plan.scenario
        campaign = await self.people.add_campaign(
            campaign_of(scenario, self.plan.mode, self.plan.lines_per_agent)
        )
        await self.shelf.keep_learned(campaign.id, self.plan.learned, BEGINS)
        self.book.fill(campaign.id, customers_of(scenario), BEGINS - timedelta(days=1))
        return campaign

    async def close(self) -> None:
        """Break off what runs."""
        await self.dialplan.stop()
        for task in self._hands:
            task.cancel()
        await asyncio.gather(*self._hands, return_exceptions=True)
        await self.calls.drain()

    # What the parts tell each other

    def _hear(self, event: SwitchEvent) -> None:
        """An event of the switch, for calls, legs and the dialplan."""
        leg = None
        if event.kind in (Kind.HOLDING, Kind.BRIDGED) or self.calls.get(event.channel_id) is None:
            leg = self.agents.by_leg(event.action_id or event.channel_id)
        if leg is not None:
            self.legs.hear(leg, event)
        else:
            self.calls.hear(event)
            self.dialplan.hear(event)

    def _changed(self) -> None:
        if self.run is not None:
            self.run.wake()

    def _moved(self, call: LiveCall, was: State) -> None:
        if was is State.COMMITTED and call.state is not State.ENDED:
            self.tally.placed += 1
            self.tally.reserved += call.with_agent
        self.desk.moved(call, was)
        if rings_no_more(call, was):
            self._changed()

    def _ended(self, call: LiveCall) -> None:
        """A call is settled: count it by what it was."""
        self.trunks.give_back(call.trunk)
        self.agents.give_back(call.attempt_id)
        self._changed()
        answered_at = call.facts.answered_at
        if call.attempt_id in self._with_machines:  # the agent says so only after its end
            self.tally.machines += 1
        elif call.disposition is Disposition.CANCELLED:
            self.tally.given_up += 1
        elif call.disposition is Disposition.TRUNK_FAILED:
            self.tally.line_failed += 1
        elif call.disposition in (Disposition.CONNECTED, Disposition.ABANDONED) and answered_at is not None:
            moment = (answered_at - BEGINS).total_seconds()
            self.tally.judged(moment, abandoned=call.disposition is Disposition.ABANDONED)

    async def _find(self, attempt_id: str) -> LiveCall | None:
        return self.calls.get(attempt_id)

    # Agents and customers

    def seat_moved(self, seat: Seat, was: AgentState, lasted_s: float) -> None:
        """An agent has changed his state: count his time."""
        if was is AgentState.TALKING:
            self.tally.talk_s += lasted_s
        elif was is AgentState.WRAP_UP:
            self.tally.wrap_up_s += lasted_s
        away = (AgentState.PAUSED, AgentState.OFFLINE, AgentState.CONNECTING)
        if was in away and seat.state not in away:
            self._presence[seat.agent_id] = self.clock.monotonic()
        elif was not in away and seat.state in away:
            self.tally.logged_in_s += self.clock.monotonic() - self._presence.pop(seat.agent_id)

    async def _log_in(self, agent_id: str) -> None:
        self.agents.add(agent_id, agent_id, f"PJSIP/{agent_id}")
        await self.floor.log_in(agent_id)
        self.switch.hold(self.agents.seat(agent_id).leg_id)
        await self.floor.ready(agent_id)

    async def _talk(self, attempt_id: str) -> None:
        """Talk, then let the agent write up what it was."""
        scenario, moment = self.plan.scenario, (self.clock.now() - BEGINS).total_seconds()
        seat = self.agents.by_call(attempt_id)
        assert seat is not None, "the router has given the call to somebody"
        machine = self._machines.random() < scenario.machines
        if machine:
            self._with_machines.add(attempt_id)
        length_s = scenario.talk.draw(scenario.talk_s.at(moment), self._talks)
        rest_s = scenario.wrap_up.draw(scenario.wrap_up_s, self._talks)
        await asyncio.sleep(scenario.machine_s if machine else length_s)
        task = asyncio.create_task(self._write_up(seat, attempt_id, rest_s, machine=machine))
        self._hands.add(task)
        task.add_done_callback(self._hands.discard)

    async def _write_up(self, seat: Seat, attempt_id: str, rest_s: float, *, machine: bool) -> None:
        await asyncio.sleep(rest_s)
        if seat.state is not AgentState.WRAP_UP or seat.call_id != attempt_id:
            return  # it took him longer than he is given
        if machine:
            await self.floor.record(seat.agent_id, attempt_id, Disposition.MACHINE, "")
        if seat.state is AgentState.WRAP_UP and seat.call_id == attempt_id:
            await self.floor.end_wrap_up(seat.agent_id)

    def _patience_s(self) -> float:
        patience = self.plan.scenario.patience_s
        return float("inf") if patience is None else self._talks.expovariate(1 / patience)

    def _plan_breaks(self) -> None:
        loop, first, agents = asyncio.get_running_loop(), 0, self.plan.scenario.agents
        for one in self.plan.scenario.breaks:
            announce = partial(self._announce, BEGINS + timedelta(seconds=one.at_s))
            for number in range(first, first + one.agents):
                if one.notice_s:
                    notice_at = max(0.0, one.at_s - one.notice_s)
                    loop.call_later(notice_at, self._do, announce, f"agent-{number:03}")
                loop.call_later(one.at_s, self._do, self._pause, f"agent-{number:03}")
                loop.call_later(one.at_s + one.length_s, self._do, self._return, f"agent-{number:03}")
            first = (first + one.agents) % max(1, agents)

    def _do(self, what: Callable[[str], Coroutine[Any, Any, None]], agent_id: str) -> None:
        task = asyncio.create_task(what(agent_id))
        self._hands.add(task)
        task.add_done_callback(self._hands.discard)

    async def _announce(self, leaves_at: datetime, agent_id: str) -> None:
        await self.floor.announce_leave(agent_id, leaves_at)

    async def _pause(self, agent_id: str) -> None:
        await self.floor.pause(agent_id, "break")

    async def _return(self, agent_id: str) -> None:
        await self.floor.ready(agent_id)

    def _close_counts(self) -> None:
        """Count what runs at the day's end up to it."""
        now = self.clock.now()
        for seat in self.agents.seats():
            lasted_s = (now - seat.since).total_seconds()
            if seat.state is AgentState.TALKING:
                self.tally.talk_s += lasted_s
            elif seat.state is AgentState.WRAP_UP:
                self.tally.wrap_up_s += lasted_s
        moment = self.clock.monotonic()
        self.tally.logged_in_s += sum(moment - since for since in self._presence.values())
