"""What only the running service knows about a campaign's dialing, put into words."""

import pytest
from dialer_world import START, World, until

from campaigns.desk.why import WhyDesk
from campaigns.errors import NotFound
from campaigns.model import Campaign, CampaignStatus, DialMode, LeadStatus
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules_in_force import RulesInForce
from campaigns.why import Why
from campaigns.why_facts import Live
from dialer.agent_states import AgentEvent, AgentState
from dialer.errors import Refused
from dialer.live_facts import live_facts
from dialer.trunks import Trunk, TrunkBoard, pattern


def desk_of(world: World) -> WhyDesk:
    async def live(campaign: Campaign) -> Live:
        return live_facts(campaign, world.control, world.calls, world.agents, world.switchboard.ready)

    rules = RulesInForce(rule_book(load_packs()))
    return WhyDesk(world.people, world.memory, rules, world.clock.now, live, lambda _: True)


async def why(world: World, campaign: Campaign) -> Why:
    return await desk_of(world).campaign(campaign.id)


async def started(world: World, leads: int = 4, **changes: object) -> Campaign:
    campaign = await world.campaign(leads=leads, **{"status": CampaignStatus.DRAFT, **changes})
    await world.control.start(campaign.id, "ann")
    return campaign


async def settle_down(world: World) -> None:
    await until(lambda: all(run.decision is not None for run in world.control.runs.values()))


async def test_no_agent_is_logged_in(world: World) -> None:
    campaign = await started(world)
    await settle_down(world)
    answer = await why(world, campaign)
    assert (answer.headline.code, answer.headline.text) == ("no-agent", "no agent is logged in")
    assert (answer.total, answer.due) == (4, 4)


async def test_agents_are_busy(world: World) -> None:
    await world.seat("a1", ready=False)
    campaign = await started(world)
    await settle_down(world)
    assert (await why(world, campaign)).headline.text == "no agent is free for a call: 1 paused"


async def test_nobody_is_there_to_look_at_a_lead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And while an agent looks it is his word that is waited for."""
    # Judging is done in a thread, during which the world's clock jumps on: his time to look must not be over.
    monkeypatch.setattr("dialer.preview.LOOK_S", 1e6)
    campaign = await started(world, mode=DialMode.PREVIEW)
    await settle_down(world)
    assert (await why(world, campaign)).headline.text == "no agent is logged in"
    seat = await world.seat("a1")
    await until(lambda: seat.state is AgentState.PREVIEW)
    await settle_down(world)
    told = (await why(world, campaign)).headline
    assert (told.code, told.text) == ("bound", "no agent has asked for the call of the lead before him")
    world.agents.move(seat, AgentEvent.PAUSE)
    await until(lambda: world.lead(1).status is LeadStatus.WAITING)
    assert (await why(world, campaign)).headline.text == "no agent is free for a call: 1 paused"


async def test_calls_under_way_and_full_channels(world: World) -> None:
    campaign = await started(world, flow="test-call", max_channels=2)
    await until(lambda: len(world.switch.placed) == 2)
    await settle_down(world)
    answer = await why(world, campaign)
    assert answer.headline.text == "dialing: 2 calls under way"
    assert [reason.text for reason in answer.reasons[1:]] == ["all 2 channels of the campaign are in use"]


async def test_no_line_has_room(world: World) -> None:
    world.use_trunks(TrunkBoard([Trunk("main", 0, 100)], world.clock))
    campaign = await started(world, flow="test-call")
    await until(lambda: any(run.decision is not None for run in world.control.runs.values()))
    answer = await why(world, campaign)
    assert (answer.headline.code, answer.headline.text) == ("trunk-limit", "every trunk is full")


async def test_no_line_that_carries_the_number_has_room(world: World) -> None:
    trunks = [Trunk("main", 0, 100), Trunk("spain", 9, 100, only=pattern(r"\+34"))]
    world.use_trunks(TrunkBoard(trunks, world.clock))
    campaign = await started(world, flow="test-call")
    await until(lambda: any(run.came_to is not None for run in world.control.runs.values()))
    assert (await why(world, campaign)).headline.code == "trunk-limit"


async def test_the_switch_says_no(world: World) -> None:
    for _ in range(50):
        world.switch.refuse_next(Refused("no such endpoint"))
    campaign = await started(world, leads=30, flow="test-call")
    await until(lambda: any(run.came_to is not None for run in world.control.runs.values()))
    answer = await why(world, campaign)
    assert [reason.text for reason in answer.reasons if reason.code == "switch-refused"] == [
        "the switch did not take the last call: no such endpoint"
    ]


async def test_the_link_to_the_switch_is_down(world: World) -> None:
    world.switchboard.ready = False
    campaign = await started(world, flow="test-call")
    assert (await why(world, campaign)).headline.code == "switch-down"


async def test_a_paused_campaign_says_by_whom_and_since_when(world: World) -> None:
    campaign = await started(world)
    await world.control.pause(campaign.id, "ann", "lunch", False)
    answer = await why(world, campaign)
    assert (answer.headline.text, answer.headline.since) == ("paused by ann: lunch", world.clock.now())


async def test_one_person_is_judged_without_being_claimed(world: World) -> None:
    campaign = await world.campaign(leads=2)
    await world.people.suppress(world.lead(1).number, "asked", "ann", START)
    answer = await desk_of(world).customer(campaign.id, world.lead(1).number)
    (told,) = answer.leads
    assert (told.verdict.allowed, told.verdict.rule) == (False, "suppressed")
    assert [one.rule for one in told.findings if not one.allows] == ["suppressed"]
    assert world.lead(1).status == "waiting"
    with pytest.raises(NotFound, match="nobody with the reference or number C-77"):
        await desk_of(world).customer(campaign.id, "C-77")
    with pytest.raises(NotFound):
        await desk_of(world).campaign(77)


async def test_rounds_that_fail_are_told_with_their_cause_until_one_goes_well(world: World) -> None:
    world.book.broken["claim"] = 10**6
    campaign = await started(world, flow="test-call")
    await until(lambda: world.control.rounds.trouble(str(campaign.id)) is not None)
    answer = await why(world, campaign)
    found = world.control.rounds.trouble(str(campaign.id))
    assert found is not None
    assert (answer.headline.code, answer.headline.since) == ("rounds-fail", found.since)
    assert answer.headline.text == "its rounds fail: claim: disk full; tried again each second"
    world.book.broken["claim"] = 0
    await until(lambda: bool(world.switch.placed))
    assert (await why(world, campaign)).headline.code == "dialing"


async def test_outcomes_that_cannot_be_stored_are_told_though_nothing_is_to_be_placed(world: World) -> None:
    campaign = await started(world, leads=1, flow="test-call")
    await until(lambda: bool(world.switch.placed))
    world.book.broken["settle"] = 10**6
    (call,) = world.calls.all(campaign.id)
    world.switch.time_out(call.attempt_id)
    await until(lambda: world.calls.unstored(campaign.id) is not None)
    assert (await why(world, campaign)).headline.text.startswith("its rounds fail: settle: disk full")
    del world.book.broken["settle"]  # else the world's end waits for it
