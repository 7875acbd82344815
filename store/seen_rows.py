"""Rows of a file that came before, in a SQLite file of its own that is thrown away afterwards.

Knows ``campaigns.desk.seen.SeenRows`` and SQLite's own driver, no SQLAlchemy: it runs in the process that
reads lists, which should start quickly and stay small. Nothing here has to survive anything.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from campaigns.desk.seen import SeenRow

_CACHE_KB = 48_000
_COLUMNS = "ref, number, row, name, fields, cells, further"
_KNOWN = f"""
    SELECT {_COLUMNS} FROM seen WHERE ref IN (SELECT value FROM json_each(?))
    UNION SELECT {_COLUMNS} FROM seen WHERE number IN (SELECT value FROM json_each(?))
    ORDER BY row
"""  # noqa: S608 - our own names


class SeenRowsFile:
    """``SeenRows`` over a file at ``path``; ``close`` deletes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
            f"PRAGMA cache_size=-{_CACHE_KB}; PRAGMA temp_store=MEMORY;"
            "CREATE TABLE seen (ref TEXT, number TEXT, row INTEGER, name TEXT, fields INTEGER, cells TEXT,"
            "further INTEGER);"
            # Two narrow indices: rows themselves are only appended, whatever order they come in.
            "CREATE INDEX seen_ref ON seen (ref);"
            "CREATE INDEX seen_number ON seen (number);"
        )

    def known(self, refs: Sequence[str], numbers: Sequence[str]) -> Sequence[SeenRow]:
        """Return every row with one of these references or one of these numbers, in file order."""
        found = self._connection.execute(_KNOWN, (json.dumps(list(refs)), json.dumps(list(numbers))))
        return [SeenRow(*row) for row in found]  # 0 and 1 are equal to False and True

    def add(self, rows: Iterable[SeenRow]) -> None:
        """Remember rows; each pair of reference and number to be called comes once."""
        self._connection.execute("BEGIN")
        self._connection.executemany(
            f"INSERT INTO seen ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
            rows,
        )
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close and delete the file."""
        self._connection.close()
        self._path.unlink(missing_ok=True)
