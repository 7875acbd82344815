"""Opening the store: schema first, then the lanes, then the books.

Knows how the parts of this room fit together. Must not know a statement.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import URL

from campaigns.private_files import close_to_world, make_private_file
from store.call_book import SqlCallBook
from store.campaign_book import SqlCampaignBook
from store.database import Database
from store.due_book import SqlDueBook
from store.errors import Unavailable
from store.forecast_book import SqlForecastBook
from store.lanes import open_lane, parsed
from store.ledger import enter
from store.ledger_book import SqlLedgerBook
from store.list_book import SqlListBook
from store.log_file import empty_log
from store.pacing_book import SqlPacingBook
from store.person_book import SqlPersonBook
from store.retention_book import SqlRetentionBook
from store.schema import Standing, standing, upgrade, write_nothing_new
from store.suppression_book import SqlSuppressionBook
from store.why_book import SqlWhyBook

READERS = 3


@dataclass(frozen=True, slots=True)
class Store:
    """Everything at rest, opened. Close it once nothing writes any more."""

    campaign_book: SqlCampaignBook
    call_book: SqlCallBook
    due_book: SqlDueBook
    database: Database
    list_book: SqlListBook
    suppression_book: SqlSuppressionBook
    person_book: SqlPersonBook
    retention_book: SqlRetentionBook
    why_book: SqlWhyBook
    ledger_book: SqlLedgerBook
    pacing_book: SqlPacingBook
    forecast_book: SqlForecastBook

    async def close(self) -> None:
        """Commit what is queued and close every connection; twice is harmless."""
        await self.database.close()


async def open_store(url: str, *, alone: bool = False) -> Store:
    """Bring the schema up to date and open the books.

    ``url`` is ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``postgresql://…``. ``alone``: two
    services, on whatever machines, never write into one database of PostgreSQL. Raises ``BadUrl``,
    ``Unavailable`` when the database cannot be opened or another service has it, and ``TooNew``.
    """
    place = parsed(url)
    if place.get_backend_name() == "sqlite":
        _keep_private(Path(place.database or ""))
    store = _opened(place, alone)
    try:
        if alone:
            await store.database.write(
                lambda _: None
            )  # before anything is changed under the other one's feet
        await upgrade(url)
        await store.ledger_book.begin()
    except BaseException:
        await store.close()
        raise
    return store


async def open_existing(url: str) -> Store:
    """Open the books of a database that is there already, and change nothing in its tables.

    Raises ``BadUrl``, and ``Unavailable`` where there is none, or one of another version.
    """
    place = parsed(url)
    is_file = place.get_backend_name() == "sqlite"
    if is_file and not await asyncio.to_thread(Path(place.database or "").exists):
        raise Unavailable("there is no database yet: start the service once")
    stands = await standing(url)
    if stands is not Standing.CURRENT:
        raise Unavailable(_NOT_OURS[stands])
    return _opened(place)


_NOT_OURS = {
    Standing.EMPTY: "the database is empty: start the service once",
    Standing.OLDER: "the database is of an older version of the program: start the service once",
    Standing.NEWER: "the database is of a newer version of the program: install that one",
}


def _opened(place: URL, alone: bool = False) -> Store:
    database = Database(
        writing=open_lane(place, writes=True, alone=alone),
        reading=open_lane(place, writes=False, width=READERS),
        reading_long=open_lane(place, writes=False),
        empty_log=partial(empty_log, place),
        finish=enter,
        touch=write_nothing_new,
    )
    return Store(
        campaign_book=SqlCampaignBook(database),
        call_book=SqlCallBook(database),
        due_book=SqlDueBook(database),
        database=database,
        list_book=SqlListBook(database),
        suppression_book=SqlSuppressionBook(database),
        person_book=SqlPersonBook(database),
        retention_book=SqlRetentionBook(database),
        why_book=SqlWhyBook(database),
        ledger_book=SqlLedgerBook(database),
        pacing_book=SqlPacingBook(database),
        forecast_book=SqlForecastBook(database),
    )


def _keep_private(file: Path) -> None:
    """Let nobody else read the database: SQLite gives its companions the mode of the file itself."""
    try:
        make_private_file(file)
    except OSError as fault:
        raise Unavailable(f"{file}: cannot be opened: {fault.strerror}") from fault
    for companion in ("-wal", "-shm"):
        close_to_world(file.with_name(file.name + companion))
