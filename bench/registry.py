"""How long a registry of do-not-call numbers takes of refused leads takes, and what calls feel.

N leads of a campaign are refused until its hours open; a file of their N numbers is put on a registry by the
real desk, read by the real reader. The store is SQLite with an fsync for each commit. Printed is how long
that takes, how much the ledger grows, and how long claims of a second campaign wait meanwhile; beside it the
same for as many numbers that nobody has. Run from the root of the checkout:
``.venv/bin/python -m bench.registry``.
"""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bench.big_list import run_each_size
from bench.changed_rules import entries, refuse_all, spread
from bench.shut_list import NIGHT, claim_beside, filled
from campaigns.desk.suppression import SuppressionDesk
from campaigns.suppression import SuppressionKind
from service.latency import keep_pauses_short
from service.list_reader import ProcessReader
from store.opening import Store

_NUMBERS = "SELECT number FROM leads WHERE campaign_id = 1 ORDER BY id LIMIT ?"


def numbers(place: Path, leads: int) -> list[str]:
    """Return the numbers of so many leads of the first campaign."""
    with closing(sqlite3.connect(place)) as connection:
        return [number for (number,) in connection.execute(_NUMBERS, (leads,))]


async def loaded(store: Store, desk: SuppressionDesk, file: Path, name: str, listed: list[str]) -> float:
    """Put a file of numbers on a registry of its own; returns the seconds it took, with what it told."""
    made = await desk.add_list(name, SuppressionKind.REGISTRY, None, None, "bench")
    before = entries(file)
    path = file.with_suffix(".csv")
    path.write_text("number\n" + "\n".join(listed), encoding="utf-8")
    waits: list[float] = []
    other = asyncio.create_task(claim_beside(store, waits))
    began = time.perf_counter()
    report = await desk.load(made.id, path, "", "bench")
    took = time.perf_counter() - began
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    assert report.added == len(set(listed)), report
    print(f"  {name}: {took:.2f} s, {took / len(listed) * 1e6:.0f} us a number, the ledger grew by")
    print(f"    {entries(file) - before} entries; a claim of another campaign meanwhile: {spread(waits)}")
    return took


async def measure(leads: int, place: Path) -> None:
    """Load both registries beside a campaign of so many refused leads."""
    file = place / f"registry-{leads}.db"
    store = await filled(file, leads)
    await asyncio.to_thread(refuse_all, file, "of before")
    keep_pauses_short(store.database.threads_of_calls())
    desk = SuppressionDesk(store.suppression_book, store.campaign_book, ProcessReader(), lambda: NIGHT)
    strangers = [f"+44208{n:07d}" for n in range(1, leads + 1)]
    print(f"{leads:,} numbers:")
    bare = await loaded(store, desk, file, "nobody's", strangers)
    took = await loaded(store, desk, file, "refused leads'", numbers(file, leads))
    print(f"  ratio: {took / bare:.1f}")
    await store.close()
    file.unlink()


if __name__ == "__main__":
    run_each_size(__doc__, (10_000, 100_000), measure)
