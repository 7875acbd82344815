"""Finding customers as somebody at a desk asks for them: by reference, number or a piece of the name.

Knows how a name or reference is compared, and how much is told of many. Must not know where customers are
kept. Capitals and small letters are one; what is stored stays as it is written.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.model import Customer

SHOWN: Final = 100
"""Most customers that one question returns."""
COUNTED: Final = 1_000
"""How far those who match are counted, the shown ones with them."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom somebody looks for: whoever has one of what is given. Empty texts match nobody.

    ``number`` is E.164, ``name`` any piece of a name.
    """

    ref: str = ""
    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found, by id, and how many ``more`` there are, counted as far as ``COUNTED``."""

    customers: Sequence[Customer]
    more: int = 0


def is_sought(customer: Customer, sought: Sought) -> bool:
    """Say whether somebody is one of those who are looked for."""
    return (
        (bool(sought.ref) and customer.ref.lower() == sought.ref.lower())
        or (bool(sought.number) and sought.number in customer.numbers)
        or (bool(sought.name) and sought.name.lower() in customer.name.lower())
    )


def spellings(text: str) -> Collection[str]:
    """Return the ways to write a text, for databases that know small letters of ASCII only.

    In all of them those are small; the others are all small, all capital, or capital at each beginning.
    """

    def small(written: str) -> str:
        return "".join(char.lower() if char.isascii() else char for char in written)

    return dict.fromkeys(map(small, (text.lower(), text.upper(), text.title(), text)))
