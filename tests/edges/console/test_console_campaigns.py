"""Every campaign route: what it answers, and how it refuses."""

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient
from console_world import AGENT, DRAFT, MANAGER

from campaigns.errors import BooksShut
from campaigns.model import TEST_CALLS
from console.memory import MemoryDesk
from dialer import errors as dialer_errors
from service.campaign_screen import receipt_lines

LIST = "ref,name,phone\nC-1,Ada,+4930555101\nC-2,<b>Bob</b>,none\nC-3,Cem,+4930555103\n"


async def problem(response, kind: str, status: int) -> dict:
    """Return a problem document after checking what every one must be."""
    body = await response.json(content_type="application/problem+json")
    assert (response.status, body["status"], body["type"]) == (status, status, f"urn:dialer:problem:{kind}")
    assert body["title"]
    assert body["detail"]
    return body


async def test_a_created_campaign_is_a_draft_that_can_be_found(client: TestClient, world: MemoryDesk) -> None:
    response = await client.post("/api/campaigns", json=DRAFT | {"max_attempts": 2}, headers=MANAGER)
    assert response.status == 201
    made = await response.json()
    assert (made["status"], made["max_attempts"], made["caller_id"]) == ("draft", 2, "+4930555010")
    found = await client.get(response.headers["Location"], headers=MANAGER)
    assert await found.json() == made
    everything = await client.get("/api/campaigns", headers=MANAGER)
    assert await everything.json() == {"campaigns": [made]}
    assert world.campaigns.rows[made["id"]].status_by == "Mia"


async def test_the_campaign_of_test_calls_is_listed_for_who_asks(
    client: TestClient, world: MemoryDesk
) -> None:
    made = await (await client.post("/api/campaigns", json=DRAFT, headers=MANAGER)).json()
    rows = world.campaigns.rows
    rows[made["id"]] = replace(rows[made["id"]], template=TEST_CALLS)
    for query, listed in (("", []), ("?tests=true", [made["id"]]), ("?tests=false", [])):
        told = await (await client.get(f"/api/campaigns{query}", headers=MANAGER)).json()
        assert [one["id"] for one in told["campaigns"]] == listed


async def test_templates_are_listed_with_their_outcomes(client: TestClient) -> None:
    templates = (await (await client.get("/api/templates", headers=MANAGER)).json())["templates"]
    assert [template["name"] for template in templates] == ["revisit"]
    assert templates[0]["outcomes"]["satisfied"] == "Satisfied"
    assert templates[0]["hours"][0] == {"weekday": 0, "opens": "09:00", "closes": "18:00"}


async def test_every_fault_of_a_draft_is_named_at_once_and_nothing_is_made(
    client: TestClient, world: MemoryDesk
) -> None:
    bad = {"name": " ", "template": "revisit", "max_attempts": "3", "colour": "red", "ring_timeout_s": 0}
    body = await problem(await client.post("/api/campaigns", json=bad, headers=MANAGER), "invalid-input", 422)
    places = {fault["place"]: fault["problem"] for fault in body["faults"]}
    assert set(places) == {"name", "company", "max_attempts", "colour", "ring_timeout_s"}
    assert places["company"] == "is required"
    assert places["colour"] == "is not a known field"
    assert world.campaigns.rows == {}


async def test_faults_that_the_desk_finds_come_out_the_same_way(client: TestClient, campaign: int) -> None:
    response = await client.post("/api/campaigns", json=DRAFT | {"template": "none"}, headers=MANAGER)
    body = await problem(response, "invalid-input", 422)
    assert [fault["place"] for fault in body["faults"]] == ["name", "template"]
    assert body["detail"].startswith("2 things")


