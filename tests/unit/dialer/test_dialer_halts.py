"""A pause that the store does not take: it binds, its receipt says so, and it is stored in the end."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from control_cases import dialling, pause, status
from dialer_world import World, until
from structlog.testing import capture_logs

from campaigns.errors import NotFound
from campaigns.model import Campaign, CampaignStatus, Disposition
from dialer.errors import NotAllowedNow
from dialer.halts import NOT_STORED, PATIENCE_S
from dialer.kept_soon import STORE_RETRY_S


class Locked:
    """A store that writes no status until it is let go; reading goes on. ``reads`` too, where asked for."""

    def __init__(self, world: World, *, reads: bool = False) -> None:
        self.locked, self.tries = True, 0
        self._set, self._read = world.people.set_status, world.people.campaign
        world.people.set_status = self.set_status  # type: ignore[method-assign]
        if reads:
            world.people.campaign = self.campaign  # type: ignore[method-assign]

    async def set_status(self, *what: Any) -> Campaign:
        self.tries += 1
        self._refuse()
        return await self._set(*what)

    async def campaign(self, campaign_id: int) -> Campaign:
        self._refuse()
        return await self._read(campaign_id)

    def _refuse(self) -> None:
        if self.locked:
            raise OSError("database is locked")


def changes(world: World) -> list[tuple[CampaignStatus, str, str]]:
    return [(one.status, one.by, one.reason) for one in world.people.status_changes]


async def stored(world: World, campaign: Campaign, expected: CampaignStatus) -> None:
    while await status(world, campaign) is not expected:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(STORE_RETRY_S)


async def test_a_pause_binds_that_the_store_does_not_take(world: World) -> None:
    campaign, calls = await dialling(world, 2)
    store = Locked(world)
    receipt = await pause(world, campaign)
    assert (receipt.stored, receipt.by, receipt.still_ringing) == (False, "ann", 2)
    shown = world.halts.as_it_stands(await world.people.campaign(campaign.id))
    assert (shown.status, shown.status_by) == (CampaignStatus.PAUSED, "ann")
    assert shown.status_reason == f"lunch ({NOT_STORED})"
    for call in calls:
        world.switch.hang_up(call.attempt_id)
    await asyncio.sleep(60)
    assert len(world.switch.placed) == 2  # two leads still wait
    assert store.tries > 30
    store.locked = False
    await stored(world, campaign, CampaignStatus.PAUSED)
    assert changes(world)[-1] == (CampaignStatus.PAUSED, "ann", "lunch")
    assert world.people.status_changes[-1].at == receipt.paused_at
    assert (await pause(world, campaign)).stored


async def test_what_rings_is_cancelled_though_neither_pause_nor_outcome_is_stored(world: World) -> None:
    campaign, calls = await dialling(world, 2)
    Locked(world, reads=True)
    world.book.broken["settle"] = 10_000
    receipt = await pause(world, campaign, cancel=True)
    assert (receipt.stored, receipt.still_ringing, receipt.cancelled) == (False, 2, 2)
    assert receipt.last_ends_at is None
    assert {call.disposition for call in calls} == {Disposition.CANCELLED}


async def test_what_rings_is_cancelled_before_the_store_lets_go_of_who_is_in_the_door(world: World) -> None:
    campaign, (over, ringing) = await dialling(world, 2)
    held = world.book.held["claim"] = asyncio.Event()
    before = world.book.asked["claim"]
    world.switch.hang_up(over.attempt_id)
    await until(lambda: world.book.asked["claim"] > before)
    pausing = asyncio.create_task(pause(world, campaign, cancel=True))
    async with asyncio.timeout(PATIENCE_S):
        await until(lambda: bool(world.switch.cancelled))
    assert not pausing.done()
    del world.book.held["claim"]
    held.set()
    assert (await pausing).cancelled == 1
    assert (world.switch.cancelled, len(world.switch.placed)) == ([ringing.attempt_id], 2)


async def test_a_store_that_hangs_keeps_nobody_waiting_for_his_receipt(world: World) -> None:
    campaign, _ = await dialling(world, 1)
    hangs, real = asyncio.Event(), world.people.set_status

    async def hang(*what: Any) -> Campaign:
        await hangs.wait()
        return await real(*what)

    world.people.set_status = hang  # type: ignore[method-assign]
    began = asyncio.get_running_loop().time()
    assert not (await pause(world, campaign)).stored
    assert asyncio.get_running_loop().time() - began == pytest.approx(PATIENCE_S)
    hangs.set()
    await stored(world, campaign, CampaignStatus.PAUSED)
    assert len(changes(world)) == 2  # started and paused: written once


async def test_a_campaign_goes_on_only_when_its_pause_is_stored(world: World) -> None:
    campaign, _ = await dialling(world, 1)
    store = Locked(world)
    await pause(world, campaign)
    with pytest.raises(NotAllowedNow, match="the store has not taken that yet"):
        await world.control.resume(campaign.id, "bob")
    with pytest.raises(NotAllowedNow, match="is paused: resume it"):
        await world.control.start(campaign.id, "bob")
    store.locked = False
    resumed = await world.control.resume(campaign.id, "bob")
    assert resumed.status is CampaignStatus.RUNNING
    assert world.halts.as_it_stands(resumed) == resumed
    assert changes(world)[-2:] == [
        (CampaignStatus.PAUSED, "ann", "lunch"),
        (CampaignStatus.RUNNING, "bob", "resumed"),
    ]
    assert world.control.runs[campaign.id].gate.is_open


async def test_a_stop_after_an_unstored_pause_is_stored_behind_it(world: World) -> None:
    campaign, _ = await dialling(world, 1)
    store = Locked(world)
    await pause(world, campaign)
    assert not (await world.control.stop(campaign.id, "bob")).stored
    for refused in (pause(world, campaign), world.control.resume(campaign.id, "bob")):
        with pytest.raises(NotAllowedNow, match="stopped for good"):
            await refused
    store.locked = False
    await stored(world, campaign, CampaignStatus.STOPPED)
    assert [status for status, _, _ in changes(world)[-2:]] == [CampaignStatus.PAUSED, CampaignStatus.STOPPED]


async def test_no_test_call_is_placed_while_their_pause_is_not_stored(world: World) -> None:
    campaign = await world.words.test_campaign()
    Locked(world)
    assert not (await pause(world, campaign)).stored
    with pytest.raises(NotAllowedNow, match="is paused by ann: lunch"):
        await world.control.test_call("+4930222001", "ann")


async def test_the_service_gives_the_store_a_last_moment(world: World) -> None:
    campaign, _ = await dialling(world, 1)
    store = Locked(world)
    await pause(world, campaign)
    asyncio.get_running_loop().call_later(PATIENCE_S / 2, lambda: setattr(store, "locked", False))
    await world.control.close()
    assert await status(world, campaign) is CampaignStatus.PAUSED


async def test_what_is_lost_with_the_service_is_said(world: World) -> None:
    campaign, _ = await dialling(world, 1)
    Locked(world)
    await pause(world, campaign)
    with capture_logs() as logs:
        await world.control.close()
    assert [one["by"] for one in logs if one["event"] == "halt lost: it was never stored"] == ["ann"]


async def test_a_halt_of_no_campaign_is_not_tried_for_ever(world: World) -> None:
    campaign, _ = await dialling(world, 1)

    async def gone(*_what: Any) -> Campaign:
        raise NotFound("no campaign")

    world.people.set_status = gone  # type: ignore[method-assign]
    assert (await pause(world, campaign)).stored
    assert world.halts.as_it_stands(replace(campaign, status_reason="as stored")).status_reason == "as stored"
