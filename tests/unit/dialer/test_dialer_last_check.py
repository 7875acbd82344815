"""What changes while a lead is looked at, asked about outside or stored: it is judged by what is so now."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import time

import pytest
from dialer_world import ALWAYS, RULES, World, list_row, number, refuse_consent, until

from campaigns.memory_people import MemoryPersonBook
from campaigns.model import (
    Campaign,
    CampaignStatus,
    Disposition,
    HoursWindow,
    LeadStatus,
    Purpose,
)
from campaigns.packs_folder import Choices, load_packs, rule_book
from campaigns.rules_in_force import RulesInForce
from campaigns.screening import Screened
from dialer.door import Gate, Launch, Launched
from dialer.launcher import Launcher

WITHOUT_GAP = Choices(house_hours=ALWAYS, house_on_holidays=True, house_gap_minutes=0)
SHUT = (HoursWindow(6, time(9), time(10)),)


class Slow:
    """An outside check that allows every call, when it is told to answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = asyncio.Event()

    async def ask(self, number: str, purpose: Purpose, campaign_id: int) -> Screened:
        self.asked.append(number)
        await self.answers.wait()
        return Screened()


def door(world: World, outside: Slow) -> Launcher:
    return Launcher(
        world.book,
        world.switch,
        world.clock,
        world.calls,
        world.agents,
        world.trunks,
        world.words,
        RulesInForce(RULES),
        outside,
    )


async def erase(world: World) -> None:
    await MemoryPersonBook(world.people).erase(1, world.clock.now(), "mia", None)


CHANGES: dict[str, Callable[[World], Awaitable[object]]] = {
    "barred": lambda world: world.people.suppress(number(1), "asked", "mia", world.clock.now()),
    "consent withdrawn": refuse_consent,
    "hours shut": lambda world: world.people.set_rules(1, SHUT, (), "mia", world.clock.now()),
    "erased": erase,
    "paused": lambda world: world.people.set_status(1, CampaignStatus.PAUSED, "mia", world.clock.now()),
}


def nobody_was_called(world: World) -> None:
    """Nothing went out, nothing is on record, and agent and line are free."""
    assert world.switch.placed == []
    assert list(world.memory.attempts()) == []
    assert world.agents.ready == 1
    assert world.trunks.channels_free == 10
    assert world.lead().status is not LeadStatus.CLAIMED


@pytest.mark.parametrize("change", CHANGES)
async def test_who_may_not_be_called_any_more_is_not_called_when_the_outside_check_answers(
    world: World, change: str
) -> None:
    await world.seat()
    outside, campaign = Slow(), await world.campaign()
    launching = asyncio.create_task(door(world, outside).launch(campaign, Gate(), with_agent=True))
    await until(lambda: bool(outside.asked))
    await CHANGES[change](world)
    outside.answers.set()
    assert (await launching).what in (Launched.REFUSED, Launched.GONE)
    nobody_was_called(world)
    assert outside.asked == [number(1)]


@pytest.mark.parametrize("change", CHANGES)
async def test_who_may_not_be_called_any_more_is_not_called_while_the_attempt_is_stored(
    world: World, change: str
) -> None:
    await world.seat()
    campaign = await world.campaign()
    storing = world.book.held["open_attempt"] = asyncio.Event()
    launching = asyncio.create_task(world.visit(campaign))
    await until(lambda: bool(world.book.asked["open_attempt"]))
    await CHANGES[change](world)
    storing.set()
    assert (await launching).what in (Launched.REFUSED, Launched.GONE)
    nobody_was_called(world)


async def test_a_change_that_forbids_nothing_only_has_the_lead_judged_once_more(world: World) -> None:
    await world.seat()
    campaign = await world.campaign()
    storing = world.book.held["open_attempt"] = asyncio.Event()
    launching = asyncio.create_task(world.visit(campaign))
    await until(lambda: bool(world.book.asked["open_attempt"]))
    await world.people.claimed_judged_again(campaign.id, "packs", world.clock.now())
    storing.set()
    assert (await launching).what is Launched.PLACED
    assert (world.book.asked["open_attempt"], len(world.switch.placed)) == (2, 1)


async def test_a_pause_binds_while_the_outside_check_is_asked(world: World) -> None:
    await world.seat()
    outside, campaign, gate = Slow(), await world.campaign(), Gate()
    launching = asyncio.create_task(door(world, outside).launch(campaign, gate, with_agent=True))
    await until(lambda: bool(outside.asked))
    closing = asyncio.create_task(gate.close())
    await asyncio.sleep(0)
    outside.answers.set()
    await closing
    assert (await launching).what is Launched.CLOSED
    nobody_was_called(world)
    assert world.lead().status is LeadStatus.WAITING


async def two_numbers(world: World, *numbers: str) -> Campaign:
    """A campaign in which the first customer has a lead for each of two numbers of his."""
    campaign = await world.campaign(leads=0)
    await world.people.load_rows(campaign.id, [list_row(1, number=one) for one in numbers])
    return campaign


async def test_one_person_is_never_called_on_two_numbers_at_once(world: World) -> None:
    await world.seat("a1")
    await world.seat("a2")
    campaign = await two_numbers(world, number(1), number(2))
    launches: list[Launch] = list(await asyncio.gather(world.visit(campaign), world.visit(campaign)))
    launches.append(await world.visit(campaign))
    assert sorted(launch.what for launch in launches if launch.what is Launched.PLACED) == [Launched.PLACED]
    assert len(world.switch.placed) == 1
    assert {launch.reason for launch in launches if launch.what is Launched.REFUSED} == {Launched.WITH_PERSON}


async def test_nor_for_two_campaigns(world: World) -> None:
    world.rules.book = rule_book(load_packs(), WITHOUT_GAP)
    await world.seat("a1")
    await world.seat("a2")
    first = await two_numbers(world, number(1))
    other = await world.campaign(leads=0, name="Another")
    await world.people.load_rows(other.id, [list_row(1, number=number(2))])
    assert (await world.visit(first)).what is Launched.PLACED
    launch = await world.visit(other)
    assert (launch.what, launch.reason) == (Launched.REFUSED, Launched.WITH_PERSON)


async def test_after_a_talk_his_other_number_is_called_no_more(world: World) -> None:
    world.rules.book = rule_book(load_packs(), WITHOUT_GAP)
    await world.seat("a1")
    campaign = await two_numbers(world, number(1), number(2))
    call = await world.launch(campaign)
    world.switch.answer(call.attempt_id)
    world.calls.talked(call, world.clock.now())
    world.switch.hang_up(call.attempt_id)
    await until(lambda: bool(world.ended))
    assert call.disposition is Disposition.CONNECTED
    launch = await world.visit(campaign, with_agent=False)
    assert (launch.what, launch.reason) == (Launched.REFUSED, "was talked to on another number")
    assert world.lead(2).status is LeadStatus.REFUSED
    assert len(world.switch.placed) == 1
