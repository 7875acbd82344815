"""Campaigns at the pacing desk: one that dials ahead, its calls answered, how its limits stand."""

import asyncio
from dataclasses import replace
from typing import Any

from dialer_world import START, World, list_row, until

from campaigns.model import Campaign, DialMode
from dialer.live_call import LiveCall
from dialer.memory import Course
from dialer.pacing.memory import Memory
from dialer.trunks import Trunk

RINGS = Course(ring_after_s=1.0)
MANY = Trunk("main", 99, 99)


def knows(rate: float) -> dict[str, Any]:
    """What a campaign has learned that has seen many calls, of which this share was answered."""
    memory = Memory.fresh(answer_rate=rate)
    seen = replace(memory.answer_rate, answers=rate * 900, calls=900.0)
    return replace(memory, answer_rate=seen, delays=replace(memory.delays, learned=900)).to_plain()


async def predictive(world: World, rate: float = 0.2, leads: int = 60, **changes: Any) -> Campaign:
    wanted = {"mode": DialMode.PREDICTIVE, "max_channels": 99, "retries": {}, **changes}
    campaign = await world.campaign(leads=0, **wanted)
    await world.pacing_book.keep_learned(campaign.id, {str(campaign.id): knows(rate)}, START)
    first = 1 + 100 * (campaign.id - 1)
    rows = [list_row(index) for index in range(first, first + leads)]
    await world.people.load_rows(campaign.id, rows)
    for row in rows:
        world.switch.courses[row.number] = RINGS
    return campaign


async def placed(world: World, least: int) -> list[LiveCall]:
    await until(lambda: len(world.calls.all()) >= least)
    await asyncio.sleep(1)
    return world.calls.all()


def answer(world: World, call: LiveCall, talked: Any = None) -> Any:
    """Let a customer answer, and hand the line over as the dialplan does."""
    world.switch.answer(call.attempt_id)
    line = world.line(call, talk=world.talk(call.attempt_id, talked))
    world.serve(world.answered.outbound(line))
    return line


def limit(world: World, campaign: Campaign, name: str = "24 hours") -> tuple[int, int]:
    view = world.pacing.view(campaign.id)
    assert view is not None
    (found,) = [one for one in view.limits if name in one.name]
    return found.live, found.abandoned
