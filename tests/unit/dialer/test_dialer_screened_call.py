"""A screened call: people reach the agent, machines nobody, a sample of them an agent all the same."""

import asyncio
from collections.abc import Mapping

import pytest
from dialer_world import World, campaign, ready, until

from campaigns.model import AmdMode, Campaign, Disposition, Purpose, Screened
from dialer.agent_states import AgentState
from dialer.live_call import LiveCall, ending_of
from dialer.recovery import proof_of
from dialer.screened_call import verdict_of, with_check
from dialer.telephony import JournalEntry


@pytest.mark.parametrize(
    ("query", "verdict"),
    [
        ({}, None),
        ({"amd": ""}, None),
        ({"amd": "HANGUP"}, None),
        ({"amd": "HUMAN", "cause": "HUMAN-300-300"}, Screened.HUMAN),
        ({"amd": "NOTSURE"}, Screened.NOT_SURE),
        ({"amd": "MACHINE"}, Screened.MACHINE),
    ],
)
def test_the_verdict_is_read_from_the_request(query: Mapping[str, str], verdict: Screened | None) -> None:
    assert verdict_of(query) is verdict


def test_only_machines_are_sampled_and_only_for_a_free_agent() -> None:
    assert with_check(Screened.MACHINE, 0.1, 0.09, agent_free=True) is Screened.CHECKED
    assert with_check(Screened.MACHINE, 0.1, 0.1, agent_free=True) is Screened.MACHINE
    assert with_check(Screened.MACHINE, 0.0, 0.0, agent_free=True) is Screened.MACHINE
    assert with_check(Screened.MACHINE, 1.0, 0.0, agent_free=False) is Screened.MACHINE
    for passed in (Screened.HUMAN, Screened.NOT_SURE):
        assert with_check(passed, 1.0, 0.0, agent_free=True) is passed


async def screening_campaign(world: World, **changes: object) -> Campaign:
    return await world.campaign(amd=AmdMode.HUMAN_FIRST, **changes)


async def answered(world: World, one: Campaign, verdict: str) -> tuple[LiveCall, asyncio.Task[None]]:
    """Place a call, let it be answered, hand it over with a verdict."""
    call = await world.launch(one)
    world.switch.answer(call.attempt_id)
    line = world.line(call, f"outbound?amd={verdict}&cause=X", talk=world.talk(call.attempt_id))
    return call, world.serve(world.answered.outbound(line))


@pytest.mark.parametrize("verdict", ["HUMAN", "NOTSURE"])
async def test_who_may_be_a_person_reaches_the_agent(world: World, verdict: str) -> None:
    seat = await world.seat()
    call, _ = await answered(world, await screening_campaign(world), verdict)
    await until(lambda: seat.state is AgentState.TALKING)
    assert call.facts.amd == verdict_of({"amd": verdict})
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    assert call.disposition is Disposition.CONNECTED
    assert world.live.counters(None).screened[Screened(call.facts.amd or "")] == 1


async def test_a_machine_takes_no_agent_and_follows_its_own_retry_rule(world: World) -> None:
    seat = await world.seat()
    one = await screening_campaign(world)
    call, conversation = await answered(world, one, "MACHINE")
    await conversation
    assert ready(seat)
    assert seat.talks == 0
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    assert call.disposition is Disposition.MACHINE
    assert world.lead().tried == {Disposition.MACHINE: 1}
    (line,) = (await world.people.attempts(one.id)).lines
    assert (line.amd, line.disposition) == (Screened.MACHINE, Disposition.MACHINE)
    counters = world.live.counters(one.id)
    assert (counters.connected, counters.abandoned, counters.screened[Screened.MACHINE]) == (0, 0, 1)


@pytest.mark.parametrize(("message", "done"), [(False, "1"), (True, None)])
async def test_a_machine_is_left_to_the_dialplan_where_a_message_is_owed(
    world: World, message: bool, done: str | None
) -> None:
    await world.seat()
    call = await world.launch(await screening_campaign(world, machine_message=message))
    world.switch.answer(call.attempt_id)
    line = world.line(call, "outbound?amd=MACHINE&cause=LONGGREETING")
    await world.answered.outbound(line)
    assert await line.get_variable("DONE") == done


