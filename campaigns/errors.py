"""The error tree of this room.

CampaignError
├── NotFound            no such campaign, customer or lead
├── NotAllowedNow       the campaign's state does not permit what was asked (409)
│   ├── KnownCustomer   the book has this person already; carries who it may be (409)
│   └── ChangedMeanwhile  somebody else was faster; carries what is different from what was seen (409)
├── InvalidInput        what was given is wrong; carries every fault with its place (422)
└── BooksShut           the books cannot be read or written now; whoever keeps them derives its own (503)
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: ``place`` says where (``row 7, column phone``), ``problem`` what."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class CampaignError(Exception):
    """Base of this room's errors; never raised itself."""


class NotFound(CampaignError):
    """There is no such campaign, customer or lead."""


class NotAllowedNow(CampaignError):
    """The state of the campaign does not permit what was asked."""


class KnownCustomer(NotAllowedNow):
    """A number is a customer's already; ``holders`` are those who have it, as (reference, name)."""

    def __init__(self, number: str, holders: Sequence[tuple[str, str]]) -> None:
        named = ", ".join(f"{name or 'somebody without a name'} ({ref})" for ref, name in holders)
        super().__init__(f"{number} is a number of {named}")
        self.number = number
        self.holders = tuple(holders)


class ChangedMeanwhile(NotAllowedNow):
    """Somebody else has changed it since it was read; ``changes`` name each part and how it is now."""

    def __init__(self, what: str, changes: Sequence[Fault]) -> None:
        super().__init__(f"{what} was changed meanwhile: {'; '.join(map(str, changes))}")
        self.changes = tuple(changes)


class InvalidInput(CampaignError):
    """The input is wrong; ``faults`` names every place at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


class BooksShut(CampaignError):
    """The books cannot be read or written now, whatever is asked; trying again later may help."""


def ref_taken(ref: str) -> InvalidInput:
    """Return the refusal of a reference that somebody has."""
    return InvalidInput([Fault("ref", f"{ref!r} is another customer's reference")])
