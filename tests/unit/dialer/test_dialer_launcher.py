"""The one door: whatever goes wrong on the way, agent, trunk and lead are where they belong."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from dialer_world import RULES, START, World, list_row, until

from campaigns.errors import NotFound
from campaigns.model import Campaign, CampaignStatus, Disposition, LeadStatus
from campaigns.rules.refusals import standing_on
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.calls import State
from dialer.door import Gate, Launch, Launched
from dialer.errors import NotSent, Refused, Unproven
from dialer.last_check import LOOK_AGAIN
from dialer.trunks import Trunk, TrunkBoard


@pytest.fixture
async def seat(world: World) -> Seat:
    return await world.seat("a1")


def channels_free(world: World) -> int:
    """Count the free channels of the trunk without keeping any."""
    board: TrunkBoard = world.trunks
    return board._trunks[0].channels - board._in_use["main"]


def as_before(world: World, seat: Seat) -> None:
    """Nothing is in use, and the lead waits as it did."""
    assert (seat.state, seat.call_id, seat.subject) == (AgentState.READY, "", None)
    assert channels_free(world) == 10
    assert world.calls.all() == []
    lead = world.lead()
    assert (lead.status, lead.due_at) == (LeadStatus.WAITING, START)


async def through(world: World, campaign: Campaign, gate: Gate | None = None, agent: bool = True) -> Launch:
    terms = await world.terms(campaign)
    return await world.launcher.launch(campaign, gate or Gate(), with_agent=agent, terms=terms)


async def test_a_trunk_gets_number_and_caller_id_in_its_own_form(world: World, seat: Seat) -> None:
    world.launcher._trunks = TrunkBoard([Trunk("main", 9, 9, "national", "1", "1")], world.clock)
    campaign = await world.campaign()
    await through(world, campaign)
    (dial,) = world.switch.placed
    assert (dial.number, dial.caller_id) == (world.lead().number.removeprefix("+"), "12025550100")
    call = world.calls.get(dial.attempt_id)
    assert call is not None
    assert call.number == world.lead().number  # the books keep E.164


async def test_a_call_is_committed_before_anything_is_sent(world: World, seat: Seat) -> None:
    campaign = await world.campaign()
    world.book.held["open_attempt"] = asyncio.Event()
    launching = asyncio.create_task(through(world, campaign))
    await until(lambda: bool(world.book.asked["open_attempt"]))
    assert world.switch.placed == []
    assert seat.state is AgentState.RESERVED
    world.book.held.pop("open_attempt").set()
    launch = await launching
    assert launch.what is Launched.PLACED
    (dial,) = world.switch.placed
    assert (dial.attempt_id, dial.number, dial.trunk) == (launch.attempt_id, world.lead().number, "main")
    assert (dial.caller_id, dial.caller_name, dial.ring_timeout_s) == ("+12025550100", "Acme", 20.0)
    assert dial.variables == {"LIMIT": "2"}
    call = world.calls.get(launch.attempt_id)
    assert call is not None
    assert (call.state, seat.call_id, seat.subject) == (State.SENT, launch.attempt_id, call)
    assert (channels_free(world), world.lead().status) == (9, LeadStatus.CLAIMED)


async def test_without_a_ready_agent_no_lead_is_touched(world: World) -> None:
    launch = await through(world, await world.campaign())
    assert launch.what is Launched.NO_AGENT
    assert world.book.asked["claim"] == 0


async def test_an_agent_whom_a_waiting_caller_will_take_is_not_ready(world: World, seat: Seat) -> None:
    campaign = await world.campaign()
    world.agents.reserve("x")
    waiting = [asyncio.create_task(world.agents.next_free(name)) for name in ("in-1", "in-2")]
    await asyncio.sleep(0)
    world.agents.give_back("x")  # in-1 gets him
    assert (await through(world, campaign)).what is Launched.NO_AGENT
    for task in waiting:
        task.cancel()
    assert world.book.asked["claim"] == 0


async def test_an_agent_lost_between_claim_and_reservation(world: World, seat: Seat) -> None:
    campaign = await world.campaign()
    world.book.held["claim"] = asyncio.Event()
    launching = asyncio.create_task(through(world, campaign))
    await until(lambda: bool(world.book.asked["claim"]))
    world.agents.reserve("in-1")
    world.book.held.pop("claim").set()
    assert (await launching).what is Launched.NO_AGENT
    world.agents.give_back("in-1")
    as_before(world, seat)


async def test_nothing_due(world: World, seat: Seat) -> None:
    assert (await through(world, await world.campaign(leads=0))).what is Launched.NOTHING_DUE


async def test_a_lead_refused_without_a_next_moment_is_parked_and_the_next_one_called(
    world: World, seat: Seat
) -> None:
    campaign = await world.campaign(leads=2)
    await world.people.suppress(world.lead(1).number, "asked", "agent", START)
    launch = await through(world, campaign)
    assert (launch.what, bool(launch.reason)) == (Launched.REFUSED, True)
    kept = world.lead(1).verdict
    assert world.lead(1).status is LeadStatus.REFUSED
    assert kept is not None
    assert (kept.rule, kept.reason, kept.at, kept.next_at) == (
        "suppressed", "on the do-not-call list opt-out", world.clock.now(), None,
    )  # fmt: skip
    assert kept.book == standing_on(campaign, RULES)
    assert (await through(world, campaign)).what is Launched.PLACED


async def test_the_rules_are_asked_about_the_campaign_as_it_is_given(world: World, seat: Seat) -> None:
    campaign = await world.campaign(status=CampaignStatus.PAUSED)
    assert (await through(world, campaign)).what is Launched.REFUSED
    as_before(world, seat)


async def test_one_number_rings_for_one_lead_at_a_time(world: World) -> None:
    await world.seat("a1")
    await world.seat("a2")
    campaign = await world.campaign(leads=0)
    shared = list_row(1).number
    rows = [list_row(1), list_row(2, number=shared)]
    await world.people.load_rows(campaign.id, rows)
    side_by_side = await asyncio.gather(through(world, campaign), through(world, campaign))
    assert sorted(launch.what for launch in side_by_side) == sorted([Launched.PLACED, Launched.REFUSED])
    assert [dial.number for dial in world.switch.placed] == [shared]
    waiting = world.lead(2)
    assert (waiting.status, waiting.due_at - world.clock.now()) == (LeadStatus.WAITING, LOOK_AGAIN)


async def household(world: World) -> Campaign:
    """A campaign with two leads who share a telephone."""
    campaign = await world.campaign(leads=0, retries={}, flow="test-call")
    await world.people.load_rows(campaign.id, [list_row(1), list_row(2, number=list_row(1).number)])
    return campaign


@pytest.mark.parametrize("talk_s", [20, 900])
async def test_the_second_lead_of_a_household_is_called_when_the_gap_after_the_first_is_over(
    world: World, talk_s: float
) -> None:
    campaign = await household(world)
    run = world._run(campaign.id)
    world.control._runs[campaign.id] = run  # so that changes wake it
    work = world.serve(run.work())  # type: ignore[arg-type]
    await until(lambda: len(world.switch.placed) == 1)
    (first,) = world.calls.all()
    world.switch.answer(first.attempt_id)
    await asyncio.sleep(talk_s)
    world.switch.hang_up(first.attempt_id)
    await first.ended.wait()
    ended = world.clock.now()
    await until(lambda: "another lead" in world.people.lead_reasons.get(2, ""))
    await asyncio.sleep((ended + timedelta(minutes=4, seconds=58) - world.clock.now()).total_seconds())
    assert len(world.switch.placed) == 1
    await until(lambda: len(world.switch.placed) == 2)
    assert timedelta(0) <= world.clock.now() - ended - timedelta(minutes=5) < timedelta(seconds=1)
    (second,) = world.calls.all()
    assert second.lead.id == 2
    world.switch.hang_up(second.attempt_id, 17, 486)
    await work


async def test_a_call_by_hand_does_not_wait_for_the_gap(world: World) -> None:
    campaign = await household(world)
    first = await world.launch(campaign, with_agent=False)
    world.switch.hang_up(first.attempt_id, 17, 486)
    await first.ended.wait()
    assert (await through(world, campaign, agent=False)).what is Launched.REFUSED
    world.people.lead_rows[2] = replace(world.lead(2), due_at=world.clock.now())
    by_hand = await world.launcher.launch(campaign, Gate(), with_agent=False, by_hand=True)
    assert by_hand.what is Launched.PLACED


async def test_a_number_that_no_trunk_carries_is_parked(world: World, seat: Seat) -> None:
    campaign = await world.campaign(leads=0)
    await world.people.load_rows(campaign.id, [list_row(1)])
    world.use_trunks(TrunkBoard([], world.clock))
    assert (await through(world, campaign)).what is Launched.NO_CARRIER
    kept = world.lead().verdict
    assert (world.lead().status, kept and kept.rule) == (LeadStatus.REFUSED, "no-carrier")
    world.review.begin(campaign.id)  # the settings may name another trunk now
    await until(lambda: not world.review.is_looking(campaign.id))
    assert world.lead().status is LeadStatus.WAITING
    assert seat.state is AgentState.READY


async def test_no_trunk_with_room(world: World, seat: Seat) -> None:
    campaign = await world.campaign()
    world.use_trunks(TrunkBoard([Trunk("main", 1, 9)], world.clock))
    world.launcher._trunks.take(world.lead().number)
    assert (await through(world, campaign)).what is Launched.NO_TRUNK
    assert (world.lead().status, seat.state) == (LeadStatus.WAITING, AgentState.READY)


@pytest.mark.parametrize("step", ["open_attempt", "return_lead"])
async def test_a_store_that_fails_leaves_nobody_behind(world: World, seat: Seat, step: str) -> None:
    campaign = await world.campaign()
    world.book.broken["open_attempt"] = 1
    if step == "return_lead":
        world.book.broken["return_lead"] = 1
    with pytest.raises(OSError, match="open_attempt"):
        await through(world, campaign)
    assert (seat.state, channels_free(world)) == (AgentState.READY, 10)
    assert world.launcher.owes_leads
    if step == "return_lead":  # the store fails once more when the lead is offered again
        with pytest.raises(OSError, match="return_lead"):
            await through(world, campaign)
        assert world.launcher.owes_leads
    assert (await through(world, campaign)).what is Launched.PLACED
    assert not world.launcher.owes_leads


async def test_a_refused_lead_that_the_store_does_not_take_back_is_offered_again(
    world: World, seat: Seat
) -> None:
    campaign = await world.campaign(status=CampaignStatus.PAUSED)
    world.book.broken["return_lead"] = 1
    with pytest.raises(OSError, match="return_lead"):
        await through(world, campaign)
    assert world.lead().status is LeadStatus.CLAIMED
    await through(world, campaign)
    as_before(world, seat)


async def test_a_launch_that_is_cancelled_at_the_store_leaves_nobody_behind(world: World, seat: Seat) -> None:
    campaign = await world.campaign()
    world.book.held["open_attempt"] = asyncio.Event()
    launching = asyncio.create_task(through(world, campaign))
    await until(lambda: bool(world.book.asked["open_attempt"]))
    launching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await launching
    world.book.held.clear()
    assert (seat.state, channels_free(world)) == (AgentState.READY, 10)
    assert (await through(world, campaign)).what is Launched.PLACED


async def test_a_commit_that_came_through_all_the_same_is_not_called_twice(world: World, seat: Seat) -> None:
    campaign = await world.campaign()
    real, failed = world.memory.open_attempt, False

    async def commits_and_fails(attempt: object) -> None:
        nonlocal failed
        await real(attempt)  # type: ignore[arg-type]
        if not failed:
            failed = True
            raise OSError("connection lost after the commit")

    world.memory.open_attempt = commits_and_fails  # type: ignore[assignment,method-assign]
    with pytest.raises(OSError, match="after the commit"):
        await through(world, campaign)
    assert (await through(world, campaign)).what is Launched.NOTHING_DUE
    assert world.switch.placed == []
    assert len(await world.memory.open_attempts()) == 1


async def test_definitions_that_fail_are_found_out_before_the_commit(world: World, seat: Seat) -> None:
    campaign = await world.campaign()
    world.words.fault = NotFound("the sound is not there")
    with pytest.raises(NotFound):
        await through(world, campaign)
    assert await world.memory.open_attempts() == ()
    world.words.fault = None
    assert (seat.state, channels_free(world)) == (AgentState.READY, 10)
    assert (await through(world, campaign)).what is Launched.PLACED


@pytest.mark.parametrize("error", [NotSent("the link is down"), Refused("no such endpoint")])
async def test_a_call_that_was_not_placed_has_an_outcome_at_once(
    world: World, seat: Seat, error: Exception
) -> None:
    campaign = await world.campaign()
    world.switch.refuse_next(error)  # type: ignore[arg-type]
    launch = await through(world, campaign)
    assert (launch.what, launch.reason) == (Launched.SWITCH, str(error))
    await world.calls.drain()
    assert world.people.attempt_lines[launch.attempt_id].disposition is Disposition.TRUNK_FAILED
    assert (seat.state, channels_free(world)) == (AgentState.READY, 10)
    assert world.lead().status is LeadStatus.WAITING


async def test_a_call_that_nothing_proves_stays_open_with_all_it_needs(world: World, seat: Seat) -> None:
    campaign = await world.campaign()
    world.switch.refuse_next(Unproven("no answer to Originate"), lives=True)
    launch = await through(world, campaign)
    assert launch.what is Launched.SWITCH
    call = world.calls.get(launch.attempt_id)
    assert call is not None
    assert (call.sending, seat.state, channels_free(world)) == (False, AgentState.RESERVED, 9)
    world.switch.answer(launch.attempt_id)
    assert call.state is State.ANSWERED


async def test_leads_left_waiting_are_given_up_by_word(world: World) -> None:
    campaign = await world.campaign(leads=3)
    await world.launcher.give_up_waiting(campaign.id, "not needed")
    assert {world.lead(index).closed_reason for index in (1, 2, 3)} == {"not needed"}


async def test_closing_the_gate_waits_for_the_one_inside_and_lets_nobody_in_after(
    world: World, seat: Seat
) -> None:
    campaign, gate = await world.campaign(leads=2), Gate()
    world.book.held["open_attempt"] = asyncio.Event()
    launching = asyncio.create_task(through(world, campaign, gate))
    await until(lambda: bool(world.book.asked["open_attempt"]))
    closing = asyncio.create_task(gate.close())
    await asyncio.sleep(5)
    assert not closing.done()
    assert not gate.is_open
    assert (await through(world, campaign, gate, agent=False)).what is Launched.CLOSED
    world.book.held.pop("open_attempt").set()
    await closing
    assert launching.done()
    assert len(world.switch.placed) == 1
    gate.open()
    assert (await through(world, campaign, gate, agent=False)).what is Launched.PLACED


async def test_a_launch_that_fails_inside_does_not_keep_the_gate(world: World, seat: Seat) -> None:
    campaign, gate = await world.campaign(), Gate()
    world.book.broken["claim"] = 1
    with pytest.raises(OSError, match="claim"):
        await through(world, campaign, gate)
    await asyncio.wait_for(gate.close(), 1)
