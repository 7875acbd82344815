"""A spreadsheet's formula that several cells share: as it reads in each of them.

Knows references such as ``B2``, ``$B2`` and ``B$2``. Must not know workbooks, and computes nothing.
"""

import re
from typing import Final

_PART: Final = re.compile(
    r"""(?P<kept>"(?:[^"]|"")*"|'(?:[^']|'')*'|\[[^\]]*\])"""  # a text, a sheet's name, a table's column
    r"""|(?<![\w.$])(?P<fix_column>\$?)(?P<column>[A-Z]{1,3})(?P<fix_line>\$?)(?P<line>[0-9]{1,7})(?![\w.(])"""
)


def shifted(formula: str, lines: int, columns: int) -> str:
    """Return a formula as it reads so many lines below and columns to the right of where it is written.

    References without a dollar sign move; one that would leave the sheet is ``#REF!``.
    """

    def moved(part: re.Match[str]) -> str:
        if part["kept"] is not None:
            return part[0]
        column = number_of(part["column"]) + (0 if part["fix_column"] else columns)
        line = int(part["line"]) + (0 if part["fix_line"] else lines)
        if column < 1 or line < 1:
            return "#REF!"
        return f"{part['fix_column']}{letters_of(column)}{part['fix_line']}{line}"

    return _PART.sub(moved, formula)


def number_of(letters: str) -> int:
    """Return the number of a column, from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(number: int) -> str:
    """Return the letters of a column."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
