"""An agent records a talk while the database or the service is away: what he entered is kept, and stored
when it is back; what cannot be stored any more he has before him until he throws it away."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from campaigns.errors import BooksShut
from console.memory import MemoryDesk
from dialer.agent_view import AgentView

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def bring_into_a_talk(page: Page, world: MemoryDesk) -> None:
    await page.goto("/")
    await page.get_by_label("Token").fill("agent-token-0123456789")
    await page.get_by_role("button", name="Sign in").click()
    await world.floor.move("1001", "offline", "ready")
    await world.floor.ring("1001")
    await world.floor.connect("1001")
    await expect(page.locator("#state")).to_have_text("Talking")


async def enter(page: Page, note: str) -> None:
    await page.get_by_label("Satisfied", exact=True).check()
    await page.get_by_label("Note", exact=True).fill(note)


async def begin_anew(page: Page, world: MemoryDesk) -> None:
    """Let the service have started, and nobody be found again yet."""
    world.floor.is_settled = False
    await world.live.change()
    await expect(page.locator("#state")).to_contain_text("The service has just started")


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_record_is_kept_on_the_page_until_the_database_takes_it(
    page: Page, world: MemoryDesk, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await bring_into_a_talk(page, world)
    tried: list[str] = []
    is_away, record = True, world.floor.record

    async def away(agent_id: str, attempt_id: str, outcome: str, note: str, *more: object) -> AgentView:
        tried.append(note)
        if is_away:
            raise BooksShut("the database server cannot be reached")
        return await record(agent_id, attempt_id, outcome, note, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(world.floor, "record", away)
    await page.get_by_label("Satisfied", exact=True).check()
    await page.get_by_label("Note", exact=True).fill("Wants a quote")
    await page.get_by_role("button", name="Record").click()
    unsent = page.locator("#unsent")
    await expect(unsent).to_contain_text("Not stored yet: the database cannot be read or written")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(page.get_by_label("Note", exact=True)).to_have_value("Wants a quote")
    await expect(page.get_by_role("button", name="Record")).not_to_have_attribute("aria-busy", "true")
    is_away = False
    await expect(unsent).to_be_empty(timeout=10_000)
    await expect(page.locator("#recorded")).to_contain_text("Recorded: Satisfied")
    assert set(tried) == {"Wants a quote"}
    assert [one[-1] for one in world.floor.recorded] == ["Wants a quote"]
    assert len(tried) > 1


async def test_until_he_is_found_again_his_text_stays_and_what_he_records_is_kept(
    page: Page, world: MemoryDesk
) -> None:
    await bring_into_a_talk(page, world)
    await page.get_by_label("Note", exact=True).fill("Wants a quo")
    await begin_anew(page, world)
    note = page.get_by_label("Note", exact=True)
    await expect(note).to_have_value("Wants a quo")
    await expect(page.get_by_role("button", name="End call")).to_be_disabled()
    await enter(page, "Wants a quote")
    await page.get_by_role("button", name="Record", exact=True).click()
    await expect(page.locator("#unsent")).to_contain_text("Not stored yet: the service has just started")
    await expect(note).to_have_value("Wants a quote")
    assert world.floor.recorded == []
    world.floor.is_settled = True
    await world.live.change()
    await expect(page.locator("#state")).to_have_text("Talking")
    await expect(page.locator("#recorded")).to_contain_text("Recorded: Satisfied", timeout=10_000)
    await expect(page.locator("#unsent")).to_be_empty()
    assert [one[-1] for one in world.floor.recorded] == ["Wants a quote"]


async def test_a_page_that_is_opened_before_he_is_found_again_waits_for_it(
    page: Page, world: MemoryDesk
) -> None:
    world.floor.is_settled = False
    await page.goto("/")
    await page.get_by_label("Token").fill("agent-token-0123456789")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#state")).to_contain_text("The service has just started")
    await expect(page.locator("#notice")).to_be_hidden()
    world.floor.is_settled = True
    await world.live.change()
    await expect(page.locator("#state")).to_have_text("Logged out")


async def test_a_kept_record_that_is_refused_stays_before_him_until_he_throws_it_away(
    page: Page, world: MemoryDesk
) -> None:
    await bring_into_a_talk(page, world)
    await begin_anew(page, world)
    await enter(page, "Wants a quote")
    await page.get_by_role("button", name="Record", exact=True).click()
    await expect(page.locator("#unsent")).to_contain_text("Not stored yet")
    await world_without_the_call(world)
    kept = page.locator("#kept")
    await expect(kept).to_contain_text("Jana Novak: Satisfied. Wants a quote", timeout=10_000)
    await expect(kept).to_contain_text("The agent has no such talk.")
    await expect(kept).to_contain_text("give it to your manager")
    await expect(page.locator("#unsent")).to_be_empty()
    await kept.get_by_role("button", name="Record it").click()
    await expect(kept).to_contain_text("Wants a quote")
    await kept.get_by_role("button", name="Throw it away").click()
    await expect(kept).to_be_hidden()


async def world_without_the_call(world: MemoryDesk) -> None:
    """Find the agent again with his call and wrap-up gone."""
    world.floor.is_settled = True
    await world.floor.move("1001", "talking", "ready", call=None)


async def test_what_he_typed_and_did_not_record_stays_though_the_restart_took_the_call(
    page: Page, world: MemoryDesk
) -> None:
    await bring_into_a_talk(page, world)
    call = world.floor.view("1001").call
    await enter(page, "Wants a quote")
    await begin_anew(page, world)
    await world_without_the_call(world)
    kept = page.locator("#kept")
    await expect(kept).to_contain_text("Jana Novak: Satisfied. Wants a quote")
    await expect(page.get_by_label("Note", exact=True)).to_have_value("")
    await world.floor.move("1001", "ready", "wrap_up", call=call)  # its record is taken all the same
    await kept.get_by_role("button", name="Record it").click()
    await expect(kept).to_be_hidden()
    assert [one[-1] for one in world.floor.recorded] == ["Wants a quote"]


async def test_what_an_ordinary_end_of_the_wrap_up_takes_is_no_matter_of_a_restart(
    page: Page, world: MemoryDesk
) -> None:
    await bring_into_a_talk(page, world)
    await enter(page, "Wants a quote")
    await world.floor.move("1001", "talking", "ready", call=None)
    await expect(page.locator("#state")).to_have_text("Ready")
    await expect(page.locator("#kept")).to_be_hidden()


async def test_record_says_at_once_that_it_is_being_stored(
    page: Page, world: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring_into_a_talk(page, world)
    unlocked, record = asyncio.Event(), world.floor.record

    async def locked(*given: object) -> AgentView:
        await unlocked.wait()
        return await record(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(world.floor, "record", locked)
    await enter(page, "Wants a quote")
    await page.get_by_role("button", name="Record", exact=True).click()
    await expect(page.locator("#recorded")).to_have_text("Being stored…")
    unlocked.set()
    await expect(page.locator("#recorded")).to_have_text("Recorded: Satisfied.")


async def test_a_pause_that_is_not_stored_is_shown_as_one_that_holds(page: Page, world: MemoryDesk) -> None:
    await bring_into_a_talk(page, world)
    await world.floor.move("1001", "talking", "paused", call=None, pause_reason="lunch", stored=False)
    state = page.locator("#state")
    await expect(state).to_have_text(
        "Paused: lunch (it holds, and is not stored yet: a restart of the service would undo it)"
    )
    await world.floor.move("1001", "paused", "paused", stored=True)
    await expect(state).to_have_text("Paused: lunch")


async def test_no_connection_is_said_no_more_once_there_is_one(page: Page, world: MemoryDesk) -> None:
    await bring_into_a_talk(page, world)
    await page.route("**/end-call", lambda route: route.abort())
    await page.get_by_role("button", name="End call").click()
    notice = page.locator("#notice")
    await expect(notice).to_contain_text("No connection. The service does not answer")
    await world.floor.end_call("1001")
    await expect(page.locator("#state")).to_have_text("Wrap-up")
    await expect(notice).to_be_hidden()
