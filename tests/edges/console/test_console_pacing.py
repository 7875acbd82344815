"""Pacing over HTTP: the decision with its figures, the limits, and leads that are laid before agents."""

from dataclasses import replace

from aiohttp.test_utils import TestClient
from console_world import AGENT, DRAFT, MANAGER

from campaigns.model import DialMode
from console.memory import MemoryDesk
from console.memory_pacing import VIEW


async def made(client: TestClient, **changes: object) -> dict:
    response = await client.post("/api/campaigns", json=DRAFT | changes, headers=MANAGER)
    assert response.status == 201, await response.text()
    return await response.json()


async def test_a_mode_is_chosen_when_a_campaign_is_made(client: TestClient) -> None:
    assert (await made(client))["mode"] == "progressive"
    ratio = await made(client, name="Ratio", mode="ratio", lines_per_agent=1.8)
    assert (ratio["mode"], ratio["lines_per_agent"]) == ("ratio", 1.8)
    for wrong in ({"mode": "turbo"}, {"mode": "ratio", "lines_per_agent": 0.5}):
        response = await client.post("/api/campaigns", json=DRAFT | {"name": "X", **wrong}, headers=MANAGER)
        assert response.status == 422


async def test_a_weight_is_chosen_and_changed_while_it_runs(client: TestClient) -> None:
    number = (await made(client))["id"]
    assert (await made(client, name="Heavy", weight=7))["weight"] == 7
    path = f"/api/campaigns/{number}/weight"
    changed = await client.post(path, json={"weight": 4}, headers=MANAGER)
    assert (changed.status, (await changed.json())["weight"]) == (200, 4)
    for wrong in ({"weight": 0}, {"weight": 11}, {"weight": 1.5}, {}):
        assert (await client.post(path, json=wrong, headers=MANAGER)).status == 422
    assert (await client.post(path, json={"weight": 4}, headers=AGENT)).status == 403
    assert (await client.post("/api/campaigns/99/weight", json={"weight": 4}, headers=MANAGER)).status == 404


async def test_the_screen_tells_the_decision_with_what_was_seen(
    client: TestClient, world: MemoryDesk
) -> None:
    number = (await made(client))["id"]
    world.pacing.views[number] = VIEW
    got = await (await client.get(f"/api/campaigns/{number}/pacing", headers=MANAGER)).json()
    assert (got["mode"], got["ringing"], got["agents"], got["given_up"]) == ("predictive", 11, 28, 4)
    last = got["decisions"][0]
    assert (last["calls"], last["bound"], last["risk_of_next"]) == (3, "risk of abandoning", 0.041)
    assert last["ahead"][2] == {"in_s": 16.0, "agents_free": 4.2, "calls_answered": 2.1}
    limits = [(one["live"], one["abandoned"], one["misjudged"], one["left"]) for one in got["limits"]]
    assert limits == [(1000, 19, 1.0, 13.0), (90, 1, 0.0, 6.5)]


async def test_where_nobody_may_be_abandoned_nothing_is_left(client: TestClient, world: MemoryDesk) -> None:
    number = (await made(client))["id"]
    zero = replace(VIEW.limits[0], kind="zero", rate=0.0, left=None)
    note = "uk: no abandoned call: every call has its agent reserved"
    world.pacing.views[number] = replace(VIEW, limits=(zero,), note=note, mode=DialMode.PREDICTIVE)
    got = await (await client.get(f"/api/campaigns/{number}/pacing", headers=MANAGER)).json()
    assert (got["note"], got["limits"][0]["left"]) == (note, None)


async def test_a_campaign_that_never_dialled_says_so_and_one_that_is_not_there_is_not_found(
    client: TestClient,
) -> None:
    number = (await made(client, mode="predictive"))["id"]
    got = await (await client.get(f"/api/campaigns/{number}/pacing", headers=MANAGER)).json()
    assert (got["mode"], got["decisions"], got["answer_rate"]) == ("predictive", [], None)
    assert "has not dialled" in got["note"]
    assert (await client.get("/api/campaigns/99/pacing", headers=MANAGER)).status == 404


async def test_an_agent_calls_or_skips_the_lead_before_him(client: TestClient, world: MemoryDesk) -> None:
    await world.floor.log_in("1001")
    await world.floor.ready("1001")
    await world.floor.offer("1001")
    view = await (await client.get("/api/agents/1001", headers=AGENT)).json()
    assert (view["state"], view["call"]["customer"]["name"]) == ("preview", "Jana Novak")
    skipped = await client.post("/api/agents/1001/skip", json={"reason": "called today"}, headers=AGENT)
    assert (await skipped.json())["state"] == "ready"
    assert (await client.post("/api/agents/1001/call", headers=AGENT)).status == 409
    await world.floor.offer("1001")
    called = await client.post("/api/agents/1001/call", headers=AGENT)
    assert (await called.json())["state"] == "reserved"
    assert (await client.post("/api/agents/1001/skip", json={"reason": " "}, headers=AGENT)).status == 422
