"""Agents over HTTP: the board for managers, and every button of an agent's page."""

from console.api.people import draft_of
from console.endpoint import Ask
from console.schemas.agents import (
    AgentLineOut,
    AgentOut,
    AgentPauseIn,
    AgentsOut,
    HistoryOut,
    LeaveIn,
    RecordIn,
    SkipIn,
)
from console.schemas.kinds import Empty
from console.schemas.people import CallerIn, KnownCallerIn


async def list_agents(ask: Ask, _: Empty) -> AgentsOut:
    """Return the board: one line about each agent."""
    return AgentsOut(agents=tuple(AgentLineOut.of(view) for view in ask.desk.floor.views()))


async def get_agent(ask: Ask, _: Empty) -> AgentOut:
    """Return one agent with the call, the customer's file and the script."""
    return AgentOut.model_validate(ask.desk.floor.view(ask.agent_id))


async def log_in_agent(ask: Ask, _: Empty) -> AgentOut:
    """Call the agent's phone and seat him."""
    return AgentOut.model_validate(await ask.desk.floor.log_in(ask.agent_id))


async def ready_agent(ask: Ask, _: Empty) -> AgentOut:
    """Take calls from now on."""
    return AgentOut.model_validate(await ask.desk.floor.ready(ask.agent_id))


async def pause_agent(ask: Ask, given: AgentPauseIn) -> AgentOut:
    """Take no calls; in a talk, from its wrap-up on."""
    return AgentOut.model_validate(await ask.desk.floor.pause(ask.agent_id, given.reason))


async def announce_leave(ask: Ask, given: LeaveIn) -> AgentOut:
    """Say when the agent will pause or go."""
    return AgentOut.model_validate(await ask.desk.floor.announce_leave(ask.agent_id, given.at))


async def call_offered_lead(ask: Ask, _: Empty) -> AgentOut:
    """Ask for the call of the lead before the agent."""
    return AgentOut.model_validate(await ask.desk.floor.call(ask.agent_id))


async def skip_offered_lead(ask: Ask, given: SkipIn) -> AgentOut:
    """Do not call the lead before the agent."""
    return AgentOut.model_validate(await ask.desk.floor.skip(ask.agent_id, given.reason))


async def end_agent_call(ask: Ask, _: Empty) -> AgentOut:
    """Leave the talk; the customer goes on to the vote."""
    return AgentOut.model_validate(await ask.desk.floor.end_call(ask.agent_id))


async def record_talk(ask: Ask, given: RecordIn) -> AgentOut:
    """Record what came of a talk."""
    view = await ask.desk.floor.record(
        ask.agent_id, given.attempt_id, given.outcome, given.note, given.callback_at
    )
    return AgentOut.model_validate(view)


async def end_agent_wrap_up(ask: Ask, _: Empty) -> AgentOut:
    """End the wrap-up early."""
    return AgentOut.model_validate(await ask.desk.floor.end_wrap_up(ask.agent_id))


async def log_out_agent(ask: Ask, _: Empty) -> AgentOut:
    """Leave; the phone is hung up."""
    return AgentOut.model_validate(await ask.desk.floor.log_out(ask.agent_id))


async def agent_history(ask: Ask, _: Empty) -> HistoryOut:
    """Return the contact history of the customer the agent has now."""
    attempts = await ask.desk.floor.history(ask.agent_id)
    hotline = await ask.desk.callers.hotline_calls(ask.agent_id)
    return HistoryOut.model_validate({"attempts": attempts, "hotline": hotline})


async def make_customer(ask: Ask, given: CallerIn) -> AgentOut:
    """Make a customer of the unknown caller the agent has."""
    await ask.desk.callers.make_customer(ask.agent_id, given.attempt_id, draft_of(given, given.number))
    return AgentOut.model_validate(ask.desk.floor.view(ask.agent_id))


async def know_caller(ask: Ask, given: KnownCallerIn) -> AgentOut:
    """Say which customer the unknown caller is."""
    await ask.desk.callers.know_caller(ask.agent_id, given.attempt_id, given.ref)
    return AgentOut.model_validate(ask.desk.floor.view(ask.agent_id))
