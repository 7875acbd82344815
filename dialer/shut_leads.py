"""Leads of places whose hours are shut, put off many at once.

A lead is judged when it is its turn; a list of a million that becomes due while its hours are shut would be
judged one by one before the first lead of an open place has its turn. The first refusal by the clock sets
this off. Knows pages of leads and when to stop. Must not know any rule: ``campaigns.rules.shut`` tells, and
every lead is judged by itself before it is called.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import structlog

from campaigns.model import CampaignStatus, Lead
from campaigns.outage import told_of
from campaigns.rules.packs import RuleBook
from campaigns.rules.refusals import standing_on
from campaigns.rules.shut import BY_THE_CLOCK, ShutPlaces, Whereabouts
from campaigns.verdicts import LastVerdict, Verdict
from dialer.ports import CallBook, Clock

log = structlog.get_logger()

PAGE: Final = 1_000
"""Leads that are looked at and put off in one transaction: calls under way wait behind it."""

ENOUGH: Final = 1_000
"""So many leads that hours do not hold back, and no more are looked at: whoever is first may be called."""

AGAIN_S: Final = 5.0
"""How long after one look at the leads of a campaign the next may begin."""


class Position(NamedTuple):
    """Where a lead stands in the order of claiming."""

    rank: int
    due_at: datetime
    lead_id: int


class DueLead(NamedTuple):
    """A lead that is due, and where it lies."""

    lead_id: int
    where: Whereabouts


class DuePage(NamedTuple):
    """Leads that are due, in the order of claiming, and where the last of them stands; None without any."""

    leads: Sequence[DueLead]
    last: Position | None


class DueBook(Protocol):
    """Leads that are due, in the order of claiming."""

    async def due_leads(
        self, campaign_id: int, moment: datetime, after: Position | None, limit: int
    ) -> DuePage:
        """Return up to so many waiting leads that are due at a moment and come after a position.

        Without those whose customer wished for a moment: that may open hours.
        """

    async def put_off(
        self, campaign_id: int, refusals: Mapping[LastVerdict, Sequence[DueLead]], moment: datetime
    ) -> int:
        """Let leads wait until the next moment of a refusal; returns how many do.

        Leads that are not as they were any more (claimed, put off, with an appointment or a first word on
        calls) stay as they are.
        """


class ShutLeads:
    """Puts off, campaign by campaign, whoever cannot be called before some hours open.

    ``moved`` is told when the leads of a campaign have been looked at; ``review`` has leads looked
    at again that were refused under other rules than those in force.
    """

    def __init__(
        self,
        due: DueBook,
        book: CallBook,
        clock: Clock,
        rules: Callable[[], RuleBook],
        moved: Callable[[], None],
        review: Callable[[int], None],
    ) -> None:
        self._due = due
        self._book = book
        self._clock = clock
        self._rules = rules
        self._moved = moved
        self._review = review
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._looked: dict[int, float] = {}

    def refused(self, campaign_id: int, lead: Lead, refusal: Verdict) -> None:
        """Hear of a lead that was refused at its turn; one by the clock has many behind it, perhaps."""
        alone = refusal.rule not in BY_THE_CLOCK or lead.appointment_at is not None
        if alone or campaign_id in self._tasks:
            return
        looked = self._looked.get(campaign_id)
        if looked is not None and self._clock.monotonic() < looked + AGAIN_S:
            return
        task = asyncio.create_task(self._look(campaign_id), name=f"shut leads {campaign_id}")
        self._tasks[campaign_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(campaign_id, None))

    def is_looking(self, campaign_id: int) -> bool:
        """Say whether leads of a campaign are being put off: to judge them one by one would be in vain."""
        return campaign_id in self._tasks

    async def close(self) -> None:
        """Stop at the page that is on its way."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _look(self, campaign_id: int) -> None:
        try:
            if leads := await self._put_off(campaign_id):
                log.info("leads put off", campaign=campaign_id, leads=leads)
        except Exception as fault:
            log.error("shut leads not put off", campaign=campaign_id, **told_of(fault))
        finally:
            self._looked[campaign_id] = self._clock.monotonic()
        self._moved()

    async def _put_off(self, campaign_id: int) -> int:
        """Look at leads that are due, page by page, until enough may be called; returns how many may not."""
        moment, campaign = self._clock.now(), await self._book.campaign(campaign_id)
        stands = standing_on(campaign, self._rules())
        places = ShutPlaces(campaign, self._rules(), moment)
        after: Position | None = None
        total = seen = 0
        while seen - total < ENOUGH and campaign.status is CampaignStatus.RUNNING:
            page = await self._due.due_leads(campaign_id, moment, after, PAGE)
            if page.last is None:
                break
            after, seen = page.last, seen + len(page.leads)
            if refusals := _refusals(places, page.leads, stands):
                total += await self._due.put_off(campaign_id, refusals, moment)
            if seen > total:
                self._moved()  # somebody may be called, perhaps
            campaign = await self._book.campaign(campaign_id)
            if standing_on(campaign, self._rules()) != stands:
                # Judged by what is no longer so, while those who changed it were looking already.
                self._review(campaign_id)
                break
        return total


def _refusals(
    places: ShutPlaces, leads: Sequence[DueLead], stands: str
) -> Mapping[LastVerdict, Sequence[DueLead]]:
    """Return the leads of a page that are shut out, by the refusal that holds for them."""
    found: dict[Verdict, list[DueLead]] = {}
    for lead in leads:
        refusal = places.refusal(lead.where)
        if refusal is not None:
            found.setdefault(refusal, []).append(lead)
    return {_kept(refusal, places.moment, stands): some for refusal, some in found.items()}


def _kept(refusal: Verdict, moment: datetime, stands: str) -> LastVerdict:
    return LastVerdict(
        rule=refusal.rule,
        reason=refusal.reason,
        at=moment,
        next_at=refusal.next_at,
        pack=refusal.pack,
        version=refusal.version,
        zone=refusal.zone,
        book=stands,
    )
