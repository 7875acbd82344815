"""Pages, assets, health and headers: what a browser is given."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from console_world import AGENT, MANAGER

import console
from campaigns.desk.campaigns import BOUNDS
from console.app import SECURITY_HEADERS
from console.memory import MemoryDesk
from console.pages.views import load_pages
from console.ports import PartHealth


async def page(client: TestClient, path: str, headers: dict) -> tuple[int, str]:
    response = await client.get(path, headers=headers, allow_redirects=False)
    return response.status, response.headers.get("Location") or await response.text()


def test_every_noun_that_a_page_counts_has_its_plural() -> None:
    scripts = "".join(
        file.read_text(encoding="utf-8") for file in (Path(console.__file__).parent / "static").glob("*.js")
    )
    counted = set(re.findall(r'count\([^"\n]*?, "(\w+)"\)', scripts))
    (table,) = re.findall(r"const COUNTED = \{(.*?)\}", scripts, re.DOTALL)
    assert {"vote", "talk", "entry"} <= counted
    assert counted <= set(re.findall(r"(\w+):", table))


async def test_everybody_is_led_to_their_own_page(client: TestClient) -> None:
    assert await page(client, "/", MANAGER) == (303, "/manager")
    assert await page(client, "/", AGENT) == (303, "/agent")
    assert await page(client, "/manager", AGENT) == (303, "/agent")
    assert await page(client, "/customers", AGENT) == (303, "/agent")
    assert await page(client, "/sign-in", AGENT) == (303, "/agent")
    assert await page(client, "/", {}) == (303, "/sign-in")


async def test_names_from_outside_are_text_on_every_page(client: TestClient, world: MemoryDesk) -> None:
    nasty = "<script>alert(1)</script>\"'&"
    world.floor.agents["1001"] = replace(world.floor.agents["1001"], name=nasty)
    for path, headers in (("/agent", AGENT), ("/agent", MANAGER), ("/agent?agent=1001", MANAGER)):
        status, text = await page(client, path, headers)
        assert status == 200
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;" in text


async def test_a_manager_may_see_any_desk_and_an_agent_only_his(client: TestClient) -> None:
    assert 'data-agent="1002"' in (await page(client, "/agent?agent=1002", MANAGER))[1]
    assert 'data-agent="1001"' in (await page(client, "/agent?agent=1002", AGENT))[1]
    assert (await page(client, "/agent?agent=9", MANAGER))[0] == 404
    assert (await page(client, "/agent?agent=a%20b", MANAGER))[0] == 422


@pytest.mark.parametrize(
    "path", ["/sign-in", "/manager", "/customers", "/agent", "/static/console.css", "/health", "/none"]
)
async def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    response = await client.get(path, headers={} if path == "/sign-in" else MANAGER)
    for name, value in SECURITY_HEADERS.items():
        expected = "no-cache" if name == "Cache-Control" and "static" in path else value
        assert response.headers[name] == expected
    assert response.headers["Server"] == "dialer"


def test_pages_and_scripts_keep_the_content_security_policy() -> None:
    """No inline scripts or styles, nothing from elsewhere, and no text ever becomes markup."""
    pages = load_pages()
    templates = {name: pages.templates.loader.get_source(pages.templates, name)[0]
                 for name in pages.templates.list_templates(["html"])}  # fmt: skip
    assert {"manager.html", "customers.html", "agent.html", "sign_in.html"} <= set(templates)
    for name, text in templates.items():
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=|https?://|\|\s*safe", text), name
        for target in re.findall(r'(?:src|href)="/static/([^"]+)"', text):
            assert target in pages.assets, (name, target)
    for name, asset in pages.assets.items():
        text = asset.content.decode()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), name
        for target in re.findall(r'from "\./([^"]+)"', text):
            assert target in pages.assets, (name, target)


async def test_assets_are_not_sent_twice_and_nothing_else_is_served(client: TestClient) -> None:
    first = await client.get("/static/api.js")
    assert first.content_type == "text/javascript"
    again = await client.get("/static/api.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
    for path in (
        "/static/none.js",
        "/static/__init__.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/",
    ):
        assert (await client.get(path)).status == 404, path


async def test_unknown_addresses_and_methods_are_problems_too(client: TestClient) -> None:
    response = await client.get("/nowhere")
    assert (response.status, response.content_type) == (404, "application/problem+json")
    response = await client.delete("/api/campaigns", headers=MANAGER)
    assert (response.status, response.headers["Allow"]) == (405, "GET, POST")
    assert (await response.json(content_type=None))["type"] == "urn:dialer:problem:method-not-allowed"


async def test_health_fails_with_any_part(client: TestClient, world: MemoryDesk) -> None:
    response = await client.get("/health")
    body = await response.json()
    assert (response.status, body["status"], body["version"]) == (200, "ok", "0.1.0")
    world.health.parts.append(PartHealth("trunk acme", False, "not registered", vital=False))
    response = await client.get("/health")
    body = await response.json()
    assert (response.status, body["status"]) == (200, "degraded")
    assert body["parts"][-1] == {"name": "trunk acme", "ok": False, "detail": "not registered"}
    world.health.parts.append(PartHealth("clock", False, "4 s behind"))
    response = await client.get("/health")
    body = await response.json()
    assert (response.status, body["status"]) == (503, "failing")
    assert body["parts"][-1] == {"name": "clock", "ok": False, "detail": "4 s behind"}


async def test_a_health_check_that_hangs_is_itself_the_answer(
    client: TestClient, world: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.api.service.HEALTH_LIMIT_S", 0.01)
    monkeypatch.setattr(world.health, "check", asyncio.Event().wait)
    response = await client.get("/health")
    assert response.status == 503
    assert "no answer" in (await response.json())["parts"][0]["detail"]


async def test_the_form_of_a_campaign_and_the_api_take_the_same_figures(client: TestClient) -> None:
    _, shown = await page(client, "/manager", MANAGER)
    schema = (await (await client.get("/openapi.json", headers=MANAGER)).json())["components"]["schemas"][
        "CampaignIn"
    ]
    for figure, (least, most) in BOUNDS.items():
        told = next(one for one in schema["properties"][figure]["anyOf"] if one["type"] != "null")
        assert (told["minimum"], told["maximum"]) == (least, most), figure
        assert f'name="{figure}" type="number" min="{least}" max="{most}"' in shown
