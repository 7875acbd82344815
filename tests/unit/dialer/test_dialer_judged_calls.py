"""Judged calls through running campaigns: abandoned or not, a person or a machine, and counted once."""

import asyncio
from typing import Any

import pytest
from dialer_world import World, until
from pacing_cases import MANY, answer, limit, placed, predictive

from campaigns.model import AmdMode, Campaign, Disposition, Purpose
from dialer.live_call import LiveCall
from dialer.pacing.bounds import Bound


@pytest.fixture
async def world() -> Any:
    made = World(trunks=(MANY,), agents=4)
    yield made
    await made.close()


async def test_a_person_whom_nobody_reaches_in_time_is_counted_at_once_and_stays_so(world: World) -> None:
    campaign = await predictive(world)
    await world.seat("a1")
    seat = await world.seat("a2")
    world.dials(campaign)
    first, second = (await placed(world, 3))[:2]
    await world.floor.pause(seat.agent_id, "gone in the worst moment")
    answer(world, first)
    await until(lambda: first.state == "talking")
    late = answer(world, second)
    await asyncio.sleep(1.9)
    assert limit(world, campaign) == (1, 0)
    await asyncio.sleep(1.2)
    late.leave()  # the dialplan's limit is over, and it plays the message
    assert limit(world, campaign) == (2, 1)
    await asyncio.sleep(10)
    world.switch.hang_up(second.attempt_id)
    await second.ended.wait()
    assert second.disposition is Disposition.ABANDONED
    assert limit(world, campaign) == (2, 1)


async def test_a_machine_by_the_agent_s_word_is_no_live_answer(world: World) -> None:
    campaign = await predictive(world)
    await world.seat("a1")
    world.dials(campaign)
    call = (await placed(world, 1))[0]
    answer(world, call, asyncio.sleep(2))
    await until(lambda: world.agents.seat("a1").state == "wrap_up")
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    assert limit(world, campaign) == (1, 0)
    await world.floor.record("a1", call.attempt_id, "machine", "")
    assert limit(world, campaign) == (0, 0)


def charged(world: World, campaign: Campaign) -> float:
    view = world.pacing.view(campaign.id)
    assert view is not None
    return next(one.misjudged for one in view.limits if one.kind == "legal")


async def screened(world: World, campaign: Campaign, recorded: str = "") -> LiveCall:
    """Place a call that detection takes for a machine's, to its end; an agent who checks it may record."""
    known = {call.attempt_id for call in world.calls.all()}
    world.control.wake()
    await until(lambda: any(call.attempt_id not in known for call in world.calls.all()))
    call = next(call for call in world.calls.all() if call.attempt_id not in known)
    world.switch.answer(call.attempt_id)
    checks = world.chance < campaign.amd_check_share
    talk = world.talk(call.attempt_id, asyncio.sleep(2) if checks else None)
    line = world.line(call, "outbound?amd=MACHINE&cause=X", talk=talk)
    conversation = world.serve(world.answered.outbound(line))
    if checks:
        await until(lambda: world.agents.seat("a1").state == "talking")
        if recorded:
            await world.floor.record("a1", call.attempt_id, recorded, "")
        await until(lambda: world.agents.seat("a1").state == "wrap_up")
        line.leave()
    else:
        await until(conversation.done)
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    return call


async def test_people_taken_for_machines_are_charged_to_the_stop(world: World) -> None:
    campaign = await predictive(
        world, purpose=Purpose.MARKETING, amd=AmdMode.HUMAN_FIRST, amd_check_share=0.5, wrap_up_s=60.0
    )
    world.chance = 0.9
    await world.seat("a1")
    run = world.dials(campaign)
    for _ in range(4):
        await screened(world, campaign)
    assert charged(world, campaign) == 0.0
    world.chance = 0.1
    checked = await screened(world, campaign)
    assert charged(world, campaign) == 0.0  # until his record is there
    await world.floor.record("a1", checked.attempt_id, "satisfied", "")
    assert charged(world, campaign) == 4.0
    await until(lambda: run.decision is not None and run.decision.bound is Bound.BUDGET)
    assert run.decision is not None
    assert "0 of 1 abandoned and about 4.0 taken for machines" in run.decision.why
    await world.floor.record("a1", checked.attempt_id, "machine", "")
    assert charged(world, campaign) == 0.0
    await world.floor.end_wrap_up("a1")
    await screened(world, campaign, recorded="satisfied")
    assert charged(world, campaign) == 2.0  # one of two was a person: two of the four that nobody checked
    again = world.restarted()
    await again.pacing.open(campaign, lambda: again._run(1)._room(), lambda: None)
    assert charged(again, campaign) == 2.0
    await again.control.close()
