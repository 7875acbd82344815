"""A day's forecast over HTTP."""

from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from console_world import AGENT, AGENTS, MANAGER, TOKENS

from campaigns.lists import ListRow
from campaigns.model import CustomerClass
from campaigns.packs_folder import load_packs, rule_book
from console.memory import NOON, MemoryDesk


@pytest.fixture
def world(tmp_path: Path) -> MemoryDesk:
    return MemoryDesk(TOKENS, AGENTS, tmp_path / "uploads", rule_book(load_packs()))


async def load(world: MemoryDesk, campaign: int) -> None:
    rows = [
        ListRow(
            f"C-{index}", f"Name {index}", "", "en", CustomerClass.ORDINARY, ("Europe/Madrid",),
            f"+34912{index:06}", NOON - timedelta(days=1), {}, {},
        )
        for index in range(40)
    ]  # fmt: skip
    await world.campaigns.book.load_rows(campaign, rows)


async def test_a_manager_gets_the_day_in_words_and_figures(
    client: TestClient, world: MemoryDesk, campaign: int
) -> None:
    await load(world, campaign)
    query = {"agents": "3", "day": "2026-11-24", "until": "12:00", "seeds": "3", "ends": "13:00"}
    response = await client.get(f"/api/campaigns/{campaign}/forecast", params=query, headers=MANAGER)
    told = await response.json()
    assert response.status == 200, told
    assert (told["agents"], told["day"], told["zone"], told["days"]) == (3, "2026-11-24", "Europe/Madrid", 3)
    assert told["words"].startswith(("Done by", "Not done"))
    assert told["hours"].endswith("–13:00 Europe/Madrid")
    assert told["leads"] == told["may_be_called"] == 40
    assert told["need"]["deadline"] == "2026-11-24T11:00:00Z"
    assert told["attempts"]["low"] <= told["attempts"]["mid"] <= told["attempts"]["high"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({}, 422, "agents"),
        ({"agents": "0"}, 422, "agents"),
        ({"agents": "3", "day": "2020-01-01"}, 422, "2020-01-01 is over"),
        ({"agents": "3", "day": "soon"}, 422, "day"),
        ({"agents": "3", "zone": "Mars"}, 422, "unknown time zone 'Mars'"),
        ({"agents": "3", "mode": "agentless"}, 422, "mode"),
        ({"agents": "3", "colour": "red"}, 422, "colour"),
    ],
)
async def test_bad_input_is_named(
    client: TestClient, world: MemoryDesk, campaign: int, query: dict[str, str], status: int, said: str
) -> None:
    await load(world, campaign)
    response = await client.get(f"/api/campaigns/{campaign}/forecast", params=query, headers=MANAGER)
    assert response.status == status
    assert said in await response.text()


async def test_a_campaign_without_leads_or_none_at_all_is_refused(client: TestClient, campaign: int) -> None:
    path = f"/api/campaigns/{campaign}/forecast?agents=3"
    empty = await client.get(path, headers=MANAGER)
    assert empty.status == 422
    assert "no lead left to call" in await empty.text()
    unknown = await client.get("/api/campaigns/99/forecast?agents=3", headers=MANAGER)
    assert unknown.status == 404
    agent = await client.get(path, headers=AGENT)
    assert agent.status == 403
