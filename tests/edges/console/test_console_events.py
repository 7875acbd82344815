"""Live events: what each reader gets, that nothing is sent twice, quiet lines, and clean ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from console_world import AGENT, MANAGER

from console.app import create_app
from console.events import Pace
from console.memory import MemoryDesk
from dialer.live import Counters


async def read(response: ClientResponse, wanted: int) -> list[tuple[str, dict]]:
    """Return the next events of a stream, comments left out."""
    found: list[tuple[str, dict]] = []
    name = ""
    async with asyncio.timeout(5):
        while len(found) < wanted:
            line = (await response.content.readline()).decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((name, json.loads(line.removeprefix("data: "))))
    return found


@pytest.fixture
async def quiet(world: MemoryDesk) -> AsyncIterator[TestClient]:
    """A client whose streams send no comments by themselves."""
    client = TestClient(TestServer(create_app(world.desk, pace=Pace(60.0, 0.0, 5.0))))
    await client.start_server()
    yield client
    await client.close()


async def test_a_manager_sees_counters_and_board_at_once_and_then_only_news(
    quiet: TestClient, world: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with quiet.get("/api/events", headers=MANAGER) as stream:
        assert stream.content_type == "text/event-stream"
        assert stream.headers["Cache-Control"] == "no-store"
        (first, counters), (second, board) = await read(stream, 2)
        assert (first, counters["placed"], second) == ("counters", 0, "agents")
        assert [line["state"] for line in board["agents"]] == ["offline", "offline"]
        drawn, counters_of = asyncio.Event(), world.live.counters

        def watched(campaign_id: int | None) -> Counters:
            drawn.set()
            return counters_of(campaign_id)

        monkeypatch.setattr(world.live, "counters", watched)
        world.live.at += timedelta(seconds=1)
        await world.live.change()  # drawn, but only the time is new: nothing may be sent
        async with asyncio.timeout(5):
            await drawn.wait()
        world.live.figures = {"placed": 3, "in_ringing": 2}
        await world.live.change()
        await world.floor.log_in("1002")
        (first, counters), (second, board) = await read(stream, 2)
        assert (first, counters["placed"], counters["in_ringing"]) == ("counters", 3, 2)
        assert (second, [line["state"] for line in board["agents"]]) == ("agents", ["offline", "paused"])


async def test_counters_of_one_campaign(quiet: TestClient, world: MemoryDesk) -> None:
    world.live.known.add(5)
    async with quiet.get("/api/events?campaign=5", headers=MANAGER) as stream:
        assert (await read(stream, 1))[0][1]["campaign_id"] == 5
    answer = await quiet.get("/api/live?campaign=5", headers=MANAGER)
    assert (await answer.json())["campaign_id"] == 5
    for path in ("/api/live?campaign=6", "/api/events?campaign=6"):
        assert (await quiet.get(path, headers=MANAGER)).status == 404


async def test_an_agent_sees_his_own_page_and_nothing_else(quiet: TestClient, world: MemoryDesk) -> None:
    async with quiet.get("/api/events", headers=AGENT) as stream:
        assert (await read(stream, 1))[0][1]["state"] == "offline"
        await world.floor.log_in("1002")  # somebody else: no news here
        await world.floor.log_in("1001")
        await world.floor.ready("1001")
        name, view = (await read(stream, 1))[0]
        assert (name, view["agent_id"]) == ("agent", "1001")
        await world.floor.ring("1001")
        while view["state"] != "reserved":
            name, view = (await read(stream, 1))[0]
        assert view["call"]["script"]["opening"].startswith("Good day")
    assert (await quiet.get("/api/events?agent=1002", headers=AGENT)).status == 403
    async with quiet.get("/api/events?agent=1002", headers=MANAGER) as stream:
        assert (await read(stream, 1))[0][1]["agent_id"] == "1002"
    assert (await quiet.get("/api/events?agent=9", headers=MANAGER)).status == 404


async def test_a_state_left_and_come_back_to_between_two_pictures_is_news(
    quiet: TestClient, world: MemoryDesk
) -> None:
    await world.floor.log_in("1001")
    async with quiet.get("/api/events", headers=AGENT) as stream:
        (_, paused), *_ = await read(stream, 1)
        await asyncio.gather(world.floor.ready("1001"), world.floor.pause("1001", "just logged in"))
        name, again = (await read(stream, 1))[0]
        while again["state"] != "paused":
            name, again = (await read(stream, 1))[0]
        assert (name, again["pause_reason"]) == ("agent", paused["pause_reason"])
        assert again["since"] != paused["since"]


async def test_a_quiet_line_carries_comments(client: TestClient) -> None:
    async with client.get("/api/events", headers=MANAGER) as stream:
        await read(stream, 2)
        async with asyncio.timeout(5):
            while await stream.content.readline() != b": still here\n":
                pass


async def test_streams_end_cleanly_when_the_service_stops(quiet: TestClient, world: MemoryDesk) -> None:
    async with quiet.get("/api/events", headers=MANAGER) as stream:
        await read(stream, 2)
        assert world.live.readers == 1
        async with asyncio.timeout(5):
            closing = asyncio.create_task(quiet.server.close())
            assert (
                await stream.content.read()
            ).strip() == b""  # the end of the body, not a broken connection
            await closing
    assert world.live.readers == 0


async def test_a_reader_that_left_is_let_go(client: TestClient, world: MemoryDesk) -> None:
    stream = await client.get("/api/events", headers=MANAGER)
    await read(stream, 2)
    stream.close()
    async with asyncio.timeout(5):
        await world.live.idle.wait()


async def test_a_stream_ends_with_its_changes(quiet: TestClient, world: MemoryDesk, monkeypatch) -> None:
    async def once() -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(world.live, "changes", once)
    async with quiet.get("/api/events", headers=MANAGER) as stream, asyncio.timeout(5):
        assert b"event: counters" in await stream.content.read()


async def test_an_agents_stream_says_so_until_he_is_found_again(quiet: TestClient, world: MemoryDesk) -> None:
    world.floor.is_settled = False
    async with quiet.get("/api/events", headers=AGENT) as stream:
        ((name, problem),) = await read(stream, 1)
        assert (name, problem["type"]) == ("problem", "urn:dialer:problem:not-settled-yet")
        await world.live.change()  # nothing new: nothing may be sent
        world.floor.is_settled = True
        await world.live.change()
        ((name, page),) = await read(stream, 1)
        assert (name, page["state"]) == ("agent", "offline")
