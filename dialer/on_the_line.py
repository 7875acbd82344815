"""Who is on the line with us, or is about to be: an index by number and by person.

Asked for every call that is about to be placed, so it is never looked through. Must not know how calls go on,
nor why somebody is called.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from campaigns.model import Customer
from dialer.door import Launched
from dialer.inbound import InboundTalk

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody on the line at ``number``, who has ``customer_id`` and all ``numbers``."""

    number: str
    customer_id: int
    numbers: frozenset[str]


class OnTheLine:
    """Parties by what they were entered under: the id of a call, or the visit to the door that is to bring
    one."""

    def __init__(self) -> None:
        self._parties: dict[Hashable, Party] = {}
        self._at: dict[str, set[Hashable]] = {}  # by the number that is called
        self._reached_by: dict[str, set[Hashable]] = {}  # by every number of whoever is called
        self._people: dict[int, set[Hashable]] = {}

    def enter(self, key: Hashable, number: str, customer: Customer) -> None:
        """Somebody is being called at a number from now on; a second time under one key changes nothing."""
        if key in self._parties:
            return
        party = self._parties[key] = Party(number, customer.id, frozenset((number, *customer.numbers)))
        self._at.setdefault(number, set()).add(key)
        self._people.setdefault(customer.id, set()).add(key)
        for one in party.numbers:
            self._reached_by.setdefault(one, set()).add(key)

    def leave(self, key: Hashable) -> None:
        """He is on the line no more; whoever was never entered is ignored."""
        party = self._parties.pop(key, None)
        if party is None:
            return
        _drop(self._at, party.number, key)
        _drop(self._people, party.customer_id, key)
        for one in party.numbers:
            _drop(self._reached_by, one, key)

    def hinders(self, number: str, customer: Customer, but: Hashable) -> Launched | None:
        """Say what forbids a call to a number of a customer; ``but`` is what he himself was entered under.

        Somebody else who shares a telephone with him counts as he does: the number that is called must be
        none of those of whoever is on the line, nor the other way round.
        """
        if _others(self._at.get(number), but):
            return Launched.IN_CALL
        if _others(self._people.get(customer.id), but) or _others(self._reached_by.get(number), but):
            return Launched.WITH_PERSON
        if any(_others(self._at.get(one), but) for one in customer.numbers):
            return Launched.WITH_PERSON
        return None


def hindered_by_callers(talks: Iterable[InboundTalk], number: str, customer: Customer) -> Launched | None:
    """Say what a caller of the hotline forbids, as ``OnTheLine.hinders`` does.

    Callers are few, and who they are may come out while they are on the line: so they are looked through.
    """
    found = None
    for talk in talks:
        caller, at = talk.customer, talk.call.number
        if at == number:
            return Launched.IN_CALL
        if (at and at in customer.numbers) or (
            caller is not None and (caller.id == customer.id or number in caller.numbers)
        ):
            found = Launched.WITH_PERSON
    return found


def _others(keys: set[Hashable] | None, but: Hashable) -> bool:
    return keys is not None and (len(keys) > 1 or but not in keys)


def _drop(index: dict[K, set[Hashable]], at: K, key: Hashable) -> None:
    """Take one out of an index; what is empty then is not kept."""
    keys = index[at]
    keys.discard(key)
    if not keys:
        del index[at]
