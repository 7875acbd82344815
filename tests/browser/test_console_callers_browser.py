"""An agent has an unknown caller on the hotline: he makes a customer of him, or says who he is."""

import pytest
from playwright.async_api import Page, expect

from campaigns.desk.campaigns import CampaignDraft
from campaigns.lists import ListRow
from campaigns.model import CustomerClass
from console.memory import NOON, MemoryDesk
from dialer.agent_view import CallView
from dialer.ports import InboundCall

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
CALLER = "+4930555199"
ANN = ListRow("C-1", "Ann Lee", "Ms", "en", CustomerClass.VIP, ("Europe/Berlin",), CALLER, NOON, {}, {})


async def talking(page: Page, world: MemoryDesk, width: int, number: str = CALLER) -> None:
    """Agent 1001 talks with a caller whom nobody knows."""
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto("/")
    await page.get_by_label("Token").fill("agent-token-0123456789")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#newcomer")).to_be_hidden()
    call = CallView(
        "in-7", None, "Hotline", "inbound", number, None, {}, None, {"served": "Served"}, NOON, NOON, None
    )
    await world.calls.open_inbound(InboundCall("in-7", number, "+4930555000", NOON))
    await world.floor.move("1001", "offline", "talking", call=call)
    await expect(page.locator("#newcomer")).to_contain_text("Unknown caller: make a customer")


@pytest.mark.parametrize("width", [1280, 390])
async def test_an_unknown_caller_is_made_a_customer(page: Page, world: MemoryDesk, width: int) -> None:
    await talking(page, world, width)
    await page.get_by_label("Note", exact=True).fill("Wants a quote")
    form = page.locator("#newcomer-form")
    await expect(form.get_by_label("Telephone number")).to_have_value(CALLER)
    await expect(form.get_by_label("Ranked as")).to_have_value("potential")
    await form.get_by_label("Full name").fill("Jana Novak")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await form.get_by_role("button", name="Make a customer").click()
    await expect(page.locator("#customer .name")).to_have_text("Jana Novak")
    await expect(page.locator("#newcomer")).to_be_hidden()
    await expect(page.get_by_label("Note", exact=True)).to_have_value("Wants a quote")  # is not lost by it
    (made,) = (await world.desk.people.find("", CALLER)).customers
    assert (made.name, made.owner) == ("Jana Novak", "1001")


async def test_of_a_caller_without_a_number_the_agent_asks_for_it(page: Page, world: MemoryDesk) -> None:
    await talking(page, world, 1280, number="")
    await expect(page.locator("#customer .name")).to_have_text("Calls without a number: ask for it")
    await expect(page.locator("#newcomer-form").get_by_label("Telephone number")).to_have_value("")


@pytest.mark.parametrize("way", ["number", "reference"])
async def test_a_caller_turns_out_to_be_a_customer(page: Page, world: MemoryDesk, way: str) -> None:
    await talking(page, world, 1280)
    await world.campaigns.create(CampaignDraft("Revisits", "revisit", "North Gate", "+4930555010", ""), "Mia")
    await world.campaigns.book.load_rows(1, [ANN])
    if way == "number":
        await page.get_by_label("Full name").fill("Ann")
        await page.get_by_role("button", name="Make a customer").click()
        await expect(page.locator("#notice")).to_contain_text("is a number of Ann Lee (C-1)")
        await page.get_by_role("button", name="The caller is C-1").click()
    else:
        await page.get_by_label("or he is the customer with the reference").fill("C-1")
        await page.get_by_role("button", name="It is he").click()
    await expect(page.locator("#customer .name")).to_have_text("Ms Ann Lee")
    await expect(page.locator("#newcomer")).to_be_hidden()
    assert world.campaigns.book.callers == {"in-7": 1}
