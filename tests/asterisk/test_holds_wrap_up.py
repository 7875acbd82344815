"""The service is killed in agents' wrap-ups: each has what is left of his again, with its call."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from own_loop import run_apart
from running import running
from test_holds_hotline import dial

from dialer.simulator.numbers import Behaviour, Caller, Outcome, Press, number_of, number_of_caller
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
CUSTOMER = number_of(Behaviour(Outcome.PERSON, 0.2, 2, Press.SCORE_4))
NEXT_ONE = number_of(Behaviour(Outcome.PERSON, 0.2, 2, Press.SCORE_4, serial=1))
CALLER = number_of_caller(Caller(1, 1, Press.SCORE_5))
WRAP_UP_S = 90


@dataclass
class Told:
    """Both agents' pages before the service died, after it was there again, and after they had recorded."""

    before: dict[str, dict[str, Any]]
    after: dict[str, dict[str, Any]]
    recorded: dict[str, dict[str, Any]]
    wrap_ups: list[dict[str, Any]]
    suppressed: list[dict[str, Any]]
    called_meanwhile: list[dict[str, Any]]


@pytest.fixture(scope="module")
def told(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return run_apart(_story(pair, tmp_path_factory.mktemp("wrap-up")))


async def _story(pair: Pair, home: Path) -> Told:
    async with running(pair, home, agents=2) as desk:
        settings = desk.service.settings
        await desk.service.stop()
        text = settings.read_text(encoding="utf-8")
        assert "hotline = { wrap_up_s = 1 }" in text
        settings.write_text(text.replace("wrap_up_s = 1 ", f"wrap_up_s = {WRAP_UP_S} "), encoding="utf-8")
        await desk.service.start()
        await desk.seat(*desk.service.agents)
        await dial(desk, CALLER)
        by_hotline = await desk.agent_of(CALLER, "talking")
        campaign = await desk.campaign("Revisits", [CUSTOMER, NEXT_ONE], wrap_up_s=WRAP_UP_S)
        await desk.start(campaign)
        by_list = await desk.agent_of(CUSTOMER, "talking")
        await desk.seen(RecordKind.SILENT, CALLER)
        before = {}
        for agent in (by_hotline, by_list):
            await desk.console.post(f"/api/agents/{agent}/end-call")
            before[agent] = await desk.agent(agent, "wrap_up")
        await desk.settled(CUSTOMER)
        await desk.service.kill()
        await desk.service.start()
        after = {agent: await desk.agent(agent, "wrap_up", "ready") for agent in before}
        recorded = {}
        for agent, page in after.items():
            body = {"attempt_id": before[agent]["call"]["attempt_id"], "outcome": "do_not_call"}
            recorded[agent] = await desk.console.post(f"/api/agents/{agent}/record", body)
            assert page["agent_id"] == agent
        return Told(
            before,
            after,
            recorded,
            desk.service.rows("SELECT agent_id, outcome FROM wrap_ups"),
            desk.service.rows("SELECT number FROM suppressed_numbers"),
            desk.service.attempts(NEXT_ONE),
        )


def test_holds_wrap_up_is_found_again_with_its_call(told: Told) -> None:
    for agent, before in told.before.items():
        after = told.after[agent]
        assert after["state"] == "wrap_up"
        assert after["call"]["attempt_id"] == before["call"]["attempt_id"]
        assert after["call"]["number"] == before["call"]["number"]
        assert after["wrap_up_ends_at"] == before["wrap_up_ends_at"]
    assert {page["call"]["direction"] for page in told.after.values()} == {"inbound", "outbound"}


def test_holds_wrap_up_takes_what_is_recorded_after_the_restart(told: Told) -> None:
    assert {row["agent_id"]: row["outcome"] for row in told.wrap_ups} == dict.fromkeys(
        told.before, "do_not_call"
    )
    assert {row["number"] for row in told.suppressed} == {CUSTOMER, CALLER}
    assert {page["call"]["recorded_outcome"] for page in told.recorded.values()} == {"do_not_call"}


def test_holds_wrap_up_keeps_agents_from_the_next_call(told: Told) -> None:
    assert told.called_meanwhile == []
