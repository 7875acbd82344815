"""Whoever asks at the last moment is not called: while the outside check thinks, and while it rings."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from running import Desk, running, until

from dialer.simulator.numbers import Behaviour, Outcome, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
BARRED, REFUSES, ERASED, WANTED, SHUT = (
    number_of(Behaviour(Outcome.PERSON, 0.2, 20, serial=serial), "303") for serial in range(5)
)
RINGS, RINGS_TOO, RINGS_ON = (
    number_of(Behaviour(Outcome.PERSON, 30, 20, serial=serial), "305") for serial in range(3)
)
SOON_S = 5.0


class SlowCheck:
    """An outside check that allows every call, when it is told to answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((await request.json())["number"])
        await self.answers.wait()
        return web.json_response({"allowed": True})


@contextlib.asynccontextmanager
async def checked(desk: Desk) -> AsyncIterator[SlowCheck]:
    """Have the service ask a check of the test's own."""
    check, app = SlowCheck(), web.Application()
    app.router.add_post("/check", check.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        settings = desk.service.settings.read_text(encoding="utf-8")
        outside = f'external_check_url = "http://{host}:{port}/check", external_check_timeout_s = 20.0, '
        changed = settings.replace("rules = { ", f"rules = {{ {outside}")
        assert changed != settings
        await desk.service.stop()
        desk.service.settings.write_text(changed, encoding="utf-8")
        await desk.service.start()
        yield check
    finally:
        check.answers.set()
        await runner.cleanup()


async def asked(check: SlowCheck, *numbers: str) -> None:
    async def look() -> set[str]:
        return set(check.asked)

    await until(look, lambda now: now == set(numbers), f"the check to be asked about {numbers}")


async def customer(desk: Desk, number: str) -> dict[str, Any]:
    (found,) = (await desk.console.get("/api/customers", number=number))["customers"]
    return dict(found)


async def bar(desk: Desk, number: str) -> None:
    """Put a number on a list of the house."""
    made = await desk.console.post("/api/suppressions", {"name": f"No calls to {number}"})
    report = await desk.console.post(
        f"/api/suppressions/{made['id']}/numbers", {"numbers": [number], "reason": "asked"}
    )
    assert report["added"] == 1


async def refuse(desk: Desk, number: str) -> None:
    """Write down that somebody does not want such calls."""
    word = {"number": number, "purpose": "service", "given": False, "evidence": ""}
    await desk.console.post(f"/api/customers/{(await customer(desk, number))['id']}/consent", word)


async def erase(desk: Desk, number: str) -> dict[str, Any]:
    known = await customer(desk, number)
    told = await desk.console.post(f"/api/customers/{known['id']}/erase", {"ref": known["ref"]})
    return dict(told)


async def test_holds_last_moment_of_the_outside_check(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=5) as desk, checked(desk) as check:
        await desk.seat(*desk.service.agents)
        asked_about = (BARRED, REFUSES, ERASED, WANTED, SHUT)
        campaigns = {number: await desk.campaign(f"Calls {number}", [number]) for number in asked_about}
        for campaign in campaigns.values():
            await desk.start(campaign)
        await asked(check, *asked_about)

        await bar(desk, BARRED)
        await refuse(desk, REFUSES)
        assert (await erase(desk, ERASED))["asked_at"] is None, "nobody calls him yet"
        now = datetime.now(ZoneInfo("America/New_York"))
        shut = {f"{now + timedelta(days=2):%a}".lower(): "09:00-10:00"}
        await desk.console.post(f"/api/campaigns/{campaigns[SHUT]}/rules", {"hours": shut})
        check.answers.set()

        await desk.agent_of(WANTED, "talking")
        await desk.closed(campaigns[BARRED], BARRED)
        await desk.closed(campaigns[REFUSES], REFUSES)
        assert desk.service.rows("SELECT number FROM attempts") == [{"number": WANTED}]
        assert {record.number for record in desk.records(RecordKind.RINGING)} <= {WANTED}
        for number in (BARRED, REFUSES, ERASED, SHUT):
            assert desk.records(RecordKind.ANSWERED, number) == []


async def test_holds_last_moment_of_a_call_that_rings(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=3) as desk:
        await desk.seat(*desk.service.agents)
        campaign = await desk.campaign("Ringing", [RINGS, RINGS_TOO, RINGS_ON], ring_timeout_s=60)
        await desk.start(campaign)
        for number in (RINGS, RINGS_TOO, RINGS_ON):
            await desk.seen(RecordKind.RINGING, number)

        await bar(desk, RINGS)
        barred = await desk.settled(RINGS, SOON_S)
        assert (barred["disposition"], barred["answered_at"]) == ("cancelled", None)
        known = await customer(desk, RINGS_TOO)
        assert (await erase(desk, RINGS_TOO))["asked_at"] is not None

        async def ended() -> list[dict[str, Any]]:
            return desk.service.rows(
                "SELECT disposition FROM attempts WHERE customer_id = ? AND disposition IS NOT NULL",
                known["id"],
            )

        assert await until(ended, bool, "the end of his call", SOON_S) == [{"disposition": "cancelled"}]
        (rings_on,) = desk.service.open_attempts()
        assert rings_on["number"] == RINGS_ON
        assert desk.records(RecordKind.ANSWERED) == []
