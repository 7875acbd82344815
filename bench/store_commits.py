"""How many attempts a second the store opens and settles, each committed with an fsync.

Prints calls per second at 1, 32 and 200 at once, with the ratio to bare ``sqlite3`` doing the same two writes
in one transaction each, on the same disk in the same run; then rows per second of loading a list, and the
spread of claiming out of it. Run from the root of the checkout: ``.venv/bin/python -m bench.store_commits``.
"""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

from bench.plain_campaign import NOW, plain_campaign
from campaigns.lists import ListRow
from campaigns.model import CustomerClass, Disposition, LeadPlan, LeadStatus
from dialer.ports import CallFacts, NewAttempt, Settlement
from store.opening import Store, open_store

BATCH = 1_000
FACTS = CallFacts(sent_at=NOW, ringing_at=NOW, answered_at=NOW, bridged_at=NOW, released_at=NOW, ended_at=NOW)
# Each lead is called three times: it waits again after each.
SETTLEMENT = Settlement(Disposition.CONNECTED, FACTS, LeadPlan(LeadStatus.WAITING, NOW, "talked"))


def row(index: int) -> ListRow:
    return ListRow(
        ref=f"C-{index}",
        name=f"Customer {index}",
        title="Mr",
        language="en",
        customer_class=tuple(CustomerClass)[index % 5],
        zones=("Europe/London",),
        number=f"+44207{index:07}",
        due_at=NOW,
        fields={"service": "boiler", "service_date": "2026-11-02"},
        extras={"region": "north"},
    )


def attempt(attempt_id: str, lead_id: int) -> NewAttempt:
    return NewAttempt(attempt_id, 1, lead_id, lead_id, "+442070000000", "main", "agent-7", NOW, "0")


async def load(store: Store, count: int) -> float:
    """Load ``count`` rows in batches; returns rows per second."""
    added = await store.campaign_book.add_campaign(plain_campaign())
    began = time.perf_counter()
    for first in range(1, count + 1, BATCH):
        rows = [row(index) for index in range(first, min(first + BATCH, count + 1))]
        await store.campaign_book.load_rows(added.id, rows)
    return count / (time.perf_counter() - began)


async def claims(store: Store, count: int) -> tuple[float, float]:
    """Claim one after the other; returns p50 and p99 in ms, commit included."""
    spans = []
    for _ in range(count):
        began = time.perf_counter()
        assert await store.call_book.claim(1, NOW) is not None
        spans.append((time.perf_counter() - began) * 1_000)
    spans.sort()
    return spans[len(spans) // 2], spans[len(spans) * 99 // 100]


async def at_once(workers: int, ids: Iterator[int], work: Callable[[int], Awaitable[None]]) -> float:
    """Run ``work`` over all ids with so many at once; returns how many were done per second."""
    done = 0

    async def one() -> None:
        nonlocal done
        for index in ids:
            await work(index)
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(workers)))
    return done / (time.perf_counter() - began)


def bare(path: Path, count: int) -> float:
    """The same two writes with nothing around them: one thread, one transaction each, the same safety."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE attempts (id TEXT PRIMARY KEY, lead INTEGER, at TEXT, disposition TEXT);"
            "CREATE TABLE leads (id INTEGER PRIMARY KEY, status TEXT, due TEXT);"
        )
        connection.executemany("INSERT INTO leads VALUES (?, 'claimed', '')", [(i,) for i in range(count)])
        began = time.perf_counter()
        for index in range(count):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE leads SET due = ? WHERE id = ?", (str(NOW), index))
            connection.execute("INSERT INTO attempts VALUES (?, ?, ?, NULL)", (f"a-{index}", index, str(NOW)))
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE attempts SET disposition = 'connected' WHERE id = ?", (f"a-{index}",))
            connection.execute("UPDATE leads SET status = 'done' WHERE id = ?", (index,))
            connection.execute("COMMIT")
        return count / (time.perf_counter() - began)


async def measure(folder: Path, rows: int, calls: int) -> None:
    reference = bare(folder / "bare.db", calls)
    print(f"bare sqlite3, one transaction each   {reference:8.0f} calls/s   1.00")
    store = await open_store(f"sqlite:///{folder / 'store.db'}")
    try:
        loading = await load(store, rows)

        async def call(index: int) -> None:
            new = attempt(f"{workers}-{index}", index)
            assert await store.call_book.open_attempt(new)
            await store.call_book.settle(new.id, SETTLEMENT)

        for workers in (1, 32, 200):
            rate = await at_once(workers, iter(range(1, calls + 1)), call)
            print(
                f"open_attempt + settle, {workers:3} at once   {rate:8.0f} calls/s   {rate / reference:.2f}"
            )
        print(f"load_rows, {BATCH:,} rows a batch         {loading:8.0f} rows/s")
        middle, slow = await claims(store, min(500, rows - calls))
        print(f"claim out of {rows:,} leads            p50 {middle:.2f} ms   p99 {slow:.2f} ms")
    finally:
        await store.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=20_000, help="leads in the list")
    options.add_argument("--calls", type=int, default=1_000, help="calls per line; fewer than rows")
    options.add_argument("--folder", type=Path, help="where to put the databases; a temporary folder if not")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        asyncio.run(measure(Path(folder), chosen.rows, chosen.calls))


if __name__ == "__main__":
    main()
