"""A caller to the hotline: menu, agent, vote; left alone for ever; and a talk that outlives the service."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from own_loop import run_apart
from running import Desk, running, until

from dialer.simulator.numbers import Behaviour, Caller, Outcome, Press, number_of, number_of_caller
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
TALKS = number_of_caller(Caller(1, 1, Press.SCORE_5))
LEAVE_ME_ALONE = number_of_caller(Caller(9, 0.5, Press.SCORE_1))
TALKS_ON = number_of_caller(Caller(1, 20, Press.SCORE_4))
MACHINE = number_of(Behaviour(Outcome.GREETING, 0.2))


@dataclass
class Told:
    """What is left after the story."""

    desk: Desk
    page: dict[str, Any]
    page_after: dict[str, Any]

    def inbound(self, number: str) -> dict[str, Any]:
        """Return the one stored call of a caller, with its vote."""
        (row,) = self.desk.service.rows(
            "SELECT inbound_calls.*, votes.score, votes.source FROM inbound_calls "
            "LEFT JOIN votes ON votes.call_id = inbound_calls.id WHERE number = ?",
            number,
        )
        return row


@pytest.fixture(scope="module")
def hotline(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Three callers, one of them talking while the service is killed and restarted; and one machine."""
    return run_apart(_hotline(pair, tmp_path_factory.mktemp("hotline")))


async def _hotline(pair: Pair, home: Path) -> Told:
    async with running(pair, home, agents=3) as desk:
        await desk.seat(*desk.service.agents)
        for number in (TALKS, LEAVE_ME_ALONE, TALKS_ON):
            await dial(desk, number)
        agent = await desk.agent_of(TALKS, "talking")
        talker = await desk.agent_of(TALKS_ON, "talking")
        await desk.seen(RecordKind.SILENT, TALKS)
        await desk.console.post(f"/api/agents/{agent}/end-call")
        for number in (TALKS, LEAVE_ME_ALONE):
            await settled(desk, number)

        campaign = await desk.campaign("Machines", [MACHINE])
        await desk.start(campaign)
        listener = await desk.agent_of(MACHINE, "talking")
        await record_machine(desk, listener)
        assert desk.service.attempts(MACHINE)[0]["disposition"] is None
        await desk.service.kill()
        await desk.service.start()
        await desk.agent(talker, "talking")
        await desk.seen(RecordKind.SILENT, TALKS_ON)  # from now on he presses his key, for twelve seconds
        page = await desk.agent(talker, "talking")
        made = f"/api/agents/{talker}/customer"
        await desk.console.post(made, {"attempt_id": page["call"]["attempt_id"], "name": "Jana Novak"})
        await desk.console.post(f"/api/agents/{talker}/end-call")
        page_after = await desk.agent(talker, "wrap_up", "ready")
        await settled(desk, TALKS_ON)
        await desk.settled(MACHINE)
        again = await desk.campaign("Not again", [LEAVE_ME_ALONE])
        await desk.start(again)
        await desk.closed(again, LEAVE_ME_ALONE)
        return Told(desk, page, page_after)


async def dial(desk: Desk, number: str) -> None:
    """Let a customer dial the hotline."""
    said = await desk.pair.network.command(f"channel originate Local/{number}@callers application Wait 60")
    assert "No such" not in said


async def settled(desk: Desk, number: str) -> None:
    """Wait until a caller's call has its outcome."""

    async def rows() -> list[dict[str, Any]]:
        return desk.service.rows("SELECT disposition FROM inbound_calls WHERE number = ?", number)

    await until(rows, lambda found: bool(found and found[0]["disposition"]), f"the end of {number}")


async def record_machine(desk: Desk, agent: str) -> None:
    """Leave a machine and write down that it was one."""
    page = await desk.agent(agent, "talking")
    await desk.console.post(f"/api/agents/{agent}/end-call")
    body = {"attempt_id": page["call"]["attempt_id"], "outcome": "machine", "note": "a long greeting"}
    await desk.console.post(f"/api/agents/{agent}/record", body)


def test_holds_hotline_menu_agent_vote(hotline: Told) -> None:
    call = hotline.inbound(TALKS)
    assert (call["disposition"], call["score"], call["source"]) == ("connected", 5, "agi")
    assert call["agent_id"] in hotline.desk.service.agents


def test_holds_hotline_leaves_alone_who_asks_for_it(hotline: Told) -> None:
    assert hotline.inbound(LEAVE_ME_ALONE)["score"] is None
    assert hotline.desk.service.attempts(LEAVE_ME_ALONE) == []


def test_holds_hotline_machine_by_an_agents_word_though_the_service_died(hotline: Told) -> None:
    (attempt,) = hotline.desk.service.attempts(MACHINE)
    assert attempt["disposition"] == "machine"


def test_holds_hotline_talk_outlives_the_service(hotline: Told) -> None:
    call = hotline.page["call"]
    assert (call["direction"], call["number"]) == ("inbound", TALKS_ON)
    assert hotline.page_after["state"] in ("wrap_up", "ready")
    call = hotline.inbound(TALKS_ON)
    assert (call["disposition"], call["score"], call["source"]) == ("connected", 4, "agi")


def test_holds_hotline_makes_a_customer_of_a_caller_though_the_service_died_in_the_talk(
    hotline: Told,
) -> None:
    (found,) = hotline.desk.service.rows(
        "SELECT name, inbound_calls.number FROM customers"
        " JOIN inbound_calls ON inbound_calls.customer_id = customers.id WHERE inbound_calls.number = ?",
        TALKS_ON,
    )
    assert found["name"] == "Jana Novak"
