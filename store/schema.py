"""Bringing a database's schema up to this program, from revisions packaged with it.

Knows alembic and where the revisions lie; needs no ``alembic.ini``. Must not know any table. Whether there is
anything to do is seen without alembic, which takes a tenth of the time in which the service starts: a
revision's file begins with its number, and the highest number is the newest.

A new revision: change ``store/tables/``, then write ``store/migrations/versions/NNNN_what.py``, by hand or
by ``alembic.command.revision(configured(connection), "what", autogenerate=True)``; a test says if it fits.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from store.advisory_locks import UPGRADE
from store.errors import Conflict, TooNew
from store.lanes import open_lane, parsed

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).with_name("migrations")


class Standing(StrEnum):
    """How a database's schema stands to this program."""

    EMPTY = "empty"  # no tables yet; the next opening makes them
    OLDER = "older"  # the next opening upgrades them
    CURRENT = "current"
    NEWER = "newer"  # a newer program has been here; refused


async def standing(url: str) -> Standing:
    """Look how a database that is there stands, and change nothing; raises ``BadUrl`` and ``Unavailable``.

    A SQLite file that is not there would be made by the look: ask for it first.
    """
    lane = open_lane(parsed(url), writes=False)
    try:
        return await lane.run(_standing)
    finally:
        await lane.close()


def _standing(connection: Connection) -> Standing:
    present, known = _present(connection), packaged()
    if not present:
        return Standing.EMPTY
    if present == {max(known)}:
        return Standing.CURRENT
    return Standing.OLDER if present <= known else Standing.NEWER


def packaged() -> set[str]:
    """Return the revisions that this program knows."""
    return {file.name[:4] for file in (_MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")}


def _present(connection: Connection) -> set[str]:
    """Return where alembic says that the database stands; nowhere when it has never been upgraded."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


async def upgrade(url: str) -> None:
    """Make or upgrade all tables in one transaction; a failure leaves the database as it was.

    Raises ``TooNew`` when a newer program has been here, ``BadUrl``, and ``Unavailable``.
    """
    # Foreign keys are off because SQLite changes a table by copying and dropping it; checked at the end.
    lane = open_lane(parsed(url), writes=True, foreign_keys=False)
    try:
        await lane.run(upgrade_over)
    finally:
        await lane.close()


def upgrade_over(connection: Connection) -> None:
    """Do the work of ``upgrade`` in the transaction that ``connection`` is in."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE})
    present, known = _present(connection), packaged()
    unknown = present - known
    if unknown:
        raise TooNew(
            f"the database is at revision {', '.join(sorted(unknown))}, which this version of the program "
            "does not know: install the version that wrote it, or a newer one"
        )
    if present == {max(known)}:
        return
    from alembic import command

    command.upgrade(configured(connection), "head")
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise Conflict("upgrading would leave rows that refer to nothing; the database is as it was")


def write_nothing_new(connection: Connection) -> None:
    """Write what is there already, to see whether the database takes it."""
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def configured(connection: Connection) -> "Config":
    """Return alembic's configuration for the packaged revisions over an open connection."""
    from alembic.config import Config

    config = Config()
    # Percent signs are alembic's own escapes, and a path may hold one.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
