"""New customers over HTTP: by a manager, and by an agent who has an unknown caller."""

from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from console_world import AGENT, DRAFT, MANAGER

from campaigns.desk.campaigns import CampaignDraft
from campaigns.lists import ListRow
from campaigns.model import CreditKind, CustomerClass, Vote
from console.memory import NOON, MemoryDesk
from dialer.agent_view import CallView
from dialer.ports import InboundCall, WrapUp

CALLER = "+4930555199"
NEW = {"name": "Jana Novak", "number": "030 555199", "language": "de", "note": "asked for prices"}


async def sent(
    client: TestClient, path: str, body: dict[str, Any], who: Any = MANAGER, status: int = 200
) -> Any:
    response = await client.post(path, json=body, headers=who)
    told = await response.json()
    assert response.status == status, told
    return told


async def talking(world: MemoryDesk, agent_id: str = "1001", number: str = CALLER) -> None:
    """An agent talks with an unknown caller of the hotline."""
    await world.calls.open_inbound(InboundCall("in-7", number, "+4930555000", NOON))
    call = CallView(
        "in-7", None, "Hotline", "inbound", number, None, {}, None, {"served": "Served"}, NOON, NOON, None
    )
    await world.floor.move(agent_id, "offline ready paused", "talking", call=call)


async def listed(world: MemoryDesk) -> None:
    """Ann is in the book, with the caller's number."""
    made = await world.campaigns.create(CampaignDraft(**DRAFT, callback_number=""), "Mia")
    ann = ListRow("C-1", "Ann Lee", "Ms", "en", CustomerClass.VIP, ("Europe/Berlin",), CALLER, NOON, {}, {})
    await world.campaigns.book.load_rows(made.id, [ann])


async def test_a_manager_enters_a_customer(client: TestClient) -> None:
    told = await sent(client, "/api/customers", {**NEW, "owner": "1002", "country": "Germany"}, status=201)
    customer = told["customer"]
    assert (customer["numbers"], customer["customer_class"], customer["owner"]) == (
        [CALLER],
        "potential",
        "1002",
    )
    assert (customer["zones"], customer["country"]) == (["Europe/Berlin"], "DE")
    assert customer["ref"].startswith("N-")
    assert (told["consents"], told["credits"], told["made_by"]) == ([], [], "Mia")
    assert [(note["note"], note["by"]) for note in told["notes"]] == [("asked for prices", "Mia")]
    found = await (await client.get("/api/customers?number=%2B4930555199", headers=MANAGER)).json()
    assert [one["ref"] for one in found["customers"]] == [customer["ref"]]


async def test_every_fault_of_a_new_customer_is_told_at_once(client: TestClient) -> None:
    wrong = {
        "name": "Jo", "number": "12", "language": "germanish!", "zone": "Mars/Base", "country": "Narnia",
        "ref": "erased-3", "owner": "9999",
    }  # fmt: skip
    told = await sent(client, "/api/customers", wrong, status=422)
    places = [fault["place"] for fault in told["faults"]]
    assert places == ["owner", "number", "zone", "country", "ref", "language"]
    assert (await sent(client, "/api/customers", {"number": CALLER}, status=422))["faults"][0][
        "place"
    ] == "name"


async def test_a_reference_is_given_once(client: TestClient) -> None:
    await sent(client, "/api/customers", {**NEW, "ref": "C-7"}, status=201)
    told = await sent(client, "/api/customers", {**NEW, "number": "030 555198", "ref": "C-7"}, status=422)
    assert told["faults"] == [{"place": "ref", "problem": "'C-7' is another customer's reference"}]


async def test_a_number_that_a_customer_has_is_refused_by_his_name(
    client: TestClient, world: MemoryDesk
) -> None:
    await listed(world)
    told = await sent(client, "/api/customers", NEW, status=409)
    assert told["type"] == "urn:dialer:problem:known-customer"
    assert told["detail"] == "+4930555199 is a number of Ann Lee (C-1)."
    assert told["faults"] == [{"place": "C-1", "problem": "Ann Lee: has this number"}]


