"""The service is started before its Asterisk: it waits, says so, and works as soon as the Asterisk is up."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from own_loop import run_apart
from running import RunningService, lay_out
from scene import until

from dialer.simulator.numbers import Behaviour, Outcome, number_of
from dialer.simulator.records import RecordKind, read_records
from gateways.console_client import ConsoleRefused
from service.pbx.pair import Pair

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]
NUMBER = number_of(Behaviour(Outcome.PERSON, 0.2, 1))


def test_holds_late_switch_a_service_waits_for_its_asterisk(own_pair: Pair, tmp_path: Path) -> None:
    run_apart(_story(own_pair, tmp_path))


async def _story(pair: Pair, home: Path) -> None:
    await pair.pbx.kill()
    await lay_out(pair, home, ["agent-101"])
    service = RunningService(pair, home, ["agent-101"])
    try:
        await service.start()
        assert "waiting for Asterisk" in service.log()
        status, told = await _health(service)
        switch = next(part for part in told["parts"] if part["name"] == "switch")
        assert (status, told["status"], switch["ok"]) == (503, "failing", False)
        assert switch["detail"].startswith(f"waiting for Asterisk: cannot connect to {pair.pbx_ami.host}:")
        with pytest.raises(ConsoleRefused, match="the link to Asterisk is down"):
            await service.console.post("/api/calls", {"number": NUMBER})
        await pair.pbx.start()
        status, told = await until(lambda: _health(service), lambda now: now[0] == 200, "a healthy service")
        assert any(part["detail"].startswith("Asterisk ") for part in told["parts"])
        await service.console.post("/api/calls", {"number": NUMBER})
        await until(lambda: _arrived(pair), bool, "the test call on the network")
    finally:
        await service.kill()


async def _arrived(pair: Pair) -> bool:
    return any(one.kind is RecordKind.ARRIVED and one.number == NUMBER for one in read_records(pair.records))


async def _health(service: RunningService) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(f"{service.url}/health") as answer:
        return answer.status, await answer.json()
