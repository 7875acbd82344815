"""Preview beside a campaign that has nobody to call, and who is barred while his phone rings: on a real
Asterisk, with what an agent and a manager read."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from laid_out import ALWAYS
from running import Desk, running
from scene import until

from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
TALKS = number_of(Behaviour(Outcome.PERSON, 1, 8, Press.SCORE_5))
NEVER_CALLED = number_of(Behaviour(Outcome.PERSON, 1, 8, Press.SCORE_4), "312")
WAITS = number_of(Behaviour(Outcome.PERSON, 1, 8, Press.SCORE_4), "917")
BUSY_AFTER_RINGING = number_of(Behaviour(Outcome.BUSY, 3), "415")
LOOKS_S = 6.0
"""How long the agent looks: longer than a campaign takes to look again whether it has anybody to call."""


def in_three_days() -> dict[str, str]:
    """Return hours that are shut now, everywhere."""
    day = (datetime.now(UTC) + timedelta(days=3)).weekday()
    return {tuple(ALWAYS)[day]: "12:00-12:30"}


async def test_holds_that_a_call_an_agent_asked_for_waits_for_no_other_campaign(
    pair: Pair, tmp_path: Path
) -> None:
    async with running(pair, tmp_path, agents=1) as desk:
        (agent,) = desk.service.agents
        shut = await desk.campaign("Shut", [NEVER_CALLED], hours=in_three_days())
        preview = await desk.campaign("Preview", [TALKS], mode="preview")
        await desk.start(shut)
        await desk.start(preview)
        await desk.seat(agent)
        page = await desk.agent(agent, "preview")
        assert (page["call"]["number"], page["call"]["asked"]) == (TALKS, False)
        await desk.start(await desk.campaign("Waits for an agent", [WAITS]))
        await asyncio.sleep(LOOKS_S)
        asked = datetime.now(UTC)
        await desk.console.post(f"/api/agents/{agent}/call")
        rang = await desk.seen(RecordKind.RINGING, TALKS)
        assert (rang.at - asked).total_seconds() < 3
        await desk.agent(agent, "talking")
        assert desk.records(RecordKind.RINGING, NEVER_CALLED) == []


async def why(desk: Desk, campaign: int) -> dict[str, Any]:
    answer: dict[str, Any] = await desk.console.get(f"/api/campaigns/{campaign}/why")
    return answer


async def test_holds_that_who_is_barred_while_he_is_called_waits_for_no_other_call(
    pair: Pair, tmp_path: Path
) -> None:
    async with running(pair, tmp_path, agents=1) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("Barred", [BUSY_AFTER_RINGING])
        await desk.start(campaign)
        await desk.seen(RecordKind.RINGING, BUSY_AFTER_RINGING)
        entry = {"numbers": [BUSY_AFTER_RINGING], "reason": "asked at the counter"}
        await desk.console.post("/api/suppressions/1/numbers", entry)
        await desk.settled(BUSY_AFTER_RINGING)

        async def look() -> dict[str, Any]:
            return await why(desk, campaign)

        told = await until(look, lambda now: now["status"] == "finished", "the end of the campaign", 10)
        assert told["headline"]["text"].endswith("1 refused: 1 on a do-not-call list")
        assert told["next_at"] is None
        (line,) = told["lines"]
        assert (line["code"], line["leads"], line["next_at"]) == ("suppressed", 1, None)
