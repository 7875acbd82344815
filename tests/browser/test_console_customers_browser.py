"""A manager looks after people: files, consents, owners, do-not-call lists, erasing; in a real browser."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, Route, expect

from campaigns.desk.campaigns import CampaignDraft
from campaigns.desk.corrections import CustomerChange
from campaigns.lines import AttemptLine
from campaigns.lists import ListRow
from campaigns.model import CustomerClass, Disposition, NumberKind, Purpose
from campaigns.packs_folder import load_packs, rule_book
from campaigns.suppression import OPT_OUT_ID, SuppressionKind
from console.memory import NOON, MemoryDesk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def row(index: int) -> ListRow:
    return ListRow(
        f"C-{index}", f"<b>Name {index}</b>", "Ms", "en", CustomerClass.POTENTIAL, ("Europe/Berlin",),
        f"+49305551{index:02}", NOON, {}, {"plate": f"B-{index}"},
    )  # fmt: skip


async def opened(page: Page, world: MemoryDesk) -> None:
    await world.campaigns.create(CampaignDraft("Revisits", "revisit", "North Gate", "+4930555010", ""), "Mia")
    await world.campaigns.book.load_rows(1, [row(index) for index in range(1, 5)])
    await page.goto("/")
    await page.get_by_label("Token").fill("manager-token-0123456789")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="Customers").click()
    await expect(page.locator("#line")).to_have_text("Switch works")


async def find(page: Page, ref: str) -> None:
    await page.get_by_label("Reference", exact=True).fill(ref)
    await page.get_by_role("button", name="Find").click()


def answer_questions(page: Page, yes: bool = True) -> list[str]:
    """Answer every question alike from now on; returns them as they come."""
    asked: list[str] = []

    async def answer(dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if yes else dialog.dismiss())

    page.on("dialog", answer)
    return asked


async def test_a_customer_is_found_and_his_file_is_kept(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await find(page, "C-77")
    await expect(page.locator("#found-none")).to_have_text("Nobody has this reference.")
    await find(page, "")
    await expect(page.locator("#found-none")).to_have_text("Give a reference, a number or a piece of a name.")
    await find(page, "c-2")
    await expect(page.locator("#person-title")).to_have_text("Ms <b>Name 2</b>")
    await expect(page.locator("#person-facts")).to_contain_text("B-2")
    people = world.desk.people

    await page.get_by_label("Class", exact=True).select_option("vip")
    await page.get_by_role("button", name="Change").click()
    await expect(page.locator("#person .pill").first).to_have_text("VIP")
    assert (await people.file(2)).file.customer.customer_class is CustomerClass.VIP

    await page.get_by_label("for", exact=True).select_option("marketing")
    await page.get_by_role("button", name="Write down").click()
    await expect(page.locator("#notice")).to_contain_text("a consent needs what proves it")
    await page.get_by_label("What proves it").fill("order form 118")
    await page.get_by_role("button", name="Write down").click()
    await expect(page.locator("#consents tr")).to_contain_text("+4930555102MarketingYes")
    (said,) = (await people.file(2)).file.consents
    assert (said.consent.purpose, said.consent.given, said.by) == (Purpose.MARKETING, True, "Mia")

    await page.get_by_label("Kind", exact=True).nth(0).select_option("promise")
    await page.get_by_label("Text").fill("Send the invoice")
    await page.get_by_label("Promised until").fill("2026-11-23T12:00")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("button", name="Kept: Send the invoice").click()
    await expect(page.get_by_role("button", name="Kept: Send the invoice")).to_have_count(0)
    (promise,) = (await people.file(2)).file.notes
    local = await page.evaluate("new Date('2026-11-23T12:00').toISOString()")
    assert promise.due_at == datetime.fromisoformat(local)
    assert promise.kept_at is not None

    await page.locator("#credit-agent").select_option("1002")
    await page.get_by_label("Purchase or renewal").fill("contract")
    await page.get_by_role("button", name="Credit", exact=True).click()
    await expect(page.locator("#credits tr")).to_contain_text("1002Closedcontract")


async def test_people_are_found_by_a_piece_of_their_name_and_counted(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    many = [row(index)._replace(number=f"+49305552{index:03}") for index in range(5, 150)]
    await world.campaigns.book.load_rows(1, many)
    await page.get_by_label("or any piece of the name").fill("name 1")
    await page.get_by_role("button", name="Find").click()
    await expect(page.locator("#found li")).to_have_count(61)  # 1, 10 to 19, 100 to 149
    await expect(page.locator("#found-more")).to_be_hidden()
    await page.get_by_label("or any piece of the name").fill("NAME")
    await page.get_by_role("button", name="Find").click()
    await expect(page.locator("#found-more")).to_have_text("49 others: give more of the name.")
    await expect(page.locator("#found li")).to_have_count(100)
    await page.get_by_label("or any piece of the name").fill("")
    await page.get_by_label("or number").fill("12")
    await page.get_by_role("button", name="Find").click()
    await expect(page.locator("#notice")).to_contain_text("number")
    await expect(page.locator("#found li")).to_have_count(0)  # nobody is shown for another question


async def test_a_promise_is_until_a_moment(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await find(page, "C-2")
    await page.get_by_label("Kind", exact=True).nth(0).select_option("promise")
    await page.get_by_label("Text").fill("Send the invoice")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("#note-due:invalid")).to_have_count(1)
    await page.get_by_label("Kind", exact=True).nth(0).select_option("note")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("#notes tr")).to_contain_text("Send the invoice")
    assert await page.locator("#note-due").get_attribute("required") is None


async def test_beside_a_refusal_stands_no_success_of_before(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await page.get_by_label("Name of the list").fill("Staff")
    await page.get_by_role("button", name="Make the list").click()
    await expect(page.locator("#done")).to_have_text("The list Staff is there; it is empty.")
    await page.get_by_label("Name of the list").fill("Staff")
    await page.get_by_role("button", name="Make the list").click()
    await expect(page.locator("#notice")).to_contain_text("there is a do-not-call list named 'Staff' already")
    await expect(page.locator("#done")).to_be_hidden()

    await page.get_by_label("Numbers, one a line").fill("+4930555102\n\n12, +4930555103")
    await page.get_by_label("Reason").fill("letter")
    await page.get_by_role("button", name="Put on the list").click()
    told = page.locator("#suppress-result")
    await expect(told).to_contain_text("2 numbers added, 0 there already, 1 faulty.")
    await expect(told.locator("tr")).to_contain_text("line 3'12'")
    await page.get_by_label("Numbers, one a line").fill("13")
    await page.get_by_label("Reason").fill("letter")
    await page.get_by_role("button", name="Put on the list").click()
    await expect(page.locator("#notice")).to_contain_text("line 1: '13'")
    await expect(told).to_be_hidden()


async def test_a_file_that_comes_late_does_not_hide_the_one_asked_for_later(
    page: Page, world: MemoryDesk
) -> None:
    await opened(page, world)
    let_go = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await let_go.wait()
        await route.fulfill(response=answer)

    await page.route("**/api/customers/1", late)
    async with page.expect_request("**/api/customers/1"):
        await find(page, "C-1")
    await find(page, "C-2")
    await expect(page.locator("#person-title")).to_have_text("Ms <b>Name 2</b>")
    async with page.expect_event("requestfinished", lambda one: one.url.endswith("/api/customers/1")):
        let_go.set()
    await page.evaluate("fetch('/api/me')")  # whatever was under way in the page is done
    await expect(page.locator("#person-title")).to_have_text("Ms <b>Name 2</b>", timeout=1)


async def test_a_person_gets_his_data_and_is_erased_only_by_his_reference(
    page: Page, world: MemoryDesk
) -> None:
    await opened(page, world)
    await find(page, "C-3")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download everything as a file").click()
    told = json.loads((await (await download.value).path()).read_text(encoding="utf-8"))
    assert told["customer"]["ref"] == "C-3"

    asked = answer_questions(page)
    await page.get_by_label("Erase him").fill("C-4")
    await page.get_by_role("button", name="Erase for good").click()
    await expect(page.locator("#notice")).to_contain_text("customer 3 has another reference")
    assert world.campaigns.book.customer_rows[3].name == "<b>Name 3</b>"
    # Of his last call a rule pack has something to say.
    world.rules.book = rule_book(load_packs())
    called = world.campaigns.book.attempt_lines
    called["a-9"] = AttemptLine(
        "a-9", 1, 3, "", "", "+8613800138000", NOON, Disposition.BUSY, None, None,
        None, None, None, None, None, None, None,
    )  # fmt: skip
    await page.get_by_label("Erase him").fill("C-3")
    await page.get_by_role("button", name="Erase for good").click()
    told_of = page.locator("#done")
    await expect(told_of).to_contain_text("C-3 is erased. A rule pack orders to keep some records until")
    await expect(told_of).to_contain_text("evidence of consent, 30 days (cn-service ")
    await expect(page.locator("#person")).to_be_hidden()
    assert asked[1].startswith("Erase <b>Name 3</b> for good?")
    assert world.campaigns.book.customer_rows[3].name == ""


async def test_who_is_being_called_stays_on_the_page_until_he_can_be_erased(
    page: Page, world: MemoryDesk
) -> None:
    await opened(page, world)
    world.campaigns.book.attempt_lines["a-9"] = AttemptLine(
        "a-9", 1, 3, "", "", "+4930555103", NOON, None, None, None,
        None, None, None, None, None, None, None,
    )  # fmt: skip
    await find(page, "C-3")
    answer_questions(page)
    await page.get_by_label("Erase him").fill("C-3")
    await page.get_by_role("button", name="Erase for good").click()
    told_of = page.locator("#done")
    await expect(told_of).to_have_text("C-3 is being called. He is erased as soon as the call is over.")
    await expect(page.locator("#person-title")).to_have_text("Ms <b>Name 3</b>")
    await expect(page.locator("#person-facts")).to_contain_text("as soon as his call is over, asked ")


async def test_numbers_are_put_on_a_list_asked_about_and_taken_off(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await page.get_by_label("Name of the list").fill("Registry")
    await page.locator("#new-list-kind").select_option("registry")
    await page.locator("#new-list-scope").select_option("campaign Revisits")
    await page.get_by_role("button", name="Make the list").click()
    await expect(page.locator("#suppression-lists tr").nth(1)).to_have_text(
        "RegistryRegistryRevisitsJust the number0"
    )
    made = (await world.desk.suppression.lists())[1]
    assert (made.kind, made.campaign_id) == (SuppressionKind.REGISTRY, 1)

    await page.get_by_label("Numbers, one a line").fill("+4930555101\n+4930555102")
    file = {"name": "n.csv", "mimeType": "text/csv", "buffer": b"number\n+4930555103\nnone\n"}
    await page.get_by_label("and those of a CSV or XLSX file").set_input_files(files=[file])
    await page.get_by_label("Reason").fill("by letter")
    await page.get_by_role("button", name="Put on the list").click()
    result = page.locator("#suppress-result")
    await expect(result).to_contain_text("3 numbers added, 0 there already, 1 faulty.")
    await expect(result).to_contain_text("without a country code")
    await expect(page.locator("#suppression-lists tr").nth(1).locator("td").last).to_have_text("3")

    await page.get_by_label("Number", exact=True).fill("+4930555102")
    await page.get_by_role("button", name="Look").click()
    await expect(page.locator("#barred")).to_contain_text("+4930555102: some calls are barred")
    await expect(page.locator("#barred-calls li")).to_have_text(["Calls of Revisits: barred by Registry"])
    await expect(page.locator("#barred-by li")).to_contain_text("Registry (revisits): by letter, by Mia")
    asked = answer_questions(page)
    await page.get_by_role("button", name="Take +4930555102 off Registry").click()
    await expect(page.locator("#barred-words")).to_have_text("+4930555102: no call is barred")
    assert asked == ["Take +4930555102 off Registry? It may be called again then."]
    assert (await world.desk.suppression.ask("+4930555102")).entries == ()


async def test_the_encoding_of_a_file_of_numbers_may_be_said(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    content = "name;phone\n王;+8613800138000\n".encode("gb18030")
    file = {"name": "n.csv", "mimeType": "text/csv", "buffer": content}
    await page.get_by_label("and those of a CSV or XLSX file").set_input_files(files=[file])
    await page.get_by_label("Reason").fill("by letter")
    await page.get_by_role("button", name="Put on the list").click()
    await expect(page.locator("#notice")).to_contain_text("name its encoding")
    await page.get_by_label("Encoding of a CSV file").select_option("gb18030")
    await page.get_by_role("button", name="Put on the list").click()
    await expect(page.locator("#suppress-result")).to_contain_text(
        "1 number added, 0 there already, 0 faulty. Read as gb18030, semicolon, column phone."
    )
    assert (await world.desk.suppression.ask("+8613800138000")).entries


async def test_nobody_gets_off_the_list_of_those_who_asked(page: Page, world: MemoryDesk) -> None:
    await world.desk.suppression.suppress(OPT_OUT_ID, ["+4930555101"], "key 9", "vote")
    await opened(page, world)
    await page.get_by_label("Number", exact=True).fill("+4930555101")
    await page.get_by_role("button", name="Look").click()
    await expect(page.locator("#barred-words")).to_have_text("+4930555101: every call is barred")
    await expect(page.locator("#barred-by li")).to_contain_text("opt-out (everything): key 9, by vote")
    await expect(page.get_by_role("button", name="Take +4930555101")).to_have_count(0)


async def test_a_number_is_barred_for_another_one_of_whoever_has_it(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    also = row(9)._replace(others=(("+4930555777", NumberKind.WORK),))
    await world.campaigns.book.load_rows(1, [also])
    house = await world.desk.suppression.add_list("Staff", SuppressionKind.HOUSE, None, None, "Mia")
    await world.desk.suppression.suppress(house.id, ["+4930555777"], "works here", "Mia")
    await page.get_by_label("Number", exact=True).fill(also.number)
    await page.get_by_role("button", name="Look").click()
    await expect(page.locator("#barred-words")).to_have_text(f"{also.number}: every call is barred")
    await expect(page.locator("#barred-by li")).to_contain_text("It is about +4930555777, which C-9 has too")
    answer_questions(page)
    await page.get_by_role("button", name="Take +4930555777 off Staff").click()
    await expect(page.locator("#barred-words")).to_have_text(f"{also.number}: no call is barred")


async def test_the_answer_to_a_removal_is_shown_as_it_comes(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    house = await world.desk.suppression.add_list("Staff", SuppressionKind.HOUSE, None, None, "Mia")
    await world.desk.suppression.suppress(house.id, ["+4930555101"], "works here", "Mia")
    checks: list[str] = []
    page.on("request", lambda one: checks.append(one.url) if "/suppressions/check" in one.url else None)
    await page.get_by_label("Number", exact=True).fill("+49 30 555101")
    await page.get_by_role("button", name="Look").click()
    answer_questions(page)
    await page.get_by_role("button", name="Take +4930555101 off Staff").click()
    await expect(page.locator("#barred-words")).to_have_text("+4930555101: no call is barred")
    assert len(checks) == 1


async def test_customers_are_shared_out_stood_in_for_and_handed_over(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    asked = answer_questions(page)
    share = page.get_by_role("button", name="Share out customers without an owner")
    await expect(page.locator("#owner-rows tr")).to_have_text(["Anna Berg10–", "Omar Said10–"])
    for agent in ("1001", "1002"):
        await world.desk.owners.set_ability(agent, 0)
    await share.click()
    await expect(page.locator("#notice")).to_contain_text("no agent takes customers: set an ability above 0")
    for agent, ability in (("1001", "3"), ("1002", "1")):
        await page.locator("#ability-agent").select_option(agent)
        await page.get_by_label("Ability, compared").fill(ability)
        await page.get_by_role("button", name="Set", exact=True).click()
        await expect(page.locator("#owner-rows")).to_contain_text(f"{ability}0")
    await share.click()
    await expect(page.locator("#done")).to_have_text("4 customers have an owner now.")
    await expect(page.locator("#owner-rows tr")).to_have_text(["Anna Berg33–", "Omar Said11–"])

    await page.locator("#absence-agent").select_option("1001")
    await page.locator("#absence-substitute").select_option("1002")
    await page.get_by_label("From").fill("2026-11-20T00:00")
    await page.get_by_label("Until", exact=True).fill("2036-12-01T00:00")
    await page.get_by_role("button", name="Name the substitute").click()
    await expect(page.locator("#owner-rows tr").first).to_contain_text("Omar Said stands in")
    (absence,) = (await world.desk.owners.owners()).absences
    assert absence.until_at > datetime(2036, 11, 29, tzinfo=UTC)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="the absence of Anna Berg").click()
    await expect(page.locator("#owner-rows")).not_to_contain_text("stands in")
    assert (await world.desk.owners.owners()).absences == ()

    await page.locator("#hand-over-agent").select_option("1001")
    await page.get_by_role("button", name="Share them out between the others").click()
    await expect(page.locator("#done")).to_have_text("3 customers have another owner now.")
    assert asked[-1] == "Give all customers of Anna Berg to the others for good?"
    assert dict((await world.desk.owners.owners()).loads) == {"1002": 4}


@pytest.mark.parametrize("width", [1280, 390])
async def test_nothing_sticks_out_and_everything_has_a_name(
    page: Page, world: MemoryDesk, width: int
) -> None:
    await opened(page, world)
    await page.set_viewport_size({"width": width, "height": 800})
    await find(page, "C-1")
    await expect(page.locator("#person")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    nameless = await page.evaluate(
        """[...document.querySelectorAll('input, select, textarea')]
             .filter((field) => !field.labels.length && !field.ariaLabel)
             .map((field) => field.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_customer_is_entered_by_hand(page: Page, world: MemoryDesk, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await opened(page, world)
    await page.get_by_text("Add a customer").click()
    form = page.locator("#add-form")
    await form.get_by_label("Full name").fill("Jo Park")
    await form.get_by_label("Telephone number").fill("+4930555103")
    await form.get_by_label("Owned by").select_option("1002")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await form.get_by_role("button", name="Add the customer").click()
    await expect(page.locator("#notice")).to_contain_text("+4930555103 is a number of <b>Name 3</b> (C-3)")
    await expect(page.locator("#person-title")).to_have_text("Ms <b>Name 3</b>")
    shared = form.get_by_label("He is somebody else, and they share this number")
    await shared.check()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    await form.get_by_label("Telephone number").fill("030 555199")
    await expect(shared).to_be_hidden()
    await expect(shared).not_to_be_checked()
    await form.get_by_role("button", name="Add the customer").click()
    await expect(page.locator("#person-title")).to_have_text("Jo Park")
    await expect(page.locator("#done")).to_contain_text("Jo Park is in the book as N-")
    await expect(page.locator("#person-facts")).to_contain_text("Entered byMia")
    await expect(page.locator("#person .pill").first).to_have_text("Potential")
    await expect(page.locator("#hotline-calls")).to_contain_text("He has never called the hotline.")
    (made,) = (await world.desk.people.find("", "+4930555199")).customers
    assert (made.owner, made.customer_class) == ("1002", CustomerClass.POTENTIAL)
    await expect(form.get_by_label("Full name")).to_have_value("")


async def test_two_who_share_a_number_are_entered_on_the_managers_word(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await page.get_by_text("Add a customer").click()
    form = page.locator("#add-form")
    shared = form.get_by_label("He is somebody else, and they share this number")
    await expect(shared).to_be_hidden()
    await form.get_by_label("Full name").fill("Jo Park")
    await form.get_by_label("Telephone number").fill("+4930555103")
    await form.get_by_role("button", name="Add the customer").click()
    await shared.check()
    await form.get_by_role("button", name="Add the customer").click()
    await expect(page.locator("#person-title")).to_have_text("Jo Park")
    await expect(shared).to_be_hidden()
    having = (await world.desk.people.find("", "+4930555103")).customers
    assert [person.name for person in having] == ["<b>Name 3</b>", "Jo Park"]


async def test_a_file_is_corrected_and_a_removed_number_is_asked_about(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    asked = answer_questions(page)
    await find(page, "C-2")
    await page.get_by_text("Correct what is said of him").click()
    await page.get_by_label("Full name").nth(1).fill("Zoë Böhm")
    await page.get_by_label("Speaks").nth(1).fill("de")
    await page.get_by_role("textbox", name="Number 1").fill("030 555199")
    await page.get_by_label("Kind of number 1").select_option("mobile")
    await page.get_by_role("button", name="Add a number").click()
    await page.get_by_role("textbox", name="Number 2").fill("+4930555198")
    await page.get_by_role("button", name="Put number 2 one up").click()
    await page.get_by_role("button", name="Correct", exact=True).click()
    await expect(page.locator("#done")).to_have_text("The file is corrected.")
    await expect(page.locator("#person-title")).to_have_text("Ms Zoë Böhm")
    await expect(page.locator("#person-facts")).to_contain_text("+4930555198, +4930555199 (mobile)")
    await expect(page.locator("#notes")).to_contain_text("Corrected by hand. name: <b>Name 2</b> → Zoë Böhm")
    assert asked == [
        "+4930555102 is called no more: his leads go to +4930555198. Correct it?",
    ]
    person = (await world.desk.people.file(2)).file.customer
    assert (person.title, person.numbers) == ("Ms", ("+4930555198", "+4930555199"))


async def test_a_form_that_is_stale_says_so_and_keeps_what_was_typed(page: Page, world: MemoryDesk) -> None:
    await opened(page, world)
    await find(page, "C-2")
    await page.get_by_text("Correct what is said of him").click()
    name = page.get_by_label("Full name").nth(1)
    await name.fill("Zoë Böhm")
    await page.get_by_role("textbox", name="Number 1").fill("+4930555198")
    said = [("+4930555197", None), ("+4930555196", None)]
    await world.desk.people.correct(2, CustomerChange(numbers=said, title="Dr"), "Bea")
    answer_questions(page)
    await page.get_by_role("button", name="Correct", exact=True).click()
    notice = page.locator("#notice")
    await expect(notice).to_contain_text("numbers: is now +4930555197 (other), +4930555196 (other)")
    await expect(notice).to_contain_text("title: is now Dr")
    await expect(name).to_have_value("Zoë Böhm")
    await expect(page.get_by_role("textbox", name="Number 1")).to_have_value("+4930555197")
    await expect(page.locator("#person-facts")).to_contain_text("+4930555197, +4930555196")
    await page.get_by_role("button", name="Correct", exact=True).click()
    await expect(page.locator("#done")).to_have_text("The file is corrected.")
    person = (await world.desk.people.file(2)).file.customer
    assert (person.title, person.name) == ("Dr", "Zoë Böhm")
    assert person.numbers == ("+4930555197", "+4930555196")


async def test_a_number_that_somebody_has_is_shared_only_where_somebody_says_so(
    page: Page, world: MemoryDesk
) -> None:
    await opened(page, world)
    await find(page, "C-2")
    await page.get_by_text("Correct what is said of him").click()
    await page.get_by_role("button", name="Add a number").click()
    await page.get_by_role("textbox", name="Number 2").fill("+4930555103")
    await page.get_by_role("button", name="Correct", exact=True).click()
    await expect(page.locator("#notice")).to_contain_text("+4930555103 is a number of <b>Name 3</b> (C-3)")
    await page.get_by_label("He has this number as well, and they share it").check()
    await page.get_by_role("button", name="Correct", exact=True).click()
    await expect(page.locator("#done")).to_have_text("The file is corrected.")
    assert (await world.desk.people.file(2)).file.customer.numbers == ("+4930555102", "+4930555103")
    await page.get_by_text("Correct what is said of him").click()
    await page.get_by_label("Reference, if it was made up").fill("C-99")
    await page.get_by_role("button", name="Correct", exact=True).click()
    await expect(page.locator("#notice")).to_contain_text("ref: 'C-2' was not made up and stays")
    await expect(page.locator("#done")).to_be_hidden()
