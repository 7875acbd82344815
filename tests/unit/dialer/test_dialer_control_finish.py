"""When a campaign is finished by the service, and what keeps it open."""

import asyncio
from datetime import timedelta

import pytest
from control_cases import dialling, pause, status
from dialer_world import START, World, list_row, number, until

from campaigns.desk.lists import ListDesk
from campaigns.desk.retention import RetentionDesk
from campaigns.memory_books import MemoryListBook
from campaigns.memory_retention import MemoryRetentionBook
from campaigns.model import Campaign, CampaignStatus, LeadStatus
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from dialer.campaign_run import CampaignRun
from dialer.control import HELD, LOADING, SERVICE
from dialer.errors import NotAllowedNow
from dialer.memory import Course


async def test_a_campaign_without_anything_left_is_finished_by_the_service(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT, flow="test-call", retries={})
    world.switch.courses[world.lead().number] = Course(ends_after_s=1)
    await world.control.start(campaign.id, "ann")
    await until(lambda: not world.control.runs)
    finished = await world.people.campaign(campaign.id)
    assert (finished.status, finished.status_by) == (CampaignStatus.FINISHED, SERVICE)


@pytest.mark.parametrize("when", ["while it rings", "while it waits for the next call"])
async def test_a_campaign_does_not_wait_for_the_next_call_to_somebody_who_was_barred(
    world: World, when: str
) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT, flow="test-call")
    await world.control.start(campaign.id, "ann")
    await until(lambda: bool(world.calls.all()))
    if when == "while it rings":
        await world.people.suppress(world.lead().number, "by key", "customer", world.clock.now())
    world.switch.hang_up(world.calls.all()[0].attempt_id, 17, 486)
    await until(lambda: not world.calls.all())
    if when != "while it rings":
        assert world.lead().status is LeadStatus.WAITING
        await world.people.suppress(world.lead().number, "asked", "ann", world.clock.now())
        world.control.wake()
    await until(lambda: not world.control.runs)
    finished = await world.people.campaign(campaign.id)
    assert (finished.status, finished.status_reason) == (
        CampaignStatus.FINISHED,
        "1 refused: 1 on a do-not-call list",
    )
    assert world.clock.now() < START + timedelta(seconds=60)


def lists_of(world: World) -> ListDesk:
    """The desk of lists, telling control of changes."""
    retention = RetentionDesk(MemoryRetentionBook(world.people), RulesInForce(RuleBook({})), world.clock.now)
    return ListDesk(MemoryListBook(world.people), retention, world.clock.now, lambda _: world.control.wake())


async def held_leads(world: World, count: int) -> Campaign:
    """A running campaign whose leads are all in a list that is switched off."""
    campaign = await world.campaign(leads=count, status=CampaignStatus.DRAFT, flow="test-call", retries={})
    for lead in range(1, count + 1):
        world.switch.courses[world.lead(lead).number] = Course(ends_after_s=1)
    lists = lists_of(world)
    await lists.deactivate(1)
    await world.control.start(campaign.id, "ann")
    return campaign


async def test_a_campaign_whose_leads_are_all_held_goes_on_and_says_so(world: World) -> None:
    campaign = await held_leads(world, 2)
    await asyncio.sleep(600)
    waiting = await world.people.campaign(campaign.id)
    assert (waiting.status, waiting.status_by, waiting.status_reason) == (
        CampaignStatus.RUNNING,
        SERVICE,
        HELD,
    )
    assert waiting.status_at is not None
    assert waiting.status_at < START + timedelta(seconds=5), "said once, and not again and again"
    assert world.switch.placed == []
    lists = lists_of(world)
    began = world.clock.now()
    await lists.activate(1)
    await until(lambda: len(world.switch.placed) == 2)
    assert world.clock.now() - began < timedelta(seconds=1)
    assert (await world.people.campaign(campaign.id)).status_reason == "there are leads to call again"
    await until(lambda: not world.control.runs)
    assert await status(world, campaign) is CampaignStatus.FINISHED


async def test_a_campaign_with_held_leads_can_be_paused_and_stopped(world: World) -> None:
    campaign = await held_leads(world, 1)
    await asyncio.sleep(60)
    await pause(world, campaign)
    await until(lambda: not world.control.runs)
    await world.control.resume(campaign.id, "ann")
    await asyncio.sleep(60)
    assert (await world.people.campaign(campaign.id)).status_reason == HELD
    await world.control.stop(campaign.id, "ann")
    await until(lambda: not world.control.runs)
    assert await status(world, campaign) is CampaignStatus.STOPPED


