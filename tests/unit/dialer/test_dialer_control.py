"""Starting, pausing and stopping: a pause binds, its receipt is true, nobody's word is overwritten."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from control_cases import dialling, pause, status
from dialer_world import START, World, list_row, until

from campaigns.model import Campaign, CampaignStatus, Disposition
from dialer.call_board import GRACE_S
from dialer.calls import State
from dialer.control import STANDS
from dialer.errors import NotAllowedNow, NotSent, Unproven
from dialer.live_call import LiveCall
from ivr.errors import PromptError


async def test_a_campaign_starts_only_complete_and_with_a_list(world: World) -> None:
    campaign = await world.campaign(leads=0, status=CampaignStatus.DRAFT)
    world.words.lacking = ["it has no caller id"]
    with pytest.raises(NotAllowedNow, match="it has no caller id; the list is empty"):
        await world.control.start(campaign.id, "ann")
    assert await status(world, campaign) is CampaignStatus.DRAFT
    world.words.lacking = []
    await world.people.load_rows(campaign.id, [list_row(1)])
    started = await world.control.start(campaign.id, "ann")
    assert (started.status, started.status_by) == (CampaignStatus.RUNNING, "ann")
    assert world.words.prepared == [campaign.id]
    with pytest.raises(NotAllowedNow, match="is running"):
        await world.control.start(campaign.id, "ann")


async def test_nothing_is_placed_after_the_pause_and_the_receipt_counts_what_rings(world: World) -> None:
    campaign, calls = await dialling(world, 4)
    world.switch.ring(calls[0].attempt_id)
    world.switch.answer(calls[1].attempt_id)
    world.calls.talked(calls[1])
    world.switch.answer(calls[2].attempt_id)
    world.calls.talked(calls[2])
    world.calls.released(calls[2])  # he votes
    receipt = await pause(world, campaign)
    assert (receipt.paused_at, receipt.by, receipt.reason) == (world.clock.now(), "ann", "lunch")
    assert (receipt.still_ringing, receipt.talking, receipt.voting) == (2, 1, 1)
    assert (receipt.cancelled, receipt.crossed) == (0, 0)
    latest = max(call.placed_at for call in calls)
    assert receipt.last_ends_at == latest + timedelta(seconds=20 + GRACE_S)
    for call in calls:
        world.switch.hang_up(call.attempt_id)
    await asyncio.sleep(60)
    assert len(world.switch.placed) == 4
    paused = await world.people.campaign(campaign.id)
    assert (paused.status, paused.status_by, paused.status_reason) == (
        CampaignStatus.PAUSED,
        "ann",
        "lunch",
    )


async def test_the_receipt_waits_for_the_originate_already_written(world: World) -> None:
    campaign = await world.campaign(leads=3, status=CampaignStatus.DRAFT, flow="test-call", max_channels=1)
    answered, real = asyncio.Event(), world.switch.place

    async def slow(dial: object) -> None:
        await real(dial)  # type: ignore[arg-type]
        await answered.wait()

    world.switch.place = slow  # type: ignore[method-assign,assignment]
    await world.control.start(campaign.id, "ann")
    await until(lambda: bool(world.switch.placed))
    pausing = asyncio.create_task(pause(world, campaign))
    await asyncio.sleep(3)
    assert not pausing.done()
    written_at = world.clock.now()
    answered.set()
    receipt = await pausing
    assert receipt.paused_at >= written_at
    assert (receipt.still_ringing, len(world.switch.placed)) == (1, 1)


async def test_cancelling_hangs_up_what_rings_and_says_how_many(world: World) -> None:
    campaign, calls = await dialling(world, 3)
    world.switch.ring(calls[0].attempt_id)
    receipt = await pause(world, campaign, cancel=True)
    assert (receipt.still_ringing, receipt.cancelled, receipt.crossed) == (3, 3, 0)
    assert receipt.last_ends_at is None
    assert sorted(world.switch.cancelled) == sorted(call.attempt_id for call in calls)
    assert {call.disposition for call in calls} == {Disposition.CANCELLED}


def crossing(world: World, answered: LiveCall) -> None:
    """Let one call be answered while the cancel of another is on its way."""
    real = world.switch.cancel

    async def cancel(channel_id: str) -> bool:
        if answered.state is not State.ANSWERED and channel_id != answered.attempt_id:
            world.switch.answer(answered.attempt_id)
        return await real(channel_id)

    world.switch.cancel = cancel  # type: ignore[method-assign]


async def test_an_answer_that_goes_before_its_cancel_is_left_alone_and_counted(world: World) -> None:
    campaign, calls = await dialling(world, 3)
    crossing(world, calls[2])
    receipt = await pause(world, campaign, cancel=True)
    assert (receipt.still_ringing, receipt.cancelled, receipt.crossed) == (3, 2, 1)
    assert calls[2].attempt_id not in world.switch.cancelled
    assert (calls[2].state, calls[2].cancelled_by_us) == (State.ANSWERED, False)
    assert receipt.last_ends_at is None


async def test_an_answer_that_is_first_at_the_switch_is_counted_and_goes_on(world: World) -> None:
    campaign, (call,) = await dialling(world, 1)
    real = world.switch.cancel

    async def cancel(channel_id: str) -> bool:
        world.switch.answer(channel_id)
        return await real(channel_id)

    world.switch.cancel = cancel  # type: ignore[method-assign]
    receipt = await pause(world, campaign, cancel=True)
    assert (receipt.still_ringing, receipt.cancelled, receipt.crossed) == (1, 0, 1)
    assert (call.state, call.cancelled_by_us, call.disposition) == (State.ANSWERED, False, None)


async def test_a_channel_that_the_switch_is_still_making_is_cancelled_when_it_is_there(world: World) -> None:
    campaign, (call,) = await dialling(world, 1)
    real, asked = world.switch.cancel, 0

    async def not_yet(channel_id: str) -> bool:
        nonlocal asked
        asked += 1
        return await real(channel_id) if asked > 3 else False

    world.switch.cancel = not_yet  # type: ignore[method-assign]
    receipt = await pause(world, campaign, cancel=True)
    assert (receipt.cancelled, asked, call.disposition) == (1, 4, Disposition.CANCELLED)


async def test_a_cancel_that_never_left_does_not_colour_the_outcome(world: World) -> None:
    campaign, (call,) = await dialling(world, 1)

    async def down(channel_id: str) -> bool:
        raise NotSent("the link is down")

    world.switch.cancel = down  # type: ignore[method-assign]
    receipt = await pause(world, campaign, cancel=True)
    assert (receipt.still_ringing, receipt.cancelled) == (1, 0)
    assert receipt.last_ends_at is not None
    world.switch.hang_up(call.attempt_id, 16)
    await call.ended.wait()
    assert call.disposition is Disposition.TRUNK_FAILED


async def test_a_cancel_that_may_have_happened_is_remembered(world: World) -> None:
    campaign, (call,) = await dialling(world, 1)

    async def unproven(channel_id: str) -> bool:
        raise Unproven("no answer to Hangup")

    world.switch.cancel = unproven  # type: ignore[method-assign]
    assert (await pause(world, campaign, cancel=True)).cancelled == 0
    world.switch.hang_up(call.attempt_id, 16)
    await call.ended.wait()
    assert call.disposition is Disposition.CANCELLED


async def test_pausing_twice_and_while_the_link_is_down_answers(world: World) -> None:
    campaign, _ = await dialling(world, 2)
    await pause(world, campaign)
    world.switch.link_down()
    receipt = await pause(world, campaign, cancel=True)
    assert (receipt.still_ringing, receipt.cancelled) == (2, 0)
    assert await status(world, campaign) is CampaignStatus.PAUSED


async def test_only_what_runs_is_paused_and_only_what_is_paused_resumes(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT)
    with pytest.raises(NotAllowedNow, match="has not been started yet"):
        await pause(world, campaign)
    with pytest.raises(NotAllowedNow, match="has not been started yet"):
        await world.control.resume(campaign.id, "ann")
    with pytest.raises(NotAllowedNow, match="has not been started yet"):
        await world.control.stop(campaign.id, "ann")


async def test_a_resumed_campaign_dials_on(world: World) -> None:
    campaign, calls = await dialling(world, 1)
    await pause(world, campaign, cancel=True)
    await world.control.resume(campaign.id, "bob")
    await until(lambda: len(world.switch.placed) == 2)
    assert (await world.people.campaign(campaign.id)).status_by == "bob"
    assert len(world.control.runs) == 1
    assert calls[0].disposition is Disposition.CANCELLED


async def test_a_stop_cancels_and_is_for_good(world: World) -> None:
    campaign, calls = await dialling(world, 2)
    receipt = await world.control.stop(campaign.id, "ann")
    assert receipt.cancelled == 2
    assert calls[0].ended.is_set()
    for again in (world.control.start, world.control.resume):
        with pytest.raises(NotAllowedNow, match="stopped for good: create a new campaign"):
            await again(campaign.id, "ann")
    assert await status(world, campaign) is CampaignStatus.STOPPED


async def test_a_finished_campaign_starts_again_and_finds_new_people(world: World) -> None:
    campaign = await world.campaign(leads=1, flow="test-call", status=CampaignStatus.FINISHED)
    started = await world.control.start(campaign.id, "ann")
    assert started.status is CampaignStatus.RUNNING
    await until(lambda: len(world.switch.placed) == 1)


def test_every_refusal_says_how_the_campaign_stands_and_what_to_do() -> None:
    assert set(STANDS) == set(CampaignStatus)


async def test_after_a_restart_running_campaigns_go_on_and_others_do_not(world: World) -> None:
    running = await world.campaign(name="runs")
    await world.campaign(name="paused", status=CampaignStatus.PAUSED)
    test = await world.words.test_campaign()
    await world.people.set_status(test.id, CampaignStatus.RUNNING, "x", START)
    await world.control.go_on()
    assert set(world.control.runs) == {running.id}


@pytest.mark.parametrize("how", ["missing", "sounds"])
async def test_a_campaign_that_lost_its_definitions_is_paused_and_the_others_go_on(
    world: World, how: str
) -> None:
    broken = await world.campaign(name="broken")
    fine = await world.campaign(name="fine")
    if how == "missing":
        lacking = {broken.id: ["its flow is gone"]}
        world.words.missing = lambda one: lacking.get(one.id, [])  # type: ignore[method-assign]
    else:
        real = world.words.prepare

        async def prepare(one: Campaign) -> None:
            if one.id == broken.id:
                raise PromptError("its flow is gone")
            await real(one)

        world.words.prepare = prepare  # type: ignore[method-assign]
    await world.control.go_on()
    assert set(world.control.runs) == {fine.id}
    paused = await world.people.campaign(broken.id)
    assert (paused.status, paused.status_reason) == (
        CampaignStatus.PAUSED,
        "cannot go on: its flow is gone",
    )


async def test_a_call_that_is_over_needs_no_cancel(world: World) -> None:
    campaign, (call,) = await dialling(world, 1)
    world.switch.hang_up(call.attempt_id, 17, 486)
    receipt = await pause(world, campaign, cancel=True)
    assert receipt == replace(receipt, still_ringing=0, cancelled=0, crossed=0, last_ends_at=None)
    assert world.switch.cancelled == []


async def test_a_campaign_that_its_packs_object_to_neither_starts_nor_goes_on(world: World) -> None:
    campaign = await world.campaign(status=CampaignStatus.DRAFT)
    world.words.objecting = ["strict detection of machines: no (pack uk, rule machine)"]
    with pytest.raises(NotAllowedNow, match=r"cannot start: strict detection.*pack uk, rule machine"):
        await world.control.start(campaign.id, "ann")
    world.words.objecting = []
    await world.control.start(campaign.id, "ann")
    await world.control.pause(campaign.id, "ann", "lunch", False)
    world.words.objecting = ["strict detection of machines: no (pack uk, rule machine)"]
    with pytest.raises(NotAllowedNow, match="cannot go on: strict detection"):
        await world.control.resume(campaign.id, "ann")
