"""Headless Chromium, one for each of pytest's workers, and the console over the twin on a loopback port."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from halting_reader import HaltingReader
from playwright.async_api import Browser, Page, async_playwright

from console.app import create_app
from console.memory import MemoryDesk
from console.ports import Token

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# The shell, without windows and profiles, takes half the processor; the engine of the pages is the same.
PROGRAMS = ("chromium-headless-shell", "chromium")
TOKENS = {
    "manager-token-0123456789": Token("Mia", "manager"),
    "agent-token-0123456789": Token("Anna", "agent", "1001"),
}


@pytest.fixture
def reader() -> HaltingReader:
    """Reads lists without a halt, until a test closes its gate."""
    made = HaltingReader()
    made.gate.set()
    return made


@pytest.fixture
def world(tmp_path: Path, reader: HaltingReader) -> MemoryDesk:
    agents = {"1001": "Anna Berg", "1002": "Omar Said"}
    return MemoryDesk(TOKENS, agents, tmp_path / "uploads", reader=reader)


@pytest_asyncio.fixture(loop_scope="session")
async def address(world: MemoryDesk) -> AsyncIterator[str]:
    """The address of the pages. Cleaning up proves that open streams do not hold the service back."""
    runner = web.AppRunner(create_app(world.desk), shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield "http://{}:{}".format(*runner.addresses[0][:2])
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    chromium = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if chromium is None:
        pytest.fail("There is no Chromium. Run: apt-get install chromium-headless-shell", pytrace=False)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, address: str) -> AsyncIterator[Page]:
    """A page that fails its test when a script of ours fails, or the content policy refuses something."""
    context = await browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(10_000)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if "Content Security" in line.text else None)
    yield page
    assert broken == []
    await context.close()
