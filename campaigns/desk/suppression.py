"""Do-not-call lists: made, filled by hand or from a registry, asked, corrected.

Knows the order of work. Must not know HTTP or a database. What is on a list counts from the next claim on:
the verdict asks at the very moment of dialing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from campaigns.books import SuppressionBook
from campaigns.desk.encoding import encoding_named
from campaigns.desk.registry import NumberBatch
from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from campaigns.model import Purpose
from campaigns.rules.phone import normalise
from campaigns.suppression import (
    OPT_OUT_ID,
    SuppressedNumber,
    SuppressionKind,
    SuppressionList,
)

FAULTS_TOLD: Final = 1_000
MAX_REASON: Final = 200


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
class Barred:
    """What is known about a number: the lists that hold it and what each says."""

    number: str
    entries: tuple[tuple[SuppressionList, SuppressedNumber], ...]


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
        reader: NumberReader,
        now: Callable[[], datetime],
        region: str | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._book = book
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

    async def suppress(self, list_id: int, numbers: Sequence[str], reason: str, by: str) -> RegistryReport:
        """Put numbers on a list; raises ``InvalidInput`` naming every number that is none."""
        faults, good = [], []
        for place, text in enumerate(numbers):
            try:
                good.append(normalise(text, self._region))
            except ValueError as problem:
                faults.append(Fault(f"numbers.{place}", f"{text[:40]!r}: {problem}"))
        if faults:
            raise InvalidInput(faults)
        now = self._now()
        entries = [SuppressedNumber(list_id, number, reason, by, now) for number in dict.fromkeys(good)]
        added = await self._book.suppress_numbers(entries)
        self._changed()
        return RegistryReport(len(numbers), added, len(numbers) - added, 0)

    async def remove(self, list_id: int, number: str, by: str) -> None:
        """Take a number off a list; raises ``NotFound``. Who asked us himself stays where he is."""
        if list_id == OPT_OUT_ID:
            raise NotAllowedNow("who asked never to be called again stays on this list")
        try:
            normal = normalise(number, self._region)
        except ValueError as problem:
            raise InvalidInput([Fault("number", str(problem))]) from problem
        if not await self._book.unsuppress(list_id, normal, by, self._now()):
            raise NotFound(f"{normal} is not on that list")
        self._changed()

    async def ask(self, number: str) -> Barred:
        """Return which lists hold a number."""
        try:
            normal = normalise(number, self._region)
        except ValueError as problem:
            raise InvalidInput([Fault("number", str(problem))]) from problem
        lists = {kept.id: kept for kept in await self._book.suppression_lists()}
        entries = await self._book.suppression_entries(normal)
        return Barred(normal, tuple((lists[entry.list_id], entry) for entry in entries))

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
            return await self._load(list_id, path, reason, by, _encoding(encoding))
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _load(self, list_id: int, path: Path, reason: str, by: str, encoding: str) -> RegistryReport:
        report, now = RegistryReport(0, 0, 0, 0), self._now()
        try:
            async with aclosing(self._reader.numbers(path, self._region, encoding)) as batches:
                async for batch in batches:
                    entries = [SuppressedNumber(list_id, number, reason, by, now) for number in batch.numbers]
                    report = _counted(report, batch, await self._book.suppress_numbers(entries))
        finally:
            if report.added:
                self._changed()
        if report.rows == report.faulty:
            raise InvalidInput(report.faults or [Fault("file", "there is no telephone number in it")])
        return report


def _encoding(text: str) -> str:
    try:
        return encoding_named(text)
    except ValueError as fault:
        raise InvalidInput([Fault("encoding", str(fault))]) from fault


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
