"""One hotline call: menu, queue, talk, vote; and whoever leaves or breaks, agent and outcome are right."""

import asyncio

import pytest
from dialer_world import World, until

from campaigns.model import Disposition
from dialer.agent_states import AgentState
from dialer.agents import Seat
from ivr.agi.memory import HANG_UP, ScriptedLine, scripted_request
from ivr.errors import LineLost


@pytest.fixture
async def seat(world: World) -> Seat:
    return await world.seat("a1")


def caller(keys: list[str], call_id: str = "in-1", **wanted: object) -> ScriptedLine:
    request = scripted_request("hotline", "1", agi_callerid="+12025551001", agi_dnid="+18005550100")
    return ScriptedLine(keys, request=request, variables={"ATT": call_id}, **wanted)  # type: ignore[arg-type]


async def hotline(world: World, *, in_bridge: asyncio.Event, gone: asyncio.Event) -> object:
    async def talk(words: tuple[str, ...]) -> str:
        in_bridge.set()
        await gone.wait()
        return "SUCCESS"

    return talk


async def test_a_hotline_call_reaches_an_agent_and_a_vote(world: World, seat: Seat) -> None:
    await world.campaign()
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1", "5"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    (talk,) = world.answered.inbound.values()
    assert (seat.state, seat.subject) == (AgentState.TALKING, talk)
    assert talk.customer is not None
    assert talk.customer.ref == "C-1"
    await asyncio.sleep(5)
    gone.set()
    await serving
    assert (line.variables["DONE"], seat.state) == ("1", AgentState.WRAP_UP)
    kept = world.memory.inbound_calls["in-1"]
    assert (kept.disposition, kept.call.number, kept.facts.agent_id) == (
        Disposition.CONNECTED,
        "+12025551001",
        "a1",
    )
    assert world.memory.votes["in-1"].score == 5
    assert world.answered.inbound == {}
    assert (kept.facts.released_at - kept.facts.bridged_at).total_seconds() == pytest.approx(5, abs=0.1)


async def test_a_caller_waits_with_music_and_it_ends_before_the_talk(world: World) -> None:
    music: list[bool] = []

    async def talk(words: tuple[str, ...]) -> str:
        music.append(line.caller.music)
        return "SUCCESS"

    line = caller(["1", "5"], talk=talk)
    serving = world.serve(world.answered.hotline(line))
    await until(lambda: world.agents.waiting == 1)
    assert line.caller.music
    await world.seat("a1")
    await serving
    assert music == [False]


async def test_a_caller_who_gives_up_waiting_is_abandoned_and_leaves_the_line(world: World) -> None:
    line = caller(["1"])
    serving = world.serve(world.answered.hotline(line))
    await until(lambda: world.agents.waiting == 1)
    line.leave()
    await serving
    assert world.agents.waiting == 0
    assert world.memory.inbound_calls["in-1"].disposition is Disposition.ABANDONED
    assert (await world.seat("a1")).state is AgentState.READY


async def test_a_caller_who_leaves_in_the_menu_is_not_abandoned(world: World) -> None:
    await world.answered.hotline(caller([HANG_UP]))
    assert world.memory.inbound_calls["in-1"].disposition is Disposition.CONNECTED


async def test_who_asks_to_be_left_alone_is_never_called_again(world: World) -> None:
    await world.answered.hotline(caller(["9", "1"]))
    assert await world.people.is_suppressed("+12025551001")


async def test_a_hotline_call_whose_line_is_lost_is_left_to_its_journal(world: World, seat: Seat) -> None:
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    seat.met = seat.in_bridge = True  # as the switch tells of his leg
    line.lose()
    with pytest.raises(LineLost):
        await serving
    assert world.memory.inbound_calls["in-1"].disposition is None  # the talk goes on
    assert (seat.state, world.answered.inbound) == (AgentState.TALKING, {})
    world.legs._held(seat)
    assert seat.state is AgentState.WRAP_UP


async def test_a_service_that_stops_settles_no_call_that_goes_on(world: World, seat: Seat) -> None:
    in_bridge, gone = asyncio.Event(), asyncio.Event()
    line = caller(["1"], talk=await hotline(world, in_bridge=in_bridge, gone=gone))
    serving = world.serve(world.answered.hotline(line))
    await in_bridge.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert world.memory.inbound_calls["in-1"].disposition is None


async def test_a_broken_leg_does_not_cost_a_hotline_caller_his_turn(world: World, seat: Seat) -> None:
    other, tries = await world.seat("a2"), []

    async def talk(words: tuple[str, ...]) -> str:
        tries.append(words[0])
        return "NONEXISTENT" if len(tries) == 1 else "SUCCESS"

    await world.answered.hotline(caller(["1", "5"], talk=talk))
    assert tries == [seat.channel, other.channel]
    assert (seat.state, other.state) == (AgentState.PAUSED, AgentState.WRAP_UP)
