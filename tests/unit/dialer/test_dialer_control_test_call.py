"""Test calls: through the same door as every other, and told why not."""

import asyncio

import pytest
from dialer_world import World, number

from campaigns.memory_books import MemorySuppressionBook
from campaigns.model import CampaignStatus, LeadStatus
from campaigns.suppression import OPT_OUT_ID
from dialer.errors import NotAllowedNow, NotSent


async def test_a_test_call_goes_through_the_same_door(world: World) -> None:
    test = await world.words.test_campaign()
    placed = await world.control.test_call(number(50), "ann")
    assert (placed.number, placed.campaign_id) == (number(50), test.id)
    assert [(dial.attempt_id, dial.number) for dial in world.switch.placed] == [
        (placed.attempt_id, number(50))
    ]


async def test_a_number_that_a_former_test_call_did_not_reach_is_not_called_by_the_next(
    world: World,
) -> None:
    world.book.broken["open_attempt"] = 1
    with pytest.raises(OSError, match="open_attempt"):
        await world.control.test_call(number(50), "ann")
    placed = await world.control.test_call(number(51), "ann")
    assert [dial.number for dial in world.switch.placed] == [number(51)]
    assert world.calls.all()[0].attempt_id == placed.attempt_id
    assert [lead.status for lead in world.people.lead_rows.values()] == [
        LeadStatus.DONE,
        LeadStatus.CLAIMED,
    ]


async def test_a_test_call_that_is_refused_for_now_is_not_called_later(world: World) -> None:
    placed = await world.control.test_call(number(50), "ann")
    await asyncio.sleep(1)
    with pytest.raises(NotAllowedNow, match="a call to this number is under way"):
        await world.control.test_call(number(50), "ann")
    assert world.lead(2).closed_reason == "the test call was not placed"
    assert await world.book.next_due(placed.campaign_id) is None


async def test_a_test_call_that_is_refused_for_good_is_not_called_when_that_changes(world: World) -> None:
    test = await world.words.test_campaign()
    now = world.clock.now()
    await world.people.suppress(number(50), "asked", "ann", now)
    with pytest.raises(NotAllowedNow, match="was not placed"):
        await world.control.test_call(number(50), "ann")
    await MemorySuppressionBook(world.people).unsuppress(OPT_OUT_ID, number(50), "ann", now)
    assert world.lead(1).status is LeadStatus.DONE
    assert await world.book.next_due(test.id) is None


async def test_a_number_is_tested_twice_in_a_row(world: World) -> None:
    for _ in range(2):
        placed = await world.control.test_call(number(50), "ann")
        call = world.calls.get(placed.attempt_id)
        assert call is not None
        world.switch.hang_up(placed.attempt_id, 17, 486)
        await call.ended.wait()
        await asyncio.sleep(1)
    assert [dial.number for dial in world.switch.placed] == [number(50)] * 2


async def test_two_test_calls_at_once_do_not_swap_their_numbers(world: World) -> None:
    both = await asyncio.gather(*(world.control.test_call(number(n), "ann") for n in (50, 51)))
    placed = {dial.attempt_id: dial.number for dial in world.switch.placed}
    assert {one.attempt_id: one.number for one in both} == placed


async def test_a_test_call_says_why_it_was_not_placed(world: World) -> None:
    world.words.lacking = ["no trunk"]
    with pytest.raises(NotAllowedNow, match="no test call can be placed: no trunk"):
        await world.control.test_call(number(50), "ann")
    world.words.lacking = []
    world.switch.refuse_next(NotSent("the link is down"))
    with pytest.raises(NotAllowedNow, match="was not placed: the link is down"):
        await world.control.test_call(number(50), "ann")
    await world.control.close()
    with pytest.raises(NotAllowedNow, match="was not placed: dialing is paused"):
        await world.control.test_call(number(51), "ann")


async def test_test_calls_are_paused_and_resumed_and_their_campaign_is_never_over(world: World) -> None:
    test = await world.words.test_campaign()
    await world.control.pause(test.id, "ann", "oops", cancel_unanswered=False)
    with pytest.raises(
        NotAllowedNow, match=rf"is paused by ann: oops \(`dialer campaign resume {test.id}`\)"
    ):
        await world.control.test_call(number(50), "ann")
    resumed = await world.control.resume(test.id, "ann")
    assert (resumed.status, world.control.runs) == (CampaignStatus.RUNNING, {})
    await world.control.test_call(number(50), "ann")
    with pytest.raises(NotAllowedNow, match="never over: pause it"):
        await world.control.stop(test.id, "ann")
    assert (await world.people.campaign(test.id)).status is CampaignStatus.RUNNING


@pytest.mark.parametrize("status", [CampaignStatus.FINISHED, CampaignStatus.STOPPED])
async def test_a_campaign_of_test_calls_that_is_over_is_started_without_a_list(
    world: World, status: CampaignStatus
) -> None:
    test = await world.words.test_campaign()
    await world.people.set_status(test.id, status, "ann", world.clock.now())
    assert (await world.control.start(test.id, "ann")).status is CampaignStatus.RUNNING
    assert world.control.runs == {}
    with pytest.raises(NotAllowedNow, match="is running already"):
        await world.control.start(test.id, "ann")
