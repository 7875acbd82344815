"""Two nodes over one database enter into one chain, whoever commits first."""

import asyncio
import shutil
from pathlib import Path

import pytest
from book_cases import CAMPAIGN, NOON, new_attempt, row

from campaigns.desk.ledger import LedgerDesk
from campaigns.model import Disposition, LeadPlan, LeadStatus
from dialer.ports import CallFacts, Settlement
from store.opening import Store, open_store

CALLS = 40
BUSY = Settlement(Disposition.BUSY, CallFacts(ended_at=NOON), LeadPlan(LeadStatus.WAITING, NOON, "busy"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_two_nodes_share_one_chain(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, migrated: Path
) -> None:
    if kind == "sqlite":
        shutil.copy(migrated, tmp_path / "book.db")
        url = f"sqlite:///{tmp_path / 'book.db'}"
    else:
        running = request.getfixturevalue("cluster")
        running.reset("books")
        url = running.url("books")
    first, second = await open_store(url), await open_store(url)
    try:
        made = await first.campaign_book.add_campaign(CAMPAIGN)
        await first.campaign_book.load_rows(made.id, [row(index) for index in range(1, 2 * CALLS + 1)])
        await asyncio.gather(
            _call(first, range(1, CALLS + 1)), _call(second, range(CALLS + 1, 2 * CALLS + 1))
        )
        report = await LedgerDesk(second.ledger_book).verify(await first.ledger_book.head())
        assert (report.fault, report.entries, report.calls) == (None, 3 + 4 * CALLS, 2 * CALLS)
    finally:
        await second.close()
        await first.close()


async def _call(node: Store, lead_ids: range) -> None:
    """Make the calls of a node one after the other, so that both take turns."""
    for lead_id in lead_ids:
        await node.call_book.open_attempt(new_attempt(f"a-{lead_id}", lead_id=lead_id, campaign_id=1))
        await node.call_book.settle(f"a-{lead_id}", BUSY)
