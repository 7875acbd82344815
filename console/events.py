"""Live events (server-sent): counters and agents, merged, so that a slow reader skips and never lags.

Four kinds of event: ``counters`` and ``agents`` (the board) for managers, ``agent`` (one agent's whole page)
for the agent himself, and ``problem`` in place of that until it is known. An event is sent only when it says
something new; a comment keeps quiet lines alive and finds readers that are gone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

import structlog
from aiohttp import web

from console.auth import Access, require
from console.endpoint import Ask
from console.errors import not_settled
from console.ports import Desk
from console.schemas.agents import AgentLineOut, AgentOut, AgentsOut
from console.schemas.kinds import Response
from console.schemas.service import CountersOut, EventsQuery, ProblemOut
from dialer.errors import NotSettled

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a stream flows, in seconds: a comment after ``heartbeat_s`` of silence, at least ``gap_s`` between
    two pictures, and a reader who takes nothing for ``stalled_s`` is dropped."""

    heartbeat_s: float = 15.0
    gap_s: float = 0.2
    stalled_s: float = 20.0


PACE = web.AppKey("pace", Pace)
STOPPING = web.AppKey("stopping", asyncio.Event)

Picture = tuple[str, Response, frozenset[str]]  # the event, its data, and fields that alone are no news


async def events(ask: Ask, _: None) -> web.StreamResponse:
    """Stream what the asker may see until they leave or the service stops."""
    pictures = _pictures(ask)
    list(pictures())  # an unknown campaign or agent is refused here, while a problem can still be answered
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(ask.request)
    pace, stopping = ask.request.app[PACE], ask.request.app[STOPPING]
    changes = ask.desk.live.changes()
    try:
        await _send(response, b"retry: 2000\n\n", pace)
        await _flow(response, changes, pictures, pace, stopping)
        await response.write_eof()
    except (ConnectionError, TimeoutError):
        log.info("events_reader_gone", who=ask.who.name)
    finally:
        close = getattr(changes, "aclose", None)
        if close is not None:
            await close()
    return response


def _pictures(ask: Ask) -> Callable[[], Iterable[Picture]]:
    """Decide what this asker sees; raises ``Problem`` not-yours."""
    wanted = ask.query_as(EventsQuery)
    agent_id = wanted.agent
    if agent_id is None and ask.who.role != "manager":
        agent_id = ask.who.agent_id
    if agent_id is not None:
        require(Access.OWN_AGENT, ask.who, agent_id)
        return lambda: [_agent(ask.desk, agent_id)]
    require(Access.MANAGER, ask.who, None)
    return lambda: [_counters(ask.desk, wanted.campaign), _board(ask.desk)]


def _counters(desk: Desk, campaign_id: int | None) -> Picture:
    return "counters", CountersOut.model_validate(desk.live.counters(campaign_id)), frozenset({"at"})


def _board(desk: Desk) -> Picture:
    lines = tuple(AgentLineOut.of(view) for view in desk.floor.views())
    return "agents", AgentsOut(agents=lines), frozenset()


def _agent(desk: Desk, agent_id: str) -> Picture:
    try:
        return "agent", AgentOut.model_validate(desk.floor.view(agent_id)), frozenset()
    except NotSettled as fault:  # a stream that were refused now would be asked for again and again
        return "problem", ProblemOut.of(not_settled(fault)), frozenset()


async def _flow(
    response: web.StreamResponse,
    changes: AsyncIterator[None],
    pictures: Callable[[], Iterable[Picture]],
    pace: Pace,
    stopping: asyncio.Event,
) -> None:
    """Send every new picture until the changes end or the service stops."""
    sent: dict[str, str] = {}
    stop = asyncio.create_task(stopping.wait(), name="events: stop")
    change = asyncio.create_task(_next(changes), name="events: change")
    try:
        while not stop.done():
            await asyncio.wait({stop, change}, timeout=pace.heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
            if stop.done() or (change.done() and not change.result()):
                return
            if not change.done():
                await _send(response, b": still here\n\n", pace)
                continue
            await _send_news(response, pictures(), sent, pace)
            change = asyncio.create_task(_next(changes), name="events: change")
            await asyncio.wait({stop}, timeout=pace.gap_s)
    finally:
        stop.cancel()
        change.cancel()
        await asyncio.gather(stop, change, return_exceptions=True)


async def _next(changes: AsyncIterator[None]) -> bool:
    """Wait for the next change; false when there will be none."""
    try:
        await anext(changes)
    except StopAsyncIteration:
        return False
    return True


async def _send_news(
    response: web.StreamResponse, pictures: Iterable[Picture], sent: dict[str, str], pace: Pace
) -> None:
    """Send the pictures that differ from what this reader has."""
    for name, body, no_news in pictures:
        news = body.model_dump_json(exclude=set(no_news))
        if sent.get(name) != news:
            sent[name] = news
            await _send(response, f"event: {name}\ndata: {body.model_dump_json()}\n\n".encode(), pace)


async def _send(response: web.StreamResponse, data: bytes, pace: Pace) -> None:
    async with asyncio.timeout(pace.stalled_s):
        await response.write(data)
