"""The ledger over HTTP, and that whoever changes something over HTTP is named in it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp.test_utils import TestClient
from console_world import AGENT, MANAGER

from campaigns.suppression import OPT_OUT_ID
from console.memory import MemoryDesk

CSV = {**MANAGER, "Content-Type": "text/csv"}
LIST = "ref,name,phone\nC-1,Ada,+4930555101\nC-2,Bob,+4930555102\n"


async def got(client: TestClient, path: str, status: int = 200) -> Any:
    response = await client.get(path, headers=MANAGER)
    assert response.status == status, await response.text()
    return await response.json(content_type=None)


async def sent(client: TestClient, path: str, **body: Any) -> Any:
    response = await client.post(path, json=body, headers=MANAGER)
    assert response.status in (200, 201), await response.text()
    return await response.json()


def told(world: MemoryDesk) -> list[Mapping[str, Any]]:
    return [json.loads(entry.body) for entry in world.campaigns.book.ledger.entries]


async def test_the_head_and_the_check(client: TestClient, campaign: int, world: MemoryDesk) -> None:
    head = await got(client, "/api/ledger/head")
    entries = world.campaigns.book.ledger.entries
    assert head == {"n": len(entries), "hash": entries[-1].hash}
    for kept in ("", f"?head={head['hash']}", f"?head={head['n']}:{head['hash']}"):
        report = await got(client, f"/api/ledger/verify{kept}")
        assert report == {"ok": True, "entries": head["n"], "calls": 0, "head": head, "fault": None}
    report = await got(client, f"/api/ledger/verify?head=99:{'a' * 64}")
    assert (report["ok"], report["fault"]["reason"]) == (False, "truncated")
    entries[0] = replace(entries[0], body="{}")
    report = await got(client, "/api/ledger/verify")
    assert report["fault"] == {
        "n": 1,
        "reason": "altered",
        "detail": "its text does not give its hash after the entry before it",
    }


async def test_a_head_that_is_none_is_refused(client: TestClient) -> None:
    problem = await got(client, "/api/ledger/verify?head=yesterday", 422)
    assert [fault["place"] for fault in problem["faults"]] == ["query head"]


async def test_an_agent_has_no_business_here(client: TestClient) -> None:
    for path in ("/api/ledger/head", "/api/ledger/verify"):
        response = await client.get(path, headers=AGENT)
        assert response.status == 403


async def test_whoever_changes_something_is_named(
    client: TestClient, campaign: int, world: MemoryDesk
) -> None:
    for name in ("one", "two"):
        path = f"/api/campaigns/{campaign}/import?list={name}"
        response = await client.post(path, data=LIST.replace("C-", f"{name}-").encode(), headers=CSV)
        assert response.status == 200, await response.text()
    one, two = [kept["id"] for kept in (await got(client, f"/api/campaigns/{campaign}/lists"))["lists"]]
    number = {"number": "+4930555101"}
    before = len(told(world))
    await sent(client, f"/api/lists/{one}/deactivate")
    await sent(client, f"/api/lists/{one}/activate")
    await sent(client, f"/api/lists/{one}/merge", into=two)
    made = await sent(client, "/api/suppressions", name="TPS", kind="registry", purpose="marketing")
    await sent(client, f"/api/suppressions/{made['id']}/numbers", numbers=[number["number"]], reason="x")
    await sent(client, f"/api/suppressions/{made['id']}/remove", **number)
    await sent(client, f"/api/suppressions/{OPT_OUT_ID}/numbers", numbers=["+4930555999"], reason="x")
    said = {**number, "purpose": "marketing", "given": False, "evidence": "letter"}
    await sent(client, "/api/customers/1/consent", **said)
    await sent(client, "/api/customers/1/erase", ref="one-1")
    await sent(client, f"/api/lists/{two}/delete")
    entries = told(world)[before:]
    assert {entry["by"] for entry in entries} == {"Mia"}
    kinds = [entry["kind"] for entry in entries]
    assert kinds[:3] == ["list switched", "list switched", "list merged"]
    assert set(kinds[3:]) == {
        "list deleted",
        "suppression list made",
        "suppression added",
        "suppression removed",
        "consent withdrawn",
        "person erased",
    }
