"""Every agent route, along one call, and what each refuses."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from aiohttp.test_utils import TestClient
from console_world import AGENT, MANAGER

from console.memory import MemoryDesk


async def press(client: TestClient, action: str, body: dict | None = None) -> tuple[int, dict]:
    response = await client.post(f"/api/agents/1001/{action}", json=body, headers=AGENT)
    return response.status, await response.json(content_type=None)


async def test_one_call_from_login_to_logout(client: TestClient, world: MemoryDesk) -> None:
    assert (await press(client, "login"))[1]["state"] == "paused"
    assert (await press(client, "ready"))[1]["state"] == "ready"
    await world.floor.ring("1001")
    view = await (await client.get("/api/agents/1001", headers=AGENT)).json()
    # The file and the script are there before the voice.
    assert (view["state"], view["call"]["connected_at"]) == ("reserved", None)
    assert view["call"]["customer"]["name"] == "Jana Novak"
    assert view["call"]["script"]["questions"][1] == "What should we do better?"
    history = await (await client.get("/api/agents/1001/history", headers=AGENT)).json()
    assert [line["note"] for line in history["attempts"]] == ["Liked the loan car."]
    await world.floor.connect("1001")
    assert (await press(client, "end-call"))[1]["state"] == "wrap_up"
    given = {"attempt_id": "a-2", "outcome": "satisfied", "note": "Two lines\nare fine."}
    assert (await press(client, "record", given))[1]["call"]["recorded_outcome"] == "satisfied"
    assert world.floor.recorded == [("1001", "a-2", "satisfied", "Two lines\nare fine.")]
    status, view = await press(client, "end-wrap-up")
    assert (status, view["state"], view["call"], view["talks"]) == (200, "ready", None, 1)
    assert (await press(client, "leave", {"at": "2030-11-20T17:00:00+01:00"}))[1]["leaves_at"] == (
        "2030-11-20T17:00:00+01:00"
    )
    board = await (await client.get("/api/agents", headers=MANAGER)).json()
    assert [one["leaves_at"] for one in board["agents"] if one["leaves_at"]] == ["2030-11-20T17:00:00+01:00"]
    assert (await press(client, "leave", {"at": None}))[1]["leaves_at"] is None
    assert (await press(client, "pause", {"reason": "lunch"}))[1]["pause_reason"] == "lunch"
    assert (await press(client, "logout"))[1]["state"] == "offline"


@pytest.mark.parametrize(
    ("action", "body", "status", "kind"),
    [
        ("ready", None, 409, "not-allowed-now"),
        ("end-call", None, 409, "not-allowed-now"),
        ("end-wrap-up", None, 409, "not-allowed-now"),
        ("logout", None, 409, "not-allowed-now"),
        ("pause", None, 422, "invalid-input"),
        ("leave", {"at": "2030-11-20T17:00:00"}, 422, "invalid-input"),
        ("leave", {"at": None}, 409, "not-allowed-now"),
        ("pause", {"reason": "\t"}, 422, "invalid-input"),
        ("record", {"attempt_id": "a-2", "outcome": "x"}, 409, "not-allowed-now"),
        ("record", {"attempt_id": "a-2", "outcome": "x", "note": "a\x00b"}, 422, "invalid-input"),
        ("record", {"attempt_id": "a-2", "outcome": "x", "note": "a\u202eb"}, 422, "invalid-input"),
        ("pause", {"reason": "lun\u2066ch"}, 422, "invalid-input"),
        ("record", {"attempt_id": "a-2", "outcome": "x", "note": "a" * 4001}, 422, "invalid-input"),
        ("dance", None, 404, "no-such-route"),
    ],
)
async def test_what_an_offline_agent_cannot_do(
    client: TestClient, action: str, body: dict | None, status: int, kind: str
) -> None:
    got, problem = await press(client, action, body)
    assert (got, problem["type"]) == (status, f"urn:dialer:problem:{kind}")


async def brought_into_a_talk(client: TestClient, world: MemoryDesk) -> None:
    for action in ("login", "ready"):
        await press(client, action)
    await world.floor.ring("1001")
    await world.floor.connect("1001")


async def test_a_call_back_is_recorded_with_the_moment_that_was_agreed(
    client: TestClient, world: MemoryDesk
) -> None:
    await brought_into_a_talk(client, world)
    given = {"attempt_id": "a-2", "outcome": "callback"}
    for bad in ("2026-11-20T21:30:00", "2020-11-20T21:30:00+01:00", "9999-01-01T00:00:00Z", "21:30", 5):
        status, problem = await press(client, "record", {**given, "callback_at": bad})
        assert (status, problem["faults"][0]["place"]) == (422, "callback_at")
    agreed = (datetime.now(UTC) + timedelta(hours=9)).astimezone(timezone(timedelta(hours=8)))
    status, _ = await press(client, "record", {**given, "callback_at": agreed.isoformat()})
    assert (status, world.floor.agreed) == (200, {"a-2": agreed})


async def test_an_outcome_the_campaign_does_not_have_is_a_fault(
    client: TestClient, world: MemoryDesk
) -> None:
    await brought_into_a_talk(client, world)
    status, problem = await press(client, "record", {"attempt_id": "a-2", "outcome": "delighted"})
    assert status == 422
    assert problem["faults"][0]["place"] == "outcome"
    assert world.floor.recorded == []


async def test_the_board_has_one_short_line_about_each_agent(client: TestClient, world: MemoryDesk) -> None:
    await world.floor.log_in("1001")
    await world.floor.ready("1001")
    await world.floor.ring("1001")
    board = (await (await client.get("/api/agents", headers=MANAGER)).json())["agents"]
    assert [(line["agent_id"], line["state"], line["customer_name"]) for line in board] == [
        ("1001", "reserved", "Jana Novak"),
        ("1002", "offline", ""),
    ]
    assert "call" not in board[0]


async def test_a_manager_acts_for_any_agent_that_exists(client: TestClient) -> None:
    response = await client.post("/api/agents/1002/login", headers=MANAGER)
    assert (await response.json())["state"] == "paused"
    response = await client.get("/api/agents/9999", headers=MANAGER)
    assert response.status == 404
    assert (await response.json(content_type=None))["detail"] == "There is no agent 9999."


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [
        ("GET", "", None),
        ("GET", "/history", None),
        ("POST", "/record", {"attempt_id": "a-2", "outcome": "satisfied"}),
        ("POST", "/pause", {"reason": "lunch"}),
        ("POST", "/customer", {"attempt_id": "in-1", "name": "Jo"}),
        ("POST", "/caller", {"attempt_id": "in-1", "ref": "C-0007"}),
    ],
)
async def test_an_agent_who_is_not_found_again_yet_is_asked_to_come_back(
    client: TestClient, world: MemoryDesk, method: str, action: str, body: dict | None
) -> None:
    world.floor.is_settled = False
    response = await client.request(method, f"/api/agents/1001{action}", json=body, headers=AGENT)
    problem = await response.json(content_type=None)
    assert (response.status, problem["type"]) == (503, "urn:dialer:problem:not-settled-yet")
    assert response.headers["Retry-After"] == "2"
    board = await client.get("/api/agents", headers=MANAGER)
    assert board.status == 200
