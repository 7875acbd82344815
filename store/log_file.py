"""The write-ahead log beside a SQLite file: what was erased from the file stands there until it is emptied.

Knows SQLite's own driver and this one statement. Must not know tables.
"""

import contextlib
import sqlite3

from sqlalchemy import URL


def empty_log(place: URL) -> bool:
    """Move the log into the file and cut it to nothing; says whether that worked.

    It does not while somebody reads an older state. Never waits: that would hold up whoever writes.
    """
    if place.get_backend_name() != "sqlite" or place.database is None:
        return True
    try:
        with contextlib.closing(sqlite3.connect(place.database, timeout=0)) as connection:
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
    except sqlite3.OperationalError:
        return False
