"""A desk in memory behind the console's ports: for tests of pages and API, with no switch and no store.

Small on purpose: it keeps the promises of ``console/ports.py`` that a client can see, not the rules of the
rooms below. Agents and samples are in ``console/memory_floor.py``.
"""

import itertools
import secrets
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from campaigns.desk.campaigns import CampaignDraft
from campaigns.desk.detection import DetectionReport
from campaigns.desk.imports import ImportDesk
from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.ledger import LedgerDesk
from campaigns.desk.lists import ListDesk
from campaigns.desk.newcomers import NewcomerDesk
from campaigns.desk.owners import OwnerDesk
from campaigns.desk.packs import PackDesk
from campaigns.desk.people import PeopleDesk
from campaigns.desk.reports import CampaignReport
from campaigns.desk.retention import RetentionDesk
from campaigns.desk.suppression import SuppressionDesk
from campaigns.desk.why import WhyDesk
from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from campaigns.lines import AttemptLine, LeadLine
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook, MemorySuppressionBook
from campaigns.memory_people import MemoryPersonBook
from campaigns.memory_retention import MemoryRetentionBook
from campaigns.model import (
    AmdMode,
    Campaign,
    CampaignStatus,
    Disposition,
    LeadStatus,
    Template,
)
from campaigns.reporting import Page, page_of
from campaigns.rules.amd_errors import Screens, misjudged
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from campaigns.spread import Spread
from campaigns.templates import parse_hours
from campaigns.why_facts import Live
from console.memory_callers import MemoryCallers
from console.memory_floor import HISTORY, NOON, TEMPLATE, MemoryFloor, MemoryLive
from console.memory_pacing import MemoryPacing
from console.ports import Desk, PartHealth, Token
from dialer.control import TestCall
from dialer.forecast.desk import ForecastDesk
from dialer.forecast.memory import MemoryForecastBook, MemoryLearnedBook
from dialer.memory_book import MemoryCallBook
from dialer.receipts import PauseReceipt

UPLOADS = Path(tempfile.gettempdir()) / "dialer-console-uploads"


