"""Do-not-call lists: made, filled by hand or from a registry, asked, corrected.

Knows the order of work. Must not know HTTP or a database. What is on a list counts from the next claim on:
the verdict asks at the very moment of dialing.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final

from campaigns.books import SuppressionBook
from campaigns.desk.columns import SPELLINGS, spelling_key
from campaigns.desk.opening import open_sheet
from campaigns.desk.phonecell import read_number
from campaigns.desk.sheet import Row
from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from campaigns.model import Purpose
from campaigns.rules.phone import normalise
from campaigns.suppression import (
    OPT_OUT_ID,
    SuppressedNumber,
    SuppressionKind,
    SuppressionList,
)

AT_ONCE: Final = 1_000
FAULTS_TOLD: Final = 1_000
MAX_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class RegistryReport:
    """What loading numbers did: ``rows`` is added + known + faulty; only the first faults are told."""

    rows: int
    added: int
    known: int
    faulty: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Barred:
    """What is known about a number: the lists that hold it and what each says."""

    number: str
    entries: tuple[tuple[SuppressionList, SuppressedNumber], ...]


class SuppressionDesk:
    """Use cases of do-not-call lists.

    ``now`` returns the moment. ``region`` is the ISO country of numbers without a country code; None refuses
    those. ``changed`` is told after every change.
    """

    def __init__(
        self,
        book: SuppressionBook,
        now: Callable[[], datetime],
        region: str | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._book = book
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
        return RegistryReport(len(numbers), added, len(numbers) - added, 0, ())

    async def remove(self, list_id: int, number: str) -> None:
        """Take a number off a list; raises ``NotFound``. Who asked us himself stays where he is."""
        if list_id == OPT_OUT_ID:
            raise NotAllowedNow("who asked never to be called again stays on this list")
        try:
            normal = normalise(number, self._region)
        except ValueError as problem:
            raise InvalidInput([Fault("number", str(problem))]) from problem
        if not await self._book.unsuppress(list_id, normal):
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

    async def load(self, list_id: int, path: Path, reason: str, by: str) -> RegistryReport:
        """Put the numbers of a file on a list, batch by batch: a column of numbers, with a header or without.

        The same file twice adds nothing. Deletes the file. Raises ``InvalidInput`` when there is no number in
        it at all.
        """
        try:
            if all(kept.id != list_id for kept in await self._book.suppression_lists()):
                raise NotFound(f"no do-not-call list {list_id}")
            return await self._load(list_id, path, reason, by)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _load(self, list_id: int, path: Path, reason: str, by: str) -> RegistryReport:
        batches = await asyncio.to_thread(lambda: _batches(path, self._region))
        rows = added = good = 0
        faults: list[Fault] = []
        faulty = 0
        now = self._now()
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            numbers, wrong = batch
            entries = [SuppressedNumber(list_id, number, reason, by, now) for number in numbers]
            added += await self._book.suppress_numbers(entries)
            rows += len(numbers) + len(wrong)
            good += len(numbers)
            faulty += len(wrong)
            faults = [*faults, *wrong][:FAULTS_TOLD]
        if not good:
            raise InvalidInput(faults or [Fault("file", "there is no telephone number in it")])
        self._changed()
        return RegistryReport(rows, added, good - added, faulty, tuple(faults))


def _batches(path: Path, region: str | None) -> Iterator[tuple[list[str], list[Fault]]]:
    """Yield numbers and faults of a file, batch by batch; a first line that is a number is no header."""
    sheet = open_sheet(path)
    column = _column(sheet.header)
    rows = chain([Row(0, sheet.header)] if _is_number(sheet.header[column], region) else [], sheet.rows())
    while batch := list(islice(rows, AT_ONCE)):
        numbers: list[str] = []
        faults: list[Fault] = []
        for row in batch:
            try:
                if row.problem:
                    raise ValueError(row.problem)
                numbers.append(read_number(row.cells[column], region)[0])
            except ValueError as fault:
                faults.append(Fault(f"row {row.number}, column {sheet.header[column]}", str(fault)))
        yield numbers, faults


def _column(header: Sequence[str]) -> int:
    """Return the place of the column of numbers; the first one where none is named so."""
    keys = [spelling_key(name) for name in header]
    return next((keys.index(spelling) for spelling in SPELLINGS["phone"] if spelling in keys), 0)


def _is_number(text: str, region: str | None) -> bool:
    try:
        read_number(text, region)
    except ValueError:
        return False
    return True
