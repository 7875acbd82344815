"""The door asks the rules at the very moment: packs that bind, the outside check, conduct within the law."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from dialer_world import ALWAYS, RULES, START, World, until

from campaigns.model import Campaign, LeadStatus, Purpose
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from campaigns.screening import Screened
from dialer.door import Gate, Launch, Launched
from dialer.launcher import Launcher

SUNDAY = START + timedelta(days=4)


class Outside:
    """An outside check that says what it is told, and remembers what it was asked."""

    def __init__(self, answer: Screened = Screened(), meanwhile: Callable[[], Any] = lambda: None) -> None:  # noqa: B008
        self.answer = answer
        self.asked: list[tuple[str, Purpose, int]] = []
        self.meanwhile = meanwhile
        self.fault: BaseException | None = None

    async def ask(self, number: str, purpose: Purpose, campaign_id: int) -> Screened:
        self.asked.append((number, purpose, campaign_id))
        await asyncio.sleep(1)
        self.meanwhile()
        if self.fault is not None:
            raise self.fault
        return self.answer


def door(world: World, rules: RuleBook = RULES, outside: Outside | None = None) -> Launcher:
    switch, clock, calls = world.switch, world.clock, world.calls
    return Launcher(
        world.book,
        switch,
        clock,
        calls,
        world.agents,
        world.trunks,
        world.words,
        RulesInForce(rules),
        outside,
    )


async def through(launcher: Launcher, campaign: Campaign, *, agent: bool = True) -> Launch:
    return await launcher.launch(campaign, Gate(), with_agent=agent)


async def test_the_outside_check_is_asked_before_the_attempt_is_opened(world: World) -> None:
    await world.seat()
    outside = Outside(meanwhile=lambda: opened.append(world.book.asked["open_attempt"]))
    opened: list[int] = []
    launch = await through(door(world, outside=outside), await world.campaign())
    assert launch.what is Launched.PLACED
    assert outside.asked == [(world.lead().number, Purpose.SERVICE, 1)]
    assert opened == [0]


async def test_an_outside_refusal_parks_the_lead_until_somebody_asks_again(world: World) -> None:
    await world.seat()
    outside, campaign = Outside(Screened("known litigator")), await world.campaign()
    launch = await through(door(world, outside=outside), campaign)
    assert (launch.what, launch.reason) == (Launched.REFUSED, "known litigator")
    assert (world.lead().status, world.people.lead_reasons[1]) == (LeadStatus.REFUSED, "known litigator")
    assert world.switch.placed == []
    world.review.begin(campaign.id)
    await until(lambda: not world.review.is_looking(campaign.id))
    outside.answer = Screened()
    assert (await through(door(world, outside=outside), campaign)).what is Launched.PLACED


async def test_without_an_outside_answer_the_lead_waits(world: World) -> None:
    await world.seat()
    launch = await through(door(world, outside=Outside(Screened("no answer", 600))), await world.campaign())
    assert launch.what is Launched.REFUSED
    assert (world.lead().status, world.lead().due_at) == (LeadStatus.WAITING, START + timedelta(seconds=601))
    assert world.switch.placed == []


async def test_what_is_refused_anyway_is_not_asked_outside(world: World) -> None:
    await world.seat()
    outside = Outside()
    launch = await through(door(world, RuleBook({}, always=("gone",)), outside), await world.campaign())
    assert launch.what is Launched.REFUSED
    assert outside.asked == []


async def test_the_rules_are_asked_again_after_the_outside_answered(world: World) -> None:
    """The answer took its time, and meanwhile the hours ended."""
    await world.seat()
    late = rule_book(load_packs())
    waiting = START.replace(hour=0) + timedelta(days=1, hours=1) - timedelta(seconds=0.5)  # 20:00 in New York
    await asyncio.sleep((waiting - START).total_seconds())
    outside = Outside()
    launch = await through(door(world, late, outside), await world.campaign(hours=ALWAYS))
    assert outside.asked
    assert launch.what is Launched.REFUSED
    assert world.switch.placed == []


@pytest.mark.parametrize("fault", [OSError("broken"), asyncio.CancelledError()])
async def test_a_lead_is_not_lost_when_the_outside_check_fails(world: World, fault: BaseException) -> None:
    await world.seat()
    outside = Outside()
    outside.fault = fault
    launcher = door(world, outside=outside)
    campaign = await world.campaign()
    with pytest.raises(type(fault)):
        await through(launcher, campaign)
    assert launcher.owes_leads
    outside.fault = None
    assert (await through(launcher, campaign)).what is Launched.PLACED


async def test_the_house_closes_the_door_on_sundays(world: World) -> None:
    await world.seat()
    await asyncio.sleep((SUNDAY - START).total_seconds())
    launch = await through(door(world, rule_book(load_packs())), await world.campaign(hours=ALWAYS))
    assert launch.what is Launched.REFUSED
    assert "Sunday" in launch.reason
    assert world.lead().due_at == SUNDAY.replace(hour=14) + timedelta(days=1)  # Monday, 09:00 in New York


async def test_a_campaigns_own_packs_bind_it(world: World) -> None:
    await world.seat()
    launch = await through(door(world), await world.campaign(hours=ALWAYS, packs=("gone",)))
    assert launch.what is Launched.REFUSED
    assert "'gone' is not there" in launch.reason


async def test_a_sales_call_rings_as_long_as_the_law_says(world: World) -> None:
    await world.seat()
    campaign = await world.campaign(purpose=Purpose.MARKETING, ring_timeout_s=6, connect_limit_s=9)
    launch = await through(door(world), campaign)
    (dial,) = world.switch.placed
    assert (dial.ring_timeout_s, dial.variables["LIMIT"]) == (15, "2")
    call = world.calls.get(launch.attempt_id)
    assert call is not None
    assert call.campaign.ring_timeout_s == 15


async def test_a_recorded_sales_call_needs_consent_and_one_with_an_agent_does_not(world: World) -> None:
    await world.seat()
    spoken = await world.campaign(purpose=Purpose.MARKETING)
    assert (await through(door(world), spoken)).what is Launched.PLACED
    recorded = await world.campaign(purpose=Purpose.MARKETING, name="recorded", flow="vote")
    launch = await through(door(world), recorded, agent=False)
    assert launch.what is Launched.REFUSED
    assert "automated calls need prior consent" in launch.reason
