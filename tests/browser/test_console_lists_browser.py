"""A manager loads a list whose columns have other names, follows it, switches it off, in a real browser."""

import pytest
from halting_reader import HaltingReader
from playwright.async_api import Page, expect

from campaigns.desk.campaigns import CampaignDraft
from console.memory import MemoryDesk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LIST = (
    b"Kundennr;Name;Anruf\n"
    b"C-1;<img src=x onerror=alert(1)>;+4930555101\n"
    b"C-2;=HYPERLINK(1);none\n"
    b"C-3;Cem;+4930555103\n"
)


async def opened(page: Page, world: MemoryDesk) -> None:
    await world.campaigns.create(CampaignDraft("Revisits", "revisit", "North Gate", "+4930555010", ""), "Mia")
    await page.goto("/")
    await page.get_by_label("Token").fill("manager-token-0123456789")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Revisits").click()
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST}
    await page.get_by_label("CSV or XLSX file").set_input_files(files=[file])


async def press(page: Page, name: str) -> None:
    await page.locator("#upload-form").get_by_role("button", name=name).click()


async def chosen(page: Page) -> None:
    """Say which column is which."""
    await press(page, "Preview")
    await expect(page.locator("#preview")).to_contain_text("Read as utf-8, semicolon.")
    await expect(page.locator("#preview-rows")).to_contain_text("column ref is missing")
    await page.get_by_label("Ref (needed)").select_option("Kundennr")
    await expect(page.get_by_label("Ref (needed)")).to_have_value("Kundennr")
    await page.get_by_label("Phone (needed)").select_option("Anruf")
    await expect(page.get_by_label("Phone (needed)")).to_have_value("Anruf")


WIDE = (
    b"customer_id,name,title,phone,language,class,timezone,service,service_date\n"
    b"C-1,Ann Lee,Ms,+1 202-555-0123,en,vip,America/New_York,Brake service,2026-11-20\n"
    b",Bruno Ortiz,Mr,12345,en,gold,,Oil change and inspection,yesterday\n"
)


@pytest.mark.parametrize(("width", "highest"), [(1280, 180), (390, 260)])
async def test_what_is_wrong_with_a_row_is_seen_without_scrolling(
    page: Page, world: MemoryDesk, width: int, highest: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await opened(page, world)
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": WIDE}
    await page.get_by_label("CSV or XLSX file").set_input_files(files=[file])
    await press(page, "Preview")
    row = page.locator("#preview-rows tr").nth(1)
    told = row.locator("td").nth(1)
    await expect(told).to_contain_text("customer_id is empty; phone '12345': number without a country code")
    fault, whole = await told.bounding_box(), await row.bounding_box()
    frame = await page.get_by_role("region", name="First rows").bounding_box()
    assert None not in (fault, whole, frame)
    assert frame["x"] <= fault["x"]
    assert fault["x"] + fault["width"] <= frame["x"] + frame["width"]
    assert fault["width"] >= 200
    assert whole["height"] < highest


async def test_columns_are_chosen_in_the_preview_and_the_list_is_loaded(
    page: Page, world: MemoryDesk
) -> None:
    await opened(page, world)
    await chosen(page)
    rows = page.locator("#preview-rows tr")
    await expect(rows.first).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(rows.first).to_contain_text("+4930555101")
    await expect(rows.nth(1)).to_contain_text("number without a country code")
    await press(page, "Only check")
    await expect(page.locator("#upload-result")).to_contain_text("nothing stored: 3 rows, of them 2 new")
    assert world.campaigns.loaded[1] == []
    await press(page, "Load")
    await expect(page.locator("#lists")).to_contain_text("main")
    assert world.campaigns.loaded[1] == ["<img src=x onerror=alert(1)>", "Cem"]
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download the rows that were not taken").click()
    told = (await (await download.value).path()).read_text(encoding="utf-8-sig")
    assert "C-2,'=HYPERLINK(1),none,2," in told


async def test_a_list_is_switched_off_and_on(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await chosen(page)
    await press(page, "Load")
    await page.get_by_role("button", name="Switch off list main").click()
    row = page.locator("#lists tr")
    await expect(row).to_contain_text("Off")
    await expect(row.locator("td").nth(3)).to_have_text("2")
    await page.get_by_role("button", name="Switch on list main").click()
    await expect(row).to_contain_text("On")
    await expect(row.locator("td").nth(2)).to_have_text("2")


async def test_an_upload_shows_how_far_it_is_and_can_be_stopped(
    page: Page, world: MemoryDesk, reader: HaltingReader
) -> None:
    reader.gate.clear()
    await opened(page, world)
    await chosen(page)
    await press(page, "Load")
    await expect(page.locator("#progress")).to_contain_text("3 rows read")
    await page.get_by_role("button", name="Stop", exact=True).click()
    await expect(page.locator("#upload-result")).to_contain_text("Stopped: 3 rows, of them 2 new, 1 faulty")
    await expect(page.locator("#progress")).to_be_hidden()


DATED = (
    b"ref,name,phone,service,service_date\n"
    b"C-1,Ann Lee,+12025550101,Brakes,03/11/2026\n"
    b"C-2,Bo Lee,+12025550102,Brakes,04/11/2026\n"
)


async def test_the_order_of_dates_is_chosen_saved_and_offered_again(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": DATED}
    await page.get_by_label("CSV or XLSX file").set_input_files(files=[file])
    await press(page, "Preview")
    rows = page.locator("#preview-rows tr")
    await expect(rows.first).to_contain_text("may be 2026-11-03 or 2026-03-11")
    await page.get_by_label("First in a date like 03/04/2026").select_option("the day")
    await expect(page.locator("#preview")).to_be_hidden()
    await press(page, "Preview")
    await expect(page.locator("#preview")).to_contain_text("Read as utf-8, comma, dates day first.")
    await expect(rows.first).not_to_contain_text("may be")
    await page.get_by_label("Save these columns").fill("Madrid")
    await page.locator("#mapping-form").get_by_role("button", name="Save").click()
    await expect(page.locator("#saved-mapping")).to_have_value("Madrid")
    await expect(page.locator("#date-order option").first).to_have_text("the day, as saved")
    (saved,) = await world.desk.imports.mappings()
    assert (saved.name, saved.date_order) == ("Madrid", "dmy")
    await page.get_by_label("First in a date like 03/04/2026").select_option(index=0)
    await press(page, "Preview")
    await expect(page.locator("#preview")).to_contain_text("dates day first")
