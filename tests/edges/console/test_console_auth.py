"""Who may do what: the whole route table as nobody, agent and manager; cookies; other sites."""

import re
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient
from console_world import AGENT, MANAGER, TOKENS, Moment

from console.auth import SESSION, USER_HEADER, Access, Doorkeeper, on_behalf
from console.endpoint import Route
from console.errors import Problem
from console.memory import MemoryDesk
from console.ports import Token
from console.routes import ROUTES

# The whole law on one page. A route that is not in here fails the test below.
PUBLIC = {"GET /health", "GET /sign-in", "POST /sign-in", "POST /sign-out", "GET /static/{asset}"}
FOR_ALL = {
    "GET /",
    "GET /manager",
    "GET /agent",
    "GET /customers",
    "GET /api/me",
    "GET /api/events",
    "GET /openapi.json",
}
FOR_OWN_AGENT = {"GET /api/agents/{agent_id}", "GET /api/agents/{agent_id}/history"} | {
    f"POST /api/agents/{{agent_id}}/{action}"
    for action in (
        "login",
        "customer",
        "caller",
        "ready",
        "pause",
        "call",
        "skip",
        "leave",
        "end-call",
        "record",
        "end-wrap-up",
        "logout",
    )
}
FOR_MANAGERS = {
    "GET /api/templates", "GET /api/campaigns", "POST /api/campaigns", "POST /api/calls", "GET /api/agents",
    "GET /api/ledger/head", "GET /api/ledger/verify", "GET /api/packs", "POST /api/packs/reload",
    "GET /api/live", "GET /api/campaigns/{campaign_id}", "GET /api/campaigns/{campaign_id}/report",
    "GET /api/campaigns/{campaign_id}/report/not-reached", "GET /api/campaigns/{campaign_id}/report/records",
    "GET /api/campaigns/{campaign_id}/pacing", "GET /api/campaigns/{campaign_id}/forecast",
    *(f"POST /api/campaigns/{{campaign_id}}/{a}" for a in ("import", "preview", "start", "pause", "resume")),
    "POST /api/campaigns/{campaign_id}/rules", "POST /api/campaigns/{campaign_id}/weight",
    "GET /api/campaigns/{campaign_id}/why",
    "GET /api/campaigns/{campaign_id}/why/customer",
    "POST /api/campaigns/{campaign_id}/stop", "GET /api/campaigns/{campaign_id}/lists", "GET /api/imports",
    "GET /api/imports/{import_id}", "POST /api/imports/{import_id}/cancel",
    "GET /api/imports/{import_id}/rejects", "GET /api/templates/{template}/sample", "GET /api/mappings",
    "POST /api/mappings", "POST /api/mappings/delete", "GET /api/lists/{list_id}/export",
    "GET /api/campaigns/{campaign_id}/export",
    *(f"POST /api/lists/{{list_id}}/{a}" for a in ("activate", "deactivate", "recycle", "merge", "delete")),
    "GET /api/suppressions", "POST /api/suppressions", "GET /api/suppressions/check",
    "GET /api/suppressions/unread",
    *(f"POST /api/suppressions/{{suppression_id}}/{a}" for a in ("numbers", "import", "remove")),
    "GET /api/customers", "POST /api/customers", "GET /api/customers/{customer_id}",
    "PATCH /api/customers/{customer_id}",
    "GET /api/customers/{customer_id}/export",
    *(
        f"POST /api/customers/{{customer_id}}/{a}"
        for a in ("consent", "class", "note", "promise-kept", "credit", "erase")
    ),
    "GET /api/owners",
    *(f"POST /api/owners/{a}" for a in ("ability", "share-out", "hand-over", "absence", "absence/end")),
}  # fmt: skip
LAW = {
    Access.PUBLIC: PUBLIC,
    Access.ANYONE: FOR_ALL,
    Access.OWN_AGENT: FOR_OWN_AGENT,
    Access.MANAGER: FOR_MANAGERS,
}


def title(route: Route) -> str:
    return f"{route.method} {route.path}"


def address(route: Route, agent_id: str = "1001") -> str:
    words = {"agent_id": agent_id, "asset": "api.js", "import_id": "0123456789abcdef", "template": "revisit"}
    return re.sub(r"\{(\w+)\}", lambda match: words.get(match[1], "1"), route.path)


async def ask(client: TestClient, route: Route, headers: dict, agent_id: str = "1001") -> tuple[int, str]:
    """Return the status and the kind of problem; the body stays unread, as streams have no end."""
    async with client.request(
        route.method, address(route, agent_id), headers=headers, allow_redirects=False
    ) as response:
        problem = ""
        if response.content_type == "application/problem+json":
            problem = (await response.json(content_type=None))["type"].rpartition(":")[2]
        return response.status, problem or response.headers.get("Location", "")


def test_the_table_says_what_the_law_says() -> None:
    for access, titles in LAW.items():
        assert {title(route) for route in ROUTES if route.access is access} == titles


@pytest.mark.parametrize("route", ROUTES, ids=title)
async def test_without_a_valid_token_only_public_routes_answer(client: TestClient, route: Route) -> None:
    wrong = (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic bTpt"},
        {"Authorization": "Bearer "},
    )
    for headers in wrong:
        status, answer = await ask(client, route, headers)
        if title(route) in PUBLIC:
            assert answer != "not-signed-in"
        elif route.page:
            assert (status, answer) == (303, "/sign-in")
        else:
            assert (status, answer) == (401, "not-signed-in")


