"""A console over the in-memory desk, and a client that talks to it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from console_world import AGENTS, DRAFT, MANAGER, TOKENS, Moment

from console.app import create_app
from console.events import Pace
from console.memory import MemoryDesk


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def world(tmp_path: Path) -> MemoryDesk:
    return MemoryDesk(TOKENS, AGENTS, tmp_path / "uploads")


@pytest.fixture
async def client(
    aiohttp_client: Callable[..., Awaitable[TestClient]], world: MemoryDesk, moment: Moment
) -> TestClient:
    return await aiohttp_client(create_app(world.desk, now=moment, pace=Pace(0.05, 0.0, 5.0)))


@pytest.fixture
async def campaign(client: TestClient) -> int:
    response = await client.post("/api/campaigns", json=DRAFT, headers=MANAGER)
    assert response.status == 201, await response.text()
    return int((await response.json())["id"])
