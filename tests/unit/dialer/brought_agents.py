"""An agent in any state, brought there by what really leads to it."""

from dialer_world import World, until

from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.door import Gate

S = AgentState


async def bring(world: World, state: AgentState, **changes: object) -> Seat:
    """Bring agent a1 into a state by what really leads there."""
    seat = world.agents.seat("a1")
    if state is S.OFFLINE:
        return seat
    await world.floor.log_in("a1")
    if state is S.CONNECTING:
        return seat
    world.switch.hold(seat.leg_id)
    if state is S.PAUSED:
        return seat
    await world.floor.ready("a1")
    if state is S.READY:
        return seat
    campaign = await world.campaign(**changes)
    if state is S.PREVIEW:
        await world.previews.show(campaign, Gate())
        return seat
    call = await world.launch(campaign)
    if state is S.RESERVED:
        return seat
    world.switch.answer(call.attempt_id)
    line = world.line(call, talk=world.talk(call.attempt_id))
    world.serve(world.answered.outbound(line))
    await until(lambda: seat.met)
    if state is S.WRAP_UP:
        world.switch.hang_up(call.attempt_id)
        line.leave()
        await until(lambda: seat.state is S.WRAP_UP)
    return seat
