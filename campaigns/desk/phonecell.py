"""A telephone number as it stands in a cell, after what spreadsheets do to numbers.

Knows floats, powers and lost plus signs. Must not know rows or columns.
"""

import re
from decimal import Decimal

from campaigns.rules import numbering, phone

_SHEET_FLOAT = re.compile(r"(\+?[0-9]+)[.,]0+")
_SHEET_POWER = re.compile(r"([0-9](?:[.,]([0-9]+))?)[eE]\+?([0-9]{1,2})")

_FIGURE = re.compile(r"[1-9][0-9]{10,14}")


def read_number(text: str, region: str | None) -> tuple[str, tuple[str, ...]]:
    """Return a number in E.164 and every zone it may lie in; raises ``ValueError`` in plain language.

    A number that a spreadsheet turned into a figure (``34612345678``, ``34612345678.0``,
    ``3.4612345678E+10``) is read when no digit of it is lost. It has lost its plus sign as well: where it is
    no number of the list's own country it is read with one. Without an own country it stays refused, since
    a figure of eleven digits may be a good number of two countries. ``00`` is the plus sign where nothing
    says that it is not.
    """
    text = text.lstrip("'")  # a spreadsheet's mark for text
    plain = numbering.read(text, region)
    if plain is None:
        text, was_figure = _digits(text)
        if region is None and text.startswith("00"):
            text = f"+{text[2:]}"
        plain = numbering.read(text, region)
        if plain is None:
            number = _normalised(text, region, was_figure)
            return number, phone.zones_of(number)
    return plain.number, plain.zones


def _normalised(text: str, region: str | None, was_figure: bool) -> str:
    try:
        return phone.normalise(text, region)
    except ValueError as problem:
        if was_figure and region is not None and not text.startswith("+"):
            try:
                return phone.normalise(f"+{text}", None)
            except ValueError:
                pass
        raise ValueError(f"{text[:40]!r}: {problem}") from None


def _digits(text: str) -> tuple[str, bool]:
    """Undo what a spreadsheet did; returns the text, and whether it had made a figure of it."""
    if match := _SHEET_FLOAT.fullmatch(text):
        return match[1], True
    if match := _SHEET_POWER.fullmatch(text):
        decimals, power = match[2] or "", int(match[3])
        if len(decimals) != power:  # fewer: digits are lost, or they were noughts, and nobody can tell
            raise ValueError(f"{text[:40]} was cut by a spreadsheet: format the column as text")
        return str(int(Decimal(f"{match[1].replace(',', '.')}E{power}"))), True
    return text, _FIGURE.fullmatch(text) is not None
