"""A whole dialer on twins, in virtual time: waiting costs nothing, and no machine is too slow."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from plain_cases import ALWAYS, plain_campaign, plain_row

from campaigns.lists import ListRow
from campaigns.memory import MemoryBook
from campaigns.memory_people import MemoryPersonBook
from campaigns.model import (
    Campaign,
    Consent,
    Customer,
    Disposition,
    Lead,
    Purpose,
    RetryRule,
    Template,
)
from campaigns.packs_folder import Choices, load_packs, rule_book
from campaigns.rules.abandon import AbandonTerms, terms_of
from campaigns.rules.refusals import standing_on
from campaigns.rules_in_force import RulesInForce
from campaigns.screening import ExternalCheck
from campaigns.templates import load_templates
from dialer.agent_states import AgentState
from dialer.agent_wishes import AgentWishes
from dialer.agents import AgentBoard, Seat
from dialer.answered_call import AnsweredCalls
from dialer.call_board import CallBoard
from dialer.caller_number import CallerForm, CallerForms
from dialer.calls import State
from dialer.campaign_run import CampaignRun
from dialer.cancelling import cancel
from dialer.control import DialingControl
from dialer.door import Launch
from dialer.floor import AgentFloor
from dialer.halts import Halts
from dialer.launcher import Launcher
from dialer.legs import AgentLegs
from dialer.live import LivePicture
from dialer.live_call import LiveCall, rings_no_more
from dialer.memory import MemoryTelephony
from dialer.memory_book import MemoryCallBook
from dialer.memory_due import MemoryDueBook
from dialer.memory_pacing import MemoryPacingBook
from dialer.owed_records import OwedRecords
from dialer.pacing_desk import PacingDesk
from dialer.preview import Previews
from dialer.recovery import Recovery
from dialer.shut_leads import ShutLeads
from dialer.simulator.virtual_time import VirtualClock
from dialer.switchboard import Switchboard
from dialer.telephony import SwitchEvent
from dialer.trunks import Trunk, TrunkBoard
from dialer.verdict_review import VerdictReview
from dialer.wrap_ups import WrapUps
from ivr.agi.memory import ScriptedLine, scripted_request
from ivr.flow.library import FlowLibrary
from ivr.flow.model import Agent, Flow
from ivr.offline.collect import OfflineVote
from ivr.prompts.memory import MemoryPrompts

START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # a Wednesday, ten in the morning in New York
FLOWS = FlowLibrary.read()
TEMPLATES = load_templates()
RULES = rule_book(load_packs(), Choices(house_hours=ALWAYS, house_on_holidays=True))


class ShakyBook:
    """The twin of the book, with methods that fail (``broken[name]`` times), wait (``held[name]``) or take
    ``takes_s``."""

    def __init__(self, book: MemoryCallBook) -> None:
        self.real = book
        self.broken: Counter[str] = Counter()
        self.held: dict[str, asyncio.Event] = {}
        self.asked: Counter[str] = Counter()
        self.takes_s = 0.0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.real, name)
        if not asyncio.iscoroutinefunction(method):
            return method

        async def shaken(*args: Any, **named: Any) -> Any:
            self.asked[name] += 1
            await asyncio.sleep(self.takes_s)  # a real store never answers in the same turn
            if name in self.held:
                await self.held[name].wait()
            if self.broken[name]:
                self.broken[name] -= 1
                raise OSError(f"{name}: disk full")
            return await method(*args, **named)

        return shaken


class Words:
    """Definitions, conversations and wiring in one: the shipped flows, sounds that need no files."""

    def __init__(self, people: MemoryBook) -> None:
        self._people = people
        self.prompts = MemoryPrompts()
        self.lacking: list[str] = []
        self.objecting: list[str] = []
        self.prepared: list[int] = []
        self.fault: Exception | None = None

    def dial_variables(self, campaign: Campaign, customer: Customer) -> Mapping[str, str]:
        if self.fault is not None:
            raise self.fault
        return {"LIMIT": f"{campaign.connect_limit_s:g}"}

    def version(self, campaign: Campaign) -> str:
        return "v1"

    def flow(self, name: str) -> Flow:
        return FLOWS.flow(name)

    def needs_agent(self, name: str) -> bool:
        return any(isinstance(node, Agent) for node in self.flow(name).nodes.values())

    def campaign_needs_agent(self, campaign: Campaign) -> bool:
        return self.needs_agent(campaign.flow)

    def variables(self, campaign: Campaign | None, customer: Customer | None) -> Mapping[str, str]:
        return {"company": "Acme", "callback_number": "+12025550100"}

    def language(self, customer: Customer | None) -> str:
        return "en"

    def template(self, campaign: Campaign) -> Template:
        return TEMPLATES[campaign.template]

    def missing(self, campaign: Campaign) -> list[str]:
        return list(self.lacking)

    async def objections(self, campaign: Campaign) -> list[str]:
        return list(self.objecting)

    async def prepare(self, campaign: Campaign) -> None:
        if self.fault is not None:
            raise self.fault
        self.prepared.append(campaign.id)

    async def test_campaign(self) -> Campaign:
        for one in await self._people.campaigns():
            if one.template == "test-call":
                return one
        draft = campaign(
            name="Test calls", template="test-call", flow="test-call", max_attempts=1, retries={}
        )
        return await self._people.add_campaign(draft)


class VoteFolder:
    """Offline votes that a test puts there."""

    def __init__(self) -> None:
        self.votes: list[OfflineVote] = []

    def read(self) -> list[OfflineVote]:
        return list(self.votes)

    def delete(self, votes: list[OfflineVote]) -> None:
        self.votes = [vote for vote in self.votes if vote not in votes]


def campaign(**changes: Any) -> Campaign:
    """A running revisit campaign that calls at any hour and tries again after ten minutes."""
    own: dict[str, Any] = {
        "template_version": "t1",
        "company": "Acme",
        "retries": {each: RetryRule(600, 9) for each in Disposition if each is not Disposition.CONNECTED},
        "max_attempts": 9,
        "ring_timeout_s": 20.0,
        "calls_per_second": 100.0,
        "created_at": START,
    }
    return plain_campaign(**{**own, **changes})


def list_row(index: int, **changes: Any) -> ListRow:
    """A row of the list: customer ``C-index`` with a number of his own, due now."""
    own = {"number": number(index), "due_at": START, "fields": {"service": "brakes"}}
    return plain_row(index, **{**own, **changes})


def number(index: int) -> str:
    return f"+1202555{1000 + index}"


class World:
    """Everything the composition root builds, on twins. ``calls_seen`` keeps every call ever added."""

    def __init__(
        self,
        trunks: tuple[Trunk, ...] = (Trunk("main", 10, 100),),
        agents: int = 2,
        former: "World | None" = None,
        outside: ExternalCheck | None = None,
    ) -> None:
        self._trunks = trunks
        self.clock = VirtualClock(START) if former is None else former.clock
        self.people = MemoryBook() if former is None else former.people
        self.memory = MemoryCallBook(self.people) if former is None else former.memory
        self.book: Any = ShakyBook(self.memory)
        self.words = Words(self.people)
        self.changes = 0
        self.chance = 0.99  # what the dice of the sample show
        self.ended: list[LiveCall] = []
        self.moves: list[tuple[str, State, State]] = []
        self.voted: list[tuple[str, int]] = []
        self.votes = VoteFolder()
        self.listeners = [] if former is None else former.listeners
        self.listeners[:] = [self._hear]
        self.switch = former.switch if former is not None else self._new_switch()
        self.trunks = TrunkBoard(trunks, self.clock)
        self.live = LivePicture(self.clock, lambda: self.switchboard.ready)
        self.agents = AgentBoard(self.clock, self._changed)
        self.calls = CallBoard(self.book, self.clock, self._moved, self._ended, self._heed)
        book, clock, calls = self.book, self.clock, self.calls
        self.pacing_book = MemoryPacingBook(self.memory) if former is None else former.pacing_book
        self.rules = RulesInForce(RULES)
        self.pacing = PacingDesk(
            self.pacing_book,
            clock,
            calls,
            self.agents,
            self.rules,
            self.words.campaign_needs_agent,
            10.0,
            lambda: self.launcher.outside_took_s,
        )
        self.agents.caller_watcher = self.pacing
        self.review = VerdictReview(
            self.people, clock, lambda campaign: standing_on(campaign, self.rules.book), self._changed
        )
        self.shut = ShutLeads(
            MemoryDueBook(self.people),
            book,
            clock,
            lambda: self.rules.book,
            self._changed,
            self.review.begin,
        )
        self.launcher = Launcher(
            book,
            self.switch,
            clock,
            calls,
            self.agents,
            self.trunks,
            self.words,
            self.rules,
            outside=outside,
            refused=self.shut.refused,
            callers=lambda: (*self.answered.inbound.values(), *self.agents.taken_over_talks),
        )
        self.loading: set[int] = set()
        self.previews = Previews(self.launcher, self.agents, clock, self._changed)
        self.agents.seat_watchers += [self.pacing, self.previews]
        self.halts = Halts(self.people, self.clock)
        self.control = DialingControl(
            self.people,
            self.switch,
            clock,
            calls,
            self.launcher,
            self.words,
            self._run,
            self.review,
            self.halts,
            self.loading.__contains__,
        )
        owed = OwedRecords()
        self.wrap_ups = WrapUps(self.agents, calls, book, self.people, clock, 20.0, owed)
        self.agents.seat_watchers.append(self.wrap_ups)
        self.wishes = AgentWishes(book, clock, self._changed)
        self.legs = AgentLegs(self.agents, calls, self.switch, book, clock, self.wrap_ups, self.wishes)
        template = self.words.template
        self.floor = AgentFloor(
            self.agents,
            self.legs,
            self.switch,
            book,
            self.people,
            clock,
            template,
            self._changed,
            self.pacing.recorded,
            self.previews,
            owed,
            self.wishes,
        )
        self.recovery = Recovery(
            book, self.people, self.switch, clock, calls, self.votes, self._adopted, self._vote, self._inbound
        )
        self.lacks: list[str] = []
        self.switchboard = Switchboard(
            self.agents, calls, self.legs, self.recovery, self._changed, self._lacking
        )
        self.answered = AnsweredCalls(
            book,
            self.people,
            clock,
            calls,
            self.agents,
            self.words,
            self.recovery.find,
            20.0,
            self._vote,
            lambda: self.chance,
            CallerForms({}, CallerForm(region="US")),
        )
        self.live.calls, self.live.agents = calls, self.agents
        self.switchboard.ready = True
        self.conversations: list[asyncio.Task[None]] = []
        if former is None:
            self.agents.settled()
        for index in range(1, agents + 1):
            self.agents.add(f"a{index}", f"Agent {index}", f"PJSIP/a{index}")

    # What the composition root does between the parts.

    def _new_switch(self) -> MemoryTelephony:
        def tell(event: SwitchEvent) -> None:
            for listener in self.listeners:
                listener(event)

        return MemoryTelephony(self.clock, tell, asyncio.get_running_loop().call_later)

    def _hear(self, event: SwitchEvent) -> None:
        self.switchboard.hear(event)

    async def _lacking(self) -> list[str]:
        return self.lacks

    def _changed(self) -> None:
        self.changes += 1
        self.live.changed()
        self.control.wake()

    def _moved(self, call: LiveCall, was: State) -> None:
        self.moves.append((call.attempt_id, was, call.state))
        self.pacing.moved(call, was)
        self.live.moved(call, was)
        if rings_no_more(call, was):
            self.control.wake()

    def _ended(self, call: LiveCall) -> None:
        self.ended.append(call)
        self.trunks.give_back(call.trunk)
        self.agents.give_back(call.attempt_id)
        self.live.ended(call)
        self.control.wake()

    async def _heed(self, call: LiveCall) -> None:
        await self.recovery.wishes.heed(call)

    def _adopted(self, call: LiveCall, trunk: str) -> None:
        self.trunks.adopt(trunk)

    def _vote(self, call_id: str, score: int) -> None:
        self.voted.append((call_id, score))

    def _inbound(self) -> Any:
        return self.answered.inbound

    def _run(self, campaign_id: int) -> CampaignRun:
        return CampaignRun(
            campaign_id,
            self.book,
            self.clock,
            self.launcher,
            self.calls,
            self.agents,
            self.launcher._trunks,
            self.pacing,
            self.previews,
            cancel=partial(cancel, self.switch),
            switch_ready=lambda: self.switchboard.ready,
            puts_off=self.shut.is_looking,
        )

    # What tests do.

    async def campaign(self, leads: int = 1, **changes: Any) -> Campaign:
        made = await self.people.add_campaign(campaign(**changes))
        await self.people.load_rows(made.id, [list_row(index) for index in range(1, leads + 1)])
        return made

    async def seat(self, agent_id: str = "a1", *, ready: bool = True) -> Seat:
        """Log an agent in and make him ready, as he would."""
        await self.floor.log_in(agent_id)
        seat = self.agents.seat(agent_id)
        self.switch.hold(seat.leg_id)
        if ready:
            await self.floor.ready(agent_id)
        return seat

    async def terms(self, one: Campaign) -> AbandonTerms:
        """What binds calls of a campaign to the places where its leads lie."""
        places = await self.pacing_book.lead_places(one.id)
        bindings = [RULES.binding(one.purpose, p.number, p.country, p.region, one.packs) for p in places]
        return terms_of(bindings)

    async def visit(self, one: Campaign, *, with_agent: bool = True) -> Launch:
        """Go to the door once, with all that binds the campaign's calls known."""
        gate, terms = self._run(one.id).gate, await self.terms(one)
        return await self.launcher.launch(one, gate, with_agent=with_agent, terms=terms)

    async def launch(self, one: Campaign, *, with_agent: bool = True) -> LiveCall:
        """Place one call through the door."""
        launch = await self.visit(one, with_agent=with_agent)
        assert launch.attempt_id, launch
        call = self.calls.get(launch.attempt_id)
        assert call is not None
        return call

    def use_trunks(self, board: TrunkBoard) -> None:
        """Let the door take its lines from another board."""
        self.launcher._trunks = self.launcher._check._trunks = board

    def lead(self, lead_id: int = 1) -> Lead:
        return self.people.lead_rows[lead_id]

    def line(self, call: LiveCall, script: str = "outbound", **wanted: Any) -> ScriptedLine:
        """The line of an answered call, as the dialplan hands it over; ``script`` may have a query."""
        request = scripted_request(script, call.attempt_id, agi_channel=call.channel)
        return ScriptedLine(
            wanted.pop("keys", ()), request=request, variables={"ATT": call.attempt_id}, **wanted
        )

    def talk(self, call_id: str, talked: Awaitable[Any] | None = None) -> Callable[..., Awaitable[str]]:
        """The dialplan's talk: bridge, wait until ``talked`` or for ever, go back."""

        async def sub(words: tuple[str, ...]) -> str:
            leg = next((one for one in self.switch.live_channels if one.channel == words[0]), None)
            if leg is None:
                return "NONEXISTENT"
            if leg.bridge_peer:
                return "BUSY"
            self.switch.bridge(call_id, leg.channel_id)
            if talked is not None:
                await talked
                await self.switch.release_agent(words[0])
            else:
                await asyncio.Event().wait()
            return "SUCCESS"

        return sub

    def serve(self, conversation: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a conversation beside the test, as the AGI server does."""
        task = asyncio.create_task(conversation)
        self.conversations.append(task)
        return task

    def dials(self, campaign: Campaign) -> CampaignRun:
        """Let a campaign dial beside the test; changes wake it."""
        run = self._run(campaign.id)
        self.control._runs[campaign.id] = run
        self.serve(run.work())  # type: ignore[arg-type]
        return run

    async def close(self) -> None:
        """End what is under way, and wait until all that was told to the store is there."""
        for task in self.conversations:
            task.cancel()
        await self.control.close()
        await self.shut.close()
        await self.switchboard.stop()
        await self.calls.drain()
        await self.wrap_ups.drain()
        await self.wishes.close()
        await asyncio.gather(*self.conversations, return_exceptions=True)

    def restarted(self) -> "World":
        """A new process beside the same switch and the same books; nothing in memory is left."""
        return World(self._trunks, len(list(self.agents.seats())), former=self)


async def until(true: Callable[[], bool], what: str = "") -> None:
    """Wait until something is true; virtual time makes the deadline free."""
    async with asyncio.timeout(600):
        while not true():  # noqa: ASYNC110 - looks at plain state
            await asyncio.sleep(0.01)


def ready(seat: Seat) -> bool:
    return seat.state is AgentState.READY


async def refuse_consent(world: World) -> None:
    """Have the first customer say no to calls to his number."""
    no = Consent(Purpose.SERVICE, False, world.clock.now(), "")
    await MemoryPersonBook(world.people).record_consent(1, number(1), no, "mia", world.clock.now())
