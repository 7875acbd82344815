"""Campaigns are changed apart from each other."""

import asyncio

from dialer_world import World

from campaigns.model import Campaign, CampaignStatus


async def test_a_pause_does_not_wait_for_the_sounds_of_another_campaign(world: World) -> None:
    running = await world.campaign(2)
    draft = await world.campaign(2, name="Next", status=CampaignStatus.DRAFT)
    began, made = asyncio.Event(), asyncio.Event()

    async def prepare(campaign: Campaign) -> None:
        if campaign.id == draft.id:
            began.set()
            await made.wait()

    world.words.prepare = prepare
    await world.control.go_on()
    starting = asyncio.create_task(world.control.start(draft.id, "ann"))
    await began.wait()
    receipt = await asyncio.wait_for(
        world.control.pause(running.id, "ann", "wrong list", cancel_unanswered=False), 1
    )
    assert receipt.campaign_id == running.id
    assert not starting.done()
    made.set()
    assert (await starting).status is CampaignStatus.RUNNING
