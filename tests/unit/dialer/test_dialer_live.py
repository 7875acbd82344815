"""The live picture: every call is counted once, whatever overtakes what, and slow listeners only skip."""

import asyncio

from dialer_world import World

from campaigns.model import Disposition
from dialer.calls import Event, State
from dialer.errors import Refused
from dialer.telephony import Kind, SwitchEvent


async def test_a_call_is_counted_from_placing_to_its_end(world: World) -> None:
    campaign = await world.campaign()
    call = await world.launch(campaign, with_agent=False)
    assert (world.live.counters(campaign.id).placed, world.live.counters(None).in_dialling) == (1, 1)
    world.switch.ring(call.attempt_id)
    world.switch.answer(call.attempt_id)
    world.calls.talked(call)
    world.calls.released(call)
    counters = world.live.counters(campaign.id)
    assert (counters.answered, counters.connected, counters.in_voting, counters.abandoned) == (1, 1, 1, 0)
    world.calls.happen(call, Event.BRIDGED)  # a second talk of the same call
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    counters = world.live.counters(campaign.id)
    assert (counters.placed, counters.answered, counters.connected, counters.in_talking) == (1, 1, 1, 0)
    assert counters.ended[Disposition.CONNECTED] == 1
    assert set(counters.ended) == set(Disposition)


async def test_an_acknowledgement_that_was_overtaken_still_counts_as_placed(world: World) -> None:
    campaign = await world.campaign(leads=2)
    call = await world.launch(campaign, with_agent=False)
    world.live._counts.clear()
    call.state = State.COMMITTED
    world.switch.ring(call.attempt_id)
    world.calls.accept(call)
    assert world.live.counters(campaign.id).placed == 1


async def test_a_call_that_was_refused_was_not_placed(world: World) -> None:
    campaign = await world.campaign()
    world.switch.refuse_next(Refused("no"))
    await world.launcher.launch(
        campaign, world._run(campaign.id).gate, with_agent=False, terms=await world.terms(campaign)
    )
    await world.calls.drain()
    assert world.live.counters(campaign.id).placed == 0
    assert world.live.counters(campaign.id).ended[Disposition.TRUNK_FAILED] == 1


async def test_abandoned_calls_and_votes_are_counted_for_their_campaign_and_in_all(world: World) -> None:
    campaign = await world.campaign()
    call = await world.launch(campaign, with_agent=False)
    world.switch.answer(call.attempt_id)
    call.message_played = True
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    world.live.voted(campaign.id)
    world.live.voted(None)
    of_campaign, of_all = world.live.counters(campaign.id), world.live.counters(None)
    assert (of_campaign.abandoned, of_campaign.voted) == (1, 1)
    assert (of_all.abandoned, of_all.voted, of_all.placed) == (1, 2, 1)


async def test_asking_for_campaigns_that_never_were_leaves_nothing_behind(world: World) -> None:
    assert world.live.counters(12345).placed == 0
    assert 12345 not in world.live._counts
    assert 12345 not in world.live._ended


async def test_agents_and_the_link_are_shown_as_they_are_now(world: World) -> None:
    await world.seat("a1")
    assert world.live.counters(None).agents["ready"] == 1
    assert world.live.counters(None).switch_up
    world.switchboard.hear(SwitchEvent(Kind.LINK_DOWN, world.clock.now()))
    assert not world.live.counters(None).switch_up


async def test_a_slow_listener_skips_and_never_lags(world: World) -> None:
    changes = world.live.changes()
    await anext(changes)  # at once
    for _ in range(5):
        world.live.changed()
    await anext(changes)
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(1)
    assert not waiting.done()
    world.live.changed()
    await asyncio.wait_for(waiting, 1)
    await changes.aclose()
    assert world.live._listeners == set()


async def test_closing_the_picture_ends_every_stream(world: World) -> None:
    seen = 0

    async def listen() -> None:
        nonlocal seen
        async for _ in world.live.changes():
            seen += 1

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.1)
    world.live.close()
    await asyncio.wait_for(listening, 1)
    assert seen >= 1
