"""A service that loads a long list and says how many rows its report has loaded. Killed by the crash test."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from plain_cases import plain_campaign

from campaigns.desk.retention import RetentionDesk
from campaigns.desk.uploads import ImportOrder
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from service.clock import SystemClock
from service.list_desks import list_desks
from service.settings_file import parse_settings
from store.opening import open_store

ROWS = 40_000


async def main(home: Path) -> None:
    settings = parse_settings("", home, {})
    store = await open_store(f"sqlite:///{home / 'dialer.db'}")
    made = await store.campaign_book.add_campaign(plain_campaign(created_at=datetime.now(UTC)))
    retention = RetentionDesk(store.retention_book, RulesInForce(RuleBook({})), SystemClock().now)
    desk = list_desks(
        settings, store, {}, SystemClock(), retention, lambda: None, lambda: None, "ours"
    ).imports
    path = desk.new_file()
    path.write_text("ref,phone\nC-x,none\n" + "".join(f"C-{n},+1202555{n:04d}\n" for n in range(ROWS)))
    begun = await desk.start(made.id, path, "list.csv", ImportOrder(), "mona")
    while True:
        await asyncio.sleep(0)
        if loaded := desk.get(begun.id).loaded:
            sys.stdout.write(f"{loaded}\n")
            sys.stdout.flush()


asyncio.run(main(Path(sys.argv[1])))
