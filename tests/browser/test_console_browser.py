"""A manager and an agent at work, in a real browser."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, Route, expect

from campaigns.desk.campaigns import CampaignDraft
from campaigns.lists import ListRow
from campaigns.model import CustomerClass
from console.memory import MemoryDesk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MANAGER, AGENT = "manager-token-0123456789", "agent-token-0123456789"
LIST = (
    b"ref,name,phone\nC-1,Ada,+4930555101\nC-2,<img src=x onerror=alert(1)>,none\n"
    b"C-3,<b>Cem</b>,+4930555103\n"
)


async def sign_in(page: Page, token: str) -> None:
    await page.goto("/")
    await page.get_by_label("Token").fill(token)
    await page.get_by_role("button", name="Sign in").click()


def upload(page: Page, button: str):
    return page.locator("#upload-form").get_by_role("button", name=button)


async def test_a_wrong_token_is_told_so(page: Page) -> None:
    await sign_in(page, "wrong")
    await expect(page.get_by_role("alert").first).to_have_text("Nobody here knows that token.")
    await expect(page.get_by_label("Token")).to_be_focused()


LONG_NAME = ListRow(
    ref="C",
    name="A" + "a" * 44,
    title="",
    language="de",
    customer_class=CustomerClass.ORDINARY,
    zones=("Europe/Berlin",),
    number="+4930555104",
    due_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    fields={},
    extras={},
)


async def create(page: Page, caller_id: str) -> None:
    await sign_in(page, MANAGER)
    await page.get_by_label("Name", exact=True).fill("November revisits")
    await page.get_by_label("Company, as it is said on the phone").fill("North Gate Motors")
    await page.get_by_label("Caller ID").fill(caller_id)
    await page.get_by_role("button", name="Create").click()
    await expect(page.locator("#campaign-title")).to_have_text("November revisits")


async def test_a_manager_creates_uploads_starts_and_pauses(page: Page, world: MemoryDesk) -> None:
    await create(page, "+4930555010")
    await expect(page.locator("#not-reached")).to_have_text("Nobody is on its lists yet.")

    # The list has one faulty row; a check stores nothing, and names are text whatever they contain.
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST}
    await page.get_by_label("CSV or XLSX file").set_input_files(files=[file])
    await upload(page, "Only check").click()
    await expect(page.locator("#upload-result")).to_contain_text(
        "nothing stored: 3 rows, of them 2 new, 1 faulty"
    )
    await expect(page.locator("#faults tr")).to_have_text(
        ["row 2, column phone'none': number without a country code: write it as +<country><number>"]
    )
    assert world.campaigns.loaded[1] == []
    await upload(page, "Load").click()
    await expect(page.locator("#not-reached tr td:first-child")).to_have_text(["Ada", "<b>Cem</b>"])

    await page.get_by_role("button", name="Start").click()
    await expect(page.locator("#campaign .pill")).to_have_text("Running")
    await page.get_by_label("Reason for the pause").fill("wrong list")
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.locator("#receipt")).to_contain_text("No call is placed after")
    await expect(page.locator("#receipt-title")).to_be_focused()
    assert world.campaigns.rows[1].status_reason == "wrong list"


async def test_what_the_api_refuses_is_said_in_plain_words(page: Page) -> None:
    await create(page, "")
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator("#notice")).to_contain_text("The campaign has no caller ID.")
    await page.keyboard.press("Escape")
    await expect(page.locator("#notice")).to_be_hidden()


async def running(world: MemoryDesk) -> None:
    draft = CampaignDraft("Revisits", "revisit", "North Gate Motors", "+4930555010", "")
    await world.campaigns.create(draft, "Mia")
    await world.dialing.start(1, "Mia")


@pytest.mark.parametrize("cancel", [False, True])
async def test_a_pause_shows_its_receipt(page: Page, world: MemoryDesk, cancel: bool) -> None:
    await running(world)
    await sign_in(page, MANAGER)
    await page.get_by_role("button", name="Revisits").click()
    await page.get_by_label("Reason for the pause").fill("wrong list")
    await page.get_by_label("Hang up what still rings").set_checked(cancel)
    await page.get_by_role("button", name="Pause", exact=True).click()
    receipt = page.locator("#receipt")
    await expect(receipt).to_contain_text("Paused by Mia: wrong list")
    await expect(receipt).to_contain_text("No call is placed after")
    await expect(receipt).to_contain_text("3 calls hung up by us" if cancel else "3 calls may ring until")
    await expect(page.locator("#campaign .pill")).to_have_text("Paused")
    await expect(page.locator("#pause")).to_be_disabled()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator("#campaign .pill")).to_have_text("Running")
    await expect(receipt).to_be_hidden()
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Stop for good").click()
    await expect(receipt).to_contain_text("Stopped by Mia")
    await expect(receipt).to_contain_text("2 talks go on to the end. 1 vote under way.")
    assert world.campaigns.rows[1].status == "stopped"
    await expect(page.locator("#start")).to_be_disabled()
    await page.get_by_role("button", name="New one like this").click()
    await expect(page.get_by_label("Caller ID")).to_have_value("+4930555010")
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()


async def test_a_receipt_says_that_its_pause_is_not_stored_yet(page: Page, world: MemoryDesk) -> None:
    await running(world)
    world.dialing.store_takes_pauses = False
    await sign_in(page, MANAGER)
    await page.get_by_role("button", name="Revisits").click()
    await page.get_by_label("Reason for the pause").fill("wrong list")
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.locator("#receipt")).to_contain_text("It holds, but is not stored yet")


async def test_a_list_of_campaigns_that_comes_late_does_not_undo_a_newer_one(
    page: Page, world: MemoryDesk
) -> None:
    await running(world)
    await page.clock.install()
    await sign_in(page, MANAGER)
    await page.get_by_role("button", name="Revisits").click()
    asked, let_go, answered = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        if asked.is_set():
            await route.continue_()
            return
        answer = await route.fetch()
        asked.set()
        await let_go.wait()
        await route.fulfill(response=answer)
        answered.set()

    await page.route("**/api/campaigns", late)
    await page.clock.run_for(15_000)  # the page looks by itself
    async with asyncio.timeout(10):
        await asked.wait()
    await page.get_by_label("Reason for the pause").fill("wrong list")
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.locator("#campaign .pill")).to_have_text("Paused")
    async with page.expect_event("requestfinished", lambda one: one.url.endswith("/api/campaigns")):
        let_go.set()
    await page.evaluate("fetch('/api/me')")  # whatever was under way in the page is done
    await expect(page.locator("#campaign .pill")).to_have_text("Paused", timeout=1)
    async with asyncio.timeout(10):
        await answered.wait()


async def test_live_figures_board_and_health_arrive_by_themselves(page: Page, world: MemoryDesk) -> None:
    await running(world)
    await sign_in(page, MANAGER)
    await expect(page.locator("#board tr")).to_have_count(2)
    await expect(page.locator("#health")).to_contain_text("Switch works")
    world.live.figures = {"placed": 12, "in_talking": 3}
    await world.floor.log_in("1001")
    await expect(page.locator('#live [data-field="placed"]')).to_have_text("12")
    await expect(page.locator('#live [data-field="in_talking"]')).to_have_text("3")
    await expect(page.locator("#board .pill").first).to_contain_text("Paused: just logged in")
    world.live.switch_up = False
    await world.live.change()
    await expect(page.locator("#line")).to_have_text("Switch is down")


async def test_an_agent_from_login_to_the_end_of_the_wrap_up(page: Page, world: MemoryDesk) -> None:
    await sign_in(page, AGENT)
    state = page.locator("#state")
    await expect(state).to_have_text("Logged out")
    await expect(page.get_by_role("button", name="Ready")).to_be_disabled()
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Ready").click()
    await expect(state).to_have_text("Ready")

    # Reserved: the file, the history and the script are there, and nobody has answered yet.
    await world.floor.ring("1001")
    await expect(state).to_have_text("A call is being placed for you")
    await expect(page.locator("#customer .name")).to_have_text("Ms Jana Novak")
    await expect(page.locator("#script")).to_contain_text("Do I speak with Ms Jana Novak?")
    await expect(page.locator("#questions li").first).to_have_text(
        "Are you satisfied with the oil change of 2026-11-18?"
    )
    await expect(page.locator("#history")).to_contain_text("Liked the loan car.")
    await expect(page.get_by_role("button", name="Record")).to_be_disabled()

    await world.floor.connect("1001")
    await expect(state).to_have_text("Talking")
    await page.get_by_label("Pause because of").fill("stretch")
    await page.keyboard.press("Enter")
    await expect(state).to_have_text("Talking, then paused: stretch")
    await page.get_by_label("Note").fill("Wants a call\nbefore winter.")
    await page.get_by_role("button", name="End call").click()
    await expect(state).to_have_text("Wrap-up, then paused: stretch")
    await expect(page.get_by_role("timer")).to_contain_text("left")
    # What was being written survives the change of state.
    await page.get_by_label("Satisfied", exact=True).check()
    await page.get_by_role("button", name="Record").click()
    await expect(page.locator("#recorded")).to_have_text("Recorded: Satisfied.")
    assert world.floor.recorded == [("1001", "a-2", "satisfied", "Wants a call\nbefore winter.")]
    await page.get_by_role("button", name="End wrap-up").click()
    await expect(state).to_have_text("Paused: stretch")
    await page.get_by_role("button", name="Ready").click()
    await expect(state).to_have_text("Ready")
    await expect(page.locator("#customer")).to_contain_text("Nobody yet.")
    await page.get_by_label("Pause because of").fill("lunch")
    await page.keyboard.press("Enter")
    await expect(state).to_have_text("Paused: lunch")
    await page.get_by_role("button", name="Log out").click()
    await expect(state).to_have_text("Logged out")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Token")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_call_back_is_agreed_by_the_customers_clock(
    page: Page, world: MemoryDesk, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await sign_in(page, AGENT)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Ready").click()
    await world.floor.ring("1001")
    await world.floor.connect("1001")
    at = page.get_by_label("Call back at")
    await expect(at).to_be_hidden()
    await page.get_by_label("Call back", exact=True).check()
    await expect(page.get_by_label("By the clocks of")).to_have_value("Europe/Berlin")
    await expect(page.locator("#callback-zone option").first).to_have_text(
        "Europe/Berlin (the customer's time)"
    )
    day = datetime.now(UTC).date() + timedelta(days=2)
    await at.fill(f"{day}T21:30")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Record").click()
    await expect(page.locator("#recorded")).to_have_text("Recorded: Call back.")
    agreed = datetime.combine(day, time(21, 30), ZoneInfo("Europe/Berlin"))
    assert world.floor.agreed == {"a-2": agreed}
    await page.get_by_label("So-so").check()
    await expect(at).to_be_hidden()
    await page.get_by_role("button", name="Record").click()
    await expect(page.locator("#recorded")).to_have_text("Recorded: So-so.")
    assert world.floor.agreed == {"a-2": None}


@pytest.mark.parametrize("width", [1280, 390])
async def test_nothing_sticks_out_and_everything_has_a_name(
    page: Page, world: MemoryDesk, width: int
) -> None:
    await running(world)
    await world.campaigns.book.load_rows(1, [LONG_NAME])
    await page.set_viewport_size({"width": width, "height": 800})
    await sign_in(page, MANAGER)
    await page.get_by_role("button", name="Revisits").click()
    await expect(page.locator("#not-reached tr")).to_have_count(1)
    for path in ("", "/agent?agent=1001"):
        if path:
            await page.goto(path)
            await expect(page.locator("#state")).to_have_text("Logged out")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        nameless = await page.evaluate(
            """[...document.querySelectorAll('input, select, textarea')]
                 .filter((field) => !field.labels.length && !field.ariaLabel)
                 .map((field) => field.outerHTML)"""
        )
        assert nameless == []
