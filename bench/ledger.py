"""What the ledger costs, and how long checking a long one takes.

Prints the processor time of an attempt's two entries beside that of the whole attempt, then entries a
second of checking, with the ratio to hashing the same texts in a bare loop, and what checking adds to the
memory in use.
Run from the root of the checkout: ``.venv/bin/python -m bench.ledger``.
"""

import argparse
import asyncio
import hashlib
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bench.plain_campaign import NOW
from bench.store_commits import SETTLEMENT, at_once, attempt, load
from campaigns.desk.ledger import LedgerDesk
from campaigns.ledger import Head, Kind, Note, kept, sealed
from dialer import ledger_notes
from store import ledger
from store.bulk import insert_many
from store.opening import Store, open_existing, open_store
from store.tables import ledger as ledger_table

AT_ONCE = 32
CHUNK = 10_000
KEY = b"k" * 32


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def attempts_us(store: Store, calls: int) -> float:
    """Processor time of opening and settling one attempt, ledger included, in µs."""

    async def call(index: int) -> None:
        new = attempt(f"b-{index}", index)
        await store.call_book.open_attempt(new)
        await store.call_book.settle(new.id, SETTLEMENT)

    began = time.process_time()
    await at_once(AT_ONCE, iter(range(1, calls + 1)), call)
    return (time.process_time() - began) / calls * 1e6


def entries_us(count: int) -> float:
    """Processor time of noting, sealing and chaining an attempt's two entries, without storing, in µs."""
    began, head = time.process_time(), Head()
    for index in range(count):
        new = attempt(f"c-{index}", index)
        ended = ledger_notes.settled(
            1, new.id, index, SETTLEMENT.disposition, SETTLEMENT.facts, SETTLEMENT.plan
        )
        for note in (ledger_notes.opened(new), ended):
            entry = kept(sealed(note, head.n + 1, NOW, KEY), head.hash)
            head = Head(entry.n, entry.hash)
    return (time.process_time() - began) / count * 1e6


async def lengthen(store: Store, entries: int) -> None:
    """Append entries about nobody, as long as an attempt's, until the chain has so many."""
    notes = [
        Note(Kind.OUTCOME, "agent 7", 1, facts={"outcome": "satisfied", "filler": "x" * 500, "index": index})
        for index in range(CHUNK)
    ]
    while (head := await store.ledger_book.head()).n < entries:
        rows = []
        for note in notes[: entries - head.n]:
            entry = kept(sealed(note, head.n + 1, NOW + timedelta(seconds=head.n), None), head.hash)
            rows.append((entry.n, entry.kind, entry.attempt_id, entry.body, entry.hash))
            head = Head(entry.n, entry.hash)
        await store.database.write(
            lambda connection, rows=rows: insert_many(connection, ledger_table, ledger._COLUMNS, rows)
        )


async def bare_rate(url: str, entries: int) -> float:
    """Entries a second of hashing the same texts, already in memory, one page after the other."""
    spent, previous, after = 0.0, "0" * 64, 0
    store = await open_existing(url)
    while page := await store.ledger_book.page(after, CHUNK):
        began = time.perf_counter()
        previous = _hashed(previous, [entry.body for entry in page])
        spent += time.perf_counter() - began
        after = page[-1].n
    await store.close()
    return entries / spent


def _hashed(previous: str, bodies: Sequence[str]) -> str:
    for body in bodies:
        previous = hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()
    return previous


async def measure(folder: Path, calls: int, entries: int) -> None:
    url = f"sqlite:///{folder / 'ledger.db'}"
    store = await open_store(url)
    try:
        await load(store, calls)
        whole = await attempts_us(store, calls)
        own = entries_us(calls)
        print(f"one attempt, opened and settled       {whole:8.0f} µs CPU   1.00")
        print(f"its two entries, not yet stored       {own:8.0f} µs CPU   {own / whole:.2f}")
        await lengthen(store, entries)
    finally:
        await store.close()
    size = (folder / "ledger.db").stat().st_size / entries
    reference = await bare_rate(url, entries)
    print(
        f"hashing {entries:,} texts in memory     {reference:8.0f} entries/s   1.00   ({size:.0f} bytes each)"
    )
    before, began, cpu = peak_mb(), time.perf_counter(), time.process_time()
    store = await open_existing(url)
    report = await LedgerDesk(store.ledger_book).verify()
    await store.close()
    assert report.ok, str(report.fault)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    rate = report.entries / took
    print(
        f"verify, {report.calls:,} calls held to it too    {rate:8.0f} entries/s   {rate / reference:.2f}   "
        f"{took:.1f} s, {cpu:.1f} s CPU, {peak_mb() - before:+.1f} MB"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=4_000, help="attempts that are opened and settled")
    options.add_argument("--entries", type=int, default=1_000_000, help="length of the chain that is checked")
    options.add_argument("--folder", type=Path, help="where to put the database; a temporary folder if not")
    given = options.parse_args()
    if given.folder is not None:
        asyncio.run(measure(given.folder, given.calls, given.entries))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), given.calls, given.entries))


if __name__ == "__main__":
    main()
