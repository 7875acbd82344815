"""The ledger in memory: the twin of the SQL one.

Knows the promises of ``campaigns.ledger_book.LedgerBook``. Must not know SQL or a clock: its moment comes
from a callable and is the beginning of time unless given.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from campaigns.errors import NotFound
from campaigns.ledger import Head, KeptEntry, Kind, Note, kept, person_digest, sealed
from campaigns.ledger_barring import ListedPerson, SaidWord
from campaigns.ledger_book import PersonKey
from campaigns.ledger_check import Trail
from campaigns.ledger_notes import attempt_purged, begun, erased
from campaigns.model import Consent, Customer
from campaigns.suppression import OPT_OUT_ID, SuppressionList

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryLedger:
    """Entries in a list. ``records`` are the calls that it is held to; whoever keeps calls puts them there.

    ``people`` are the customers by id; ``listed_as`` returns each number on a do-not-call list with the list,
    ``said_by`` what a customer said about calls to which number; ``gone`` says whether he stands as erased,
    ``going`` whether his erasing is asked for.
    """

    def __init__(
        self, people: Mapping[int, Customer], now: Callable[[], datetime] = lambda: _NO_TIME
    ) -> None:
        self.entries: list[KeptEntry] = []
        self.records: dict[str, Trail] = {}
        self.now = now
        self._people = people
        self._keys: dict[int, bytes] = {}
        self._forgotten: set[int] = set()
        self.listed_as: Callable[[], Iterable[tuple[str, int]]] = tuple
        self.lists_there: Callable[[], Iterable[SuppressionList]] = tuple
        self.said_by: Callable[[int], Iterable[tuple[str, Consent]]] = lambda _: ()
        self.gone: Callable[[int], bool] = lambda _: False
        self.going: Callable[[int], bool] = lambda _: False
        self.append(begun(0, {OPT_OUT_ID: 0}, 0))

    def append(self, *notes: Note) -> Head:
        """Enter notes in their order; returns the new end of the chain."""
        for note in notes:
            end = self._end()
            entry = sealed(note, end.n + 1, self.now(), self._key(note.customer_id))
            self.entries.append(kept(entry, end.hash))
        return self._end()

    def tell_erased(self, customer_id: int, by: str) -> None:
        """Enter that a person was erased, whether anything was entered about him before or not."""
        self.append(erased(customer_id, by))

    def forget(self, customer_id: int) -> None:
        """Destroy a person's key."""
        self._keys.pop(customer_id, None)
        self._forgotten.add(customer_id)

    def purged(self, campaign_id: int, attempt_id: str) -> None:
        """Enter that the record of a call was destroyed when its time was over."""
        self.records.pop(attempt_id, None)
        self.append(attempt_purged(campaign_id, attempt_id))

    def _end(self) -> Head:
        return Head(self.entries[-1].n, self.entries[-1].hash) if self.entries else Head()

    def _key(self, customer_id: int | None) -> bytes | None:
        if customer_id is None or customer_id in self._forgotten:
            return None
        # Not random: a simulation run twice gives the same entries.
        fresh = hashlib.sha256(f"twin:{customer_id}".encode()).digest()
        return self._keys.setdefault(customer_id, fresh)

    async def head(self) -> Head:
        """Return the end of the chain."""
        return self._end()

    async def page(self, after: int, limit: int) -> Sequence[KeptEntry]:
        """Return up to so many entries after entry ``after``, in order."""
        return [entry for entry in self.entries if entry.n > after][:limit]

    async def trails(self, after: int, limit: int) -> Sequence[Trail]:
        """Return up to so many calls after record ``after``, oldest first, each with its entries."""
        later = [trail for trail in self.records.values() if trail.seq > after][:limit]
        return [self._with_entries(trail) for trail in later]

    def _with_entries(self, trail: Trail) -> Trail:
        about = tuple(entry for entry in self.entries if entry.attempt_id == trail.attempt_id)
        who = trail.person.customer_id
        person = replace(trail.person, key=self._keys.get(who), is_erased=who in self._forgotten)
        return replace(trail, person=person, entries=about)

    async def strays(self, limit: int) -> Sequence[KeptEntry]:
        """Return up to so many openings of calls that have no record, though nothing destroyed it."""
        purged = {entry.attempt_id for entry in self.entries if entry.kind == Kind.ATTEMPT_PURGED}
        known = purged | self.records.keys()
        opened = (entry for entry in self.entries if entry.kind == Kind.ATTEMPT_OPENED)
        return [entry for entry in opened if entry.attempt_id not in known][:limit]

    async def barring_lists(self) -> Sequence[SuppressionList]:
        """Return every do-not-call list with its size."""
        sizes = Counter(list_id for _, list_id in self.listed_as())
        return [replace(one, size=sizes[one.id]) for one in self.lists_there()]

    async def listed(self, after: int, limit: int) -> Sequence[ListedPerson]:
        """Return up to so many people after customer ``after``, by id, who have a key."""
        found = sorted(one for one in self._keys if one > after and one in self._people)[:limit]
        on: dict[str, set[int]] = {}
        for number, list_id in self.listed_as():
            on.setdefault(number, set()).add(list_id)
        return [
            ListedPerson(
                one,
                self._keys[one],
                {number: frozenset(on.get(number, ())) for number in self._people[one].numbers},
                tuple(SaidWord(place, *said) for place, said in enumerate(self.said_by(one), 1)),
                self.gone(one),
            )
            for one in found
        ]

    async def not_erased(self, customer_ids: Sequence[int]) -> Mapping[int, bool]:
        """Return which of these customers are there and do not stand as erased, with whether it is asked."""
        return {one: self.going(one) for one in customer_ids if one in self._people and not self.gone(one)}

    async def newest(self, kind: Kind) -> KeptEntry | None:
        """Return the newest entry of a kind; None when there is none."""
        return next((entry for entry in reversed(self.entries) if entry.kind == kind), None)

    async def person(self, ref: str) -> PersonKey | None:
        """Return the key of the customer with this reference; raises ``NotFound`` when there is no such."""
        person = next((one for one in self._people.values() if one.ref == ref), None)
        if person is None:
            raise NotFound(f"no customer with the reference {ref!r}")
        key = self._keys.get(person.id)
        return None if key is None else PersonKey(person.id, key, person_digest(key, person.id))

    async def enter(self, note: Note) -> Head:
        """Enter a note that belongs to nothing else that is kept; returns the new end of the chain."""
        return self.append(note)
