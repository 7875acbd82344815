"""How synchronous database work gets off the event loop: one lane per kind of driver.

Knows engines, threads and what each connection must be told first. Must not know tables or queries. Work is a
plain function of a ``Connection`` and runs in one transaction of its own: committed when it returns, rolled
back when it raises.

SQLite has no network to wait for: one hop into a thread of our own per transaction costs a fraction of the
hop per statement that an asyncio driver pays. Everything else goes through SQLAlchemy's asyncio engine.
"""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Protocol, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, SQLAlchemyError

from store.advisory_locks import ALONE
from store.errors import BadUrl, Unavailable, translated
from store.threads import Threads

T = TypeVar("T")
Work = Callable[[Connection], T]

BUSY_TIMEOUT_S = 10
NO_VALUES: Final[Mapping[str, Any]] = {}

# A service whose machine died must not hold the database for the hours after which a server looks by itself.
_KEEPALIVE = {"tcp_keepalives_idle": "20", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "4"}

# By default each statement of PostgreSQL sees what was committed before it, not before its transaction:
# leads that move between two of them would be counted twice or not at all. Who only reads cannot fail by it.
_ONE_SNAPSHOT = "REPEATABLE READ"

# Names stay readable in the database's own shell. One encoder for all: making one costs more than using it.
json_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Lane(Protocol):
    """Runs work in transactions, each on a connection of its own."""

    async def run(self, work: Work[T]) -> T:
        """Run ``work`` in one transaction; raises what it raises, ``StoreError`` for the database."""

    def threads(self) -> Sequence[int]:
        """Return the system's ids of the threads that work, now started; none where the loop does it."""

    async def close(self) -> None:
        """Wait for what is under way and close every connection."""


def parsed(url: str) -> URL:
    """Return the URL with its driver filled in; raises ``BadUrl`` with what is wrong."""
    try:
        given = make_url(url)
    except ArgumentError:
        # The text may hold a password, so it is not repeated.
        raise BadUrl("the database URL cannot be read; use sqlite:///path or postgresql://…") from None
    if given.get_backend_name() == "postgresql":
        return given.set(drivername="postgresql+asyncpg") if "+" not in given.drivername else given
    if given.drivername != "sqlite":
        raise BadUrl(f"{given.drivername} is not supported; use sqlite:///path or postgresql://…")
    if not given.database or given.database == ":memory:" or given.database.startswith("file:"):
        raise BadUrl("a database in memory does not survive anything; give a file: sqlite:///path")
    return given


def open_lane(
    url: URL, *, writes: bool, width: int = 1, foreign_keys: bool = True, alone: bool = False
) -> Lane:
    """Return a lane of up to ``width`` connections. ``writes`` makes SQLite take its write lock at BEGIN; on
    PostgreSQL a lane that does not write shows each transaction one snapshot, as SQLite does by itself.

    ``alone``: of all lanes opened so in a database of PostgreSQL only one has connections at a time; work in
    any other raises ``Unavailable``.
    """
    pool = {"pool_size": width, "max_overflow": 0}
    try:
        if url.drivername == "sqlite":
            engine = create_engine(url, json_serializer=json_text, **pool)
            _prepare_sqlite(engine, writes, foreign_keys)
            return ThreadLane(engine, width)
        return AsyncLane(url, pool, writes, alone)
    except ModuleNotFoundError as fault:
        raise BadUrl(f"{url.drivername} needs the package {fault.name}, which is not installed") from fault
    except (ArgumentError, InvalidRequestError) as fault:
        raise BadUrl(f"{url.drivername} cannot be used: {fault}") from fault


