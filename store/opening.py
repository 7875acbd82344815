"""Opening the store: schema first, then the lanes, then the books.

Knows how the parts of this room fit together. Must not know a statement.
"""

from dataclasses import dataclass

from store.call_book import SqlCallBook
from store.campaign_book import SqlCampaignBook
from store.database import Database
from store.lanes import open_lane, parsed
from store.list_book import SqlListBook
from store.person_book import SqlPersonBook
from store.schema import upgrade
from store.suppression_book import SqlSuppressionBook

READERS = 3


@dataclass(frozen=True, slots=True)
class Store:
    """Everything at rest, opened. Close it once nothing writes any more."""

    campaign_book: SqlCampaignBook
    call_book: SqlCallBook
    database: Database
    list_book: SqlListBook
    suppression_book: SqlSuppressionBook
    person_book: SqlPersonBook

    async def close(self) -> None:
        """Commit what is queued and close every connection; twice is harmless."""
        await self.database.close()


async def open_store(url: str) -> Store:
    """Bring the schema up to date and open the books.

    ``url`` is ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``postgresql://…``. Raises
    ``BadUrl``, ``Unavailable`` when the database cannot be opened, and ``TooNew``.
    """
    await upgrade(url)
    place = parsed(url)
    database = Database(
        writing=open_lane(place, writes=True),
        reading=open_lane(place, writes=False, width=READERS),
    )
    return Store(
        campaign_book=SqlCampaignBook(database),
        call_book=SqlCallBook(database),
        database=database,
        list_book=SqlListBook(database),
        suppression_book=SqlSuppressionBook(database),
        person_book=SqlPersonBook(database),
    )
