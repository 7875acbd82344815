"""Whether the database can be written: what the last write says, and a write that changes nothing."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from campaigns.errors import NotFound
from store import database, lanes, write_record
from store.errors import Unavailable
from store.opening import Store, open_store
from store.schema import packaged
from store.write_record import QUIET_S, RECENT_S, SLOW_S, WriteRecord


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are given up at once, and what failed counts no longer than a moment."""
    monkeypatch.setattr(lanes, "BUSY_TIMEOUT_S", 0)
    monkeypatch.setattr(write_record, "RECENT_S", 0.0)


def fill(connection: Connection) -> None:
    """Let the database grow no more, and need more room."""
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    connection.exec_driver_sql("CREATE TABLE more (what BLOB)")
    connection.exec_driver_sql("INSERT INTO more VALUES (zeroblob(10000000))")


def locked(tmp_path: Path) -> sqlite3.Connection:
    """Lock the database as another program may."""
    other = sqlite3.connect(tmp_path / "dialer.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


async def opened(tmp_path: Path) -> Store:
    return await open_store(f"sqlite:///{tmp_path / 'dialer.db'}")


async def test_a_refused_write_is_a_fault_until_one_goes_well(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    try:
        assert await store.database.write_fault() == ""
        with closing(locked(tmp_path)):
            with pytest.raises(Unavailable):
                await store.database.write(lambda connection: None)
            assert "locked" in await store.database.write_fault()
        assert await store.database.write_fault() == ""
    finally:
        await store.close()


async def test_a_full_disk_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await opened(tmp_path)
    monkeypatch.setattr(write_record, "RECENT_S", RECENT_S)
    try:
        with pytest.raises(Unavailable):
            await store.database.write(fill)
        await store.database.write(lambda connection: None)  # a small one may go well
        assert "full" in await store.database.write_fault()
    finally:
        await store.close()


async def test_a_fault_of_what_was_asked_is_none_of_the_database(tmp_path: Path) -> None:
    store = await opened(tmp_path)

    def unknown(_connection: Connection) -> None:
        raise NotFound("no campaign")

    try:
        with pytest.raises(NotFound):
            await store.database.write(unknown)
        assert await store.database.write_fault() == ""
    finally:
        await store.close()


async def test_a_quiet_database_is_tried_by_a_write_that_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened(tmp_path)
    monkeypatch.setattr(write_record, "QUIET_S", 0.0)
    try:
        with closing(locked(tmp_path)):
            assert "locked" in await store.database.write_fault()
        assert await store.database.write_fault() == ""
    finally:
        await store.close()
    with closing(sqlite3.connect(tmp_path / "dialer.db")) as after:
        assert after.execute("SELECT version_num FROM alembic_version").fetchall() == [(max(packaged()),)]


async def test_a_write_that_hangs_is_a_fault_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "BUSY_TIMEOUT_S", 60)
    monkeypatch.setattr(write_record, "SLOW_S", 0.0)
    monkeypatch.setattr(write_record, "QUIET_S", 0.0)
    monkeypatch.setattr(database, "SLOW_S", 0.1)
    store = await opened(tmp_path)
    try:
        with closing(locked(tmp_path)):
            for _ in range(3):
                async with asyncio.timeout(5):
                    assert "has been waiting" in await store.database.write_fault()
    finally:
        await store.close()


def test_the_record_says_when_only_another_write_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_record, "RECENT_S", RECENT_S)
    record = WriteRecord(0.0)
    assert not record.must_be_tried(QUIET_S - 1)
    assert record.must_be_tried(QUIET_S)
    record.begin(100.0)
    assert not record.must_be_tried(1_000.0)
    assert record.fault(100.0 + SLOW_S / 2) == ""
    assert record.fault(100.0 + SLOW_S) == "a write has been waiting for 2 s"
    record.end(200.0, "disk full")
    assert (record.fault(1_000.0), record.must_be_tried(200.0)) == ("disk full", False)
    assert record.must_be_tried(200.0 + RECENT_S)
    record.begin(201.0)
    record.end(202.0, "")
    assert record.fault(202.0) == "disk full"
    assert record.fault(200.0 + RECENT_S) == ""
