"""One coroutine is one answered call: flow, agent, vote, and what was learned.

Speaks AGI on the line and tells agents and calls what happened. Holds no state of its own between calls.
Whatever goes wrong here leaves the line to the dialplan, which keeps the promises alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

import structlog

from campaigns.model import Campaign, Customer, InboundDisposition, Screened, Vote
from campaigns.outage import told_of
from campaigns.ports import CampaignBook
from dialer.agent_search import AgentTalks, HotlineSearch, Nobody, OutboundSearch
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard
from dialer.caller_number import CallerForms
from dialer.calls import State
from dialer.inbound import InboundTalk, ended_as
from dialer.kept_soon import PATIENCE_S, KeptSoon
from dialer.live_call import LiveCall
from dialer.ports import CallBook, CallFacts, Clock, InboundCall
from dialer.recovery import moment_of
from dialer.screened_call import verdict_of, with_check
from ivr.agi.line import Line
from ivr.agi.runner import FlowEnd, run
from ivr.errors import HungUp
from ivr.flow.model import LEAVE_ME_ALONE, Flow
from ivr.ports import PromptPort

log = structlog.get_logger()


class Conversations(Protocol):
    """What is said: flows by name, and what fills their texts."""

    @property
    def prompts(self) -> PromptPort:
        """Sounds that were made ahead of time."""

    def flow(self, name: str) -> Flow:
        """Return a loaded flow."""

    def needs_agent(self, name: str) -> bool:
        """Say whether a flow has a talk in it."""

    def variables(self, campaign: Campaign | None, customer: Customer | None) -> Mapping[str, str]:
        """Return what fills the texts of a call."""

    def language(self, customer: Customer | None) -> str:
        """Return the language to speak."""


class AnsweredCalls:
    """The coroutines behind the dialplan's three AGI entries."""

    def __init__(
        self,
        book: CallBook,
        people: CampaignBook,
        clock: Clock,
        calls: CallBoard,
        agents: AgentBoard,
        conversations: Conversations,
        find_call: Callable[[str], Awaitable[LiveCall | None]],
        hotline_wrap_up_s: float,
        on_vote: Callable[[str, int], None],
        chance: Callable[[], float],
        callers: CallerForms,
        opted_out: Callable[[], None] = lambda: None,
    ) -> None:
        self._opted_out = opted_out
        self._callers = callers
        self._chance = chance
        self._book = book
        self._people = people
        self._clock = clock
        self._calls = calls
        self._agents = agents
        self._talks = AgentTalks(agents, clock)
        self._say = conversations
        self._find_call = find_call
        self._hotline_wrap_up_s = hotline_wrap_up_s
        self._on_vote = on_vote
        self.inbound: dict[str, InboundTalk] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self._hotline_calls = KeptSoon("hotline call not stored yet", clock)
        self._votes = KeptSoon("vote not stored yet", clock)

    async def outbound(self, line: Line) -> None:
        """A customer has answered a call of ours; the dialplan's connect limit is running."""
        call = await self._find_call(line.request.unique_id)
        if call is None:
            log.warning("answered call of nobody", channel=line.request.unique_id)
            return
        self._calls.answered(call, line.request.channel)
        if self._is_machine(line, call):
            self._agents.give_back(call.attempt_id)
            if not call.campaign.machine_message:  # else the dialplan leaves it, and hangs up
                await line.set_variable("DONE", "1")
            return
        call.owned = True
        try:
            end = await self._converse(line, call, call.campaign.flow, keep_limit=True)
        except BaseException:
            # The dialplan goes on alone: without a talk, with the message.
            call.message_played = not call.served
            raise
        finally:
            call.owned = False
            self._agents.give_back(call.attempt_id)
        await self._finish(line, call, end)

    async def vote(self, line: Line) -> None:
        """The talk is over and the service that began it is gone: take the vote in its place."""
        call_id = await line.get_variable("ATT") or ""
        call = await self._find_call(call_id)
        if call is not None:
            self._calls.answered(call, line.request.channel)
            if call.state is not State.AFTER_TALK:  # its end may have been heard from the agent's leg
                self._calls.talked(call)  # the dialplan asks for a vote only after a talk
                self._calls.released(call)
            await self._converse(line, call, "vote", keep_limit=False)
        else:
            await self._hotline_vote(line, call_id)
        await line.set_variable("DONE", "1")

    async def hotline(self, line: Line) -> None:
        """A customer has dialled the hotline."""
        call_id = await line.get_variable("ATT") or f"in-{line.request.unique_id}"
        now = self._clock.now()
        caller = self._callers.read(line.request.caller_id, line.request.channel)
        call = InboundCall(call_id, caller.number, line.request.dnid, now, caller.shown)
        # Side by side: the dialplan gives us three seconds.
        opened, customer = await asyncio.gather(
            self._hotline_calls.offer(call_id, lambda: self._book.open_inbound(call)), self._customer_of(call)
        )
        talk = InboundTalk(call, customer, CallFacts(answered_at=now))
        self.inbound[call_id] = talk
        log.info("hotline call", call=call_id, **({"number_unknown": caller.why} if caller.why else {}))
        end: FlowEnd | None = None
        over = False
        try:
            search = HotlineSearch(self._talks, self._hotline_wrap_up_s, talk, self._keep_soon)
            sink = _Results(self, line, call_id, call.number, talk, opened)
            words, language = self._say.variables(None, customer), self._say.language(customer)
            flow, prompts, known = self._say.flow("hotline"), self._say.prompts, bool(call.number)
            end = await run(line, flow, words, language, search, sink, prompts, number_known=known)
            over = True
            await line.set_variable("DONE", "1")
        except HungUp:
            over = True  # an ordinary end
        finally:
            talk.owned = False
            self._agents.give_back(call_id)
            try:
                # A line that is lost says nothing of the call: it may go on, and the journal tells its end.
                if over:
                    await asyncio.shield(self._settle_inbound(talk, end, opened))
            finally:
                self.inbound.pop(call_id, None)

    async def _customer_of(self, call: InboundCall) -> Customer | None:
        """Find out who calls. To a store that does not tell in time he is a stranger: he is not sent away."""
        if not call.number:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._book.customer_by_number(call.number)
        except Exception as fault:
            log.warning("hotline caller not looked up", call=call.id, **told_of(fault))
            return None

    async def _hotline_vote(self, line: Line, call_id: str) -> None:
        """Take the vote of a hotline talk that another process began."""
        call, customer = await self._book.inbound_call(call_id) or (None, None)
        number = "" if call is None else call.number
        words, language = self._say.variables(None, customer), self._say.language(customer)
        flow, prompts, sink = self._say.flow("vote"), self._say.prompts, _Results(self, line, call_id, number)
        end = await run(line, flow, words, language, Nobody(), sink, prompts, number_known=bool(number))
        if not end.gone:  # else the dialplan's journal tells how it ended
            talked_at = moment_of(await line.get_variable("TALKED") or "")
            ended = CallFacts(bridged_at=talked_at, ended_at=self._clock.now())
            await self._book.settle_inbound(call_id, InboundDisposition.CONNECTED, ended)

    def _is_machine(self, line: Line, call: LiveCall) -> bool:
        """Take in what detection says; false for whoever goes to the flow, sampled machines included."""
        verdict = verdict_of(line.request.query)
        if verdict is None:
            return False
        board = self._agents
        free = board.by_call(call.attempt_id) is not None or board.ready > board.waiting
        asks = free and self._say.needs_agent(call.campaign.flow)
        verdict = with_check(verdict, call.campaign.amd_check_share, self._chance(), agent_free=asks)
        self._calls.screened(call, verdict)
        return verdict is Screened.MACHINE

    async def _converse(self, line: Line, call: LiveCall, flow: str, *, keep_limit: bool) -> FlowEnd:
        """Hold one flow on a line of an outbound call."""
        return await run(
            line,
            self._say.flow(flow),
            self._say.variables(call.campaign, call.customer),
            self._say.language(call.customer),
            OutboundSearch(self._talks, self._calls, call),
            _Results(self, line, call.attempt_id, call.number),
            self._say.prompts,
            keep_limit=keep_limit,
        )

    async def _finish(self, line: Line, call: LiveCall, end: FlowEnd) -> None:
        """Say that we are done, unless the dialplan still owes the person its message."""
        if end.gone:
            return
        if end.talked or not self._say.needs_agent(call.campaign.flow):
            call.served = True
            await line.set_variable("DONE", "1")
        else:
            call.message_played = True

    async def _settle_inbound(
        self, talk: InboundTalk, end: FlowEnd | None, opened: asyncio.Task[None]
    ) -> None:
        """Store how a hotline call ended, again and again if need be; its journal may have told it before."""
        ended = ended_as(talk, finished=end is not None and not end.gone)
        facts = replace(talk.facts, ended_at=self._clock.now())

        async def settle() -> None:
            await opened
            if not await self._book.settle_inbound(talk.call.id, ended, facts):
                await self._book.note_facts(talk.call.id, talk.facts)

        await (await self._hotline_calls.offer(talk.call.id, settle))
        log.info(
            "hotline call ended", call=talk.call.id, disposition=ended, flow=end.outcome if end else "broken"
        )

    def _keep_soon(self, talk: InboundTalk) -> None:
        """Store what is known of a hotline call without waiting for it: whoever ends it may know less."""
        task = asyncio.create_task(self._keep(talk), name=f"store {talk.call.id}")
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def _keep(self, talk: InboundTalk) -> None:
        try:
            await self._book.note_facts(talk.call.id, talk.facts)
        except Exception as fault:
            log.warning("hotline call not stored: its end is", call=talk.call.id, **told_of(fault))

    async def record_vote(
        self, line: Line, call_id: str, score: int, opened: asyncio.Task[None] | None = None
    ) -> None:
        """Commit a vote; the same call votes once. ``opened`` ends when the call it belongs to is stored.

        What the store does not take in time is put into the journal that the dialplan would have written, so
        that it outlives this process, too.
        """
        vote = Vote(call_id, score, self._clock.now(), "agi")

        async def commit() -> None:
            if opened is not None:
                await opened
            if await self._book.record_vote(vote):
                self._on_vote(call_id, score)

        stored = await self._votes.offer(call_id, commit)
        if not stored.done():
            await line.set_variable(f"DB(dialer-vote/{call_id})", f"{int(vote.at.timestamp())}|OK|{score}")

    async def suppress(self, call_id: str, number: str) -> None:
        """Never call this number again: the person asked for it by key. Raises ``ValueError`` without one."""
        if not number:
            raise ValueError(f"call {call_id}: nobody can keep a wish about a number that is not known")
        await self._people.suppress(number, f"by key in call {call_id}", "customer", self._clock.now())
        self._opted_out()
        log.info("number suppressed by key", call=call_id)


