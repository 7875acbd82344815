"""What is erased is in no file of the database any more, while the service runs."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from store_cases import NOON, attempt, campaign, row

from campaigns.desk.retention import RetentionDesk
from campaigns.lists import LoadTerms
from campaigns.model import Disposition, LeadPlan, LeadStatus
from campaigns.packs_folder import load_packs, rule_book
from campaigns.people import ContactNote, Credit, CreditKind, NoteKind
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from dialer.ports import CallFacts, Settlement, WrapUp
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


async def test_of_calls_that_are_only_counted_no_word_is_in_any_file_of_the_database(tmp_path: Path) -> None:
    place = tmp_path / "dialer.db"
    store = await opened(place)
    await store.call_book.open_attempt(attempt(7))
    done = LeadPlan(LeadStatus.DONE, None, "talked")
    await store.call_book.settle("a-7", Settlement(Disposition.CONNECTED, CallFacts(), done))
    await store.call_book.record_wrap_up(WrapUp("a-7", "agent-7", "refused", f"{NAME} is angry", NOON), None)
    await store.person_book.add_note(7, ContactNote(0, NoteKind.NOTE, f"{NAME} has a dog", "mia", NOON))
    await store.person_book.add_credit(7, Credit(CreditKind.BROUGHT, "1001", f"{NAME}'s boiler", NOON))
    await store.list_book.mark_deleted(1, NOON, NOON)
    rules = RulesInForce(rule_book(load_packs()))
    assert (await RetentionDesk(store.retention_book, rules, lambda: NOON).purge()).leads == 498
    assert traces(place) == []
    (line,) = await store.campaign_book.history(7)
    assert line.outcome == "refused"
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


async def test_the_log_is_emptied_once_the_reader_is_gone_though_nobody_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "dialer.db"
    store = await opened(place)
    monkeypatch.setattr(database, "BETWEEN_TRIES_S", 0.001)
    monkeypatch.setattr(database, "FORGET_AGAIN_S", 0.01)
    with closing(sqlite3.connect(place)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM customers").fetchone()
        await store.person_book.erase(7, NOON)
        assert traces(place)
    async with asyncio.timeout(10):
        while traces(place):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)
    await store.close()


async def test_a_fault_while_the_log_is_emptied_is_told_and_it_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "dialer.db"
    store = await opened(place)
    monkeypatch.setattr(database, "TRIES", 1)
    monkeypatch.setattr(database, "BETWEEN_TRIES_S", 0.001)
    monkeypatch.setattr(database, "FORGET_AGAIN_S", 0.01)
    empty, answers = store.database._empty_log, [False, OSError("disk gone"), False]

    def shaky() -> bool:
        if not answers:
            return empty()
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(store.database, "_empty_log", shaky)
    await store.person_book.erase(7, NOON)
    assert traces(place)
    async with asyncio.timeout(10):
        while traces(place):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)
    said = capsys.readouterr().out
    assert "log of the database not emptied" in said
    assert "disk gone" in said
    await store.close()
