"""Rule packs over HTTP: which are in force, taking changed ones, and a fault that leaves the old ones."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from console_world import AGENTS, MANAGER, TOKENS

from campaigns.errors import Fault, InvalidInput
from campaigns.packs_folder import load_packs, rule_book
from console.app import create_app
from console.memory import NOON, MemoryDesk


@pytest.fixture
def world(tmp_path: Path) -> MemoryDesk:
    return MemoryDesk(TOKENS, AGENTS, tmp_path / "uploads", rules=rule_book(load_packs()))


@pytest.fixture
async def client(aiohttp_client: Callable[..., Awaitable[TestClient]], world: MemoryDesk) -> TestClient:
    return await aiohttp_client(create_app(world.desk, now=lambda: NOON))


async def test_changed_packs_are_taken(client: TestClient, world: MemoryDesk) -> None:
    shown = await (await client.get("/api/packs", headers=MANAGER)).json()
    packs = load_packs()
    assert shown["packs"] == {name: pack.version for name, pack in sorted(packs.items())}
    assert (shown["added"], shown["changed"], shown["gone"]) == ([], [], [])
    newer = {**packs, "uk": replace(packs["uk"], version="2027-01-01+f00d")}
    world.fresh = rule_book(newer)
    told = await (await client.post("/api/packs/reload", json={}, headers=MANAGER)).json()
    assert (told["changed"], told["packs"]["uk"]) == (["uk"], "2027-01-01+f00d")
    assert world.judged_anew == 1
    assert await (await client.get("/api/packs", headers=MANAGER)).json() == {**told, "changed": []}


async def test_a_broken_pack_is_named_and_the_old_ones_stay(
    client: TestClient, world: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise InvalidInput([Fault("ours.toml: label", "is missing")])

    monkeypatch.setattr(world.desk.packs, "_read", broken)
    before = await (await client.get("/api/packs", headers=MANAGER)).json()
    response = await client.post("/api/packs/reload", json={}, headers=MANAGER)
    assert response.status == 422
    assert (await response.json())["faults"] == [{"place": "ours.toml: label", "problem": "is missing"}]
    assert await (await client.get("/api/packs", headers=MANAGER)).json() == before
