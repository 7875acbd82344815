"""One running campaign: it keeps its bounds, wakes when it should, ends when it may, and survives faults."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from dialer_world import START, World, list_row, until

from campaigns.model import Campaign, CampaignStatus, LeadStatus
from dialer import campaign_run
from dialer.campaign_run import CampaignRun
from dialer.memory import Course
from dialer.pacing.bounds import Bound
from dialer.trunks import TrunkBoard

BUSY_AT_ONCE = Course(ends_after_s=0.5)


async def running(world: World, campaign: Campaign) -> tuple[CampaignRun, asyncio.Task[bool]]:
    run = world._run(campaign.id)
    world.control._runs[campaign.id] = run  # so that changes wake it
    return run, world.serve(run.work())  # type: ignore[arg-type,return-value]


def one_try(**changes: object) -> dict[str, object]:
    return {"flow": "test-call", "max_attempts": 1, **changes}


async def test_a_campaign_ends_when_every_lead_is_done(world: World) -> None:
    campaign = await world.campaign(leads=25, **one_try())
    for index in range(1, 26):
        world.switch.courses[world.lead(index).number] = BUSY_AT_ONCE
    _, work = await running(world, campaign)
    assert await work is True
    assert len(world.switch.placed) == 25
    assert {world.lead(index).status for index in range(1, 26)} == {LeadStatus.DONE}
    assert world.calls.all() == []


async def test_no_more_calls_at_once_than_channels(world: World) -> None:
    campaign = await world.campaign(leads=9, max_channels=3, **one_try())
    run, _ = await running(world, campaign)
    await asyncio.sleep(30)
    assert len(world.switch.placed) == 3
    assert run.decision is not None
    assert run.decision.bound == "channels"
    world.switch.hang_up(world.switch.placed[0].attempt_id, 17, 486)
    await asyncio.sleep(0.2)
    assert len(world.switch.placed) == 4


@pytest.mark.parametrize(("rate", "in_ten_s"), [(2.0, 20), (0.5, 5)])
async def test_no_more_calls_a_second_than_allowed(world: World, rate: float, in_ten_s: int) -> None:
    world.use_trunks(TrunkBoard([replace(world._trunks[0], channels=99)], world.clock))
    campaign = await world.campaign(leads=40, max_channels=99, calls_per_second=rate, **one_try())
    await running(world, campaign)
    await asyncio.sleep(9.95)
    assert in_ten_s - 2 <= len(world.switch.placed) <= in_ten_s


async def test_one_call_for_each_ready_agent_and_another_when_one_is_free(world: World) -> None:
    campaign = await world.campaign(leads=5)
    await running(world, campaign)
    await asyncio.sleep(20)
    assert world.switch.placed == []
    await world.seat("a1")
    await world.seat("a2")
    await asyncio.sleep(0.1)
    assert len(world.switch.placed) == 2
    world.switch.hang_up(world.switch.placed[0].attempt_id, 17, 486)
    await asyncio.sleep(0.1)
    assert len(world.switch.placed) == 3


async def test_it_waits_for_the_next_due_lead_and_for_no_longer(world: World) -> None:
    campaign = await world.campaign(leads=0, **one_try())
    await world.people.load_rows(campaign.id, [list_row(1, due_at=START + timedelta(seconds=3))])
    await running(world, campaign)
    await until(lambda: bool(world.switch.placed))
    assert (world.clock.now() - START).total_seconds() == pytest.approx(3.0, abs=0.1)


async def test_a_lead_that_became_due_by_other_hands_is_seen_within_five_seconds(world: World) -> None:
    campaign = await world.campaign(leads=1, **one_try())
    world.people.lead_rows[1] = replace(world.lead(), due_at=START + timedelta(hours=1))
    await running(world, campaign)
    await asyncio.sleep(0.1)
    world.people.lead_rows[1] = replace(world.lead(), due_at=START)
    await asyncio.sleep(campaign_run.IDLE_S)
    assert len(world.switch.placed) == 1


async def test_waking_shows_a_sooner_due_at_once(world: World) -> None:
    campaign = await world.campaign(leads=1, **one_try())
    world.people.lead_rows[1] = replace(world.lead(), due_at=START + timedelta(hours=1))
    await running(world, campaign)
    await asyncio.sleep(0.1)
    world.people.lead_rows[1] = replace(world.lead(), due_at=START)
    world.control.wake()
    await asyncio.sleep(0.05)
    assert len(world.switch.placed) == 1


async def test_nothing_is_placed_while_the_calls_of_before_are_being_settled(world: World) -> None:
    world.switchboard.ready = False
    campaign = await world.campaign(leads=1, **one_try())
    await running(world, campaign)
    await asyncio.sleep(20)
    assert world.switch.placed == []
    world.switchboard.ready = True
    world.control.wake()
    await asyncio.sleep(0.05)
    assert len(world.switch.placed) == 1


async def test_leads_that_are_refused_or_carried_by_no_trunk_do_not_hold_up_the_rest(world: World) -> None:
    campaign = await world.campaign(leads=9, max_channels=2, **one_try())
    for index in range(1, 5):
        await world.people.suppress(world.lead(index).number, "asked", "agent", START)
    rest = [world.lead(index).number for index in (8, 9)]
    carrying = TrunkBoard([replace(world._trunks[0], only=_any_of(rest))], world.clock)
    world.use_trunks(carrying)
    await running(world, campaign)
    await asyncio.sleep(0.5)
    assert [dial.number for dial in world.switch.placed] == rest


def _any_of(numbers: list[str]) -> object:
    import re

    return re.compile("|".join(map(re.escape, numbers)))


async def test_a_full_trunk_is_asked_again_soon_without_spinning(world: World) -> None:
    full = replace(world._trunks[0], channels=1)
    elsewhere = replace(full, name="elsewhere", channels=9, only=_any_of(["+34"]))
    world.use_trunks(TrunkBoard([full, elsewhere], world.clock))
    campaign = await world.campaign(leads=3, max_channels=9, **one_try())
    await running(world, campaign)
    await asyncio.sleep(10)
    assert len(world.switch.placed) == 1
    assert 30 <= world.book.asked["return_lead"] <= 200
    assert world.lead(2).status is LeadStatus.WAITING


async def test_no_lead_is_claimed_while_every_trunk_is_full(world: World) -> None:
    world.use_trunks(TrunkBoard([replace(world._trunks[0], channels=1)], world.clock))
    campaign = await world.campaign(leads=3, max_channels=9, **one_try())
    run, _ = await running(world, campaign)
    await asyncio.sleep(10)
    assert (len(world.switch.placed), world.book.asked["claim"]) == (1, 1)
    assert run.decision is not None
    assert run.decision.bound is Bound.TRUNKS


async def test_it_does_not_end_while_someone_still_writes_what_may_bring_a_call_back(world: World) -> None:
    campaign = await world.campaign(leads=1, max_attempts=2)
    seat = await world.seat("a1")
    await running(world, campaign)
    await until(lambda: bool(world.switch.placed))
    call = world.calls.all()[0]
    world.switch.answer(call.attempt_id)
    talk = world.serve(
        world.answered.outbound(world.line(call, talk=world.talk(call.attempt_id, asyncio.sleep(1))))
    )
    await talk
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    work = world.conversations[0]
    await asyncio.sleep(10)
    assert (seat.state, work.done()) == ("wrap_up", False)
    await asyncio.sleep(25)
    assert work.done()
    assert work.result() is True


async def test_a_lead_that_the_store_has_not_taken_back_keeps_the_campaign_alive(world: World) -> None:
    campaign = await world.campaign(leads=1, **one_try())
    run = world._run(campaign.id)
    world.book.broken["open_attempt"] = 1
    with pytest.raises(OSError, match="open_attempt"):
        await run.work()
    world.book.broken["return_lead"] = 1
    with pytest.raises(OSError, match="return_lead"):
        await run.work()
    world.switch.courses[world.lead().number] = BUSY_AT_ONCE
    assert await run.work() is True
    assert len(world.switch.placed) == 1


async def test_what_was_placed_beside_a_launch_that_failed_counts_for_the_rate(world: World) -> None:
    campaign = await world.campaign(leads=4, **one_try())
    run = world._run(campaign.id)
    run._rate.sent(world.clock.monotonic() - 5, 1, campaign.calls_per_second)  # so that several go at once
    world.book.broken["open_attempt"] = 1
    with pytest.raises(OSError, match="open_attempt"):
        await run.work()
    assert (len(world.switch.placed), len(run._rate._sent)) == (3, 3)


@pytest.mark.parametrize("status", [s for s in CampaignStatus if s is not CampaignStatus.RUNNING])
async def test_a_campaign_that_does_not_run_places_nothing(world: World, status: CampaignStatus) -> None:
    campaign = await world.campaign(leads=1, **one_try(status=status))
    assert await world._run(campaign.id).work() is False
    assert world.book.asked["claim"] == 0


async def test_a_closed_gate_ends_the_work_without_calling_it_finished(world: World) -> None:
    campaign = await world.campaign(leads=1, **one_try())
    run, work = await running(world, campaign)
    await asyncio.sleep(1)
    await run.gate.close()
    run.wake()
    assert await work is False


async def test_calls_are_spread_over_the_second(world: World) -> None:
    world.use_trunks(TrunkBoard([replace(world._trunks[0], channels=99)], world.clock))
    campaign = await world.campaign(leads=40, max_channels=99, calls_per_second=10.0, **one_try())
    await running(world, campaign)
    sent = [0]
    for _ in range(10):
        await asyncio.sleep(0.1)
        sent.append(len(world.switch.placed))
    assert max(later - earlier for earlier, later in pairwise(sent)) <= 2
    assert 9 <= sent[-1] <= 11


async def test_changes_of_other_calls_do_not_ask_the_store_while_there_is_no_room(world: World) -> None:
    campaign = await world.campaign(leads=9, max_channels=3, **one_try())
    run, _ = await running(world, campaign)
    await until(lambda: len(world.switch.placed) == 3)
    await asyncio.sleep(0.1)
    asked = world.book.asked["campaign"] + world.book.asked["next_due"]
    for _ in range(20):
        run.wake()
        await asyncio.sleep(0.01)
    assert world.book.asked["campaign"] + world.book.asked["next_due"] == asked


async def test_a_pause_ends_it_also_while_there_is_no_room(world: World) -> None:
    campaign = await world.campaign(leads=9, max_channels=3, **one_try())
    run, work = await running(world, campaign)
    await until(lambda: len(world.switch.placed) == 3)
    await run.gate.close()
    run.wake()
    async with asyncio.timeout(1):
        assert await work is False
