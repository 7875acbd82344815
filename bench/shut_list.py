"""How long a lead that may be called waits behind a list that came due while its hours are shut.

A list of N leads in London is first in the line of a campaign at a moment when London sleeps; behind them all
is one lead in Los Angeles, where it is morning. A campaign with ready agents goes through its real door, 16
launches at once, until that lead is called: the store is SQLite with an fsync for each commit, the rules are
the shipped packs. Printed is the time until its call is placed, how many leads were judged one by one
meanwhile, how long the others take to be put off, and how long claims of a second campaign wait meanwhile;
beside it what the same list takes when leads are judged one by one, measured over the first so many and
scaled. Run from the root of the checkout: ``.venv/bin/python -m bench.shut_list``.
"""

import asyncio
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path

from bench.big_list import fill, run_each_size
from bench.plain_campaign import plain_campaign
from campaigns.model import Campaign, Customer, HoursWindow
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.refusals import standing_on
from campaigns.rules_in_force import RulesInForce
from dialer.agents import AgentBoard
from dialer.call_board import CallBoard
from dialer.door import Gate, Launched
from dialer.launcher import Launcher
from dialer.memory import MemoryTelephony
from dialer.shut_leads import ShutLeads
from dialer.trunks import Trunk, TrunkBoard
from dialer.verdict_review import VerdictReview
from service.latency import keep_pauses_short
from store.opening import Store, open_store

NIGHT = datetime(2026, 11, 4, 2, 0, tzinfo=UTC)  # two at night in London, six in the evening in Los Angeles
AT_ONCE = 16
ALWAYS = tuple(HoursWindow(weekday, time_of_day(0), time_of_day(0)) for weekday in range(7))
OPEN = "+13105550123"


@dataclass(slots=True)
class Still:
    """A clock whose date stands still, so that hours do not open in the middle."""

    def now(self) -> datetime:
        return NIGHT

    def monotonic(self) -> float:
        return time.monotonic()


class Words:
    """What the launcher asks of definitions."""

    def dial_variables(self, campaign: Campaign, customer: Customer) -> Mapping[str, str]:
        return {}

    def needs_agent(self, name: str) -> bool:
        return False

    def version(self, campaign: Campaign) -> str:
        return "0"


async def filled(place: Path, leads: int) -> Store:
    """Open a store with the shut list, the open lead behind it, and a second campaign with a list."""
    store = await open_store(f"sqlite:///{place}")
    ids = [
        (await store.campaign_book.add_campaign(plain_campaign(name=name, hours=ALWAYS))).id
        for name in ("shut", "other")
    ]
    due = f"{NIGHT:%Y-%m-%d %H:%M:%S.%f}"
    await asyncio.to_thread(fill, place, ids, 2 * leads, due)
    with closing(sqlite3.connect(place)) as connection:
        last = 2 * leads + 1
        connection.execute("UPDATE leads SET rank = 3")
        connection.execute(
            "INSERT INTO customers (id, ref, name, title, language, customer_class, zones, extras) VALUES"
            " (?, 'open', 'Open', '', 'en', 'potential', '[\"America/Los_Angeles\"]', '{}')",
            (last,),
        )
        connection.execute("INSERT INTO numbers VALUES (?, ?, 0, 'mobile')", (last, OPEN))
        connection.execute(
            "INSERT INTO leads (campaign_id, customer_id, number, status, rank, due_at, fields, reason,"
            " list_id) VALUES (?, ?, ?, 'waiting', 4, ?, '{}', '', 1)",
            (ids[0], last, OPEN, due),
        )
        connection.commit()
    return store


async def until_called(
    store: Store, *, together: bool, most: int | None
) -> tuple[float, int, float, list[float]]:
    """Launch until the open lead is called, or so many were judged.

    Returns the seconds, how many were judged one by one, how long until nobody is put off any more, and the
    waits of the other campaign's claims in milliseconds.
    """
    clock, rules = Still(), RulesInForce(rule_book(load_packs()))
    calls = CallBoard(store.call_book, clock, lambda *_: None, lambda _: None, _nothing)
    switch = MemoryTelephony(clock, lambda _: None)
    agents, trunks = AgentBoard(clock, lambda: None), TrunkBoard([Trunk("main", 100, 100)], clock)
    review = VerdictReview(store.campaign_book, clock, lambda campaign: standing_on(campaign, rules.book))
    moved = asyncio.Event()
    shut = ShutLeads(store.due_book, store.call_book, clock, lambda: rules.book, moved.set, review.begin)
    heard = shut.refused if together else (lambda *_: None)
    launcher = Launcher(store.call_book, switch, clock, calls, agents, trunks, Words(), rules, None, heard)
    campaign, gate, judged = await store.call_book.campaign(1), Gate(), 0
    keep_pauses_short(store.database.threads_of_calls())
    waits: list[float] = []
    other = asyncio.create_task(claim_beside(store, waits))
    began, took = time.perf_counter(), 0.0
    while not took:
        launches = await asyncio.gather(
            *(launcher.launch(campaign, gate, with_agent=False) for _ in range(AT_ONCE))
        )
        judged += sum(one.what is Launched.REFUSED for one in launches)
        if any(one.what is Launched.PLACED for one in launches) or (most is not None and judged >= most):
            took = time.perf_counter() - began
        elif shut.is_looking(1):  # as a campaign's run does
            moved.clear()
            await moved.wait()
    while shut.is_looking(1):
        moved.clear()
        await moved.wait()
    all_off = time.perf_counter() - began
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    await shut.close()
    return took, judged, all_off, sorted(waits)


async def _nothing(_: object) -> None:
    return None


async def claim_beside(store: Store, waits: list[float], most: int | None = None) -> None:
    """Claim for the other campaign twenty times a second, as it does while it dials."""
    while most is None or len(waits) < most:
        began = time.perf_counter()
        await store.call_book.claim(2, NIGHT)
        waits.append((time.perf_counter() - began) * 1_000)
        await asyncio.sleep(0.05)


async def measure(leads: int, place: Path) -> None:
    store = await filled(place / f"alone-{leads}.db", leads)
    most = min(leads, 2_000)
    alone, judged, _, _ = await until_called(store, together=False, most=most)
    await store.close()
    one_by_one = alone / judged * leads
    (place / f"alone-{leads}.db").unlink()
    store = await filled(place / f"together-{leads}.db", leads)
    took, judged, all_off, waits = await until_called(store, together=True, most=None)
    await store.close()
    print(
        f"behind {leads:>9,} shut leads: called after {took:6.2f} s, {judged} judged one by one,"
        f" all put off after {all_off:6.2f} s; one by one {one_by_one:8.1f} s ({one_by_one / took:.0f} times)"
    )
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    print(f"  a claim of another campaign meanwhile: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(waits)} claims")


if __name__ == "__main__":
    run_each_size(__doc__, (10_000, 100_000, 1_000_000), measure)
