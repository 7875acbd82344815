"""Campaigns on one pool of agents: one that has nobody to call keeps no agent from one that has."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations

import pytest
from dialer_world import START, World, list_row, until

from campaigns.model import Campaign, DialMode
from dialer.agent_states import AgentState
from dialer.trunks import Trunk, TrunkBoard

BOTH = (DialMode.PROGRESSIVE, DialMode.PREDICTIVE)
STORE_S = 0.004
"""What each question to the store takes here: visits to the door overlap, as they do beside a real one."""

AT_ONCE_S = 0.3
"""Far less than any campaign sleeps by itself, and room for the visits of all others."""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World(trunks=(Trunk("main", 99, 99),), agents=2)
    made.book.takes_s = STORE_S
    yield made
    await made.close()


async def loaded(world: World, name: str, mode: DialMode, leads: int, *, due_in_s: float = 0.0) -> Campaign:
    made = await world.campaign(leads=0, name=name, mode=mode)
    first = 1 + 100 * (made.id - 1)
    due_at = START + timedelta(seconds=due_in_s)
    rows = [list_row(index, due_at=due_at) for index in range(first, first + leads)]
    await world.people.load_rows(made.id, rows)
    return made


async def refused(world: World, name: str, mode: DialMode, leads: int) -> Campaign:
    """A campaign whose leads are all due, and may none of them be called."""
    made = await loaded(world, name, mode, leads)
    for lead in list(world.people.lead_rows.values()):
        if lead.campaign_id == made.id:
            await world.people.suppress(lead.number, "asked", "agent", START)
    return made


async def both_ready(world: World) -> None:
    for agent_id in ("a1", "a2"):
        await world.seat(agent_id)


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("place", range(4))
async def test_a_due_lead_is_called_at_once_beside_campaigns_with_nothing_due(
    world: World, mode: DialMode, place: int
) -> None:
    idle = [await loaded(world, f"Idle {number}", mode, 1, due_in_s=3600) for number in range(3)]
    busy = await loaded(world, "Busy", mode, 1, due_in_s=3600)
    for campaign in [*idle[:place], busy, *idle[place:]]:
        world.dials(campaign)
    await both_ready(world)
    await asyncio.sleep(12)  # every campaign has slept and looked again more than once
    began = world.clock.monotonic()
    await world.people.load_rows(busy.id, [list_row(900, due_at=START)])
    world.control.wake()
    await until(lambda: bool(world.switch.placed))
    assert world.clock.monotonic() - began < AT_ONCE_S


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_agents_who_come_are_not_kept_by_campaigns_with_nothing_due(
    world: World, order: tuple[int, ...]
) -> None:
    modes = (DialMode.PROGRESSIVE, DialMode.PREDICTIVE, DialMode.PROGRESSIVE)
    made = [
        await loaded(world, f"Number {number}", mode, 2, due_in_s=0 if number == 2 else 3600)
        for number, mode in enumerate(modes)
    ]
    for number in order:
        world.dials(made[number])
    await asyncio.sleep(12)
    began = world.clock.monotonic()
    await both_ready(world)
    await until(lambda: len(world.switch.placed) == 2)
    assert world.clock.monotonic() - began < AT_ONCE_S


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("agents", [1, 2])
async def test_leads_that_are_refused_one_after_the_other_hold_up_no_other_campaign(
    world: World, mode: DialMode, place: int, agents: int
) -> None:
    made = [await refused(world, f"Refused {number}", mode, 40) for number in range(place)]
    busy = await loaded(world, "Busy", mode, 1)
    made += [busy, *[await refused(world, f"Refused {number}", mode, 40) for number in range(place, 2)]]
    for campaign in made:
        world.dials(campaign)
    await asyncio.sleep(1)
    for agent_id in ("a1", "a2")[:agents]:
        await world.seat(agent_id)
    visits = world.book.asked["claim"]
    await until(lambda: bool(world.switch.placed))
    assert world.calls.all(busy.id)
    assert world.book.asked["claim"] - visits < 20, "others' leads were gone through first"


async def test_campaigns_with_nobody_to_call_wake_each_other_no_more_than_once(world: World) -> None:
    for number in range(4):
        world.dials(await loaded(world, f"Idle {number}", DialMode.PROGRESSIVE, 1, due_in_s=3600))
    await both_ready(world)
    await asyncio.sleep(1)
    visits = world.book.asked["claim"]
    world.control.wake()
    await asyncio.sleep(1)
    assert 4 <= world.book.asked["claim"] - visits <= 8  # two agents: two visits each


async def test_campaigns_whose_trunks_are_full_do_not_spin(world: World) -> None:
    full = [await loaded(world, f"Full {number}", DialMode.PROGRESSIVE, 5) for number in range(3)]
    world.use_trunks(TrunkBoard([Trunk("main", 99, 1)], world.clock))
    for campaign in full:
        world.dials(campaign)
    await both_ready(world)
    await until(lambda: bool(world.switch.placed))
    visits = world.book.asked["claim"]
    await asyncio.sleep(0.7)
    assert world.book.asked["claim"] - visits <= 3 * 2 * 4  # each with two agents, every quarter of a second


async def test_an_agent_promised_to_a_call_being_placed_is_told_as_such(world: World) -> None:
    first, second = [await loaded(world, f"Number {n}", DialMode.PROGRESSIVE, 2) for n in (1, 2)]
    world.book.held["claim"] = asyncio.Event()
    await world.seat("a1")
    world.dials(first)
    await until(lambda: world.book.asked["claim"] == 1)
    world.dials(second)
    await asyncio.sleep(AT_ONCE_S)
    view = world.pacing.view(second.id)
    assert view is not None
    (told,) = view.decisions
    assert (told.calls, told.idle) == (0, 1)
    assert "1 agent idle, 1 of them for calls just being placed" in told.words
    world.book.held.pop("claim").set()
    await until(lambda: len(world.switch.placed) == 1)


NOBODY = ("due later", "refused")
EVERY_POOLED = (DialMode.PROGRESSIVE, DialMode.RATIO, DialMode.PREDICTIVE)


async def nobody(world: World, kind: str, mode: DialMode, leads: int = 30) -> Campaign:
    """A campaign that has nobody it may call, in the one way or the other."""
    if kind == "refused":
        return await refused(world, "Nobody", mode, leads)
    return await loaded(world, "Nobody", mode, leads, due_in_s=3600)


@pytest.mark.parametrize("others", [*NOBODY, "due"])
@pytest.mark.parametrize("mode", EVERY_POOLED)
async def test_a_call_that_its_agent_asked_for_waits_for_no_other_campaign(
    world: World, mode: DialMode, others: str
) -> None:
    """He holds it already: no other campaign could have him, whether it has somebody to call or not."""
    world.dials(await loaded(world, "Preview", DialMode.PREVIEW, 2))
    seat = await world.seat("a1")
    await until(lambda: seat.state is AgentState.PREVIEW)
    world.dials(await (loaded(world, "Due", mode, 2) if others == "due" else nobody(world, others, mode)))
    await asyncio.sleep(12)
    began = world.clock.monotonic()
    await world.floor.call("a1")
    await until(lambda: bool(world.switch.placed))
    assert world.clock.monotonic() - began < AT_ONCE_S


@pytest.mark.parametrize("kind", NOBODY)
@pytest.mark.parametrize("mode", EVERY_POOLED)
async def test_who_has_nobody_to_call_never_stands_in_line(world: World, mode: DialMode, kind: str) -> None:
    busy = await loaded(world, "Busy", DialMode.RATIO, 0)
    run = world.dials(busy)
    world.dials(await nobody(world, kind, mode))
    await both_ready(world)
    for agent_id in ("a1", "a2"):
        assert world.agents.reserve(f"talk {agent_id}", busy.id) is not None
    world.control.wake()
    await asyncio.sleep(1)
    told = []
    for _ in range(200):
        await asyncio.sleep(0.1)
        others = world.pacing._paced.values()
        told += [one.campaign.name for one in others if one.wanting_since is not None]
    assert set(told) <= {"Busy"}
    assert run.decision is not None
    assert world.book.asked["claim"] < 60


async def test_who_has_somebody_to_call_waits_for_his_turn_from_the_start(world: World) -> None:
    """Found out without an agent, and without changing what is known of the lead."""
    first = await loaded(world, "First", DialMode.PROGRESSIVE, 1)
    before = world.lead(1)
    for campaign in (first, await loaded(world, "Second", DialMode.PROGRESSIVE, 1)):
        world.dials(campaign)
    await asyncio.sleep(6)
    assert in_line(world) == {"First": True, "Second": True}
    assert (world.lead(1), world.people.lead_reasons.get(1, "")) == (before, "")


def in_line(world: World) -> dict[str, bool]:
    return {one.campaign.name: one.wanting_since is not None for one in world.pacing._paced.values()}


async def test_whose_people_no_trunk_carries_does_not_stand_in_line() -> None:
    world = World(trunks=(Trunk("main", 99, 99, only=re.compile(r"\+999")),), agents=2)
    for name in ("First", "Second"):
        world.dials(await loaded(world, name, DialMode.PROGRESSIVE, 1))
    await asyncio.sleep(6)
    assert in_line(world) == {"First": False, "Second": False}
    await world.close()
