"""An agent puts his phone down: in a talk he keeps his wrap-up and is called again, otherwise he has left."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from own_loop import run_apart
from running import Desk, running, until

from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
CUSTOMER = number_of(Behaviour(Outcome.PERSON, 0.2, 2, Press.SCORE_4))


@dataclass
class Told:
    """What the agent's page said, one moment after the other."""

    in_wrap_up: dict[str, Any]
    recorded: dict[str, Any]
    called_again: dict[str, Any]
    left: dict[str, Any]
    phone_calls: int
    vote: dict[str, Any]
    attempt: dict[str, Any]
    wishes: list[dict[str, Any]]


@pytest.fixture(scope="module")
def told(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return run_apart(_story(pair, tmp_path_factory.mktemp("phone-down")))


async def _story(pair: Pair, home: Path) -> Told:
    async with running(pair, home, agents=1) as desk:
        (agent,) = desk.service.agents
        await desk.seat(agent)
        await desk.start(await desk.campaign("Revisits", [CUSTOMER], wrap_up_s=60))
        await desk.agent_of(CUSTOMER, "talking")
        await desk.hang_up_phone(agent)
        in_wrap_up = await _page(desk, agent, lambda page: page["phone_gone"])
        vote = await desk.voted(CUSTOMER)
        body = {"attempt_id": in_wrap_up["call"]["attempt_id"], "outcome": "satisfied", "note": "battery"}
        recorded = await desk.console.post(f"/api/agents/{agent}/record", body)
        attempt = await desk.settled(CUSTOMER)
        await desk.console.post(f"/api/agents/{agent}/end-wrap-up")
        called_again = await desk.agent(agent, "ready")
        await desk.hang_up_phone(agent)
        left = await desk.agent(agent, "offline")
        wishes = await until(lambda: _wishes(desk), lambda rows: rows[0]["wish"] == "offline", "his wish")
        calls = len(desk.records(RecordKind.ANSWERED, agent))
        return Told(in_wrap_up, recorded, called_again, left, calls, vote, attempt, wishes)


async def _page(desk: Desk, agent: str, holds: Any) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        page: dict[str, Any] = await desk.console.get(f"/api/agents/{agent}")
        return page

    return await until(look, holds, f"{agent} without his phone")


async def _wishes(desk: Desk) -> list[dict[str, Any]]:
    return desk.service.rows("SELECT wish FROM agent_wishes")


def test_he_is_in_his_wrap_up_with_the_customers_file(told: Told) -> None:
    page = told.in_wrap_up
    assert (page["state"], page["talks"], page["call"]["number"]) == ("wrap_up", 1, CUSTOMER)
    assert page["wrap_up_ends_at"] is not None


def test_what_he_records_is_kept_and_the_customer_votes(told: Told) -> None:
    assert told.recorded["call"]["recorded_outcome"] == "satisfied"
    assert (told.vote["score"], told.attempt["disposition"]) == (4, "connected")


def test_his_phone_is_called_again_and_he_is_ready(told: Told) -> None:
    assert (told.called_again["phone_gone"], told.phone_calls) == (False, 2)


def test_between_talks_he_has_left_and_is_not_called_at_a_restart(told: Told) -> None:
    assert "hung up" in told.left["pause_reason"]
    assert [row["wish"] for row in told.wishes] == ["offline"]
