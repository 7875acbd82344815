"""Preview dialing: a lead before an agent, its call when he asks, and back it goes whatever else happens."""

import asyncio
from datetime import time, timedelta

import pytest
from dialer_world import START, World, until

from campaigns.memory_people import MemoryPersonBook
from campaigns.model import Campaign, DialMode, HoursWindow, LeadStatus
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.campaign_run import CampaignRun
from dialer.errors import NotAllowedNow
from dialer.offer import Offer
from dialer.preview import LOOK_S, NO_ANSWER, SKIPPED_FOR


async def previewed(world: World, leads: int = 3, **changes: object) -> tuple[Campaign, CampaignRun]:
    campaign = await world.campaign(leads=leads, mode=DialMode.PREVIEW, **changes)
    run = world._run(campaign.id)
    world.control._runs[campaign.id] = run
    world.serve(run.work())  # type: ignore[arg-type]
    return campaign, run


async def looking(world: World, agent_id: str = "a1") -> Seat:
    seat = await world.seat(agent_id)
    await until(lambda: seat.state is AgentState.PREVIEW)
    return seat


def offered(seat: Seat) -> Offer:
    assert isinstance(seat.subject, Offer)
    return seat.subject


async def test_each_free_agent_has_a_lead_of_his_own_and_nothing_is_dialled(world: World) -> None:
    await previewed(world)
    first, second = await looking(world, "a1"), await looking(world, "a2")
    await asyncio.sleep(30)
    assert {offered(seat).lead.id for seat in (first, second)} == {1, 2}
    assert world.switch.placed == []
    assert world.lead(1).status is LeadStatus.CLAIMED
    view = world.floor.view("a1")
    assert view.call is not None
    assert (view.state, view.call.number, view.call.outcomes) == ("preview", world.lead(1).number, {})
    assert "Customer 1" in view.call.script.opening  # type: ignore[union-attr]


async def test_the_call_starts_when_he_asks_and_is_his(world: World) -> None:
    await previewed(world)
    seat = await looking(world)
    await world.floor.call("a1")
    await until(lambda: bool(world.switch.placed))
    (call,) = world.calls.all()
    assert (call.lead.id, call.with_agent) == (1, True)
    assert (seat.state, seat.subject, seat.call_id) == (AgentState.RESERVED, call, call.attempt_id)
    world.switch.hang_up(call.attempt_id, 17, 486)
    await until(lambda: seat.state is AgentState.PREVIEW)
    assert offered(seat).lead.id == 2


async def test_a_skipped_lead_waits_a_while_with_the_reason(world: World) -> None:
    await previewed(world)
    seat = await looking(world)
    await world.floor.skip("a1", "speaks another language")
    lead = world.lead(1)
    assert lead.status is LeadStatus.WAITING
    assert lead.due_at == pytest.approx(world.clock.now() + SKIPPED_FOR, abs=timedelta(seconds=1))
    assert world.people.lead_reasons[1] == "skipped by a1: speaks another language"
    await until(lambda: seat.state is AgentState.PREVIEW)
    assert offered(seat).lead.id == 2


async def test_who_does_not_decide_is_paused_and_his_lead_goes_to_another(world: World) -> None:
    await previewed(world, leads=1)
    seat = await looking(world)
    await asyncio.sleep(LOOK_S + 1)
    assert (seat.state, seat.pause_reason) == (AgentState.PAUSED, NO_ANSWER)
    assert offered(await looking(world, "a2")).lead.id == 1


@pytest.mark.parametrize("leaves", ["pause", "log_out", "leg_gone"])
async def test_a_lead_goes_back_as_it_was_when_its_agent_leaves(world: World, leaves: str) -> None:
    await previewed(world, leads=1)
    seat = await looking(world)
    if leaves == "pause":
        await world.floor.pause("a1", "lunch")
    elif leaves == "log_out":
        await world.floor.log_out("a1")
    else:
        world.switch.hang_up(seat.leg_id)
    await until(lambda: world.lead().status is LeadStatus.WAITING)
    assert world.lead().due_at == START
    with pytest.raises(NotAllowedNow, match="there is no lead to decide on"):
        await world.floor.call("a1")


async def test_what_became_known_meanwhile_is_judged_at_the_call(world: World) -> None:
    await previewed(world, leads=2)
    seat = await looking(world)
    await world.people.suppress(world.lead(1).number, "asked", "customer", world.clock.now())
    await world.floor.call("a1")
    await until(lambda: seat.state is AgentState.PREVIEW and offered(seat).lead.id == 2)
    assert world.switch.placed == []
    assert world.lead(1).status is LeadStatus.REFUSED


