"""The writer: groups of units, each with its own fate, and callers that come and go."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect, select
from store_cases import NOON, campaign, row

from campaigns.model import LeadStatus
from store.database import UNITS_PER_COMMIT
from store.errors import Closed, Conflict, NaiveMoment, Unavailable
from store.lanes import open_lane, parsed
from store.opening import Store, open_store
from store.tables import suppressed_numbers

Unit = Callable[[Connection], None]


def suppressing(number: str) -> Unit:
    def unit(connection: Connection) -> None:
        values = {
            "list_id": 1,
            "number": number,
            "reason": "",
            "suppressed_by": "anna",
            "suppressed_at": NOON,
        }
        connection.execute(insert(suppressed_numbers), values)

    return unit


def failing(number: str, fault: Exception) -> Unit:
    def unit(connection: Connection) -> None:
        suppressing(number)(connection)
        raise fault

    return unit


async def numbers(store: Store) -> set[str]:
    return set(
        await store.database.read(
            lambda connection: connection.scalars(select(suppressed_numbers.c.number)).all()
        )
    )


class Gate:
    """Holds the writer inside a unit until the test lets it go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()

    def __call__(self, _connection: Connection) -> None:
        self.entered.set()
        assert self.leave.wait(10)

    async def hold(self, store: Store) -> "asyncio.Task[None]":
        task = asyncio.create_task(store.database.write(self))
        await asyncio.to_thread(self.entered.wait, 10)
        return task


async def test_a_failing_unit_does_not_sink_its_neighbours(store: Store) -> None:
    gate = Gate()
    held = await gate.hold(store)
    units = [suppressing("+1"), failing("+2", LookupError("no")), suppressing("+3"), suppressing("+3")]
    tasks = [asyncio.create_task(store.database.write(unit)) for unit in units]
    await asyncio.sleep(0)
    gate.leave.set()
    results = await asyncio.gather(held, *tasks, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), type(None), LookupError, type(None), Conflict]
    assert await numbers(store) == {"+1", "+3"}


async def test_what_queues_up_is_committed_together(store: Store) -> None:
    commits = []

    def count(connection: Connection) -> None:
        commits.append(id(connection.get_transaction()))

    gate = Gate()
    held = await gate.hold(store)
    tasks = [asyncio.create_task(store.database.write(count)) for _ in range(UNITS_PER_COMMIT + 1)]
    await asyncio.sleep(0)
    gate.leave.set()
    await asyncio.gather(held, *tasks)
    assert len(commits) == UNITS_PER_COMMIT + 1
    assert len(set(commits)) <= 2


