"""Do-not-call lists: made, filled by hand or from a registry, asked, corrected.

Knows the order of work. Must not know HTTP or a database. What is on a list counts from the next claim on:
the verdict asks at the very moment of dialing.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from campaigns.books import SuppressionBook
from campaigns.desk.encoding import encoding_faults, encoding_named
from campaigns.desk.registry import NumberBatch
from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from campaigns.model import Campaign, CampaignStatus, Purpose
from campaigns.ports import CampaignBook
from campaigns.rules.phone import normalise
from campaigns.suppression import (
    OPT_OUT_ID,
    BarringEntry,
    SuppressedNumber,
    SuppressionKind,
    SuppressionList,
)

AT_ONCE: Final = 250
"""Numbers that are put on a list in one transaction: calls under way wait behind it."""
FAULTS_TOLD: Final = 1_000
MAX_REASON: Final = 200
_BETWEEN: Final = re.compile("[,;]")
"""What stands between numbers that somebody typed on one line."""


@dataclass(frozen=True, slots=True)
class RegistryReport:
    """What loading numbers did: ``rows`` is added + known + faulty; only the first faults are told.

    Of a file ``form`` says in words how it was read and ``column`` which of its columns the numbers were: a
    wrong guess of its encoding shows there.
    """

    rows: int
    added: int
    known: int
    faulty: int
    faults: tuple[Fault, ...] = ()
    form: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class BarredCalls:
    """What do-not-call lists say to calls of a purpose, or to those of one campaign; ``by`` are the lists.

    Without campaign: to every call of the purpose, whatever its campaign.
    """

    purpose: Purpose
    campaign: Campaign | None
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Barred:
    """Whether a number is on a do-not-call list as the launcher sees it, and which entries say so.

    ``calls`` are first those of the purposes, then those of the campaigns that were asked about.
    """

    number: str
    entries: tuple[BarringEntry, ...]
    calls: tuple[BarredCalls, ...]


class NumberReader(Protocol):
    """Takes files of numbers apart somewhere where calls do not notice."""

    def numbers(
        self, path: Path, region: str | None, encoding: str = ""
    ) -> AsyncGenerator[NumberBatch, None]:
        """Yield the batches of a file; raises ``InvalidInput`` for what spoils the whole of it.

        Whoever listens closes it, come what may.
        """


class SuppressionDesk:
    """Use cases of do-not-call lists.

    ``reader`` reads uploaded files. ``now`` returns the moment. ``region`` is the ISO country of numbers
    without a country code; None refuses those. ``changed`` is told after every change.
    """

    def __init__(
        self,
        book: SuppressionBook,
        campaigns: CampaignBook,
        reader: NumberReader,
        now: Callable[[], datetime],
        region: str | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._book = book
        self._campaigns = campaigns
        self._reader = reader
        self._now = now
        self._region = region
        self._changed = changed

    async def lists(self) -> Sequence[SuppressionList]:
        """Return every list with its size, oldest first."""
        return await self._book.suppression_lists()

    async def add_list(
        self,
        name: str,
        kind: SuppressionKind,
        purpose: Purpose | None,
        campaign_id: int | None,
        by: str,
    ) -> SuppressionList:
        """Make a list: for one purpose, one campaign, or everything. People's own lists bar whole persons."""
        if not name.strip() or len(name) > 120 or not name.isprintable():
            raise InvalidInput([Fault("name", "is empty, too long or not one line of text")])
        whole = kind is not SuppressionKind.REGISTRY
        new = SuppressionList(0, name.strip(), kind, purpose, campaign_id, whole, by, self._now())
        return await self._book.add_suppression_list(new)

    async def suppress(self, list_id: int, lines: Sequence[str], reason: str, by: str) -> RegistryReport:
        """Put the numbers of some lines on a list; what is none is named by its text and its line, from 1.

        A line may hold several, with commas or semicolons between them, or none. Raises ``NotFound``, and
        ``InvalidInput`` where there is no number at all.
        """
        faults, good = [], []
        for line, text in enumerate(lines, 1):
            for part in filter(None, map(str.strip, _BETWEEN.split(text))):
                try:
                    good.append(normalise(part, self._region))
                except ValueError as problem:
                    faults.append(Fault(f"line {line}", f"{part[:40]!r}: {problem}"))
        if not good:
            raise InvalidInput(faults[:FAULTS_TOLD] or [Fault("numbers", "there is no telephone number")])
        now = self._now()
        entries = [SuppressedNumber(list_id, number, reason, by, now) for number in dict.fromkeys(good)]
        try:
            added = await self._put(entries)
        finally:  # what was put stays, also where the rest was not
            self._changed()
        rows = len(good) + len(faults)
        return RegistryReport(rows, added, len(good) - added, len(faults), tuple(faults[:FAULTS_TOLD]))

    async def unread(self) -> Sequence[SuppressedNumber]:
        """Return what people who asked to be left alone called from and nobody can read, oldest first.

        These entries bar nobody: somebody has to find out whom they are about.
        """
        return await self._book.unread_opt_outs()

    async def remove(self, list_id: int, number: str, by: str) -> None:
        """Take a number off a list; raises ``NotFound``. Who asked us himself stays where he is."""
        if list_id == OPT_OUT_ID:
            raise NotAllowedNow("who asked never to be called again stays on this list")
        normal = self._normal(number)
        if not await self._book.unsuppress(list_id, normal, by, self._now()):
            raise NotFound(f"{normal} is not on that list")
        self._changed()

    async def ask(
        self, number: str, purpose: Purpose | None = None, campaign_id: int | None = None
    ) -> Barred:
        """Return which calls to a number the lists bar: of a purpose, of a campaign, or of all that are left.

        An entry about another number of somebody who has this one counts where its list bars whole persons.
        Campaigns that were stopped for good are left out, unless one is named. Raises ``NotFound``, and
        ``InvalidInput`` for what is no number, and where a campaign is named with another purpose than its
        own.
        """
        normal = self._normal(number)
        campaigns = await self._asked_about(purpose, campaign_id)
        if campaign_id is not None:
            purpose = campaigns[0].purpose
        entries = await self._book.barring_entries(normal)
        calls: list[tuple[Purpose, Campaign | None]] = [
            *((one, None) for one in (Purpose if purpose is None else [purpose])),
            *((one.purpose, one) for one in campaigns),
        ]
        told = tuple(BarredCalls(*one, _names(entries, *one)) for one in calls)
        if purpose is not None:
            entries = [entry for entry in entries if any(_bars(entry, *one) for one in calls)]
        return Barred(normal, tuple(entries), told)

    async def _asked_about(self, purpose: Purpose | None, campaign_id: int | None) -> Sequence[Campaign]:
        """Return the campaigns whose calls are asked about."""
        if campaign_id is not None:
            campaign = await self._campaigns.campaign(campaign_id)
            if purpose not in (None, campaign.purpose):
                words = f"campaign {campaign_id} makes {campaign.purpose} calls: leave this out"
                raise InvalidInput([Fault("purpose", words)])
            return [campaign]
        return [
            campaign
            for campaign in await self._campaigns.campaigns()
            if campaign.status is not CampaignStatus.STOPPED and purpose in (None, campaign.purpose)
        ]

    def _normal(self, number: str) -> str:
        try:
            return normalise(number, self._region)
        except ValueError as problem:
            raise InvalidInput([Fault("number", str(problem))]) from problem

    async def load(
        self, list_id: int, path: Path, reason: str, by: str, encoding: str = ""
    ) -> RegistryReport:
        """Put the numbers of a file on a list, batch by batch: a column of numbers, with a header or without.

        ``encoding`` is that of a text, by a name of ``campaigns.desk.encoding``; empty: it is found out.
        The same file twice adds nothing. Deletes the file. Raises ``NotFound``, and ``InvalidInput`` when
        there is no number in it at all or something spoils it; what was read before that stays on the list.
        """
        try:
            if all(kept.id != list_id for kept in await self._book.suppression_lists()):
                raise NotFound(f"no do-not-call list {list_id}")
            if faults := encoding_faults(encoding):
                raise InvalidInput(faults)
            return await self._load(list_id, path, reason, by, encoding_named(encoding))
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _load(self, list_id: int, path: Path, reason: str, by: str, encoding: str) -> RegistryReport:
        report, now, is_writing = RegistryReport(0, 0, 0, 0), self._now(), False
        try:
            async with aclosing(self._reader.numbers(path, self._region, encoding)) as batches:
                async for batch in batches:
                    entries = [SuppressedNumber(list_id, number, reason, by, now) for number in batch.numbers]
                    is_writing = True
                    report = _counted(report, batch, await self._put(entries))
                    is_writing = False
        finally:
            if report.added or is_writing:  # what is being written stays, also for who no longer waits for it
                self._changed()
        if report.rows == report.faulty:
            raise InvalidInput(report.faults or [Fault("file", "there is no telephone number in it")])
        return report

    async def _put(self, entries: Sequence[SuppressedNumber]) -> int:
        """Put numbers on a list, some at a time; returns how many are new there."""
        added = 0
        for start in range(0, len(entries), AT_ONCE):
            added += await self._book.suppress_numbers(entries[start : start + AT_ONCE])
        return added


def _names(entries: Sequence[BarringEntry], purpose: Purpose, campaign: Campaign | None) -> tuple[str, ...]:
    """Return the lists that bar these calls, each once."""
    return tuple(dict.fromkeys(one.listed.name for one in entries if _bars(one, purpose, campaign)))


def _bars(entry: BarringEntry, purpose: Purpose, campaign: Campaign | None) -> bool:
    """Say whether an entry bars the calls of a campaign, or without one every call of a purpose."""
    if campaign is None:
        return entry.listed.bars_all(purpose)
    return entry.listed.applies_to(purpose, campaign.id)


def _counted(report: RegistryReport, batch: NumberBatch, added: int) -> RegistryReport:
    """Return a report with one more batch in it, of whose numbers so many are new on the list."""
    numbers, wrong = len(batch.numbers), len(batch.faults)
    return RegistryReport(
        report.rows + numbers + wrong,
        report.added + added,
        report.known + numbers - added,
        report.faulty + wrong,
        (*report.faults, *batch.faults)[:FAULTS_TOLD],
        batch.form,
        batch.column,
    )
