"""The books under contract: the twin in memory, SQLite in a thread, and SQLite through an asyncio driver.

The last one goes the way PostgreSQL goes, so the contract also runs over that code.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from book_cases import Books

from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook, MemorySuppressionBook
from campaigns.memory_people import MemoryPersonBook
from dialer.memory_book import MemoryCallBook
from store.opening import open_store
from store.schema import upgrade


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all its tables: copying it is quicker than making it."""
    place = tmp_path_factory.mktemp("migrated") / "book.db"
    asyncio.run(upgrade(f"sqlite:///{place}"))
    return place


@pytest.fixture(params=["memory", "sqlite", "sqlite+aiosqlite"])
async def books(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> AsyncIterator[Books]:
    if request.param == "memory":
        book = MemoryBook()
        yield Books(
            book,
            calls := MemoryCallBook(book),
            MemoryListBook(book),
            MemorySuppressionBook(book),
            MemoryPersonBook(book),
            calls,
            book.ledger,
        )
        return
    shutil.copy(migrated, tmp_path / "book.db")
    store = await open_store(f"{request.param}:///{tmp_path / 'book.db'}")
    yield Books(
        store.campaign_book,
        store.call_book,
        store.list_book,
        store.suppression_book,
        store.person_book,
        store.why_book,
        store.ledger_book,
    )
    await store.close()
