"""The whole service with detection of machines, on a real pair: who reaches an agent, and what is told."""

from pathlib import Path

import pytest
from own_loop import run_apart
from running import Desk, many, running, until
from scene import Recorded

from dialer.simulator.greetings import Greeting, Setting
from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from gateways.console_client import ConsoleRefused
from service.pbx.greetings import make_greetings
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
ANSWERS = Behaviour(Outcome.GREETING, greeting=Greeting.HELLO, press=Press.SCORE_4)
SILENT = Behaviour(Outcome.GREETING, greeting=Greeting.NOTHING, press=Press.SCORE_2)
HELLO, NAMELESS = number_of(ANSWERS), number_of(SILENT)
TONES = number_of(Behaviour(Outcome.GREETING, greeting=Greeting.TONES))
NOISY = Behaviour(Outcome.GREETING, greeting=Greeting.SHORT_VOICE_MAIL, setting=Setting.NOISE)


@pytest.fixture(scope="module", autouse=True)
def greetings(pair: Pair) -> None:
    """What the network's people say, made before any test's time runs."""
    run_apart(make_greetings(pair))


async def test_holds_people_reach_the_agent_inside_the_limit_and_vote(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path) as desk:
        await desk.seat(*pair.agents[:2])
        campaign = await desk.campaign("screened", [HELLO, NAMELESS], amd="human-first")
        await desk.start(campaign)
        for number in (HELLO, NAMELESS):
            agent = await desk.agent_of(number, "talking")
            await desk.console.post(f"/api/agents/{agent}/end-call")
        for number, verdict, score in ((HELLO, "human", 4), (NAMELESS, "notsure", 2)):
            assert (await desk.voted(number))["score"] == score
            attempt = await desk.settled(number)
            assert (attempt["disposition"], attempt["amd"]) == ("connected", verdict)
        report = await desk.console.get(f"/api/campaigns/{campaign}/report")
        assert report["answer_to_agent_ms"]["max"] is None
        waits = report["detection"]["answer_to_agent_ms"]
        assert 700 <= waits["p50"] < 1300  # "Hello?" and the silence after it
        assert 1600 <= waits["max"] < 2000  # all that human-first takes
        assert report["detection"]["screens"]["human"] == report["detection"]["screens"]["not_sure"] == 1


async def test_holds_a_machine_rings_no_agent_and_is_tried_again_by_its_rule(
    pair: Pair, tmp_path: Path
) -> None:
    async with running(pair, tmp_path, recorded=True) as desk:
        (agent,) = pair.agents[:1]
        await desk.seat(agent)
        campaign = await desk.campaign("machines", [TONES], amd="human-first", amd_check_share=0)
        await desk.start(campaign)
        attempt = await desk.settled(TONES)
        assert (attempt["disposition"], attempt["amd"], attempt["bridged_at"]) == ("machine", "machine", None)
        page = await desk.agent(agent, "ready")
        assert page["talks"] == 0
        assert len(desk.records(RecordKind.ANSWERED, agent)) == 1  # his log-in
        report = await desk.console.get(f"/api/campaigns/{campaign}/report")
        assert (report["answered"], report["dispositions"]["machine"]) == (0, 1)
        assert report["detection"]["errors"] is None
        (lead,) = report["not_reached"]
        assert "answering machine" in lead["reason"]
        assert (await desk.console.get("/api/live"))["screened"]["machine"] == 1
        assert (await desk.heard(TONES)).loud_s() == 0


async def test_holds_a_machines_message_is_left_after_its_beep(pair: Pair, tmp_path: Path) -> None:
    numbers = many(NOISY, 2)
    async with running(pair, tmp_path, recorded=True) as desk:
        await desk.seat(*pair.agents[:2])
        campaign = await desk.campaign(
            "message", numbers, amd="human-first", amd_check_share=0, machine_message=True
        )
        await desk.start(campaign)
        for number in numbers:
            assert (await desk.settled(number, within_s=30))["disposition"] == "machine"
            answered = await desk.seen(RecordKind.ANSWERED, number)
            beeped = await desk.seen(RecordKind.SILENT, number)
            starts_s = (await desk.heard(number)).starts_s()
            assert starts_s - (beeped.at - answered.at).total_seconds() in Recorded(1.9, more_s=1.1)
        await until(lambda: _journals(desk), lambda left: "/machine/" not in left, "journals collected", 20)


async def _journals(desk: Desk) -> str:
    return await desk.pair.pbx.command("database show machine")


async def test_holds_sampled_machines_reach_an_agent_whose_word_becomes_the_estimate(
    pair: Pair, tmp_path: Path
) -> None:
    async with running(pair, tmp_path) as desk:
        (agent,) = pair.agents[:1]
        await desk.seat(agent)
        campaign = await desk.campaign("sampled", [TONES], amd="human-first", amd_check_share=1)
        await desk.start(campaign)
        assert await desk.agent_of(TONES, "talking") == agent
        page = await desk.agent(agent, "talking")
        told = {"attempt_id": page["call"]["attempt_id"], "outcome": "satisfied", "note": ""}
        await desk.console.post(f"/api/agents/{agent}/record", told)
        await desk.console.post(f"/api/agents/{agent}/end-call")
        assert (await desk.settled(TONES, within_s=30))["amd"] == "checked"
        errors = (await desk.console.get(f"/api/campaigns/{campaign}/report"))["detection"]["errors"]
        assert errors["share"]["likely"] == 1.0
        assert (await desk.console.get("/api/live"))["misjudged_share"] == 1.0


async def test_holds_a_hung_service_and_detection_the_message_comes_in_time(
    pair: Pair, tmp_path: Path
) -> None:
    async with running(pair, tmp_path, recorded=True) as desk:
        await desk.seat(pair.agents[0])
        ringing = number_of(Behaviour(Outcome.GREETING, ring_s=2, greeting=Greeting.HELLO))
        await desk.start(await desk.campaign("hung", [ringing], amd="human-first"))
        await desk.seen(RecordKind.RINGING, ringing)
        desk.service.freeze()
        answered = await desk.seen(RecordKind.ANSWERED, ringing)
        await desk.seen(RecordKind.SILENT, ringing, 15)
        await desk.network.act("Hangup", {"Channel": "/.*/"})
        assert (await desk.heard(ringing)).starts_s() in Recorded(2), answered
        desk.service.thaw()
        attempt = await desk.settled(ringing, within_s=20)
        assert attempt["disposition"] == "abandoned"


async def test_holds_a_campaign_whose_packs_do_not_allow_its_detection_does_not_start(
    pair: Pair, tmp_path: Path
) -> None:
    async with running(pair, tmp_path) as desk:
        campaign = await desk.campaign("strict", [HELLO], amd="strict")
        with pytest.raises(ConsoleRefused, match=r"strict detection of machines.*rule connect.*\+1202"):
            await desk.start(campaign)
