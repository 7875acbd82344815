"""Lists, do-not-call lists, customers and owners over HTTP."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient
from console_world import AGENTS, DRAFT, MANAGER, TOKENS
from halting_reader import HaltingReader

from campaigns.lines import AttemptLine
from campaigns.model import Disposition
from campaigns.packs_folder import load_packs, rule_book
from console.app import create_app
from console.memory import NOON, MemoryDesk

CSV = {**MANAGER, "Content-Type": "text/csv"}
LIST = "ref,name,phone,plate\nC-1,Ada,+4930555101,=1+1\nC-2,@Bob,none,x\nC-3,Cem,+4930555103,\n"


async def got(client: TestClient, path: str, status: int = 200) -> Any:
    response = await client.get(path, headers=MANAGER)
    assert response.status == status, await response.text()
    return await response.json(content_type=None)


async def sent(client: TestClient, path: str, body: Any = None, status: int = 200) -> Any:
    response = await client.post(path, json=body or {}, headers=MANAGER)
    assert response.status == status, await response.text()
    return await response.json(content_type=None)


async def loaded(client: TestClient, campaign: int, text: str = LIST, query: str = "") -> Any:
    path = f"/api/campaigns/{campaign}/import?{query}"
    response = await client.post(path, data=text.encode(), headers=CSV)
    assert response.status == 200, await response.text()
    return await response.json()


async def lines(client: TestClient, path: str) -> list[list[str]]:
    response = await client.get(path, headers=MANAGER)
    assert (response.status, response.content_type) == (200, "text/csv")
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.reader(io.StringIO((await response.read()).decode("utf-8-sig"))))


async def test_the_reject_file_is_safe_and_can_be_fetched(client: TestClient, campaign: int) -> None:
    report = await loaded(client, campaign)
    assert (report["state"], report["loaded"], report["has_rejects"]) == ("done", 2, True)
    header, row = await lines(client, f"/api/imports/{report['id']}/rejects")
    assert header == ["ref", "name", "phone", "plate", "_row", "_fault"]
    assert row[:5] == ["C-2", "'@Bob", "none", "x", "2"]
    clean = await loaded(client, campaign, "ref,phone\nC-9,+4930555109\n")
    await got(client, f"/api/imports/{clean['id']}/rejects", 404)
    everything = await got(client, "/api/imports")
    assert [one["id"] for one in everything["imports"]] == [clean["id"], report["id"]]
    await got(client, "/api/imports/0123456789abcdef", 404)


async def test_an_upload_can_be_followed_and_stopped(aiohttp_client: Any, tmp_path: Path) -> None:
    world = MemoryDesk(TOKENS, AGENTS, tmp_path, reader=HaltingReader())
    client = await aiohttp_client(create_app(world.desk))
    await sent(client, "/api/campaigns", DRAFT, 201)
    response = await client.post("/api/campaigns/1/import?wait=false", data=LIST.encode(), headers=CSV)
    assert response.status == 202
    where = response.headers["Location"]
    async with asyncio.timeout(10):
        while (report := await got(client, where))["rows"] == 0:
            assert report["state"] == "running"
    stopped = await sent(client, f"{where}/cancel")
    assert (stopped["state"], stopped["loaded"]) == ("cancelled", 2)
    assert (await sent(client, f"{where}/cancel"))["state"] == "cancelled"


async def test_a_workbook_and_a_mapping_come_in_a_form(client: TestClient, campaign: int) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["Kunde", "Handy"], ["7", 4930555107], ["8", "+4930555108"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    for mapping, status in (('{"ref": "Kunde", "phone": "Handy"}', 200), ('["x"]', 422), ("{", 400)):
        form = FormData()
        form.add_field("mapping", mapping)
        form.add_field("file", out.getvalue(), filename="list.xlsx")
        response = await client.post(f"/api/campaigns/{campaign}/import", data=form, headers=MANAGER)
        assert response.status == status, await response.text()
        if status == 200:
            report = await response.json()
            assert (report["file_name"], report["rows"], report["loaded"]) == ("list.xlsx", 2, 1)


async def test_a_mapping_is_saved_used_and_forgotten(client: TestClient, campaign: int) -> None:
    columns = {"ref": "Kunde", "phone": "Handy"}
    saved = await sent(client, "/api/mappings", {"name": "Werkstatt", "columns": columns})
    assert (saved["columns"], saved["by"]) == (columns, "Mia")
    strange = "Kunde;Handy\n7;+4930555107\n"
    assert (await loaded(client, campaign, strange, "mapping=Werkstatt"))["loaded"] == 1
    response = await client.post(f"/api/campaigns/{campaign}/import", data=strange, headers=CSV)
    assert response.status == 422
    assert [one["name"] for one in (await got(client, "/api/mappings"))["mappings"]] == ["Werkstatt"]
    assert (await sent(client, "/api/mappings/delete", {"name": "Werkstatt"})) == {"mappings": []}
    await sent(client, "/api/mappings/delete", {"name": "Werkstatt"}, 404)
    await sent(client, "/api/mappings", {"name": "x", "columns": {"colour": "Farbe"}}, 422)


async def test_a_mapping_that_keeps_an_encoding_is_enough_for_the_same_export(
    client: TestClient, world: MemoryDesk, campaign: int
) -> None:
    mapping = {"name": "CRM", "columns": {"phone": "Handy"}, "encoding": "GBK"}
    assert (await sent(client, "/api/mappings", mapping))["encoding"] == "gb18030"
    assert (await got(client, "/api/mappings"))["mappings"][0]["encoding"] == "gb18030"
    content = "ref,name,Handy\nC-1,王小明,+8613800138000\n".encode("gbk")
    path = f"/api/campaigns/{campaign}/import?mapping=CRM"
    response = await client.post(path, data=content, headers=CSV)
    report = await response.json()
    assert (response.status, report["form"]) == (200, "gb18030, comma"), report
    assert [person.name for person in world.campaigns.book.customer_rows.values()] == ["王小明"]
    refused = await sent(client, "/api/mappings", {**mapping, "encoding": "klingon"}, 422)
    assert [one["place"] for one in refused["faults"]] == ["encoding"]


async def test_a_preview_shows_columns_and_faults_and_stores_nothing(
    client: TestClient, world: MemoryDesk, campaign: int
) -> None:
    path = f"/api/campaigns/{campaign}/preview"
    response = await client.post(path, data=LIST.encode(), headers=CSV)
    shown = await response.json()
    assert shown["mapping"] == {"ref": "ref", "name": "name", "phone": "phone"}
    assert [row["number"] for row in shown["rows"]] == ["+4930555101", "", "+4930555103"]
    assert shown["rows"][1]["faults"][0]["place"] == "row 2, column phone"
    assert world.campaigns.loaded[campaign] == []


async def test_what_becomes_of_who_is_there_is_said_in_the_query(client: TestClient, campaign: int) -> None:
    await loaded(client, campaign)
    stranger = "ref,phone\nX-1,+4930555101\n"
    assert (await loaded(client, campaign, stranger))["duplicate"] == 1
    report = await loaded(client, campaign, stranger, "known=allow&within=book&list=more")
    assert (report["loaded"], report["list_name"]) == (1, "more")
    response = await client.post(
        f"/api/campaigns/{campaign}/import?known=perhaps", data=stranger, headers=CSV
    )
    assert response.status == 422


async def test_lists_are_switched_recycled_merged_exported_deleted(client: TestClient, campaign: int) -> None:
    await loaded(client, campaign)
    await loaded(client, campaign, "ref,phone\nC-9,+4930555109\n", "list=more")
    first, second = (await got(client, f"/api/campaigns/{campaign}/lists"))["lists"]
    assert (first["name"], first["leads"]["waiting"], first["active"]) == ("main", 2, True)
    off = await sent(client, f"/api/lists/{first['id']}/deactivate")
    assert (off["active"], off["leads"]["held"]) == (False, 2)
    assert (await sent(client, f"/api/lists/{first['id']}/activate"))["leads"]["waiting"] == 2
    recycle = f"/api/lists/{first['id']}/recycle"
    assert await sent(client, recycle, {"dispositions": ["busy"]}) == {"recycled": 0}
    await sent(client, recycle, {"dispositions": ["bored"]}, 422)
    await sent(client, recycle, {"outcomes": ["bored"]}, 422)
    assert await sent(client, recycle, {"outcomes": ["satisfied"]}) == {"recycled": 0}
    await sent(client, recycle, {}, 422)
    header, *rows = await lines(client, f"/api/lists/{first['id']}/export")
    assert rows[0][header.index("plate")] == "'=1+1"
    assert [row[header.index("phone")] for row in rows] == ["'+4930555101", "'+4930555103"]
    header, *rows = await lines(client, f"/api/campaigns/{campaign}/export")
    assert [row[header.index("list")] for row in rows] == ["main", "main", "more"]
    await got(client, "/api/campaigns/99/export", 404)
    merged = await sent(client, f"/api/lists/{first['id']}/merge", {"into": second["id"]})
    assert merged["leads"]["waiting"] == 3
    deleted = await sent(client, f"/api/lists/{second['id']}/delete", {"retention_days": 9})
    assert deleted["purge_after"] == "2026-11-29T12:00:00Z"
    assert await got(client, f"/api/campaigns/{campaign}/lists") == {"lists": []}
    await sent(client, f"/api/lists/{second['id']}/activate", status=409)
    await got(client, "/api/lists/99/export", 404)
    await got(client, "/api/campaigns/99/lists", 404)


async def test_a_sample_of_each_template_can_be_fetched(client: TestClient) -> None:
    header, first, second = await lines(client, "/api/templates/revisit/sample")
    assert {"ref", "phone", "service", "service_date"} <= set(header)
    assert len(header) == len(first) == len(second)
    await got(client, "/api/templates/none/sample", 404)


async def test_whether_a_number_is_barred_is_told_for_the_person_who_has_it(
    client: TestClient, campaign: int
) -> None:
    people = "ref,phone,phone_2\nC-1,+4930555101,+4930555102\n"
    await loaded(client, campaign, people)
    await sent(client, "/api/suppressions/1/numbers", {"numbers": ["+4930555102"], "reason": "letter"})
    path = "/api/suppressions/check?number=%2B4930555101"
    told = await got(client, f"{path}&campaign_id={campaign}")
    (entry,) = told["entries"]
    assert (entry["list_name"], entry["kind"], entry["reason"]) == ("opt-out", "opt_out", "letter")
    assert (entry["number"], entry["holders"]) == ("+4930555102", [{"id": 1, "ref": "C-1"}])
    assert told["calls"] == [
        {"purpose": "service", "campaign_id": None, "campaign": "", "barred": True, "by": ["opt-out"]},
        {"purpose": "service", "campaign_id": campaign, "campaign": DRAFT["name"], "barred": True,
         "by": ["opt-out"]},
    ]  # fmt: skip
    told = await got(client, f"{path}&purpose=marketing")
    assert [(one["purpose"], one["barred"]) for one in told["calls"]] == [("marketing", True)]
    refused = await got(client, f"{path}&purpose=marketing&campaign_id={campaign}", 422)
    assert refused["faults"][0]["place"] == "purpose"
    await got(client, f"{path}&campaign_id=99", 404)
    await got(client, f"{path}&purpose=fun", 422)


async def test_do_not_call_lists(client: TestClient) -> None:
    registry = {"name": "Registry", "kind": "registry", "purpose": "marketing"}
    made = await sent(client, "/api/suppressions", registry)
    assert (made["id"], made["whole_person"], made["created_by"]) == (2, False, "Mia")
    await sent(client, "/api/suppressions", registry, 422)
    await sent(client, "/api/suppressions", {"name": "x", "campaign_id": 99}, 404)
    numbers = {"numbers": ["+4930555101", "+49 30 555 101"], "reason": "letter"}
    assert (await sent(client, "/api/suppressions/1/numbers", numbers))["added"] == 1
    await sent(client, "/api/suppressions/9/numbers", numbers, 404)
    file = await client.post(
        "/api/suppressions/2/import?reason=november", data=b"phone\n+4930555101\nx\n", headers=CSV
    )
    assert await file.json() == {
        "rows": 2, "added": 1, "known": 0, "faulty": 1,
        "faults": [{"place": "row 2, column phone", "problem": "'x': number without a country code: "
                    "write it as +<country><number>"}],
        "form": "utf-8, comma", "column": "phone",
    }  # fmt: skip
    chinese = "name;phone\n王;+8613800138000\n".encode("gb18030")
    path = "/api/suppressions/1/import?encoding="
    file = await client.post(f"{path}gbk", data=chinese, headers=CSV)
    assert (await file.json())["form"] == "gb18030, semicolon"
    for encoding, place in (("klingon", "encoding"), ("", "file")):
        refused = await client.post(f"{path}{encoding}", data=chinese, headers=CSV)
        assert (refused.status, (await refused.json())["faults"][0]["place"]) == (422, place)
    barred = await got(client, "/api/suppressions/check?number=%2B4930555101")
    assert [(one["list_name"], one["reason"]) for one in barred["entries"]] == [
        ("opt-out", "letter"), ("Registry", "november"),
    ]  # fmt: skip
    unasked = await got(client, "/api/suppressions/check", 422)
    assert unasked["faults"] == [{"place": "query number", "problem": "is required"}]
    left = await sent(client, "/api/suppressions/2/remove", {"number": "+4930555101"})
    assert [one["list_name"] for one in left["entries"]] == ["opt-out"]
    await sent(client, "/api/suppressions/1/remove", {"number": "+4930555101"}, 409)
    sizes = (await got(client, "/api/suppressions"))["lists"]
    assert [(one["name"], one["size"]) for one in sizes] == [("opt-out", 2), ("Registry", 0)]


async def test_opt_outs_that_bar_nobody_are_told(client: TestClient, world: MemoryDesk) -> None:
    assert (await got(client, "/api/suppressions/unread"))["entries"] == []
    await world.desk.suppression._campaigns.suppress("anonymous", "by key in call in-1", "customer", NOON)
    (entry,) = (await got(client, "/api/suppressions/unread"))["entries"]
    assert (entry["shown"], entry["reason"], entry["by"]) == ("anonymous", "by key in call in-1", "customer")


@pytest.fixture
async def customer(client: TestClient, campaign: int) -> str:
    await loaded(client, campaign)
    return "/api/customers/1"


async def test_a_customers_file(client: TestClient, customer: str) -> None:
    found = await got(client, "/api/customers?number=%2B4930555101")
    assert [one["ref"] for one in found["customers"]] == ["C-1"]
    assert await got(client, "/api/customers?ref=none") == {"customers": [], "more": 0}
    said = {"number": "+4930555101", "purpose": "marketing", "given": True, "evidence": "form 7"}
    told = await sent(client, f"{customer}/consent", said | {"at": "2026-11-20T10:00:00+01:00"})
    assert told["consents"][0]["consent"]["at"] == "2026-11-20T09:00:00Z"
    await sent(client, f"{customer}/consent", said | {"evidence": ""}, 422)
    await sent(client, f"{customer}/consent", said | {"at": "2026-11-20T10:00:00"}, 422)
    await sent(client, f"{customer}/class", {"customer_class": "vip"})
    await sent(client, f"{customer}/class", {"customer_class": "gold"}, 422)
    note = {"kind": "promise", "text": "send\nit", "due_at": "2026-11-23T12:00:00Z"}
    promise = (await sent(client, f"{customer}/note", note))["notes"][0]
    kept = await sent(client, f"{customer}/promise-kept", {"note_id": promise["id"]})
    assert kept["notes"][0]["kept_at"] == "2026-11-20T12:00:00Z"
    credit = {"kind": "closed", "agent_id": "1001", "subject": "renewal"}
    full = await sent(client, f"{customer}/credit", credit)
    assert (full["credits"][0]["agent_id"], full["customer"]["customer_class"]) == ("1001", "vip")
    await got(client, "/api/customers/99", 404)


async def test_a_person_is_handed_his_data_and_erased(client: TestClient, customer: str) -> None:
    response = await client.get(f"{customer}/export", headers=MANAGER)
    assert "attachment" in response.headers["Content-Disposition"]
    told = json.loads(await response.text())
    assert told["customer"]["name"] == "Ada"
    assert [(lead["number"], lead["status"]) for lead in told["leads"]] == [("+4930555101", "waiting")]
    assert (told["barred"], told["hotline"], told["erased"]) == ([], [], False)
    await sent(client, f"{customer}/erase", {"ref": "C-2"}, 422)
    assert await sent(client, f"{customer}/erase", {"ref": "C-1"}) == {
        "customer_id": 1,
        "kept_until": None,
        "kept_by": "",
        "asked_at": None,
    }
    assert "Ada" not in json.dumps(await got(client, customer))
    again = await sent(client, f"{customer}/erase", {"ref": "C-1"}, 422)
    assert again["faults"] == [{"place": "ref", "problem": "customer 1 is erased already"}]


async def test_whoever_deletes_or_erases_is_told_what_a_rule_pack_keeps(
    aiohttp_client: Callable[..., Awaitable[TestClient]], tmp_path: Path
) -> None:
    rules = rule_book(load_packs())
    world = MemoryDesk(TOKENS, AGENTS, tmp_path / "uploads", rules=rules)
    client = await aiohttp_client(create_app(world.desk, now=lambda: NOON))
    made = await sent(client, "/api/campaigns", DRAFT, 201)
    await loaded(client, made["id"], "ref,phone\nC-1,+8613800138000\n")
    line = AttemptLine(
        "a-1", 1, 1, "", "", "+8613800138000", NOON, Disposition.BUSY, None, None,
        None, None, None, None, None, None, None,
    )  # fmt: skip
    world.campaigns.book.attempt_lines["a-1"] = line
    version = rules.packs["cn-service"].version
    by = f"recordings, both numbers, call time and evidence of consent, 30 days (cn-service {version})"
    deleted = await sent(client, "/api/lists/1/delete", {"retention_days": 0})
    assert (deleted["purge_after"], deleted["kept_by"]) == ("2026-12-20T12:00:00Z", by)
    erased = await sent(client, "/api/customers/1/erase", {"ref": "C-1"})
    assert erased == {"customer_id": 1, "kept_until": "2026-12-20T12:00:00Z", "kept_by": by, "asked_at": None}


async def test_who_is_being_called_is_erased_after_the_call_and_the_answer_says_so(
    client: TestClient, customer: str, world: MemoryDesk
) -> None:
    line = AttemptLine(
        "a-1", 1, 1, "", "", "+4930555101", NOON, None, None, None,
        None, None, None, None, None, None, None,
    )  # fmt: skip
    lines = world.campaigns.book.attempt_lines
    lines["a-1"] = line
    asked = await sent(client, f"{customer}/erase", {"ref": "C-1"}, 202)
    assert (asked["asked_at"], asked["kept_until"]) == ("2026-11-20T12:00:00Z", None)
    told = await got(client, customer)
    assert (told["customer"]["name"], told["erasing_asked_at"]) == ("Ada", asked["asked_at"])
    exported = await got(client, f"{customer}/export")
    assert exported["erasing_asked_at"].startswith("2026-11-20T12:00:00")
    lines["a-1"] = replace(line, disposition=Disposition.CONNECTED)
    assert await world.desk.people.erase_who_asked() == 1
    assert (await got(client, customer))["customer"]["name"] == ""


async def test_who_is_erased_and_what_is_deleted_leaves_the_uploads_too(
    client: TestClient, campaign: int
) -> None:
    text = LIST + "C-1,Ada,+4930555101x9,x\n"
    report = await loaded(client, campaign, text)
    path = f"/api/imports/{report['id']}"
    assert [line[0] for line in (await lines(client, f"{path}/rejects"))[1:]] == ["C-2", "C-1"]
    ada = (await got(client, "/api/customers?ref=C-1"))["customers"][0]["id"]
    await sent(client, f"/api/customers/{ada}/erase", {"ref": "C-1"})
    assert [line[0] for line in (await lines(client, f"{path}/rejects"))[1:]] == ["C-2"]
    assert "4930555101" not in json.dumps(await got(client, path))
    await sent(client, "/api/lists/1/delete", {"retention_days": 0})
    assert (await got(client, "/api/imports"))["imports"] == []
    await got(client, path, 404)


async def test_owners_are_shared_out(client: TestClient, customer: str) -> None:
    await sent(client, "/api/owners/ability", {"agent_id": "9999", "ability": 1}, 422)
    assert (await got(client, "/api/owners"))["abilities"] == {"1001": 1, "1002": 1}
    for agent in ("1001", "1002"):
        await sent(client, "/api/owners/ability", {"agent_id": agent, "ability": 0})
    await sent(client, "/api/owners/share-out", status=409)
    await sent(client, "/api/owners/ability", {"agent_id": "1001", "ability": 1})
    assert await sent(client, "/api/owners/share-out") == {"shared": 2}
    await sent(client, "/api/owners/ability", {"agent_id": "1002", "ability": 2.5})
    absence: Mapping[str, str] = {
        "agent_id": "1001", "substitute_id": "1002",
        "from_at": "2026-11-20T00:00:00Z", "until_at": "2026-11-21T00:00:00Z",
    }  # fmt: skip
    owners = await sent(client, "/api/owners/absence", dict(absence))
    assert (owners["loads"], owners["absences"]) == ({"1001": 2}, [absence])
    assert (await got(client, customer))["looked_after_by"] == "1002"
    back = {**absence, "agent_id": "1002", "substitute_id": "1001"}
    assert (await sent(client, "/api/owners/absence", back, 422))["faults"] == [
        {"place": "substitute_id", "problem": "leads in a circle: 1002 -> 1001 -> 1002"}
    ]
    end = {"agent_id": "1001", "from_at": absence["from_at"]}
    assert (await sent(client, "/api/owners/absence/end", end))["absences"] == []
    assert (await got(client, customer))["looked_after_by"] == "1001"
    await sent(client, "/api/owners/absence/end", end, 404)
    assert await sent(client, "/api/owners/hand-over", {"agent_id": "1001"}) == {"shared": 2}
    assert (await got(client, "/api/owners"))["loads"] == {"1002": 2}