async def test_a_lost_transaction_fails_every_unit_in_it(store: Store) -> None:
    """The database is full in the middle of a group: nobody may be told that his unit is safe."""

    def fill(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        suppressing("+" + "9" * 1_000_000)(connection)

    gate = Gate()
    held = await gate.hold(store)
    tasks = [asyncio.create_task(store.database.write(unit)) for unit in (suppressing("+1"), fill)]
    await asyncio.sleep(0)
    gate.leave.set()
    results = await asyncio.gather(held, *tasks, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), Unavailable, Unavailable]
    assert await numbers(store) == set()

    def make_room(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1073741823")

    await store.database.write(make_room)
    await store.database.write(suppressing("+1"))
    assert await numbers(store) == {"+1"}


async def test_a_cancelled_caller_whose_unit_has_not_begun_writes_nothing(store: Store) -> None:
    gate = Gate()
    held = await gate.hold(store)
    task = asyncio.create_task(store.database.write(suppressing("+1")))
    await asyncio.sleep(0)
    task.cancel()
    gate.leave.set()
    await asyncio.wait([task, held])
    assert task.cancelled()
    await store.database.write(suppressing("+2"))
    assert await numbers(store) == {"+2"}


async def test_a_caller_cancelled_during_the_commit_does_not_break_the_writer(store: Store) -> None:
    gate = Gate()
    held = await gate.hold(store)
    held.cancel()
    await asyncio.wait([held])
    gate.leave.set()
    await store.database.write(suppressing("+1"))
    assert await numbers(store) == {"+1"}


async def test_what_nobody_heard_of_is_undone(store: Store) -> None:
    gate = Gate()

    def unit(connection: Connection) -> str:
        suppressing("+1")(connection)
        gate(connection)
        return "+1"

    def undo(connection: Connection, number: str) -> None:
        connection.execute(suppressed_numbers.delete().where(suppressed_numbers.c.number == number))

    task = asyncio.create_task(store.database.write(unit, undo))
    await asyncio.to_thread(gate.entered.wait, 10)
    task.cancel()
    await asyncio.wait([task])
    gate.leave.set()
    await store.database.write(suppressing("+2"))
    await store.database.write(lambda _: None)
    assert await numbers(store) == {"+2"}


async def test_what_was_answered_and_not_heard_is_undone(store: Store) -> None:
    """The caller is cancelled in the very turn of the loop in which his answer has come."""
    gate = Gate()
    held = await gate.hold(store)

    def undo(connection: Connection, _value: None) -> None:
        connection.execute(suppressed_numbers.delete().where(suppressed_numbers.c.number == "+1"))

    async def cancel_the_other() -> None:
        await store.database.write(lambda _: None)
        other.cancel()

    first = asyncio.create_task(cancel_the_other())
    other = asyncio.create_task(store.database.write(suppressing("+1"), undo))
    await asyncio.sleep(0)
    gate.leave.set()
    await asyncio.wait([held, first, other])
    assert other.cancelled()
    await store.database.write(suppressing("+2"))
    assert await numbers(store) == {"+2"}


async def test_a_unit_holds_the_write_lock_before_it_reads(store: Store, tmp_path: Path) -> None:
    """Else two programs that read first and write then would fail instead of waiting for each other."""

    def unit(connection: Connection) -> None:
        connection.scalars(select(suppressed_numbers.c.number)).all()
        other = sqlite3.connect(tmp_path / "store.db", timeout=0, isolation_level=None)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

    await store.database.write(unit)


async def test_a_claim_whose_caller_is_cancelled_leaves_the_lead_waiting(store: Store) -> None:
    added = await store.campaign_book.add_campaign(campaign())
    await store.campaign_book.load_rows(added.id, [row(index) for index in range(1, 21)])
    gate = Gate()
    held = await gate.hold(store)
    claims = [asyncio.create_task(store.call_book.claim(added.id, NOON)) for _ in range(20)]
    await asyncio.sleep(0)
    claims[0].cancel()
    gate.leave.set()
    await held
    await asyncio.wait([claims[1]])
    for task in claims[2:]:
        task.cancel()
    await asyncio.wait(claims)
    heard = [task.result() for task in claims if not task.cancelled()]
    # Two round trips: the first queues behind the units that take the rest back, the second behind theirs.
    await store.database.write(lambda _: None)
    await store.database.write(lambda _: None)
    counts = await store.campaign_book.lead_counts(added.id)
    assert counts[LeadStatus.CLAIMED] == len(heard)
    assert counts[LeadStatus.WAITING] == 20 - len(heard)


async def test_closing_writes_what_is_queued_and_refuses_the_rest(url: str) -> None:
    store = await open_store(url)
    gate = Gate()
    held = await gate.hold(store)
    tasks = [asyncio.create_task(store.database.write(suppressing(f"+{index}"))) for index in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    with pytest.raises(Closed):
        await store.database.write(suppressing("+9"))
    with pytest.raises(Closed):
        await numbers(store)
    gate.leave.set()
    await asyncio.gather(held, *tasks, closing)
    await store.close()
    again = await open_store(url)
    assert await numbers(again) == {f"+{index}" for index in range(5)}
    await again.close()


async def test_a_stopped_writer_leaves_nobody_waiting(url: str) -> None:
    """As when the loop cancels every task at its end."""
    store = await open_store(url)
    gate = Gate()
    held = await gate.hold(store)
    queued = asyncio.create_task(store.database.write(suppressing("+1")))
    await asyncio.sleep(0)
    writer = next(task for task in asyncio.all_tasks() if task.get_name() == "store writer")
    writer.cancel()
    gate.leave.set()
    results = await asyncio.gather(held, queued, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, Closed]
    with pytest.raises(Closed):
        await store.database.write(suppressing("+2"))
    await store.close()


async def test_a_naive_moment_is_refused(store: Store) -> None:
    with pytest.raises(NaiveMoment):
        await store.campaign_book.suppress("+1", "", "anna", NOON.replace(tzinfo=None))
    assert await numbers(store) == set()


async def test_commits_survive_a_power_cut(store: Store) -> None:
    """WAL with an fsync at every commit, references checked, and patience with another writer."""

    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    full = 2
    assert await store.database.write(pragmas) == ["wal", full, 1, 10_000]


async def test_a_read_sees_one_moment_of_the_database(store: Store) -> None:
    loop = asyncio.get_running_loop()

    def look_twice(connection: Connection) -> tuple[int, int]:
        first = len(connection.scalars(select(suppressed_numbers.c.number)).all())
        asyncio.run_coroutine_threadsafe(store.database.write(suppressing("+1")), loop).result(10)
        return first, len(connection.scalars(select(suppressed_numbers.c.number)).all())

    assert await store.database.read(look_twice) == (0, 0)
    assert await numbers(store) == {"+1"}


async def test_long_reads_hold_up_neither_reads_nor_writes_of_calls(store: Store) -> None:
    gate = Gate()
    held = [asyncio.create_task(store.database.read_long(gate)) for _ in range(5)]
    await asyncio.to_thread(gate.entered.wait, 10)
    async with asyncio.timeout(5):
        await store.database.write(suppressing("+1"))
        assert await numbers(store) == {"+1"}
    assert not any(task.done() for task in held)
    gate.leave.set()
    await asyncio.gather(*held)


async def test_threads_that_calls_wait_for_are_told_apart_from_those_of_long_reads(store: Store) -> None:
    database, known = store.database, store.database.threads_of_calls()
    who = [await database.write(lambda _: threading.get_native_id()) for _ in range(3)]
    who += [await database.read(lambda _: threading.get_native_id()) for _ in range(9)]
    assert set(who) <= set(known)
    assert await database.read_long(lambda _: threading.get_native_id()) not in known


async def test_a_thread_keeps_its_connection_until_something_fails(tmp_path: Path) -> None:
    lane = open_lane(parsed(f"sqlite:///{tmp_path / 'lane.db'}"), writes=True)
    first, second = [await lane.run(lambda connection: connection) for _ in range(2)]
    assert first is second
    with pytest.raises(RuntimeError, match="bug"):
        await lane.run(_making_a_table_and_failing)
    third = await lane.run(lambda connection: connection)
    assert (first.closed, third.closed) == (True, False)
    assert await lane.run(lambda connection: inspect(connection).get_table_names()) == []
    await lane.close()
    assert third.closed


def _making_a_table_and_failing(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE half (done INTEGER)")
    raise RuntimeError("a bug")
