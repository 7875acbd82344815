"""How long a list of a million rows takes to be validated, normalised, deduplicated and stored.

Prints seconds and peak memory, with the ratio to the bare ``csv`` module plus ``executemany`` of the same
rows in the same run, by the clock and by the processor; how late the event loop was meanwhile, with calls
being claimed and settled; how long claims took; and a workbook of 50,000 rows. Run from the root of the
checkout:
``.venv/bin/python -m bench.import_list``.
"""

import argparse
import asyncio
import csv
import random
import resource
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path

import openpyxl

from bench.plain_campaign import plain_campaign
from bench.store_commits import SETTLEMENT, attempt
from campaigns.desk.imports import ImportDesk
from campaigns.desk.uploads import ImportOrder, ImportReport
from campaigns.lists import Known
from campaigns.model import HoursWindow
from campaigns.templates import load_templates
from service.list_reader import ProcessReader
from store.opening import Store, open_store

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
COLUMNS = (
    "ref", "name", "title", "phone", "language", "class", "zone", "service", "service_date", "plate",
)  # fmt: skip
ALWAYS = tuple(HoursWindow(day, clock(0), clock(0)) for day in range(7))
# Each takes a million numbers that the numbering plans call valid.
AREAS = ("+34612{:06}", "+34691{:06}", "+44207{:07}", "+33612{:06}", "+49151{:08}", "+1305{:07}")
CLASSES = ("ordinary", "ordinary", "member", "vip", "key")


def cells(index: int, rng: random.Random) -> tuple[str, ...]:
    """One row. Numbers are valid ones of five countries, some written with spaces."""
    turn, area = divmod(index, len(AREAS))
    phone = AREAS[area].format(turn + 2_000_000 if "+1" in AREAS[area] else turn)
    if rng.random() < 0.2:
        phone = f"{phone[:3]} {phone[3:6]} {phone[6:]}"
    day = f"2026-11-{rng.randint(1, 3):02}"
    return (
        f"C-{index}", f"Customer {index}", "Ms", phone, "en", rng.choice(CLASSES), "", "brakes", day,
        f"DX-{index % 9999}",
    )  # fmt: skip


def write_csv(path: Path, count: int) -> None:
    rng = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(cells(index, rng) for index in range(count))


def write_xlsx(path: Path, count: int) -> None:
    rng = random.Random(7)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("List")
    sheet.append(COLUMNS)
    for index in range(count):
        sheet.append(cells(index, rng))
    book.save(path)


def bare(path: Path, database: Path) -> tuple[float, float]:
    """The csv module and one executemany, nothing else; returns seconds by clock and by processor."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"CREATE TABLE rows ({', '.join(COLUMNS)})")
        began, used = time.perf_counter(), time.thread_time()
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            next(rows)
            marks = ", ".join("?" * len(COLUMNS))
            connection.executemany(f"INSERT INTO rows VALUES ({marks})", rows)
        connection.commit()
        return time.perf_counter() - began, time.thread_time() - used


class Watch:
    """What a call would feel: how late the loop wakes, and how long claim plus attempt take."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.late: list[float] = []
        self.calls: list[float] = []

    async def loop(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            self.late.append((time.perf_counter() - began - 0.01) * 1_000)

    async def dial(self) -> None:
        """Ten calls a second: claim, commit the attempt, settle it."""
        for index in range(10**9):
            began = time.perf_counter()
            claim = await self._store.call_book.claim(1, NOW)
            if claim is not None:
                new = attempt(f"{id(self)}-{index}", claim.lead.id)
                await self._store.call_book.open_attempt(new)
                self.calls.append((time.perf_counter() - began) * 1_000)
                await self._store.call_book.settle(new.id, SETTLEMENT)
            await asyncio.sleep(0.1)


async def watched(store: Store, desk: ImportDesk, path: Path) -> tuple[ImportReport, float, Watch]:
    """Load a file while the loop is watched and calls go on; returns seconds."""
    watch = Watch(store)
    tasks = [asyncio.create_task(watch.loop()), asyncio.create_task(watch.dial())]
    began = time.perf_counter()
    report = await load(desk, path)
    took = time.perf_counter() - began
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return report, took, watch


async def load(desk: ImportDesk, path: Path) -> ImportReport:
    copy = desk.new_file()
    await asyncio.to_thread(shutil.copy, path, copy)
    begun = await desk.start(1, copy, path.name, ImportOrder(known=Known.UPDATE), "bench")
    return await desk.wait(begun.id)


def spread(values: list[float]) -> str:
    ordered = sorted(values) or [0.0]
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return f"p50 {ordered[len(ordered) // 2]:.1f}   p99 {p99:.1f}   max {ordered[-1]:.1f} ms"


def peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def cpu_s() -> float:
    """Processor time of this process and of readers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


async def claims(store: Store, count: int) -> list[float]:
    spans = []
    for _ in range(count):
        began = time.perf_counter()
        assert await store.call_book.claim(1, NOW) is not None
        spans.append((time.perf_counter() - began) * 1_000)
    return spans


async def measure(folder: Path, rows: int, sheet_rows: int) -> None:
    listed, sheet = folder / "list.csv", folder / "list.xlsx"
    await asyncio.to_thread(write_csv, listed, rows)
    reference, cpu = await asyncio.to_thread(bare, listed, folder / "bare.db")
    size = listed.stat().st_size / 1024**2
    print(f"bare csv + executemany, {rows:,} rows, {size:.0f} MB   {reference:7.1f} s   1.0")
    store = await open_store(f"sqlite:///{folder / 'store.db'}")
    desk = ImportDesk(
        store.campaign_book, store.list_book, ProcessReader(), load_templates(), lambda: NOW, folder / "spool"
    )
    try:
        await store.campaign_book.add_campaign(plain_campaign(hours=ALWAYS))
        before = peak_mb(resource.RUSAGE_SELF)
        used = cpu_s()
        report, took, watch = await watched(store, desk, listed)
        used = cpu_s() - used
        assert report.state == "done", report
        print(
            f"import: {report.loaded:,} loaded, {report.faulty} faulty {took:7.1f} s   {took / reference:.1f}"
        )
        print(f"processor: {used:.1f} s where the bare loop took {cpu:.1f} s   {used / cpu:.1f}")
        ours, child = peak_mb(resource.RUSAGE_SELF), peak_mb(resource.RUSAGE_CHILDREN)
        print(f"peak memory: service {ours:.0f} MB ({before:.0f} before) + reader {child:.0f} MB")
        print(f"event loop late by meanwhile: {spread(watch.late)}")
        print(f"claim and attempt of {len(watch.calls)} calls: {spread(watch.calls)}")
        report, took, _ = await watched(store, desk, listed)
        print(f"the same file again: {report.unchanged:,} unchanged   {took:7.1f} s   {took / reference:.1f}")
        print(f"claim out of {rows:,} leads: {spread(await claims(store, 500))}")
        await asyncio.to_thread(write_xlsx, sheet, sheet_rows)
        began = time.perf_counter()
        report = await load(desk, sheet)
        took = time.perf_counter() - began
        assert report.state == "done", report
        print(f"XLSX of {report.rows:,} rows: {report.unchanged:,} unchanged   {took:7.1f} s")
    finally:
        await desk.close()
        await store.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000, help="rows of the CSV file")
    options.add_argument("--sheet-rows", type=int, default=50_000, help="rows of the workbook")
    options.add_argument("--folder", type=Path, help="where to put everything; a temporary folder if not")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        asyncio.run(measure(Path(folder), chosen.rows, chosen.sheet_rows))


if __name__ == "__main__":
    main()
