"""Detection of machines on the manager's page: asked for at the start, read in the report."""

import pytest
from playwright.async_api import Page, expect

from campaigns.model import AmdMode
from console.memory import MemoryDesk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MANAGER = "manager-token-0123456789"


async def create(page: Page, name: str) -> None:
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Company, as it is said on the phone").fill("North Gate Motors")
    await page.get_by_role("button", name="Create").click()
    await expect(page.locator("#campaign-title")).to_have_text(name)


async def test_a_manager_asks_for_detection_and_reads_what_it_did(page: Page, world: MemoryDesk) -> None:
    await page.goto("/")
    await page.get_by_label("Token").fill(MANAGER)
    await page.get_by_role("button", name="Sign in").click()
    await create(page, "Plain")
    await expect(page.locator("#detection")).to_be_hidden()
    await expect(page.locator("#campaign [data-field=amd]")).to_have_text("Off")
    assert world.campaigns.rows[1].amd is AmdMode.OFF

    if not await page.get_by_label("Detect answering machines").is_visible():
        await page.get_by_role("heading", name="New campaign").click()
    await page.get_by_label("Detect answering machines").select_option("human first")
    await page.get_by_label("Share checked by agents").fill("0.2")
    await page.get_by_label("Leave machines a message").check()
    await create(page, "Screened")
    made = world.campaigns.rows[2]
    assert (made.amd, made.machine_message, made.amd_check_share) == (AmdMode.HUMAN_FIRST, True, 0.2)
    await expect(page.locator("#campaign [data-field=amd]")).to_have_text("Human first, with a message")
    detection = page.locator("#detection")
    await expect(detection).to_be_visible()
    await expect(detection.locator("[data-field=checked]")).to_have_text("10 (10 judged, 1 person)")
    await expect(detection.locator("[data-field=rate]")).to_have_text("4.6 % (0.8 % to 17.1 %)")
    await expect(detection.locator("[data-field=people]")).to_have_text("1.9 (0.3 to 7.7)")
    await expect(detection.locator("[data-field=screened_wait]")).to_have_text("1732 ms")
    await expect(page.locator("#report > dl [data-field=wait]")).to_have_text("9.0 ms")
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
