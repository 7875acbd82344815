"""A service that opens attempts as fast as it can and says which ones are safe. Killed by the crash test."""

import asyncio
import sys

from store_cases import attempt, campaign, row

from store.opening import open_store

LEADS = 4_000
AT_ONCE = 16


async def main(url: str) -> None:
    store = await open_store(url)
    added = await store.campaign_book.add_campaign(campaign())
    await store.campaign_book.load_rows(added.id, [row(index) for index in range(1, LEADS + 1)])
    indexes = iter(range(1, LEADS + 1))

    async def work() -> None:
        for index in indexes:
            new = attempt(index)
            await store.call_book.open_attempt(new)
            sys.stdout.write(f"{new.id}\n")
            sys.stdout.flush()

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


asyncio.run(main(sys.argv[1]))