@pytest.mark.parametrize("route", ROUTES, ids=title)
async def test_an_agent_gets_no_further_than_his_own_desk(
    client: TestClient, world: MemoryDesk, route: Route
) -> None:
    before = dict(world.floor.agents)
    status, answer = await ask(client, route, dict(AGENT), agent_id="1002")
    if title(route) in FOR_MANAGERS | FOR_OWN_AGENT:
        assert (status, answer) == (403, "not-yours")
        assert world.floor.agents == before
    else:
        assert answer != "not-yours"
    if title(route) in FOR_OWN_AGENT:
        assert (await ask(client, route, dict(AGENT)))[0] not in {401, 403}


@pytest.mark.parametrize("route", ROUTES, ids=title)
async def test_a_manager_is_stopped_nowhere(client: TestClient, route: Route) -> None:
    assert (await ask(client, route, dict(MANAGER)))[1] not in {"not-signed-in", "not-yours"}


async def test_me_says_who_asks(client: TestClient) -> None:
    answer = await (await client.get("/api/me", headers=AGENT)).json()
    assert answer == {"name": "Anna", "role": "agent", "agent_id": "1001", "version": "0.1.0"}


async def sign_in(client: TestClient, token: str, **headers: str) -> int:
    response = await client.post(
        "/sign-in",
        data={"token": token},
        headers=headers or {"Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )
    return response.status


async def test_a_cookie_signs_in_and_never_holds_the_token(client: TestClient) -> None:
    token = "manager-token-0123456789"
    response = await client.post(
        "/sign-in",
        data={"token": token},
        headers={"Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )
    cookie = response.headers["Set-Cookie"]
    assert (response.status, response.headers["Location"]) == (303, "/manager")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert token not in cookie
    assert (await client.get("/api/campaigns")).status == 200
    out = await client.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False)
    assert out.headers["Location"] == "/sign-in"
    assert (await client.get("/api/campaigns")).status == 401


async def test_a_wrong_token_shows_the_form_again(client: TestClient) -> None:
    assert await sign_in(client, "wrong") == 401
    assert await sign_in(client, "") == 401
    assert (await client.get("/api/me")).status == 401


async def test_a_cookie_ends_after_its_time(client: TestClient, moment: Moment) -> None:
    await sign_in(client, "agent-token-0123456789")
    moment.at += SESSION - timedelta(seconds=1)
    assert (await client.get("/api/me")).status == 200
    moment.at += timedelta(seconds=2)
    assert (await client.get("/api/me")).status == 401


def test_forged_cookies_speak_for_nobody(moment: Moment) -> None:
    door = Doorkeeper(TOKENS)
    cookie = door.seal("agent-token-0123456789", moment())
    assert cookie is not None
    assert door.by_cookie(cookie, moment()) == Token("Anna", "agent", "1001")
    expires, _, mac = cookie.partition(".")
    later = int(expires) + 1
    forged = [f"{later}.{mac}", f"{expires}.", f"{expires}.{mac[:-1]}x", mac, "", ".", f"{expires}.é"]
    forged += [f"²{mac}.x", "9" * 5000 + f".{mac}"]
    assert [door.by_cookie(one, moment()) for one in forged] == [None] * len(forged)
    assert Doorkeeper({"another token": Token("Anna", "agent", "1001")}).by_cookie(cookie, moment()) is None
    assert door.seal("wrong", moment()) is None


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://{host}"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://{host}"}, False),
        ({}, False),
    ],
)
async def test_another_site_cannot_use_the_cookie(client: TestClient, headers: dict, passes: bool) -> None:
    assert await sign_in(client, "agent-token-0123456789") == 303
    host = f"{client.host}:{client.port}"
    given = {name: value.replace("{host}", host) for name, value in headers.items()}
    response = await client.post("/api/agents/1001/login", headers=given)
    assert response.status == (200 if passes else 403)
    if not passes:
        assert (await response.json(content_type=None))["type"] == "urn:dialer:problem:cross-site"
    form = await client.post("/sign-in", data={"token": "wrong"}, headers=given)
    assert form.status == (401 if passes else 403)


async def test_a_bad_bearer_token_is_not_made_good_by_a_cookie(client: TestClient) -> None:
    await sign_in(client, "manager-token-0123456789")
    assert (await client.get("/api/me", headers={"Authorization": "Bearer wrong"})).status == 401


async def test_an_agent_token_without_an_agent_owns_no_desk() -> None:
    assert Doorkeeper({"t": Token("x", "agent")}).by_token("t") == Token("x", "agent")


@pytest.mark.parametrize(
    ("token", "user", "name"),
    [
        ("manager", "alice", "mia (cli:alice)"),
        ("manager", "CORP\\alice-1", "mia (cli:CORP\\alice-1)"),
        ("manager", "", "mia"),
        ("agent", "alice", "1001"),
    ],
)
def test_a_manager_s_program_says_for_whom_it_works_and_an_agent_s_does_not(
    token: str, user: str, name: str
) -> None:
    who = Token("mia", "manager") if token == "manager" else Token("1001", "agent", "1001")
    assert on_behalf(who, user).name == name
    assert (on_behalf(who, user).role, on_behalf(who, user).agent_id) == (who.role, who.agent_id)


@pytest.mark.parametrize("user", ["a b", "a)", "mia (cli:x)", "-x", "é", "x" * 65, "a\tb"])
def test_no_user_can_make_himself_another_name(user: str) -> None:
    with pytest.raises(Problem, match="plain name"):
        on_behalf(Token("mia", "manager"), user)


async def test_the_user_stands_beside_the_name_of_the_token_wherever_it_is_kept(client: TestClient) -> None:
    headers = {**MANAGER, USER_HEADER: "alice"}
    me = await (await client.get("/api/me", headers=headers)).json()
    assert me["name"].endswith(" (cli:alice)")
    refused = await client.get("/api/me", headers={**MANAGER, USER_HEADER: "a b"})
    assert (refused.status, (await refused.json())["type"]) == (422, "urn:dialer:problem:invalid-input")
