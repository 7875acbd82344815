"""Asterisk is killed in the middle of a campaign and comes back: the service finds its way by itself."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from own_loop import run_apart
from running import Desk, many, running

from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
IN_TALK = number_of(Behaviour(Outcome.PERSON, 0.2, 20, Press.SCORE_5))
IN_VOTE = number_of(Behaviour(Outcome.PERSON, 0.2, 20, Press.SCORE_4))
RINGING = many(Behaviour(Outcome.PERSON, 15, 1), 2)
LATER = many(Behaviour(Outcome.BUSY, 0.2), 6)
NOTICED_S = 5.0


@dataclass
class Told:
    """What is left after the story."""

    desk: Desk
    noticed_s: float
    receipt: dict[str, Any]
    answered_s: float
    agents_back: list[str]


@pytest.fixture(scope="module")
def crashed(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The pair of this module, its PBX killed with calls ringing, in talk and in the vote."""
    return run_apart(_crashed(pair, tmp_path_factory.mktemp("crashed")))


async def _crashed(pair: Pair, home: Path) -> Told:
    async with running(pair, home, agents=4) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("Story", [IN_TALK, IN_VOTE, *RINGING, *LATER])
        await desk.start(campaign)
        await desk.agent_of(IN_TALK, "talking")
        voter = await desk.agent_of(IN_VOTE, "talking")
        for number in RINGING:
            await desk.seen(RecordKind.RINGING, number)
        await desk.console.post(f"/api/agents/{voter}/pause", {"reason": "enough"})
        await desk.console.post(f"/api/agents/{voter}/end-call")
        await desk.agent(voter, "wrap_up", "paused")
        killed = datetime.now(UTC)
        await pair.pbx.kill()
        await desk.live(lambda now: not now["switch_up"], "the service notices")
        noticed_s = (datetime.now(UTC) - killed).total_seconds()
        asked = datetime.now(UTC)
        receipt = await desk.pause(campaign, cancel=True)
        answered_s = (datetime.now(UTC) - asked).total_seconds()
        await desk.console.post(f"/api/campaigns/{campaign}/resume")
        await pair.pbx.start()
        await desk.live(lambda now: bool(now["switch_up"]), "the switch is back")
        for agent in desk.service.agents:
            await desk.agent(agent, "paused" if agent == voter else "ready", "reserved")
        for number in (IN_TALK, IN_VOTE, *RINGING, *LATER):
            await desk.settled(number)
        back = [(await desk.agent(a, "ready", "paused"))["state"] for a in desk.service.agents]
        return Told(desk, noticed_s, receipt, answered_s, back)


def test_holds_switch_loss_is_noticed(crashed: Told) -> None:
    assert crashed.noticed_s <= NOTICED_S


def test_holds_switch_pause_answers_without_a_switch(crashed: Told) -> None:
    assert crashed.answered_s < 1.8  # without the two seconds in which a cancelled call may yet end
    assert crashed.receipt["still_ringing"] == 2
    assert crashed.receipt["cancelled"] == 0
    assert crashed.receipt["last_ends_at"] > crashed.receipt["paused_at"]


def test_holds_switch_live_calls_are_settled(crashed: Told) -> None:
    ended = {n: crashed.desk.service.attempts(n)[0]["disposition"] for n in (IN_TALK, IN_VOTE, *RINGING)}
    assert ended == {IN_TALK: "connected", IN_VOTE: "connected", **dict.fromkeys(RINGING, "unknown")}


def test_holds_switch_agents_are_called_again(crashed: Told) -> None:
    assert sorted(crashed.agents_back) == ["paused", "ready", "ready", "ready"]
    calls = [len(crashed.desk.records(RecordKind.ARRIVED, agent)) for agent in crashed.desk.service.agents]
    assert calls == [2, 2, 2, 2]


def test_holds_switch_dialing_goes_on_and_nobody_is_called_twice(crashed: Told) -> None:
    for number in LATER:
        (attempt,) = crashed.desk.service.attempts(number)
        assert attempt["disposition"] == "busy"
    for number in (IN_TALK, IN_VOTE, *RINGING, *LATER):
        assert len(crashed.desk.records(RecordKind.ARRIVED, number)) == 1, number
