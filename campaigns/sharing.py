"""Whose number is it: what of a batch of rows is left out because a number is another customer's.

Knows rows and the terms they come under. Must not know where customers are kept: what is known about them is
handed in. The book in memory and the one at rest decide by this.

Whoever was entered by hand and is in no list yet (*unlisted*) has no lead that the terms could look at. His
numbers are his all the same, whatever the terms; and where his reference was made up, it gives way to the one
that a list brings with his number, so that he stays one person.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from campaigns.lists import Known, LeftOut, ListRow, LoadTerms
from campaigns.people import ContactNote, NoteKind, is_made_up


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a number. ``counts``: the terms look as far as him; ``unlisted``: no list has him."""

    ref: str
    counts: bool
    unlisted: bool


Holders = Mapping[str, Sequence[Holder]]
"""By number everybody in the book who has it, however far the terms look."""


class People(Protocol):
    """What is known about the people of a batch before any of it is loaded."""

    def is_there(self, row: ListRow) -> bool:
        """Say whether the row's lead is in the campaign: it stays, whoever else has its number by now."""

    def is_known(self, ref: str) -> bool:
        """Say whether a customer in the book has this reference."""

    def is_told(self, ref: str) -> bool:
        """Say whether any row that comes in now is about this reference."""

    def numbers_of(self, ref: str) -> Collection[str]:
        """Return the numbers that the customer with this reference is known by."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """The rows to be loaded and what is left out of them, in their order, and whose reference changes.

    ``renamed`` has by each reference that gives way the one that takes its place.
    """

    rows: Sequence[ListRow]
    left_out: Sequence[LeftOut] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


def renamed_note(ref: str, was: str, terms: LoadTerms) -> ContactNote:
    """Return the note that tells in somebody's file by which reference he went before a list brought his."""
    words = f"Had the reference {was} until the list {terms.list_name!r} brought {ref}."
    return ContactNote(0, NoteKind.NOTE, words, terms.by, terms.at)


def asked_about(rows: Sequence[ListRow], terms: LoadTerms, people: People) -> set[str]:
    """Return the numbers whose holders ``set_aside`` has to know: those new to the row's customer."""
    if terms.known is Known.ALLOW:
        return set()
    numbers = {row.number for row in rows if not people.is_there(row)}
    for row in rows:
        if row.others:
            known = people.numbers_of(row.ref)
            numbers.update(number for number, _ in row.others if number not in known)
    return numbers


def set_aside(rows: Sequence[ListRow], terms: LoadTerms, people: People, holders: Holders) -> Sifted:
    """Sort out which rows are loaded.

    A row whose number to be called is another customer's is left out as a whole; one of whose further
    numbers is, is loaded without that. Among the rows themselves a number is the first one's.
    """
    if terms.known is Known.ALLOW:
        return Sifted(rows)
    return _Sifting(terms, people, holders).sift(rows)


@dataclass(slots=True)
class _Sifting:
    terms: LoadTerms
    people: People
    holders: Holders
    taken: dict[str, str] = field(default_factory=dict)  # by number, whose it is among the rows
    renamed: dict[str, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)

    def sift(self, rows: Sequence[ListRow]) -> Sifted:
        good: list[ListRow] = []
        for row in rows:
            owner = None if self.people.is_there(row) else self._owner(row.number, row.ref)
            if owner is not None and not self._gives_way(row):
                self.left_out.append(LeftOut(row.row, row.ref, row.number, owner))
                continue
            self.taken.setdefault(row.number, row.ref)
            good.append(self._with_free_numbers(row) if row.others else row)
        return Sifted(good, self.left_out, self.renamed)

    def _owner(self, number: str, ref: str) -> str | None:
        """Return by what reference another customer has a number, None where nobody has it who matters.

        Who is unlisted is in nobody's way who has the number in the book beside him.
        """
        if holders := self.holders.get(number):  # nearly always there is none
            has_it = self._has(number, ref)
            for holder in holders:
                held_by = self.renamed.get(holder.ref, holder.ref)
                if held_by != ref and (holder.counts or (holder.unlisted and not has_it)):
                    return held_by
        first = self.taken.get(number, ref)
        return first if first != ref else None

    def _has(self, number: str, ref: str) -> bool:
        """Say whether the customer with a reference, or he who gave way to it, has a number in the book."""
        return any(self.renamed.get(one.ref, one.ref) == ref for one in self.holders.get(number, ()))

    def _gives_way(self, row: ListRow) -> bool:
        """Say whether whoever has the row's number gives his made-up reference up for the row's; note it.

        Only where no doubt is left who he is: nobody else in the book has the number, and no customer there
        has the row's reference.
        """
        if self.terms.known is not Known.UPDATE or self.people.is_known(row.ref):
            return False
        holders = self.holders.get(row.number, ())
        if len(holders) != 1 or not holders[0].unlisted:
            return False
        was = holders[0].ref
        if not is_made_up(was) or self.people.is_told(was):
            return False
        if was in self.renamed or row.ref in self.renamed.values():
            return False
        self.renamed[was] = row.ref
        return True

    def _with_free_numbers(self, row: ListRow) -> ListRow:
        """Return a row without those further numbers that are another customer's, and tell of them."""
        known = self.people.numbers_of(row.ref)
        free = []
        for number, kind in row.others:
            has_it = number in known or self._has(number, row.ref)
            if not has_it and (owner := self._owner(number, row.ref)) is not None:
                self.left_out.append(LeftOut(row.row, row.ref, number, owner, further=True))
                continue
            self.taken.setdefault(number, row.ref)
            free.append((number, kind))
        return row if len(free) == len(row.others) else row._replace(others=tuple(free))
