"""Somebody who is erased in the middle of his call, over a crash: gone after it, from reject files too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from running import Desk, running, until

from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
TALKS = number_of(Behaviour(Outcome.PERSON, 0.2, 20, Press.SCORE_5))
OTHER = "+12025550188"
ERASED_WITHIN_S = 15


async def erased(desk: Desk, customer: int) -> dict[str, Any]:
    """Wait until a customer's file is blank."""

    async def look() -> dict[str, Any]:
        told: dict[str, Any] = await desk.console.get(f"/api/customers/{customer}")
        return told

    return await until(look, lambda told: told["customer"]["name"] == "", "his erasing", ERASED_WITHIN_S)


async def test_holds_erasing_in_the_middle_of_a_call_over_a_crash(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=1) as desk:
        (agent,) = desk.service.agents
        campaign = await desk.draft("Erasing")
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        rows = (
            "ref,name,phone,zone,service,service_date\n"
            f"C-7,Jana Novak,{TALKS},America/New_York,oil,{yesterday}\n"
            f"C-8,Karl Mann,{OTHER}x5,America/New_York,oil,{yesterday}\n"
            f"C-9,Jana Novak,{TALKS[1:]}x7,America/New_York,oil,{yesterday}\n"
        )
        path = f"/api/campaigns/{campaign}/import"
        report = await desk.console.upload(path, rows.encode())
        assert (report["loaded"], report["faulty"]) == (1, 2)
        await desk.seat(agent)
        await desk.start(campaign)
        await desk.agent_of(TALKS, "talking")

        (customer,) = (await desk.console.get("/api/customers", number=TALKS))["customers"]
        who = f"/api/customers/{customer['id']}"
        asked = await desk.console.post(f"{who}/erase", {"ref": "C-7"})
        assert asked["asked_at"] is not None
        await desk.service.kill()
        await desk.service.start()
        told = await desk.console.get(who)
        assert (told["customer"]["name"], told["erasing_asked_at"]) == ("Jana Novak", asked["asked_at"])

        await desk.seen(RecordKind.SILENT, TALKS)
        await desk.agent(agent, "talking")
        await desk.console.post(f"/api/agents/{agent}/end-call")
        assert (await erased(desk, customer["id"]))["erasing_asked_at"] is None
        assert desk.service.attempts(TALKS) == [], "the record has no number any more"
        ((score, disposition),) = [
            (row["score"], row["disposition"])
            for row in desk.service.rows(
                "SELECT votes.score, attempts.disposition FROM attempts"
                " LEFT JOIN votes ON votes.call_id = attempts.id"
            )
        ]
        assert (score, disposition) == (5, "connected")

        kept = tmp_path / "kept.csv"
        await desk.console.download(f"/api/imports/{report['id']}/rejects", kept)
        text = kept.read_text(encoding="utf-8-sig")
        assert "Karl Mann" in text
        assert "Jana" not in text
        assert TALKS[1:] not in text
        assert (await desk.console.get("/api/ledger/verify"))["ok"]
