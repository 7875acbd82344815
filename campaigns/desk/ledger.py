"""The ledger as people use it: its head, whether it holds, and handing it out line by line.

Knows the order of work. Must not know HTTP, a database or a clock. Both the console and the command line come
here. Long work goes on page by page in a thread, so that calls under way do not wait for it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from campaigns.errors import Fault as Wrong
from campaigns.errors import InvalidInput
from campaigns.ledger import NO_HASH, SYSTEM, Head, KeptEntry, Kind, moment
from campaigns.ledger_barring import ListedPerson, ListsCheck
from campaigns.ledger_book import LedgerBook, PersonKey
from campaigns.ledger_check import ChainCheck, Fault, Trail, stray_fault, told_by, trail_fault
from campaigns.ledger_notes import rules_in_force
from campaigns.ledger_people import PeopleCheck
from campaigns.rules.packs import RuleBook

AT_ONCE: Final = 500
"""Entries that are read and checked in one go: a few milliseconds."""

_HEAD: Final = re.compile(r"(?:([0-9]{1,15}):)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """Whether the ledger holds: ``fault`` is the first thing that is wrong, None when nothing is.

    ``entries`` and ``calls`` are how many were checked and found right.
    """

    entries: int
    calls: int
    head: Head
    fault: Fault | None

    @property
    def ok(self) -> bool:
        """Say whether nothing was found wrong."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries are handed out: those of ``[begins, ends)``, of one campaign, about one person."""

    begins: datetime | None = None
    ends: datetime | None = None
    campaign_id: int | None = None
    person: PersonKey | None = None


class LedgerDesk:
    """Use cases of the ledger over its book."""

    def __init__(self, book: LedgerBook) -> None:
        self._book = book
        self._checking = asyncio.Lock()

    async def head(self) -> Head:
        """Return the end of the chain, to be kept elsewhere."""
        return await self._book.head()

    async def verify(self, expected: Head | None = None) -> LedgerReport:
        """Check every entry, then hold calls, do-not-call lists and people to them; one check at a time.

        ``expected`` is a head that was kept elsewhere. What is entered meanwhile is left to the next check.
        """
        async with self._checking:
            chain, lists, people = ChainCheck(expected), ListsCheck(), PeopleCheck()
            fault, last_record = await self._check_chain(chain, lists, people)
            calls = 0
            if fault is None:
                fault, calls = await self._check_calls(last_record)
            if fault is None:
                fault = await self._check_book(lists, people, chain.head.n)
            return LedgerReport(chain.head.n, calls, chain.head, fault)

    async def _check_chain(
        self, chain: ChainCheck, lists: ListsCheck, people: PeopleCheck
    ) -> tuple[Fault | None, int]:
        """Check all entries up to the present end; returns the first fault, and the last record that was
        made before the ledger began."""
        end = (await self._book.head()).n
        last_record = 0
        while chain.head.n < end and (page := await self._book.page(chain.head.n, AT_ONCE)):
            if chain.head.n == 0:
                last_record = _last_record(page[0])
            page = [entry for entry in page if entry.n <= end]
            if (fault := await asyncio.to_thread(_first_fault, chain, lists, people, page)) is not None:
                return fault, last_record
        return chain.finish(), last_record

    async def _check_calls(self, last_record: int) -> tuple[Fault | None, int]:
        """Hold every record of a call to the ledger, and every opening to a record; counts the calls."""
        calls = 0
        while trails := await self._book.trails(last_record, AT_ONCE):
            fault, right = await asyncio.to_thread(_first_wrong, trails)
            calls += right
            if fault is not None:
                return fault, calls
            last_record = trails[-1].seq
        strays = await self._book.strays(1)
        return (stray_fault(strays[0]) if strays else None), calls

    async def _check_book(self, lists: ListsCheck, people: PeopleCheck, n: int) -> Fault | None:
        """Hold do-not-call lists and people to the ledger, whose entries up to ``n`` were checked.

        What was entered of them meanwhile is in the book already: it is looked at again with that.
        """
        while (fault := await self._book_fault(lists, people)) is not None:
            before = lists.told + people.told
            while page := await self._book.page(n, AT_ONCE):
                for entry in page:
                    lists.feed(entry)
                    people.feed(entry)
                n = page[-1].n
            if lists.told + people.told == before:
                return fault
        return None

    async def _book_fault(self, lists: ListsCheck, people: PeopleCheck) -> Fault | None:
        there = await self._book.barring_lists()
        sizes = {one.id: one.size for one in there}
        if (fault := lists.reach_fault(there) or lists.size_fault(sizes)) is not None:
            return fault

        def first_fault(some: Sequence[ListedPerson]) -> Fault | None:
            return lists.person_fault(some, tuple(sizes)) or people.person_fault(some)

        after = 0
        while some := await self._book.listed(after, AT_ONCE):
            if (fault := await asyncio.to_thread(first_fault, some)) is not None:
                return fault
            after = some[-1].customer_id
        gone = people.gone
        for start in range(0, len(gone), AT_ONCE):
            left = await self._book.not_erased(gone[start : start + AT_ONCE])
            if (fault := people.standing_fault(left)) is not None:
                return fault
        return None

    async def selection(
        self,
        begins: datetime | None = None,
        ends: datetime | None = None,
        campaign_id: int | None = None,
        ref: str = "",
    ) -> Selection:
        """Return what is to be handed out; ``ref`` is a customer's reference.

        Raises ``NotFound`` for a customer who is not there, ``InvalidInput`` for one without any entry.
        """
        person = await self._book.person(ref) if ref else None
        if ref and person is None:
            raise InvalidInput([Wrong("customer", f"nothing in the ledger is about {ref!r}")])
        return Selection(begins, ends, campaign_id, person)

    async def export(self, wanted: Selection) -> AsyncIterator[str]:
        """Yield the entries as lines of JSON, each with its hash and the one before it."""
        after, previous = 0, NO_HASH
        while page := await self._book.page(after, AT_ONCE):
            for entry in page:
                if _is_wanted(entry, wanted):
                    yield line_of(entry, previous)
                previous = entry.hash
            after = page[-1].n

    async def enter_rules(self, rules: RuleBook, program: str, by: str = SYSTEM) -> bool:
        """Enter the rules in force, if they are others than those entered last; says whether they are."""
        note = rules_in_force(rules, program, by)
        last = await self._book.newest(Kind.RULES)
        if last is not None and _facts(last).get("fingerprint") == note.facts["fingerprint"]:
            return False
        await self._book.enter(note)
        return True


