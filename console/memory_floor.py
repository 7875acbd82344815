"""Agents, live counters and samples in memory behind the console's ports.

Calls do not happen by themselves: ``MemoryFloor.ring`` and ``connect`` bring one to an agent.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from campaigns.errors import Fault, InvalidInput
from campaigns.lines import AttemptLine
from campaigns.model import (
    Customer,
    CustomerClass,
    Disposition,
    HoursWindow,
    Purpose,
    RetryRule,
    Screened,
    Script,
    Template,
)
from campaigns.rules.retries import callback_fault
from dialer import errors as dialer_errors
from dialer.agent_view import AgentView, CallView
from dialer.live import Counters

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
        "callback": "Call back",
        "dissatisfied": "Not satisfied",
        "machine": "Answering machine",
        "do_not_call": "Never call again",
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


HISTORY = AttemptLine(
    "a-1", 1, 7, "C-0007", "Jana Novak", "+4930555107", NOON - timedelta(days=90), Disposition.CONNECTED,
    "1001", 6200, 3.1, 84000, 16, 200, 4, "satisfied", "Liked the loan car.",
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


class MemoryFloor:
    """Agents as a table of allowed moves; calls are brought to them from outside."""

    def __init__(self, live: MemoryLive, agents: Mapping[str, str]) -> None:
        self._live = live
        self._moves = itertools.count(1)
        self.is_settled = True
        self.agents = {
            number: AgentView(number, name, "offline", NOON, "", None, None, 0)
            for number, name in agents.items()
        }
        self.recorded: list[tuple[str, str, str, str]] = []
        self.agreed: dict[str, datetime | None] = {}  # call-backs by attempt

    def view(self, agent_id: str) -> AgentView:
        """Return one agent; raises ``NotKnown``, and ``NotSettled`` as long as a test says so."""
        if agent_id not in self.agents:
            raise dialer_errors.NotKnown(f"There is no agent {agent_id}.")
        if not self.is_settled:
            raise dialer_errors.NotSettled("What you had before is being found again.")
        return self.agents[agent_id]

    def views(self) -> Sequence[AgentView]:
        """Return all agents, by id."""
        return [self.agents[number] for number in sorted(self.agents)]

    async def move(self, agent_id: str, wanted: str, state: str, **changes: object) -> AgentView:
        """Bring an agent from one of the ``wanted`` states (split by blanks) into another."""
        view = self.view(agent_id)
        if view.state not in wanted.split():
            raise dialer_errors.NotAllowedNow(f"The agent is {view.state}; needed is {wanted}.")
        # As with real agents no two moves share a moment: left and come back to, a state is another one.
        since = NOON + timedelta(milliseconds=next(self._moves))
        self.agents[agent_id] = replace(view, state=state, since=since, **changes)  # type: ignore[arg-type]
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
        """Take no calls; from the end of the talk on while there is one."""
        if self.view(agent_id).state in ("reserved", "talking"):
            return await self.move(
                agent_id, "reserved talking", self.view(agent_id).state, pause_wanted=reason
            )
        return await self.move(
            agent_id, "ready preview paused wrap_up", "paused", pause_reason=reason, call=None
        )

    async def announce_leave(self, agent_id: str, at: datetime | None) -> AgentView:
        """Keep the moment."""
        return await self.move(
            agent_id, "ready preview reserved talking paused wrap_up", self.view(agent_id).state, leaves_at=at
        )

    async def offer(self, agent_id: str) -> AgentView:
        """Lay a lead before a ready agent."""
        ringing = await self.ring(agent_id)
        assert ringing.call is not None
        call = replace(ringing.call, attempt_id="offer-1", outcomes={})
        return await self.move(agent_id, "reserved", "preview", call=call)

    async def call(self, agent_id: str) -> AgentView:
        """Place the call of the lead before the agent."""
        view = await self.move(agent_id, "preview", "ready", call=None)
        return await self.ring(view.agent_id)

    async def skip(self, agent_id: str, reason: str) -> AgentView:
        """Take the lead away again."""
        return await self.move(agent_id, "preview", "ready", call=None)

    async def end_call(self, agent_id: str) -> AgentView:
        """Go to wrap-up."""
        talks = self.view(agent_id).talks + 1
        # The real moment: the page counts down against the clock of whoever looks at it.
        ends = datetime.now(UTC) + timedelta(seconds=TEMPLATE.wrap_up_s)
        return await self.move(agent_id, "talking", "wrap_up", talks=talks, wrap_up_ends_at=ends)

    async def record(
        self,
        agent_id: str,
        attempt_id: str,
        outcome: str,
        note: str,
        callback_at: datetime | None = None,
    ) -> AgentView:
        """Keep what came of a talk."""
        call = self.view(agent_id).call
        if call is None or call.attempt_id != attempt_id:
            raise dialer_errors.NotAllowedNow("The agent has no such talk.")
        if outcome not in call.outcomes:
            raise InvalidInput([Fault("outcome", f"{outcome!r} is not an outcome of this campaign")])
        if callback_at is not None and (problem := callback_fault(outcome, callback_at, datetime.now(UTC))):
            raise InvalidInput([Fault("callback_at", problem)])
        self.recorded.append((agent_id, attempt_id, outcome, note))
        self.agreed[attempt_id] = callback_at
        state = self.view(agent_id).state
        return await self.move(
            agent_id, "talking wrap_up", state, call=replace(call, recorded_outcome=outcome)
        )

    async def end_wrap_up(self, agent_id: str) -> AgentView:
        """Be ready again, or have the pause that was asked for meanwhile."""
        wanted = self.view(agent_id).pause_wanted
        changes = {"call": None, "wrap_up_ends_at": None, "pause_wanted": None}
        if wanted is not None:
            return await self.move(agent_id, "wrap_up", "paused", pause_reason=wanted, **changes)
        return await self.move(agent_id, "wrap_up", "ready", **changes)

    async def log_out(self, agent_id: str) -> AgentView:
        """Leave."""
        return await self.move(agent_id, "ready paused wrap_up", "offline", call=None, pause_reason="")

    async def history(self, agent_id: str) -> Sequence[AttemptLine]:
        """Return one old talk for whoever has a customer."""
        return (HISTORY,) if self.view(agent_id).call else ()
