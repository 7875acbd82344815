"""What the use cases of this room need from the outside: the book of campaigns and lists.

Implemented by ``store`` (SQL) and ``campaigns/memory.py`` (in memory); one contract suite runs over both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from campaigns.due_now import LeadGroup
from campaigns.lines import AttemptLine, LeadLine
from campaigns.lists import Known, ListRow, LoadCount, LoadTerms
from campaigns.model import (
    Campaign,
    CampaignStatus,
    Customer,
    HoursWindow,
    LeadStatus,
)
from campaigns.reporting import Page, Tally


@dataclass(frozen=True, slots=True)
class Dialled:
    """Where calls of a campaign go: one number for many alike, with the address of its customer."""

    number: str
    country: str
    region: str


PAGE: Final = 1_000
"""How many lines of a long list are read at once when nothing is said."""

PLAIN: Final = LoadTerms(known=Known.ALLOW)
"""Loading as it was before lists had terms: into the main list, two customers may share a number."""


class CampaignBook(Protocol):
    """Campaigns, their lists and their history at rest."""

    async def add_campaign(self, campaign: Campaign) -> Campaign:
        """Store a new campaign (its ``id`` is ignored) and return it with its id.

        Raises ``InvalidInput`` when the name is taken.
        """

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""

    async def campaigns(self) -> Sequence[Campaign]:
        """Return all campaigns, oldest first."""

    async def set_status(
        self, campaign_id: int, status: CampaignStatus, by: str, at: datetime, reason: str = ""
    ) -> Campaign:
        """Store a change of status with who, when and why; returns the campaign as it is now."""

    async def load_rows(
        self, campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms = PLAIN
    ) -> LoadCount:
        """Add or update customers and leads, in one transaction; makes the list when there is none.

        A customer is known by ``ref``; a lead by campaign, customer and number. A changed row updates
        customer data and the lead's fields, never a lead's status, its list or what has been tried. Where
        rows of one batch contradict each other the last one counts. What is left out, and whose made-up
        reference gives way to a row's, decides ``campaigns.sharing``.
        """

    async def customer(self, customer_id: int) -> Customer:
        """Return one customer; raises ``NotFound``."""

    async def history(self, customer_id: int, limit: int = 50) -> Sequence[AttemptLine]:
        """Return a customer's attempts over all campaigns, newest first."""

    async def attempts(self, campaign_id: int, after: str = "", limit: int = PAGE) -> Page[AttemptLine]:
        """Return a campaign's attempts, newest first, ``limit`` of those that come after ``after``.

        "" begins with the newest; new attempts come in front and move nothing. Raises ``NotFound`` when
        ``after`` is no attempt of the campaign.
        """

    async def leads(
        self, campaign_id: int, after: int = 0, limit: int = PAGE, *, reached: bool | None = None
    ) -> Page[LeadLine]:
        """Return a campaign's leads by id, ``limit`` of those that come after lead ``after``.

        ``reached`` asks for those with, or without, a talk with the customer himself.
        """

    async def tally(self, campaign_id: int) -> Tally:
        """Count a campaign's leads and attempts at one moment."""

    async def destinations(self, campaign_id: int) -> Sequence[Dialled]:
        """Return where the leads of a campaign that are not done lie: one number for each address among
        numbers that begin with the same seven characters, so that each country and area code is there.
        """

    async def lead_counts(self, campaign_id: int) -> Mapping[LeadStatus, int]:
        """Return how many leads stand where; every status is a key."""

    async def set_rules(
        self, campaign_id: int, hours: tuple[HoursWindow, ...], packs: tuple[str, ...], by: str, at: datetime
    ) -> Campaign:
        """Store other calling hours and rule packs; returns the campaign as it is now.

        No lead is parked any more by a verdict that was made under the old ones; who was refused under them
        is found by ``refused_otherwise``.
        """

    async def set_weight(self, campaign_id: int, weight: int, by: str) -> Campaign:
        """Store a campaign's part of the shared agents; returns the campaign as it is now."""

    async def lead_groups(self, campaign_id: int, moment: datetime) -> Sequence[LeadGroup]:
        """Count a campaign's leads by where they stand and what refused them last; every lead once."""

    async def claimed_judged_again(self, campaign_id: int, cause: str, at: datetime) -> None:
        """See to it that no lead that is claimed now is parked by the verdict that is being made on it."""

    async def refused_otherwise(
        self, campaign_id: int, stands: str, at: datetime, limit: int
    ) -> Sequence[int]:
        """Return the ids of up to so many leads that were refused until ``at`` on anything but ``stands``."""

    async def some_judged_again(
        self, campaign_id: int, lead_ids: Sequence[int], stands: str, cause: str, at: datetime
    ) -> int:
        """Let those of the leads wait again that are, still, what ``refused_otherwise`` returns.

        They are due since they were refused. ``cause`` is what changed, in plain words, and stands in the
        history of each; the ledger names all of them in one entry. Returns how many.
        """

    async def suppress(self, number: str, reason: str, by: str, at: datetime) -> None:
        """Never call this number again, effective at once, in every campaign. Idempotent."""

    async def is_suppressed(self, number: str) -> bool:
        """Say whether this number asked to be left alone."""