@pytest.mark.parametrize(
    ("body", "headers", "kind", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, "malformed-json", 400),
        (b'{"name": "\xff"}', {"Content-Type": "application/json"}, "malformed-json", 400),
        (b"[]", {"Content-Type": "application/json"}, "invalid-input", 422),
        (b"null", {"Content-Type": "application/json"}, "invalid-input", 422),
        (b"name=x", {"Content-Type": "text/plain"}, "wrong-content-type", 415),
        (b"", {}, "invalid-input", 422),
        (b" " * (64 * 1024 + 1), {"Content-Type": "application/json"}, "body-too-large", 413),
        (b'{"name": "a\\u0000b"}', {"Content-Type": "application/json"}, "invalid-input", 422),
        (b'{"ring_timeout_s": NaN}', {"Content-Type": "application/json"}, "invalid-input", 422),
    ],
)
async def test_broken_bodies(client: TestClient, body: bytes, headers: dict, kind: str, status: int) -> None:
    response = await client.post("/api/campaigns", data=body, headers={**MANAGER, **headers})
    await problem(response, kind, status)


async def test_a_body_without_a_length_is_cut_off_at_the_limit(client: TestClient) -> None:
    async def endless():
        for _ in range(100):
            yield b" " * 4096

    headers = {**MANAGER, "Content-Type": "application/json"}
    response = await client.post("/api/campaigns", data=endless(), headers=headers)
    await problem(response, "body-too-large", 413)


@pytest.mark.parametrize("number", ["99", "abc", "0", "-1", "1e3", "9" * 19, "9" * 30])
async def test_an_unknown_campaign_is_not_found(client: TestClient, campaign: int, number: str) -> None:
    response = await client.get(f"/api/campaigns/{number}", headers=MANAGER)
    await problem(response, "not-found" if number.startswith("99") else "no-such-route", 404)


@pytest.mark.parametrize("as_form", [False, True])
async def test_an_upload_names_faulty_rows_and_loads_the_others(
    client: TestClient, world: MemoryDesk, campaign: int, as_form: bool
) -> None:
    path = f"/api/campaigns/{campaign}/import"
    for dry_run in ("true", "false"):
        headers, data = {**MANAGER, "Content-Type": "text/csv; charset=utf-8"}, LIST.encode()
        if as_form:
            headers, data = dict(MANAGER), FormData()
            data.add_field("file", LIST.encode(), filename="list.csv", content_type="text/csv")
        response = await client.post(f"{path}?dry_run={dry_run}", data=data, headers=headers)
        report = await response.json()
        assert response.status == 200, report
        assert (report["rows"], report["loaded"], report["faulty"]) == (3, 2, 1)
        assert report["faults"][0]["place"] == "row 2, column phone"
        assert report["form"] == "utf-8, comma"
        assert report["dry_run"] is (dry_run == "true")
        assert world.campaigns.loaded[campaign] == ([] if dry_run == "true" else ["Ada", "Cem"])


@pytest.mark.parametrize(
    "query", ["dryrun=true", "dry_run=perhaps", "dry_run=true&dry_run=false", "dry_run="]
)
async def test_a_mistyped_dry_run_loads_nothing(
    client: TestClient, world: MemoryDesk, campaign: int, query: str
) -> None:
    response = await client.post(
        f"/api/campaigns/{campaign}/import?{query}",
        data=LIST.encode(),
        headers={**MANAGER, "Content-Type": "text/csv"},
    )
    body = await problem(response, "invalid-input", 422)
    assert body["faults"][0]["place"].startswith("query dry")
    assert world.campaigns.loaded[campaign] == []


def _form(*fields: tuple[str, bytes]) -> FormData:
    data = FormData()
    for name, content in fields:
        data.add_field(name, content, filename="list.csv")
    return data


async def test_broken_uploads(client: TestClient, world: MemoryDesk, campaign: int) -> None:
    path = f"/api/campaigns/{campaign}/import"
    csv = {**MANAGER, "Content-Type": "text/csv"}
    text = {**MANAGER, "Content-Type": "text/plain"}
    await problem(await client.post(path, data=b"x", headers=text), "wrong-content-type", 415)
    await problem(await client.post(path, json={}, headers=MANAGER), "wrong-content-type", 415)
    await problem(await client.post(path, data=b"\xff\xfe\x00", headers=csv), "invalid-input", 422)
    for fields in ((("list", b"x"),), (("file", b"x"), ("file", b"y")), (("file", b"x"), ("other", b"y"))):
        await problem(await client.post(path, data=_form(*fields), headers=MANAGER), "invalid-input", 422)
    for form_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        headers = {**MANAGER, "Content-Type": form_type}
        await problem(await client.post(path, data=b"garbage", headers=headers), "malformed-upload", 400)
    assert world.campaigns.loaded[campaign] == []


