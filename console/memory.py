"""A desk in memory behind the console's ports: for tests of pages and API, with no switch and no store.

Small on purpose: it keeps the promises of ``console/ports.py`` that a client can see, not the rules of the
rooms below. Calls do not happen by themselves: ``MemoryFloor.ring`` and ``connect`` bring one to an agent.
"""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from campaigns.desk.campaigns import CampaignDraft
from campaigns.desk.detection import DetectionReport
from campaigns.desk.imports import ImportDesk
from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.ledger import LedgerDesk
from campaigns.desk.lists import ListDesk
from campaigns.desk.owners import OwnerDesk
from campaigns.desk.people import PeopleDesk
from campaigns.desk.reports import CampaignReport
from campaigns.desk.spread import Spread
from campaigns.desk.suppression import SuppressionDesk
from campaigns.desk.why import WhyDesk
from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook, MemorySuppressionBook
from campaigns.memory_people import MemoryPersonBook
from campaigns.model import (
    AmdMode,
    Campaign,
    CampaignStatus,
    Customer,
    CustomerClass,
    Disposition,
    HoursWindow,
    LeadStatus,
    Purpose,
    RetryRule,
    Screened,
    Script,
    Template,
)
from campaigns.ports import AttemptLine, LeadLine
from campaigns.rules.amd_errors import Screens, misjudged
from campaigns.rules.packs import RuleBook
from campaigns.templates import parse_hours
from campaigns.why import Live
from console.ports import Desk, PartHealth, Token
from dialer import errors as dialer_errors
from dialer.control import PauseReceipt, TestCall
from dialer.floor import AgentView, CallView
from dialer.live import Counters
from dialer.memory_book import MemoryCallBook

UPLOADS = Path(tempfile.gettempdir()) / "dialer-console-uploads"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

TEMPLATE = Template(
    name="revisit",
    version="4f1c",
    label="Revisit after a service",
    purpose=Purpose.SERVICE,
    flow="revisit",
    hours=tuple(HoursWindow(day, time(9), time(18)) for day in range(5)),
    retries={Disposition.BUSY: RetryRule(600, 3), Disposition.NO_ANSWER: RetryRule(3600, 3)},
    max_attempts=4,
    anchor=None,
    ring_timeout_s=25,
    connect_limit_s=2,
    wrap_up_s=30,
    vote_scale=(1, 5),
    outcomes={
        "satisfied": "Satisfied",
        "so_so": "So-so",
        "dissatisfied": "Not satisfied",
        "machine": "Answering machine",
    },
    script=Script(
        "Good day, this is North Gate Motors. Do I speak with {title} {name}? Sorry to disturb you.",
        ("Are you satisfied with the {service} of {service_date}?", "What should we do better?"),
        "Thank you, and safe driving!",
        "Thank you. My manager will call you within two days.",
    ),
    required_columns=("ref", "name", "phone", "service", "service_date"),
)
CUSTOMER = Customer(
    7, "C-0007", "Jana Novak", "Ms", "en", CustomerClass.VIP, ("Europe/Berlin",), ("+4930555107",),
    {"plate": "B-NG 207"},
)  # fmt: skip


class MemoryLive:
    """Counters that are set from outside, and a signal after every change."""

    def __init__(self) -> None:
        self.at = NOON
        self.figures: dict[str, int] = {}
        self.ended: Mapping[Disposition, int] = {}
        self.agents: Mapping[str, int] = {}
        self.switch_up = True
        self.known = {0}
        self._turn = 0
        self._changed = asyncio.Condition()
        self.readers = 0
        self.idle = asyncio.Event()

    def counters(self, campaign_id: int | None) -> Counters:
        """Return the counters as they were set; raises ``NotKnown``."""
        if campaign_id is not None and campaign_id not in self.known:
            raise dialer_errors.NotKnown(f"There is no campaign {campaign_id}.")
        names = ("placed", "answered", "connected", "abandoned", "voted", "in_dialling", "in_ringing",
                 "in_answered", "in_talking", "in_voting")  # fmt: skip
        return Counters(
            at=self.at,
            campaign_id=campaign_id,
            ended=self.ended,
            screened=dict.fromkeys(Screened, 0),
            misjudged_share=None,
            agents=self.agents,
            switch_up=self.switch_up,
            **{name: self.figures.get(name, 0) for name in names},
        )

    async def change(self) -> None:
        """Tell every reader that something changed."""
        async with self._changed:
            self._turn += 1
            self._changed.notify_all()

    async def changes(self) -> AsyncIterator[None]:
        """Yield at once and then after changes, merged."""
        self.readers += 1
        self.idle.clear()
        try:
            while True:
                seen = self._turn
                yield
                async with self._changed:
                    while self._turn == seen:
                        await self._changed.wait()
        finally:
            self.readers -= 1
            if self.readers == 0:
                self.idle.set()


