"""A mistyped number that a manager corrects before the first call: only the right one ever rings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from running import Desk, running

from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from gateways.console_client import ConsoleRefused
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
RIGHT = number_of(Behaviour(Outcome.PERSON, 0.2, 20, Press.SCORE_5))
WRONG = number_of(Behaviour(Outcome.PERSON, 0.2, 20, Press.SCORE_4))


async def corrected(desk: Desk, who: str, **change: Any) -> dict[str, Any]:
    told: dict[str, Any] = await desk.console._ask("PATCH", who, json=change)
    return told


async def test_holds_a_corrected_number_is_the_only_one_that_rings(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=1) as desk:
        (agent,) = desk.service.agents
        campaign = await desk.draft("Correcting")
        yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%d.%m.%Y")
        row = f"C-7,Jana Novak,{WRONG},America/New_York,oil,{yesterday}\n"
        rows = f"ref,name,phone,zone,service,service_date\n{row}"
        report = await desk.console.upload(f"/api/campaigns/{campaign}/import", rows.encode())
        assert report["loaded"] == 1
        (customer,) = (await desk.console.get("/api/customers", name="novak"))["customers"]
        who = f"/api/customers/{customer['id']}"
        told = await corrected(desk, who, numbers=[{"number": RIGHT}], name="Jana Nováková")
        assert told["customer"]["numbers"] == [RIGHT]

        await desk.seat(agent)
        await desk.start(campaign)
        await desk.agent_of(RIGHT, "talking")
        with pytest.raises(ConsoleRefused, match="being called right now"):
            await corrected(desk, who, numbers=[{"number": WRONG}])
        await desk.seen(RecordKind.SILENT, RIGHT)
        await desk.console.post(f"/api/agents/{agent}/end-call")
        assert (await desk.voted(RIGHT))["score"] == 5
        await desk.settled(RIGHT)
        assert desk.service.attempts(WRONG) == []
        assert desk.records(RecordKind.ANSWERED, WRONG) == []
        assert (await desk.console.get("/api/ledger/verify"))["ok"]
