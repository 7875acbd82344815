"""A manager works on lists (saved columns, uploads, calling again, merging, deleting) and on rules."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from halting_reader import HaltingReader
from playwright.async_api import Page, expect

from campaigns.desk.campaigns import CampaignDraft
from campaigns.desk.uploads import ImportOrder
from campaigns.lists import ListRow, LoadTerms
from campaigns.model import CustomerClass, Disposition, LeadStatus
from console.memory import NOON, MemoryDesk
from console.memory_floor import HISTORY

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STRANGE = b"Kundennr;Anruf\nC-1;+4930555101\nC-2;none\n"


def row(index: int) -> ListRow:
    return ListRow(
        f"C-{index}", f"Name {index}", "", "en", CustomerClass.ORDINARY, ("Europe/Berlin",),
        f"+49305551{index:02}", NOON, {}, {},
    )  # fmt: skip


async def opened(page: Page, world: MemoryDesk) -> None:
    await world.campaigns.create(CampaignDraft("Revisits", "revisit", "North Gate", "+4930555010", ""), "Mia")
    await page.goto("/")
    await page.get_by_label("Token").fill("manager-token-0123456789")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Revisits").click()


async def two_lists(page: Page, world: MemoryDesk) -> None:
    """Three leads on ``main``, two of them called to the end, and one on ``more``."""
    await opened(page, world)
    book = world.campaigns.book
    await book.load_rows(1, [row(1), row(2), row(3)])
    await book.load_rows(1, [row(4)], LoadTerms(list_name="more"))
    for lead_id, outcome in ((1, ""), (2, "do_not_call")):
        book.lead_rows[lead_id] = replace(book.lead_rows[lead_id], status=LeadStatus.DONE)
        book.attempt_lines[f"a-{lead_id}"] = replace(
            HISTORY, attempt_id=f"a-{lead_id}", lead_id=lead_id, disposition=Disposition.BUSY, outcome=outcome
        )
    await page.reload()
    await expect(page.locator("#lists tr")).to_have_count(2)


async def choose_file(page: Page) -> None:
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": STRANGE}
    await page.get_by_label("CSV or XLSX file").set_input_files(files=[file])


def on_the_form(page: Page, name: str):
    return page.locator("#upload-form").get_by_role("button", name=name)


async def test_columns_are_saved_used_for_the_next_file_and_forgotten(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await choose_file(page)
    await on_the_form(page, "Preview").click()
    await page.get_by_label("Ref (needed)").select_option("Kundennr")
    await expect(page.get_by_label("Ref (needed)")).to_have_value("Kundennr")
    await page.get_by_label("Phone (needed)").select_option("Anruf")
    await expect(page.get_by_label("Phone (needed)")).to_have_value("Anruf")
    await page.get_by_label("Save these columns").fill("Workshop")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Saved columns")).to_have_value("Workshop")
    (saved,) = await world.imports.mappings()
    assert (saved.name, saved.by) == ("Workshop", "Mia")
    assert (saved.columns["ref"], saved.columns["phone"]) == ("Kundennr", "Anruf")

    await page.reload()
    await choose_file(page)
    await page.get_by_label("Saved columns").select_option("Workshop")
    await page.get_by_label("Look for them in").select_option("everybody we know")
    await on_the_form(page, "Load").click()
    await expect(page.locator("#upload-result")).to_contain_text(
        "Loaded: 2 rows, of them 1 new, 1 faulty. Read as utf-8, semicolon."
    )
    assert [person.ref for person in world.campaigns.book.customer_rows.values()] == ["C-1"]

    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Forget Workshop").click()
    await expect(page.get_by_label("Saved columns")).to_have_value("")
    assert list(await world.imports.mappings()) == []


async def test_the_encoding_of_a_list_may_be_said(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    content = "ref;phone;name\nC-1;+8613800138000;王小明\n".encode("gb18030")
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": content}
    await page.get_by_label("CSV or XLSX file").set_input_files(files=[file])
    await on_the_form(page, "Preview").click()
    await expect(page.locator("#notice")).to_contain_text("name its encoding")
    await page.get_by_label("Encoding of a CSV file").select_option("gb18030")
    await on_the_form(page, "Preview").click()
    await expect(page.locator("#preview-rows tr")).to_contain_text("王小明")
    await on_the_form(page, "Load").click()
    await expect(page.locator("#upload-result")).to_contain_text(
        "1 new, 0 faulty. Read as gb18030, semicolon."
    )
    (person,) = world.campaigns.book.customer_rows.values()
    assert person.name == "王小明"


async def test_saved_columns_keep_the_encoding_that_was_chosen(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    content = "ref;Anruf;name\nC-1;+8613800138000;王小明\n".encode("gb18030")
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": content}
    await page.get_by_label("CSV or XLSX file").set_input_files(files=[file])
    encoding = page.get_by_label("Encoding of a CSV file")
    await encoding.select_option("gb18030")
    await on_the_form(page, "Preview").click()
    await page.get_by_label("Phone (needed)").select_option("Anruf")
    await page.get_by_label("Save these columns").fill("Workshop")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Saved columns")).to_have_value("Workshop")
    (saved,) = await world.imports.mappings()
    assert (saved.encoding, saved.columns["phone"]) == ("gb18030", "Anruf")

    await page.reload()
    await page.get_by_label("CSV or XLSX file").set_input_files(files=[file])
    await page.get_by_label("Saved columns").select_option("Workshop")
    await expect(encoding.locator("option:checked")).to_have_text("gb18030, as saved")
    await on_the_form(page, "Load").click()
    await expect(page.locator("#upload-result")).to_contain_text("Read as gb18030, semicolon.")
    (person,) = world.campaigns.book.customer_rows.values()
    assert person.name == "王小明"
    await page.get_by_label("Saved columns").select_option("")
    await expect(encoding.locator("option:checked")).to_have_text("find it out")


async def test_the_rows_that_were_not_taken_can_be_had_later(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    path = world.imports.new_file()
    path.write_bytes(STRANGE)
    order = ImportOrder(columns={"ref": "Kundennr", "phone": "Anruf"})
    report = await world.imports.start(1, path, "november.csv", order, "Mia")
    await world.imports.wait(report.id)
    await page.reload()
    await page.get_by_text("Uploads of the last days").click()
    await expect(page.locator("#imports tr")).to_contain_text("november.csvmainLoaded: 2 rows")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download the rows of november.csv").click()
    told = (await (await download.value).path()).read_text(encoding="utf-8-sig")
    assert "C-2,none,2," in told


async def test_who_comes_back_to_the_page_follows_the_upload_again(
    page: Page, world: MemoryDesk, reader: HaltingReader
) -> None:
    reader.gate.clear()
    await opened(page, world)
    path = world.imports.new_file()
    path.write_bytes(STRANGE)
    order = ImportOrder(columns={"ref": "Kundennr", "phone": "Anruf"})
    report = await world.imports.start(1, path, "november.csv", order, "Mia")
    await page.reload()
    await expect(page.locator("#progress")).to_contain_text("2 rows read")
    await page.get_by_role("button", name="Stop", exact=True).click()
    await expect(page.locator("#upload-result")).to_contain_text("Stopped: 2 rows, of them 1 new, 1 faulty")
    assert world.imports.get(report.id).state == "cancelled"


async def test_closed_leads_wait_again_by_how_they_ended(page: Page, world: MemoryDesk) -> None:
    await two_lists(page, world)
    await page.get_by_role("button", name="Work on list main").click()
    await expect(page.locator("#list-work-title")).to_be_focused()
    await expect(page.locator("#recycle-outcomes label")).to_have_text(
        ["Satisfied", "So-so", "Call back", "Not satisfied", "Answering machine"]
    )
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), asyncio.ensure_future(dialog.accept())))
    await page.get_by_role("button", name="Let them wait again").click()
    await expect(page.locator("#notice")).to_contain_text("name at least one disposition or outcome")
    await page.get_by_label("Busy", exact=True).check()
    await page.get_by_role("button", name="Let them wait again").click()
    await expect(page.locator("#list-result")).to_have_text("1 lead of main waits again.")
    assert asked[0].startswith("Let the closed leads of main that ended in these ways wait again?")
    leads = world.campaigns.book.lead_rows
    assert [leads[number].status for number in (1, 2)] == [LeadStatus.WAITING, LeadStatus.DONE]
    await expect(page.locator("#lists tr").first.locator("td").nth(2)).to_have_text("2")
    await page.get_by_label("Not satisfied").check()
    await page.get_by_label("Busy", exact=True).uncheck()
    await page.get_by_role("button", name="Let them wait again").click()
    await expect(page.locator("#list-result")).to_have_text("0 leads of main wait again.")


async def test_a_list_is_merged_and_the_other_deleted_with_its_time(page: Page, world: MemoryDesk) -> None:
    await two_lists(page, world)
    questions = iter([False, True, True])
    asked: list[str] = []

    async def answer(dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if next(questions) else dialog.dismiss())

    page.on("dialog", answer)
    await page.get_by_role("button", name="Work on list more").click()
    await page.get_by_label("Give all its leads to").select_option("main")
    await page.get_by_role("button", name="Merge", exact=True).click()
    assert asked == ["Give all leads of more to main? more is gone then."]
    assert len(await world.desk.lists.lists(1)) == 2  # he thought better of it
    await page.get_by_role("button", name="Merge", exact=True).click()
    await expect(page.locator("#list-result")).to_have_text("The leads of more are in main now.")
    await expect(page.locator("#lists tr")).to_have_count(1)
    (main,) = await world.desk.lists.lists(1)
    assert sum(main.leads.values()) == 4

    await page.get_by_role("button", name="Work on list main").click()
    await expect(page.locator("#merge-form")).to_be_hidden()
    await page.get_by_label("Keep the records of its calls for, in days").fill("9")
    await page.get_by_role("button", name="Delete the list").click()
    await expect(page.locator("#list-result")).to_have_text("main is deleted.")
    await expect(page.locator("#lists")).to_contain_text("No list has been loaded yet.")
    await expect(page.locator("#list-work")).to_be_hidden()
    gone = world.campaigns.book.list_rows[main.id]
    assert gone.purge_after == NOON + timedelta(days=9)


async def test_hours_and_packs_are_changed_and_faults_named_by_day(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await page.get_by_text("Change hours, rule packs, weight").click()
    before = world.campaigns.rows[1].hours
    await page.get_by_label("Sunday").fill("late")
    await page.get_by_role("button", name="Change", exact=True).click()
    await expect(page.locator("#notice")).to_contain_text("hours.sun:")
    assert world.campaigns.rows[1].hours == before
    await page.get_by_label("Sunday").fill("10:00-12:00, 14:00-24:00")
    await page.get_by_label("Further rule packs").last.fill("carrier")
    await page.get_by_role("button", name="Change", exact=True).click()
    await expect(page.locator("#campaign [data-field=packs]")).to_have_text("carrier")
    sunday = [f"{w.opens:%H:%M}-{w.closes:%H:%M}" for w in world.campaigns.rows[1].hours if w.weekday == 6]
    assert sunday == ["10:00-12:00", "14:00-00:00"]
    assert [w for w in world.campaigns.rows[1].hours if w.weekday < 6] == [w for w in before if w.weekday < 6]
    await expect(page.get_by_label("Sunday")).to_have_value("10:00-12:00, 14:00-24:00")


async def test_the_whole_ledger_is_checked(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await page.get_by_role("heading", name="Ledger").click()
    head = page.locator("#ledger-head")
    await expect(head).to_contain_text(":")
    await page.get_by_role("button", name="Check the whole ledger").click()
    await expect(page.locator("#ledger-result")).to_contain_text("It holds: ")
    await page.get_by_label("An end that was kept").fill("1:" + "a" * 64)
    await page.get_by_role("button", name="Check the whole ledger").click()
    await expect(page.locator("#ledger-result")).to_contain_text("It does not hold")


async def test_a_new_campaign_takes_every_setting_of_the_one_before(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await page.get_by_role("heading", name="New campaign").click()
    await page.get_by_label("Name", exact=True).fill("First")
    await page.get_by_label("Company, as it is said on the phone").fill("North Gate")
    await page.get_by_label("Dial mode").select_option("ratio")
    await page.get_by_label("Lines per agent (ratio)").fill("2.5")
    await page.get_by_text("Pace, ringing, wrap-up, rules, weight").click()
    await page.locator("#new-weight").fill("3")
    for label, value in (
        ("Calls started per second", "3"),
        ("Let it ring for, in seconds", "31"),
        ("Wrap-up, in seconds", "45"),
    ):
        await page.get_by_label(label).fill(value)
    await page.get_by_label("Further rule packs").first.fill("carrier, ")
    await page.get_by_role("button", name="Create").click()
    await expect(page.locator("#campaign-title")).to_have_text("First")
    first = world.campaigns.rows[2]
    told = (first.mode, first.lines_per_agent, first.calls_per_second, first.ring_timeout_s, first.packs)
    assert (*told, first.weight) == ("ratio", 2.5, 3.0, 31.0, ("carrier",), 3)
    await page.get_by_role("button", name="New one like this").click()
    await page.get_by_label("Name", exact=True).fill("Second")
    await page.get_by_role("button", name="Create").click()
    await expect(page.locator("#campaign-title")).to_have_text("Second")
    second = world.campaigns.rows[3]
    assert second == replace(first, id=3, name="Second")
    await page.get_by_text("Change hours, rule packs, weight").click()
    await page.locator("#weight").fill("5")
    await page.get_by_role("button", name="Weigh").click()
    await expect(page.locator('#campaign [data-field="weight"]')).to_have_text("5")
    assert world.campaigns.rows[3].weight == 5


@pytest.mark.parametrize("width", [1280, 390])
async def test_nothing_sticks_out_while_a_list_is_worked_on(
    page: Page, world: MemoryDesk, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await two_lists(page, world)
    await page.get_by_role("button", name="Work on list main").click()
    await choose_file(page)
    await on_the_form(page, "Preview").click()
    await expect(page.locator("#preview")).to_be_visible()
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    await expect(page.locator("#ledger-head")).to_contain_text(":")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    nameless = await page.evaluate(
        """[...document.querySelectorAll('input, select, textarea')]
             .filter((field) => !field.labels.length && !field.ariaLabel)
             .map((field) => field.outerHTML)"""
    )
    assert nameless == []