async def test_a_campaign_does_not_end_while_a_list_is_on_its_way_into_it(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT, flow="test-call", retries={})
    world.switch.courses[world.lead().number] = world.switch.courses[number(2)] = Course(ends_after_s=1)
    world.loading.add(campaign.id)
    await world.control.start(campaign.id, "ann")
    await until(lambda: world.lead().status is LeadStatus.DONE)
    await asyncio.sleep(60)
    waiting = await world.people.campaign(campaign.id)
    assert (waiting.status, waiting.status_reason) == (CampaignStatus.RUNNING, LOADING)
    await world.people.load_rows(campaign.id, [list_row(2)])
    world.control.wake()
    await until(lambda: len(world.switch.placed) == 2)
    world.loading.clear()
    await until(lambda: not world.control.runs)
    assert await status(world, campaign) is CampaignStatus.FINISHED


async def test_a_finished_campaign_takes_another_list_and_calls_the_new_leads(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT, flow="test-call", retries={})
    world.switch.courses[world.lead().number] = world.switch.courses[number(2)] = Course(ends_after_s=1)
    await world.control.start(campaign.id, "ann")
    await until(lambda: not world.control.runs)
    with pytest.raises(NotAllowedNow, match="every lead is done: load another list, or recycle one"):
        await world.control.start(campaign.id, "ann")
    await world.people.load_rows(campaign.id, [list_row(2)])
    await world.control.start(campaign.id, "ann")
    await until(lambda: not world.control.runs)
    assert [dial.number for dial in world.switch.placed] == [number(1), number(2)]
    assert await status(world, campaign) is CampaignStatus.FINISHED


async def test_leads_that_come_in_the_moment_of_finishing_are_called(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT, flow="test-call", retries={})
    world.switch.courses[world.lead().number] = world.switch.courses[number(2)] = Course(ends_after_s=1)
    real = world.control._is_finished

    async def late(run: CampaignRun) -> bool:
        if number(2) not in {lead.number for lead in world.people.lead_rows.values()}:
            await world.people.load_rows(campaign.id, [list_row(2)])
        return await real(run)

    world.control._is_finished = late  # type: ignore[method-assign]
    await world.control.start(campaign.id, "ann")
    await until(lambda: not world.control.runs)
    assert [dial.number for dial in world.switch.placed] == [number(1), number(2)]


async def test_a_pause_in_the_moment_of_finishing_stands(world: World) -> None:
    campaign, (call,) = await dialling(world, 1, retries={})
    world.people.lead_rows = {call.lead.id: world.people.lead_rows[call.lead.id]}
    world.book.held["next_due"] = asyncio.Event()
    world.switch.hang_up(call.attempt_id, 17, 486)
    await call.ended.wait()
    await until(lambda: world.book.asked["next_due"] > 0)
    await pause(world, campaign)
    world.book.held.pop("next_due").set()
    await until(lambda: not world.control.runs)
    assert await status(world, campaign) is CampaignStatus.PAUSED


async def test_a_finish_that_the_store_does_not_take_is_tried_again(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT, flow="test-call", retries={})
    world.switch.courses[world.lead().number] = Course(ends_after_s=1)
    await world.control.start(campaign.id, "ann")
    real, failed = world.people.set_status, 0

    async def shaky(*args: object) -> Campaign:
        nonlocal failed
        failed += 1
        if failed < 3:
            raise OSError("disk full")
        return await real(*args)  # type: ignore[arg-type]

    world.people.set_status = shaky  # type: ignore[method-assign,assignment]
    await until(lambda: not world.control.runs)
    assert (await status(world, campaign), failed) == (CampaignStatus.FINISHED, 3)


async def test_a_round_that_fails_does_not_end_the_campaign(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT, flow="test-call")
    world.book.broken["claim"] = 3
    await world.control.start(campaign.id, "ann")
    await until(lambda: bool(world.switch.placed))
    assert world.book.asked["claim"] >= 4
    assert (world.clock.now() - START).total_seconds() >= 3


async def test_closing_ends_also_a_campaign_whose_store_is_gone(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT, flow="test-call")
    world.book.broken["campaign"] = 10**6
    await world.control.start(campaign.id, "ann")
    await asyncio.sleep(5)
    await asyncio.wait_for(world.control.close(), 5)
    assert world.control.runs == {}
    assert world.switch.placed == []


async def test_closing_is_not_disturbed_by_a_campaign_that_ends_meanwhile(world: World) -> None:
    for name in ("one", "two"):
        campaign = await world.campaign(
            leads=0, name=name, flow="test-call", status=CampaignStatus.DRAFT, retries={}
        )
        rows = [list_row(index) for index in range(20 if name == "one" else 40, 60)]
        await world.people.load_rows(campaign.id, rows)
        await world.control.start(campaign.id, "ann")
    await asyncio.sleep(0.1)
    await asyncio.wait_for(world.control.close(), 5)
    placed = len(world.switch.placed)
    await asyncio.sleep(10)
    assert (world.control.runs, len(world.switch.placed)) == ({}, placed)
