"""The pacing panel and preview dialing, in a real browser."""

import asyncio
from dataclasses import replace

import pytest
from playwright.async_api import Page, Route, expect

from campaigns.desk.campaigns import CampaignDraft
from campaigns.model import DialMode
from console.memory import MemoryDesk
from console.memory_pacing import VIEW

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MANAGER, AGENT = "manager-token-0123456789", "agent-token-0123456789"


async def sign_in(page: Page, token: str) -> None:
    await page.goto("/")
    await page.get_by_label("Token").fill(token)
    await page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("width", [1280, 390])
async def test_an_operator_reads_why_so_many_calls_were_started(
    page: Page, world: MemoryDesk, width: int
) -> None:
    draft = CampaignDraft(
        "Revisits", "revisit", "North Gate Motors", "+4930555010", "", mode=DialMode.PREDICTIVE
    )
    await world.campaigns.create(draft, "Mia")
    world.pacing.views[1] = VIEW
    await page.set_viewport_size({"width": width, "height": 800})
    await sign_in(page, MANAGER)
    await page.get_by_role("button", name="Revisits").click()
    await page.locator("#pacing > summary").click()
    panel = page.locator("#pacing")
    await expect(panel).to_contain_text("3 calls; bounded by: risk of abandoning")
    await expect(panel).to_contain_text("2 idle, 21 talking, 5 in wrap-up")
    await expect(panel).to_contain_text("4.1 %, accepted 3.2 %")
    await expect(page.locator("#ahead tr").last).to_have_text("16.0 s4.22.1")
    await expect(page.locator("#limits tr").first).to_contain_text("us-federal: 3 % in 30 days per campaign")
    await expect(page.locator("#limits tr").first).to_contain_text(
        "19 of 1000: 1.9 %, and about 1.0 taken for machines"
    )
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_panel_follows_while_it_is_open(page: Page, world: MemoryDesk) -> None:
    await world.campaigns.create(
        CampaignDraft("Revisits", "revisit", "North Gate Motors", "+4930555010", ""), "Mia"
    )
    await sign_in(page, MANAGER)
    await page.get_by_role("button", name="Revisits").click()
    await page.locator("#pacing > summary").click()
    await expect(page.locator("#pacing-note")).to_have_text("has not dialled since the service started")
    world.pacing.views[1] = VIEW
    await expect(page.locator("#pacing")).to_contain_text("3 calls; bounded by: risk of abandoning")
    await expect(page.locator("#pacing-note")).to_be_hidden()


async def test_an_agent_looks_at_a_lead_skips_it_and_calls_the_next(page: Page, world: MemoryDesk) -> None:
    await world.floor.log_in("1001")
    await world.floor.ready("1001")
    await sign_in(page, AGENT)
    await expect(page.locator("#preview")).to_be_hidden()
    await world.floor.offer("1001")
    await expect(page.locator("#state")).to_have_text("Look at this lead, then call or skip")
    await expect(page.locator("#customer")).to_contain_text("Jana Novak")
    await page.get_by_label("Do not call now because").fill("was called today")
    await page.get_by_role("button", name="Skip").click()
    await expect(page.locator("#state")).to_have_text("Ready")
    await world.floor.offer("1001")
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator("#state")).to_have_text("A call is being placed for you")
    await expect(page.locator("#preview")).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 390])
async def test_an_agent_reads_what_the_call_waits_for_that_he_asked_for(
    page: Page, world: MemoryDesk, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await world.floor.log_in("1001")
    await world.floor.ready("1001")
    await sign_in(page, AGENT)
    offered = (await world.floor.offer("1001")).call
    assert offered is not None
    waits = replace(offered, asked=True, waits_for="every trunk is full")
    await world.floor.move("1001", "preview", "preview", call=waits)
    await expect(page.locator("#state")).to_have_text(
        "You asked for this call. It waits: every trunk is full. Skip it or pause to go on without it"
    )
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(page.get_by_role("button", name="Call", exact=True)).to_be_disabled()
    await page.get_by_label("Do not call now because").fill("waited too long")
    await page.get_by_role("button", name="Skip").click()
    await expect(page.locator("#state")).to_have_text("Ready")


async def test_a_late_answer_does_not_hide_the_lead_that_came_after_it(page: Page, world: MemoryDesk) -> None:
    await world.floor.log_in("1001")
    await world.floor.ready("1001")
    await world.floor.offer("1001")
    await sign_in(page, AGENT)
    let_go = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await let_go.wait()
        await route.fulfill(response=answer)

    await page.route("**/skip", late)
    await page.get_by_label("Do not call now because").fill("was called today")
    skip = page.get_by_role("button", name="Skip")
    await skip.click()
    await expect(page.locator("#state")).to_have_text("Ready")
    await world.floor.offer("1001")
    await expect(page.locator("#state")).to_have_text("Look at this lead, then call or skip")
    let_go.set()
    await expect(skip).not_to_have_attribute("aria-busy", "true")
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator("#state")).to_have_text("A call is being placed for you")
