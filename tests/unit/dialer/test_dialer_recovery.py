"""After a restart or a lost link: each witness of each end, living calls adopted, the rest swept up."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dialer_world import START, World, until
from recovery_cases import EPOCH, D, end, entry, left_behind, outcome
from structlog.testing import capture_logs

from campaigns.model import Disposition, InboundDisposition, LeadStatus
from dialer.calls import State
from dialer.errors import Unproven
from dialer.live_call import LiveCall
from dialer.ports import InboundCall
from dialer.recovery import LOOK_EVERY_S, SECOND_LOOK_S
from dialer.telephony import JournalEntry, Kind, LiveChannel

# From each witness to the outcome.


@pytest.mark.parametrize(
    ("witness", "wanted"),
    [
        (lambda key: [entry("failed", key, EPOCH, "3")], D.NO_ANSWER),
        (lambda key: [entry("failed", key, EPOCH, "0")], D.NO_ANSWER),
        (lambda key: [end(key, talked=EPOCH)], D.CONNECTED),
        (lambda key: [end(key, info="1")], D.ABANDONED),
        (lambda key: [end(key), entry("aband", key, EPOCH)], D.ABANDONED),
        (lambda key: [end(key)], D.HUNG_UP_EARLY),
        (lambda key: [entry("vote", key, EPOCH, "OK", "4")], D.UNKNOWN),
        (lambda key: [], D.UNKNOWN),
    ],
    ids=["timed out", "failed", "talked", "message", "abandoned", "hung up", "only a vote", "nothing"],
)
async def test_what_became_of_a_call_of_before(world: World, witness: Any, wanted: Disposition) -> None:
    fresh, (attempt_id,) = await left_behind(world)
    fresh.switch.journals += witness(attempt_id)
    await fresh.recovery.reconcile()
    assert outcome(fresh, attempt_id) is wanted
    assert fresh.switch.journals == []
    assert fresh.calls.all() == []
    lead = fresh.lead()
    assert lead.tried == {wanted: 1}
    assert lead.status is (LeadStatus.DONE if wanted is D.CONNECTED else LeadStatus.WAITING)


async def test_a_call_that_lives_is_followed_to_its_own_end(world: World) -> None:
    campaign = await world.campaign()
    placed = await world.launch(campaign, with_agent=False)
    world.switch.ring(placed.attempt_id)
    await world.calls.drain()
    fresh = world.restarted()
    await fresh.recovery.reconcile()
    call = fresh.calls.get(placed.attempt_id)
    assert call is not None
    assert (call.state, fresh.trunks._in_use["main"]) == (State.RINGING, 1)
    fresh.switch.hang_up(placed.attempt_id, 17, 486)
    await call.ended.wait()
    assert (outcome(fresh, placed.attempt_id), fresh.trunks._in_use["main"]) == (D.BUSY, 0)


async def test_a_call_that_shows_up_at_the_second_look_is_not_given_up(world: World) -> None:
    campaign = await world.campaign()
    world.switch.refuse_next(Unproven("no answer"))  # the new process finds nothing at first
    await world.launcher.launch(
        campaign, world._run(1).gate, with_agent=False, terms=await world.terms(campaign)
    )
    (attempt,) = await world.memory.open_attempts()
    fresh = world.restarted()
    reconciling = asyncio.create_task(fresh.recovery.reconcile(fresh.legs.restore))
    await asyncio.sleep(SECOND_LOOK_S / 2)
    channel: Any = world.switch._channels
    seat = await fresh.seat("a1")
    channel[attempt.id] = replace_channel(channel[seat.leg_id], attempt.id)
    await reconciling
    assert outcome(fresh, attempt.id) is None
    assert len(fresh.calls.all()) == 1


def replace_channel(like: Any, attempt_id: str) -> Any:
    return type(like)(attempt_id, "PJSIP/main-x", attempt_id, attempt_id=attempt_id, state="Ringing")


async def test_an_attempt_never_proven_counts_and_is_not_dialled_again_by_itself(world: World) -> None:
    fresh, (attempt_id,) = await left_behind(world, max_attempts=1)
    began = fresh.clock.monotonic()
    await fresh.recovery.reconcile()
    assert outcome(fresh, attempt_id) is D.UNKNOWN
    assert fresh.clock.monotonic() - began == pytest.approx(SECOND_LOOK_S, abs=0.1)
    assert fresh.lead().status is LeadStatus.DONE


async def test_what_the_process_itself_saw_is_not_overwritten_by_the_journal(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    world.switch.hang_up(call.attempt_id, 17, 486)  # both halves are here; storing takes a while
    world.switch.journals.append(entry("failed", call.attempt_id, EPOCH, "0"))
    await world.recovery.reconcile()
    await call.ended.wait()
    assert outcome(world, call.attempt_id) is D.BUSY


async def test_an_end_half_told_waits_for_its_other_half(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    channel = world.switch._channels.pop(call.attempt_id)
    world.switch._tell(Kind.ORIGINATE_FAILED, channel, action_id=call.attempt_id, reason=0)
    assert call.state is State.DENIED
    world.switch.journals.append(entry("failed", call.attempt_id, EPOCH, "0"))
    await world.recovery.reconcile()
    assert call.state is State.DENIED
    world.switch._tell(Kind.HUNG_UP, channel, cause=17, tech_cause=486)
    await call.ended.wait()
    assert outcome(world, call.attempt_id) is D.BUSY


async def test_a_call_placed_during_the_look_is_not_lost(world: World) -> None:
    """Between the question for channels and that for attempts a healthy dialer goes on placing calls."""
    campaign = await world.campaign(leads=2)
    real, placed = world.switch.live, []

    async def live() -> Any:
        found = await real()
        if len(placed) < 2:
            placed.append(await world.launch(campaign, with_agent=False))
        return found

    await world.recovery.reconcile()
    world.switch.live = live  # type: ignore[method-assign]
    await world.recovery.reconcile()
    assert [call.disposition for call in placed] == [None] * len(placed)
    assert placed


async def test_a_call_whose_originate_is_under_way_is_not_lost(world: World) -> None:
    campaign = await world.campaign()
    sent, real = asyncio.Event(), world.switch.place

    async def slow(dial: Any) -> None:
        await sent.wait()
        await real(dial)

    world.switch.place = slow  # type: ignore[method-assign]
    launching = asyncio.create_task(
        world.launcher.launch(
            campaign, world._run(1).gate, with_agent=False, terms=await world.terms(campaign)
        )
    )
    await until(lambda: bool(world.calls.all()))
    await asyncio.sleep(1)
    await world.recovery.reconcile()
    (call,) = world.calls.all()
    assert (call.state, call.sending) == (State.COMMITTED, True)
    sent.set()
    await launching
    assert call.state is State.SENT


async def test_a_call_that_ended_while_the_store_was_asked_is_not_revived(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    (stale,) = await world.memory.open_attempts()
    world.switch.hang_up(call.attempt_id, 17, 486)
    await call.ended.wait()
    assert await world.recovery._follow(stale) is None
    assert world.calls.all() == []


async def test_reconciling_twice_changes_nothing(world: World) -> None:
    fresh, ids = await left_behind(world, 3)
    fresh.switch.journals += [end(ids[0], talked=EPOCH), entry("failed", ids[1], EPOCH, "3")]
    await fresh.recovery.reconcile()
    before = {one: outcome(fresh, one) for one in ids}
    await fresh.recovery.reconcile()
    assert {one: outcome(fresh, one) for one in ids} == before
    assert set(before.values()) == {D.CONNECTED, D.NO_ANSWER, D.UNKNOWN}


# Adopting.


async def test_an_answered_call_of_a_former_process_is_adopted_where_it_stood(world: World) -> None:
    seat = await world.seat("a1")
    placed = await world.launch(await world.campaign())
    world.switch.answer(placed.attempt_id)
    world.switch.bridge(placed.attempt_id, seat.leg_id)
    await world.calls.drain()
    fresh = world.restarted()
    call = await fresh.recovery.find(placed.attempt_id)
    assert call is not None
    assert (call.state, call.served, call.facts) == (State.TALKING, True, placed.facts)
    assert await fresh.recovery.find(placed.attempt_id) is call
    assert fresh.calls.ringable(call.campaign.id) == []  # a pause must not cancel a talk
    assert await fresh.recovery.find("att-nobody") is None


async def test_adopting_at_the_same_time_gives_one_call(world: World) -> None:
    fresh, (attempt_id,) = await left_behind(world)
    found = await asyncio.gather(*(fresh.recovery.find(attempt_id) for _ in range(3)))
    assert len(set(map(id, found))) == 1
    assert fresh.trunks._in_use["main"] == 1


async def catch_up(world: World, call: LiveCall, **changes: Any) -> None:
    plain = LiveChannel(
        call.attempt_id, call.channel, "Up", "AGI", "outbound", 5, call.attempt_id, "", False, False, ""
    )
    world.recovery._catch_up(call, replace(plain, **changes))


async def test_a_living_call_is_brought_to_where_the_switch_has_it(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    await catch_up(world, call, state="Ringing")
    assert call.state is State.RINGING
    await asyncio.sleep(10)
    await catch_up(world, call)
    assert (call.state, call.facts.answered_at) == (State.ANSWERED, world.clock.now() - timedelta(seconds=5))
    await catch_up(world, call, talked=True, bridge_peer="PJSIP/a1")
    assert (call.state, call.served) == (State.TALKING, True)
    await catch_up(world, call, talked=True)
    assert call.state is State.AFTER_TALK
    moves = len(world.moves)
    await catch_up(world, call, talked=True)
    assert len(world.moves) == moves  # a second look finds nothing new
    assert call.facts.bridged_at is None  # nobody knows when


async def test_a_talk_that_a_coroutine_holds_is_left_to_it(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    world.switch.answer(call.attempt_id)
    call.owned = True
    await catch_up(world, call, talked=True)
    assert (call.state, call.served) == (State.ANSWERED, True)


# Sweeping.


@pytest.mark.parametrize(
    ("served", "said"),
    [(False, "nothing proves what became of a call"), (True, "end of a call not seen")],
)
async def test_what_is_said_of_a_call_that_is_nowhere_is_true_of_its_outcome(
    world: World, served: bool, said: str
) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    if served:
        world.switch.answer(call.attempt_id)
        call.served = True
    world.switch._channels.clear()
    await asyncio.sleep(SECOND_LOOK_S)
    with capture_logs() as logs:
        await world.recovery.reconcile()
    assert outcome(world, call.attempt_id) is (D.CONNECTED if served else D.UNKNOWN)
    about = {"nothing proves what became of a call", "end of a call not seen"}
    assert [one["event"] for one in logs if one["event"] in about] == [said]


async def test_a_call_that_lives_beside_an_old_journal_is_not_said_to_have_ended(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    world.switch.answer(call.attempt_id)
    world.switch.journals.append(entry("machine", call.attempt_id, EPOCH, "0"))
    await asyncio.sleep(2 * SECOND_LOOK_S + 1)
    with capture_logs() as logs:
        await world.recovery.sweep()
    assert not call.ended.is_set()
    assert not [one for one in logs if one["log_level"] == "warning" or "ended" in one["event"]]


async def test_a_journal_of_an_end_that_nobody_saw_has_it_settled(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    world.switch._channels.clear()  # its hangup was dropped
    world.switch.journals.append(end(call.attempt_id, talked=EPOCH))
    await world.recovery.sweep()
    assert not call.ended.is_set()  # it may be on its way
    await asyncio.sleep(2 * SECOND_LOOK_S + 1)
    await world.recovery.sweep()
    assert outcome(world, call.attempt_id) is D.CONNECTED


async def test_a_call_that_nothing_proves_is_asked_about_when_it_should_have_ended(world: World) -> None:
    campaign = await world.campaign()
    world.switch.refuse_next(Unproven("no answer to Originate"))
    launch = await world.launcher.launch(
        campaign, world._run(1).gate, with_agent=False, terms=await world.terms(campaign)
    )
    await asyncio.sleep(25)
    await world.recovery.sweep()
    assert outcome(world, launch.attempt_id) is None
    await asyncio.sleep(6)
    await world.recovery.sweep()
    assert outcome(world, launch.attempt_id) is D.UNKNOWN
    assert world.trunks._in_use["main"] == 0


async def test_a_talk_whose_end_was_dropped_is_noticed_within_a_minute_or_so(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    world.switch.answer(call.attempt_id)
    call.served = True
    await asyncio.sleep(LOOK_EVERY_S / 2)
    world.switch._channels.clear()
    await world.recovery.sweep()
    assert not call.ended.is_set()
    await asyncio.sleep(LOOK_EVERY_S)
    await world.recovery.sweep()
    assert outcome(world, call.attempt_id) is D.CONNECTED


async def test_sweeping_an_idle_dialer_asks_for_no_channels(world: World) -> None:
    async def live() -> Any:
        raise AssertionError("nobody is on the line")

    world.switch.live = live  # type: ignore[method-assign]
    await asyncio.sleep(10 * LOOK_EVERY_S)
    await world.recovery.sweep()


# Hotline calls.


@pytest.mark.parametrize(
    ("witness", "wanted"),
    [
        ([end("in-7", talked=EPOCH)], InboundDisposition.CONNECTED),
        ([end("in-7")], InboundDisposition.ABANDONED),
        ([], InboundDisposition.UNKNOWN),
    ],
    ids=["talked", "left", "nothing"],
)
async def test_a_hotline_call_of_a_dead_service_gets_an_outcome(
    world: World, witness: list[JournalEntry], wanted: InboundDisposition
) -> None:
    await world.memory.open_inbound(InboundCall("in-7", "+12025559999", "", START))
    world.switch.journals += witness
    await world.recovery.reconcile()
    assert world.memory.inbound_calls["in-7"].disposition is wanted
    assert await world.memory.open_inbound_calls() == ()


async def test_a_hotline_call_that_lives_at_the_switch_or_is_served_here_is_left_alone(
    world: World,
) -> None:
    seat = await world.seat("a1")
    channel: Any = world.switch._channels
    channel["in-7"] = replace_channel(channel[seat.leg_id], "in-7")
    for call_id in ("in-7", "in-8"):
        await world.memory.open_inbound(InboundCall(call_id, "", "", START))
    world.answered.inbound["in-8"] = object()  # type: ignore[assignment]
    journal = end("in-8")
    world.switch.journals.append(journal)
    await world.recovery.reconcile()
    assert await world.memory.open_inbound_calls() == ("in-7", "in-8")
    assert world.switch.journals == [journal]  # needed, should its coroutine be lost
    world.answered.inbound.clear()
