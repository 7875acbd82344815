"""Whoever asks by key never to be called again is left alone, in whatever form his number is shown; and
nothing is promised to somebody who shows none.
"""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from laid_out import CALLER_ID
from running import Desk, running, until

from dialer.simulator.numbers import Behaviour, Caller, Outcome, Press, number_of, number_of_caller
from dialer.simulator.records import RecordKind
from service.pbx.pair import HOTLINE, Pair

pytestmark = pytest.mark.asterisk
LEAVES_US = number_of_caller(Caller(9, 0.5, Press.SCORE_1))
NATIONAL = LEAVES_US.removeprefix("+1")
CALLED = number_of(Behaviour(Outcome.UNALLOCATED, 0.2), "917")
BEFORE = number_of(Behaviour(Outcome.UNALLOCATED, 0.2), "415")
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


async def barred(desk: Desk, number: str) -> bool:
    """Say whether a number is barred for every call."""
    told = await desk.console.get("/api/suppressions/check", number=number)
    return {one["barred"] for one in told["calls"]} == {True}


def forget_to_read(desk: Desk, *shown: str) -> None:
    """Leave opt-outs as an earlier version did: with the caller ID as it came."""
    with contextlib.closing(sqlite3.connect(desk.service.home / "dialer.db")) as book, book:
        book.executemany(
            "INSERT INTO suppressed_numbers (number, list_id, reason, suppressed_by, suppressed_at)"
            " VALUES (?, 1, 'by key in call in-0', 'customer', '2026-11-03 12:00:00.000000')",
            [(one,) for one in shown],
        )


def show_national_caller_ids(desk: Desk) -> None:
    """Set the trunk up so that From has our caller ID in national form; numbers are dialled as before."""
    settings = desk.service.settings
    limit, form = "calls_per_second = 50\n", 'caller_id_format = "national"\ncountry_code = "1"\n'
    text = settings.read_text(encoding="utf-8")
    assert limit in text
    settings.write_text(text.replace(limit, limit + form), encoding="utf-8")


async def test_holds_caller_number_in_national_form_and_without_any(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=1) as desk:
        await dial(desk, NATIONAL)
        call = await ended(desk, NATIONAL)
        assert (call["number"], call["disposition"]) == (LEAVES_US, "opted_out")
        assert await barred(desk, LEAVES_US)

        # What an earlier version left on the list is read when the service starts.
        await desk.service.stop()
        forget_to_read(desk, BEFORE.removeprefix("+"), "restricted")
        show_national_caller_ids(desk)
        await desk.service.start()
        assert await barred(desk, BEFORE)
        unread = await desk.console.get("/api/suppressions/unread")
        assert [one["shown"] for one in unread["entries"]] == ["restricted"]

        await desk.seat(*desk.service.agents)
        await dial(desk, WITHHELD)
        (agent,) = desk.service.agents
        seated = await desk.seen(RecordKind.ARRIVED, agent)
        assert (seated.caller, seated.detail) == (HOTLINE, "Dialer log-in")
        page = await desk.agent(agent, "talking")  # the key that promises nothing led him to a person
        assert (page["call"]["number"], page["call"]["customer"]) == ("", None)
        await desk.seen(RecordKind.PRESSED, HIDES)
        await asyncio.sleep(1)  # he talks before the bridge is there, and nobody ends a call that soon
        await desk.console.post(f"/api/agents/{agent}/end-call")
        call = await ended(desk, "anonymous")
        assert (call["number"], call["disposition"]) == ("", "connected")
        listed = {row["number"] for row in desk.service.rows("SELECT number FROM suppressed_numbers")}
        assert listed == {LEAVES_US, BEFORE, "restricted"}

        campaign = await desk.campaign("Not again", [LEAVES_US, BEFORE, CALLED])
        await desk.start(campaign)
        for number in (LEAVES_US, BEFORE):
            await desk.closed(campaign, number)
            assert desk.service.attempts(number) == []
        assert (await desk.seen(RecordKind.ARRIVED, CALLED)).caller == CALLER_ID.removeprefix("+1")