@pytest.mark.parametrize("as_form", [False, True])
async def test_a_list_above_the_limit_is_refused(
    client: TestClient, campaign: int, monkeypatch: pytest.MonkeyPatch, as_form: bool
) -> None:
    monkeypatch.setattr("console.intake.UPLOAD_LIMIT", 100_000)
    headers = dict(MANAGER) if as_form else {**MANAGER, "Content-Type": "text/csv"}
    for size, status in ((100_000, 200), (100_001, 413), (400_000, 413)):
        content = (b"ref,phone\n" + b"x,y\n" * size)[:size]
        data = _form(("file", content)) if as_form else content
        response = await client.post(
            f"/api/campaigns/{campaign}/import?dry_run=1", data=data, headers=headers
        )
        assert response.status == status, await response.text()


async def test_start_pause_resume_stop_with_receipts(
    client: TestClient, world: MemoryDesk, campaign: int
) -> None:
    path = f"/api/campaigns/{campaign}"
    started = await client.post(f"{path}/start", headers=MANAGER)
    assert (await started.json())["status"] == "running"
    paused = await client.post(
        f"{path}/pause", json={"reason": "wrong list", "cancel_unanswered": True}, headers=MANAGER
    )
    receipt = await paused.json()
    assert receipt == {
        "campaign_id": campaign, "paused_at": "2026-11-20T12:00:00Z", "by": "Mia", "reason": "wrong list",
        "still_ringing": 3, "last_ends_at": "2026-11-20T12:00:25Z", "cancelled": 3, "crossed": 1,
        "talking": 2, "voting": 1, "stored": True,
    }  # fmt: skip
    assert world.campaigns.rows[campaign].status_reason == "wrong list"
    resumed = await client.post(f"{path}/resume", json={}, headers=MANAGER)
    assert (await resumed.json())["status"] == "running"
    stopped = await client.post(f"{path}/stop", headers=MANAGER)
    assert (await stopped.json())["cancelled"] == 3
    assert world.campaigns.rows[campaign].status == "stopped"
    again = await problem(await client.post(f"{path}/start", headers=MANAGER), "not-allowed-now", 409)
    assert "stopped" in again["detail"]


async def test_the_receipt_says_that_a_pause_is_not_stored_yet(
    client: TestClient, world: MemoryDesk, campaign: int
) -> None:
    world.dialing.store_takes_pauses = False
    await client.post(f"/api/campaigns/{campaign}/start", headers=MANAGER)
    paused = await client.post(f"/api/campaigns/{campaign}/pause", json={"reason": "lunch"}, headers=MANAGER)
    receipt = await paused.json()
    assert receipt["stored"] is False
    assert "not stored yet" in receipt_lines(receipt)[-2]
    assert "not stored" not in "".join(receipt_lines(receipt | {"stored": True}))


async def test_a_pause_needs_a_reason_and_a_running_campaign(client: TestClient, campaign: int) -> None:
    path = f"/api/campaigns/{campaign}/pause"
    body = await problem(await client.post(path, headers=MANAGER), "invalid-input", 422)
    assert body["faults"] == [{"place": "reason", "problem": "is required"}]
    words = {"reason": "x", "cancel_unanswered": "yes"}
    await problem(await client.post(path, json=words, headers=MANAGER), "invalid-input", 422)
    body = await problem(
        await client.post(path, json={"reason": "x"}, headers=MANAGER), "not-allowed-now", 409
    )
    assert "draft" in body["detail"]


async def test_a_start_without_caller_id_says_what_is_missing(client: TestClient) -> None:
    made = await client.post("/api/campaigns", json=DRAFT | {"caller_id": ""}, headers=MANAGER)
    number = (await made.json())["id"]
    response = await client.post(f"/api/campaigns/{number}/start", headers=MANAGER)
    assert "caller ID" in (await problem(response, "not-allowed-now", 409))["detail"]