class MemoryCampaigns:
    """Campaigns and their reports in two dictionaries."""

    def __init__(self, live: MemoryLive) -> None:
        self.book = MemoryBook()
        self.rows = self.book.campaign_rows
        self._live = live
        self._ids = itertools.count(1)

    @property
    def loaded(self) -> Mapping[int, Sequence[str]]:
        """The names on the lists of each campaign."""
        return {
            number: [
                self.book.customer_rows[lead.customer_id].name
                for lead in self.book.lead_rows.values()
                if lead.campaign_id == number
            ]
            for number in self.rows
        }

    def templates(self) -> Sequence[Template]:
        """Return the one template."""
        return (TEMPLATE,)

    async def create(self, draft: CampaignDraft, by: str) -> Campaign:
        """Create a draft; a taken name and an unknown template are faults."""
        faults = []
        if any(row.name == draft.name for row in self.rows.values()):
            faults.append(Fault("name", "is taken"))
        if draft.template != TEMPLATE.name:
            faults.append(Fault("template", f"there is no template {draft.template!r}"))
        if faults:
            raise InvalidInput(faults)
        t, number = TEMPLATE, next(self._ids)
        hours = t.hours if draft.hours is None else parse_hours(draft.hours)
        self.rows[number] = Campaign(
            number, draft.name, t.name, t.version, t.purpose, CampaignStatus.DRAFT, draft.company,
            draft.caller_id, draft.callback_number, t.flow, hours, t.retries,
            draft.max_attempts or t.max_attempts, t.anchor, draft.ring_timeout_s or t.ring_timeout_s,
            t.connect_limit_s, draft.wrap_up_s or t.wrap_up_s, draft.max_channels or 10,
            draft.calls_per_second or 1, NOON, by, NOON, "", draft.packs, draft.amd, draft.machine_message,
            draft.amd_check_share or 0.0, draft.mode, draft.lines_per_agent or 1, draft.weight or 1,
        )  # fmt: skip
        self._live.known.add(number)
        return self.rows[number]

    async def outcomes(self, campaign_id: int) -> Collection[str]:
        """Return the codes that agents may record."""
        return TEMPLATE.outcomes

    async def change_rules(
        self, campaign_id: int, hours: Mapping[str, str] | None, packs: Sequence[str], by: str
    ) -> Campaign:
        """Store hours and packs; an unknown pack and unreadable hours are faults."""
        campaign = await self.get(campaign_id)
        if unknown := [name for name in packs if name != "carrier"]:
            raise InvalidInput([Fault("packs", f"no rule pack {', '.join(unknown)}")])
        given = campaign.hours if hours is None else parse_hours(hours)
        self.rows[campaign_id] = replace(campaign, hours=given, packs=tuple({*campaign.packs, *packs}))
        return self.rows[campaign_id]

    async def weigh(self, campaign_id: int, weight: int, by: str) -> Campaign:
        """Store the weight."""
        self.rows[campaign_id] = replace(await self.get(campaign_id), weight=weight)
        return self.rows[campaign_id]

    async def get(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""
        if campaign_id not in self.rows:
            raise NotFound(f"There is no campaign {campaign_id}.")
        return self.rows[campaign_id]

    async def all(self, *, tests: bool = False) -> Sequence[Campaign]:
        """Return all campaigns; ``tests``: those of test calls, too."""
        return [one for one in self.rows.values() if tests or not one.for_test_calls]

    async def not_reached(self, campaign_id: int, after: int, limit: int) -> Page[LeadLine]:
        """Return the loaded names: nobody has been reached. Their leads count from 1."""
        await self.get(campaign_id)
        leads = [
            LeadLine(n, f"C-{n}", name, f"+4930555{n:03}", LeadStatus.WAITING, 1, Disposition.BUSY, NOON,
                     "busy; called again in ten minutes")
            for n, name in enumerate(self.loaded[campaign_id], 1)
        ]  # fmt: skip
        return page_of(leads, after, limit)

    async def records(self, campaign_id: int, after: str, limit: int) -> Page[AttemptLine]:
        """Return the one attempt there was."""
        await self.get(campaign_id)
        if after not in ("", HISTORY.attempt_id):
            raise InvalidInput([Fault("query after", "is no attempt of this campaign")])
        return page_of([HISTORY], len(after) and 1, limit)

    async def report(self, campaign_id: int, limit: int) -> CampaignReport:
        """Return a report over the loaded names: nobody has been reached."""
        campaign = await self.get(campaign_id)
        not_reached = await self.not_reached(campaign_id, 0, limit)
        names = not_reached.total
        return CampaignReport(
            campaign, NOON, dict.fromkeys(LeadStatus, 0) | {LeadStatus.WAITING: names},
            names + 8, 0, {Disposition.CONNECTED: 8, Disposition.BUSY: names}, 8, 0.0,
            {1: 0, 2: 0, 3: 1, 4: 2, 5: 5}, 4.5, {"satisfied": 7, "so_so": 1}, Spread(2.5, 9.0, 11.0), 61.5,
            not_reached, await self.records(campaign_id, "", limit),
            None if campaign.amd is AmdMode.OFF else DETECTION,
        )  # fmt: skip


_SCREENS = Screens(human=40, not_sure=25, passed_machines=5, machine=19, checked=10, judged=10, persons=1)
DETECTION = DetectionReport(_SCREENS, misjudged(_SCREENS, 61), 0.031, Spread(1012.4, 1731.9, 1740.0))
"""What detection did in every campaign of this desk that has it."""


class MemoryDialing:
    """Status changes with their allowed moves, and receipts."""

    def __init__(self, campaigns: MemoryCampaigns, live: MemoryLive) -> None:
        self._campaigns = campaigns
        self._live = live
        self.switch_fault: Exception | None = None
        self.store_takes_pauses = True

    async def _move(self, number: int, to: CampaignStatus, by: str, reason: str, *wanted: str) -> Campaign:
        campaign = await self._campaigns.get(number)
        if campaign.status not in wanted:
            raise NotAllowedNow(f"The campaign is {campaign.status}; it must be {' or '.join(wanted)}.")
        if to is CampaignStatus.RUNNING and not campaign.caller_id:
            raise NotAllowedNow("The campaign has no caller ID.")
        if self.switch_fault is not None:
            raise self.switch_fault
        moved = replace(campaign, status=to, status_by=by, status_at=NOON, status_reason=reason)
        self._campaigns.rows[number] = moved
        await self._live.change()
        return moved

    async def start(self, campaign_id: int, by: str) -> Campaign:
        """Start a draft or finished campaign."""
        return await self._move(campaign_id, CampaignStatus.RUNNING, by, "", "draft", "finished")

    async def pause(self, campaign_id: int, by: str, reason: str, cancel_unanswered: bool) -> PauseReceipt:
        """Pause a running campaign; three calls are always ringing."""
        await self._move(campaign_id, CampaignStatus.PAUSED, by, reason, "running")
        return self._receipt(campaign_id, by, reason, cancel_unanswered)

    async def resume(self, campaign_id: int, by: str) -> Campaign:
        """Resume a paused campaign."""
        return await self._move(campaign_id, CampaignStatus.RUNNING, by, "", "paused")

    async def stop(self, campaign_id: int, by: str) -> PauseReceipt:
        """Stop a running or paused campaign."""
        await self._move(campaign_id, CampaignStatus.STOPPED, by, "stopped", "running", "paused")
        return self._receipt(campaign_id, by, "stopped", True)

    async def test_call(self, number: str, by: str) -> TestCall:
        """Accept a test call."""
        if self.switch_fault is not None:
            raise self.switch_fault
        return TestCall("t-1", number, 1)

    def _receipt(self, campaign_id: int, by: str, reason: str, cancel: bool) -> PauseReceipt:
        ends = NOON + timedelta(seconds=25)
        cancelled, crossed = (3, 1) if cancel else (0, 0)
        return PauseReceipt(
            campaign_id, NOON, by, reason, 3, ends, cancelled, crossed, 2, 1, stored=self.store_takes_pauses
        )


class MemoryHealth:
    """Parts that are set from outside."""

    def __init__(self) -> None:
        self.parts: list[PartHealth] = [PartHealth("switch", True, "Asterisk 22.1.0, link up"),
                                        PartHealth("store", True, "")]  # fmt: skip

    async def check(self) -> Sequence[PartHealth]:
        """Return the parts."""
        return self.parts


class MemoryDesk:
    """All twins together, and the ``Desk`` over them. Uploads go to ``spool``, read by ``reader``; ``rules``
    bind forecasts and how long records are kept.
    """

    def __init__(
        self,
        tokens: Mapping[str, Token],
        agents: Mapping[str, str],
        spool: Path = UPLOADS,
        rules: RuleBook | None = None,
        reader: InlineReader | None = None,
    ) -> None:
        self._turns = itertools.count()
        self.live = MemoryLive()
        self.campaigns = MemoryCampaigns(self.live)
        self.dialing = MemoryDialing(self.campaigns, self.live)
        self.floor = MemoryFloor(self.live, agents)
        self.pacing = MemoryPacing()
        self.health = MemoryHealth()
        book = self.campaigns.book
        lists, people, reader = MemoryListBook(book), MemoryPersonBook(book), reader or InlineReader()
        self.calls = MemoryCallBook(book)
        self.facts = Live(service=True, at_work=True, switch_up=True)
        owner = secrets.token_hex(8)  # a book in memory is never opened again
        self.imports = ImportDesk(book, lists, reader, {}, lambda: NOON, spool, owner=owner)
        owners = OwnerDesk(people, lambda: NOON, agents)
        newcomers = NewcomerDesk(people, owners, lambda: NOON, self.pick, "DE")
        self.rules = in_force = RulesInForce(rules or RuleBook({}))
        self.fresh = in_force.book
        self.judged_anew = 0
        ledger = LedgerDesk(book.ledger)
        retention = RetentionDesk(MemoryRetentionBook(book), in_force, lambda: NOON)
        self.desk = Desk(
            campaigns=self.campaigns,
            dialing=self.dialing,
            floor=self.floor,
            callers=MemoryCallers(self.floor, newcomers, people),
            live=self.live,
            pacing=self.pacing,
            health=self.health,
            imports=self.imports,
            lists=ListDesk(
                lists,
                retention,
                lambda: NOON,
                outcomes=self.campaigns.outcomes,
                deleted=self.imports.forget_list,
            ),
            suppression=SuppressionDesk(MemorySuppressionBook(book), book, reader, lambda: NOON),
            people=PeopleDesk(
                people, book, owners, retention, lambda: NOON, "DE", erasing=self.imports.erase
            ),
            newcomers=newcomers,
            owners=owners,
            forecasts=ForecastDesk(
                MemoryForecastBook(self.calls),
                MemoryLearnedBook(),
                in_force.book,
                lambda: NOON,
                lambda _: True,
            ),
            why=WhyDesk(
                book,
                self.calls,
                in_force,
                lambda: NOON,
                self.live_facts,
                lambda _: True,
            ),
            ledger=ledger,
            packs=PackDesk(in_force, self.read_packs, ledger, "0.1.0", self.judge_anew),
            tokens=tokens,
            version="0.1.0",
            started_at=NOON,
        )

    def pick(self, signs: str) -> str:
        """Return the sign whose turn it is: no two references are alike."""
        return signs[next(self._turns) // 8 % len(signs)]

    async def live_facts(self, _: Campaign) -> Live:
        """Return what the running service knows of any campaign."""
        return self.facts

    def read_packs(self) -> RuleBook:
        """Return the packs of the installation, as they lie there now."""
        return self.fresh

    async def judge_anew(self) -> None:
        """Count how often other packs came into force."""
        self.judged_anew += 1
