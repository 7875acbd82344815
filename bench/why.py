"""How long ``why`` takes over a campaign of a million leads, and whether its lines add up.

Asked twice: before anybody has judged a lead, and after most of them were refused, in twenty zones, by
several packs, some for good. Printed is the time of the whole answer (counts, examples, words) as the API
gives it, median and worst of several, with the CPU it took, and the ratio to bare ``sqlite3`` counting the
same rows by status in the same run. Run from the root of the checkout: ``.venv/bin/python -m bench.why``.
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
from statistics import median

from bench.big_list import bare_ms, fill
from bench.plain_campaign import NOW, plain_campaign
from campaigns.desk.why import WhyDesk
from campaigns.model import Campaign
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules_in_force import RulesInForce
from campaigns.why_facts import Live
from store.opening import Store, open_store

DUE_AT = f"{NOW:%Y-%m-%d %H:%M:%S.%f}"
ZONES = 20
# Out of a hundred leads so many stand like this; the rest was never judged.
JUDGED = (
    (50, "waiting", "hours", "house"),
    (10, "waiting", "holiday", "es"),
    (10, "waiting", "cap", "carrier"),
    (10, "waiting", "due", ""),
    (5, "refused", "consent", "fr"),
    (5, "refused", "suppressed", ""),
)
# What the answer is compared with.
BY_STATUS = "SELECT status, count(*) FROM leads WHERE campaign_id = ? GROUP BY status"


def judge(path: Path, campaign_id: int) -> None:
    """Give the leads of a campaign the verdicts of a day's work, without the hours it would take."""
    with closing(sqlite3.connect(path)) as connection:
        at = 0
        for share, status, rule, pack in JUDGED:
            connection.execute(
                "UPDATE leads SET status = ?, verdict_rule = ?, verdict_pack = ?, verdict_version = '1',"
                " verdict_zone = CASE WHEN ? IN ('hours', 'holiday') THEN 'Etc/GMT+' || (id % ?) ELSE '' END,"
                " verdict_book = 'b', verdict_at = due_at, reason = 'refused by the bench',"
                " due_at = ? || printf('%02d', id % 60) || ':00.000000'"
                " WHERE campaign_id = ? AND id % 100 >= ? AND id % 100 < ?",
                (status, rule, pack, rule, ZONES, f"{NOW + timedelta(hours=9):%Y-%m-%d %H:}", campaign_id,
                 at, at + share),
            )  # fmt: skip
            at += share
        connection.commit()


async def measure(store: Store, path: Path, name: str, campaign_id: int, turns: int) -> None:
    async def live(_: Campaign) -> Live:
        return Live(service=True, at_work=True, switch_up=True)

    desk = WhyDesk(
        store.campaign_book,
        store.why_book,
        RulesInForce(rule_book(load_packs())),
        lambda: NOW,
        live,
        lambda _: True,
    )
    took = []
    used = time.process_time()
    for _ in range(turns):
        began = time.perf_counter()
        answer = await desk.campaign(campaign_id)
        took.append((time.perf_counter() - began) * 1_000)
        assert sum(line.leads for line in answer.lines) == answer.total
    used = (time.process_time() - used) / turns * 1_000
    plain = bare_ms(path, BY_STATUS, campaign_id, turns)
    print(
        f"{name:<16} {answer.total:>9,} leads in {len(answer.lines):>2} lines: median {median(took):7.1f} ms,"
        f" worst {max(took):7.1f} ms, CPU {used:7.1f} ms; bare count {plain:6.1f} ms,"
        f" ratio {median(took) / plain:.1f}"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "why.db"
        store = await open_store(f"sqlite:///{path}")
        asked = (await store.campaign_book.add_campaign(plain_campaign())).id
        await asyncio.to_thread(fill, path, [asked], given.leads, DUE_AT)
        print(f"load average {os.getloadavg()[0]:.1f}")
        await measure(store, path, "never judged", asked, given.turns)
        await asyncio.to_thread(judge, path, asked)
        await measure(store, path, "judged", asked, given.turns)
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
