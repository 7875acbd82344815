"""Abandoned calls counted against the limits of the packs: read from the book once, then kept by counting.

A limit is counted per campaign or over all of them, as its pack says. Knows ledgers and the book; must not
know who decides what follows. Moments on the wall clock, as laws count them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from campaigns.rules.abandon import AbandonTerms, PackLimit
from campaigns.rules.amd_errors import Screens
from campaigns.rules.law import AbandonKind
from dialer.pacing.budgets import Budget, BudgetKind, Ledger, Standing
from dialer.pacing_book import PacingBook
from dialer.ports import Clock

ALARM_WINDOWS: Final = 30
"""In so many parts the recent past is read for an alarm, which forgets part by part."""


def budget_of(one: PackLimit) -> Budget:
    """Return a pack's limit as the pacer counts it."""
    limit = one.limit
    period = limit.period.rolling
    assert period is not None, "the reader of packs refuses abandon limits without a fixed length"
    return Budget(one.label, BudgetKind(limit.kind.value), limit.rate, period.total_seconds(), limit.per)


class AbandonCounts:
    """The ledgers of this process. A limit that lets nobody be abandoned needs none."""

    def __init__(self, book: PacingBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._ledgers: dict[tuple[int | None, Budget], Ledger] = {}
        self._counted: dict[int, list[Ledger]] = {}

    async def open(
        self, campaign_id: int, terms: AbandonTerms, judged: Callable[[], Iterable[tuple[int, bool]]]
    ) -> None:
        """Have a ledger for each limit of a campaign; those that are there already go on.

        ``judged`` returns the calls that were judged and are not in the book yet: their campaign, and whether
        they were abandoned.
        """
        counted = []
        for one in terms.limits:
            budget = budget_of(one)
            scope = campaign_id if one.limit.per == "campaign" else None
            if one.limit.kind is AbandonKind.ZERO:
                continue
            if (scope, budget) not in self._ledgers:
                ledger = await self._read(scope, budget)
                for of_campaign, abandoned in judged():
                    if scope in (None, of_campaign):
                        ledger.count(self._clock.now().timestamp(), abandoned=abandoned)
                self._ledgers.setdefault((scope, budget), ledger)
            counted.append(self._ledgers[scope, budget])
        self._counted[campaign_id] = counted

    def standings(self, campaign_id: int) -> Sequence[Standing]:
        """Return how each counted limit of a campaign stands now."""
        moment = self._clock.now().timestamp()
        return [ledger.standing(moment) for ledger in self._counted.get(campaign_id, ())]

    def count(self, campaign_id: int, *, abandoned: bool) -> None:
        """Enter one live answer."""
        for ledger in self._of(campaign_id):
            ledger.count(self._clock.now().timestamp(), abandoned=abandoned)

    def take_back(self, campaign_id: int, *, abandoned: bool) -> None:
        """Take out one live answer that was entered so."""
        for ledger in self._of(campaign_id):
            ledger.take_back(self._clock.now().timestamp(), abandoned=abandoned)

    def screen(self, campaign_id: int, more: Screens) -> None:
        """Enter verdicts of detection, and agents' words on them."""
        for ledger in self._of(campaign_id):
            ledger.screen(self._clock.now().timestamp(), more)

    def _of(self, campaign_id: int) -> Iterable[Ledger]:
        return (ledger for (scope, _), ledger in self._ledgers.items() if scope in (None, campaign_id))

    async def _read(self, scope: int | None, budget: Budget) -> Ledger:
        """Make a ledger and enter what the book has of its period."""
        now, length = self._clock.now(), timedelta(seconds=budget.period_s)
        if budget.kind is BudgetKind.ALARM:
            part = length / ALARM_WINDOWS
            windows = [(now - length + n * part, now - length + (n + 1) * part) for n in range(ALARM_WINDOWS)]
            ledger = Ledger(budget, now.timestamp())
        else:
            began = await self._period_began(scope, length, now)
            windows = [(began, now + timedelta(seconds=1))]
            ledger = Ledger(budget, began.timestamp())
        counts = await self._book.answer_counts(scope, windows)
        for (since, _), counted in zip(windows, counts, strict=True):
            ledger.enter(since.timestamp(), counted.live, counted.abandoned)
            ledger.screen(since.timestamp(), counted.screens)
        return ledger

    async def _period_began(self, scope: int | None, length: timedelta, now: datetime) -> datetime:
        """Return when the running period began: a campaign's periods follow its first call, those of a call
        centre each other from a fixed day."""
        first = datetime(1970, 1, 1, tzinfo=UTC)
        if scope is not None:
            first = await self._book.first_attempt_at(scope) or now
        return first + (now - first) // length * length
