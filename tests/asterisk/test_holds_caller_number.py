"""Whoever asks by key never to be called again is left alone, in whatever form his number is shown; and
nothing is promised to somebody who shows none.
"""

from pathlib import Path
from typing import Any

import pytest
from running import Desk, running, until

from dialer.simulator.numbers import Caller, Press, number_of_caller
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
LEAVES_US = number_of_caller(Caller(9, 0.5, Press.SCORE_1))
NATIONAL = LEAVES_US.removeprefix("+1")
HIDES = number_of_caller(Caller(9, 20, Press.SCORE_1, serial=7))
WITHHELD = "*" + HIDES.removeprefix("+1")


async def dial(desk: Desk, shown: str) -> None:
    """Let somebody dial the hotline whose number is shown in another form than E.164."""
    said = await desk.pair.network.command(f"channel originate Local/{shown}@callers application Wait 60")
    assert "No such" not in said


async def ended(desk: Desk, shown: str) -> dict[str, Any]:
    """Wait for the end of the one call that was shown so."""

    async def rows() -> list[dict[str, Any]]:
        return desk.service.rows("SELECT * FROM inbound_calls WHERE shown = ?", shown)

    (row,) = await until(rows, lambda found: bool(found and found[0]["disposition"]), f"the end of {shown}")
    return row


async def test_holds_caller_number_in_national_form_and_without_any(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=1) as desk:
        await dial(desk, NATIONAL)
        call = await ended(desk, NATIONAL)
        assert (call["number"], call["disposition"]) == (LEAVES_US, "opted_out")
        barred = await desk.console.get("/api/suppressions/check", number=LEAVES_US)
        assert {one["barred"] for one in barred["calls"]} == {True}

        await desk.seat(*desk.service.agents)
        await dial(desk, WITHHELD)
        (agent,) = desk.service.agents
        page = await desk.agent(agent, "talking")  # the key that promises nothing led him to a person
        assert (page["call"]["number"], page["call"]["customer"]) == ("", None)
        await desk.seen(RecordKind.PRESSED, HIDES)
        await desk.console.post(f"/api/agents/{agent}/end-call")
        call = await ended(desk, "anonymous")
        assert (call["number"], call["disposition"]) == ("", "connected")
        listed = desk.service.rows("SELECT number FROM suppressed_numbers")
        assert [row["number"] for row in listed] == [LEAVES_US]

        campaign = await desk.campaign("Not again", [LEAVES_US])
        await desk.start(campaign)
        await desk.closed(campaign, LEAVES_US)
        assert desk.service.attempts(LEAVES_US) == []
