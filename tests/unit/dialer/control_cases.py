"""Campaigns that dial, and what a manager does to them."""

from dialer_world import World, until

from campaigns.model import Campaign, CampaignStatus
from dialer.live_call import LiveCall
from dialer.receipts import PauseReceipt


async def dialling(world: World, calls: int, **changes: object) -> tuple[Campaign, list[LiveCall]]:
    """A running campaign with that many calls in flight, none of them ringing yet."""
    changes = {"flow": "test-call", "max_channels": calls, "status": CampaignStatus.DRAFT, **changes}
    campaign = await world.campaign(leads=calls + 2, **changes)
    await world.control.start(campaign.id, "ann")
    await until(lambda: len(world.switch.placed) == calls)
    await world.calls.drain()
    return campaign, [call for dial in world.switch.placed if (call := world.calls.get(dial.attempt_id))]


async def status(world: World, campaign: Campaign) -> CampaignStatus:
    return (await world.people.campaign(campaign.id)).status


async def pause(world: World, campaign: Campaign, cancel: bool = False) -> PauseReceipt:
    return await world.control.pause(campaign.id, "ann", "lunch", cancel)
