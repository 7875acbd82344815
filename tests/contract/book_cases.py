"""What the contract suites of the books work with: one campaign, rows of a list, attempts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from plain_cases import plain_campaign, plain_row

from campaigns.books import (
    ListBook,
    MappingBook,
    OwnerBook,
    PersonBook,
    RetentionBook,
    SuppressionBook,
    WhyBook,
)
from campaigns.desk.retention import RetentionDesk
from campaigns.ledger_book import LedgerBook
from campaigns.lists import ListRow
from campaigns.model import (
    AmdMode,
    Anchor,
    Campaign,
    CampaignStatus,
    DialMode,
    Disposition,
    HoursWindow,
    RetryRule,
)
from campaigns.ports import CampaignBook
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from dialer.forecast.ports import ForecastBook
from dialer.pacing_book import PacingBook
from dialer.ports import CallBook, NewAttempt
from dialer.shut_leads import DueBook

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)

CAMPAIGN = plain_campaign(
    id=999,
    name="Revisit November",
    status=CampaignStatus.DRAFT,
    company="Nordstern Wärmepumpen",
    caller_id="+442079460000",
    callback_number="+442079460001",
    hours=(HoursWindow(0, time(9), time(12, 30)), HoursWindow(4, time(18), time(0))),
    retries={Disposition.BUSY: RetryRule(900.0, 3), Disposition.NO_ANSWER: RetryRule(7200.0, 2)},
    anchor=Anchor("service_date", 0, 3),
    calls_per_second=2.5,
    created_at=NOON - timedelta(days=1),
    amd=AmdMode.HUMAN_FIRST,
    machine_message=True,
    amd_check_share=0.25,
    mode=DialMode.RATIO,
    lines_per_agent=1.75,
    weight=3,
)

ROW = plain_row(
    1,
    name="José Łuczak",
    title="Mr",
    zones=("Europe/London", "Europe/Dublin"),
    number="+442079460100",
    due_at=NOON,
    fields={"service": "boiler", "service_date": "2026-11-02"},
    extras={"region": "north"},
)


class ListAndMappingBook(ListBook, MappingBook, Protocol):
    """Both in one class, as both implementations are."""


class PersonAndOwnerBook(PersonBook, OwnerBook, Protocol):
    """Both in one class, as both implementations are."""


@dataclass(frozen=True, slots=True)
class Books:
    """All books over the same data, and the short ways that tests take."""

    campaigns: CampaignBook
    calls: CallBook
    lists: ListAndMappingBook
    suppression: SuppressionBook
    people: PersonAndOwnerBook
    why: WhyBook
    ledger: LedgerBook
    pacing: PacingBook
    forecast: ForecastBook
    retention: RetentionBook
    due: DueBook
    recycle: Callable[[int], Awaitable[None]]  # a lead that is done waits once more

    async def campaign(self, name: str = "Revisit November") -> Campaign:
        return await self.campaigns.add_campaign(replace(CAMPAIGN, name=name))

    async def leads(self, count: int, campaign_id: int | None = None) -> int:
        """Load ``count`` leads, all due at noon; returns their campaign's id."""
        if campaign_id is None:
            campaign_id = (await self.campaign()).id
        rows = [row(index) for index in range(1, count + 1)]
        await self.campaigns.load_rows(campaign_id, rows)
        return campaign_id

    async def purge(self, moment: datetime, rules: RuleBook | None = None) -> int:
        """Destroy records whose time is over, as rule packs allow; returns how many leads went."""
        desk = RetentionDesk(self.retention, RulesInForce(rules or RuleBook({})), lambda: moment)
        return (await desk.purge()).leads

    async def attempt(self, attempt_id: str = "a-1", *, lead_id: int = 1, **changes: object) -> NewAttempt:
        """Open an attempt of a lead that was loaded before."""
        new = new_attempt(attempt_id, lead_id=lead_id, **changes)
        await self.open(new)
        return new

    async def open(self, new: NewAttempt) -> None:
        """Open an attempt, of a lead that is done too."""
        if not await self.calls.open_attempt(new):
            await self.recycle(new.lead_id)
            assert await self.calls.open_attempt(new)


def row(index: int, **changes: object) -> ListRow:
    """A row about customer ``C-index`` with a number of its own."""
    return ROW._replace(**{"ref": f"C-{index}", "number": f"+4420794{60100 + index}", **changes})  # type: ignore[arg-type]


def new_attempt(attempt_id: str, *, lead_id: int = 1, **changes: object) -> NewAttempt:
    """An attempt of a lead of ``Books.leads``: there lead, customer and row have the same figure."""
    new = NewAttempt(
        id=attempt_id,
        campaign_id=1,
        lead_id=lead_id,
        customer_id=lead_id,
        number=f"+4420794{60100 + lead_id}",
        trunk="main",
        agent_id="agent-7",
        committed_at=NOON,
        definition_version="f00d",
    )
    return replace(new, **changes)  # type: ignore[arg-type]
