"""How long other calling hours of a big campaign take, and what they cost the calls of another campaign.

N leads of a running campaign are refused until its hours open. The hours are changed by the real desk and the
real review; the store is SQLite with an fsync for each commit. Printed is how long the change takes to be
answered, how long until the last lead waits again, how much the ledger grows, and how long claims of a second
campaign wait meanwhile, beside what they wait with nothing else going on. Run from the root of the checkout:
``.venv/bin/python -m bench.changed_rules``.
"""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bench.big_list import run_each_size
from bench.shut_list import NIGHT, Still, claim_beside, filled
from campaigns.desk.campaigns import CampaignDesk
from campaigns.model import CampaignStatus
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.refusals import standing_on
from dialer.verdict_review import VerdictReview
from service.latency import keep_pauses_short

ALONE = 200
"""Claims that are timed with nothing else going on."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_REFUSED = (
    "UPDATE leads SET due_at = ?, reason = 'shut', verdict_rule = 'hours', verdict_pack = 'uk',"
    " verdict_version = '1', verdict_zone = 'Europe/London', verdict_book = ?, verdict_at = ?"
    " WHERE campaign_id = 1"
)


def refuse_all(place: Path, stood: str) -> None:
    """Let every lead of the first campaign wait for the morning."""
    with closing(sqlite3.connect(place)) as connection:
        day = f"{NIGHT:%Y-%m-%d}"
        connection.execute(_REFUSED, (f"{day} 08:00:00.000000", stood, f"{day} 01:00:00.000000"))
        connection.commit()


def entries(place: Path) -> int:
    """Return how many entries the ledger has."""
    with closing(sqlite3.connect(place)) as connection:
        return int(connection.execute("SELECT count(*) FROM ledger").fetchone()[0])


def spread(waits: list[float]) -> str:
    """Return the median, the 99th percentile and the longest of some waits, in words."""
    ordered = sorted(waits)
    p50, p99 = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {ordered[-1]:.1f} ms of {len(ordered)}"


async def measure(leads: int, place: Path) -> None:
    """Change the hours of a campaign with so many refused leads, and print what that took."""
    file = place / f"changed-{leads}.db"
    store = await filled(file, leads)
    rules = rule_book(load_packs())
    await store.campaign_book.set_status(1, CampaignStatus.RUNNING, "bench", NIGHT)
    before = await store.campaign_book.campaign(1)
    await asyncio.to_thread(refuse_all, file, standing_on(before, rules))
    moved = asyncio.Event()
    review = VerdictReview(
        store.campaign_book, Still(), lambda campaign: standing_on(campaign, rules), moved.set
    )
    desk = CampaignDesk(store.campaign_book, {}, lambda: NIGHT, tuple, review.begin)
    keep_pauses_short(store.database.threads_of_calls())
    alone: list[float] = []
    await claim_beside(store, alone, ALONE)
    entered, beside = entries(file), list[float]()
    other = asyncio.create_task(claim_beside(store, beside))
    began = time.perf_counter()
    await desk.change_rules(1, dict.fromkeys(DAYS, "07:00-20:00"), (), "bench")
    answered = time.perf_counter() - began
    while review.is_looking(1):
        moved.clear()
        await moved.wait()
    took = time.perf_counter() - began
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    grown = entries(file) - entered
    await review.close()
    await store.close()
    file.unlink()
    print(f"{leads:>9,} leads: answered after {answered * 1_000:.0f} ms, all wait again after {took:.2f} s")
    print(f"  the ledger grew by {grown} entries; {took / leads * 1e6:.0f} us for a lead")
    print(f"  a claim of another campaign meanwhile: {spread(beside)}; alone: {spread(alone)}")


if __name__ == "__main__":
    run_each_size(__doc__, (10_000, 100_000, 1_000_000), measure)