class ThreadLane:
    """Work in threads of our own, over a driver that blocks. Each thread keeps its connection: taking one out
    of a pool and putting it back costs as much as two or three statements."""

    def __init__(self, engine: Engine, width: int) -> None:
        self._engine = engine
        self._threads = Threads("store", width)
        self._kept: dict[int, Connection] = {}  # by thread

    async def run(self, work: Work[T]) -> T:
        """Run ``work`` in one transaction. Cancelling the caller does not stop work that has begun."""
        return await self._threads.run(partial(self._transact, work))

    def threads(self) -> Sequence[int]:
        """Return the system's ids of the threads, now started."""
        return self._threads.started()

    def _transact(self, work: Work[T]) -> T:
        try:
            connection = self._connection()
            with connection.begin():
                return work(connection)
        except BaseException as fault:
            self._let_go()  # the next one begins on a connection of which nothing is in doubt
            if isinstance(fault, SQLAlchemyError):
                raise translated(fault) from fault
            raise

    def _connection(self) -> Connection:
        """Return the connection of this thread."""
        me = threading.get_ident()
        if me not in self._kept:
            self._kept[me] = self._engine.connect()
        return self._kept[me]

    def _let_go(self) -> None:
        kept = self._kept.pop(threading.get_ident(), None)
        if kept is not None:
            kept.close()

    async def close(self) -> None:
        """Wait for what is under way and close every connection."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.stop()
        for connection in self._kept.values():
            connection.close()
        self._kept.clear()
        self._engine.dispose()


class AsyncLane:
    """Work over an asyncio driver; SQLAlchemy lets the plain function wait for it."""

    def __init__(self, url: URL, pool: dict[str, Any], writes: bool, alone: bool) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine  # most use SQLite, and it brings the ORM along

        given: dict[str, Any] = {"connect_args": {"server_settings": _KEEPALIVE}} if alone else {}
        if not writes:
            given["isolation_level"] = _ONE_SNAPSHOT
        self._engine = create_async_engine(
            url, json_serializer=json_text, pool_pre_ping=True, **pool, **given
        )
        if alone:
            event.listen(self._engine.sync_engine, "connect", _be_alone)

    async def run(self, work: Work[T]) -> T:
        """Run ``work`` in one transaction."""
        try:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
        except SQLAlchemyError as fault:
            raise translated(fault) from fault
        except OSError as fault:  # the driver's own, from a server that is not there
            raise Unavailable(f"the database server cannot be reached: {fault}") from fault

    def threads(self) -> Sequence[int]:
        """The event loop does all of it."""
        return ()

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def _be_alone(connection: Any, _record: object) -> None:
    """Take the lock that ends with the connection: also one made anew must find it free."""
    cursor = connection.cursor()
    cursor.execute(f"SELECT pg_try_advisory_lock({ALONE})")
    ((free,),) = cursor.fetchall()
    cursor.close()
    connection.commit()
    if not free:
        connection.close()
        raise Unavailable("another service works with this database; only one may at a time")


def _prepare_sqlite(engine: Engine, writes: bool, foreign_keys: bool) -> None:
    """Tell each new connection what this room relies on, and let BEGIN be ours.

    secure_delete: what is deleted is overwritten, so that an erased person is in no free page of the file.
    synchronous=FULL: in WAL mode NORMAL may lose the last commits when the power fails, and an attempt that
    was sent must be remembered. BEGIN IMMEDIATE: a transaction that reads first and then wants to write
    would fail at once with "database is locked" instead of waiting its turn.
    """
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    pragmas = (
        f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        # The driver must not open transactions behind our back; see SQLAlchemy's notes on pysqlite.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        ask_sqlite(connection, begin)


def ask_sqlite(connection: Connection, said: str, values: Mapping[str, Any] = NO_VALUES) -> sqlite3.Cursor:
    """Have SQLite's driver run what is said, past SQLAlchemy; faults are raised as SQLAlchemy raises them."""
    try:
        return _driver_of(connection).execute(said, values)
    except sqlite3.Error as fault:
        raise _as_usual(connection, said, fault) from fault


def ask_sqlite_each(connection: Connection, said: str, rows: Sequence[Sequence[Any]]) -> None:
    """Have SQLite's driver run what is said once for each row of values; faults as of ``ask_sqlite``."""
    try:
        _driver_of(connection).executemany(said, rows)
    except sqlite3.Error as fault:
        raise _as_usual(connection, said, fault) from fault


def _driver_of(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def _as_usual(connection: Connection, said: str, fault: sqlite3.Error) -> BaseException:
    """Return what SQLAlchemy would raise, without the values: they hold customers' names and numbers."""
    return DBAPIError.instance(said, None, fault, sqlite3.Error, dialect=cast(Any, connection.dialect))
