"""Finding an agent for whoever is on the line, and the talk with him: of our calls, and of the hotline's.

Speaks AGI on the line and tells agents and calls what happened. Must not know flows, nor what is stored.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog

from dialer.agent_states import AgentEvent, AgentState
from dialer.agents import AgentBoard, Seat
from dialer.call_board import CallBoard
from dialer.inbound import InboundTalk
from dialer.live_call import LiveCall
from dialer.ports import Clock
from ivr.errors import HungUp
from ivr.ports import CallLine, TalkEnd

log = structlog.get_logger()

MET_S: Final = 1.0
"""Who has stayed this long in a talk was in it, also when the event that says so was lost, in seconds."""

TALKED_WITH: Final = frozenset({"SUCCESS"})
"""What the talk subroutine returns when two people were connected, whoever ended it."""


class AgentTalks:
    """Talks of callers with agents, and the wait for one."""

    def __init__(self, agents: AgentBoard, clock: Clock) -> None:
        self.agents = agents
        self.clock = clock

    async def bridge(self, line: CallLine, seat: Seat, wrap_up_s: float) -> bool:
        """Bridge a line to a reserved agent's leg until either leaves; false when his leg would not.

        Whatever becomes of it, the agent is sent where he belongs: to his wrap-up after a talk; ready, when
        the caller left first; to a pause, when his leg is not to be trusted. When the line is lost in the
        talk, the talk goes on, and his leg's return to the hold bridge ends it.
        """
        board, began = self.agents, self.clock.monotonic()
        seat.wrap_up_s = wrap_up_s
        board.move(seat, AgentEvent.TALK_BEGAN)
        try:
            await line.gosub("dialer-talk", "s", 1, seat.channel)
            result = await line.get_variable("GOSUB_RETVAL")
        except BaseException as fault:
            seat.met = seat.met or self.clock.monotonic() - began >= MET_S
            if not seat.met:
                board.talk_missed(seat)
            elif isinstance(fault, HungUp) or not seat.in_bridge:
                board.talk_over(seat, wrap_up_s, talked=True)
            raise
        met = result in TALKED_WITH
        if not met:
            log.warning("agent not bridged", agent=seat.agent_id, result=result)
        board.talk_over(seat, wrap_up_s, talked=met)
        return met

    async def free_agent(
        self, line: CallLine, call_id: str, campaign_id: int | None, wait_s: float | None
    ) -> Seat | None:
        """Find an agent while the caller is there; None when the time is over. Raises ``HungUp``."""
        search = asyncio.create_task(self.agents.next_free(call_id, campaign_id), name=f"search {call_id}")
        gone = asyncio.create_task(line.gone.wait(), name=f"gone {call_id}")
        try:
            await asyncio.wait({search, gone}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            if line.gone.is_set():
                raise HungUp("the caller left while waiting for an agent")
            return search.result() if search.done() else None
        finally:
            for task in (search, gone):
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task})


def is_reserved(seat: Seat, call_id: str) -> bool:
    """Say whether an agent is still there for this call: his phone may have gone while we were told."""
    return seat.state is AgentState.RESERVED and seat.call_id == call_id


class OutboundSearch:
    """Agents for an outbound call: the one reserved for it, else whoever is free inside the limit."""

    def __init__(self, talks: AgentTalks, calls: CallBoard, call: LiveCall) -> None:
        self._talks = talks
        self._calls = calls
        self._call = call

    async def talk(self, line: CallLine, queue: str, wait_s: float) -> TalkEnd:
        """Connect the reserved agent, or another one while the dialplan lets us when his leg is gone."""
        board, call = self._talks.agents, self._call
        while True:
            seat = board.by_call(call.attempt_id)
            if seat is None or not is_reserved(seat, call.attempt_id):
                seat = await self._talks.free_agent(line, call.attempt_id, call.campaign.id, wait_s)
            if seat is None:
                return TalkEnd.NO_AGENT
            if not is_reserved(seat, call.attempt_id):
                continue
            seat.subject = call
            call.facts = replace(call.facts, agent_id=seat.agent_id)
            began = self._talks.clock.now()
            if await self._talks.bridge(line, seat, call.campaign.wrap_up_s):
                self._calls.talked(call, began)
                self._calls.released(call)
                return TalkEnd.TALKED


class HotlineSearch:
    """Agents for a hotline caller, with music while he waits. ``keep_soon`` is told of a talk that counts."""

    def __init__(
        self,
        talks: AgentTalks,
        wrap_up_s: float,
        talk: InboundTalk,
        keep_soon: Callable[[InboundTalk], None],
    ) -> None:
        self._talks = talks
        self._wrap_up_s = wrap_up_s
        self._talk = talk
        self._keep_soon = keep_soon

    async def talk(self, line: CallLine, queue: str, wait_s: float) -> TalkEnd:
        """Wait in line for an agent, then talk."""
        clock, call = self._talks.clock, self._talk
        call.asked_for_agent = True
        deadline = clock.monotonic() + wait_s
        while True:
            seat = await self._wait(line, deadline - clock.monotonic())
            if seat is None:
                return TalkEnd.NO_AGENT
            if not is_reserved(seat, call.call.id):
                continue
            seat.subject = call
            call.facts = replace(call.facts, agent_id=seat.agent_id)
            began, met = clock.now(), False
            keeping = asyncio.get_running_loop().call_later(MET_S, self._keep_soon, call)
            try:
                met = await self._talks.bridge(line, seat, self._wrap_up_s)
            finally:
                keeping.cancel()
                if met or seat.met:
                    call.facts = replace(call.facts, bridged_at=began, released_at=clock.now())
            if met:  # else the talk may go on without us, and its end is not known
                self._keep_soon(call)
                return TalkEnd.TALKED

    async def _wait(self, line: CallLine, longest_s: float) -> Seat | None:
        """Find an agent; music only for those who really wait."""
        board, call_id = self._talks.agents, self._talk.call.id
        if board.ready and not board.waiting:
            return await self._talks.free_agent(line, call_id, None, longest_s)
        await line.set_music(True)
        try:
            return await self._talks.free_agent(line, call_id, None, max(0.0, longest_s))
        finally:
            if not line.hung_up:
                await line.set_music(False)


class Nobody:
    """No agents: a vote flow has none to ask for."""

    async def talk(self, line: CallLine, queue: str, wait_s: float) -> TalkEnd:
        """Nobody is there."""
        return TalkEnd.NO_AGENT
