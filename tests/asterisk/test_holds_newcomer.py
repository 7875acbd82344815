"""An unknown caller is made a customer in the talk. While it lasts a list brings him under its own reference.

He stays one person: the talk and its vote are in his file, and the renewal that the list is for calls him.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from own_loop import run_apart
from running import Desk, running, until
from test_holds_hotline import dial, settled

from dialer.simulator.numbers import Caller, Press, number_of_caller
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
ZONES = ("America/New_York", "Europe/Paris", "Asia/Tokyo")
UNKNOWN = number_of_caller(Caller(1, 8, Press.SCORE_4, serial=3))
REF = "C-4711"


@dataclass
class Told:
    """What is left after the story."""

    made: dict[str, Any]
    renewed: dict[str, Any]
    again: dict[str, Any]
    file: dict[str, Any]
    ledger: dict[str, Any]


@pytest.fixture(scope="module")
def newcomer(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return run_apart(_newcomer(pair, tmp_path_factory.mktemp("newcomer")))


async def _newcomer(pair: Pair, home: Path) -> Told:
    async with running(pair, home, agents=1) as desk:
        (agent,) = desk.service.agents
        await desk.seat(agent)
        await dial(desk, UNKNOWN)
        page = await desk.agent(agent, "talking")
        assert (page["call"]["customer"], page["call"]["number"]) == (None, UNKNOWN)
        call_id = page["call"]["attempt_id"]
        new = {"attempt_id": call_id, "name": "Jo Park", "language": "en", "note": "a card"}
        made = await desk.console.post(f"/api/agents/{agent}/customer", new)
        campaign = await _listed(desk)
        await desk.console.post(f"/api/agents/{agent}/end-call")
        record = {"attempt_id": call_id, "outcome": "served", "note": "wants a card"}
        await desk.console.post(f"/api/agents/{agent}/record", record)
        await settled(desk, UNKNOWN)
        customer = made["call"]["customer"]["id"]

        async def look() -> dict[str, Any]:
            told: dict[str, Any] = await desk.console.get(f"/api/customers/{customer}")
            return told

        await until(look, lambda told: told["hotline"][0]["vote"] is not None, "the vote")
        renewed = await _renewal(desk, agent, campaign)
        await desk.settled(UNKNOWN)
        file = await look()
        await desk.agent(agent, "ready")
        await dial(desk, UNKNOWN)
        again = await desk.agent(agent, "talking")
        return Told(made, renewed, again, file, await desk.console.get("/api/ledger/verify"))


def _in_the_day() -> str:
    """Return a zone in which a renewal may be called now, whenever the tests run."""
    return min(ZONES, key=lambda zone: abs(datetime.now(ZoneInfo(zone)).hour - 14))


async def _listed(desk: Desk) -> int:
    """Load his number into a renewal, under a reference that nobody told the agent; return the campaign."""
    campaign = await desk.draft("Renewals", template="renewal")
    expiry = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    header = "ref,name,phone,class,zone,service,expiry"
    row = f"{REF},Jo Park,{UNKNOWN},potential,{_in_the_day()},card,{expiry}"
    told = f"{header}\n{row}\n".encode()
    path = f"/api/campaigns/{campaign}/import"
    assert (await desk.console.upload(path, told))["loaded"] == 1
    assert (await desk.console.upload(path, told))["unchanged"] == 1
    return campaign


async def _renewal(desk: Desk, agent: str, campaign: int) -> dict[str, Any]:
    """Start the renewal; return the agent's page in the call, which he wins."""
    await desk.start(campaign)
    page = await desk.agent(agent, "talking")
    record = {"attempt_id": page["call"]["attempt_id"], "outcome": "renewed", "note": "two years"}
    await desk.console.post(f"/api/agents/{agent}/record", record)
    await desk.console.post(f"/api/agents/{agent}/end-call")
    return page


def test_holds_newcomer_is_a_customer_while_he_talks(newcomer: Told) -> None:
    customer = newcomer.made["call"]["customer"]
    assert (customer["name"], customer["customer_class"], customer["numbers"]) == (
        "Jo Park",
        "potential",
        [UNKNOWN],
    )


def test_holds_newcomer_goes_by_the_reference_of_the_list(newcomer: Told) -> None:
    made, now = newcomer.made["call"]["customer"], newcomer.file["customer"]
    assert (made["id"], made["ref"][:2]) == (now["id"], "N-")
    assert now["ref"] == REF
    assert [one["note"] for one in newcomer.file["notes"]] == [
        "a card",
        f"Had the reference {made['ref']} until the list 'main' brought {REF}.",
    ]


def test_holds_newcomer_has_talk_and_vote_in_his_file(newcomer: Told) -> None:
    (call,) = newcomer.file["hotline"]
    assert (call["vote"], call["outcome"], call["note"]) == (4, "served", "wants a card")
    assert call["talked_at"]
    assert (newcomer.file["made_by"], newcomer.file["consents"]) == (f"agent {call['agent_id']}", [])
    assert newcomer.file["customer"]["owner"] == call["agent_id"]


def test_holds_newcomer_is_called_by_a_renewal_as_anybody_else(newcomer: Told) -> None:
    assert newcomer.renewed["call"]["customer"]["id"] == newcomer.file["customer"]["id"]
    assert newcomer.file["customer"]["customer_class"] == "ordinary"
    assert [(one["kind"], one["subject"]) for one in newcomer.file["credits"]] == [
        ("brought", "enquiry on the hotline"),
        ("closed", "Renewals: Renewed"),
        ("brought", "Renewals: Renewed"),
    ]
    assert newcomer.ledger["ok"]


def test_holds_newcomer_is_known_when_he_calls_again(newcomer: Told) -> None:
    assert newcomer.again["call"]["direction"] == "inbound"
    assert newcomer.again["call"]["customer"]["ref"] == REF
