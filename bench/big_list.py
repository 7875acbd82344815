"""A list of a million leads in seconds: rows made by SQLite itself, as loading a list would leave them.

For benches that ask what a large list costs afterwards, beside a bare question to the same file. What loading
costs is ``bench.import_list``.
"""

import argparse
import asyncio
import logging
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from campaigns.model import CustomerClass
from service.logs import log_to

Measure = Callable[[int, Path], Awaitable[None]]
"""Measures one size; its files lie in the folder that it is given."""

_CLASSES = len(CustomerClass)
# Every number with its own customer, all classes alike often, due at the same moment.
_COUNT = "WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
_CUSTOMERS = (
    _COUNT + "INSERT INTO customers (id, ref, name, title, language, customer_class, zones, extras)"
    " SELECT i, 'C-' || i, 'Customer ' || i, 'Mr', 'en', json_extract(?, '$[' || (i % ?) || ']'),"
    ' \'["Europe/London"]\', \'{"region":"north"}\' FROM n'
)
_NUMBERS = (
    _COUNT + "INSERT INTO numbers (customer_id, number, position, kind)"
    " SELECT i, '+44207' || printf('%07d', i), 0, 'other' FROM n"
)
_LEADS = (
    _COUNT
    + "INSERT INTO leads (campaign_id, customer_id, number, status, rank, due_at, fields, reason, list_id)"
    " SELECT ?, i, '+44207' || printf('%07d', i), 'waiting', i % ?, ?,"
    ' \'{"service":"boiler","service_date":"2026-11-02"}\', \'\', ? FROM n'
)
_LIST = (
    "INSERT INTO lists (campaign_id, name, active, created_by, created_at) VALUES (?, 'main', 1, 'bench', ?)"
)


def fill(path: Path, campaign_ids: Sequence[int], leads: int, due_at: str) -> None:
    """Give each campaign its share of the leads; ``due_at`` is as the store writes a moment."""
    names = "[" + ",".join(f'"{each.value}"' for each in CustomerClass) + "]"
    share = leads // len(campaign_ids)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        for place, campaign_id in enumerate(campaign_ids):
            first, last = place * share + 1, (place + 1) * share
            list_id = connection.execute(_LIST, (campaign_id, due_at)).lastrowid
            connection.execute(_CUSTOMERS, (first, last, names, _CLASSES))
            connection.execute(_NUMBERS, (first, last))
            connection.execute(_LEADS, (first, last, campaign_id, _CLASSES, due_at, list_id))
        connection.execute("PRAGMA optimize")
        connection.commit()


def bare_ms(path: Path, question: str, campaign_id: int, turns: int) -> float:
    """Ask ``question`` (SQL with one ``?``, for the campaign) and nothing else; returns the median in ms."""
    took = []
    with closing(sqlite3.connect(path)) as connection:
        for _ in range(turns):
            began = time.perf_counter()
            connection.execute(question, (campaign_id,)).fetchall()
            took.append((time.perf_counter() - began) * 1_000)
    return median(took)


def run_each_size(description: str | None, sizes: Sequence[int], measure: Measure) -> None:
    """Run a bench for each size that its command line asks for (``--leads``), ``sizes`` unless it does."""

    async def main() -> None:
        with tempfile.TemporaryDirectory() as place:
            for leads in given.leads:
                await measure(leads, Path(place))

    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--leads", type=int, nargs="*", default=list(sizes))
    given = parser.parse_args()
    log_to(sys.stderr, logging.CRITICAL)
    asyncio.run(main())