async def test_who_is_erased_while_an_agent_looks_is_on_his_screen_no_more(world: World) -> None:
    await previewed(world, leads=2)
    seat = await looking(world)
    await MemoryPersonBook(world.people).erase(offered(seat).customer.id, world.clock.now(), "mia", None)
    await world.previews.take_back_unwanted()
    await until(lambda: seat.state is AgentState.PREVIEW)
    view = world.floor.view("a1")
    assert view.call is not None
    assert view.call.number == world.lead(2).number
    assert world.lead(1).status is LeadStatus.DONE


async def test_hours_that_are_changed_while_he_looks_bind_the_call(world: World) -> None:
    campaign, _ = await previewed(world, leads=1)
    seat = await looking(world)
    shut = (HoursWindow(6, time(9), time(10)),)
    await world.people.set_rules(campaign.id, shut, (), "mia", world.clock.now())
    await world.floor.call("a1")
    await until(lambda: world.lead().status is LeadStatus.WAITING)
    assert world.switch.placed == []
    assert world.lead().due_at > START + timedelta(days=1)
    assert seat.state is AgentState.READY


async def test_pausing_a_campaign_takes_its_leads_back(world: World) -> None:
    _, run = await previewed(world, leads=1)
    seat = await looking(world)
    await run.gate.close()
    run.wake()
    await until(lambda: seat.state is AgentState.READY)
    assert world.lead().status is LeadStatus.WAITING


async def test_a_campaign_is_not_over_while_somebody_looks_at_its_last_lead(world: World) -> None:
    await previewed(world, leads=1, max_attempts=1)
    await looking(world)
    await asyncio.sleep(60)
    work = world.conversations[0]
    assert not work.done()
    await world.floor.call("a1")
    await until(lambda: bool(world.calls.all()))
    world.switch.hang_up(world.calls.all()[0].attempt_id, 1, 404)
    await until(work.done)
    assert work.result() is True


async def test_calls_a_second_bound_what_is_asked_for_too(world: World) -> None:
    await previewed(world, leads=2, calls_per_second=0.1)
    for agent_id in ("a1", "a2"):
        await looking(world, agent_id)
    for agent_id in ("a1", "a2"):
        await world.floor.call(agent_id)
    await asyncio.sleep(5)
    assert len(world.switch.placed) == 1
    await asyncio.sleep(6)
    assert len(world.switch.placed) == 2


async def test_who_asked_for_a_call_that_cannot_be_placed_is_told_why_and_may_skip_it(world: World) -> None:
    await previewed(world, leads=2)
    seat = await looking(world)
    for _ in range(10):
        world.trunks.adopt("main")
    await world.floor.call("a1")
    await asyncio.sleep(LOOK_S + 8)
    card = world.floor.view("a1").call
    assert card is not None
    assert (seat.state, card.asked, card.waits_for) == ("preview", True, "every trunk is full")
    await world.floor.skip("a1", "waited too long")
    await until(lambda: seat.state is AgentState.PREVIEW and offered(seat).lead.id == 2)
    assert world.lead(1).due_at > world.clock.now()
    card = world.floor.view("a1").call
    assert card is not None
    assert (card.asked, card.waits_for, world.switch.placed) == (False, "", [])


async def test_what_a_call_waits_for_is_told_as_it_changes(world: World) -> None:
    await previewed(world, leads=1)
    seat = await looking(world)
    world.switchboard.ready = False
    await world.floor.call("a1")
    await asyncio.sleep(1)
    assert offered(seat).waits_for == "the link to the switch is down"
    heard = world.changes
    world.switchboard.ready = True
    for _ in range(10):
        world.trunks.adopt("main")
    world.control.wake()
    await asyncio.sleep(1)
    assert (offered(seat).waits_for, world.changes) == ("every trunk is full", heard + 1)
    for _ in range(10):
        world.trunks.give_back("main")
    world.control.wake()
    await until(lambda: bool(world.switch.placed))


async def test_a_call_that_is_being_placed_is_skipped_no_more(world: World) -> None:
    await previewed(world, leads=1)
    await looking(world)
    world.book.held["claimed"] = asyncio.Event()
    await world.floor.call("a1")
    await until(lambda: world.book.asked["claimed"] == 1)
    with pytest.raises(NotAllowedNow, match="its call is being placed already"):
        await world.floor.skip("a1", "second thoughts")
    world.book.held.pop("claimed").set()
    await until(lambda: bool(world.switch.placed))
