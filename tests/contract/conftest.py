"""The books under contract: the twin in memory, SQLite, and PostgreSQL on a private cluster; and uploads."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from book_cases import Books
from import_cases import World
from private_cluster import PrivateCluster, private_cluster
from sqlalchemy import update

from campaigns.desk.inline_reader import InlineReader
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook, MemorySuppressionBook
from campaigns.memory_people import MemoryPersonBook
from campaigns.memory_retention import MemoryRetentionBook
from campaigns.model import LeadStatus
from dialer.forecast.memory import MemoryForecastBook
from dialer.memory_book import MemoryCallBook
from dialer.memory_due import MemoryDueBook
from dialer.memory_pacing import MemoryPacingBook
from store.opening import Store, open_store
from store.schema import upgrade
from store.tables import leads


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of the books share an event loop: a store that stays open belongs to one."""
    for item in items:
        if item.path.parent == Path(__file__).parent and "books" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def cluster() -> Iterator[PrivateCluster]:
    """A PostgreSQL of this process's own, with a database ``books`` that has all tables."""
    with private_cluster() as running:
        # Asked for by a fixture in whose thread a loop runs already.
        with ThreadPoolExecutor(1) as apart:
            apart.submit(lambda: asyncio.run(upgrade(running.create("books")))).result()
        running.remember("books")
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgresql_store(cluster: PrivateCluster) -> AsyncIterator[Store]:
    """The store over ``books``, opened once: logging in, and spelling statements, is most of a test."""
    store = await open_store(cluster.url("books"))
    yield store
    await store.close()


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """Where the file under contract lies."""
    return Path(shutil.copy(migrated, tmp_path_factory.mktemp("contract") / "book.db"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sqlite_store(sqlite_file: Path) -> AsyncIterator[Store]:
    """The store over a file, opened once."""
    store = await open_store(f"sqlite:///{sqlite_file}")
    yield store
    await store.close()


@pytest_asyncio.fixture(loop_scope="session")
async def on_postgresql(postgresql_store: Store, cluster: PrivateCluster) -> AsyncIterator[Books]:
    cluster.reset("books")
    await postgresql_store.ledger_book.begin()
    yield _books_of(postgresql_store)
    await _written(postgresql_store)


@pytest_asyncio.fixture(loop_scope="session")
async def on_sqlite(sqlite_store: Store, sqlite_file: Path, migrated: Path) -> AsyncIterator[Books]:
    with closing(sqlite3.connect(migrated)) as empty, closing(sqlite3.connect(sqlite_file)) as used:
        used.execute("PRAGMA synchronous=OFF")
        empty.backup(used)
    await sqlite_store.ledger_book.begin()
    yield _books_of(sqlite_store)
    await _written(sqlite_store)


@pytest.fixture
def on_memory() -> Books:
    book = MemoryBook()
    calls = MemoryCallBook(book)

    async def recycle(lead_id: int) -> None:
        book.lead_rows[lead_id] = replace(book.lead_rows[lead_id], status=LeadStatus.WAITING)

    return Books(
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
        recycle,
    )


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def books(request: pytest.FixtureRequest) -> Books:
    """All books over the same data, empty."""
    return request.getfixturevalue(f"on_{request.param}")


def _books_of(store: Store) -> Books:
    async def recycle(lead_id: int) -> None:
        waits = update(leads).where(leads.c.id == lead_id).values(status=LeadStatus.WAITING.value)
        await store.database.write(lambda connection: connection.execute(waits))

    return Books(
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
        recycle,
    )


async def _written(store: Store) -> None:
    """Wait until nothing is queued any more: what a test left there must not come into the next one."""
    await store.database.write(lambda _: None)


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[World]:
    """The desk of uploads where it does not matter who reads the list."""
    made = World(tmp_path / "uploads", InlineReader())
    yield made
    await made.desk.close()
