"""Why, over HTTP: the counts add up, the first reason is the page's headline, one person in full."""

from dataclasses import replace

from aiohttp.test_utils import TestClient
from console_world import MANAGER

from campaigns.lists import ListRow
from campaigns.model import CampaignStatus, LeadStatus
from campaigns.packs_folder import load_packs, rule_book
from campaigns.verdicts import LastVerdict, VerdictChange
from console.memory import NOON, MemoryDesk
from console.memory_floor import CUSTOMER


def row(index: int) -> ListRow:
    return ListRow(
        f"C/{index} ß", f"Name {index}", "", "en", CUSTOMER.customer_class, ("Europe/London",),
        f"+4420794601{index:02}", NOON, {}, {},
    )  # fmt: skip


_TIMELESS = {"since": None, "until": None, "zone": ""}


async def load(world: MemoryDesk, campaign: int) -> None:
    book = world.campaigns.book
    await book.load_rows(campaign, [row(index) for index in range(3)])
    book.lead_rows[1] = replace(
        book.lead_rows[1],
        status=LeadStatus.REFUSED,
        verdict=LastVerdict("no-pack", "there is no rule pack for DE", NOON),
    )
    book.lead_reasons[1] = "there is no rule pack for DE"
    book.verdict_changes.append(VerdictChange(1, NOON, "no-pack", "there is no rule pack for DE"))
    kept = book.campaign_rows[campaign]
    book.campaign_rows[campaign] = replace(kept, status=CampaignStatus.RUNNING)


async def test_why_counts_every_lead_and_tells_first_what_decides(
    client: TestClient, world: MemoryDesk, campaign: int
) -> None:
    await load(world, campaign)
    world.rules.book = rule_book(load_packs())
    world.facts = replace(world.facts, bound="no idle agent")
    answer = await (await client.get(f"/api/campaigns/{campaign}/why", headers=MANAGER)).json()
    assert answer["headline"] == {"code": "no-agent", "text": "no agent is logged in", **_TIMELESS}
    assert [(line["text"], line["leads"]) for line in answer["lines"]] == [
        ("due now, judged at the moment of the call", 2),
        ("without a rule pack for their country", 1),
    ]
    assert answer["lines"][1]["example"] == "there is no rule pack for DE"
    assert sum(line["leads"] for line in answer["lines"]) == answer["total"] == 3
    assert (answer["campaign_id"], answer["status"], answer["due"], answer["next_at"]) == (
        campaign, "running", 2, None,
    )  # fmt: skip


async def test_leads_that_nobody_has_judged_are_judged_to_answer_why(
    client: TestClient, world: MemoryDesk, campaign: int
) -> None:
    await load(world, campaign)
    world.facts = replace(world.facts, bound="no idle agent")
    answer = await (await client.get(f"/api/campaigns/{campaign}/why", headers=MANAGER)).json()
    assert [reason["code"] for reason in answer["reasons"]] == ["all-refused", "no-agent"]
    assert [(line["text"], line["leads"], line["estimated"]) for line in answer["lines"]] == [
        ("without a rule pack for their country", 3, False)
    ]
    assert (answer["due"], answer["due_estimated"], answer["total"]) == (0, False, 3)


async def test_one_person_is_found_by_a_reference_of_any_letters_and_by_number(
    client: TestClient, world: MemoryDesk, campaign: int
) -> None:
    await load(world, campaign)
    at = f"/api/campaigns/{campaign}/why/customer"
    told = await (await client.get(at, params={"who": "C/0 ß"}, headers=MANAGER)).json()
    assert await (await client.get(at, params={"who": "+442079460100"}, headers=MANAGER)).json() == told
    (lead,) = told["leads"]
    assert (told["ref"], lead["status"], lead["verdict"]["rule"]) == ("C/0 ß", "refused", "no-pack")
    assert lead["last_verdict"]["reason"] == "there is no rule pack for DE"
    assert [one["rule"] for one in lead["findings"] if not one["allows"]] == ["no-pack"]
    assert [one["rule"] for one in lead["changes"]] == ["no-pack"]
    assert told["history"] == []


async def test_nobody_and_no_campaign_are_not_found(client: TestClient, campaign: int) -> None:
    at = f"/api/campaigns/{campaign}/why/customer"
    assert (await client.get(at, params={"who": "C-1"}, headers=MANAGER)).status == 404
    assert (await client.get("/api/campaigns/77/why", headers=MANAGER)).status == 404
    assert (await client.get(at, headers=MANAGER)).status == 422
