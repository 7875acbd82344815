"""The ledger in SQLite: nobody changes it, nothing enters it alone, and every altered row is named."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from store_cases import NOON, attempt, campaign, row

from campaigns.desk.ledger import LedgerDesk
from campaigns.errors import NotFound
from campaigns.ledger import Head, Kind, Note
from campaigns.ledger_check import Fault, Reason
from campaigns.model import CampaignStatus, Consent, Disposition, LeadPlan, LeadStatus, Purpose
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber, SuppressionKind, SuppressionList
from dialer.ports import CallFacts, Settlement, WrapUp
from store import ledger, suppressing
from store.errors import Unavailable
from store.opening import Store, open_existing, open_store
from store.person_book import SqlPersonBook

BUSY = Settlement(Disposition.BUSY, CallFacts(ended_at=NOON), LeadPlan(LeadStatus.WAITING, NOON, "busy"))


async def called(store: Store, count: int = 3) -> None:
    """A campaign with so many calls, all but the last one ended."""
    added = await store.campaign_book.add_campaign(campaign())
    await store.campaign_book.load_rows(added.id, [row(index) for index in range(1, count + 1)])
    for index in range(1, count + 1):
        await store.call_book.open_attempt(attempt(index))
        if index < count:
            await store.call_book.settle(f"a-{index}", BUSY)


async def fault_of(url: str, head: Head | None = None) -> Fault | None:
    store = await open_existing(url)
    try:
        return (await LedgerDesk(store.ledger_book).verify(head)).fault
    finally:
        await store.close()


@contextmanager
def shell(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The database's own shell, in the hand of somebody who knows about the triggers."""
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET body = body WHERE n = 2",
        "DELETE FROM ledger WHERE n = 3",
        "DELETE FROM ledger",
        "INSERT OR REPLACE INTO ledger VALUES (2, 'x', NULL, '{}', 'x')",
        "INSERT INTO ledger VALUES (99, 'x', NULL, '{}', 'x')",
    ],
)
async def test_the_database_itself_refuses_to_change_it(store: Store, tmp_path: Path, statement: str) -> None:
    await called(store, 1)
    with (
        closing(sqlite3.connect(tmp_path / "store.db")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="the ledger is append-only"),
    ):
        connection.execute(statement)


