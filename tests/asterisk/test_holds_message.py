"""No agent in time: the customer hears who called, by then at the latest, and can ask to be left alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from running import Desk, running
from scene import Recorded

from dialer.simulator.numbers import Behaviour, HangUp, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
LEAVES = number_of(Behaviour(Outcome.PERSON, 30, 2, hang_up=HangUp.AT_VOTE))
PRESSES_9 = number_of(Behaviour(Outcome.PERSON, 30, 3, Press.LEAVE_ME_ALONE))
SERVED = number_of(Behaviour(Outcome.PERSON, 2, 0.5, Press.SCORE_5))


def suppressed(desk: Desk, number: str) -> list[dict[str, Any]]:
    return desk.service.rows("SELECT reason FROM suppressed_numbers WHERE number = ?", number)


async def test_holds_message_when_the_agents_phone_dies_before_the_answer(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=3, recorded=True) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("First", [LEAVES, PRESSES_9, SERVED], ring_timeout_s=60)
        await desk.start(campaign)
        for number in (LEAVES, PRESSES_9, SERVED):  # else who is still ready takes the first answer
            await desk.agent_of(number, "reserved", "talking")
        for number in (LEAVES, PRESSES_9):
            agent = await desk.agent_of(number, "reserved")
            await desk.seen(RecordKind.RINGING, number)
            await desk.hang_up_phone(agent)
            await desk.agent(agent, "offline")
            await desk.pick_up(number)
        server = await desk.agent_of(SERVED, "talking")
        await desk.console.post(f"/api/agents/{server}/pause", {"reason": "after this one"})
        await desk.console.post(f"/api/agents/{server}/end-call")
        for number in (LEAVES, PRESSES_9):
            assert (await desk.settled(number))["disposition"] == "abandoned"
            # Not a moment later than the outcome: from now on the number could be called again.
            assert len(suppressed(desk, number)) == (number == PRESSES_9)
            assert (await desk.heard(number)).starts_s() in Recorded(2)
        assert (await desk.settled(SERVED))["disposition"] == "connected"

        await desk.console.post(f"/api/agents/{server}/ready")
        second = await desk.campaign("Second", [PRESSES_9])
        await desk.start(second)
        await desk.closed(second, PRESSES_9)
        assert len(desk.service.attempts(PRESSES_9)) == 1
        assert len(desk.records(RecordKind.ARRIVED, PRESSES_9)) == 1
        await told_in_the_ledger(desk)


async def told_in_the_ledger(desk: Desk) -> None:
    """Each call is there from its beginning to its end, and so is whoever pressed the key."""
    report = await desk.console.get("/api/ledger/verify")
    assert report["fault"] is None
    assert report["calls"] == 3
    for number in (LEAVES, PRESSES_9, SERVED):
        (attempt,) = desk.service.attempts(number)
        kinds = desk.service.rows("SELECT kind FROM ledger WHERE attempt_id = ? ORDER BY n", attempt["id"])
        assert [one["kind"] for one in kinds][:2] == ["attempt opened", "attempt settled"]
    bodies = [json.loads(one["body"]) for one in desk.service.rows("SELECT body FROM ledger ORDER BY n")]
    suppressed = [one["by"] for one in bodies if one["kind"] == "suppression added"]
    assert suppressed == ["key press"]
    assert {"rules in force", "campaign started"} <= {one["kind"] for one in bodies}