async def test_fields_that_an_action_does_not_have_are_refused(client: TestClient, campaign: int) -> None:
    response = await client.post(f"/api/campaigns/{campaign}/start", json={"now": True}, headers=MANAGER)
    await problem(response, "invalid-input", 422)


async def test_the_report_names_who_was_not_reached(client: TestClient, campaign: int) -> None:
    await client.post(
        f"/api/campaigns/{campaign}/import", data=LIST, headers={**MANAGER, "Content-Type": "text/csv"}
    )
    report = await (await client.get(f"/api/campaigns/{campaign}/report", headers=MANAGER)).json()
    assert [lead["customer_name"] for lead in report["not_reached"]] == ["Ada", "Cem"]
    assert report["votes"] == {"1": 0, "2": 0, "3": 1, "4": 2, "5": 5}
    assert report["answer_to_agent_ms"] == {"p50": 2.5, "p99": 9.0, "max": 11.0}
    assert report["dispositions"] == {"connected": 8, "busy": 2}
    assert (report["not_reached_total"], report["records_total"]) == (2, 1)


async def test_the_lists_of_a_report_come_page_by_page(client: TestClient, campaign: int) -> None:
    path = f"/api/campaigns/{campaign}"
    await client.post(f"{path}/import", data=LIST, headers={**MANAGER, "Content-Type": "text/csv"})

    async def get(rest: str) -> Any:
        return await (await client.get(f"{path}/report{rest}", headers=MANAGER)).json()

    figures = await get("?limit=1")
    assert [lead["customer_name"] for lead in figures["not_reached"]] == ["Ada"]
    assert (figures["not_reached_total"], len(figures["records"])) == (2, 1)
    assert (await get("?limit=0"))["records"] == []
    rest = await get(f"/not-reached?limit=1&after={figures['not_reached'][-1]['lead_id']}")
    assert ([lead["customer_name"] for lead in rest["lines"]], rest["total"], rest["left"]) == (["Cem"], 2, 0)
    records = await get("/records")
    assert ([one["attempt_id"] for one in records["lines"]], records["left"]) == (["a-1"], 0)
    assert (await get("/records?after=a-1"))["lines"] == []
    unknown = await client.get(f"{path}/report/records?after=a-7", headers=MANAGER)
    body = await problem(unknown, "invalid-input", 422)
    assert body["faults"] == [{"place": "query after", "problem": "is no attempt of this campaign"}]
    await problem(await client.get(f"{path}/report?limit=10001", headers=MANAGER), "invalid-input", 422)
    for gone in ("not-reached", "records"):
        answer = await client.get(f"/api/campaigns/99/report/{gone}", headers=MANAGER)
        await problem(answer, "not-found", 404)


async def test_a_test_call_is_placed_for_managers_only(client: TestClient) -> None:
    response = await client.post("/api/calls", json={"number": "+4930555123"}, headers=MANAGER)
    assert response.status == 202
    assert await response.json() == {"attempt_id": "t-1", "number": "+4930555123", "campaign_id": 1}
    for number, why in (
        ("abc", "is not a telephone number with its country code"),
        ("030555123", "is not a telephone number with its country code"),
        ("+0", "is not a telephone number with its country code"),
        ("+4930555123\n", "is not a telephone number with its country code"),
        ("+4930555123\r\nAction: x", "is not a telephone number with its country code"),
        ("+1202234500", "is not a telephone number: wrong length for its country"),
        ("+9991234567", "is not a telephone number: unknown country code"),
        ("+12021234567", "is not a telephone number: no such range in its country's numbering plan"),
    ):
        response = await client.post("/api/calls", json={"number": number}, headers=MANAGER)
        body = await problem(response, "invalid-input", 422)
        assert body["faults"] == [{"place": "number", "problem": f"{why}; write it as +12025550123"}]
    response = await client.post("/api/calls", json={"number": "+4930555123"}, headers=AGENT)
    await problem(response, "not-yours", 403)


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        (dialer_errors.NotSent("link is down"), "switch-unreachable", 503),
        (dialer_errors.Refused("no such context"), "switch-refused", 502),
        (dialer_errors.Unproven("no answer"), "switch-unproven", 504),
        (dialer_errors.WrongSecret(), "switch-login-refused", 503),
        (dialer_errors.NotKnown("no such campaign"), "not-found", 404),
    ],
)
async def test_faults_of_the_switch_have_their_own_ids(
    client: TestClient, world: MemoryDesk, fault: Exception, kind: str, status: int
) -> None:
    world.dialing.switch_fault = fault
    response = await client.post("/api/calls", json={"number": "+4930555123"}, headers=MANAGER)
    body = await problem(response, kind, status)
    assert body["detail"] == (str(fault) or body["title"])