class MemoryCampaigns:
    """Campaigns and their reports in two dictionaries."""

    def __init__(self, live: MemoryLive) -> None:
        self.book = MemoryBook()
        self.rows = self.book.campaign_rows
        self._live = live
        self._ids = itertools.count(1)

    @property
    def loaded(self) -> Mapping[int, Sequence[str]]:
        """The names on the lists of each campaign."""
        return {
            number: [
                self.book.customer_rows[lead.customer_id].name
                for lead in self.book.lead_rows.values()
                if lead.campaign_id == number
            ]
            for number in self.rows
        }

    def templates(self) -> Sequence[Template]:
        """Return the one template."""
        return (TEMPLATE,)

    async def create(self, draft: CampaignDraft, by: str) -> Campaign:
        """Create a draft; a taken name and an unknown template are faults."""
        faults = []
        if any(row.name == draft.name for row in self.rows.values()):
            faults.append(Fault("name", "is taken"))
        if draft.template != TEMPLATE.name:
            faults.append(Fault("template", f"there is no template {draft.template!r}"))
        if faults:
            raise InvalidInput(faults)
        t, number = TEMPLATE, next(self._ids)
        self.rows[number] = Campaign(
            number, draft.name, t.name, t.version, t.purpose, CampaignStatus.DRAFT, draft.company,
            draft.caller_id, draft.callback_number, t.flow, t.hours, t.retries,
            draft.max_attempts or t.max_attempts, t.anchor, draft.ring_timeout_s or t.ring_timeout_s,
            t.connect_limit_s, draft.wrap_up_s or t.wrap_up_s, draft.max_channels or 10,
            draft.calls_per_second or 1, NOON, by, NOON, "", (), draft.amd, draft.machine_message,
            draft.amd_check_share or 0.0,
        )  # fmt: skip
        self._live.known.add(number)
        return self.rows[number]

    async def outcomes(self, campaign_id: int) -> Collection[str]:
        """Return the codes that agents may record."""
        return TEMPLATE.outcomes

    async def change_rules(
        self, campaign_id: int, hours: Mapping[str, str] | None, packs: Sequence[str], by: str
    ) -> Campaign:
        """Store hours and packs; an unknown pack and unreadable hours are faults."""
        campaign = await self.get(campaign_id)
        if unknown := [name for name in packs if name != "carrier"]:
            raise InvalidInput([Fault("packs", f"no rule pack {', '.join(unknown)}")])
        given = campaign.hours if hours is None else parse_hours(hours)
        self.rows[campaign_id] = replace(campaign, hours=given, packs=tuple({*campaign.packs, *packs}))
        return self.rows[campaign_id]

    async def get(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""
        if campaign_id not in self.rows:
            raise NotFound(f"There is no campaign {campaign_id}.")
        return self.rows[campaign_id]

    async def all(self) -> Sequence[Campaign]:
        """Return all campaigns."""
        return tuple(self.rows.values())

    async def report(self, campaign_id: int) -> CampaignReport:
        """Return a report over the loaded names: nobody has been reached."""
        campaign = await self.get(campaign_id)
        names = self.loaded[campaign_id]
        leads = tuple(
            LeadLine(n, f"C-{n}", name, f"+4930555{n:03}", LeadStatus.WAITING, 1, Disposition.BUSY, NOON,
                     "busy; called again in ten minutes")
            for n, name in enumerate(names, 1)
        )  # fmt: skip
        return CampaignReport(
            campaign, NOON, dict.fromkeys(LeadStatus, 0) | {LeadStatus.WAITING: len(names)},
            len(names) + 8, 0, {Disposition.CONNECTED: 8, Disposition.BUSY: len(names)}, 8, 0.0,
            {1: 0, 2: 0, 3: 1, 4: 2, 5: 5}, 4.5, {"satisfied": 7, "so_so": 1}, Spread(2.5, 9.0, 11.0), 61.5,
            leads, (HISTORY,), None if campaign.amd is AmdMode.OFF else DETECTION,
        )  # fmt: skip


_SCREENS = Screens(human=40, not_sure=25, passed_machines=5, machine=19, checked=10, judged=10, persons=1)
DETECTION = DetectionReport(_SCREENS, misjudged(_SCREENS, 61), 0.031, Spread(1012.4, 1731.9, 1740.0))
"""What detection did in every campaign of this desk that has it."""

HISTORY = AttemptLine(
    "a-1", 1, 7, "C-0007", "Jana Novak", "+4930555107", NOON - timedelta(days=90), Disposition.CONNECTED,
    "1001", 6200, 3.1, 84000, 16, 200, 4, "satisfied", "Liked the loan car.",
)  # fmt: skip


class MemoryDialing:
    """Status changes with their allowed moves, and receipts."""

    def __init__(self, campaigns: MemoryCampaigns, live: MemoryLive) -> None:
        self._campaigns = campaigns
        self._live = live
        self.switch_fault: Exception | None = None

    async def _move(self, number: int, to: CampaignStatus, by: str, reason: str, *wanted: str) -> Campaign:
        campaign = await self._campaigns.get(number)
        if campaign.status not in wanted:
            raise NotAllowedNow(f"The campaign is {campaign.status}; it must be {' or '.join(wanted)}.")
        if to is CampaignStatus.RUNNING and not campaign.caller_id:
            raise NotAllowedNow("The campaign has no caller ID.")
        if self.switch_fault is not None:
            raise self.switch_fault
        moved = replace(campaign, status=to, status_by=by, status_at=NOON, status_reason=reason)
        self._campaigns.rows[number] = moved
        await self._live.change()
        return moved

    async def start(self, campaign_id: int, by: str) -> Campaign:
        """Start a draft or finished campaign."""
        return await self._move(campaign_id, CampaignStatus.RUNNING, by, "", "draft", "finished")

    async def pause(self, campaign_id: int, by: str, reason: str, cancel_unanswered: bool) -> PauseReceipt:
        """Pause a running campaign; three calls are always ringing."""
        await self._move(campaign_id, CampaignStatus.PAUSED, by, reason, "running")
        return _receipt(campaign_id, by, reason, cancel_unanswered)

    async def resume(self, campaign_id: int, by: str) -> Campaign:
        """Resume a paused campaign."""
        return await self._move(campaign_id, CampaignStatus.RUNNING, by, "", "paused")

    async def stop(self, campaign_id: int, by: str) -> PauseReceipt:
        """Stop a running or paused campaign."""
        await self._move(campaign_id, CampaignStatus.STOPPED, by, "stopped", "running", "paused")
        return _receipt(campaign_id, by, "stopped", True)

    async def test_call(self, number: str, by: str) -> TestCall:
        """Accept a test call."""
        if self.switch_fault is not None:
            raise self.switch_fault
        return TestCall("t-1", number, 1)


def _receipt(campaign_id: int, by: str, reason: str, cancel: bool) -> PauseReceipt:
    ends = NOON + timedelta(seconds=25)
    cancelled, crossed = (3, 1) if cancel else (0, 0)
    return PauseReceipt(campaign_id, NOON, by, reason, 3, ends, cancelled, crossed, talking=2, voting=1)


class MemoryFloor:
    """Agents as a table of allowed moves; calls are brought to them from outside."""

    def __init__(self, live: MemoryLive, agents: Mapping[str, str]) -> None:
        self._live = live
        self.agents = {
            number: AgentView(number, name, "offline", NOON, "", None, None, 0)
            for number, name in agents.items()
        }
        self.recorded: list[tuple[str, str, str, str]] = []

    def view(self, agent_id: str) -> AgentView:
        """Return one agent; raises ``NotKnown``."""
        if agent_id not in self.agents:
            raise dialer_errors.NotKnown(f"There is no agent {agent_id}.")
        return self.agents[agent_id]

    def views(self) -> Sequence[AgentView]:
        """Return all agents, by id."""
        return [self.agents[number] for number in sorted(self.agents)]

    async def move(self, agent_id: str, wanted: str, state: str, **changes: object) -> AgentView:
        """Bring an agent from one of the ``wanted`` states (split by blanks) into another."""
        view = self.view(agent_id)
        if view.state not in wanted.split():
            raise dialer_errors.NotAllowedNow(f"The agent is {view.state}; needed is {wanted}.")
        self.agents[agent_id] = replace(view, state=state, since=NOON, **changes)  # type: ignore[arg-type]
        await self._live.change()
        return self.agents[agent_id]

    async def ring(self, agent_id: str, customer: Customer = CUSTOMER) -> AgentView:
        """Reserve a ready agent: a call is being placed for him."""
        call = CallView(
            "a-2", 1, "November revisits", "outbound", customer.numbers[0], customer,
            {"service": "oil change", "service_date": "2026-11-18"}, TEMPLATE.script, TEMPLATE.outcomes,
            NOON, None, None,
        )  # fmt: skip
        return await self.move(agent_id, "ready", "reserved", call=call)

    async def connect(self, agent_id: str) -> AgentView:
        """Let the customer of a reserved agent answer."""
        call = self.view(agent_id).call
        assert call is not None
        return await self.move(agent_id, "reserved", "talking", call=replace(call, connected_at=NOON))

    async def log_in(self, agent_id: str) -> AgentView:
        """Seat an agent; his phone is up at once."""
        return await self.move(agent_id, "offline", "paused", pause_reason="just logged in")

    async def ready(self, agent_id: str) -> AgentView:
        """Take calls."""
        return await self.move(agent_id, "paused", "ready", pause_reason="")

    async def pause(self, agent_id: str, reason: str) -> AgentView:
        """Take no calls."""
        return await self.move(agent_id, "ready paused wrap_up", "paused", pause_reason=reason, call=None)

    async def end_call(self, agent_id: str) -> AgentView:
        """Go to wrap-up."""
        talks = self.view(agent_id).talks + 1
        # The real moment: the page counts down against the clock of whoever looks at it.
        ends = datetime.now(UTC) + timedelta(seconds=TEMPLATE.wrap_up_s)
        return await self.move(agent_id, "talking", "wrap_up", talks=talks, wrap_up_ends_at=ends)

    async def record(self, agent_id: str, attempt_id: str, outcome: str, note: str) -> AgentView:
        """Keep what came of a talk."""
        call = self.view(agent_id).call
        if call is None or call.attempt_id != attempt_id:
            raise dialer_errors.NotAllowedNow("The agent has no such talk.")
        if outcome not in call.outcomes:
            raise InvalidInput([Fault("outcome", f"{outcome!r} is not an outcome of this campaign")])
        self.recorded.append((agent_id, attempt_id, outcome, note))
        state = self.view(agent_id).state
        return await self.move(
            agent_id, "talking wrap_up", state, call=replace(call, recorded_outcome=outcome)
        )

    async def end_wrap_up(self, agent_id: str) -> AgentView:
        """Be ready again."""
        return await self.move(agent_id, "wrap_up", "ready", call=None, wrap_up_ends_at=None)

    async def log_out(self, agent_id: str) -> AgentView:
        """Leave."""
        return await self.move(agent_id, "ready paused wrap_up", "offline", call=None, pause_reason="")

    async def history(self, agent_id: str) -> Sequence[AttemptLine]:
        """Return one old talk for whoever has a customer."""
        return (HISTORY,) if self.view(agent_id).call else ()


class MemoryHealth:
    """Parts that are set from outside."""

    def __init__(self) -> None:
        self.parts: list[PartHealth] = [PartHealth("switch", True, "Asterisk 22.1.0, link up"),
                                        PartHealth("store", True, "")]  # fmt: skip

    async def check(self) -> Sequence[PartHealth]:
        """Return the parts."""
        return self.parts


class MemoryDesk:
    """All twins together, and the ``Desk`` over them. Uploads go to ``spool``."""

    def __init__(self, tokens: Mapping[str, Token], agents: Mapping[str, str], spool: Path = UPLOADS) -> None:
        self.live = MemoryLive()
        self.campaigns = MemoryCampaigns(self.live)
        self.dialing = MemoryDialing(self.campaigns, self.live)
        self.floor = MemoryFloor(self.live, agents)
        self.health = MemoryHealth()
        book = self.campaigns.book
        lists, people, reader = MemoryListBook(book), MemoryPersonBook(book), InlineReader()
        self.calls = MemoryCallBook(book)
        self.facts = Live(service=True, at_work=True, switch_up=True)
        self.imports = ImportDesk(book, lists, reader, {}, lambda: NOON, spool)
        owners = OwnerDesk(people, lambda: NOON, lambda agent_id: agent_id in agents)
        self.desk = Desk(
            campaigns=self.campaigns,
            dialing=self.dialing,
            floor=self.floor,
            live=self.live,
            health=self.health,
            imports=self.imports,
            lists=ListDesk(lists, lambda: NOON, outcomes=self.campaigns.outcomes),
            suppression=SuppressionDesk(MemorySuppressionBook(book), reader, lambda: NOON),
            people=PeopleDesk(people, book, owners, lambda: NOON),
            owners=owners,
            why=WhyDesk(book, self.calls, RuleBook({}), lambda: NOON, lambda _: self.facts, lambda _: True),
            ledger=LedgerDesk(book.ledger),
            tokens=tokens,
            version="0.1.0",
            started_at=NOON,
        )
