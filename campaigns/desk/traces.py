"""What a person is found by in lists that others wrote: his reference, his name, his numbers however written.

Knows text. Must not know files or the book. Rather too much is taken for his than too little: what is found
is destroyed when he is erased, and whoever sent the list has it still.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.errors import Fault
from campaigns.rules.phone import national

TELLING: Final = 6
"""From so many characters on a reference or name is his in whatever column it is: ``17`` may be an age."""
_OWN: Final = ("ref", "name")
_BETWEEN: Final = "\x1f"
_NO_DIGITS: Final = bytes(set(range(128)) - set(b"0123456789\x1f"))


@dataclass(frozen=True, slots=True)
class Traces:
    """What one person is found by: ``words`` as ``folded``, ``digits`` of his numbers."""

    words: frozenset[str]
    digits: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[str], numbers: Iterable[str]) -> "Traces":
        """Return the traces of who has this reference and name, and these numbers in E.164."""
        digits = (national(number) for number in numbers if number.startswith("+"))
        return cls(frozenset(filter(None, map(folded, words))), frozenset(filter(None, digits)))

    def in_row(self, cells: Sequence[str], columns: Mapping[str, int]) -> bool:
        """Say whether a row of a list is his; ``columns`` are the places of its known columns."""
        whole = _BETWEEN.join(cells)  # one look at the whole row spares several at each of its cells
        if self._has_number(whole):
            return True
        said = folded(whole)
        return any(word in said for word in self.words) and self._has_word(cells, columns)

    def in_text(self, text: str) -> bool:
        """Say whether words about a row quote something of his."""
        said = folded(text)
        quoted = any(f"'{word}'" in said or (len(word) >= TELLING and word in said) for word in self.words)
        return quoted or self._has_number(text)

    def out_of(self, faults: Iterable[Fault], rows: frozenset[int]) -> tuple[Fault, ...]:
        """Return the faults that neither quote him nor are of one of ``rows``, which were his."""
        places = {f"row {number}" for number in rows}
        return tuple(
            fault
            for fault in faults
            if fault.place.partition(",")[0] not in places and not self.in_text(fault.problem)
        )

    def _has_word(self, cells: Sequence[str], columns: Mapping[str, int]) -> bool:
        own = {columns[name] for name in _OWN if name in columns}
        said = ((at, folded(cell)) for at, cell in enumerate(cells))
        return any(word in self.words and (at in own or len(word) >= TELLING) for at, word in said)

    def _has_number(self, text: str) -> bool:
        digits = digits_of(text)
        return any(own in digits for own in self.digits)


def folded(text: str) -> str:
    """Return text as it is compared: without a spreadsheet's quote, case or further blanks."""
    return " ".join(text.removeprefix("'").split()).casefold()


def digits_of(text: str) -> str:
    """Return the digits of a text, of whatever script, with nothing but the ends of cells between them."""
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    return text.encode("ascii", "ignore").translate(None, _NO_DIGITS).decode()