async def test_a_sampled_machine_reaches_the_agent_and_his_record_judges_detection(world: World) -> None:
    world.chance = 0.01
    seat = await world.seat()
    one = await screening_campaign(world, amd_check_share=0.05, wrap_up_s=5.0)
    call, _ = await answered(world, one, "MACHINE")
    await until(lambda: seat.state is AgentState.TALKING)
    assert call.facts.amd is Screened.CHECKED
    await world.floor.record("a1", call.attempt_id, "satisfied", "")
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    assert call.disposition is Disposition.CONNECTED
    counters = world.live.counters(one.id)
    assert counters.screened[Screened.CHECKED] == 1
    assert counters.misjudged_share == 1.0
    errors = world.live.misjudged(one.id)
    assert errors is not None
    assert errors.people.likely == 0  # nobody else was taken for a machine


async def test_a_check_that_finds_no_agent_ends_as_a_machine(world: World) -> None:
    world.chance = 0.0
    seat = await world.seat()
    call = await world.launch(await screening_campaign(world, amd_check_share=1.0))
    world.switch.answer(call.attempt_id)
    line = world.line(
        call, "outbound?amd=MACHINE&cause=X", talk=lambda words: asyncio.sleep(0, "NONEXISTENT")
    )
    conversation = world.serve(world.answered.outbound(line))
    await until(conversation.done)
    assert seat.talks == 0
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    assert call.disposition is Disposition.MACHINE
    assert world.live.counters(None).screened == {
        Screened.HUMAN: 0, Screened.NOT_SURE: 0, Screened.MACHINE: 1, Screened.CHECKED: 0,
    }  # fmt: skip


async def test_the_connect_limit_of_strict_detection_counts_from_its_verdict(world: World) -> None:
    call = await world.launch(
        await world.campaign(amd=AmdMode.STRICT, purpose=Purpose.MARKETING), with_agent=False
    )
    assert ending_of(call).connect_limit_s == 4.5
    world.switch.answer(call.attempt_id)
    await asyncio.sleep(1.2)
    world.calls.answered(call, "PJSIP/x")
    world.calls.screened(call, Screened.HUMAN)
    assert ending_of(call).connect_limit_s == pytest.approx(1.2 + 1.5)


async def test_without_detection_the_limit_and_the_path_are_as_ever(world: World) -> None:
    call = await world.launch(await world.campaign(), with_agent=False)
    assert ending_of(call).connect_limit_s == campaign().connect_limit_s
    assert not ending_of(call).machine


def test_the_journal_of_a_machine_proves_it() -> None:
    end = JournalEntry("end", "att-1", ("1700000000", "", "", "", "", "16", ""))
    machine = JournalEntry("machine", "att-1", ("1700000000", "SILENCE"))
    alone, both = proof_of([end]), proof_of([end, machine])
    assert alone is not None
    assert both is not None
    assert (alone.machine, both.machine, both.message_played) == (False, True, False)


async def test_a_machine_that_a_dead_service_never_heard_of_is_settled_as_one(world: World) -> None:
    call = await world.launch(await screening_campaign(world), with_agent=False)
    world.switch.crash()
    world.switch.link_up()
    after = world.restarted()
    after.switch.journals += [
        JournalEntry("end", call.attempt_id, ("1700000000", "", "", "", "", "16", "")),
        JournalEntry("machine", call.attempt_id, ("1700000000", "")),
    ]
    await after.recovery.reconcile()
    (line,) = (await after.people.attempts(call.campaign.id)).lines
    assert (line.disposition, line.amd) == (Disposition.MACHINE, Screened.MACHINE)


async def test_a_lost_link_takes_no_agent_back_for_a_machine_that_hears_its_message(world: World) -> None:
    seat = await world.seat()
    call = await world.launch(await screening_campaign(world, machine_message=True))
    world.switch.answer(call.attempt_id)
    await world.answered.outbound(world.line(call, "outbound?amd=MACHINE&cause=X"))
    assert ready(seat)
    world.switch.link_down()
    world.switch.link_up()
    await until(lambda: world.switchboard.ready)
    assert ready(seat)
    world.switch.hang_up(call.attempt_id)
    await call.ended.wait()
    assert call.disposition is Disposition.MACHINE
