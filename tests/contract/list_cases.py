"""What the contract suites of lists work with: the terms rows come under, and a list of a new campaign."""

from book_cases import NOON, Books, row

from campaigns.lists import LoadTerms

TERMS = LoadTerms(list_name="spring", by="mona", at=NOON)


async def listed(books: Books, count: int) -> tuple[int, int]:
    """Load leads into a list of a new campaign; returns the campaign's id and the list's."""
    campaign = await books.campaign()
    rows = [row(index) for index in range(1, count + 1)]
    await books.campaigns.load_rows(campaign.id, rows, TERMS)
    (kept,) = await books.lists.lists(campaign.id)
    return campaign.id, kept.id
