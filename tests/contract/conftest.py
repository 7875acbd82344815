"""The books under contract: the twin in memory, SQLite, and PostgreSQL on a private cluster; and uploads."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from book_cases import Books
from import_cases import World
from private_cluster import PrivateCluster, private_cluster

from campaigns.desk.inline_reader import InlineReader
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook, MemorySuppressionBook
from campaigns.memory_people import MemoryPersonBook
from campaigns.memory_retention import MemoryRetentionBook
from dialer.forecast.memory import MemoryForecastBook
from dialer.memory_book import MemoryCallBook
from dialer.memory_due import MemoryDueBook
from dialer.memory_pacing import MemoryPacingBook
from store.opening import open_store
from store.schema import upgrade


@pytest.fixture(scope="session")
def cluster() -> Iterator[PrivateCluster]:
    """A PostgreSQL of this process's own, with a database ``books`` that has all tables."""
    with private_cluster() as running:
        # Asked for by a fixture in whose thread a loop runs already.
        with ThreadPoolExecutor(1) as apart:
            apart.submit(lambda: asyncio.run(upgrade(running.create("books")))).result()
        running.remember("books")
        yield running


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def books(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> AsyncIterator[Books]:
    if request.param == "memory":
        book = MemoryBook()
        calls = MemoryCallBook(book)
        yield Books(
            book,
            calls,
            MemoryListBook(book),
            MemorySuppressionBook(book),
            MemoryPersonBook(book),
            calls,
            book.ledger,
            MemoryPacingBook(calls),
            MemoryForecastBook(calls),
            MemoryRetentionBook(book),
            MemoryDueBook(book),
        )
        return
    if request.param == "sqlite":
        shutil.copy(migrated, tmp_path / "book.db")
        store = await open_store(f"sqlite:///{tmp_path / 'book.db'}")
    else:
        running: PrivateCluster = request.getfixturevalue("cluster")
        running.reset("books")
        store = await open_store(running.url("books"))
    yield Books(
        store.campaign_book,
        store.call_book,
        store.list_book,
        store.suppression_book,
        store.person_book,
        store.why_book,
        store.ledger_book,
        store.pacing_book,
        store.forecast_book,
        store.retention_book,
        store.due_book,
    )
    await store.close()


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[World]:
    """The desk of uploads where it does not matter who reads the list."""
    made = World(tmp_path / "uploads", InlineReader())
    yield made
    await made.desk.close()