async def test_a_database_that_does_not_answer_is_said_so_with_when_to_ask_again(
    client: TestClient, world: MemoryDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    world.dialing.switch_fault = BooksShut("the database server cannot be reached")
    response = await client.post("/api/calls", json={"number": "+4930555123"}, headers=MANAGER)
    body = await problem(response, "database-unusable", 503)
    assert response.headers["Retry-After"] == "2"
    assert body["detail"].startswith("Try again in a moment")
    assert "the database server cannot be reached" in body["detail"]
    logged = capsys.readouterr().out
    assert "the database server cannot be reached" in logged
    assert "Traceback" not in logged


async def test_an_unexpected_error_gives_an_incident_and_no_inner_text(
    client: TestClient, world: MemoryDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    world.dialing.switch_fault = RuntimeError("password is hunter2")
    response = await client.post("/api/calls", json={"number": "+4930555123"}, headers=MANAGER)
    body = await problem(response, "internal", 500)
    text = await response.text()
    assert "hunter2" not in text
    assert "Traceback" not in text
    assert body["incident"] in capsys.readouterr().out


async def test_hours_and_packs_of_a_campaign_can_be_changed(client: TestClient, campaign: int) -> None:
    at = f"/api/campaigns/{campaign}/rules"
    given = {"hours": {"tue": "10:00-12:00"}, "packs": ["carrier"]}
    changed = await (await client.post(at, json=given, headers=MANAGER)).json()
    assert (changed["packs"], changed["hours"]) == (
        ["carrier"], [{"weekday": 1, "opens": "10:00", "closes": "12:00"}],
    )  # fmt: skip
    kept = await (await client.post(at, json={}, headers=MANAGER)).json()
    assert kept == changed
    await problem(await client.post(at, json={"packs": ["gone"]}, headers=MANAGER), "invalid-input", 422)
    await problem(await client.post(at, json={"hours": {"tue": "x"}}, headers=MANAGER), "invalid-input", 422)


async def test_a_campaign_may_detect_machines_and_its_report_says_what_that_did(client: TestClient) -> None:
    asked = {"amd": "human-first", "machine_message": True, "amd_check_share": 0.2}
    response = await client.post("/api/campaigns", json=DRAFT | asked, headers=MANAGER)
    made = await response.json()
    assert {name: made[name] for name in asked} == asked
    report = await (await client.get(f"/api/campaigns/{made['id']}/report", headers=MANAGER)).json()
    detection = report["detection"]
    assert detection["screens"]["machine"] == 19
    assert detection["errors"]["share"]["likely"] == 0.1
    assert detection["errors"]["people"]["low"] < 1.9 < detection["errors"]["people"]["high"]
    for wrong in ({"amd": "loud"}, {"amd_check_share": 1.1}):
        body = DRAFT | {"name": "Other"} | wrong
        refused = await client.post("/api/campaigns", json=body, headers=MANAGER)
        faults = (await problem(refused, "invalid-input", 422))["faults"]
        assert [fault["place"] for fault in faults] == list(wrong)


async def test_without_detection_the_report_has_nothing_of_it(client: TestClient, campaign: int) -> None:
    report = await (await client.get(f"/api/campaigns/{campaign}/report", headers=MANAGER)).json()
    assert report["detection"] is None
    assert report["campaign"]["amd"] == "off"
