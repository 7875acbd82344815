"""An agent records a talk while the database is away: what he entered is kept, and stored when it is back."""

import pytest
from playwright.async_api import Page, expect

from campaigns.errors import BooksShut
from console.memory import MemoryDesk
from dialer.agent_view import AgentView

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_record_is_kept_on_the_page_until_the_database_takes_it(
    page: Page, world: MemoryDesk, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto("/")
    await page.get_by_label("Token").fill("agent-token-0123456789")
    await page.get_by_role("button", name="Sign in").click()
    await world.floor.move("1001", "offline", "ready")
    await world.floor.ring("1001")
    await world.floor.connect("1001")
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
