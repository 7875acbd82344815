"""How long it takes to pick the next lead, out of ten thousand and out of a million, five campaigns running.

Claims come as the product makes them: each campaign at its own pace, through the store's one writer, with the
customer and all evidence of the verdict, committed with an fsync before it returns. Every lead claimed is
given back refused until later, which is a write beside the next claim, as in a campaign outside its hours.
Printed are p50, p99 and the worst of the claims, with the ratio to bare ``sqlite3`` updating one row of the
same table in one transaction, with the same safety, at the same pace, in the same run; then the CPU that the
store's own thread spends on a claim, which neighbours on the machine change least. Run from the root of the
checkout: ``.venv/bin/python -m bench.claim``.
"""

import argparse
import asyncio
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from bench.big_list import fill
from bench.plain_campaign import NOW, plain_campaign
from campaigns.model import Disposition, LeadPlan, LeadStatus
from campaigns.rules.refusals import plan_after_refusal
from campaigns.verdicts import Verdict
from dialer.ports import CallFacts, NewAttempt, Settlement
from service.latency import keep_pauses_short
from store.lead_queue import claim
from store.opening import Store, open_store

CAMPAIGNS = 5
SHUT = Verdict(False, "hours", "outside the calling hours", NOW + timedelta(hours=12), "house", "1")
AGAIN = LeadPlan(LeadStatus.WAITING, NOW, "no answer")


async def filled(place: Path, leads: int) -> Store:
    """Open a store with five campaigns that share the leads; some customers were called before."""
    store = await open_store(f"sqlite:///{place}")
    added = [
        (await store.campaign_book.add_campaign(plain_campaign(name=f"bench {number}"))).id
        for number in range(CAMPAIGNS)
    ]
    await asyncio.to_thread(fill, place, added, leads, f"{NOW:%Y-%m-%d %H:%M:%S.%f}")
    for lead_id in range(1, 2_000, 10):
        number = f"+44207{lead_id:07}"
        before = NOW - timedelta(days=3)
        new = NewAttempt(f"a-{lead_id}", 1, lead_id, lead_id, number, "main", None, before, "0")
        await store.call_book.open_attempt(new)
        await store.call_book.settle(new.id, Settlement(Disposition.NO_ANSWER, CallFacts(), AGAIN))
    return store


async def one_campaign(store: Store, campaign_id: int, claims: int, rate: float, took: list[float]) -> None:
    """Claim at an even pace, and give each lead back refused."""
    loop = asyncio.get_running_loop()
    begins = loop.time() + campaign_id / (rate * CAMPAIGNS)
    for turn in range(claims):
        await asyncio.sleep(max(0.0, begins + turn / rate - loop.time()))
        began = time.perf_counter()
        taken = await store.call_book.claim(campaign_id, NOW)
        took.append((time.perf_counter() - began) * 1_000)
        assert taken is not None
        await store.call_book.return_lead(taken.lead.id, plan_after_refusal(taken.lead, SHUT, NOW, "book"))


def bare(path: Path, updates: int, rate: float) -> list[float]:
    """Update one row of ``leads`` in a transaction of its own, at the pace of all campaigns together."""
    took = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        begins = time.perf_counter()
        for turn in range(updates):
            time.sleep(max(0.0, begins + turn / rate - time.perf_counter()))
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE leads SET status = 'claimed' WHERE id = ?", (turn * 7 + 1,))
            connection.execute("COMMIT")
            took.append((time.perf_counter() - began) * 1_000)
    return took


async def cpu(store: Store, claims: int) -> list[float]:
    """Claim in the store's thread and time its own CPU: no commit, no waiting, no neighbours."""
    took: list[float] = []

    def unit(connection: Connection) -> None:
        for turn in range(claims):
            began = time.thread_time()
            assert claim(connection, 1 + turn % CAMPAIGNS, NOW) is not None
            took.append((time.thread_time() - began) * 1_000)

    await store.database.write(unit)
    return took


def told(name: str, took: list[float]) -> tuple[float, float]:
    ordered = sorted(took)
    p50, p99 = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    print(f"{name:<42} p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   worst {ordered[-1]:6.2f} ms")
    return p50, p99


async def measure(leads: int, claims: int, rate: float, place: Path) -> None:
    path = place / f"claim-{leads}.db"
    store = await filled(path, leads)
    took: list[float] = []
    await asyncio.gather(*(one_campaign(store, number, 5, rate, []) for number in range(1, CAMPAIGNS + 1)))
    keep_pauses_short(store.database.threads_of_calls())  # as the product does
    load, used = os.getloadavg()[0], time.process_time()
    each = claims // CAMPAIGNS
    await asyncio.gather(*(one_campaign(store, n, each, rate, took) for n in range(1, CAMPAIGNS + 1)))
    used = (time.process_time() - used) / len(took) * 1_000
    alone = await cpu(store, 500)
    await store.close()
    p50, p99 = told(f"claim out of {leads:,}", took)
    bare50, bare99 = told("bare sqlite3, one row, same pace", bare(path, len(took), rate * CAMPAIGNS))
    print(
        f"  ratio p50 {p50 / bare50:.1f}, p99 {p99 / bare99:.1f}; {used:.2f} ms of CPU to claim and give back"
    )
    told("  CPU of one claim in the store's thread", alone)
    print(f"  load average before {load:.1f}")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, nargs="*", default=[10_000, 1_000_000])
    parser.add_argument("--claims", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=10.0, help="claims a second of each campaign")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for leads in given.leads:
            await measure(leads, given.claims, given.rate, Path(place))


if __name__ == "__main__":
    asyncio.run(main())
