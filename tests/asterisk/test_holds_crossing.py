"""What crosses: an answer and a pause, an answer and its own cancel, two calls and one agent.

The customers ring for half a minute and answer when the test picks up for them: each crossing is certain.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from manager_relay import ManagerRelay
from rawagi import RawService, RawSession
from rawami import RawAmi
from running import CALLER_ID, WITHIN_S, Desk, running, until

from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
ANSWERS = number_of(Behaviour(Outcome.PERSON, 30, 1, Press.SCORE_5))
RINGS_ON = number_of(Behaviour(Outcome.RINGS))
IN_TALK = number_of(Behaviour(Outcome.PERSON, 0.2, 1, Press.SCORE_4))
INTRUDER = number_of(Behaviour(Outcome.PERSON, 0.2, 12))


async def goes_its_way(desk: Desk, number: str) -> dict[str, Any]:
    """Talk with a customer, let him vote, and return his attempt."""
    agent = await desk.agent_of(number, "talking")
    await desk.seen(RecordKind.SILENT, number)
    await desk.console.post(f"/api/agents/{agent}/end-call")
    await desk.voted(number)
    return await desk.settled(number)


async def ringing(desk: Desk, *numbers: str) -> int:
    """Start a campaign whose calls all ring; return its id."""
    await desk.seat(*desk.service.agents)
    campaign = await desk.campaign("Crossing", numbers, ring_timeout_s=60)
    await desk.start(campaign)
    for number in numbers:
        await desk.seen(RecordKind.RINGING, number)
    return campaign


async def test_holds_pause_an_answer_that_crosses_its_cancel_goes_the_normal_way(
    pair: Pair, tmp_path: Path
) -> None:
    ami = pair.pbx_ami
    async with ManagerRelay(ami.host, ami.port) as relay:
        relayed = replace(pair, pbx_ami=replace(ami, port=relay.port))
        async with running(relayed, tmp_path, agents=2) as desk:
            campaign = await ringing(desk, ANSWERS, RINGS_ON)
            (attempt,) = desk.service.attempts(ANSWERS)
            relay.catch(f"Channel: {attempt['id']}\r\n")
            pausing = asyncio.create_task(desk.pause(campaign, cancel=True))
            await asyncio.wait_for(relay.caught.wait(), WITHIN_S)
            await desk.pick_up(ANSWERS)
            await desk.agent_of(ANSWERS, "talking")
            relay.release()
            receipt = await pausing
            assert (receipt["still_ringing"], receipt["cancelled"], receipt["crossed"]) == (2, 1, 1)
            ended = await goes_its_way(desk, ANSWERS)
            assert (ended["disposition"], ended["score"], ended["source"]) == ("connected", 5, "agi")
            assert ended["id"] == attempt["id"]
            assert (await desk.settled(RINGS_ON))["disposition"] == "cancelled"


async def test_holds_pause_an_answer_after_it_goes_the_normal_way(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=1) as desk:
        campaign = await ringing(desk, ANSWERS)
        receipt = await desk.pause(campaign)
        assert (receipt["still_ringing"], receipt["cancelled"], receipt["crossed"]) == (1, 0, 0)
        await desk.pick_up(ANSWERS)
        ended = await goes_its_way(desk, ANSWERS)
        assert (ended["disposition"], ended["score"], ended["source"]) == ("connected", 5, "agi")
        assert (await desk.console.get(f"/api/campaigns/{campaign}"))["status"] == "paused"
        assert desk.records(RecordKind.ANSWERED)[0].at > receipt["paused_at"]


async def test_holds_two_bridges_on_one_agent_are_impossible(pair: Pair, tmp_path: Path) -> None:
    """Another service (one that hung, was replaced and woke up) sends a second customer to a busy agent."""
    ours, told = pair.pbx_ami, asyncio.get_running_loop().create_future()
    async with (
        running(pair, tmp_path, agents=1) as desk,
        RawAmi(ours.host, ours.port, ours.name, ours.secret) as ami,
        RawService(0) as other,
    ):
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("One agent", [IN_TALK])
        await desk.start(campaign)
        agent = await desk.agent_of(IN_TALK, "talking")
        joined = await ami_leg(ami, agent)

        async def second_bridge(session: RawSession) -> None:
            told.set_result(await session.talk(joined))
            await session.gone()

        await other.answer(second_bridge)
        await pair.pbx.command(f"dialplan set global DIALER_SVC agi://127.0.0.1:{other.port}")
        try:
            await ami.act("Originate", intruding())
            assert await asyncio.wait_for(told, WITHIN_S) == "BUSY"
            assert (await desk.agent(agent, "talking"))["call"]["number"] == IN_TALK
            await ami.event(lambda e: e["Event"] == "Hangup" and e["Uniqueid"] == "att-intruder")
        finally:
            await pair.pbx.command(f"dialplan set global DIALER_SVC agi://127.0.0.1:{pair.agi_port}")
        bridged = [e["Uniqueid"] for e in ami.events if e["Event"] == "BridgeEnter"]
        assert "att-intruder" not in bridged
        await desk.console.post(f"/api/agents/{agent}/end-call")
        assert (await desk.voted(IN_TALK))["score"] == 4
        assert (await desk.settled(IN_TALK))["disposition"] == "connected"


async def ami_leg(ami: RawAmi, agent: str) -> str:
    """Return the name of an agent's channel at the PBX."""

    async def legs() -> list[str]:
        all_ = await ami.listed("CoreShowChannels", {}, "CoreShowChannel", "CoreShowChannelsComplete")
        return [one["Channel"] for one in all_ if one["Channel"].startswith(f"PJSIP/{agent}-")]

    return (await until(legs, bool, f"the leg of {agent}"))[0]


def intruding() -> dict[str, str | list[str]]:
    """An originate of a customer whom nobody has reserved an agent for."""
    return {
        "Channel": f"PJSIP/{INTRUDER}@network", "Context": "dialer-outbound", "Exten": "s", "Priority": "1",
        "ChannelId": "att-intruder", "Async": "true", "CallerID": CALLER_ID,
        "Variable": ["__ATT=att-intruder"],
    }  # fmt: skip