COLUMNS = ("n", "kind", "attempt_id", "body", "hash")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a ledger of a few calls."""
    place = tmp_path_factory.mktemp("ledger") / "untouched.db"

    async def make() -> None:
        store = await open_store(f"sqlite:///{place}")
        await called(store)
        await store.close()

    asyncio.run(make())
    return place


@given(
    at=st.integers(1, 8), column=st.sampled_from(COLUMNS), byte=st.integers(0, 10_000), by=st.integers(1, 255)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_altered_byte_of_any_row_and_column_is_found(
    untouched: Path, tmp_path: Path, at: int, column: str, byte: int, by: int
) -> None:
    place = tmp_path / "store.db"
    place.write_bytes(untouched.read_bytes())
    with shell(tmp_path) as connection:
        (was,) = connection.execute(f"SELECT {column} FROM ledger WHERE n = ?", (at,)).fetchone()
        connection.execute(f"UPDATE ledger SET {column} = ? WHERE n = ?", (_altered(was, byte, by), at))
    fault = asyncio.run(fault_of(f"sqlite:///{place}"))
    assert fault is not None, (at, column, was)
    if column != "n":
        assert fault.n == at
    else:
        assert fault.n in {at, at + 1} or fault.reason is Reason.GAP


def _altered(was: Any, byte: int, by: int) -> Any:
    """Another value that differs in one byte of its text; a number moves past all others."""
    if isinstance(was, int):
        return was + 100 + by
    if was is None:
        return chr(0x21 + by % 90)
    text = was.encode()
    place = byte % len(text)
    # Whatever the byte becomes, what is stored must be text that can be read back.
    other = (text[place] + by % 94 + 1) % 95 + 0x20
    other = other if other != text[place] else 0x20 + (other - 0x1F) % 95
    if text[place] >= 0x80:
        return text[:place].decode(errors="ignore") + "?" + text[place + 1 :].decode(errors="ignore")
    return (text[:place] + bytes([other]) + text[place + 1 :]).decode()


@pytest.mark.parametrize(
    "change",
    [
        "attempts SET id = 'a-x' WHERE id = 'a-2'",
        *(
            f"attempts SET {change} WHERE id = 'a-2'"
            for change in (
                "campaign_id = 2",
                "lead_id = 1",
                "customer_id = 1",
                "customer_id = 99",
                "number = '+442079460199'",
                "trunk = 'spare'",
                "reserved_agent_id = '1009'",
                "committed_at = '2026-11-03 12:00:00.000001'",
                "definition_version = 'cafe'",
                "disposition = 'no_answer'",
                "ringing_at = '2026-11-03 12:00:00.000000'",
                "answered_at = '2026-11-03 12:00:00.000000'",
                "ended_at = '2026-11-03 12:00:09.000000'",
                "agent_id = '1009'",
                "hangup_cause = 16",
            )
        ),
        "wrap_ups SET outcome = 'satisfied'",
        "wrap_ups SET call_id = 'a-1'",
        "person_keys SET key = zeroblob(32)",
    ],
)
async def test_an_altered_record_of_a_call_is_found(
    store: Store, url: str, tmp_path: Path, change: str
) -> None:
    await called(store)
    await store.call_book.record_wrap_up(WrapUp("a-2", "agent-7", "refused", "angry", NOON), None)
    await store.campaign_book.add_campaign(campaign("Another"))
    assert await fault_of(url) is None
    with shell(tmp_path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(f"UPDATE {change}")
    fault = await fault_of(url)
    assert fault is not None
    assert fault.reason is Reason.DISAGREES


@pytest.mark.parametrize("kept_until", [None, NOON], ids=["at once", "later"])
async def test_of_an_erased_person_moments_and_outcomes_still_agree(
    store: Store, url: str, tmp_path: Path, kept_until: datetime | None
) -> None:
    await called(store)
    await store.call_book.record_wrap_up(WrapUp("a-2", "agent-7", "refused", "angry", NOON), None)
    await store.person_book.erase(2, NOON, "mia", kept_until)
    assert await fault_of(url) is None
    await store.retention_book.finish_erasing(NOON, 9)
    assert await fault_of(url) is None
    for change in ("attempts SET ended_at = NULL WHERE id = 'a-2'", "wrap_ups SET outcome = 'satisfied'"):
        with shell(tmp_path) as connection:
            connection.execute(f"UPDATE {change}")
        fault = await fault_of(url)
        assert fault is not None
        assert fault.reason is Reason.DISAGREES


async def test_a_record_that_was_deleted_or_slipped_in_is_found(
    store: Store, url: str, tmp_path: Path
) -> None:
    await called(store)
    with shell(tmp_path) as connection:
        connection.execute("DELETE FROM attempts WHERE id = 'a-1'")
    gone = await fault_of(url)
    assert gone is not None
    assert "attempt a-1 has no record any more" in gone.detail
    with shell(tmp_path) as connection:
        columns = "campaign_id, lead_id, customer_id, number, trunk, committed_at, definition_version"
        connection.execute(
            f"INSERT INTO attempts (id, disposition, {columns})"
            f" SELECT 'a-9', 'busy', {columns} FROM attempts WHERE id = 'a-2'"
        )
    slipped = await fault_of(url)
    assert slipped is not None
    assert "attempt a-9 is opened 0 times" in slipped.detail


async def test_a_tail_that_was_cut_off_is_found_by_a_head_that_was_kept(
    store: Store, url: str, tmp_path: Path
) -> None:
    await called(store, 1)
    await store.campaign_book.set_status(1, CampaignStatus.PAUSED, "mia", NOON)
    head = await store.ledger_book.head()
    with shell(tmp_path) as connection:
        connection.execute("DELETE FROM ledger WHERE n = ?", (head.n,))
    assert await fault_of(url) is None
    fault = await fault_of(url, head)
    assert fault is not None
    assert (fault.n, fault.reason) == (head.n, Reason.TRUNCATED)


async def test_calls_from_before_the_ledger_are_not_asked_for(store: Store, url: str, tmp_path: Path) -> None:
    await called(store)
    await store.close()
    with shell(tmp_path) as connection:
        triggers = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        assert connection.execute(triggers).fetchone() == (0,)
        connection.execute("DELETE FROM ledger")
    again = await open_store(url)
    (first,) = await again.ledger_book.page(0, 9)
    assert '"last_record":3' in first.body
    await again.call_book.settle("a-3", BUSY)  # begun before, ended after
    await again.close()
    once_more = await open_existing(url)
    report = await LedgerDesk(once_more.ledger_book).verify()
    await once_more.close()
    assert (report.fault, report.entries, report.calls) == (None, 2, 0)


async def test_a_unit_that_fails_enters_nothing_and_takes_nobody_with_it(store: Store) -> None:
    def fails(connection: Connection) -> None:
        ledger.append(connection, Note(Kind.RULES, facts={"of": "the unit that fails"}))
        ledger.enter(connection)  # even what it had entered already
        ledger.append(connection, Note(Kind.RULES, facts={"of": "the unit that fails"}))
        raise NotFound("nothing there")

    def works(connection: Connection) -> None:
        ledger.append(connection, Note(Kind.OUTCOME))

    before = await store.ledger_book.head()
    units = (works, fails, works)
    results = await asyncio.gather(*map(store.database.write, units), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), NotFound, type(None)]
    entered = await store.ledger_book.page(before.n, 9)
    assert [entry.kind for entry in entered] == [Kind.OUTCOME, Kind.OUTCOME]
    assert (await LedgerDesk(store.ledger_book).verify()).ok


async def test_without_its_entry_a_fact_is_not_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    added = await store.campaign_book.add_campaign(campaign())
    await store.campaign_book.load_rows(added.id, [row(1)])

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "insert_many", full)
        with pytest.raises(Unavailable, match="no space left"):
            await store.call_book.open_attempt(attempt(1))
    assert await store.call_book.open_attempts() == []
    await store.call_book.open_attempt(attempt(1))
    assert (await LedgerDesk(store.ledger_book).verify()).calls == 1


async def test_many_callers_at_once_give_one_chain(store: Store) -> None:
    added = await store.campaign_book.add_campaign(campaign())
    await store.campaign_book.load_rows(added.id, [row(index) for index in range(1, 201)])

    async def call(index: int) -> None:
        await store.call_book.open_attempt(attempt(index))
        await store.call_book.settle(f"a-{index}", BUSY)

    await asyncio.gather(*map(call, range(1, 201)))
    report = await LedgerDesk(store.ledger_book).verify()
    assert (report.fault, report.entries, report.calls) == (None, 3 + 400, 200)


async def test_an_erased_persons_key_leaves_no_bytes_in_the_file(store: Store, tmp_path: Path) -> None:
    await called(store, 2)
    await store.call_book.settle("a-2", BUSY)
    person = await store.ledger_book.person("C-1")
    assert person is not None
    place = tmp_path / "store.db"
    assert person.key in await _checkpointed(store, place)
    await store.person_book.erase(1, NOON, "mia")
    assert person.key not in await _checkpointed(store, place)


async def _checkpointed(store: Store, place: Path) -> bytes:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return await asyncio.to_thread(place.read_bytes)


async def test_what_is_noted_about_a_person_is_entered_before_his_key_goes(store: Store) -> None:
    """In one transaction with his erasing, and with a key that is younger than that."""
    await called(store, 1)
    await store.call_book.settle("a-1", BUSY)
    person = await store.ledger_book.person("C-1")
    assert person is not None
    entry = SuppressedNumber(OPT_OUT_ID, row(1).number, "asked", "mia", NOON)
    await asyncio.gather(
        store.database.write(lambda connection: suppressing.suppress(connection, [entry])),
        SqlPersonBook(store.database).erase(1, NOON, "moe"),
    )
    suppressed, erased = (await store.ledger_book.page(0, 99))[-2:]
    assert (suppressed.kind, erased.kind) == (Kind.SUPPRESSED, Kind.ERASED)
    assert person.digest in suppressed.body
    assert person.digest in erased.body


async def test_loading_a_long_list_with_consents_enters_each_of_them(store: Store) -> None:
    said = Consent(Purpose.SERVICE, True, NOON, "signed")
    added = await store.campaign_book.add_campaign(campaign())
    await store.campaign_book.load_rows(added.id, [row(n)._replace(consent=said) for n in range(1, 1_301)])
    report = await LedgerDesk(store.ledger_book).verify()
    assert report.entries == 2 + 1_300 + 1


async def test_the_ledger_can_be_read_while_the_service_writes(store: Store, url: str) -> None:
    reader = await open_existing(url)
    before = await reader.ledger_book.head()
    await called(store, 1)
    assert (await reader.ledger_book.head()).n == before.n + 3
    await reader.close()


REACH = " bars other calls than it was made for"


async def listed(store: Store) -> int:
    """Two numbers on a registry and one on the list of who asked us; returns the registry."""
    await called(store, 3)
    new = SuppressionList(0, "TPS", SuppressionKind.REGISTRY, None, None, False, "mona", NOON)
    made = await store.suppression_book.add_suppression_list(new)
    numbers = [row(1).number, "+442079460999"]
    entries = [SuppressedNumber(made.id, number, "", "mona", NOON) for number in numbers]
    await store.suppression_book.suppress_numbers(entries)
    await store.campaign_book.suppress(row(2).number, "asked", "mia", NOON)
    await store.suppression_book.suppress_numbers(
        [SuppressedNumber(made.id, row(3).number, "", "mona", NOON)]
    )
    assert await store.suppression_book.unsuppress(made.id, row(3).number, "mona", NOON)
    return made.id


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE suppressed_numbers SET reason = 'another'", None),  # words about him are not compared
        ("UPDATE suppression_lists SET name = 'x' WHERE id = 2", None),
        (
            "UPDATE suppression_lists SET campaign_id = 1 WHERE id = 1",
            "list 1" + REACH,
        ),
        ("UPDATE suppression_lists SET purpose = 'service' WHERE id = 2", "list 2" + REACH),
        ("UPDATE suppression_lists SET whole_person = 1 WHERE id = 2", "list 2" + REACH),
        ("DELETE FROM suppressed_numbers WHERE number = '+442079460999'", "has 1 numbers, by the ledger 2"),
        ("DELETE FROM suppressed_numbers WHERE list_id = 1", "list 1 has 0 numbers, by the ledger 1"),
        ("UPDATE suppressed_numbers SET list_id = 1", "has 3 numbers, by the ledger 1"),
        (
            f"UPDATE suppressed_numbers SET number = '+442079460777' WHERE number = '{row(2).number}'",
            "list 1: a number of customer 2 is not on it, and no entry says that it was taken off",
        ),
        (
            f"UPDATE suppressed_numbers SET number = '{row(3).number}' WHERE number = '+442079460999'",
            "list 2: a number of customer 3 is on it, and was taken off by the ledger",
        ),
    ],
)
async def test_a_do_not_call_list_that_was_altered_is_found(
    store: Store, url: str, tmp_path: Path, statement: str, told: str | None
) -> None:
    assert await listed(store) == 2
    await store.close()
    assert await fault_of(url) is None
    with shell(tmp_path) as connection:
        connection.execute(statement)
    fault = await fault_of(url)
    if told is None:
        assert fault is None
        return
    assert fault is not None
    assert (fault.n, fault.reason) == (0, Reason.DISAGREES)
    assert fault.detail.endswith(told)


async def test_lists_agree_after_a_person_is_erased_and_where_he_came_after_his_number(
    store: Store, url: str
) -> None:
    await listed(store)
    await store.person_book.erase(2, NOON)
    await store.campaign_book.load_rows(1, [row(9)._replace(number="+442079460999")])
    await store.person_book.record_consent(
        4, "+442079460999", Consent(Purpose.SERVICE, True, NOON, "signed"), "mia", NOON
    )
    await store.close()
    assert await fault_of(url) is None


async def test_numbers_from_before_the_ledger_are_counted_when_it_begins(
    store: Store, url: str, tmp_path: Path
) -> None:
    await listed(store)
    await store.close()
    with shell(tmp_path) as connection:
        connection.execute("DELETE FROM ledger")
        connection.execute("DELETE FROM person_keys")
    await (await open_store(url)).close()
    assert await fault_of(url) is None
    with shell(tmp_path) as connection:
        connection.execute("DELETE FROM suppressed_numbers WHERE list_id = 2")
    fault = await fault_of(url)
    assert fault is not None
    assert fault.detail == "do-not-call list 2 has 0 numbers, by the ledger 2"


async def spoken(store: Store) -> None:
    """Three words about calls; one who was erased at once, one for whom a pack keeps it, one to be erased."""
    await called(store, 4)
    yes, no = (Consent(Purpose.SERVICE, given, NOON, "by mail") for given in (True, False))
    for customer_id, said in ((1, yes), (1, no), (2, no)):
        await store.person_book.record_consent(customer_id, row(customer_id).number, said, "mia", NOON)
    await store.campaign_book.load_rows(1, [row(9)])  # whom nobody calls
    await store.person_book.erase(2, NOON, "mia", NOON + timedelta(days=90))
    await store.person_book.erase(5, NOON, "mia")
    await store.person_book.ask_erasing(4, NOON, "mia")


LACKS = "customer 1 lacks a consent or refusal that the ledger tells of"
UNTOLD = "customer 1 has a consent or refusal that no entry tells of"
NOT_ERASED = "was erased by the ledger, and does not stand as erased"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE consents SET recorded_by = 'another'", None),  # by whom it was recorded is not compared
        ("DELETE FROM consents WHERE NOT given", LACKS),
        ("UPDATE consents SET given = 1 WHERE id = 2", UNTOLD),
        ("UPDATE consents SET purpose = 'marketing' WHERE id = 1", UNTOLD),
        ("UPDATE consents SET evidence = 'signed' WHERE id = 1", UNTOLD),
        ("UPDATE consents SET said_at = NULL WHERE id = 2", UNTOLD),
        ("DELETE FROM consents", LACKS.replace("a consent or refusal", "2 consents or refusals")),
        (
            """
            INSERT INTO consents (customer_id, number, purpose, given, evidence, recorded_by, recorded_at)
            SELECT customer_id, number, purpose, 1, 'signed', 'mia', recorded_at FROM consents WHERE id = 2
            """,
            UNTOLD,
        ),
        ("UPDATE customers SET erased_at = NULL WHERE id = 2", f"customer 2 {NOT_ERASED}"),
        ("UPDATE customers SET erased_at = NULL WHERE id = 5", f"customer 5 {NOT_ERASED}"),
        (
            "UPDATE customers SET erasing_asked_at = NULL",
            "customer 4 was to be erased after his call by the ledger, and is there",
        ),
    ],
)
async def test_a_word_about_calls_or_an_erasing_that_was_altered_is_found(
    store: Store, url: str, tmp_path: Path, statement: str, told: str | None
) -> None:
    await spoken(store)
    await store.close()
    assert await fault_of(url) is None
    with shell(tmp_path) as connection:
        connection.execute(statement)
    fault = await fault_of(url)
    assert fault == (None if told is None else Fault(0, Reason.DISAGREES, told))
