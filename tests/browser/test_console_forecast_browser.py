"""The panel that forecasts a day, in a real browser, wide and narrow."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from campaigns.desk.campaigns import CampaignDraft
from campaigns.lists import ListRow
from campaigns.model import CustomerClass
from campaigns.packs_folder import load_packs, rule_book
from console.memory import NOON, MemoryDesk
from console.ports import Token

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TOKENS = {"manager-token-0123456789": Token("Mia", "manager")}


@pytest.fixture
def world(tmp_path: Path) -> MemoryDesk:
    return MemoryDesk(TOKENS, {}, tmp_path / "uploads", rule_book(load_packs()))


def row(index: int) -> ListRow:
    spain = index <= 40
    return ListRow(
        f"C-{index}", f"Name {index}", "", "en", CustomerClass.ORDINARY,
        ("Europe/Madrid",) if spain else ("Europe/Berlin",),
        f"+3491234{index:04}" if spain else f"+4930123{index:04}", NOON - timedelta(days=1), {}, {},
    )  # fmt: skip


async def fill(world: MemoryDesk) -> None:
    made = await world.campaigns.create(
        CampaignDraft("Renewals", "revisit", "Acme", "+4930555010", ""), "Mia"
    )
    await world.campaigns.book.load_rows(made.id, [row(index) for index in range(1, 53)])


async def signed_in(page: Page) -> None:
    await page.goto("/sign-in")
    await page.fill("#token", "manager-token-0123456789")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/manager")
    await page.get_by_role("button", name="Renewals").click()


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_manager_reads_when_the_day_is_done_and_who_is_left(
    world: MemoryDesk, page: Page, width: int
) -> None:
    await fill(world)
    await page.set_viewport_size({"width": width, "height": 900})
    await signed_in(page)
    panel = page.locator("#forecast")
    await panel.get_by_label("Agents", exact=True).fill("3")
    await panel.get_by_label("Day", exact=True).fill("2026-11-24")
    await panel.get_by_label("All called by").fill("12:00")
    await panel.get_by_role("button", name="Forecast").click()
    words = panel.locator("#forecast-words")
    await expect(words).to_contain_text("with 3 agents", timeout=60_000)
    await expect(words).to_contain_text("before 12:00 you need")
    await expect(words).to_be_focused()
    await expect(panel).to_contain_text("40 of 52")
    await expect(panel.locator("#forecast-left")).to_contain_text("without a rule pack for their country")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_day_that_is_over_is_refused_in_plain_words(world: MemoryDesk, page: Page) -> None:
    await fill(world)
    await signed_in(page)
    panel = page.locator("#forecast")
    await panel.get_by_label("Day", exact=True).fill("2020-01-01")
    await panel.get_by_role("button", name="Forecast").click()
    await expect(page.locator("#notice")).to_contain_text("2020-01-01 is over")
    await expect(panel.locator("#forecast-answer")).to_be_hidden()
