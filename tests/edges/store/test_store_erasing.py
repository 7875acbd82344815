"""What is erased is in no file of the database any more, while the service runs."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from store_cases import NOON, campaign, row

from campaigns.desk.retention import RetentionDesk
from campaigns.lists import LoadTerms
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from store import database
from store.opening import Store, open_store

NAME = "Zebulon Quittenbaum"


async def opened(place: Path) -> Store:
    store = await open_store(f"sqlite:///{place}")
    made = await store.campaign_book.add_campaign(campaign())
    rows = [row(index)._replace(name=NAME if index == 7 else f"Customer {index}") for index in range(1, 500)]
    await store.campaign_book.load_rows(made.id, rows, LoadTerms(at=NOON))
    return store


def traces(place: Path) -> list[str]:
    return [path.name for path in place.parent.glob(f"{place.name}*") if NAME.encode() in path.read_bytes()]


async def test_an_erased_person_is_in_no_file_of_the_database(tmp_path: Path) -> None:
    place = tmp_path / "dialer.db"
    store = await opened(place)
    assert traces(place)
    await store.person_book.erase(7, NOON)
    assert traces(place) == []
    await store.close()
    assert traces(place) == []


async def test_a_purged_list_is_in_no_file_of_the_database(tmp_path: Path) -> None:
    place = tmp_path / "dialer.db"
    store = await opened(place)
    await store.list_book.mark_deleted(1, NOON, NOON)
    assert (
        await RetentionDesk(store.retention_book, RulesInForce(RuleBook({})), lambda: NOON).purge()
    ).leads == 499
    assert traces(place) == []
    await store.close()


async def test_a_reader_of_an_older_state_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "dialer.db"
    store = await opened(place)
    monkeypatch.setattr(database, "BETWEEN_TRIES_S", 0.001)
    with closing(sqlite3.connect(place)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM customers").fetchone()
        async with asyncio.timeout(10):
            await store.person_book.erase(7, NOON)
        assert traces(place)
        assert not await store.database.forget()
    assert await store.database.forget()
    assert traces(place) == []
    await store.close()