async def test_two_who_share_a_number_are_entered_where_a_manager_says_so(
    client: TestClient, world: MemoryDesk
) -> None:
    await listed(world)
    told = await sent(client, "/api/customers", {**NEW, "allow_shared": True}, status=201)
    assert (told["customer"]["name"], told["customer"]["numbers"]) == ("Jana Novak", [CALLER])
    found = await (await client.get("/api/customers?number=%2B4930555199", headers=MANAGER)).json()
    assert [one["name"] for one in found["customers"]] == ["Ann Lee", "Jana Novak"]
    await talking(world)
    given = {"attempt_id": "in-7", "name": "Jo", "allow_shared": True}
    refused = await sent(client, "/api/agents/1001/customer", given, AGENT, 422)
    assert [fault["place"] for fault in refused["faults"]] == ["allow_shared"]


async def test_an_agent_makes_a_customer_of_an_unknown_caller(client: TestClient, world: MemoryDesk) -> None:
    await talking(world)
    given = {"attempt_id": "in-7", "name": "Jana Novak", "language": "de"}
    view = await sent(client, "/api/agents/1001/customer", given, AGENT)
    customer = view["call"]["customer"]
    assert (customer["name"], customer["numbers"], view["state"]) == ("Jana Novak", [CALLER], "talking")
    await world.calls.record_vote(Vote("in-7", 5, NOON, "agi"))
    await world.calls.record_wrap_up(WrapUp("in-7", "1001", "served", "wants a quote", NOON), None)
    told = await (await client.get(f"/api/customers/{customer['id']}", headers=MANAGER)).json()
    (call,) = told["hotline"]
    assert (call["call_id"], call["vote"], call["note"], call["shared"]) == (
        "in-7",
        5,
        "wants a quote",
        False,
    )
    assert (told["customer"]["owner"], told["made_by"]) == ("1001", "agent 1001")
    assert [(one["kind"], one["agent_id"]) for one in told["credits"]] == [(CreditKind.BROUGHT, "1001")]
    again = await sent(client, "/api/agents/1001/customer", given, AGENT, 409)
    assert again["type"].endswith("not-allowed-now")


async def test_the_talk_goes_to_whoever_has_the_number(client: TestClient, world: MemoryDesk) -> None:
    await listed(world)
    await talking(world, number="+4930555777")
    given = {"attempt_id": "in-7", "name": "Ann", "number": CALLER}
    told = await sent(client, "/api/agents/1001/customer", given, AGENT, 409)
    assert told["faults"][0]["place"] == "C-1"
    await sent(client, "/api/agents/1001/caller", {"attempt_id": "in-7", "ref": "C-99"}, AGENT, 404)
    view = await sent(client, "/api/agents/1001/caller", {"attempt_id": "in-7", "ref": "C-1"}, AGENT)
    assert view["call"]["customer"]["name"] == "Ann Lee"
    told = await (await client.get("/api/customers/1", headers=MANAGER)).json()
    assert [(one["call_id"], one["number"]) for one in told["hotline"]] == [("in-7", "+4930555777")]
    history = await (await client.get("/api/agents/1001/history", headers=AGENT)).json()
    assert history["hotline"] == []  # but for the one he is in


@pytest.mark.parametrize("path", ["customer", "caller"])
async def test_only_a_talk_of_his_own_with_an_unknown_caller(
    client: TestClient, world: MemoryDesk, path: str
) -> None:
    given = {"attempt_id": "in-7", "name": "Jo"} if path == "customer" else {"attempt_id": "in-7", "ref": "C"}
    await sent(client, f"/api/agents/1001/{path}", given, AGENT, 409)
    await sent(client, f"/api/agents/1002/{path}", given, AGENT, 403)
    await talking(world)
    await sent(client, f"/api/agents/1001/{path}", {**given, "attempt_id": "in-8"}, AGENT, 409)
    assert world.campaigns.book.customer_rows == {}


