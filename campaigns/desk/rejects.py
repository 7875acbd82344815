"""The reject file of an upload: every faulty row, as it came, and what is wrong with it.

Knows CSV and what spreadsheets do with cells that look like formulas. Must not know why a row is refused.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

from campaigns.desk.sheet import OUR_COLUMNS
from campaigns.private_files import private_file

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell as a formula. A quote before it makes it text."""


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; reading a list takes the quote off again."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


class RejectFile:
    """A CSV file in UTF-8 that is written row by row; made only when there is something to write."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._path = path
        self._width = len(header)
        self._header = [safe(name) for name in header if name not in OUR_COLUMNS]
        self._kept = [at for at, name in enumerate(header) if name not in OUR_COLUMNS]
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> "RejectFile":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, number: int, cells: Sequence[str], faults: Iterable[str]) -> None:
        """Write a row with its number and its faults; cells beyond the header come last."""
        if self._file is None:
            fresh = not self._path.exists()
            self._file = open(  # noqa: SIM115 - closed when the file is left
                self._path, "a", encoding="utf-8", errors="surrogateescape", newline="", opener=private_file
            )
            self._writer = csv.writer(self._file)
            if fresh:
                self._file.write("\N{BYTE ORDER MARK}")  # else spreadsheets read it as Latin-1
                self._writer.writerow([*self._header, "_row", "_fault"])
        own = [safe(cells[at]) if at < len(cells) else "" for at in self._kept]
        beyond = [safe(cell) for cell in cells[self._width :]]
        self._writer.writerow([*own, number, "; ".join(faults), *beyond])
