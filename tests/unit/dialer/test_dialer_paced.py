"""When a decision of the desk still holds: while nothing that it rests on has changed."""

from dataclasses import replace
from typing import Any

import pytest
from dialer_world import World

from campaigns.model import DialMode
from dialer.door import Launched
from dialer.paced import STILL_S, Asked, Room
from dialer.pacing.facts import CallMissed
from dialer.pacing.memory import Memory, learn
from dialer.pacing.snapshot import OtherCalls, Rules, Snapshot

MEMORY, RULES = Memory.fresh(), Rules()
FLOOR = Snapshot(
    idle=2, talks=[10.0], ringing=[80.0, 90.0], others=[OtherCalls(0.3, [70.0])], channels_free=9
)
BEFORE = Asked(FLOOR, MEMORY, RULES, 100.0)


def test_the_same_state_a_moment_later_is_still_the_same() -> None:
    alike = replace(FLOOR, talks=[10.0], ringing=[80.0, 90.0], others=[OtherCalls(0.3, [70.0])])
    assert Asked(alike, MEMORY, RULES, 100.0 + STILL_S / 2).is_still(BEFORE)
    assert not Asked(alike, MEMORY, RULES, 100.01 + STILL_S).is_still(BEFORE)
    assert not BEFORE.is_still(None)


@pytest.mark.parametrize(
    "change",
    [
        {"idle": 1},
        {"talks": []},
        {"ringing": [80.0]},
        {"others": [OtherCalls(0.31, [70.0])]},
        {"waiting": 1},
        {"inbound_waiting": 1},
        {"channels_free": 8},
        {"sends_left": 3},
        {"approved": 1},
    ],
)
def test_whoever_comes_or_goes_changes_it(change: dict[str, Any]) -> None:
    assert not replace(BEFORE, snapshot=replace(FLOOR, **change)).is_still(BEFORE)


def test_what_is_learned_and_other_rules_change_it() -> None:
    learned = learn(MEMORY, CallMissed(27.0), 100.0)
    assert not replace(BEFORE, memory=learned).is_still(BEFORE)
    assert not replace(BEFORE, rules=replace(RULES, min_ring_s=20.0)).is_still(BEFORE)


async def test_the_desk_decides_once_while_nothing_changes_and_anew_when_an_agent_goes() -> None:
    world = World(agents=2)
    try:
        campaign = await world.campaign(leads=3, mode=DialMode.PROGRESSIVE)
        await world.seat("a1")
        seat = await world.seat("a2")
        await world.pacing.open(campaign, lambda: Room(9, 9, 9), lambda: None)
        first = world.pacing.decide(campaign.id).decision
        assert first.calls == 2
        assert world.pacing.decide(campaign.id).decision is first
        world.pacing.placing(campaign.id, 1, reserved=True)
        assert world.pacing.decide(campaign.id).decision.calls == 1
        world.pacing.placed(campaign.id, Launched.NO_AGENT)
        world.agents.lose_phone(seat)
        assert world.pacing.decide(campaign.id).decision.calls == 1
    finally:
        await world.close()