async def test_a_manager_corrects_a_customer(client: TestClient, world: MemoryDesk) -> None:
    await listed(world)
    other = await sent(client, "/api/customers", {**NEW, "number": "+4930555198"}, status=201)
    ref, path = other["customer"]["ref"], f"/api/customers/{other['customer']['id']}"

    async def corrected(status: int = 200, who: Any = MANAGER, at: str = path, **change: Any) -> Any:
        response = await client.patch(at, json=change, headers=who)
        told = await response.json()
        assert response.status == status, told.get("faults", told)
        return told

    numbers = [{"number": "030 555197", "kind": "mobile"}, {"number": "+4930555198"}]
    told = await corrected(
        name=" Jana Nováková", country="at", zone="Europe/Vienna", numbers=numbers, ref="C-77"
    )
    customer = told["customer"]
    assert (customer["name"], customer["country"], customer["zones"]) == (
        "Jana Nováková", "AT", ["Europe/Vienna"],
    )  # fmt: skip
    assert (customer["numbers"], customer["kinds"]) == (
        ["+4930555197", "+4930555198"], {"+4930555197": "mobile"},
    )  # fmt: skip
    assert (customer["ref"], customer["language"], customer["owner"]) == ("C-77", "de", "")
    assert [note["by"] for note in told["notes"]] == ["Mia", "Mia"]
    assert ref in told["notes"][1]["note"]

    told = await corrected(409, numbers=[{"number": CALLER}])
    assert told["type"].endswith("known-customer")
    told = await corrected(numbers=[{"number": CALLER}], allow_shared=True)
    assert told["customer"]["numbers"] == [CALLER]
    told = await corrected(
        422, name=" ", language="klingon", zone="Mars/Here", ref="erased-7",
        numbers=[{"number": "12"}, {"number": CALLER}, {"number": "030 555199"}],
    )  # fmt: skip
    assert [fault["place"] for fault in told["faults"]] == ["name"]
    told = await corrected(
        422, language="klingon", zone="Mars/Here", ref="erased-7", country="Nowhere",
        numbers=[{"number": "12"}, {"number": CALLER}, {"number": "030 555199"}],
    )  # fmt: skip
    assert {fault["place"] for fault in told["faults"]} == {
        "country", "zone", "number 1", "number 3", "ref", "language",
    }  # fmt: skip
    await corrected(422, numbers=[])
    await corrected(422, ref="C-78")  # it is made up no more
    await corrected(422, owner="1002")  # that has ways of its own
    await corrected(404, at="/api/customers/99", name="Ann")
    await corrected(403, who=AGENT, name="Ann")
    assert await corrected() == await corrected(name="Jana Nováková")  # nothing is different


async def test_of_two_managers_at_once_the_second_is_told_what_the_first_has_done(
    client: TestClient, world: MemoryDesk
) -> None:
    made = await sent(client, "/api/customers", {**NEW, "number": "+4930555198"}, status=201)
    path, seen = f"/api/customers/{made['customer']['id']}", made["version"]
    keeps, takes = [{"number": "+4930555198"}], [{"number": "+4930555199"}]
    both = [{"number": "+4930555197"}, *keeps]
    first = await (await client.patch(path, json={"numbers": both, "version": seen}, headers=MANAGER)).json()
    assert first["version"] != seen
    response = await client.patch(path, json={"numbers": takes, "version": seen}, headers=MANAGER)
    told = await response.json()
    assert (response.status, response.content_type) == (409, "application/problem+json")
    assert told["type"] == "urn:dialer:problem:changed-meanwhile"
    assert told["faults"] == [
        {"place": "numbers", "problem": "is now +4930555197 (other), +4930555198 (other)"}
    ]
    found = await (await client.get(path, headers=MANAGER)).json()
    assert (found["customer"], found["version"]) == (first["customer"], first["version"])
    for version in ({"version": found["version"]}, {}):
        response = await client.patch(path, json={"numbers": takes, **version}, headers=MANAGER)
        assert response.status == 200
        takes = keeps