def head_from(text: str) -> Head:
    """Read a head as it is told, ``N:HASH``, or a hash alone; raises ``InvalidInput``."""
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(
            [Wrong("head", f"{text[:80]!r} is not N:HASH with a hash of 64 hexadecimal digits")]
        )
    return Head(int(found[1] or 0), found[2])


def line_of(entry: KeptEntry, previous: str) -> str:
    """Return an entry as a line of JSON. The text of the entry stands in it as it was hashed."""
    return f'{{"entry":{entry.body},"hash":"{entry.hash}","prev":"{previous}"}}'


def _first_fault(
    chain: ChainCheck, lists: ListsCheck, people: PeopleCheck, page: Sequence[KeptEntry]
) -> Fault | None:
    for entry in page:
        if (fault := chain.feed(entry)) is not None:
            return fault
        lists.feed(entry)
        people.feed(entry)
    return None


def _first_wrong(trails: Sequence[Trail]) -> tuple[Fault | None, int]:
    """Return the first fault of some calls, and how many were right before it."""
    for right, trail in enumerate(trails):
        if (fault := trail_fault(trail)) is not None:
            return fault, right
    return None, len(trails)


def _facts(entry: KeptEntry) -> dict[str, Any]:
    facts = told_by(entry).get("facts")
    return facts if isinstance(facts, dict) else {}


def _last_record(first: KeptEntry) -> int:
    last = _facts(first).get("last_record") if first.kind == Kind.BEGUN else None
    return last if isinstance(last, int) else 0


def _is_wanted(entry: KeptEntry, wanted: Selection) -> bool:
    told = told_by(entry)
    at = str(told.get("at", ""))
    return (
        (wanted.begins is None or at >= moment(wanted.begins))
        and (wanted.ends is None or at < moment(wanted.ends))
        and wanted.campaign_id in (None, told.get("campaign"))
        and (wanted.person is None or told.get("person") == wanted.person.digest)
    )
