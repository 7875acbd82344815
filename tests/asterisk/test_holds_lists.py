"""Lists of a running service over HTTP: what is off is not called, what is appended is called at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from running import Desk, customer_list, many, running, until

from dialer.simulator.numbers import Behaviour, Outcome, number_of
from dialer.simulator.records import RecordKind
from gateways.console_client import ConsoleRefused
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
NOBODY = Behaviour(Outcome.UNALLOCATED, 0.2)
RINGS = Behaviour(Outcome.RINGS)


async def shown(desk: Desk, campaign: int, status: str, reason: str) -> dict[str, Any]:
    """Wait until a campaign's page shows a status with a reason."""

    async def look() -> dict[str, Any]:
        page: dict[str, Any] = await desk.console.get(f"/api/campaigns/{campaign}")
        return page

    def holds(page: dict[str, Any]) -> bool:
        return page["status"] == status and reason in page["status_reason"]

    return await until(look, holds, f"{status}: {reason}", 15)


async def append(desk: Desk, campaign: int, numbers: list[str]) -> None:
    report = await desk.console.upload(f"/api/campaigns/{campaign}/import", customer_list(numbers).encode())
    assert (report["loaded"], report["faults"]) == (len(numbers), [])


async def test_holds_lists_off_on_appended_and_after_the_end(pair: Pair, tmp_path: Path) -> None:
    first, second, third = (many(NOBODY, 2, area) for area in ("202", "312", "415"))
    async with running(pair, tmp_path, agents=2) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("Lists", first)
        (listed,) = (await desk.console.get(f"/api/campaigns/{campaign}/lists"))["lists"]
        await desk.console.post(f"/api/lists/{listed['id']}/deactivate")
        await desk.start(campaign)
        held = await shown(desk, campaign, "running", "held: its list is switched off")
        assert held["status_by"] == "service"
        assert desk.records(RecordKind.ARRIVED) == []

        on_at = datetime.now(UTC)
        await desk.console.post(f"/api/lists/{listed['id']}/activate")
        arrived = await desk.seen(RecordKind.ARRIVED, first[0])
        assert arrived.at - on_at < timedelta(seconds=2)
        for number in first:
            assert (await desk.settled(number))["disposition"] == "bad_number"
        await shown(desk, campaign, "finished", "every lead is done")

        with pytest.raises(ConsoleRefused, match="every lead is done: load another list"):
            await desk.start(campaign)
        rings = number_of(replace(RINGS, serial=7), "917")
        await append(desk, campaign, [*second, rings])
        await desk.start(campaign)
        for number in second:
            assert (await desk.settled(number))["disposition"] == "bad_number"
        await desk.seen(RecordKind.ARRIVED, rings)
        assert [len(desk.service.attempts(number)) for number in first] == [1, 1], "called once more"

        # One agent waits for a call that rings on, the other has nobody to call.
        await append(desk, campaign, third)
        appended_at = datetime.now(UTC)
        for number in third:
            await desk.seen(RecordKind.ARRIVED, number)
        assert (await desk.seen(RecordKind.ARRIVED, third[0])).at - appended_at < timedelta(seconds=3)

        await desk.console.post(f"/api/campaigns/{campaign}/stop")
        with pytest.raises(ConsoleRefused, match="stopped for good"):
            await append(desk, campaign, first)
