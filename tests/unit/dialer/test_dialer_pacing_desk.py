"""The desk through running campaigns: which calls start, what is counted, learned, kept and shown."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dialer_world import RULES, START, World, list_row, until
from pacing_cases import MANY, answer, limit, placed, predictive

from campaigns.model import CustomerClass, DialMode, Disposition, Purpose
from campaigns.rules.law import AbandonKind
from campaigns.rules.packs import HOUSE
from dialer.pacing.bounds import Bound
from dialer.pacing_facts import JUDGED, OF_ENDS

LONDON = {"number": "+442079460101", "zones": ("Europe/London",)}


@pytest.fixture
async def world() -> Any:
    made = World(trunks=(MANY,), agents=4)
    yield made
    await made.close()


async def test_it_dials_ahead_of_its_agents_without_reserving_them(world: World) -> None:
    campaign = await predictive(world)
    await world.seat("a1")
    await world.seat("a2")
    run = world.dials(campaign)
    calls = await placed(world, 3)
    assert len(calls) > 2
    assert not any(call.with_agent for call in calls)
    assert world.agents.ready == 2
    assert run.decision is not None
    assert run.decision.bound is Bound.RISK


async def test_an_answered_call_takes_the_agent_idle_longest_and_two_never_share_one(world: World) -> None:
    campaign = await predictive(world)
    second, first = await world.seat("a2"), await world.seat("a1")
    first.idle_since, second.idle_since = 900.0, 800.0
    world.dials(campaign)
    calls = (await placed(world, 4))[:3]
    for call in calls:
        answer(world, call)
    await until(lambda: world.agents.ready == 0)
    await asyncio.sleep(1)
    talking = {seat.agent_id: seat.call_id for seat in (first, second)}
    assert talking == {"a2": calls[0].attempt_id, "a1": calls[1].attempt_id}
    assert calls[2].facts.bridged_at is None


async def test_a_limit_of_none_reserves_an_agent_for_every_call_and_says_so(world: World) -> None:
    campaign = await predictive(world, leads=0)
    await world.people.load_rows(campaign.id, [list_row(1, **LONDON), list_row(2), list_row(3)])
    await world.seat("a1")
    run = world.dials(campaign)
    calls = await placed(world, 1)
    assert [call.with_agent for call in calls] == [True]
    assert run.decision is not None
    assert run.decision.bound is Bound.ZERO_BUDGET
    view = world.pacing.view(campaign.id)
    assert view is not None
    assert view.note == "uk: no abandoned call: every call has its agent reserved"


async def test_a_lead_that_came_later_with_a_limit_nobody_knew_of_is_not_called_ahead(world: World) -> None:
    campaign = await predictive(world, leads=3)
    seat = await world.seat("a1")
    world.dials(campaign)
    await placed(world, 1)
    vip = list_row(9, customer_class=CustomerClass.VIP, **LONDON)
    await world.people.load_rows(campaign.id, [vip])
    for call in world.calls.all():
        world.switch.hang_up(call.attempt_id, 17, 486)
    await until(lambda: any(dial.number == LONDON["number"] for dial in world.switch.placed))
    (british,) = [call for call in world.calls.all() if call.number == LONDON["number"]]
    assert british.with_agent
    assert seat.call_id == british.attempt_id


async def test_packs_that_bind_from_now_on_are_looked_at_at_once(world: World) -> None:
    campaign = await predictive(world)
    await world.seat("a1")
    run = world.dials(campaign)
    await placed(world, 1)
    world.people.campaign_rows[campaign.id] = replace(campaign, packs=("uk",))
    for call in world.calls.all():
        world.switch.hang_up(call.attempt_id, 17, 486)
    await until(lambda: run.decision is not None and run.decision.bound is Bound.ZERO_BUDGET)
    assert all(call.with_agent for call in await placed(world, 1))


async def test_used_up_limits_reserve_an_agent_for_each_call_until_there_is_room_again(world: World) -> None:
    campaign = await predictive(world, purpose=Purpose.MARKETING)
    await world.seat("a1")
    run = world.dials(campaign)
    await placed(world, 1)
    for _ in range(4):  # one more than the allowance of a new period
        world.pacing._judged._counts.count(campaign.id, abandoned=True)
    for call in world.calls.all():
        world.switch.hang_up(call.attempt_id, 17, 486)
    await until(lambda: run.decision is not None and run.decision.bound is Bound.BUDGET)
    assert run.decision is not None
    assert "4 of 4 abandoned" in run.decision.why
    calls = await placed(world, 1)
    assert [call.with_agent for call in calls] == [True]
    for _ in range(99):
        world.pacing._judged._counts.count(campaign.id, abandoned=False)
    world.control.wake()
    await until(lambda: any(not call.with_agent for call in world.calls.all()))


async def test_a_new_process_goes_on_where_the_last_one_was(world: World) -> None:
    campaign = await predictive(world, purpose=Purpose.MARKETING)
    await world.seat("a1")
    world.dials(campaign)
    first = (await placed(world, 1))[0]
    line = answer(world, first, asyncio.sleep(3))
    await until(lambda: first.state == "after_talk")
    line.leave()
    world.switch.hang_up(first.attempt_id)
    await first.ended.wait()
    for call in world.calls.all():
        world.switch.hang_up(call.attempt_id, 19, None)
    await world.control.runs[campaign.id].gate.close()
    world.control.wake()
    await until(lambda: world.calls.all() == [])
    await world.pacing.keep()
    learned = world.pacing._paced[campaign.id].memory
    names = set(world.pacing_book.kept[campaign.id])
    assert names == {"1", "1/1", "1/1/15"}  # the campaign, its list, its list at three in the afternoon
    fresh = world.restarted()
    await fresh.pacing.open(campaign, lambda: fresh._run(1)._room(), lambda: None)
    again = fresh.pacing._paced[campaign.id]
    assert again.memory.answer_rate.rate == pytest.approx(learned.answer_rate.rate, rel=0.02)
    assert again.memory.talks.to_plain() == learned.talks.to_plain()
    assert limit(fresh, campaign, "30 days") == (1, 0)
    await fresh.control.close()


async def test_what_is_stored_and_of_no_use_is_passed_over(world: World) -> None:
    campaign = await predictive(world)
    await world.pacing_book.keep_learned(campaign.id, {"1": {"version": 99}}, START)
    await world.seat("a1")
    world.dials(campaign)
    assert len(await placed(world, 1)) >= 1


async def test_calls_that_ring_for_nobody_are_given_up_after_the_minimum_ring_only(world: World) -> None:
    campaign = await predictive(world, rate=0.3, ring_timeout_s=60.0)
    for agent_id in ("a1", "a2"):
        await world.seat(agent_id)
    world.dials(campaign)
    calls = await placed(world, 4)
    for call in calls[:2]:
        answer(world, call)
    await until(lambda: world.agents.ready == 0)
    rest = calls[2:]
    await asyncio.sleep(20)
    assert set(world.switch.cancelled) == {call.attempt_id for call in rest}
    for call in rest:
        assert call.facts.ringing_at is not None
        assert call.facts.ended_at is not None
        assert call.facts.ended_at - call.facts.ringing_at >= timedelta(seconds=15)
        assert call.disposition is Disposition.CANCELLED
    view = world.pacing.view(campaign.id)
    assert view is not None
    assert view.given_up == len(rest)


async def test_agents_who_leave_soon_are_not_counted_on(world: World) -> None:
    campaign = await predictive(world)
    for agent_id in ("a1", "a2", "a3", "a4"):
        await world.seat(agent_id)
        if agent_id != "a1":
            await world.floor.announce_leave(agent_id, world.clock.now() + timedelta(seconds=20))
    world.dials(campaign)
    few = len(await placed(world, 1))
    desk, moment = world.pacing, world.clock.monotonic()
    paced = desk._paced[campaign.id]
    told = desk._told(paced, desk._look(), moment, paced.room()).leaving
    assert [round(one.until - moment) for one in told] == [19, 19, 19]
    for agent_id in ("a2", "a3", "a4"):
        await world.floor.announce_leave(agent_id, None)
    assert few < 8 < len(await placed(world, 8))


async def test_calls_of_another_campaign_hold_this_one_back(world: World) -> None:
    ours, theirs = await predictive(world, name="Ours"), await predictive(world, name="Theirs")
    for agent_id in ("a1", "a2"):
        await world.seat(agent_id)
    run = world.dials(ours)
    alone = len(await placed(world, 3))
    await run.gate.close()
    world.dials(theirs)
    await asyncio.sleep(2)
    assert len(world.calls.all(ours.id)) == alone
    assert len(world.calls.all(theirs.id)) < alone / 2


async def test_the_campaign_that_holds_fewer_agents_goes_first(world: World) -> None:
    ours, theirs = await predictive(world, name="Ours"), await predictive(world, name="Theirs")
    for agent_id in ("a1", "a2", "a3", "a4"):
        await world.seat(agent_id)
    world.dials(ours)
    await placed(world, 8)
    world.dials(theirs)
    await asyncio.sleep(1)
    before = len(world.calls.all(theirs.id))
    for call in world.calls.all(ours.id)[:6]:
        world.switch.hang_up(call.attempt_id, 17, 486)
    kept = len(world.calls.all(ours.id))
    await until(lambda: len(world.calls.all(theirs.id)) >= before + 3)
    assert len(world.calls.all(ours.id)) <= kept


async def shared_out(world: World, weights: tuple[int, int], *, changed_to: int | None = None) -> list[int]:
    """How many of eight agents each of two campaigns gets that has people enough to call."""
    both = [
        await predictive(world, mode=DialMode.PROGRESSIVE, name=name, weight=weight)
        for name, weight in zip(("Ours", "Theirs"), weights, strict=True)
    ]
    for campaign in both:
        world.dials(campaign)
    await asyncio.sleep(1)
    if changed_to is not None:
        world.pacing.weighed(await world.people.set_weight(both[0].id, changed_to, "moe"))
    for number in range(1, 9):
        await world.seat(f"a{number}")
        await asyncio.sleep(1)  # the rate of neither campaign is in the way
    await placed(world, 8)
    return [sum(call.with_agent for call in world.calls.all(campaign.id)) for campaign in both]


async def test_campaigns_share_agents_by_their_weights() -> None:
    for weights, changed_to, told in (((1, 1), None, [4, 4]), ((3, 1), None, [6, 2]), ((1, 1), 7, [7, 1])):
        world = World(trunks=(MANY,), agents=8)
        assert await shared_out(world, weights, changed_to=changed_to) == told
        await world.close()


async def test_a_weight_given_while_leads_are_looked_at_stays(world: World) -> None:
    campaign = await predictive(world)
    await world.seat("a1")
    world.dials(campaign)
    await placed(world, 1)
    world.pacing.weighed(await world.people.set_weight(campaign.id, 7, "moe"))
    await world.pacing.renew(campaign)  # as it was read before
    assert world.pacing._paced[campaign.id].campaign.weight == 7


async def test_lines_per_agent_place_so_many(world: World) -> None:
    campaign = await predictive(world, mode=DialMode.RATIO, lines_per_agent=2.5)
    for agent_id in ("a1", "a2"):
        await world.seat(agent_id)
    run = world.dials(campaign)
    assert len(await placed(world, 5)) == 5
    assert run.decision is not None
    assert run.decision.bound is Bound.LINES_PER_AGENT


async def test_hotline_callers_teach_how_many_agents_to_keep_free(world: World) -> None:
    campaign = await predictive(world)
    await world.seat("a1")
    world.dials(campaign)
    await placed(world, 1)
    before = world.pacing._paced[campaign.id].memory.inbound
    search = asyncio.create_task(world.agents.next_free("in-1"))
    assert (await search).agent_id == "a1"
    waiting = asyncio.create_task(world.agents.next_free("in-2"))
    await asyncio.sleep(60)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    after = world.pacing._paced[campaign.id].memory.inbound
    assert after.arrivals > before.arrivals + 1.5
    assert after.reserve > before.reserve


async def test_a_call_of_ours_goes_before_hotline_callers_whose_patience_is_longer(world: World) -> None:
    hotline = asyncio.create_task(world.agents.next_free("in-1"))
    await asyncio.sleep(1)
    ours = asyncio.create_task(world.agents.next_free("att-1", 1))
    also_ours = asyncio.create_task(world.agents.next_free("att-2", 1))
    await asyncio.sleep(1)
    for agent_id in ("a1", "a2", "a3"):
        await world.seat(agent_id)
    assert [(await task).agent_id for task in (ours, also_ours, hotline)] == ["a1", "a2", "a3"]


async def test_the_screen_goes_back_over_decisions_and_tells_a_quiet_one_once(world: World) -> None:
    campaign = await predictive(world)
    world.dials(campaign)
    await asyncio.sleep(30)
    view = world.pacing.view(campaign.id)
    assert view is not None
    assert [(one.calls, one.bound) for one in view.decisions] in (
        [(0, Bound.RISK)],
        [(0, Bound.HARDLY_KNOWN)],
    )
    await world.seat("a1")
    await placed(world, 1)
    view = world.pacing.view(campaign.id)
    assert view is not None
    assert sum(one.calls for one in view.decisions) >= 1
    assert "bounded by" in view.decisions[0].words


def test_every_end_of_an_unanswered_call_teaches_something_or_nothing_on_purpose() -> None:
    silent = {
        Disposition.CONNECTED,
        Disposition.ABANDONED,
        Disposition.MACHINE,
        Disposition.HUNG_UP_EARLY,
        Disposition.UNKNOWN,
    }
    assert set(OF_ENDS) | silent == set(Disposition)
    assert set(JUDGED) == {Disposition.CONNECTED, Disposition.ABANDONED}


async def test_other_packs_bring_their_own_limits_at_once(world: World) -> None:
    campaign = await predictive(world)
    world.dials(campaign)
    await until(lambda: world.pacing.view(campaign.id) is not None)
    before = world.pacing.view(campaign.id)
    assert before is not None
    packs = dict(RULES.packs)
    house = packs[HOUSE]
    rules = house.purposes[campaign.purpose]
    strict = replace(rules.conduct.abandon[0], rate=0.0, kind=AbandonKind.ZERO)
    conduct = replace(rules.conduct, abandon=(strict,))
    packs[HOUSE] = replace(
        house, version="other", purposes={**house.purposes, campaign.purpose: replace(rules, conduct=conduct)}
    )
    world.rules.book = replace(RULES, packs=packs, _bindings={})
    await world.pacing.packs_changed()
    view = world.pacing.view(campaign.id)
    assert view is not None
    assert [one.name for one in view.limits] != [one.name for one in before.limits]
    assert any("no abandoned call" in one.name for one in view.limits)