class _Results:
    """Where a flow's results go: committed before the next word."""

    def __init__(
        self,
        calls: AnsweredCalls,
        line: Line,
        call_id: str,
        number: str = "",
        inbound: InboundTalk | None = None,
        opened: asyncio.Task[None] | None = None,
    ) -> None:
        self._calls = calls
        self._line = line
        self._opened = opened
        self._call_id = call_id
        self._number = number
        self._inbound = inbound

    async def vote(self, score: int) -> None:
        """Commit the vote."""
        await self._calls.record_vote(self._line, self._call_id, score, self._opened)

    async def vote_skipped(self, why: str) -> None:
        """No vote was given."""
        log.info("no vote", call=self._call_id, why=why)

    async def choice(self, node: str, key: str, label: str) -> None:
        """A menu key was pressed; one label asks for more than a log line."""
        log.info("menu choice", call=self._call_id, node=node, key=key, label=label)
        if label == LEAVE_ME_ALONE:
            await self._calls.suppress(self._call_id, self._number)
            if self._inbound is not None:
                self._inbound.opted_out = True

    async def declined(self, node: str, key: str, label: str) -> None:
        """Say that a wish was not taken: nobody knows for which number."""
        log.warning(
            "wish of an unknown number not taken", call=self._call_id, node=node, key=key, label=label
        )

    async def gathered(self, node: str, name: str, digits: str) -> None:
        """Digits were typed; they may be personal, so only their number is logged."""
        log.info("digits gathered", call=self._call_id, node=node, name=name, digits=len(digits))
