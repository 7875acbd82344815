"""What a report costs over a campaign of a million leads and as many attempts, and what it keeps calls from.

Printed is the time of the figures with the first lines (as the manager's page asks for them) and of a later
page of each list, the memory of the process, and how long the event loop was kept waiting meanwhile; beside
it bare ``sqlite3`` counting the same attempts by disposition in the same run. Run from the root of the
checkout: ``.venv/bin/python -m bench.report``.
"""

import argparse
import asyncio
import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from bench.big_list import bare_ms, fill
from bench.plain_campaign import NOW, plain_campaign
from campaigns.desk.campaigns import CampaignDesk
from service.latency import keep_pauses_short
from store.opening import open_store

AT = f"{NOW:%Y-%m-%d %H:%M:%S.%f}"
LINES = 200
# Of a hundred calls so many end like this.
ENDS = ((22, "connected"), (1, "abandoned"), (1, "hung_up_early"), (16, "busy"), (60, "no_answer"))
# What the answer is compared with.
BY_DISPOSITION = "SELECT disposition, count(*) FROM attempts WHERE campaign_id = ? GROUP BY disposition"


def call_everybody(path: Path, campaign_id: int) -> None:
    """Give each lead of a campaign one attempt that has ended, without the days it would take."""
    with closing(sqlite3.connect(path)) as connection:
        at = 0
        for share, disposition in ENDS:
            talk = disposition == "connected"
            connection.execute(
                "INSERT INTO attempts (id, campaign_id, lead_id, customer_id, number, trunk, committed_at,"
                " definition_version, disposition, answered_at, bridged_at, released_at)"
                " SELECT 'a-' || id, campaign_id, id, customer_id, number, 'main', ?, '1', ?,"
                " CASE WHEN ? THEN substr(?, 1, 20) || '000000' END,"
                " CASE WHEN ? THEN substr(?, 1, 20) || printf('%06d', id % 20000) END,"
                " CASE WHEN ? THEN substr(?, 1, 17) || '59.000000' END"
                " FROM leads WHERE campaign_id = ? AND id % 100 >= ? AND id % 100 < ?",
                (AT, disposition, talk, AT, talk, AT, talk, AT, campaign_id, at, at + share),
            )
            at += share
        connection.execute(
            "INSERT INTO wrap_ups (call_id, agent_id, outcome, note, recorded_at)"
            " SELECT id, 'a1', 'satisfied', '', ? FROM attempts WHERE disposition = 'connected'",
            (AT,),
        )
        connection.execute(
            "INSERT INTO votes (call_id, score, voted_at, source)"
            " SELECT id, 1 + seq % 5, ?, 'live' FROM attempts WHERE disposition = 'connected' AND seq % 3",
            (AT,),
        )
        connection.commit()


class Waits:
    """How long the loop was kept from work that was due, looked at a thousand times a second."""

    def __init__(self) -> None:
        self.worst_ms = 0.0

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            self.worst_ms = max(self.worst_ms, (time.perf_counter() - began - 0.001) * 1_000)


async def measure(name: str, ask: Callable[[], Awaitable[Any]], turns: int, plain_ms: float) -> None:
    waits, took = Waits(), []
    watch = asyncio.create_task(waits.watch())
    await asyncio.sleep(0.1)
    for _ in range(turns):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1_000)
    watch.cancel()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:<26} median {median(took):8.1f} ms, worst {max(took):8.1f} ms,"
        f" ratio {median(took) / plain_ms:5.1f};"
        f" loop kept waiting {waits.worst_ms:6.1f} ms at most; memory {memory:5.0f} MB at most"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "report.db"
        store = await open_store(f"sqlite:///{path}")
        asked = (await store.campaign_book.add_campaign(plain_campaign())).id
        await asyncio.to_thread(fill, path, [asked], given.leads, AT)
        await asyncio.to_thread(call_everybody, path, asked)
        desk = CampaignDesk(store.campaign_book, {}, lambda: NOW)
        keep_pauses_short(store.database.threads_of_calls())
        plain_ms = await asyncio.to_thread(bare_ms, path, BY_DISPOSITION, asked, given.turns)
        print(f"load average {os.getloadavg()[0]:.1f}; bare count {plain_ms:.1f} ms")
        half = given.leads // 2
        await measure("figures and first lines", lambda: desk.report(asked, LINES), given.turns, plain_ms)
        for name, page in (
            ("a page of the not reached", lambda: desk.not_reached(asked, half, LINES)),
            ("a page of the attempts", lambda: desk.records(asked, f"a-{half}", LINES)),
        ):
            await measure(name, page, given.turns, plain_ms)
        report = await desk.report(asked, LINES)
        assert report.attempts == given.leads
        assert report.not_reached.total == given.leads - report.dispositions["connected"]
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
