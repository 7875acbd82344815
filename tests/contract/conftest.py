"""The books under contract: the twin in memory, SQLite in a thread, and SQLite through an asyncio driver.

The last one goes the way PostgreSQL goes, so the contract also runs over that code.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from book_cases import Books

from campaigns.memory import MemoryBook
from dialer.memory_book import MemoryCallBook
from store.opening import open_store


@pytest.fixture(params=["memory", "sqlite", "sqlite+aiosqlite"])
async def books(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Books]:
    if request.param == "memory":
        book = MemoryBook()
        yield Books(book, MemoryCallBook(book))
        return
    store = await open_store(f"{request.param}:///{tmp_path / 'book.db'}")
    yield Books(store.campaign_book, store.call_book)
    await store.close()
