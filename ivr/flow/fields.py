"""Reads typed fields out of a TOML table and writes down every fault with its place. Pure.

Knows names and ranges, not what a flow is. A faulty field gives its default, so that the reading goes on
and the next fault is found too.
"""

import re
from collections.abc import Mapping
from typing import Any

from ivr.errors import Fault

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,47}")


def is_name(text: str) -> bool:
    """Say whether a text can name a flow, node, prompt or label: ``a-z 0-9 _ -``, at most 48 signs."""
    return bool(_NAME.fullmatch(text))


class Fields:
    """One table being read. Call ``close`` at the end: it reports the fields nobody asked for."""

    def __init__(self, table: Any, place: str, faults: list[Fault]) -> None:
        self.place = place
        self._faults = faults
        self._table: dict[str, Any] = {}
        if isinstance(table, dict):
            self._table = dict(table)
        else:
            self.fault("", "is not a table")

    def fault(self, field: str, problem: str) -> None:
        """Write down what is wrong with one field (or, with an empty name, with the whole table)."""
        place = ", ".join(part for part in (self.place, field) if part)
        self._faults.append(Fault(place or "flow", problem))

    def text(self, field: str, default: str | None = None) -> str:
        """Take a text that is not empty; without a default it must be there."""
        value = self._take(field, default)
        if value is None or value is default:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.fault(field, f"must be a text, not {_shown(value)}")
            return default or ""
        return value

    def name(self, field: str, default: str | None = None) -> str:
        """Take a name."""
        value = self.text(field, default)
        if value and value != default and not is_name(value):
            self.fault(field, f"{value!r} is not a name (small letters, digits, - and _)")
        return value

    def whole(self, field: str, low: int, high: int, default: int) -> int:
        """Take a whole number from ``low`` to ``high``."""
        value = self._take(field, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(field, f"must be a whole number from {low} to {high}, not {_shown(value)}")
            return default
        return value

    def number(self, field: str, low: float, high: float, default: float) -> float:
        """Take a number from ``low`` to ``high``."""
        value = self._take(field, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.fault(field, f"must be a number from {low:g} to {high:g}, not {_shown(value)}")
            return default
        return float(value)

    def flag(self, field: str, default: bool) -> bool:
        """Take true or false."""
        value = self._take(field, default)
        if not isinstance(value, bool):
            self.fault(field, f"must be true or false, not {_shown(value)}")
            return default
        return value

    def names(self, field: str) -> tuple[str, ...]:
        """Take a list of names, each once; missing means none."""
        value = self._take(field, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault(field, f"must be a list of names, not {_shown(value)}")
            return ()
        for item in sorted(set(value)):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", item):
                self.fault(field, f"{item!r} is not a name of a variable (small letters, digits and _)")
            if value.count(item) > 1:
                self.fault(field, f"{item!r} is there twice")
        return tuple(dict.fromkeys(value))

    def texts(self, field: str) -> dict[str, str]:
        """Take a table of texts; missing means none."""
        value = self._take(field, {})
        if not isinstance(value, dict):
            self.fault(field, f"must be a table, not {_shown(value)}")
            return {}
        for key, text in value.items():
            if not isinstance(text, str) or not text.strip():
                self.fault(f"{field} {key}", f"must be a text, not {_shown(text)}")
        return {key: text for key, text in value.items() if isinstance(text, str) and text.strip()}

    def table(self, field: str) -> Mapping[str, Any]:
        """Take a table as it is; missing means empty."""
        value = self._take(field, {})
        if not isinstance(value, dict):
            self.fault(field, f"must be a table, not {_shown(value)}")
            return {}
        return value

    def unread(self) -> tuple[str, ...]:
        """Return the names of the fields that nobody has taken yet."""
        return tuple(self._table)

    def close(self) -> None:
        """Report every field that was there and that nobody took."""
        for field in self._table:
            self.fault(field, "is not known here")

    def _take(self, field: str, default: Any) -> Any:
        if field not in self._table:
            if default is None:
                self.fault(field, "is missing")
            return default
        return self._table.pop(field)


def _shown(value: Any) -> str:
    return repr(value) if len(repr(value)) <= 40 else repr(value)[:37] + "..."
