"""Reading a table of settings value by value, collecting every fault with its place.

Knows types and bounds. Must not know what the values mean. A faulty value yields a harmless stand-in, so
that reading goes on and all faults come out at once; the caller raises when there are any.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from campaigns.errors import Fault


class Table:
    """One table of a document. ``place`` is its dotted name; faults go to the shared list ``faults``."""

    def __init__(self, values: object, place: str, faults: list[Fault], given: bool = True) -> None:
        self.faults = faults
        self.given = given
        self._place = place
        self._values: Mapping[str, object] = values if isinstance(values, dict) else {}
        self._read: set[str] = set()

    def fault(self, key: str, problem: str) -> None:
        """Note a fault at ``key`` of this table, or at the table itself when ``key`` is empty."""
        self.faults.append(Fault(".".join(part for part in (self._place, key) if part), problem))

    def names(self) -> tuple[str, ...]:
        """Return the keys that are there, in the document's order."""
        return tuple(self._values)

    def has(self, key: str) -> bool:
        """Say whether a key is there."""
        return key in self._values

    def table(self, key: str) -> "Table":
        """Return the table below ``key``; an empty one, with a fault noted, when there is none."""
        value = self._take(key)
        place = f"{self._place}.{key}" if self._place else key
        if value is not None and not isinstance(value, dict):
            self.fault(key, "must be a table")
        return Table(value, place, self.faults, given=isinstance(value, dict))

    def text(self, key: str, *, pattern: re.Pattern[str] | None = None, empty: bool = False) -> str:
        """Return a text without surrounding space, not empty unless ``empty``; of ``pattern`` if given."""
        value = self._take(key)
        if value is None:
            return ""
        if not isinstance(value, str) or (not value.strip() and not empty):
            self.fault(key, "must be a text")
            return ""
        if pattern is not None and pattern.fullmatch(value) is None:
            self.fault(key, f"{value!r} must be of the form {pattern.pattern}")
        return value.strip()

    def texts(self, key: str, least: int = 1) -> tuple[str, ...]:
        """Return a list of distinct, not empty texts, at least ``least`` of them."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
            self.fault(key, "must be a list of texts")
            return ()
        if len(value) < least:
            self.fault(key, "must not be an empty list of texts")
        if len(set(value)) != len(value):
            self.fault(key, "names something twice")
        return tuple(value)

    def whole(self, key: str, least: int, most: int) -> int:
        """Return a whole number between ``least`` and ``most``, both included."""
        value = self._take(key)
        if value is None:
            return least
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fault(key, f"must be a whole number from {least} to {most}")
            return least
        return value

    def wholes(self, key: str) -> Sequence[int]:
        """Return a list of whole numbers; empty with a fault noted when it is missing or something else."""
        value = self._take(key)
        if isinstance(value, list) and all(isinstance(v, int) and not isinstance(v, bool) for v in value):
            return value
        return ()

    def number(self, key: str, least: float, most: float) -> float:
        """Return a finite number between ``least`` and ``most``, both included."""
        value = self._take(key)
        if value is None:
            return least
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.fault(key, f"must be a number from {least:g} to {most:g}")
            return least
        if not least <= value <= most:
            self.fault(key, f"{value:g} is not from {least:g} to {most:g}")
        return float(value)

    def choice(self, key: str, options: Sequence[str]) -> str:
        """Return one of ``options``; empty with a fault noted when it is something else."""
        value = self._take(key)
        if value is not None and value not in options:
            self.fault(key, f"must be one of {', '.join(options)}")
            return ""
        return str(value or "")

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self.fault(key, "must be true or false")
        return value is True

    def day(self, key: str) -> date:
        """Return a calendar day, written as TOML writes it: 2026-03-31 without quotes."""
        value = self._take(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.fault(key, "must be a day like 2026-03-31, without quotes")
        return date.min

    def tables(self, key: str) -> Sequence["Table"]:
        """Return a list of tables, each placed at ``<key>[<number from 1>]``; empty when it is left out."""
        value = self._take(key) if key in self._values else []
        place = f"{self._place}.{key}" if self._place else key
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fault(key, "must be a list of tables")
            return ()
        return [Table(one, f"{place}[{at}]", self.faults) for at, one in enumerate(value, start=1)]

    def no_more(self) -> None:
        """Note a fault for every key that nobody has read: a typing error must not pass for a default."""
        for key in self._values:
            if key not in self._read:
                self.fault(key, "no such setting")

    def _take(self, key: str) -> object | None:
        self._read.add(key)
        if key in self._values:
            return self._values[key]
        if self.given:
            self.fault(key, "is missing")
        return None
